"""How tests begin a session of pytest in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import sys

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def settings(**others: str) -> dict[str, str]:
    """The environment of a session that shows the same on every backend: on the one that starts
    fastest, where it is installed."""
    fastest = all(importlib.util.find_spec(name) for name in BACKENDS["numpy"][0].split())
    backend = "numpy" if fastest else environment.backend()
    return {**os.environ, "KERAS_BACKEND": backend, **others}
