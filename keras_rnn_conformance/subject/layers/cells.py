"""Cells called alone, in `RNN`, and stacked."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import input_dtype, sequence_arguments
from keras_rnn_conformance.cases.axis_values import STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import Piece, cell_of_piece, flat, pieces, state_tree
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import (
    described,
    nesting,
    record_array,
    record_symbolic,
    recorder,
)
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.build import Given, builder
from keras_rnn_conformance.subject.trees import flatten
from keras_rnn_conformance.subject.user_cells import CELLS, ClassCell


def cell_of(case: Case, piece: Piece, given: Given) -> Any:
    """A cell that is not built yet; one that hands on what it gets has no arguments of the case."""
    if piece.layer == "RNN":
        return CELLS[cell_of_piece(case, piece)](piece.units, **policy(case))
    options = build.shared_options(piece.case(case))
    make = getattr(classes, f"{piece.layer}Cell")
    if piece.relay:
        return make(piece.units, **options)
    return given.cell(build.sized(make, "units", piece.units, {**options, **given.inner}))


def policy(case: Case) -> dict[str, Any]:
    """The dtype argument, unless it is the default."""
    said = "dtype" in case.departures and case["dtypeby"] == "arg"
    return {"dtype": POLICY[str(case["dtype"])]} if said else {}


def outer_policy(case: Case) -> dict[str, Any]:
    """The dtype argument of what wraps, unless it is the default."""
    return policy(case) if case["outer"] == "same" else {"dtype": POLICY[str(case["outer"])]}


def layer_options(case: Case, given: Given) -> dict[str, Any]:
    """The arguments of RNN itself."""
    return {**sequence_arguments(case), **outer_policy(case), **given.outer}


@builder("cell")
def _cell(case: Case, data: Data, given: Given) -> keras.Layer:
    return cell_of(case, pieces(case)[0], Given({**given.inner, **given.outer}))


@builder("rnn")
@builder("user")
def _rnn(case: Case, data: Data, given: Given) -> keras.Layer:
    (cell,) = cells_of(case, data, given)
    return classes.RNN(cell, **layer_options(case, given))


def cells_of(case: Case, data: Data, given: Given) -> list[Any]:
    """The cells of the case, not built yet."""
    each = zip(pieces(case), data.all_weights(), strict=True)
    return [
        ClassCell(own) if cell_of_piece(case, piece) == "class" else cell_of(case, piece, given)
        for piece, own in each
    ]


@builder("list")
@builder("one")
@builder("mix")
@builder("ahead")
@builder("amid")
def _list(case: Case, data: Data, given: Given) -> keras.Layer:
    return classes.RNN(cells_of(case, data, given), **layer_options(case, given))


@builder("stack")
@builder("behind")
@builder("even")
def _stack(case: Case, data: Data, given: Given) -> keras.Layer:
    stack = classes.StackedRNNCells(cells_of(case, data, given), **outer_policy(case))
    return classes.RNN(stack, **layer_options(case, given))


@recorder("rnn", "user", *STACKS)
def _record_states(seen: Observation, case: Case, data: Data, layer: Any) -> None:
    """Record what is foretold of the outputs and states."""
    record_symbolic(seen, case, data, layer)
    _record_sizes(seen, layer.cell)
    cells = getattr(layer.cell, "cells", [layer.cell])
    shapes = [getattr(cell, "built_for", None) for cell in cells]
    seen.facts["built for"] = [None if shape is None else list(shape) for shape in shapes]
    record_initial(seen, case, data, layer)


@recorder("cell")
def _record_cell(seen: Observation, case: Case, data: Data, cell: Any) -> None:
    x = keras.KerasTensor((data.batch, data.features), dtype=input_dtype(case))
    dtype = COMPUTE[str(case["dtype"])]
    states = [keras.KerasTensor(shape, dtype=dtype) for shape in _shapes(seen, case)]
    spec = cell(x, states[0] if case["init"] == "tensor" else states)
    seen.facts["spec"], seen.facts["spec nesting"] = described(spec), nesting(spec)
    _record_sizes(seen, cell)
    record_initial(seen, case, data, cell)


def _shapes(seen: Observation, case: Case) -> list[tuple[int, ...]]:
    return [seen.arrays[name].shape for name in flat(state_tree(case))]


def _record_sizes(seen: Observation, cell: Any) -> None:
    seen.facts["state_size"] = _plain(cell.state_size)
    seen.facts["output_size"] = getattr(cell, "output_size", None)


def _plain(size: Any) -> Any:
    return size if isinstance(size, int) else [_plain(item) for item in size]


def record_initial(seen: Observation, case: Case, data: Data, source: Any) -> None:
    """Record what `get_initial_state` gives, nested as it gives it."""
    if not hasattr(source, "get_initial_state"):
        return
    given = source.get_initial_state(batch_size=data.batch)
    seen.facts["initial nesting"] = nesting(given)
    names = list(flat(state_tree(case)))
    for name, state in zip(names, flatten(given), strict=True):
        record_array(seen, f"initial {name}", state)
