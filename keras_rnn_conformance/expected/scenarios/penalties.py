"""What regularizers add to the loss, and what constraints leave of the weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.scenarios.penalties import (
    BETWEEN,
    FLOORS,
    L1,
    L2,
    LOW,
    NAMED,
    NORM,
    NORMS,
    again,
    alone,
    gradients,
    on_output,
    per_piece,
    returned_losses,
)
from keras_rnn_conformance.expected.compositions import called, directions
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact

EPSILON = 1e-7

PENALTIES: dict[str, Callable[[Array], float]] = {
    "kernel": lambda w: L1 * np.abs(w).sum(),
    "recurrent_kernel": lambda w: L2 * np.square(w).sum(),
    "bias": lambda w: L2 * np.abs(w).sum() + L1 * np.square(w).sum(),
}
"""The penalty on each weight in the variant `weights`."""

PENALTY_GRADIENTS: dict[str, Callable[[Array], Array]] = {
    "kernel": lambda w: L1 * np.sign(w),
    "recurrent_kernel": lambda w: 2 * L2 * w,
    "bias": lambda w: L2 * np.sign(w) + 2 * L1 * w,
}
"""Their gradients, exact on the grid."""

NAMED_PENALTIES: dict[str, Callable[[Array], float]] = {
    "kernel": lambda w: NAMED * np.square(w).sum(),
    "recurrent_kernel": lambda w: w.sum(),
}
"""The penalties of the variant `words`: a name, and a callable."""


def _angles(vectors: Array) -> tuple[float, float]:
    """The penalty on rows that are not orthogonal: the mean of the absolute cosines; its bound."""
    units = vectors / np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    mean = np.abs(units @ units.T)[np.triu_indices(len(units), 1)].mean()
    count, size = vectors.shape
    # a cosine sums products of quotients by norms, which are sums: 2 size + 8 roundings at most
    rounded = 2 * size + 8 + (count**2 + 4) * mean
    return float(L1 * mean), float(L1 * rounded * PRECISIONS["float32"].u)


ANGLES: dict[str, Callable[[Array], tuple[float, float]]] = {
    "kernel": _angles,
    "recurrent_kernel": lambda w: _angles(w.T),
}
"""The penalties of the variant `angles`, with their bounds: on rows, and on columns."""


@expectation("reg")
def _reg(case: Case, data: Data) -> Expected:
    if on_output(case):
        each = (
            directions(case, data) if case["what"] in ("within", "holding") else called(case, data)
        )
        pairs = [_activity(output, data.batch) for output in each]
    else:
        pairs = _weight_penalties(case, data)
    values, bounds = [value for value, _ in pairs], [error for _, error in pairs]
    order = np.argsort(values)
    precision = PRECISIONS["float32"]
    after = Bounded(np.array(values)[order], np.array(bounds)[order], precision)
    before = Bounded(np.zeros(0), np.zeros(0), precision) if on_output(case) else after
    alone = _alone(case, data) if case["what"] == "weights" else {}
    returned = {"returned": after} if returned_losses(case) else {}
    return Expected({"before": before, "after": after, "again": after, **alone, **returned})


def _alone(case: Case, data: Data) -> dict[str, Bounded]:
    """The penalties of a layer that has one regularizer; sums over grid numbers are exact."""
    each = {
        name: np.sort([penalty(w[name]) for w in per_piece(case, data).values()])
        for name, penalty in PENALTIES.items()
    }
    return {
        alone(name): Bounded(values, np.zeros(values.shape), PRECISIONS["float32"])
        for name, values in each.items()
    }


def _weight_penalties(case: Case, data: Data) -> list[tuple[float, float]]:
    """The penalties on the weights of all directions, and their error bounds."""
    pieces = per_piece(case, data).values()
    if case["what"] == "angles":
        return [angles(w[name]) for w in pieces for name, angles in ANGLES.items()]
    named = case["what"] == "words"
    penalties = NAMED_PENALTIES if named else PENALTIES
    values = [float(penalty(w[name])) for w in pieces for name, penalty in penalties.items()]
    rounded = 4 * PRECISIONS["float32"].u if named else 0.0
    return [(value, rounded * abs(value)) for value in values]


def _activity(output: Bounded, batch: int) -> tuple[float, float]:
    """The penalty on an output, over the batch size, and its error bound."""
    y, error, u = np.abs(output.value), output.bound, PRECISIONS["float32"].u
    value = (L1 * y.sum() + L2 * np.square(y).sum()) / batch
    moved = ((L1 + L2 * (2 * y + error)) * error).sum() / batch
    return value, moved + (y.size + 6) * u * (value + moved)


@expectation("constraint")
def _constraint(case: Case, data: Data) -> Expected:
    arrays, moved = {}, gradients(case, data)
    for direction, weights in per_piece(case, data).items():
        for name, weight in weights.items():
            of = f"{direction}{name}"
            stepped = exact(weight - moved[of], PRECISIONS["float32"])
            first = _constrained(str(case["what"]), name, stepped)
            both = {of: first, again(of): _constrained(str(case["what"]), name, first)}
            arrays.update(both)
            for only in FLOORS if case["what"] == "each" else ():
                for key, value in both.items():
                    arrays[alone(only, key)] = value if only == name else stepped
    return Expected(arrays)


def _constrained(what: str, name: str, weight: Bounded) -> Bounded:
    if what in NORMS:
        return _of_norms(*dict(zip(FLOORS, NORMS[what], strict=True))[name], weight)
    return Bounded(np.maximum(weight.value, FLOORS[name]), weight.bound, weight.precision)


def _of_norms(kind: str, axes: tuple[int, ...], weight: Bounded) -> Bounded:
    """Columns, or what else goes along the axes, of the norms that `keras.constraints` documents.

    Keras adds its epsilon to the norm that it divides by; that is part of the bound. An error of
    the weight is in it, in its norm and in the norm that is allowed: three times.
    """
    norm = np.sqrt(np.square(weight.value).sum(axis=axes, keepdims=True))
    norm = np.where(norm > 0, norm, 1.0)  # a column of zeros stays as it is
    value = weight.value * DESIRED[kind](norm) / norm
    off = np.sqrt(np.square(weight.bound).sum(axis=axes, keepdims=True)) / norm
    summed = math.prod(weight.value.shape[k] for k in axes) + 8
    relative = EPSILON / norm + summed * weight.precision.u + 2 * off
    bound = np.abs(value) * relative + weight.bound * DESIRED[kind](norm) / norm
    return Bounded(value, bound, weight.precision)


def _between(given: dict[str, float]) -> Callable[[Array], Array]:
    """A step of `rate` towards the nearest norm that is allowed."""
    low, high, rate = (given[name] for name in ("min_value", "max_value", "rate"))
    return lambda norm: (1 - rate) * norm + rate * np.clip(norm, low, high)


DESIRED: dict[str, Callable[[Array], Array]] = {
    "norm": lambda norm: np.minimum(norm, NORM),
    "between": _between(BETWEEN),
    "low": _between(LOW),
    "unit": np.ones_like,
}
"""By what a constraint does, the norms that columns of these norms are scaled to."""
