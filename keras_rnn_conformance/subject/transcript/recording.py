"""Take the transcript of a case: its scenario runs among stand-ins."""

from __future__ import annotations

import builtins
import copy
import functools
import inspect
import json
import pathlib
import pickle
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject import classes, registry, trees, watch
from keras_rnn_conformance.subject.observing import observe
from keras_rnn_conformance.subject.transcript.nodes import BOXES, Node, is_plain
from keras_rnn_conformance.subject.transcript.stand_ins import BUILTINS, COPIES, LOG, Value, real

ROOM = "keras_rnn_conformance.subject"
APART = tuple(
    f"{ROOM}.{name}"
    for name in (
        "transcript",
        "watch",
        "trace",
        "preparation",
        "memory",
        "observing",
        "registry",
        "trees",
        "classes",
        "configs",
    )
)
"""Modules of the subject that look on, and are no part of what a scenario does."""

HALF = ("f16", "bf16")
"""Policies in which not every backend can make the orthogonal matrix that is the default."""

_STANDARD = {copy: "copy", pickle: "pickle", json: "json", inspect: "inspect", np: "np"}


@dataclass
class Transcript:
    """What a case did, and what of it was observed.

    Attributes:
        seen: the observation, with stand-ins in the place of what has been computed.
        plain: the same without stand-ins, as the rules see it.
        nodes: all that was done, in order.
        notes: what the subject noted, by key.
        missing: the last attribute that was asked for and not there.
        changed: what is no longer as it was.
        lists: every list that was handed over, and what is kept of it.
    """

    seen: Observation
    plain: Observation
    nodes: list[Node]
    notes: dict[str, Any]
    missing: Node | None
    changed: list[watch.Changed]
    lists: list[tuple[Any, Any]]


def transcribe(case: Case, data: Data, *, whole: bool = False) -> Transcript:
    """Run a case once more, and note what it does.

    Args:
        whole: whether initializers are written down even of weights that are set right after.
    """
    _forget_all()
    watch.CLOCK.append(lambda: len(LOG.nodes))
    try:
        with _among_stand_ins(bare=not whole and case["dtype"] not in HALF):
            seen = observe(case, data)
    finally:
        watch.CLOCK.pop()
    taken = (list(LOG.nodes), dict(LOG.notes), LOG.missing, watch.LAST[0].found, _lists())
    _forget_all()
    plain = Observation(
        arrays={key: np.asarray(real(value)) for key, value in seen.arrays.items()},
        dtypes={key: str(real(value)) for key, value in seen.dtypes.items()},
        structure=str(real(seen.structure)),
        facts=as_plain(seen.facts),
        error=seen.error,
        path=seen.path,
        warnings=seen.warnings,
        changed=seen.changed,
    )
    return Transcript(seen, plain, *taken)


def _forget_all() -> None:
    LOG.clear()
    COPIES.clear()


def _lists() -> list[tuple[Any, Any]]:
    """Every list as Keras got it, and what is kept of it."""
    kept = {id(value): (value, made) for value, made in BOXES}
    copies = [(copy, kept[id(value)][1]) for copy, value in COPIES if id(value) in kept]
    return [*kept.values(), *copies]


