"""Compositions that a single plain layer of the oracle can judge, and the numbers that they get.

`layer`, `cell` and `rnn` are that layer; `bi` is two of it; `stack` puts a cell in front that hands
its input on with the last feature twice; `list` puts two cells behind that hand its output on; `td`
applies it to two slices; a ConvLSTM with a kernel of one pixel is an LSTM at every pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Array, Data

SPACE = (2, 3, 2)
"""Pixels of a ConvLSTM input along its first, second and third spatial axis."""

STACKED = ("stack", "list")
"""The compositions in which cells that change nothing stand before or behind the one layer."""

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}


def kind(case: Case) -> str:
    """The layer of the oracle that a case comes down to."""
    return "LSTM" if case.layer.startswith("Conv") else case.layer


def rank(case: Case) -> int:
    """The number of spatial axes; 0 for a layer that is not convolutional."""
    return int(case.layer[-2]) if case.layer.startswith("Conv") else 0


def space(case: Case) -> tuple[int, ...]:
    """The spatial axes of the input."""
    return SPACE[: rank(case)]


def steps(case: Case, data: Data) -> int:
    """Timesteps of the feed; a cell is called once for each."""
    return case.number("calls") if case["as"] == "cell" else data.timesteps


def feed(case: Case, data: Data) -> Array:
    """What the layer is called with, (batch, timesteps, [spatial axes,] features).

    A TimeDistributed gets (batch, slices, timesteps, features).
    """
    if rank(case) == 0 and case["as"] != "cell":
        return data.x
    shape = (data.batch, steps(case, data), *space(case), data.features)
    return data.numbers("feed", shape, 96)


def directions(case: Case) -> tuple[str, ...]:
    """The prefixes under which the weights of each direction are named."""
    return ("", "backward_") if case["as"] == "bi" else ("",)


def width(case: Case, data: Data) -> int:
    """The features that reach the one layer that matters."""
    return data.features + 1 if case["as"] == "stack" else data.features


def plain_weights(case: Case, data: Data, name: str = "") -> list[Array]:
    """The weights of the one layer that matters, in Keras's layout for that layer."""
    return list(data.weights(name=name, kind=kind(case), fan_in=width(case, data)))


def fill(case: Case, data: Data, weights: Sequence[Sequence[Array]] = ()) -> list[Array]:
    """Every trainable weight of the composition in Keras's order; one sequence a direction."""
    each = weights or [plain_weights(case, data, name) for name in directions(case)]
    flat = [weight for one in each for weight in one]
    if rank(case):
        flat = [w.reshape((1,) * rank(case) + w.shape) if w.ndim == 2 else w for w in flat]
    if case["as"] == "list":
        return [*flat, *back_cell(case), *back_cell(case)]
    return [*front_cell(case, data), *flat] if case["as"] == "stack" else flat


def front_cell(case: Case, data: Data) -> list[Array]:
    """The weights of a linear SimpleRNNCell that hands its input on, the last feature twice."""
    size = width(case, data)
    return [_widened(case, np.eye(data.features)), np.zeros((size, size)), np.zeros(size)]


def back_cell(case: Case) -> list[Array]:
    """The weights of a linear SimpleRNNCell that hands on what the one layer that matters gives."""
    size = case.number("u")
    return [np.eye(size), np.zeros((size, size)), np.zeros(size)]


def _widened(case: Case, x: Array) -> Array:
    """What of `x`, (..., features), reaches the one layer that matters."""
    return np.concatenate([x, x[..., -1:]], axis=-1) if case["as"] == "stack" else x


def start(case: Case, data: Data) -> list[list[Array]] | None:
    """For each direction the initial states that the case hands over; None without any."""
    if case["init"] == "none":
        return None
    names = (f"{direction}initial_state" for direction in directions(case))
    return [data.states(state_count(case), name=name) for name in names]


def handed_over(case: Case, front: Any, each: Sequence[Sequence[Any]]) -> list[Any]:
    """States as `initial_state` takes them: an entry for each cell of a stack, bare if it is one.

    Args:
        front: the state of the cell in front, if there is one.
        each: for each direction the states of the one layer that matters.
    """
    if case["as"] not in STACKED:
        return [state for states in each for state in states]
    (states,) = each
    own = states[0] if len(states) == 1 else list(states)
    return [front, own] if case["as"] == "stack" else [own, states[0], states[0]]


def by_pixel(case: Case, array: Array, leading: int) -> Array:
    """Move the spatial axes, which follow `leading` axes, into the batch: one sample a pixel."""
    if rank(case) == 0:
        return array
    axes = [0, *range(leading, leading + rank(case)), *range(1, leading), array.ndim - 1]
    moved = array.transpose(axes)
    return moved.reshape(-1, *array.shape[1:leading], array.shape[-1])


def state_count(case: Case) -> int:
    """The number of states of one direction."""
    return len(state_names(case.layer))
