"""Circumstances and forms: what can stand around a call, times what a layer can be made into.

A fault that needs a circumstance sits in the code of one form: a layer of one unit is tried as a
stack, under a wrapper, with convolutions and in training, and so is one that comes out of a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, Value
from keras_rnn_conformance.cases.case import Case, CaseError

Options = dict[str, Value]

FORMS: tuple[tuple[str, Options], ...] = (
    ("SimpleRNN", {"mask": "gap", "unroll": 1}),
    ("LSTM", {"impl": 1, "mask": "right"}),
    ("GRU", {"impl": 1, "after": 0, "bias": 0}),
    ("GRU", {"after": 0, "back": 1, "unroll": 1}),
    ("LSTM", {"as": "stack", "mask": "gap"}),
    ("RNN", {"as": "list", "cell": "noinit"}),
    ("LSTM", {"as": "bi", "merge": "sum", "mask": "right"}),
    ("GRU", {"as": "bi", "merge": "mul", "init": "list"}),
    ("SimpleRNN", {"as": "bi", "merge": "none", "seq": 0}),
    ("LSTM", {"as": "td", "mask": "gap", "state": 0}),
    ("TimeDistributed", {"mask": "right", "seq": 0, "state": 0}),
    ("ConvLSTM1D", {"mask": "gap", "unroll": 1}),
    ("ConvLSTM2D", {"pad": "same", "init": "list"}),
    ("GRU", {"stateful": 1, "calls": 2, "mask": "right"}),
)
"""Layers, and options that lead through code of their own."""

CIRCUMSTANCES: tuple[Options, ...] = (
    {"u": 1},
    {"in": 1},
    {"n": 1},
    {"t": 1, "mask": "none"},
    {"u": 33},
    {"n": 65},
    {"in": 129},
    {"t": 33},
    {"u": 1, "n": 1, "in": 1},
    {"then": "batch", "calls": 3},
    {"then": "length", "calls": 3},
    {"then": "train", "calls": 3},
    {"then": "set", "calls": 3},
    {"dtype": "bf16"},
    {"dtype": "mf16"},
    {"dtype": "f64"},
    {"mag": "slight"},
    {"mag": "full"},
    {"hold": "nan"},
    {"hold": "inf", "do": "twin", "what": "sample", "n": 3},
    {"do": "keras"},
    {"do": "clone"},
    {"do": "config", "what": "numbers"},
    {"do": "settings", "what": "policy", "dtype": "mbf16"},
    {"via": "predict", "static": "none"},
    {"via": "functional"},
    {"via": "graph", "static": "none"},
    {"do": "grad"},
)
"""Sizes, histories, dtypes, values, copies and callers, as departures of a call."""

MEETING: tuple[Options, ...] = (
    {"train": 1, "u": 1, "n": 1, "in": 1},
    {"train": 1, "u": 33, "n": 65, "in": 129},
    {"do": "grad", "u": 33, "n": 65, "in": 129, "t": 2},
    {"do": "keras", "u": 33, "n": 65, "in": 129, "dtype": "mf16"},
    {"via": "predict", "static": "none", "u": 33, "n": 65, "in": 129},
    {"then": "remask", "calls": 3},
    {"then": "restate", "calls": 3, "init": "list"},
    {"dtype": "bf16", "mag": "big"},
    {"dtype": "f16"},
    {"train": 1, "t": 1, "mask": "none"},
    {"then": "set", "calls": 3, "u": 1, "n": 1, "in": 1},
    {"then": "set", "calls": 3, "u": 33},
    {"dtype": "mf16", "dtypeby": "config", "then": "batch", "calls": 3},
)
"""Several at once: training, gradients, copies and compiled functions of layers that are small or
large in every dimension, other arguments in every other call, magnitudes of 16-bit numbers."""

BEYOND: tuple[Options, ...] = (
    {"u": 257, "t": 2},
    {"n": 1025, "t": 2},
    {"in": 1025, "t": 2},
    {"t": 257, "n": 2, "in": 1},
)
"""Sizes beyond every threshold; images are dear there, and have theirs among the sizes."""

COPIES = ("keras", "clone", "config")
"""Ways to a layer that computes the very same; of implementation no configuration speaks."""

WHOLE: Options = {"seq": 1, "state": 1, "u": 2, "t": 4, "n": 3, "in": 5}


def met() -> Iterator[Case]:
    """A case for every form in every circumstance that it can be in."""
    for (layer, form), circumstance in product(FORMS, (*CIRCUMSTANCES, *MEETING, *BEYOND)):
        if "impl" in form and circumstance.get("do") in COPIES:
            continue
        if layer in CONVOLUTIONAL and circumstance in BEYOND:
            continue
        case = _case(layer, {**WHOLE, **form, **circumstance})
        if case is not None:
            yield case


def _case(layer: str, options: Options) -> Case | None:
    """The case; where options of a form stand in the way, the form without them."""
    for spared in ((), ("init",), ("stateful", "calls"), ("mask", "zero")):
        left = {key: value for key, value in options.items() if key not in spared}
        try:
            return Case.from_options(layer, left)
        except CaseError:
            continue
    return None
