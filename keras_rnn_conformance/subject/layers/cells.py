"""Cells called alone, in `RNN`, and stacked."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import input_dtype
from keras_rnn_conformance.cases.axis_values import STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import flat, state_tree
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.subject.calls import (
    described,
    nesting,
    record_array,
    record_symbolic,
    recorder,
)
from keras_rnn_conformance.subject.trees import flatten


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
