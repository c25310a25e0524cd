"""The numbers of a training step: its targets, its rate, and what gradients are pulled by."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data

LEARNING_RATE = 2.0**-3


FAR = 4.0
"""The magnitude of the targets; outputs of bounded activations stay within 1."""


def targets(case: Case, data: Data) -> Array:
    """Far numbers of both signs, of the shape of the output."""
    units = data.units * (2 if case["as"] == "bi" and case["merge"] == "concat" else 1)
    shape = (data.batch, data.timesteps, units) if case["seq"] else (data.batch, units)
    return FAR * np.sign(data.numbers("target", shape, 1))