def as_plain(value: Any) -> Any:
    """A value without stand-ins, in containers of any kind."""
    value = real(value)
    if isinstance(value, dict):
        return {real(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(as_plain(item) for item in value)
    return value


@contextmanager
def _among_stand_ins(*, bare: bool) -> Iterator[None]:
    """Put stand-ins into the modules of the subject, and take them out again."""
    kept, types_of = [], dict[type, Value]()
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{ROOM}.") and not name.startswith(APART):
            space = vars(module)
            kept.append((space, dict(space)))
            _forget(space)
            for key, value in list(space.items()):
                if not key.startswith("__"):
                    space[key] = _instead(value, name)
            space.update({key: _named(key, getattr(builtins, key)) for key in BUILTINS})
            if bare and "cheap_initializers" in space:
                space["cheap_initializers"] = dict  # the weights are set right after
            space["type"] = functools.partial(_type, types_of)
            space["id"] = lambda value: id(real(value))
    try:
        yield
    finally:
        for space, before in kept:
            space.clear()
            space.update(before)
            _forget(space)


def _forget(space: dict[str, Any]) -> None:
    """What is remembered between runs would have no stand-in, or one too many."""
    for value in list(space.values()):
        clear = getattr(value, "cache_clear", None)
        if isinstance(clear, types.BuiltinMethodType):
            clear()


def _type(known: dict[type, Value], *args: Any) -> Any:
    """The class of a value, one stand-in for each; or a new class."""
    name = _named("type", type)
    if len(args) == 1:
        kind = type(real(args[0]))
        if type(args[0]) is not Value:
            return kind
        return known.setdefault(kind, name(*args))
    return name(*args)


_NAMED: dict[str, Value] = {}


def _named(path: str, value: Any) -> Value:
    """The one stand-in for what has a name."""
    known = _NAMED.get(path)
    if known is None or real(known) is not value:
        known = _NAMED[path] = Value(value, Node("name", (path,)))
    return known


def _instead(value: Any, module: str) -> Any:
    """What stands in for a global of a module of the subject."""
    if isinstance(value, types.ModuleType):
        return _of_module(value)
    for known, instead in _KNOWN:
        if value is known:
            return instead
    if isinstance(value, (types.FunctionType, type)) and getattr(value, "is_printed", False):
        return Value(value, Node("source", (value,)))
    if isinstance(value, types.FunctionType) and value.__module__.startswith(_TABLES):
        return _with_plain_arguments(value)
    if type(value) is dict:
        return {key: _instead(item, module) for key, item in value.items()}
    if type(value) is tuple:
        return tuple(_instead(item, module) for item in value)
    if isinstance(value, type) and value.__module__.startswith(ROOM) and _handed_to_keras(value):
        return Value(value, Node("source", (value,)))
    return _of_table(value) if callable(value) else value


_TABLES = ("keras_rnn_conformance.cases", "keras_rnn_conformance.base")


def _with_plain_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that knows no Keras, and gets plain values."""

    @functools.wraps(function)
    def plainly(*args: Any, **options: Any) -> Any:
        return function(*(_if_plain(a) for a in args), **options)

    return plainly


def _if_plain(value: Any) -> Any:
    whole = real(value)
    return whole if is_plain(whole) else value


def _handed_to_keras(kind: type) -> bool:
    return (
        any(base.__module__.startswith("keras.") for base in kind.__mro__)
        or hasattr(kind, "state_size")
        or kind.__name__ == "ClassCell"
    )


def _of_module(module: types.ModuleType) -> Any:
    if module is classes:
        return _Classes()
    if module in _STANDARD:
        return _named(_STANDARD[module], module)
    if module is tempfile:
        return _named("tempfile", module)
    if module.__name__.split(".")[0] == "keras":
        shown = module.__name__
        for public in ("ops", "layers"):
            if module is getattr(keras, public):
                shown = f"keras.{public}"
        return _named("keras" if module is keras else shown, module)
    return module


_HELD = {keras.ops: "keras.ops", keras.layers: "keras.layers", keras: "keras", **_STANDARD}


def _of_table(value: Any) -> Any:
    """A function or class of Keras, or of a module of Python's, that a table holds."""
    name = str(getattr(value, "__name__", ""))
    for space, path in _HELD.items():
        if vars(space).get(name, _named) is value:
            return _named(f"{path}.{name}", value)
    return value


class _Classes:
    """The layer classes that cases are built of, by the names that they are imported by."""

    def __getattr__(self, name: str) -> Any:
        from keras_rnn_conformance.cases import replaced

        path = f"keras.layers.{name}"
        if name in replaced.chosen:
            path = replaced.chosen[name].code
        return _named(path, getattr(classes, name))


def _note(key: str, value: Any) -> None:
    """Keep a value; of nothing, the place."""
    LOG.notes[key] = len(LOG.nodes) if value is None else value


def _flatten(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _flatten(item)]
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in _flatten(value[key])]
    return [value]


def _map(function: Callable[..., Any], value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(real(value))([_map(function, item) for item in value])
    if isinstance(value, dict):
        return {key: _map(function, value[key]) for key in value}
    return function(value)


_KNOWN: tuple[tuple[Any, Any], ...] = (
    (pathlib.Path, _named("pathlib.Path", pathlib.Path)),
    (registry.noted, _note),
    (trees.flatten, _flatten),
    (trees.map_structure, _map),
    (watch.release, lambda thing: watch.release(real(thing))),
)
"""What has a stand-in of its own."""
