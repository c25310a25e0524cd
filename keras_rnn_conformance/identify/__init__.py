"""Whose convention is this? From weights, an input and an output, the equations that give it.

The room knows the oracle and how files of results are read. It runs no case, and never sees Keras.
"""
