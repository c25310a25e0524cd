"""Whose convention is this? From weights, an input and an output, the equations that give it.

It needs no Keras: it may know `cases` and the oracle.
"""
