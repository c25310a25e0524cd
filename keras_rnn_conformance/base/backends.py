"""Backends, as far as they can be spoken of without importing Keras.

A backend is what Keras can load: a folder `keras/src/backend/<name>` of its own or, where it has
none of the name, an installed package `keras_<name>`, as Keras loads plug-ins since 3.16.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

BACKENDS = {
    "tensorflow": ("tensorflow", "tensorflow tensorflow-cpu"),
    "jax": ("jax", "jax"),
    "torch": ("torch", "torch"),
    "numpy": ("scipy jax", "numpy"),
    "openvino": ("openvino scipy", "openvino"),
}
"""The backends that releases are recorded on: the modules that each needs where it is Keras's own,
and the distributions that it may come from."""

_NAME = re.compile(r"[A-Za-z]\w{0,40}")
_SHARED = frozenset({"common", "tests"})
"""Folders beside those of backends."""


def named_well(name: str) -> bool:
    """Whether a backend can have the name at all."""
    return bool(_NAME.fullmatch(name))


def package(name: str) -> str:
    """The package that brings a backend that is not Keras's own."""
    return f"keras_{name}"


def distribution(name: str) -> str:
    """The distribution of that package."""
    return f"keras-{name}"


def of_keras(keras: Path) -> list[str]:
    """The backends that lie in a Keras's own tree."""
    folders = (init.parent.name for init in (keras / "src" / "backend").glob("*/__init__.py"))
    return sorted(set(folders) - _SHARED)


def plugged_in(name: str, keras: Path) -> bool:
    """Whether a package beside Keras, which is installed, brings the backend."""
    if not named_well(name) or name in of_keras(keras):
        return False
    return importlib.util.find_spec(package(name)) is not None


def known_of(name: str, keras: Path) -> bool:
    """Whether the suite or the Keras knows a backend by its name, whatever is installed."""
    if name in BACKENDS or name in of_keras(keras):
        return True
    config = keras / "src" / "backend" / "config.py"
    if not named_well(name) or not config.is_file():
        return False
    declared = re.search(r"PLUGGABLE_BACKENDS\s*=([^)]*)\)", config.read_text(encoding="utf-8"))
    return declared is not None and f'"{name}"' in declared[1]


def hooked_in(name: str, keras: Path) -> bool:
    """Whether the package of a backend has to be imported before Keras, which knows no plug-ins."""
    config = keras / "src" / "backend" / "config.py"
    knows = config.is_file() and "PLUGGABLE_BACKENDS" in config.read_text(encoding="utf-8")
    return plugged_in(name, keras) and not knows
