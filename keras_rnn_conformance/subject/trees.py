"""Nested structures, on releases that have no `keras.tree` yet as well (before 3.1)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import keras

_TREE = getattr(keras, "tree", None) or importlib.import_module("tree")

flatten: Callable[[Any], list[Any]] = _TREE.flatten
map_structure: Callable[..., Any] = _TREE.map_structure
