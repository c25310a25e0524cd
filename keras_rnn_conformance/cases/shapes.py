"""The shapes of what a call returns, and the numbers that have those shapes.

They follow from the case alone, so that a subject needs no oracle to be given initial states or to
be differentiated; a test holds them to the shapes that the oracle returns.
"""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.axes import CONVOLUTIONAL
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    Piece,
    Shape,
    along_axes,
    cell_of_piece,
    extended,
    flat,
    form,
    output_names,
    pieces,
    returned,
    space,
    state_sizes,
    states_of,
)
from keras_rnn_conformance.cases.data import Array, Data


def build_shape(case: Case, data: Data) -> tuple[int | None, ...]:
    """The shape that the layer is built for, with None for what the case leaves unknown."""
    if form(case) == "cell":
        return data.batch, data.features
    shape: list[int | None] = list(data.x.shape)
    if case["static"] in ("batch", "none"):
        shape[0] = None
    if case["static"] in ("time", "none"):
        shape[1] = None
    return tuple(shape)


def state_shapes(case: Case, data: Data) -> list[Shape]:
    """The shape of every state, flat, in the order of `composition.state_tree`."""
    return [shape for piece in pieces(case) for shape in _states(case, data, piece)]


def _states(case: Case, data: Data, piece: Piece) -> list[Shape]:
    if piece.layer == "TimeDistributed":
        return []
    if piece.layer == "RNN":
        sizes = state_sizes(cell_of_piece(case, piece), piece.units)
        return [(data.batch, size) for size in sizes]
    count = len(list(flat(states_of(piece.layer))))
    return [(data.batch, *_one_output(case, piece.layer, piece.units))] * count


def _one_output(case: Case, layer: str, units: int) -> Shape:
    """The shape of the output of one timestep of one sample."""
    if layer not in CONVOLUTIONAL:
        return (units,)
    sizes = _convolved(case)
    return (units, *sizes) if case["fmt"] == "first" else (*sizes, units)


def _convolved(case: Case) -> Shape:
    """The spatial sizes that a convolution leaves."""
    axes = zip(
        space(case),
        along_axes(case, "kern"),
        along_axes(case, "stride"),
        along_axes(case, "dil"),
        strict=True,
    )
    same = case["pad"] == "same"
    return tuple(
        -(-(size - (0 if same else (window - 1) * apart)) // stride)
        for size, window, stride, apart in axes
    )


def output_shapes(case: Case, data: Data) -> list[Shape]:
    """The shape of every output, in the order of `composition.output_names`."""
    parts = pieces(case)
    units = [parts[-1].units]
    if form(case) == "bi" and case["merge"] in ("none", "concat"):
        units = [piece.units for piece in parts]
        units = units if case["merge"] == "none" else [sum(units)]
    leading: Shape = (data.batch, case.number("slices")) if case["as"] == "td" else (data.batch,)
    if form(case) != "cell" and (case["seq"] or form(case) == "dense"):
        leading = (*leading, data.timesteps)
    return [(*leading, *_one_output(case, case.layer, size)) for size in units]


def returned_shapes(case: Case, data: Data) -> dict[str, Shape]:
    """The shape of everything that a call returns, by name."""
    shapes = dict(zip(output_names(case), output_shapes(case, data), strict=True))
    states = [name for name in flat(returned(case)) if name not in shapes]
    return shapes | dict(zip(states, state_shapes(case, data), strict=False))


def given_states(case: Case, data: Data) -> list[Array]:
    """Numbers for initial states, flat; ones for a cell that does not read them."""
    if extended(case):
        return [state for piece in pieces(case) for state in _own_states(case, data, piece)]
    return [
        data.state(f"initial_state{i}", shape) for i, shape in enumerate(state_shapes(case, data))
    ]


def _own_states(case: Case, data: Data, piece: Piece) -> list[Array]:
    shapes = _states(case, data, piece)
    if piece.relay:
        return [np.ones(shape) for shape in shapes]
    return [
        data.numbers(f"{piece.prefix}initial_state{i}", shape, 64) for i, shape in enumerate(shapes)
    ]


def direction(data: Data) -> Array:
    """A direction in which the input moves, of grid numbers."""
    return data.numbers("direction", data.x.shape, 64)


def cotangents(case: Case, data: Data) -> list[Array]:
    """One array of grid numbers for everything that the call returns, of its shape."""
    shapes = returned_shapes(case, data).values()
    return [data.numbers(f"cotangent{i}", shape, 64) for i, shape in enumerate(shapes)]
