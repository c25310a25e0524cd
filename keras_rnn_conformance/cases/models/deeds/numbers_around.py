"""The numbers of the deeds on what stands around a layer."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.around import (
    BATCHES,
    CLASSES,
    LARGEST,
    LOSS_SHAPES,
    SIGNS,
    Shape,
)
from keras_rnn_conformance.cases.models.deeds.living import CLASSES as MANY
from keras_rnn_conformance.cases.models.deeds.living import EXAMPLES, names_in


def rearranged(data: Data, name: str, shapes: tuple[Shape, ...], sign: str) -> list[Array]:
    """What a layer takes: whole numbers; of a product, of size 1 and 2, so that none overflows."""
    found = []
    for place, shape in enumerate(shapes):
        numbers = np.round(data.numbers(f"around {name} {place}", shape, 64 * LARGEST))
        if name.startswith("Multiply"):
            numbers = np.where(numbers % 4 == 0, 2.0, 1.0) * np.where(numbers % 2, -1.0, 1.0)
        found.append(numbers + (0.0 if name.startswith("Multiply") else SIGNS[sign]))
    return found


def lost(data: Data, name: str) -> tuple[Array, Array]:
    """Truths, of 1 and -1 for a half, and predictions that are far off and near."""
    shape = LOSS_SHAPES[name]
    truths: Array = np.where(data.numbers(f"truths {name}", shape, 64) > 0, 1.0, -1.0)
    return truths, np.round(data.numbers(f"lost {name}", shape, 64 * LARGEST) * 4) / 4


def counted(data: Data, number: int) -> tuple[Array, Array]:
    """Truths of 0 and 1, and predictions in eighths from 0 to 1, of a batch."""
    hits = data.numbers(f"hits {number}", (BATCHES[number], 2), 64) > 0
    shares = np.abs(np.round(data.numbers(f"shares {number}", (BATCHES[number], 2), 64) * 8) / 8)
    return hits.astype(np.float64), np.minimum(shares, 1.0)


def classes(data: Data, name: str) -> Array:
    """Classes, the last of which is 10."""
    shape = CLASSES[name]
    found = np.abs(data.numbers(f"classes {name}", shape, 640)).astype("int64") % 11
    found.reshape(-1)[0] = 10
    return found


def given_inputs(data: Data, many: int) -> dict[str, Array]:
    """What a model of several inputs is given, by name, in the order of the model."""
    return {
        name: data.numbers(f"given {name}", (3, 2), 64) for name in names_in("in their order", many)
    }


def aims(data: Data, number: int) -> Array:
    """What a model of several outputs is given, and what it aims at: in eighths."""
    return np.round(data.numbers(f"aim {number}", (EXAMPLES, 4), 128) * 8) / 8


def labelled(data: Data) -> tuple[Array, Array, dict[int, float]]:
    """Numbers, their classes, of which there are two each, and the weights of classes."""
    classes: Array = np.tile(np.arange(MANY), 2)[:, None].astype(np.float64)
    numbers = np.round(data.numbers("labelled", classes.shape, 128) * 8) / 8
    return numbers, classes, {number: 2.0 ** (number % 5 - 2) for number in range(MANY)}
