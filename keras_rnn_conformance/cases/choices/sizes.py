"""Sizes beyond the thresholds at which code branches: one beyond each power of two, up to 1,025.

One dimension at a time is large, and the others as small as they may be: a fault that begins beyond
some size then shows, and what a case costs grows with that size alone.
"""

from __future__ import annotations

from keras_rnn_conformance.cases.axes import RECURRENT, Value
from keras_rnn_conformance.cases.constraints.constraint import Options as Sized

Options = dict[str, Value]

BEYOND = tuple(2**power + 1 for power in range(4, 11))
"""17, 33, ..., 1025: one beyond each power of two from 16 on; the matrix holds the smaller ones."""

LARGE = 200
"""Beyond this size the values of a call are held to the rules of sizes."""

DIMENSIONS: dict[str, Options] = {
    "u": {"t": 2, "n": 2, "in": 3},
    "in": {"t": 2, "n": 3, "u": 2},
    "n": {"t": 2, "u": 3, "in": 2},
    "t": {"n": 2, "u": 2, "in": 1},
}
"""By the axis of a dimension, how small the others are."""

DEEP = (5, 9, 17, 33, 65, 129, 257, 513, 1025)
"""Cells of a stack, or layers of a model."""

KINDS: dict[str, tuple[str, Options]] = {
    **{layer: (layer, {}) for layer in RECURRENT},
    "GRU, reset before": ("GRU", {"after": 0}),
    "implementation 1": ("LSTM", {"impl": 1}),
    "Bidirectional": ("GRU", {"as": "bi"}),
    "TimeDistributed": ("SimpleRNN", {"as": "td"}),
    "StackedRNNCells": ("LSTM", {"as": "stack"}),
    "ConvLSTM1D": ("ConvLSTM1D", {"kern": 2}),
    "a cell of the user's own": ("RNN", {}),
    "GRU, implementation 1": ("GRU", {"impl": 1}),
}
"""What is tried at every size."""


def options_of(kind: str, key: str, size: int, **options: Value) -> tuple[str, Options]:
    """The layer and the options of a case that is large along one dimension."""
    layer, own = KINDS[kind]
    whole: Options = {"seq": 1, "state": int(own.get("as") != "td")}
    return layer, {**whole, **DIMENSIONS[key], **own, **options, key: size}


def large(case: Sized) -> str:
    """The axis of the dimension that is large; empty if none is."""
    return next((key for key in DIMENSIONS if int(case[key]) > LARGE), "") or (
        "deep" if int(case["deep"]) > 2 else ""
    )
