"""What the deeds with code of the user's own must give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.edges import SLICES
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact

SINGLE = PRECISIONS["float32"]


def _last(case: Case, data: Data, x: Array) -> Bounded:
    output: Bounded = oracle(case)(x, data.weights()).output
    return output


def _paired(case: Case, data: Data) -> Expected:
    """Both inputs lie on the grid: their sum is exact."""
    return Expected({"output": _last(case, data, data.x + data.x_of(1))})


def _own_slices(case: Case, data: Data) -> Expected:
    return Expected({"output": _last(case, data, 0.5 * data.x)})


def _two_slices(case: Case, data: Data) -> Expected:
    """Half and twice a number of the grid, exactly."""
    first, second = (exact(factor * data.x, SINGLE) for factor in SLICES)
    return Expected({"first": first, "second": second})


def _joined_slices(case: Case, data: Data) -> Expected:
    """The features of each timestep, and the first of them once more."""
    joined = np.concatenate([data.x, data.x[..., :1]], axis=-1)
    return Expected({"joined": exact(joined, SINGLE)})


def _sequence_loss(case: Case, data: Data) -> Expected:
    """The mean of the squares of all outputs."""
    outputs = oracle(case, return_sequences=True)(data.x, data.weights()).sequence
    squares = outputs * outputs
    mean = squares.sum((0, 1, 2)) * (1.0 / outputs.value.size)
    return Expected({"loss": mean.reshape(1)})


def _held_up(case: Case, data: Data) -> Expected:
    output = _last(case, data, data.x)
    return Expected({"held": output, "meanwhile": output[:-1]})


def _state_paths(case: Case, data: Data) -> Expected:
    return Expected(facts={"number of different paths of its states": len(state_names(case.layer))})


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "paired": _paired,
    "own_slices": _own_slices,
    "two_slices": _two_slices,
    "joined_slices": _joined_slices,
    "sequence_loss": _sequence_loss,
    "held_up": _held_up,
    "state_paths": _state_paths,
}
