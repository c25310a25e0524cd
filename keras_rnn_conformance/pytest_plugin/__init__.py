"""The suite as pytest runs it: options, one item a case, summary, results, reports, JUnit, GitHub.

The verdict is that of `judging`; this room turns it into an outcome that pytest knows. Only public
API of pytest is used.
"""
