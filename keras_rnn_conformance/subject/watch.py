"""What belongs to the caller, and what a call gave earlier: watched while a case runs.

One place for every case: it stands around the calls of Keras, whatever the scenario does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np

from keras_rnn_conformance.base import observation
from keras_rnn_conformance.subject.internals import items_of, layers_within
from keras_rnn_conformance.subject.trees import flatten

Function = Callable[..., Any]

CALLS = ("predict", "predict_on_batch", "evaluate")
"""The methods of a model that compute, and train nothing."""

PURE = "stateless_call"
"""The method of a layer that computes with values that it is handed in place of its own."""

TRAINING = ("fit", "train_on_batch")

TRACKED = "_tracked"
"""A list that grows on TensorFlow with masks of dropout: COST-3 has the known failure."""


@dataclass(frozen=True)
class Changed:
    """A thing that is no longer as it was.

    Attributes:
        owner: whose it is (see `observation.OWNERS`).
        value: the thing.
        when: the moment from which on it had to stay as it was, by `CLOCK`.
    """

    owner: str
    value: Any
    when: int


CLOCK: list[Callable[[], int]] = []
"""What tells the moment, while somebody keeps the time."""


def _now() -> int:
    return CLOCK[-1]() if CLOCK else 0


@dataclass
class Watch:
    """What was handed over and returned, each with what it held then.

    Attributes:
        found: what is no longer as it was.
        depth: how many watched calls are running, one inside the other.
        thread: the thread that watches: what a layer holds may change under calls of others.
    """

    found: list[Changed] = field(default_factory=list)
    depth: int = 0
    thread: int = field(default_factory=threading.get_ident)
    _kept: dict[int, tuple[str, Any, Any, int]] = field(default_factory=dict)
    _calls: WeakKeyDictionary[Any, set[Any]] = field(default_factory=WeakKeyDictionary)

    def met(self, function: Function, layer: Any, given: Any) -> bool:
        """Whether a layer was called before on values of these shapes; never in a trace."""
        values = flatten(given)
        if self.thread != threading.get_ident() or any(
            isinstance(v, keras.KerasTensor) for v in values
        ):
            return False
        call, calls = (function, *map(_kind, values)), self._calls.setdefault(layer, set())
        known = call in calls
        calls.add(call)
        return known

    def keep(self, owner: str, given: Any) -> None:
        """Remember what every tensor, array and container of something holds."""
        for value in [*_containers(given), *flatten(given)]:
            if id(value) not in self._kept and (held := _held(value)) is not None:
                self._kept[id(value)] = (owner, value, held, _now())
            carried = getattr(value, "_keras_mask", None)
            if carried is not None:
                self.keep(owner, carried)

    def release(self, value: Any) -> None:
        """Look at a thing for the last time: its owner is about to change it."""
        owner, _, before, when = self._kept.pop(id(value), ("", value, None, 0))
        if owner and _held(value) != before:
            self.found.append(Changed(owner, value, when))

    def settle(self) -> list[str]:
        """Whose things changed."""
        for owner, value, before, when in self._kept.values():
            if _held(value) != before:
                self.found.append(Changed(owner, value, when))
        return sorted({changed.owner for changed in self.found})


def _containers(given: Any) -> Iterator[Any]:
    if isinstance(given, (list, dict)):
        yield given
    if isinstance(given, (list, tuple, dict)):
        for item in given.values() if isinstance(given, dict) else given:
            yield from _containers(item)


def _held(value: Any) -> Any:
    """The numbers of an array or a tensor, or the items of a container; None of anything else."""
    if isinstance(value, dict):
        return [(key, _inside(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [_inside(item) for item in value]
    numbers = value if isinstance(value, np.ndarray) else _numbers(value)
    if numbers is None:
        return None
    if numbers.dtype == object:  # a ragged tensor: its rows, whose addresses say nothing
        return [_held(row) if isinstance(row, np.ndarray) else row for row in numbers.flat]
    return (numbers.dtype, numbers.shape, numbers.tobytes())


def _kind(value: Any) -> Any:
    """Shape and dtype of an array or a tensor; a plain value as it is."""
    if hasattr(value, "shape"):
        return tuple(value.shape), str(value.dtype)
    return value if isinstance(value, (str, int, float, type(None))) else type(value)


def _inside(item: Any) -> Any:
    """A value as it is, anything else by which object it is."""
    return item if isinstance(item, (str, int, float, type(None))) else id(item)


def _numbers(value: Any) -> Any:
    """The numbers of a tensor of the backend; None inside a trace, where it has none yet."""
    kind = type(value).__module__.partition(".")[0]
    if kind == "torch" and hasattr(value, "detach"):
        import torch

        narrow = torch.int16 if value.dtype == torch.bfloat16 else value.dtype
        return value.detach().cpu().view(narrow).numpy()
    if kind == "tensorflow" and hasattr(value, "numpy"):
        import tensorflow as tf

        return np.asarray(value.numpy()) if tf.executing_eagerly() else None
    if kind == "jaxlib" and hasattr(value, "addressable_shards"):
        return np.asarray(value)
    return None


def _weights(layer: Any) -> list[tuple[Any, Any]]:
    """The weights of a layer, but for the states that it keeps, each with what it holds."""
    kept = {id(state) for state in _states(layer)}
    own = [variable for variable in layer.weights if id(variable) not in kept]
    return [(variable, _held(variable.value)) for variable in own]


def _everything(layer: Any) -> list[tuple[Any, Any]]:
    """Every variable of a layer, kept states and seeds among them, each with what it holds."""
    every = [*layer.variables, *_states(layer)]
    return [(variable, _held(variable.value)) for variable in every]


def _states(layer: Any) -> Iterator[Any]:
    """The states that a layer keeps, and what is inside it."""
    for inner in layers_within(layer):
        yield from flatten(getattr(inner, "states", None) or [])


_WATCHES: list[Watch] = []
LAST: list[Watch] = []
"""The watch that ended last."""


@contextmanager
def unwatched() -> Iterator[None]:
    """Look away, where what is looked at would count as being kept."""
    for watch in _WATCHES:
        watch.depth += 1
    try:
        yield
    finally:
        for watch in _WATCHES:
            watch.depth -= 1


def release(value: Any) -> None:
    """Watch a thing no longer: its owner is about to change it."""
    for watch in _WATCHES:
        watch.release(value)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the calls of layers and models that are made inside."""
    watch = Watch()
    _WATCHES.append(watch)
    replaced = [
        (keras.Layer, "__call__", _call(watch, keras.Layer.__call__, _weights)),
        (keras.Layer, PURE, _call(watch, keras.Layer.stateless_call, _everything)),
    ]
    for name in (*CALLS, *TRAINING):
        original = getattr(keras.Model, name)
        training = name in TRAINING
        wrapped = _outermost(watch, original) if training else _call(watch, original, _weights)
        replaced.append((keras.Model, name, wrapped))
    for name in ("get_weights", "set_weights"):
        replaced.append((keras.Layer, name, _outermost(watch, getattr(keras.Layer, name))))
    made = keras.Layer.__new__
    replaced.append((keras.Layer, "__new__", staticmethod(_new(watch, made))))
    originals = [(owner, name, vars(owner).get(name)) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield watch
    finally:
        LAST[:] = [watch]
        _WATCHES.remove(watch)
        for owner, name, original in originals:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


def _new(watch: Watch, original: Function) -> Function:
    def new(cls: type, *args: Any, **options: Any) -> Any:
        if not watch.depth:
            watch.keep(observation.CONFIGURATION, [*args, *options.values()])
        return original(cls, *args, **options)

    return new


def _outermost(watch: Watch, original: Function) -> Function:
    """The function, with what it is handed and what it returns kept in sight."""

    def watched(self: Any, *args: Any, **options: Any) -> Any:
        if watch.depth:
            return original(self, *args, **options)
        watch.keep(observation.HANDED, [*args, *options.values()])
        watch.depth += 1
        try:
            given = original(self, *args, **options)
        finally:
            watch.depth -= 1
        watch.keep(observation.RETURNED, given)
        return given

    return watched


def _call(watch: Watch, original: Function, owned: Function) -> Function:
    """Beside that, those variables of what is called that the function may not change."""
    watched = _outermost(watch, original)

    def call(self: Any, *args: Any, **options: Any) -> Any:
        if watch.depth:
            return watched(self, *args, **options)
        weights, when = owned(self), _now()
        before = (
            items_of(self, TRACKED)
            if watch.met(original, self, [*args, *options.items()])
            else None
        )
        given = watched(self, *args, **options)
        for variable, held in weights:
            if _held(variable.value) != held:
                watch.found.append(Changed(observation.WEIGHTS, variable, when))
        if before is not None and items_of(self, TRACKED) > before:
            watch.found.append(Changed(observation.HOLDINGS, self, when))
        return given

    return call
