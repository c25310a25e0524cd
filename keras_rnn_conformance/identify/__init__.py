"""Whose convention is this? From weights, an input and an output, the equations that give it."""
