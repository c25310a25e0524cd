"""What the deeds must give about many timesteps, tokens, samples, features and masks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.attending import (
    masks_passed,
    norm_weights,
    normed,
    sliced,
    sliced_weights,
)
from keras_rnn_conformance.cases.models.deeds.conditions import (
    COMPUTING,
    CROSSED,
    DROPPED,
    DROPPING,
    EPSILON,
    EXTENDED,
    LOOKING,
    MOMENTUM,
    NORMED,
    PASSING,
    SLICED,
    SLICES,
    TOKENS,
    ids_of,
)
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact

SINGLE = PRECISIONS["float32"]
ROUNDED = 12
"""How often a number is rounded beside the sums: differences, roots, products, casts."""


def _passing_masks(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for name in PASSING:
        for k, mask in enumerate(masks_passed(data, name)):
            if name == "GlobalAveragePooling1D":
                kept, count = np.where(mask[..., None], data.x, 0.0), mask.sum(1)[:, None]
                size = np.abs(kept).sum(1) / count
                bound = (data.timesteps + ROUNDED) * SINGLE.u * size
                output = Bounded(kept.sum(1) / count, bound, SINGLE)
            else:
                output = oracle(case)(data.x, data.weights(), mask=mask).output
            arrays[f"output of {name} with mask {k}"] = output
    return Expected(arrays)


def _normed(x: Array, mean: Array, variance: Array, weights: dict[str, Array]) -> tuple[Any, Any]:
    """What a normalization gives, and the sizes of its terms."""
    scale = weights["gamma"] / np.sqrt(variance + EPSILON)
    sizes = (np.abs(x) + np.abs(mean)) * np.abs(scale) + np.abs(weights["beta"])
    return (x - mean) * scale + weights["beta"], sizes


def _many_slices(case: Case, data: Data) -> Expected:
    weights, arrays = sliced_weights(data), dict[str, Bounded]()
    for name, policy, count in product(SLICED, COMPUTING, SLICES):
        precision = PRECISIONS[policy.removeprefix("mixed_")]
        x, terms = sliced(data, count), ROUNDED
        where = f"{name} of {count} timesteps in {policy}"
        if "training" in name:
            mean, variance = x.mean(0), x.var(0)
            value, sizes = _normed(x, mean, variance, weights)
            sizes = sizes + np.abs(x).max(0) ** 2 * np.abs(weights["gamma"])  # of the variance
            moved = weights["moving_mean"]
            for one in mean:
                moved = moved * MOMENTUM + one * (1.0 - MOMENTUM)
            bound = np.full(moved.shape, ROUNDED * precision.u * np.abs(x).max())
            mean_of = f"value of the mean of {count} timesteps in {policy}"
            arrays[mean_of] = Bounded(moved, bound, precision)
        elif "BatchNormalization" in name:
            mean, variance = weights["moving_mean"], weights["moving_variance"]
            value, sizes = _normed(x, mean, variance, weights)
        else:
            value = x @ weights["kernel"] + weights["bias"]
            sizes = np.abs(x) @ np.abs(weights["kernel"]) + np.abs(weights["bias"])
            terms = data.features + 2
        arrays[f"output of {where}"] = Bounded(value, terms * precision.u * sizes, precision)
    return Expected(arrays)


def _spoilt_norm(case: Case, data: Data) -> Expected:
    """The mean and the variance are those of what counts."""
    arrays: dict[str, Bounded] = {}
    for name, shape in NORMED.items():
        (x, kept), weights = normed(data, name, shape), norm_weights(data, name, shape[-1])
        rows = x[kept]
        mean, variance = rows.mean(0), rows.var(0)
        value, sizes = _normed(x, mean, variance, weights)
        largest = np.abs(x).max()
        terms = (len(rows) + ROUNDED) * SINGLE.u
        off = terms * (sizes + (largest + largest**2) * np.abs(weights["gamma"]))
        epsilon = 1e-7 * (largest + largest**2)  # Keras adds it to the number of what counts
        off = off + epsilon * np.abs(weights["gamma"])
        counts = kept[..., None]
        arrays[f"output {name}"] = Bounded(
            np.where(counts, value, 0.0), np.where(counts, off, 0.0), SINGLE
        )
        for moment, new, old in (
            ("mean", mean, weights["moving_mean"]),
            ("variance", variance, weights["moving_variance"]),
        ):
            moved = MOMENTUM * old + (1.0 - MOMENTUM) * new
            bound = np.full(moved.shape, terms * (largest + largest**2 + 1.0) + epsilon)
            arrays[f"value of the {moment} {name}"] = Bounded(moved, bound, SINGLE)
    return Expected(arrays)


def _wide_tokens(case: Case, data: Data) -> Expected:
    """Vectors that spell the ids; the mask of all but id 0."""
    arrays: dict[str, Bounded] = {}
    for policy, dtype, way in product(COMPUTING, TOKENS, LOOKING):
        ids = np.asarray([ids_of(dtype)])
        vectors = np.stack([ids // 256, ids % 256], axis=-1) * 1.0
        precision = PRECISIONS[policy.removeprefix("mixed_")]
        given = vectors[:, :, None] if way == "in TimeDistributed" else vectors
        arrays[f"output for {dtype} in {policy}, {way}"] = exact(given, precision)
        if way == "alone":
            arrays[f"mask for {dtype} in {policy}, {way}"] = exact((ids != 0) * 1.0, SINGLE)
    return Expected(arrays)


def _large_drops(case: Case, data: Data) -> Expected:
    """None is as another."""
    drawn = [
        (kind, name)
        for kind, name in product(DROPPING, EXTENDED)
        if (kind, name) != ("SpatialDropout1D", "timesteps")
    ]
    drawn += [(f"the {what}", name) for what, name in product(DROPPED, CROSSED)]
    return Expected(facts={f"number of {name} alike of {kind}": 0 for kind, name in drawn})


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "passing_masks": _passing_masks,
    "spoilt_norm": _spoilt_norm,
    "many_slices": _many_slices,
    "wide_tokens": _wide_tokens,
    "large_drops": _large_drops,
}
"""By deed, what it must give."""
