"""Numbers and names of the deeds about the manners of merges, models, metrics and files."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_rnn_conformance.cases.data import Array

Shape = tuple[int, ...]

FIT = (3, 4, 5)
"""A shape that merges take beside one like it."""
UNFIT: dict[str, tuple[tuple[str, ...], dict[str, Any], tuple[Shape, ...]]] = {
    "no list": (("Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract"), {}, (FIT,)),
    "no list to Dot": (("Dot",), {"axes": 2}, (FIT,)),
    "another size": (
        ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"),
        {},
        (FIT, (3, 4, 7)),
    ),
    "another length": (("Concatenate",), {}, (FIT, (3, 6, 5))),
    "another length, along time": (("Concatenate",), {"axis": 1}, (FIT, (3, 4, 7))),
    "another rank": (("Concatenate",), {}, (FIT, (3, 5))),
    "another batch size": (("Add", "Multiply"), {}, (FIT, (2, 4, 5))),
    "three": (("Subtract",), {}, (FIT, FIT, FIT)),
    "three to Dot": (("Dot",), {"axes": 2}, (FIT, FIT, FIT)),
    "another size along the axis": (("Dot",), {"axes": 2}, (FIT, (3, 4, 7))),
    "another size along the axes": (("Dot",), {"axes": (1, 2)}, (FIT, FIT)),
}
"""By name, merges with their options, and the shapes that they do not take."""

TOLD = ("regressor", "two_outputs", "translator", "shared", "siamese")
"""The models that are asked what they take and give."""

COUNTING = ("Mean", "Sum", "MeanAbsoluteError")
"""Metrics that keep a sum."""
MANY = 41
"""How many values they are given: float16 can hold each of them, and not their sum."""
VALUES = {"float64": ("float64",), "float32": ("float16", "int32", "float32")}
"""By the dtype of a metric, the dtypes of the values that it is given."""


def counted(dtype: str) -> tuple[Array, Array]:
    """Values for a metric of a dtype, and their weights; no other dtype can add them up."""
    numbers = np.arange(MANY, dtype=np.float64)
    values = 1.0 + numbers * 2.0**-40 if dtype == "float64" else 2048.0 + 2.0 * numbers
    return np.stack([values, values[::-1]], axis=1), (numbers % 7 + 1) / 4.0


REDUCTIONS = ("sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none", None)
"""What a loss makes of its values."""

MISSHAPEN = ("a number", "one row", "two")
"""What a weight is given that has another shape."""
MISLOADED = ("model.weights.h5", "model.h5")
"""Files of weights of another shape."""

GIVEN = ("registered", "in a scope", "handed over")
"""How the class of a layer of the user's own is told to what loads a file."""
REFUSED = ("a class without get_config", "a class that is not known, keras", "one in h5")
"""What neither a registry nor a file takes."""

ASSESSED = 2
"""How often a metric of the user's own is assessed."""

NAMES = ("model.keras", "model.h5", "model.hdf5")
"""What files of whole models may be called."""
SCALE = 1.25
"""The weight of a layer that has a number alone."""
SAID = ("by name", "as objects")
"""How loss and metrics are said."""
