"""A conformance suite for the recurrent layers of Keras, and for a user's own layers and cells.

Importing this package imports no Keras: the names below are fetched when they are first used.
`docs/architecture.md` shows the rooms of this package and the way of a case through them; which
room may import which is written once, in `pyproject.toml` under `[tool.importlinter]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_rnn_conformance.own.api import check_cell, check_layer
    from keras_rnn_conformance.own.declared import Declared
    from keras_rnn_conformance.own.parametrized import parametrize_with_checks

_HOMES = {
    "check_layer": "own.api",
    "check_cell": "own.api",
    "parametrize_with_checks": "own.parametrized",
    "Declared": "own.declared",
}

__all__ = ["Declared", "check_cell", "check_layer", "parametrize_with_checks"]


def __getattr__(name: str) -> Any:
    """Fetch a public name from its module, which may import Keras."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
