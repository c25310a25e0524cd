"""A sequence of sequences for TimeDistributed: two slices that differ in every number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.cases.data import Array, Data


def slices(x: Array) -> Array:
    """(batch, 2, timesteps, features): the input, and its negative."""
    return np.stack([x, -x], axis=1)


def slice_masks(data: Data) -> NDArray[np.bool_] | None:
    """(batch, 2, timesteps): the mask, and the mask from the last timestep to the first."""
    return None if data.mask is None else np.stack([data.mask, data.mask[:, ::-1]], axis=1)
