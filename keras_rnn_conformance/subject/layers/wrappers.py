"""`Bidirectional`, `TimeDistributed` and the ConvLSTM layers."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import sequence_arguments
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    OWN_ACTIVATION,
    Piece,
    along_axes,
    bare,
    extended,
    kernel_sizes,
    kind_of,
    own_activation,
    pieces,
)
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import record_symbolic, recorder
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.build import Given, builder
from keras_rnn_conformance.subject.layers.cells import cell_of, outer_policy, policy, record_initial
from keras_rnn_conformance.subject.user_cells import WHOLE

INNER = "inner"
"""The name of a wrapped layer, where a user would not leave it to Keras."""


def layer_of(case: Case, piece: Piece, given: Given, **options: Any) -> keras.Layer:
    """The layer of a piece, not built, with the sequence options of the whole."""
    sequence = {**sequence_arguments(case), **given.inner, **options}
    if case["cell"] in WHOLE:
        own = {**sequence_arguments(case), **options}
        return WHOLE[str(case["cell"])](piece.units, **policy(case), **own)
    if kind_of(case) == "user":
        own = {**sequence_arguments(case), **options}
        return classes.RNN(cell_of(case, piece, given), **policy(case), **own)
    convolution = kind_of(case) == "conv"
    own = {**build.shared_options(piece.case(case)), **(conv_options(case) if convolution else {})}
    size = "filters" if convolution else "units"
    return build.sized(getattr(classes, piece.layer), size, piece.units, {**own, **sequence})


def conv_options(case: Case) -> dict[str, Any]:
    """The arguments of a convolution; beside the kernel only what departs from the defaults."""
    options: dict[str, Any] = {"kernel_size": bare(kernel_sizes(case))}
    if case["stride"] != 1:
        options["strides"] = bare(along_axes(case, "stride"))
    if case["dil"] != 1:
        options["dilation_rate"] = bare(along_axes(case, "dil"))
    if case["pad"] != "valid":
        options["padding"] = case["pad"]
    if case["fmt"] != "last" and case["fmtby"] == "arg":
        options["data_format"] = "channels_first"
    return options


@builder("conv")
def _conv(case: Case, data: Data, given: Given) -> keras.Layer:
    before = keras.config.image_data_format()
    if case["fmtby"] == "config":
        keras.config.set_image_data_format("channels_first")
    try:
        return layer_of(case, pieces(case)[0], given, **given.outer)
    finally:
        keras.config.set_image_data_format(before)


@builder("bi")
def _bidirectional(case: Case, data: Data, given: Given) -> keras.Layer:
    ahead, back = pieces(case)
    options: dict[str, Any] = {}
    if case["merge"] != "concat":
        options["merge_mode"] = None if case["merge"] == "none" else case["merge"]
    if case["own"]:
        options["backward_layer"] = own_backward_layer(case, back, given)
    inner = layer_of(case, ahead, given, **_name(case))
    return classes.Bidirectional(inner, **options, **outer_policy(case), **given.outer)


@builder("model")
def _model(case: Case, data: Data, given: Given) -> keras.Layer:
    *before, last = pieces(case)
    layers = [layer_of(case, piece, given, return_sequences=True) for piece in before]
    return keras.Sequential([*layers, layer_of(case, last, given)], **given.outer)


def own_backward_layer(case: Case, piece: Piece, given: Given) -> keras.Layer:
    """A backward layer of its own; it goes the other way than the forward layer."""
    own = {"activation": OWN_ACTIVATION} if own_activation(case, piece) else {}
    against = {**own, **given.inner, "name": "own", "go_backwards": not case["back"]}
    return layer_of(case, piece, Given(against))


@builder("td")
def _distributed(case: Case, data: Data, given: Given) -> keras.Layer:
    if case.layer == "TimeDistributed":
        inner = classes.TimeDistributed(dense(case), **policy(case))
    else:
        inner = layer_of(case, pieces(case)[0], given, **_name(case))
    return classes.TimeDistributed(inner, **policy(case), **given.outer)


@builder("dense")
def _dense(case: Case, data: Data, given: Given) -> keras.Layer:
    return classes.TimeDistributed(dense(case), **policy(case), **given.outer)


def _name(case: Case) -> dict[str, Any]:
    return {} if extended(case) else {"name": INNER}


def dense(case: Case) -> keras.Layer:
    """The layer that is applied to every timestep."""
    name = str(case["act"])
    options = {"activation": build.activation(None if name == "none" else name)}
    if not case["bias"]:
        options["use_bias"] = False
    return classes.Dense(case.number("u"), name=INNER, **options, **policy(case))


@recorder("conv")
def _record_conv(seen: Observation, case: Case, data: Data, layer: Any) -> None:
    record_symbolic(seen, case, data, layer)
    record_initial(seen, case, data, layer)


@recorder("bi")
def _record_directions(seen: Observation, case: Case, data: Data, layer: Any) -> None:
    """Record the two layers and how they go, and what is foretold of the outputs."""
    record_symbolic(seen, case, data, layer)
    both = (layer.forward_layer, layer.backward_layer)
    seen.facts["directions"] = [
        [inner.name, bool(inner.go_backwards), bool(getattr(inner, "unroll", False))]
        for inner in both
    ]
    ahead, back = (inner.get_config() for inner in both)
    seen.facts["unlike"] = sorted(key for key in ahead if ahead[key] != back.get(key))
    seen.facts["cudnn"] = [getattr(inner, "use_cudnn", None) for inner in both]
    names = {inner.name for inner in both}
    seen.facts["weight owners"] = [
        next((part for part in variable.path.split("/") if part in names), variable.path)
        for variable in layer.trainable_variables
    ]
    seen.facts["keeps"] = None if layer.states is None else len(layer.states)
