"""What is tried: axes, constraints, the `Case` with its permanent id, and the data it determines.

A case is plain data. This room knows neither Keras nor the oracle, so a case can be written, read,
counted and exported without an answer to it.
"""
