"""What the deeds must give about what stands around a layer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.around import (
    BATCHES,
    CALLS,
    CLASSES,
    COUNTED,
    GIVEN,
    KEEPERS,
    KEPT_BY,
    LOSS_SHAPES,
    LOST,
    MANY_CLASSES,
    OWN,
    REDUCED,
    ROUNDS,
    SEEDED,
    SIGNS,
    rearranging,
)
from keras_rnn_conformance.cases.models.deeds.numbers_around import (
    classes,
    counted,
    lost,
    rearranged,
)
from keras_rnn_conformance.cases.models.described import LAYERS
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact

SINGLE = PRECISIONS["float32"]
ROUNDED = 8
"""How often a number is rounded beside the sums."""


def _pooled(x: Array, reduce: Any, options: dict[str, Any]) -> Array:
    """The windows of a sequence, each reduced; padding at its ends counts as nothing."""
    size = options["pool_size"]
    stride, steps = options.get("strides") or size, x.shape[1]
    if options.get("padding") == "same":
        many = -(-steps // stride)
        first = -(max((many - 1) * stride + size - steps, 0) // 2)
    else:
        many, first = (steps - size) // stride + 1, 0
    begins = [first + stride * place for place in range(many)]
    return np.stack([reduce(x[:, max(at, 0) : at + size]) for at in begins], axis=1)


def _changed(kind: str, options: dict[str, Any], given: list[Array]) -> Array:
    """What a layer makes of what it is given."""
    x = given[0]
    ends: Any = options.get("padding" if kind == "ZeroPadding1D" else "cropping")
    ways: dict[str, Callable[[], Array]] = {
        "RepeatVector": lambda: np.repeat(x[:, None], options["n"], axis=1),
        "UpSampling1D": lambda: np.repeat(x, options["size"], axis=1),
        "ZeroPadding1D": lambda: np.pad(x, ((0, 0), ends, (0, 0))),
        "Cropping1D": lambda: x[:, ends[0] : x.shape[1] - ends[1]],
        "Permute": lambda: x.transpose(0, 2, 1),
        "Reshape": lambda: x.reshape(len(x), *options["target_shape"]),
        "MaxPooling1D": lambda: _pooled(x, lambda one: one.max(1), options),
        "AveragePooling1D": lambda: _pooled(x, lambda one: one.mean(1), options),
        "GlobalMaxPooling1D": lambda: x.max(1),
        "GlobalAveragePooling1D": lambda: x.mean(1),
        "Concatenate": lambda: np.concatenate(given, axis=options["axis"]),
        "Add": lambda: np.sum(given, axis=0),
        "Average": lambda: np.mean(given, axis=0),
        "Multiply": lambda: np.prod(given, axis=0),
        "Maximum": lambda: np.max(given, axis=0),
        "Minimum": lambda: np.min(given, axis=0),
    }
    return ways[kind]()


def _rearranged(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for (name, (kind, options, shapes)), sign in product(rearranging().items(), SIGNS):
        value = _changed(kind, options, rearranged(data, name, shapes, sign))
        off = ROUNDED * SINGLE.u * np.abs(value) if "Average" in kind else 0.0 * value
        arrays[f"output of {name}, {sign}"] = Bounded(value, off, SINGLE)
    return Expected(arrays)


def _each_lost(kind: str, options: dict[str, Any], truths: Array, told: Array) -> Array:
    """The loss of each number."""
    error, delta = np.abs(told - truths), options.get("delta", 1.0)
    beside = np.maximum(1.0 - truths * told, 0.0)
    return {
        "Huber": np.where(error <= delta, 0.5 * error**2, delta * error - 0.5 * delta**2),
        "MeanSquaredError": error**2,
        "MeanAbsoluteError": error,
        "Hinge": beside,
        "SquaredHinge": beside**2,
    }[kind]


def _lost(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for (name, (kind, options)), where in product(LOST.items(), LOSS_SHAPES):
        each = _each_lost(kind, options, *lost(data, where)).mean(-1)
        for reduction in REDUCED:
            value = {"sum": each.sum(), "sum_over_batch_size": each.mean(), "none": each}[reduction]
            off = (each.size + ROUNDED) * SINGLE.u * np.abs(value)
            arrays[f"value of {name} {where}, {reduction}"] = Bounded(
                np.asarray(value), np.asarray(off), SINGLE
            )
    return Expected(arrays)


def _counts(kind: str, truths: Array, told: Array) -> Array:
    """What a metric takes the mean, or the sum, of: a number of each sample."""
    return {
        "Mean": told.mean(-1),
        "Sum": told.sum(-1),
        "MeanSquaredError": ((truths - told) ** 2).mean(-1),
        "MeanAbsoluteError": np.abs(truths - told).mean(-1),
        "BinaryAccuracy": (truths == (told > 0.5)).mean(-1),
    }[kind]


def _scored_long(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    batches = [counted(data, number) for number in range(len(BATCHES))]
    for kind in COUNTED:
        each = [_counts(kind, *batch) for batch in batches]
        for many in range(1, len(BATCHES) + 1):
            so_far = np.concatenate(each[:many])
            value = so_far.sum() if kind == "Sum" else so_far.mean()
            off = np.asarray((so_far.size + ROUNDED) * SINGLE.u * abs(value))
            for time in ROUNDS:
                where = f"value of {kind} of {many} batches {time}"
                arrays[where] = Bounded(np.asarray(value), off, SINGLE)
    return Expected(arrays)


def _policies_kept(case: Case, data: Data) -> Expected:
    facts = {
        f"policies of {name} of {own}, {way}": [own]
        for name, own, way in product(KEEPERS, OWN, KEPT_BY)
    }
    return Expected(facts=facts)


def _drawn_again(case: Case, data: Data) -> Expected:
    facts: dict[str, Any] = {}
    for kind in SEEDED:
        facts[f"number of calls alike of {kind}"] = 0
        facts[f"number of calls as of a twin of {kind}"] = CALLS
    facts["number of channels dropped in part"] = 0
    facts["number of kinds of channels"] = 2
    return Expected(facts=facts)


def _described_after(case: Case, data: Data) -> Expected:
    return Expected(facts={f"arguments of {name}": "as they were" for name in (*LAYERS, "Lambda")})


def _one_hot(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for name, given, (word, many) in product(CLASSES, GIVEN, MANY_CLASSES.items()):
        found = classes(data, name)
        flat = found[..., 0] if "column" in name else found
        arrays[f"output of {name} in {given}, {word}"] = exact(np.eye(many or 11)[flat], SINGLE)
    return Expected(arrays)


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "rearranged": _rearranged,
    "lost": _lost,
    "scored_long": _scored_long,
    "policies_kept": _policies_kept,
    "drawn_again": _drawn_again,
    "described_after": _described_after,
    "one_hot": _one_hot,
}
"""By deed, what must come of it."""
