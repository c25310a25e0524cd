"""From a failing case to a bug report: diagnosis, the smallest case, a script, the issue's text.

The diagnosis computes with wrong equations and loops of the oracle (`faulty_*`) and asks which of
them gives what Keras gave. `script` writes code that needs nothing but Keras and NumPy.
"""
