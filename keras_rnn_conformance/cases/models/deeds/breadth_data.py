"""The numbers of the deeds of `breadth`: inputs, weights, factors, and what a mask hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.breadth import COLUMNS, RANK
from keras_rnn_conformance.cases.streams import GRID


def ranked(data: Data) -> list[Array]:
    """Inputs of two, of three and of four axes."""
    shape = (data.batch, data.timesteps, 2, data.features)
    whole = data.numbers("of every rank", shape, 48)
    return [whole[:, 0, 0], whole[:, :, 0], whole]


def ranked_weights(data: Data) -> tuple[Array, Array]:
    """The kernel and the bias of such a layer."""
    kernel = data.numbers("ranked kernel", (data.features, COLUMNS), 48)
    return kernel, data.numbers("ranked bias", (COLUMNS,), 48)


def factored(data: Data, kind: str) -> tuple[Array, Array, Array]:
    """The weight of a layer, and the two factors that are added to it."""
    rows = data.batch if kind == "Embedding" else data.features
    return (
        data.numbers(f"{kind} whole", (rows, COLUMNS), 32),
        data.numbers(f"{kind} first", (rows, RANK), 32),
        data.numbers(f"{kind} second", (RANK, COLUMNS), 32),
    )


def partly_zero(data: Data) -> Array:
    """Many sequences, of which every second timestep of each second sample is zero."""
    x = np.tile(data.x, (23, 1, 1))
    row, step, _ = np.indices(x.shape)
    return np.where((row + step) % 2 * (row % 2), 0.0, x)


def guessed(data: Data) -> tuple[Array, Array]:
    """Truths and predictions of each timestep."""
    shape = (data.batch, data.timesteps, 2)
    return data.numbers("truths", shape, 32), data.numbers("guesses", shape, 32)


def hidden(data: Data) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Queries, keys, values, and which of these count: in each sample one, and not all."""
    queries, keys = data.timesteps, data.timesteps + 2
    drawn = data.numbers("attended", (3, data.batch, keys, 4), 32)
    counts = np.abs(data.numbers("counts", (data.batch, keys), 64)) * GRID % 2 > 0
    counts[:, 0], counts[:, 1] = True, False
    return drawn[0, :, :queries], drawn[1], drawn[2], counts
