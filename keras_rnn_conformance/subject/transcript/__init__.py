"""The transcript of a case: what its scenario did with Keras, as a program that does it again.

While a transcript is taken, the modules of the subject meet stand-ins for Keras, NumPy and a few
others (`stand_ins`). Each does the real thing, and its results remember how they were come by
(`nodes`): which class was called with which arguments, which attribute was read, which item was
taken. `text` writes what one result needs as statements. So what is printed has run, whatever the
scenario, and a scenario needs no second description of itself.
"""
