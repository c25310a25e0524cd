"""What a fault is, and how one is planted into the real Keras and taken out again."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import pytest
from keras import ops

Wrapped = Callable[..., Any]


class Garden:
    """Where faults are planted: it remembers what stood there before."""

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of a class or a module, which may inherit or lack it.

        Raises:
            ValueError: if the owner has the attribute where it cannot be put back.
        """
        if name not in vars(owner) and hasattr(owner, name) and not isinstance(owner, type):
            raise ValueError(f"{name} of {owner!r} could not be put back")
        self._patch.setattr(owner, name, value, raising=False)

    def entry(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Set an entry of a dictionary that has one."""
        self._patch.setitem(table, key, value)

    def around(self, owner: Any, name: str, wrong: Wrapped) -> None:
        """Let `wrong(original, *arguments)` run in the place of a function or method."""
        original = getattr(owner, name)

        @functools.wraps(original)
        def planted(self: Any, *args: Any, **kwargs: Any) -> Any:
            return wrong(original, self, *args, **kwargs)

        # Keras reads the names of the arguments of constructors, build and call.
        planted.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
        self.put(owner, name, planted)

    def made(self, owner: type, then: Callable[[Any], None]) -> None:
        """Let `then(object)` have the last word when an object of a class is made."""

        def init(original: Wrapped, made: Any, *args: Any, **options: Any) -> None:
            original(made, *args, **options)
            then(made)

        self.around(owner, "__init__", init)

    def clear(self) -> None:
        """Take everything out, the last first."""
        self._patch.undo()


@dataclass(frozen=True)
class Fault:
    """A deliberately wrong layer.

    Attributes:
        name: what the table calls it.
        sentence: what is wrong with the layer.
        rules: the rules that must notice.
        cases: the ids of the cases that show it.
        plant: puts the fault into Keras.
    """

    name: str
    sentence: str
    rules: tuple[str, ...]
    cases: tuple[str, ...]
    plant: Callable[[Garden], None]


FAULTS: dict[str, Fault] = {}


def fault(
    name: str, sentence: str, rules: str, cases: str
) -> Callable[[Callable[[Garden], None]], Callable[[Garden], None]]:
    """Register the decorated function as what plants a fault.

    Args:
        name: unique.
        sentence: what is wrong, in plain words.
        rules: the ids of the rules that must notice, separated by spaces.
        cases: the ids of the cases that show it, separated by spaces.
    """

    def register(plant: Callable[[Garden], None]) -> Callable[[Garden], None]:
        if name in FAULTS:
            raise ValueError(f"fault {name} is planted twice")
        FAULTS[name] = Fault(name, sentence, tuple(rules.split()), tuple(cases.split()), plant)
        return plant

    return register


def catalogue() -> dict[str, Fault]:
    """Every fault, by name."""
    from tests.quality.fault_injection import catalogue as folder

    found = pkgutil.walk_packages(folder.__path__, f"{folder.__name__}.")
    for name in sorted((module.name for module in found), key=lambda n: n.rpartition(".")[2]):
        importlib.import_module(name)
    return FAULTS


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """A Keras with the fault, until the block ends."""
    garden = Garden()
    try:
        fault.plant(garden)
        yield
    finally:
        garden.clear()


class View:
    """A cell or layer that looks like another but for some attributes."""

    def __init__(self, seen: Any, **attributes: Any) -> None:
        self.__dict__.update(attributes)
        self.__dict__["_seen"] = seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._seen, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._seen, name, value)


def reordered(weight: Any, order: tuple[int, ...]) -> Any:
    """A weight whose gates, blocks of the last axis, stand in another order."""
    parts = ops.split(ops.convert_to_tensor(weight), len(order), axis=-1)
    return ops.concatenate([parts[i] for i in order], axis=-1)


LAYERS = {
    "SimpleRNN": (keras.layers.SimpleRNN, keras.layers.SimpleRNNCell),
    "LSTM": (keras.layers.LSTM, keras.layers.LSTMCell),
    "GRU": (keras.layers.GRU, keras.layers.GRUCell),
}
"""By name, a layer and its cell."""

VALUE = {"SimpleRNN": "VALUE-1", "LSTM": "VALUE-2", "GRU": "VALUE-3"}
"""By layer, the rule of its equations."""


def learnt(what: str, layer: str, mask: str) -> str:
    """The id of the case of a course."""
    return f"{layer}-seq0-state0-u2-t3-n5-in4-mask.{mask}-do.learn-what.{what}"


def edge(what: str, layer: str, mask: str = "") -> str:
    """The id of the case of a deed."""
    masked = f"-mask.{mask}" if mask else ""
    return f"{layer}-seq0-state0-u2-t4-n3-in5{masked}-do.edge-what.{what}"
