"""What the weights of a fresh layer are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import judged, state_names, step_shape
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.pixels import by_pixel
from keras_rnn_conformance.cases.scenarios.initial_weights import (
    CONSTANTS,
    WORDS,
    numbers_of,
    weight_shapes,
)
from keras_rnn_conformance.expected.compositions import called, layer_of
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import PRECISIONS, Bounded

FEW = 1e-12
"""The probability of a false alarm that a statistical check may have."""


@expectation("init")
def _init(case: Case, data: Data) -> Expected:
    values = _values(case, data).items()
    one = {name: Bounded(value, 0.0, PRECISIONS["float32"]) for name, value in values}
    arrays = {
        f"{piece.prefix}{name}": array for piece in judged(case) for name, array in one.items()
    }
    if case["what"] == "oncall":
        (output,) = called(case, data)
        arrays["output"] = by_pixel(case, output, 2 if case["seq"] else 1)
    return Expected(arrays)


def _values(case: Case, data: Data) -> dict[str, Array]:
    """What every weight of a variant must hold exactly, by name."""
    shapes, what = weight_shapes(case, data), case["what"]
    if what in ("callables", "oncall", "again", "weights"):
        return numbers_of(case, data)
    if what == "objects":
        return {name: np.full(shape, CONSTANTS[name]) for name, shape in shapes.items()}
    if what == "words":
        return {name: np.full(shape, WORDS[name][1]) for name, shape in shapes.items()}
    return {"bias": forget_bias(case, shapes["bias"])} if "bias" in shapes else {}


def forget_bias(case: Case, shape: tuple[int, ...]) -> Array:
    """The bias of a fresh layer: zeros, and ones for the forget gate of an LSTM."""
    bias = np.zeros(shape)
    if len(state_names(case.layer)) == 2:
        bias[case.number("u") : 2 * case.number("u")] = 1.0
    return bias


def described(case: Case, data: Data, dtype: str) -> list[list[Any]]:
    """Name, shape and dtype of every weight, in order."""
    one = [[name, list(shape), dtype] for name, shape in weight_shapes(case, data).items()]
    return one * len(judged(case))


def first_states(case: Case, data: Data) -> list[list[Any]]:
    """Shape and largest magnitude of every state of a fresh layer or cell."""
    layer, step = layer_of(case, judged(case)[0]), step_shape(case, data.features)
    return [[list(layer.state_shape((data.batch, *step))), 0.0]] * layer.state_count


def count(case: Case, data: Data) -> int:
    """The number of parameters."""
    sizes = sum(math.prod(shape) for shape in weight_shapes(case, data).values())
    return sizes * len(judged(case))


def obliqueness(kernel: Array, gain: float) -> float:
    """How far the rows (or columns, if there are fewer) are from orthonormal, by the gain."""
    flat = kernel.reshape(-1, kernel.shape[-1]) / gain
    flat = flat if flat.shape[0] <= flat.shape[1] else flat.T
    return float(np.abs(flat @ flat.T - np.eye(len(flat))).max())


def obliqueness_bound(kernel: Array) -> float:
    """How far they may be, computed in float32: m n eps for an m by n matrix.

    It is that of a Householder factorization (Higham, Accuracy and Stability, theorem 19.4, with
    the constant 1).
    """
    return kernel.size * 2.0**-23


def glorot_limit(shape: tuple[int, ...]) -> float:
    """The largest value of Glorot's uniform distribution for a kernel."""
    window = math.prod(shape[:-2])
    return math.sqrt(6 / (window * (shape[-2] + shape[-1])))


def largest(values: Array, limit: float) -> float:
    """The largest magnitude, in units of the limit."""
    return float(np.abs(values / limit).max())


def mean(values: Array, limit: float) -> float:
    """The mean, in units of the limit."""
    return float((values / limit).mean())


def mean_square(values: Array, limit: float) -> float:
    """The mean square, in units of the square of the limit."""
    return float(np.square(values / limit).mean())


def of_uniform(count: int) -> dict[str, tuple[Callable[..., float], float, float]]:
    """By name, what a sample from the uniform distribution on [-limit, limit] has, and its bounds.

    Hoeffding's inequality bounds the mean and the mean square; a sample that stays below nine
    tenths of the limit has probability 0.9^n.
    """
    spread = math.sqrt(math.log(2 / FEW) / (2 * count))
    return {
        "largest magnitude / limit": (largest, 0.9, 1 + 2.0**-22),
        "mean / limit": (mean, -2 * spread, 2 * spread),
        "mean square / limit^2": (mean_square, 1 / 3 - spread, 1 / 3 + spread),
    }
