"""Cases and their ids: plain data, written as text and read back from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from keras_rnn_conformance.cases.axes import (
    AXES,
    BARE,
    BY_KEY,
    CORE,
    LAYERS,
    SCENARIOS,
    Axis,
    Value,
)
from keras_rnn_conformance.cases.constraints.table import CONSTRAINTS

_TOKEN = re.compile(r"(?P<key>[a-z]+)(?:(?P<number>0|[1-9][0-9]{0,3})|\.(?P<word>[a-z][a-z0-9_]*))")
_MAX_ID = 300
_DEFAULTS = {axis.key: axis.default for axis in AXES}


class CaseError(ValueError):
    """An id that names no case; the message says which part is wrong and what would be right."""


@dataclass(frozen=True)
class Case:
    """One experiment: a layer, and the options that depart from their defaults.

    Attributes:
        layer: a name of `axes.LAYERS`.
        options: pairs of axis key and value, in the order of `axes.AXES`; the core axes are
            always there, every other one only where it departs from its default.
    """

    layer: str
    options: tuple[tuple[str, Value], ...]

    @classmethod
    def of(cls, layer: str, **options: Value) -> Case:
        """Make a case from keyword options; `in_` and `as_` stand for the keys `in` and `as`.

        Raises:
            CaseError: for an unknown layer, axis or value, or a combination that no layer has.
        """
        given = {key.rstrip("_"): value for key, value in options.items()}
        return cls.from_options(layer, given)

    @classmethod
    def from_options(cls, layer: str, options: Mapping[str, Value]) -> Case:
        """Make a case from a mapping of axis keys to values."""
        case = cls(layer, _departures(layer, options))
        _check_combination(case)
        return case

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read a case id.

        Raises:
            CaseError: if `text` is not the id of a case, or not in its one canonical spelling.
        """
        if len(text) > _MAX_ID or not text.isascii() or not text.isprintable():
            raise CaseError(
                f"a case id is at most {_MAX_ID} printable ASCII characters: {text[:60]!r}"
            )
        layer, *tokens = text.split("-")
        options: dict[str, Value] = {}
        for token in tokens:
            axis, value = _read(token, text)
            if axis.key in options:
                raise CaseError(f"{text!r} sets {axis.key!r} twice")
            options[axis.key] = value
        case = cls.from_options(layer, options)
        if case.id != text:
            raise CaseError(f"{text!r} is not the canonical id; write {case.id!r}")
        return case

    def __getitem__(self, key: str) -> Value:
        value = self._values.get(key)
        return _DEFAULTS[key] if value is None else value

    def __hash__(self) -> int:
        return self._hash

    def has(self, **options: Value) -> bool:
        """Whether every given option has the given value."""
        return all(self[key.rstrip("_")] == value for key, value in options.items())

    def number(self, key: str) -> int:
        """The value of an integer axis."""
        value = self[key]
        assert isinstance(value, int)
        return value

    def but(self, **options: Value) -> Case:
        """This case with other values for some options."""
        given = {key.rstrip("_"): value for key, value in options.items()}
        return self.from_options(self.layer, {**self._values, **given})

    @cached_property
    def _hash(self) -> int:
        return hash((self.layer, self.options))

    @cached_property
    def _values(self) -> dict[str, Value]:
        return dict(self.options)

    @cached_property
    def departures(self) -> dict[str, Value]:
        """The options outside the core that depart from their defaults."""
        core = {axis.key for axis in CORE}
        return {key: value for key, value in self.options if key not in core}

    @cached_property
    def id(self) -> str:
        return "-".join([self.layer, *(BY_KEY[key].token(value) for key, value in self.options)])

    def __str__(self) -> str:
        return self.id


def _departures(layer: str, options: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    if layer not in LAYERS:
        raise CaseError(f"unknown layer {layer!r}; the layers are {', '.join(LAYERS)}")
    for key, value in options.items():
        _check_value(layer, key, value)
    core = {axis.key for axis in CORE}
    return tuple(
        (axis.key, options.get(axis.key, axis.default))
        for axis in AXES
        if axis.key in core or options.get(axis.key, axis.default) != axis.default
    )


def _check_value(layer: str, key: str, value: Value) -> None:
    axis = BY_KEY.get(key)
    if axis is None:
        raise CaseError(f"unknown axis {key!r}; the axes are {', '.join(BY_KEY)}")
    if layer not in axis.layers:
        raise CaseError(
            f"{layer} has no {key!r} ({axis.doc}); it belongs to {', '.join(axis.layers)}"
        )
    known = value in axis.values
    if axis.any_int and isinstance(value, int) and value >= axis.low:
        known = True
    if not known:
        raise CaseError(f"{key!r} ({axis.doc}) cannot be {value!r}; {_allowed(axis, value)}")


_MANY = 40
"""Values that are told one by one; of more, those are that read alike."""


def _allowed(axis: Axis, value: Value) -> str:
    if axis.any_int:
        return f"it can be an integer from {axis.low}"
    names = list(map(str, axis.values))
    if len(names) <= _MANY:
        return f"it can be {', '.join(names)}"
    near = get_close_matches(str(value), names, 3)
    return f"did you mean {' or '.join(near)}?" if near else "see --list-axes"


def _check_combination(case: Case) -> None:
    what, do = case["what"], case["do"]
    variants = SCENARIOS[str(do)]
    if what != "plain" and what not in variants:
        raise CaseError(f"do.{do} has no variant {what!r}; it has {', '.join(variants) or 'none'}")
    if what == "plain" and variants and "plain" not in variants:
        raise CaseError(
            f"do.{do} needs a variant: what.{variants[0]} or one of {', '.join(variants)}"
        )
    for constraint in CONSTRAINTS:
        if constraint.forbids(case):
            raise CaseError(f"{case.id}: {constraint.reason}")


def _read(token: str, text: str) -> tuple[Axis, Value]:
    if token in BARE:
        return BARE[token], token
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise CaseError(f"{token!r} in {text!r} is not an option: write mask.gap, unroll1 or f16")
    axis = BY_KEY.get(match["key"])
    if axis is None or axis.kind == "bare":
        raise CaseError(
            f"unknown axis {match['key']!r} in {text!r}; the axes are {', '.join(BY_KEY)}"
        )
    return axis, match["word"] if match["word"] else int(match["number"])
