"""The atlas: one HTML page that shows recorded results, release by release and rule by rule.

It reads results and known failures, never Keras: the page can be made without any backend.
"""
