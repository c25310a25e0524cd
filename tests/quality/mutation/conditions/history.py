"""What a layer went through before: its calls, its weights, how it came into being.

Planted together with a guarded mutant. Nothing is written on a layer; a call is counted where it
is the outermost call of a recurrent layer, cell or wrapper, and a symbolic call is none.
"""

from __future__ import annotations

import functools
import importlib
import sys
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

_MARKS = ("cell", "cells", "forward_layer", "layer", "state_size")


@dataclass
class Call:
    """What one call was given: the lengths of its first axes, and whether it trains."""

    batch: int | None
    length: int | None
    training: bool


@dataclass
class Record:
    """The calls of one layer.

    Attributes:
        count: how many, the current one included.
        now: the current one.
        before: the one before it.
        weights: a fingerprint of the weights at the first call that had any.
        changed: whether they have been other ones since.
        sites: how often each place has been passed in the current call.
        kept: what mutants that cache keep from call to call.
    """

    count: int = 0
    now: Call | None = None
    before: Call | None = None
    weights: tuple[float, ...] = ()
    changed: bool = False
    sites: dict[str, int] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict)


class History:
    """The calls of every layer of this process, and the ones that are running."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.records: WeakKeyDictionary[Any, Record] = WeakKeyDictionary()
        self.cloned: WeakSet[Any] = WeakSet()
        self.reloaded: WeakSet[Any] = WeakSet()

    def subject(self) -> Any:
        """The outermost recurrent layer, cell or wrapper whose call is running; None outside."""
        return next((one for one in self.stack if _recurrent(one)), None)

    def record(self) -> Record | None:
        """The calls of the subject."""
        subject = self.subject()
        return None if subject is None else self.records.get(subject)

    def enter(self, layer: Any, inputs: Any, training: Any) -> None:
        """A call begins."""
        outermost = self.subject() is None
        self.stack.append(layer)
        if outermost and _recurrent(layer):
            record = self.records.setdefault(layer, Record())
            record.count += 1
            record.before, record.now = record.now, _call(inputs, training)
            record.sites.clear()
            weights = fingerprint(layer)
            record.weights = record.weights or weights
            record.changed = record.changed or (bool(weights) and weights != record.weights)

    def leave(self) -> None:
        """A call ends."""
        self.stack.pop()


HISTORY = History()


def install() -> None:
    """Watch the calls, copies and restored weights of every layer of this process."""
    layer = importlib.import_module("keras.src.layers.layer").Layer
    layer.__call__ = _watched(layer.__call__)
    layer.load_own_variables = _noting(layer.load_own_variables, HISTORY.reloaded)
    operation = importlib.import_module("keras.src.ops.operation").Operation
    named = [name for name in sys.modules if name.startswith("keras.src.layers.rnn.")]
    found = {
        one
        for name in named
        for one in vars(sys.modules[name]).values()
        if isinstance(one, type) and issubclass(one, operation)
    }
    for owner in sorted({operation, *found}, key=lambda one: one.__qualname__):
        method = vars(owner).get("from_config")
        if isinstance(method, classmethod):
            owner.from_config = classmethod(_making(method.__func__))


def fingerprint(layer: Any) -> tuple[float, ...]:
    """Sums that tell weights from other weights; empty where their values cannot be seen."""
    numpy = sys.modules["numpy"]
    try:
        values = [numpy.asarray(one.numpy(), "float64") for one in layer.weights]
    except Exception:  # a traced weight has no value, and each backend says so in its own way
        return ()
    return tuple(float(value.sum() + (value * value).sum()) for value in values)


def _recurrent(layer: Any) -> bool:
    return any(hasattr(layer, mark) for mark in _MARKS)


def _call(inputs: Any, training: Any) -> Call:
    shape = getattr(inputs, "shape", None)
    sizes = [*shape] if shape is not None else []
    batch, length = [*sizes, None, None][:2] if len(sizes) > 2 else [*sizes[:1], None, None][:2]
    return Call(batch, length, training is True)


def _watched(original: Any) -> Any:
    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        inputs = args[0] if args else next(iter(kwargs.values()), None)
        if type(inputs).__name__ == "KerasTensor":
            return original(self, *args, **kwargs)
        HISTORY.enter(self, inputs, kwargs.get("training"))
        try:
            return original(self, *args, **kwargs)
        finally:
            HISTORY.leave()

    return call


def _noting(original: Any, noted: WeakSet[Any]) -> Any:
    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        noted.add(self)
        return original(self, *args, **kwargs)

    return method


def _making(original: Any) -> Any:
    @functools.wraps(original)
    def from_config(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(cls, *args, **kwargs)
        HISTORY.cloned.add(made)
        return made

    return from_config
