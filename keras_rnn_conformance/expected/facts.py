"""What a case says of shapes and weights without any arithmetic."""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE

NAMES = ("kernel", "recurrent_kernel", "bias")


def weight_facts(data: Data, dtype: str) -> list[list[Any]]:
    """Name, shape and dtype of every trainable weight of a layer, in order."""
    return [[name, list(w.shape), dtype] for name, w in zip(NAMES, data.weights(), strict=False)]


def symbolic_facts(case: Case, data: Data) -> list[list[Any]]:
    """Shape and dtype of every returned tensor, None where the case leaves a size unknown."""
    dtype = COMPUTE[str(case["dtype"])]
    batch = None if case["static"] in ("batch", "none") else data.batch
    timesteps = None if case["static"] in ("time", "none") else data.timesteps
    last = [batch, data.units]
    output = [batch, timesteps, data.units] if case["seq"] else last
    states = [last] * len(state_names(case.layer)) if case["state"] else []
    return [[shape, dtype] for shape in [output, *states]]
