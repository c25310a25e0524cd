"""What the suite touches of Keras beyond its public names, in one place.

A release may move any of it. What only watches then watches less; what a case asks for is asked
when the case runs, so that no other case is lost.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import keras


def backend_module() -> ModuleType | SimpleNamespace:
    """Where layers find the loops of the backend; without anything in it if it is elsewhere."""
    try:
        return importlib.import_module("keras.src.backend")
    except ImportError:
        return SimpleNamespace()


def loops_module() -> ModuleType | None:
    """The backend's own loops: as Keras names them or, before 3.16, in its tree."""
    named = getattr(backend_module(), "rnn", None)
    if inspect.ismodule(named):
        return named
    try:
        return importlib.import_module(f"keras.src.backend.{keras.config.backend()}.rnn")
    except ImportError:
        return None


def forget_policy() -> None:
    """As in a process that has made no layer yet: Keras has no policy before it needs one."""
    state = importlib.import_module("keras.src.backend.common.global_state")
    state.set_global_attribute("dtype_policy", None)


def layers_within(layer: Any) -> Iterator[Any]:
    """A layer, and every layer inside it."""
    if hasattr(layer, "_flatten_layers"):
        yield from layer._flatten_layers()
        return
    left, met = [layer], set[int]()
    while left:
        inner = left.pop()
        if id(inner) not in met:
            met.add(id(inner))
            yield inner
            left += [held for held in _held(inner) if isinstance(held, keras.Layer)]


def items_of(layer: Any, apart: str = "") -> int:
    """How many items the containers that a layer and the layers in it hold have in all.

    Attributes themselves do not count, see `attributes_of`, nor does the one that is set apart.
    """
    containers: dict[int, Any] = {}
    left: list[Any] = [
        held
        for inner in layers_within(layer)
        for name, held in vars(inner).items()
        if name != apart
    ]
    while left:
        thing = left.pop()
        if id(thing) in containers or not isinstance(thing, (dict, list, tuple, set)):
            continue
        containers[id(thing)] = thing
        left += list(thing.values()) if isinstance(thing, dict) else list(thing)
    return sum(len(thing) for thing in containers.values())


def attributes_of(layer: Any) -> int:
    """How many attributes a layer and the layers in it have in all; some are made when needed."""
    return sum(len(vars(inner)) for inner in layers_within(layer))


def _held(layer: Any) -> Iterator[Any]:
    """What the attributes of a layer hold, item by item where they are lists."""
    for value in vars(layer).values():
        yield from value if isinstance(value, (list, tuple)) else (value,)
