"""The standalone script of a failing case: what ran, by its transcript, and what should come of it.

`transcribed` asks the subject for the transcript of the case and puts the assertion behind it,
`misuses` does so for errors that should come, and `header` says what the script runs on.
"""
