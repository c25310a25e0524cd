"""Numbers and names of the deeds on what stands around a layer: of any size, sign and seed."""

from __future__ import annotations

from typing import Any

Shape = tuple[int, ...]

AROUND: dict[str, str] = {
    "rearranged": "layers that repeat, pad, cut, merge and pool, of many sizes and all signs",
    "lost": "losses of numbers that are far off and near, by each reduction and delta",
    "scored_long": "metrics that count many samples of several batches, and again after a reset",
    "policies_kept": "copies and files of layers, made under another global policy",
    "drawn_again": "layers of dropout with a seed: one call after the other, and batches of one",
    "described_after": "configurations of layers, before and after a call",
    "one_hot": "classes of samples and of timesteps as vectors",
}
"""By name of a deed, what is done."""

BEYOND = (2, 5, 17, 33)
"""How often something is repeated, or how many tensors are merged."""
STEPS, FEATURES = 40, 3
"""The timesteps and features of what is cut and pooled."""
SIGNS = {"of both signs": 0.0, "above zero": 16.0, "below zero": -16.0}
"""By word, what is added to numbers of up to 8 in size."""
LARGEST = 8

_ENDS = ((0, 3), (3, 0), (1, 2), (0, 17), (17, 0))
_MERGES = ("Add", "Average", "Maximum", "Minimum", "Multiply")
_POOLS: tuple[dict[str, Any], ...] = (
    {"pool_size": 2},
    {"pool_size": 3, "strides": 2},
    {"pool_size": 17, "strides": 1},
    {"pool_size": 3, "strides": 7, "padding": "same"},
    {"pool_size": 4, "strides": 3, "padding": "same"},
)


def _named(kind: str, options: dict[str, Any]) -> str:
    """What a layer is called: its class and its options."""
    return " ".join([kind, *(f"{key}={value}" for key, value in options.items())])


def rearranging() -> dict[str, tuple[str, dict[str, Any], tuple[Shape, ...]]]:
    """By name, the class of a layer, its options and the shapes of what it takes."""
    one: list[tuple[str, dict[str, Any], tuple[Shape, ...]]] = []
    whole = ((2, STEPS, FEATURES),)
    for many in BEYOND:
        one.append(("RepeatVector", {"n": many}, ((2, FEATURES),)))
        one.append(("UpSampling1D", {"size": many}, ((2, 4, FEATURES),)))
    for ends in _ENDS:
        one.append(("ZeroPadding1D", {"padding": ends}, ((2, 4, FEATURES),)))
        one.append(("Cropping1D", {"cropping": ends}, whole))
    one.append(("Permute", {"dims": (2, 1)}, whole))
    one.append(("Reshape", {"target_shape": (FEATURES, STEPS)}, whole))
    one += [("MaxPooling1D", options, whole) for options in _POOLS]
    one += [("AveragePooling1D", options, whole) for options in _POOLS[:2]]
    one += [(kind, {}, whole) for kind in ("GlobalMaxPooling1D", "GlobalAveragePooling1D")]
    layers = {_named(kind, options): (kind, options, shapes) for kind, options, shapes in one}
    for kind in _MERGES:
        for many in BEYOND:
            layers[f"{kind} of {many}"] = (kind, {}, ((2, 4, FEATURES),) * many)
    for axis in (1, 2):
        for many in BEYOND:
            layers[f"Concatenate axis={axis} of {many}"] = (
                "Concatenate",
                {"axis": axis},
                ((2, 4, FEATURES),) * many,
            )
    return layers


LOST: dict[str, tuple[str, dict[str, Any]]] = {
    "Huber": ("Huber", {}),
    "Huber of delta 0.5": ("Huber", {"delta": 0.5}),
    "Huber of delta 4": ("Huber", {"delta": 4.0}),
    "MeanSquaredError": ("MeanSquaredError", {}),
    "MeanAbsoluteError": ("MeanAbsoluteError", {}),
    "Hinge": ("Hinge", {}),
    "SquaredHinge": ("SquaredHinge", {}),
}
"""By name, losses whose values have few digits, and their options."""
REDUCED = ("sum", "sum_over_batch_size", "none")
LOSS_SHAPES: dict[str, Shape] = {
    "of one sample": (1, 4),
    "of many samples": (131, 4),
    "of sequences": (3, 5, 4),
    "of long sequences": (2, 67, 2),
}
"""By word, the shapes of what is compared."""


COUNTED = ("Mean", "Sum", "MeanSquaredError", "MeanAbsoluteError", "BinaryAccuracy")
BATCHES = (67, 130, 3)
"""How many samples each batch has."""
ROUNDS = ("at first", "after a reset", "after another reset")


KEEPERS = ("the layer", "its cell", "Bidirectional", "TimeDistributed", "Dense", "Embedding")
"""Layers whose policies are looked at."""
OWN = ("float32", "mixed_bfloat16")
OUTER = "mixed_float16"
"""The policies of a layer, and the global one under which copies of it are made."""
KEPT_BY = ("from its configuration", "from JSON", "cloned", "loaded")

SEEDED: dict[str, dict[str, Any]] = {
    "Dropout": {"rate": 0.5},
    "GaussianDropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
    "SpatialDropout1D": {"rate": 0.5},
}
"""Layers that draw numbers, and their options."""
SEED = 3
CALLS = 4
DRAWN: Shape = (1, 5, 64)
"""A batch of one: so many features are never all kept."""

CLASSES: dict[str, Shape] = {
    "samples": (7,),
    "samples in a column": (7, 1),
    "timesteps": (3, 4),
    "timesteps in a column": (3, 4, 1),
    "many samples": (300,),
}
"""By word, the shapes of classes."""
GIVEN = ("an array", "lists")
"""How they are written."""
MANY_CLASSES = {"as many as there are": None, "of 11": 11, "of 300": 300}
