"""What `Masking` makes a mask of: timesteps that hold one number, the mark, and nothing else."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import MARK, Array, Data, Weights

FAR = 5.0
"""A mark that no timestep holds."""


def mark(case: Case, data: Data) -> float:
    """The mask_value: 0, which is the default, or a number that timesteps that count hold too.

    Such a timestep holds other numbers beside it, and is not masked.
    """
    if case["maskby"] in ("masking", "near"):
        return MARK if case["maskby"] == "near" else 0.0
    assert data.mask is not None
    steps = np.concatenate([data.x_of(number)[data.mask] for number in range(case.number("calls"))])
    alone = {float(step[0]) for step in steps if (step == step[0]).all()}
    return next((float(step[0]) for step in steps if float(step[0]) not in alone), FAR)


def marked(case: Case, x: Array, data: Data) -> Array:
    """The input with the mark in every place of the masked timesteps."""
    assert data.mask is not None
    return np.where(data.mask[..., None], x, mark(case, data))


def model_weights(case: Case, data: Data) -> list[Weights]:
    """The weights of the model's layers, in order: recurrent, both directions, dense, recurrent."""
    kind, units = case.layer, data.units
    kernel, _, bias = data.weights("dense ", "SimpleRNN", 2 * units, units)
    return [
        data.weights("first ", kind, data.features, units),
        data.weights("forward ", kind, units, units),
        data.weights("backward ", kind, units, units),
        (kernel, bias),
        data.weights("last ", kind, units, units),
    ]
