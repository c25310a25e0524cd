"""The numbers of deeds under a condition: masks of attention and of calls, slices, zeros."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.cases.data import Array, Data, Weights
from keras_rnn_conformance.cases.models.deeds.conditions import PASSES, SAMPLES
from keras_rnn_conformance.cases.streams import GRID

Bools = NDArray[np.bool_]
Masks = dict[str, Bools]

SINGLY = ("Attention", "AdditiveAttention")
HEADED = ("MultiHeadAttention", "GroupQueryAttention")
HEADS, SIZE = 2, 3
"""Of attention of several heads; two heads of queries share a key where there are groups."""
MASKED_BY: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    SINGLY: (
        ("value",),
        ("causal",),
        ("value", "query"),
        ("value", "causal"),
        ("value", "query", "causal"),
    ),
    HEADED: (
        ("value",),
        ("key",),
        ("causal",),
        ("value", "causal"),
        ("pairs",),
        ("pairs", "causal"),
        ("pairs", "value"),
        ("pairs", "key", "query"),
        ("pairs", "value", "key", "query", "causal"),
    ),
}
"""By kinds of attention, which masks are given together; of pairs: attention_mask."""
ATTENTION_DTYPES: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {
    "picked_jointly": {SINGLY: ("float32", "bfloat16"), HEADED: ("float32", "float16")},
    "picked_in_half": {SINGLY: ("float16",)},
}
"""By deed and kinds of attention, the dtypes in which they compute, with weights of the same."""
LENGTHS = ((4, 4), (3, 6), (6, 3))
"""How many queries and keys there are."""


def attentions(deed: str) -> Iterator[tuple[str, str, tuple[int, int], tuple[str, ...]]]:
    """Kind, dtype, lengths and masks: all of them in single precision, and some in half."""
    for kinds, dtypes in ATTENTION_DTYPES[deed].items():
        for dtype in dtypes:
            few = LENGTHS[:2] if kinds == HEADED else LENGTHS
            lengths = LENGTHS[1:2] if deed == "picked_jointly" and dtype != "float32" else few
            yield from product(kinds, (dtype,), lengths, MASKED_BY[kinds])


def attended(kind: str, dtype: str, lengths: tuple[int, int], masks: tuple[str, ...]) -> str:
    """The words for it."""
    named = "all masks" if masks == MASKED_BY[HEADED][-1] else "+".join(masks)
    return f"{kind} of {lengths[0]} by {lengths[1]}, {dtype}, {named}"


def vectors(data: Data, lengths: tuple[int, int]) -> dict[str, Array]:
    """Queries, keys and values: small, so that no score is large."""
    sizes = {"query": lengths[0], "key": lengths[1], "value": lengths[1]}
    return {
        name: data.numbers(f"{name} of {lengths}", (ATTENDERS, size, SIZE), 32)
        for name, size in sizes.items()
    }


ATTENDERS = 4
"""Samples: as many as there are queries and keys, in the first of LENGTHS."""


def masks_given(data: Data, lengths: tuple[int, int], masks: tuple[str, ...]) -> Masks:
    """The masks by name, of which those of pairs leave one key to each query that has any.

    Where there are none of pairs, that of the values leaves one to all queries of a sample.
    """
    queries, keys = lengths
    drawn = np.abs(data.numbers(f"masks of {lengths}", (4, ATTENDERS, queries, keys), 64)) * GRID
    few = "pairs" not in masks
    places = np.arange(keys) == drawn[0, :, 0, :1] % keys
    given = {
        "value": places if few else drawn[1, :, 0] % 3 > 0,
        "key": places if few else drawn[2, :, 0] % 3 > 0,
        "query": drawn[1, :, :, 0] % 3 > 0,
    }
    whole: Masks = {name: given[name] for name in masks if name in given}
    left = _left(whole, masks, lengths)
    if not few:
        target = np.argmax(np.where(left, drawn[3] % 61 + 1, 0), axis=-1)
        one = np.arange(keys) == target[..., None]
        whole["pairs"] = np.where(left, one, drawn[3] % 2 > 0)
    return whole


def _left(given: Masks, masks: tuple[str, ...], lengths: tuple[int, int]) -> Bools:
    """Which keys the masks leave to each query: (samples, queries, keys)."""
    queries, keys = lengths
    left = np.ones((ATTENDERS, queries, keys), bool)
    for name in ("value", "key"):
        left &= given[name][:, None] if name in given else True
    if "causal" in masks:
        left &= np.arange(keys) <= np.arange(queries)[:, None]
    return left


def left_to(given: Masks, masks: tuple[str, ...], lengths: tuple[int, int]) -> Bools:
    """The same, of all masks, those of pairs and of queries too."""
    left = _left(given, masks, lengths)
    if "pairs" in given:
        left = left & given["pairs"]
    return left & given["query"][..., None] if "query" in given else left


def masks_passed(data: Data, name: str) -> Bools:
    """Masks of one shape, one after the other; each leaves something of each sample."""
    kept = np.abs(data.numbers(f"passing {name}", (PASSES, *data.lead), 64)) * GRID % 2 > 0
    kept[:, :, 0] |= ~kept.any(axis=2)
    return kept


def sliced(data: Data, count: int) -> Array:
    """Sequences of so many timesteps."""
    return data.numbers(f"{count} slices", (SAMPLES, count, data.features), 64)


def sliced_weights(data: Data) -> dict[str, Array]:
    """The weights of a Dense of three units and of a normalization, by name."""
    return {
        "kernel": data.numbers("slice kernel", (data.features, 3), 64),
        "bias": data.numbers("slice bias", (3,), 64),
        **norm_weights(data, "of slices", data.features),
    }


def norm_weights(data: Data, name: str, size: int) -> dict[str, Array]:
    """The weights of a normalization of so many features, by name."""
    return {
        "gamma": 0.5 + np.abs(data.numbers(f"gamma {name}", (size,), 32)),
        "beta": data.numbers(f"beta {name}", (size,), 64),
        "moving_mean": data.numbers(f"mean {name}", (size,), 64),
        "moving_variance": 0.5 + np.abs(data.numbers(f"variance {name}", (size,), 32)),
    }


def normed(data: Data, name: str, shape: tuple[int, int, int]) -> tuple[Array, Bools]:
    """What is normalized, and its mask, which leaves something of each sample."""
    kept = np.abs(data.numbers(f"kept {name}", shape[:2], 64)) * GRID % 2 > 0
    kept[:, 0] |= ~kept.any(axis=1)
    return data.numbers(f"normed {name}", shape, 64), kept


def zeroed(weights: Weights) -> dict[str, list[Array]]:
    """The weights of a layer, one of them zero, and all of them."""
    every = {
        f"weight {k}": [0.0 * one if i == k else one for i, one in enumerate(weights)]
        for k in range(len(weights))
    }
    return {**every, "all weights": [0.0 * one for one in weights]}
