"""What is known of an axis: one record, from which ids, arguments, words and choices follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Value = int | str
Values = tuple[Value, ...]
Kind = Literal["int", "word", "bare"]

RECURRENT = ("SimpleRNN", "LSTM", "GRU")
CONVOLUTIONAL = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
LAYERS = (*RECURRENT, *CONVOLUTIONAL, "RNN", "TimeDistributed")


@dataclass(frozen=True)
class Column:
    """The place of an axis among those that are combined, in `choices`.

    Attributes:
        place: of the column: the order of them decides which cases there are. A new one goes last.
        values: those that are combined, the most plain first.
    """

    place: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Argument:
    """The constructor argument that an axis sets.

    Attributes:
        name: in Keras's words.
        of: what takes it: a `cell` too, or only the whole `layer`, which loops over time.
        convert: from the value of the axis to that of the argument.
    """

    name: str
    of: Literal["cell", "layer"]
    convert: Callable[[Any], Any]


@dataclass(frozen=True)
class Axis:
    """One option that a case can set.

    Attributes:
        key: what an id writes before the value.
        values: every value that a profile may use; integer axes accept any integer from `low` up.
        default: the value that is never written.
        kind: `int` (`u3`), `word` (`mask.gap`) or `bare` (`f16`).
        doc: one line for `--list-axes` and the docs.
        layers: the layers that have the option.
        arguments: the constructor or call arguments of Keras that the axis sweeps.
        low: the smallest integer that an id may hold.
        any_int: whether integers outside `values` may stand in an id.
        words: by value, how a person would say it; empty where argument and value say it.
        gives: the constructor argument that it sets, if it sets one by itself.
        governs: how specific the rule is that the values of a case are held to where the axis
            departs from its default: the largest of a case decides. 0 for none of its own.
        simpler: its values from the simplest on, where shrinking tries them one by one.
        column: its place in the covering arrays, if it is combined with the others.
        few: of many values that run the same code, those that stand for all of them.
        chooses: its place among the options that choose a path or a dtype, and the values that do.
        searched: whether random search combines it with the others.
        exported: whether it shows in the numbers, shapes and dtypes of an exported case.
    """

    key: str
    values: tuple[Value, ...]
    default: Value
    kind: Kind
    doc: str
    layers: tuple[str, ...] = LAYERS
    arguments: tuple[str, ...] = ()
    low: int = 0
    any_int: bool = False
    words: Mapping[Value, str] = field(default_factory=dict)
    gives: Argument | None = None
    governs: int = 0
    simpler: tuple[Value, ...] = ()
    column: Column | None = None
    few: tuple[Value, ...] = ()
    chooses: Column | None = None
    searched: bool = False
    exported: bool = False

    def token(self, value: Value) -> str:
        """The text of `value` in an id."""
        if self.kind == "bare":
            return str(value)
        return f"{self.key}.{value}" if self.kind == "word" else f"{self.key}{value}"

    def but(self, **changes: Any) -> Axis:
        """The axis with more that is known of it."""
        return replace(self, **changes)

    def cell(self, name: str, convert: Callable[[Any], Any] = bool) -> Axis:
        """The axis, which sets an argument of a cell."""
        return replace(self, gives=Argument(name, "cell", convert))


def flag(
    key: str, doc: str, argument: str, default: int = 0, layers: tuple[str, ...] = LAYERS
) -> Axis:
    """An axis that sets an argument of a layer to True or False."""
    gives = Argument(argument, "layer", bool)
    return Axis(key, (0, 1), default, "int", doc, layers, (argument,), gives=gives)


def word(
    key: str,
    values: str | Mapping[Value, str],
    doc: str,
    *arguments: str,
    layers: tuple[str, ...] = LAYERS,
) -> Axis:
    """An axis of words; the first is the default. Of a mapping, each with how a person says it."""
    names: tuple[Value, ...] = tuple(values.split() if isinstance(values, str) else values)
    words = {} if isinstance(values, str) else values
    return Axis(key, names, names[0], "word", doc, layers, arguments, words=words)


def number(
    key: str, values: tuple[int, ...], default: int, doc: str, *arguments: str, **more: Any
) -> Axis:
    """An axis of integers."""
    return Axis(key, values, default, "int", doc, arguments=arguments, **more)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text: a table that is easier to read than one of quotation marks."""
    return tuple(text.split())


def named(name: str) -> str | None:
    """The argument that stands for the name of an activation."""
    return None if name == "none" else name


def columns(axes: Iterable[Axis], of: Callable[[Axis], Column | None]) -> dict[str, Values]:
    """The values that some axes are combined with, in the order of their places."""
    placed = [(column, axis.key) for axis in axes if (column := of(axis))]
    return {key: column.values for column, key in sorted(placed, key=lambda pair: pair[0].place)}
