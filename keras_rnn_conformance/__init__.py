"""A conformance suite for the recurrent layers of Keras.

`docs/architecture.md` shows the rooms of this package and the way of a case through them; which
room may import which is written once, in `pyproject.toml` under `[tool.importlinter]`.
"""
