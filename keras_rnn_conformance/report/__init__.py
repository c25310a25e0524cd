"""From a failing case to a bug report: diagnosis, the smallest case, a script, the issue's text.

The diagnosis computes with wrong equations, masks and loops (`alternatives`), and asks
which of them gives what Keras gave. `script` writes code that needs only Keras and NumPy.
"""
