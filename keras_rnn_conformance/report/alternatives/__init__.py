"""The wrong computations that a diagnosis tries: equations, masks and loops.

`fault_model` says what a wrong computation is, and runs it; each other module yields those of one
kind.
"""
