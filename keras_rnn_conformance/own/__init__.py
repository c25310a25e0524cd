"""Laws for a user's own recurrent layers and cells, which need no equations.

This room stands by itself: it knows Keras, NumPy and pytest, and no other room of the package.
"""
