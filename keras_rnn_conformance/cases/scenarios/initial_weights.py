"""The numbers that initializers, regularizers and constraints are given, by weight."""

from __future__ import annotations

from keras_rnn_conformance.cases import composition
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import rank
from keras_rnn_conformance.cases.data import Array, Data

CONSTANTS = {"kernel": 0.25, "recurrent_kernel": -0.375, "bias": 0.625}
"""What the `Constant` initializers of the variant `objects` hold, by the weight that gets it."""


WORDS = {"kernel": ("ones", 1.0), "recurrent_kernel": ("zeros", 0.0), "bias": ("ones", 1.0)}
"""The initializers of the variant `words`, and the value that each stands for."""


GAIN = 0.5
"""By what the variant `scaled` multiplies an orthogonal matrix."""

NAMES = ("kernel", "recurrent_kernel", "bias")


def weight_shapes(case: Case, data: Data) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of one layer or cell, by name, in order."""
    piece, fan_in, _ = data.judged()[0]
    return composition.weight_shapes(case, piece.layer, fan_in, piece.units)


def given_alone(case: Case) -> bool:
    """Whether the numbers of the weights do not follow from those of a plain layer."""
    return rank(case) > 0 and case["kern"] != 1


def numbers_of(case: Case, data: Data) -> dict[str, Array]:
    """Numbers for the weights of one layer or cell, by name."""
    if given_alone(case):
        shapes = weight_shapes(case, data).items()
        return {name: data.numbers(name, shape, 48) for name, shape in shapes}
    return dict(zip(NAMES, data.judged()[0][2], strict=False))
