"""Results as files: written, checked, merged, compared and recorded.

A results file is what a run leaves behind, and `results` holds it to the known failures again. It
knows rules and verdicts, but neither pytest nor Keras.
"""
