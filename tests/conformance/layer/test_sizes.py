"""Large layers, batches and sequences: the same equations whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT, Value
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.choices.sizes import (
    BEYOND,
    DEEP,
    DIMENSIONS,
    KINDS,
    large,
    options_of,
)
from keras_rnn_conformance.judging.rules import governing, value_rule

RNN = "keras.layers.RNN"
EAGER = ("u", "in", "n")
"""The dimensions that cost little without a compiled loop."""


def cases(profile: str) -> Iterator[Case]:
    """Every kind along every dimension; in thorough at every size."""
    yield from _of("LSTM", "in", 1025)
    yield from _of("GRU", "n", 1025)
    if profile == "smoke":
        return
    yield from _one_of_each()
    yield from _deep(MODERATE)
    yield from _kept()
    yield from _long()
    yield from _meeting()
    if profile == "thorough":
        yield from _thorough()


def _of(kind: str, key: str, size: int, **options: Value) -> Iterator[Case]:
    """The case, if the kind has the options."""
    layer, given = options_of(kind, key, size, **options)
    with suppress(CaseError):
        yield Case.from_options(layer, given)


def _one_of_each() -> Iterator[Case]:
    """A large size of every kind, and a smaller one, so that together all sizes are met."""
    for place, (kind, key) in enumerate(product(KINDS, EAGER)):
        most = {"u": 513 if kind in RECURRENT else 129}.get(key, BEYOND[-1])
        yield from _of(kind, key, most)
        yield from _of(kind, key, BEYOND[place % 6])
    yield from _of("SimpleRNN", "u", BEYOND[-1])


MODERATE = ((("LSTM", 5), ("GRU", 9), ("SimpleRNN", 33)), (("GRU", 5), ("SimpleRNN", 17)))
"""The depths of the default profile: of stacks, and of models."""


def _deep(depths: tuple[tuple[tuple[str, int], ...], ...]) -> Iterator[Case]:
    """Stacks of many cells and models of many layers; those of GRU with a mask."""
    for form, each in zip(("stack", "model"), depths, strict=True):
        for layer, deep in each:
            whole: dict[str, Value] = {"u": 2, "t": 3, "n": 4, "in": 3, "as": form, "deep": deep}
            masked: dict[str, Value] = {"mask": "gap"} if layer == "GRU" else {}
            yield Case.from_options(
                layer, {**whole, **masked, "seq": 1, "state": int(form == "stack")}
            )


def _kept() -> Iterator[Case]:
    """Stacks of many cells, also of one size, that keep their states between calls."""
    small: dict[str, Value] = {"u": 2, "t": 3, "n": 2, "in": 3, "stateful": 1, "calls": 2}
    for layer, form, mask in (
        ("SimpleRNN", "stack", "none"),
        ("GRU", "stack", "gap"),
        ("LSTM", "even", "none"),
    ):
        yield Case.from_options(layer, {**small, "as": form, "deep": 17, "mask": mask})
    held: dict[str, Value] = {"as": "even", "deep": 5, "mask": "right", "seq": 1}
    yield Case.from_options("GRU", {**small, **held})


def _long() -> Iterator[Case]:
    """Long sequences: compiled in the loop, or unrolled, masked, stateful, in reverse."""
    for place, kind in enumerate(KINDS):
        most = {"ConvLSTM1D": 65, **dict.fromkeys(RECURRENT, BEYOND[-1])}.get(kind, 257)
        yield from _of(kind, "t", most, via="predict")
        yield from _of(kind, "t", BEYOND[place % 2], **MEETING[place % len(MEETING)])
    for layer, options in zip(RECURRENT, MEETING, strict=False):
        yield from _of(layer, "t", 257, via="predict", **options)
        yield from _of(layer, "t", 257, do="grad", via="graph")
    for layer, options in zip(RECURRENT, REVERSED, strict=False):
        yield from _of(layer, "t", BEYOND[-1], via="predict", **options)
    yield from _dropping((("LSTM", "n", 1025), ("GRU", "t", 33), ("SimpleRNN", "t", 129)))
    for layer, size in zip(RECURRENT, (257, 129, 65), strict=True):
        yield from _of(layer, "t", size, unroll=1)
        yield from _of(layer, "t", 65, unroll=1, seq=0)
    yield from _of("SimpleRNN", "t", 257, unroll=1, mask="right")
    for layer, options in zip(RECURRENT, UNROLLED, strict=True):
        yield from _of(layer, "t", 17, unroll=1, **options)


def _dropping(large: Iterable[tuple[str, str, int]]) -> Iterator[Case]:
    """Large batches and long sequences in training, under masks of dropout that can be read."""
    for layer, key, size in large:
        read: dict[str, Value] = {"u": 8, "t": 3, "n": 128, "in": 4, "drop": 25, "rdrop": 50}
        yield Case.from_options(layer, {**read, key: size, "do": "train", "what": "masks"})


MEETING: tuple[dict[str, Value], ...] = (
    {"mask": "gap"},
    {"stateful": 1, "calls": 2},
    {"back": 1, "mask": "right"},
)
"""What a loop does with timesteps beside walking over them."""

UNROLLED: tuple[dict[str, Value], ...] = (
    {"back": 1, "mask": "gap"},
    {"back": 1, "mask": "right", "init": "list"},
    {"mask": "left", "seq": 0, "stateful": 1, "calls": 2},
)
"""What an unrolled walk does beside."""

REVERSED: tuple[dict[str, Value], ...] = ({"back": 1}, {"back": 1, "mask": "gap"})
"""The ways to walk over them from the end."""


def _meeting() -> Iterator[Case]:
    """Sizes of one and powers of two, each with every option, on one layer after the other."""
    for place, (options, key) in enumerate(product(ONE, DIMENSIONS)):
        yield from _of(RECURRENT[(place + place // 4) % 3], key, 1, **options)
    for layer, unroll in zip(RECURRENT, (0, 1, 0), strict=True):
        yield from _of(layer, "t", 1, mask="all", unroll=unroll, init="list")
    for place, (options, (key, size)) in enumerate(product(OPTIONS, POWERS.items())):
        yield from _of(RECURRENT[(place + place // 3) % 3], key, size, **options)
    for place, (layer, options) in enumerate(product(RECURRENT, OPTIONS[:4])):
        yield from _of(layer, "t", 64 << place % 2, **options)
    for layer, options in product(RECURRENT, ALIKE):
        with suppress(CaseError):
            yield Case.from_options(layer, {**EVEN, **options})


POWERS = {"u": 128, "in": 1024, "n": 1024}
OPTIONS: tuple[dict[str, Value], ...] = (
    {"mask": "gap", "t": 3},
    {"mask": "row", "unroll": 1},
    {"stateful": 1, "calls": 2},
    {"init": "list", "unroll": 1},
    {"back": 1, "mask": "right"},
    {"train": 1, "init": "list"},
    {"as": "bi"},
    {"as": "td", "state": 0, "mask": "right"},
    {"dtype": "mf16"},
    {"bias": 0},
    {"do": "grad"},
    {"as": "stack", "mask": "right"},
    {"act": "none"},
    {"dtype": "f64"},
    {"impl": 1, "bias": 0},
    {"as": "bi", "merge": "ave", "dtype": "mf16"},
)
"""What may meet a size."""

EVEN: dict[str, Value] = {"seq": 1, "state": 1, "u": 4, "t": 4, "n": 4, "in": 4}
"""All dimensions alike: what is laid along a wrong one has the right shape all the same."""

ALIKE: tuple[dict[str, Value], ...] = (
    {},
    {"impl": 1, "bias": 0},
    {"mask": "gap", "init": "list"},
    {"mask": "right", "back": 1, "unroll": 1},
    {"as": "bi", "merge": "mul", "mask": "row"},
    {"as": "stack", "init": "list"},
    {"as": "td", "state": 0, "slices": 4},
    {"maskby": "masking", "mask": "left", "via": "predict"},
)
"""What meets them."""

ONE: tuple[dict[str, Value], ...] = (
    *OPTIONS[1:5],
    *OPTIONS[6:9],
    {"as": "stack", "state": 0, "mask": "right"},
    {"mask": "gap", "t": 4, "unroll": 1},
    {"mask": "right", "t": 3, "zero": 1},
    {"mask": "left", "t": 3, "back": 1, "unroll": 1},
    {"mask": "gap", "t": 3, "stateful": 1, "calls": 2},
)
"""What sizes of one meet."""


def _thorough() -> Iterator[Case]:
    for kind, key, size in product(KINDS, DIMENSIONS, BEYOND):
        yield from _of(kind, key, size, via="predict" if key == "t" else "call")
    for layer in RECURRENT:
        stacks = tuple((layer, deep) for deep in DEEP[:8])
        yield from _deep((stacks, stacks[:6]))
    for layer, size, options in product(RECURRENT, BEYOND, (*MEETING, *REVERSED)):
        yield from _of(layer, "t", size, via="predict", **options)
    for layer, key, size in product(RECURRENT, EAGER, BEYOND):
        yield from _of(layer, key, size, mask="row", unroll=1)
        yield from _of(layer, key, size, stateful=1, calls=2)
        yield from _of(layer, key, size, do="grad")
    yield from _dropping(product(RECURRENT, ("n", "t"), BEYOND[3:]))
    for layer, size in product(RECURRENT, BEYOND[:5]):
        yield from _of(layer, "t", size, unroll=1, mask="gap")
        yield from _of(layer, "t", size, do="grad", via="graph", mask="gap")


def _governed(*keys: str) -> Callable[[Case], bool]:
    return lambda case: governing(case) == "size" and large(case) in keys


value_rule(
    "SIZE-1",
    "A layer of any number of units or features computes its equations.",
    source="keras.layers.LSTM, units: positive integer; keras.layers.RNN, Call arguments",
    applies=_governed("u", "in"),
)

value_rule(
    "SIZE-2",
    "In a batch of any size, every sample is computed.",
    source=f"{RNN}, Call arguments: (batch, timesteps, feature)",
    applies=_governed("n"),
)

value_rule(
    "SIZE-4",
    "A stack of any number of cells, and a model of any number of layers, passes the "
    "output of each to the next.",
    source="keras.layers.StackedRNNCells, cells; keras.Sequential",
    applies=_governed("deep"),
)

value_rule(
    "SIZE-3",
    "A sequence of any number of timesteps is computed to its end, looped or unrolled, "
    "masked or not, in either direction.",
    source=f"{RNN}, Call arguments: (batch, timesteps, feature); {RNN}, unroll",
    applies=_governed("t"),
)
