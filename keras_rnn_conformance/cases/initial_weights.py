"""The numbers that initializers, regularizers and constraints are given, by weight."""

from __future__ import annotations

from keras_rnn_conformance.cases import reduction
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data

CONSTANTS = {"kernel": 0.25, "recurrent_kernel": -0.375, "bias": 0.625}
"""What the `Constant` initializers of the variant `objects` hold, by the weight that gets it."""


WORDS = {"kernel": ("ones", 1.0), "recurrent_kernel": ("zeros", 0.0), "bias": ("ones", 1.0)}
"""The initializers of the variant `words`, and the value that each stands for."""


NAMES = ("kernel", "recurrent_kernel", "bias")


def weight_shapes(case: Case, data: Data) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of one layer or cell, by name, in order."""
    gates = reduction.GATES[reduction.kind(case)]
    units = case.number("u")
    window = (case.number("kern"),) * reduction.rank(case) if reduction.rank(case) else ()
    bias = (2, gates * units) if case.layer == "GRU" and case["after"] else (gates * units,)
    shapes = {
        "kernel": (*window, data.features, gates * units),
        "recurrent_kernel": (*window, units, gates * units),
        "bias": bias,
    }
    return {name: shapes[name] for name in NAMES[: 3 if case["bias"] else 2]}


def numbers_of(case: Case, data: Data) -> dict[str, Array]:
    """Numbers for the weights of one layer or cell, by name."""
    shapes = weight_shapes(case, data)
    if reduction.rank(case) and case["kern"] != 1:
        return {name: data.numbers(name, shape, 48) for name, shape in shapes.items()}
    plain = zip(shapes, reduction.plain_weights(case, data), strict=True)
    return {name: weight.reshape(shapes[name]) for name, weight in plain}
