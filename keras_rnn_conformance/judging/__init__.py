"""The verdict: rules, known failures, absent capabilities, and the case that meets them all.

This is the only room in which `expected` and `subject` meet. It imports the subject inside
functions, so that rules and verdicts on recorded observations need no Keras.
"""
