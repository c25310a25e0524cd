"""Two options that depart from their defaults, and nothing else: made from the axes themselves.

A case with many departures can switch off the very path that two of them would fail on together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache

from keras_rnn_conformance.cases.axes import AXES, BY_KEY, RECURRENT, Value
from keras_rnn_conformance.cases.axis import columns
from keras_rnn_conformance.cases.case import Case, CaseError

Options = dict[str, Value]
Departure = tuple[str, Value]

APART = ("u", "t", "n", "in", "calls", "deep", "slices", "do", "what")
"""Axes that are no options: sizes, of which `sizes` makes cases, histories and scenarios."""

NEEDS: dict[Departure, tuple[Options, ...]] = {
    ("stateful", 1): ({"calls": 2},),
    ("reset", "between"): ({"calls": 2, "stateful": 1},),
    ("own", 2): ({"as": "bi"},),
}
"""By departure, what it takes for it to show, where the constraints alone do not ask for it."""

BACKGROUNDS: tuple[Options, ...] = (
    {},
    {"mask": "right"},
    {"as": "bi"},
    {"calls": 2, "stateful": 1},
    {"fmt": "first"},
    {"as": "list"},
    {"as": "td"},
    {"as": "rnn", "x": "f16"},
    {"dtype": "f16"},
    {"t": 1},
)
"""What a departure may need to make a case at all: the first that serves."""

TRAINED = (
    "seq",
    "state",
    "after",
    "impl",
    "mask",
    "zero",
    "back",
    "unroll",
    "stateful",
    "cudnn",
    "drop",
    "rdrop",
    "n",
    "in",
    "train",
    "calls",
)
"""What the scenario that reads the masks of dropout lets stand beside a rate."""

CHOOSING = columns(AXES, lambda axis: axis.chooses)
"""The options that choose a path or a dtype, and the values of them that do so by themselves."""

OWN = ("after", "back", "bias", "impl", "mask", "unroll", "cudnn", "dtype", "drop", "rdrop", "act")
"""The options that LSTM and GRU branch on in code of their own; the rest is that of RNN."""


RATES = ("drop", "rdrop")

WALKED = ("mask", "zero", "back", "unroll", "init", "stateful", "static", "dtype")
"""The options that a compiled loop walks by: with the others `predict` is tried in thorough."""


def departures(layer: str) -> list[Departure]:
    """Every value of every option of a layer but the defaults."""
    return [
        (axis.key, value)
        for axis in AXES
        if axis.key not in APART and layer in axis.layers
        for value in axis.few or axis.values
        if value != axis.default
    ]


@cache
def alone(layer: str, departure: Departure) -> Options | None:
    """The options of a single departure, with what it needs; None if no case has it."""
    for needed in (*NEEDS.get(departure, ()), *BACKGROUNDS):
        options = {**needed, departure[0]: departure[1]}
        if _case(layer, options) is not None:
            return options
    return None


def pairs(layer: str) -> Iterator[Case]:
    """A case for every two departures of different options that can stand together."""
    for one, other in itertools.combinations(departures(layer), 2):
        if one[0] != other[0]:
            yield from pair(layer, one, other)


def pair(layer: str, one: Departure, other: Departure) -> Iterator[Case]:
    """The cases of two departures: the call, and, of a rate of dropout, one in training."""
    case = together(layer, one, other)
    if case is None or {*case.departures} <= {"after"}:  # the matrix has these
        return
    rate = any(key in RATES for key in case.departures)
    if not (rate and case["train"]):
        yield case
    if rate:
        yield from _trained(case)


def together(layer: str, one: Departure, other: Departure) -> Case | None:
    """The case of two departures with what they need; None if they exclude each other."""
    first, second = alone(layer, one), alone(layer, other)
    if first is None or second is None:
        return None
    wanted = dict((one, other))
    for needed in (first, second, {**first, **second}, {}):
        case = _case(layer, {**needed, **wanted})
        if case is not None:
            return case
    return None


def _trained(case: Case) -> Iterator[Case]:
    """The case in training, as the rules of dropout read its masks."""
    if not {*case.departures} <= {*TRAINED} or case["cudnn"] == "true":
        return
    options: Options = {k: v for k, v in case.options if k not in ("train", "calls", "u", "t")}
    trained = _case(case.layer, {**READ, **options})
    if trained is not None:
        yield trained


READ: Options = {"u": 8, "t": 3, "n": 128, "in": 4, "do": "train", "what": "masks"}
"""Sizes that the rules of dropout can read masks of."""


def _case(layer: str, options: Mapping[str, Value]) -> Case | None:
    try:
        return Case.from_options(layer, options)
    except CaseError:
        return None


def chosen() -> Iterator[Case]:
    """The pairs of values of `CHOOSING`: on LSTM and GRU those of `OWN`, others on one layer each.

    Rates of dropout, whose masks are dear to read, are tried on one layer each as well.
    Where they can be tried in training, the call in inference, in which dropout does nothing, is
    left out.
    """
    values = [(key, value) for key, each in CHOOSING.items() for value in each]
    for place, (one, other) in enumerate(itertools.combinations(values, 2)):
        able = [n for n in RECURRENT if all(n in BY_KEY[key].layers for key, _ in (one, other))]
        if ("via", "predict") in (one, other) and not {one[0], other[0]} & {*WALKED}:
            continue
        both = {one[0], other[0]} <= {*OWN} and not {one[0], other[0]} & {*RATES}
        for layer in able[-2:] if both else [able[place % len(able)]]:
            if one[0] != other[0]:
                yield from list(pair(layer, one, other))[-1:]


TRIPLES: tuple[dict[str, tuple[Value, ...]], ...] = (
    {"impl": (1,), "bias": (0,), "drop": (50,), "rdrop": (0, 50), "cudnn": ("auto", "false")},
    {"unroll": (0, 1), "mask": ("ones", "all"), "t": (1,), "back": (0, 1), "zero": (0, 1)},
)
"""Options that branch on one another in the sources of Keras's layers."""


def triples(layer: str) -> Iterator[Case]:
    """Every case of the options of `TRIPLES`."""
    for table in TRIPLES:
        for values in itertools.product(*table.values()):
            case = _case(layer, dict(zip(table, values, strict=True)))
            if case is not None:
                yield case
