"""Standalone scripts: text that needs only Keras and NumPy, and fails as a case does."""
