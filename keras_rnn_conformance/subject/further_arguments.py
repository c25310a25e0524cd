"""Layers as a user makes them: constructed, not yet built, with any further argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases import reduction
from keras_rnn_conformance.cases.arguments import sequence_arguments
from keras_rnn_conformance.cases.axes import HELD
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import OWN_ACTIVATION
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.subject import build, classes

Options = dict[str, Any]
Maker = Callable[[Case, Data, Options, Options], "keras.Layer"]


def fresh(case: Case, data: Data, outer: Options | None = None, **options: Any) -> keras.Layer:
    """The layer of a case, not built.

    Args:
        options: further constructor arguments of the layer or cell that has the weights.
        outer: further constructor arguments of what wraps it, where something does.
    """
    inner = {**build.shared_options(case), **options}
    return MAKERS[str(case["as"])](case, data, inner, outer or {})


def size_options(case: Case) -> Options:
    """Units, or filters and kernel size."""
    if not case.layer.startswith("Conv"):
        return {"units": case.number("u")}
    options: Options = {"filters": case.number("u"), "kernel_size": case.number("kern")}
    if case["fmt"] == "first":
        options["data_format"] = "channels_first"
    return options


def _layer(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    given = {**size_options(case), **sequence_arguments(case), **options, **outer}
    return getattr(classes, case.layer)(**given)


def _cell(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    return getattr(classes, f"{case.layer}Cell")(**{**size_options(case), **options, **outer})


class DroppingCell(keras.layers.Layer):
    """Drops a part of what a cell gives, by a Dropout of its own, and nothing of the states."""

    def __init__(self, cell: Any, dropout: float, seed: int | None = None) -> None:
        super().__init__()
        self.cell = cell
        self.drop = classes.Dropout(dropout, seed=seed)
        self.state_size, self.output_size = cell.state_size, cell.output_size

    def build(self, input_shape: Any) -> None:
        self.cell.build(input_shape)

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        output, states = self.cell(inputs, states)
        return self.drop(output, training=training), states


def _rnn(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    make = _dropping_cell if case["what"] in HELD else _cell
    return classes.RNN(make(case, data, options, {}), **sequence_arguments(case), **outer)


def _dropping_cell(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    own = {key: value for key, value in options.items() if key in ("dropout", "seed")}
    inner = {key: value for key, value in options.items() if key not in own}
    return DroppingCell(_cell(case, data, inner, outer), **own)


def _stack(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    first = classes.SimpleRNNCell(reduction.width(case, data), activation=None)
    cells = classes.StackedRNNCells([first, _cell(case, data, options, {})])
    return classes.RNN(cells, **sequence_arguments(case), **outer)


def _list(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    behind = [classes.SimpleRNNCell(case.number("u"), activation=None) for _ in range(2)]
    cells = [_cell(case, data, options, {}), *behind]
    return classes.RNN(cells, **sequence_arguments(case), **outer)


def _bidirectional(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    own: Options = {}
    if case["own"]:
        against = {"activation": OWN_ACTIVATION, **options, "go_backwards": True, "name": "own"}
        own = {"backward_layer": _layer(case, data, against, {})}
    return classes.Bidirectional(_layer(case, data, options, {}), **own, **outer)


def _distributed(case: Case, data: Data, options: Options, outer: Options) -> keras.Layer:
    return classes.TimeDistributed(_layer(case, data, options, {}), **outer)


MAKERS: dict[str, Maker] = {
    "layer": _layer, "cell": _cell, "rnn": _rnn, "stack": _stack, "list": _list,
    "bi": _bidirectional, "td": _distributed,
}  # fmt: skip


def built(case: Case, data: Data, outer: Options | None = None, **options: Any) -> keras.Layer:
    """The layer of a case, built, with the weights of the case in it."""
    cheap = build.cheap_initializers()
    layer = fresh(case, data, outer, **{**cheap, **options})
    layer.build(shape(case, data))
    build.set_weights(layer, reduction.fill(case, data))
    return layer


def shape(case: Case, data: Data) -> tuple[int, ...]:
    """The shape that a layer is built for; that of one timestep for a cell."""
    whole = reduction.feed(case, data).shape
    if case["fmt"] == "first":
        whole = (*whole[:2], whole[-1], *whole[2:-1])
    return (whole[0], *whole[2:]) if case["as"] == "cell" else whole


def fed(case: Case, data: Data) -> Any:
    """The input as a tensor."""
    return build.tensor(reduction.feed(case, data), COMPUTE[str(case["dtype"])])


def called(case: Case, data: Data, layer: keras.Layer, **options: Any) -> Any:
    """What the layer returns; for a cell its outputs of all timesteps, batch first."""
    if case["as"] == "cell":
        return _stepped(case, data, layer, options)
    if data.mask is not None:
        options["mask"] = ops.convert_to_tensor(data.mask)
    states = reduction.start(case, data)
    if states is not None:
        options["initial_state"] = handed_over(case, data, states)
    return layer(fed(case, data), **options)


def handed_over(case: Case, data: Data, states: Sequence[Sequence[Array]]) -> Any:
    """Initial states, for each direction, as tensors in the containers that the layer takes."""
    dtype = COMPUTE[str(case["dtype"])]
    front = build.tensor(np.ones((data.batch, reduction.width(case, data))), dtype)
    each = [[build.tensor(state, dtype) for state in one] for one in states]
    return reduction.handed_over(case, front, each)


def _stepped(case: Case, data: Data, cell: keras.Layer, options: Options) -> Any:
    x = fed(case, data)
    states = cell.get_initial_state(batch_size=data.batch)
    outputs = []
    for step in range(reduction.steps(case, data)):
        output, states = cell(x[:, step], states, **options)
        outputs.append(output)
    return ops.stack(outputs, axis=1)


def output_of(given: Any) -> Any:
    """The output among what a call returned."""
    return given[0] if isinstance(given, (list, tuple)) else given
