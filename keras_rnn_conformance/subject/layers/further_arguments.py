"""Layers as a user makes them: constructed, not yet built, with any further argument."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_tree
from keras_rnn_conformance.cases.construction import Given, Part
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.scenarios.table import HELD
from keras_rnn_conformance.cases.shapes import given_states
from keras_rnn_conformance.subject.calls import called_stateless
from keras_rnn_conformance.subject.layers import build

Options = dict[str, Any]


def fresh(case: Case, data: Data, outer: Options | None = None, **options: Any) -> keras.Layer:
    """The layer of a case, not built.

    Args:
        options: further constructor arguments of the layer or cell that has the weights.
        outer: further constructor arguments of what wraps it, where something does.
    """
    return build.unbuilt(case, data, _given(case, outer, options))


def built(case: Case, data: Data, outer: Options | None = None, **options: Any) -> keras.Layer:
    """The layer of a case, built, with the weights of the case in it."""
    return build.make(case, data, _given(case, outer, options))


def _given(case: Case, outer: Options | None, options: Options) -> Given:
    if case["what"] not in HELD:
        return Given(options, outer or {})
    own = {key: value for key, value in options.items() if key == "seed"}
    dropout = case.number("drop") / 100
    inner = {key: value for key, value in options.items() if key not in own}
    return Given(
        {**inner, "dropout": 0.0},
        outer or {},
        lambda cell: Part("dropping", cell, {"dropout": dropout, **own}, own=True),
    )


def fed(case: Case, data: Data) -> Any:
    """The input as a tensor."""
    return build.tensor(data.handed(0), COMPUTE[str(case["dtype"])])


def called(case: Case, data: Data, layer: keras.Layer, **options: Any) -> Any:
    """What the layer returns; for a cell its outputs of all timesteps, batch first."""
    if case["as"] == "cell":
        return _stepped(case, data, layer, options)
    if data.mask is not None:
        options["mask"] = ops.convert_to_tensor(data.mask)
    if case["init"] != "none":
        options["initial_state"] = handed_over(case, given_states(case, data))
    if case["via"] == "stateless":
        return called_stateless(layer, fed(case, data), options)
    return layer(fed(case, data), **options)


def handed_over(case: Case, states: list[Array]) -> Any:
    """Initial states as tensors in the containers that the layer takes."""
    dtype = COMPUTE[str(case["dtype"])]
    tensors = iter([build.tensor(state, dtype) for state in states])
    return build.packed(state_tree(case), tensors)


def ones_as_states(case: Case, data: Data) -> Any:
    """Initial states that are full of ones."""
    return handed_over(case, [np.ones(state.shape) for state in given_states(case, data)])


def _stepped(case: Case, data: Data, cell: keras.Layer, options: Options) -> Any:
    x = fed(case, data)
    states = cell.get_initial_state(batch_size=data.batch)
    outputs = []
    for step in range(x.shape[1]):
        output, states = cell(x[:, step], states, **options)
        outputs.append(output)
    return ops.stack(outputs, axis=1)


def output_of(given: Any) -> Any:
    """The output among what a call returned."""
    return given[0] if isinstance(given, (list, tuple)) else given
