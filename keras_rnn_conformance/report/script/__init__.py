"""The standalone script of a failing case, written from the same description that was run.

`scenarios` has a module for each scenario other than `call`; the modules beside it write what all
of them need: layers, weights, loops, equations, and the comparison at the end.
"""
