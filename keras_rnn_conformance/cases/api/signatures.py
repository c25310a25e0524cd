"""The option ledger: every argument of every class, its default, and what sweeps it.

An argument that a release adds, drops, moves or gives another default contradicts this table, and
the case of its class says which. The table is data: to sweep a new argument is to add it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from keras_rnn_conformance.base.environment import keras_release
from keras_rnn_conformance.cases.case import Case

REQUIRED = "required"
Arguments = dict[str, str]
"""Names in order, each with the `repr` of its default, or `REQUIRED`."""


@dataclass(frozen=True)
class Sweep:
    """What makes the cases differ in an argument.

    Attributes:
        axis: the axis whose values the argument takes; empty if a scenario varies it.
        values: the values that the axis must have; empty for axes of any integer.
        variants: the scenarios, as `do.what` or `do`, that vary it.
        excluded: why nothing does.
    """

    axis: str = ""
    values: str = ""
    variants: tuple[str, ...] = ()
    excluded: str = ""


def _axis(axis: str, values: str = "", *variants: str) -> Sweep:
    return Sweep(axis, values, variants)


def _variants(*variants: str) -> Sweep:
    return Sweep(variants=variants)


_FLAG = "0 1"
_RATES = "0 5 25 50 75 100"

SWEPT: dict[str, Sweep] = {
    "units": _axis("u"),
    "filters": _axis("u"),
    "rank": _variants("init.standard"),
    "kernel_size": _axis("kern", "1 2 3"),
    "strides": _axis("stride", "1 2 3"),
    "padding": _axis("pad", "valid same"),
    "data_format": _axis("fmt", "last first"),
    "dilation_rate": _axis("dil", "1 2 3"),
    "activation": _axis("act"),
    "recurrent_activation": _axis("ract"),
    "use_bias": _axis("bias", _FLAG),
    "kernel_initializer": _variants("init.words", "init.objects", "init.callables"),
    "recurrent_initializer": _variants("init.words", "init.objects", "init.callables"),
    "bias_initializer": _variants("init.words", "init.objects", "init.callables"),
    "unit_forget_bias": _variants("init.standard", "init.objects"),
    "kernel_regularizer": _variants("reg.weights"),
    "recurrent_regularizer": _variants("reg.weights"),
    "bias_regularizer": _variants("reg.weights"),
    "activity_regularizer": _variants("reg.activity"),
    "kernel_constraint": _variants("constraint.each"),
    "recurrent_constraint": _variants("constraint.each"),
    "bias_constraint": _variants("constraint.each"),
    "dropout": _axis("drop", _RATES),
    "recurrent_dropout": _axis("rdrop", _RATES),
    "seed": _variants("train.seed"),
    "reset_after": _axis("after", _FLAG),
    "implementation": _axis("impl", "1 2"),
    "use_cudnn": _axis("cudnn", "auto false true", "bad.cudnn_rdrop"),
    "return_sequences": _axis("seq", _FLAG),
    "return_state": _axis("state", _FLAG),
    "go_backwards": _axis("back", _FLAG),
    "stateful": _axis("stateful", _FLAG),
    "unroll": _axis("unroll", _FLAG),
    "zero_output_for_mask": _axis("zero", _FLAG),
    "cell": _axis("cell"),
    "cells": _axis("as"),
    "layer": _axis("as"),
    "merge_mode": _axis("merge", "concat sum mul ave none"),
    "backward_layer": _axis("own"),
    "weights": _variants("init.weights"),
    "trainable": _variants("init.frozen"),
    "dtype": _axis("dtype", "f32 f16 bf16 f64 mf16 mbf16"),
    "autocast": Sweep(excluded="an option of keras.Layer; the axis x sweeps what casting does"),
    "name": _variants("init.standard", "init.frozen"),
    "input_shape": Sweep(excluded="deprecated in Keras 3 in favour of keras.Input"),
    "sequences": _axis("t"),
    "sequence": _axis("n"),
    "inputs": _axis("n"),
    "states": _axis("as"),
    "initial_state": _axis("init", "none list tuple tensor symbolic layer wide"),
    "mask": _axis("mask", "none ones right left gap alt first row all ragged"),
    "training": _variants("train.masks", "train.inert"),
    "**kwargs": Sweep(excluded="what it may hold is listed by name"),
}  # fmt: skip
"""By argument, whatever the class; `do.config` with the argument's name sweeps it too."""

EXCLUDED = {
    ("StackedRNNCells", "activity_regularizer"): "a stack is a cell: RNN has the output",
    **dict.fromkeys(
        [("ConvLSTM2D", "zero_output_for_mask"), ("ConvLSTM3D", "zero_output_for_mask")],
        "undocumented for ConvLSTM; ConvLSTM1D sweeps it",
    ),
    **dict.fromkeys(
        [("ConvLSTM3D", "initial_state"), ("ConvLSTM3D", "mask")],
        "the call is that of ConvLSTM, which ConvLSTM1D and ConvLSTM2D sweep",
    ),
}
"""By class and argument, why nothing sweeps it there."""

_SIZE = {"units": REQUIRED}
_CONVOLUTION = {
    "filters": REQUIRED, "kernel_size": REQUIRED, "strides": "1", "padding": "'valid'",
    "data_format": "None", "dilation_rate": "1",
}  # fmt: skip
_ACTIVATION = {"activation": "'tanh'"}
_GATES = {**_ACTIVATION, "recurrent_activation": "'sigmoid'"}
_INITIAL = {
    "use_bias": "True", "kernel_initializer": "'glorot_uniform'",
    "recurrent_initializer": "'orthogonal'", "bias_initializer": "'zeros'",
}  # fmt: skip
_FORGET = {"unit_forget_bias": "True"}
_PENALTIES = {
    "kernel_regularizer": "None", "recurrent_regularizer": "None", "bias_regularizer": "None",
}  # fmt: skip
_ACTIVITY = {"activity_regularizer": "None"}
_CONSTRAINTS = {
    "kernel_constraint": "None", "recurrent_constraint": "None", "bias_constraint": "None",
}  # fmt: skip
_DROPOUT = {"dropout": "0.0", "recurrent_dropout": "0.0"}
_SEED = {"seed": "None"}
_RETURNS = {
    "return_sequences": "False", "return_state": "False", "go_backwards": "False",
    "stateful": "False",
}  # fmt: skip
_UNROLL = {"unroll": "False"}
_CUDNN = {"use_cudnn": "'auto'"}
_REST = {"**kwargs": REQUIRED}
_WEIGHTS = {**_PENALTIES, **_CONSTRAINTS}
_LAYER_WEIGHTS = {**_PENALTIES, **_ACTIVITY, **_CONSTRAINTS}
_CELL_CALL = {"inputs": REQUIRED, "states": REQUIRED, "training": "False"}
_LAYER_CALL = {"sequences": REQUIRED, "initial_state": "None", "mask": "None", "training": "False"}
_CONV_CELL = {
    **_CONVOLUTION, **_GATES, **_INITIAL, **_FORGET, **_WEIGHTS, **_DROPOUT, **_SEED,
}  # fmt: skip
_CONV_LAYER = {
    **_CONVOLUTION, **_GATES, **_INITIAL, **_FORGET, **_LAYER_WEIGHTS, **_DROPOUT, **_SEED,
    **_RETURNS, **_REST,
}  # fmt: skip

CONSTRUCTORS: dict[str, Arguments] = {
    "SimpleRNN": {
        **_SIZE, **_ACTIVATION, **_INITIAL, **_LAYER_WEIGHTS, **_DROPOUT, **_RETURNS, **_UNROLL,
        **_SEED, **_REST,
    },
    "SimpleRNNCell": {
        **_SIZE, **_ACTIVATION, **_INITIAL, **_WEIGHTS, **_DROPOUT, **_SEED, **_REST,
    },
    "LSTM": {
        **_SIZE, **_GATES, **_INITIAL, **_FORGET, **_LAYER_WEIGHTS, **_DROPOUT, **_SEED,
        **_RETURNS, **_UNROLL, **_CUDNN, **_REST,
    },
    "LSTMCell": {
        **_SIZE, **_GATES, **_INITIAL, **_FORGET, **_WEIGHTS, **_DROPOUT, **_SEED, **_REST,
    },
    "GRU": {
        **_SIZE, **_GATES, **_INITIAL, **_LAYER_WEIGHTS, **_DROPOUT, **_SEED, **_RETURNS,
        **_UNROLL, "reset_after": "True", **_CUDNN, **_REST,
    },
    "GRUCell": {
        **_SIZE, **_GATES, **_INITIAL, **_WEIGHTS, **_DROPOUT, "reset_after": "True", **_SEED,
        **_REST,
    },
    "RNN": {"cell": REQUIRED, **_RETURNS, **_UNROLL, "zero_output_for_mask": "False", **_REST},
    "StackedRNNCells": {"cells": REQUIRED, **_REST},
    "Bidirectional": {
        "layer": REQUIRED, "merge_mode": "'concat'", "weights": "None", "backward_layer": "None",
        **_REST,
    },
    "TimeDistributed": {"layer": REQUIRED, **_REST},
    "ConvLSTM1D": _CONV_LAYER,
    "ConvLSTM2D": _CONV_LAYER,
    "ConvLSTM3D": _CONV_LAYER,
    "ConvLSTM": {"rank": REQUIRED, **_CONV_CELL, **_RETURNS, **_REST},
    "ConvLSTMCell": {"rank": REQUIRED, **_CONV_CELL, **_REST},
    "Layer": {
        **_ACTIVITY, "trainable": "True", "dtype": "None", "autocast": "True", "name": "None",
        **_REST,
    },
}  # fmt: skip

CALLS: dict[str, Arguments] = {
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "RNN"), _LAYER_CALL),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "ConvLSTM"), _LAYER_CALL),
    **dict.fromkeys(("LSTMCell", "GRUCell", "ConvLSTMCell"), _CELL_CALL),
    "SimpleRNNCell": {"sequence": REQUIRED, "states": REQUIRED, "training": "False"},
    "StackedRNNCells": {**_CELL_CALL, **_REST},
    "Bidirectional": {**_LAYER_CALL, "training": "None"},
    "TimeDistributed": {"inputs": REQUIRED, "training": "None", "mask": "None"},
    "Layer": {},
}

_OF_LAYER: dict[str, object] = {
    "trainable": False, "dtype": "float32", "name": "named", "activity_regularizer": "l2",
}  # fmt: skip
_OF_RNN = {**_OF_LAYER, "zero_output_for_mask": True}
_OF_GATED = {**_OF_RNN, "implementation": 1}
_OF_GATED_CELL = {**_OF_LAYER, "implementation": 1}
_OF_CONVOLUTION = {**_OF_RNN, "unroll": True}
THROUGH_KEYWORDS: dict[str, dict[str, object]] = {
    **dict.fromkeys(("LSTM", "GRU"), _OF_GATED),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _OF_CONVOLUTION),
    **dict.fromkeys(("LSTMCell", "GRUCell"), _OF_GATED_CELL),
    **dict.fromkeys(("SimpleRNNCell", "StackedRNNCells", "Bidirectional"), _OF_LAYER),
    **dict.fromkeys(("TimeDistributed", "RNN"), _OF_LAYER),
    "SimpleRNN": _OF_RNN,
}
"""Arguments that no signature shows, because they travel through `**kwargs`, with a value each."""

SINCE = {
    ("LSTM", "use_cudnn"): "3.2", ("GRU", "use_cudnn"): "3.2", ("GRU", "implementation"): "3.4",
}  # fmt: skip
"""The release that added an argument, where it is not as old as Keras 3."""

CLASSES = {
    ("SimpleRNN", "layer"): "SimpleRNN", ("SimpleRNN", "cell"): "SimpleRNNCell",
    ("LSTM", "layer"): "LSTM", ("LSTM", "cell"): "LSTMCell",
    ("GRU", "layer"): "GRU", ("GRU", "cell"): "GRUCell",
    ("ConvLSTM1D", "layer"): "ConvLSTM1D", ("ConvLSTM2D", "layer"): "ConvLSTM2D",
    ("ConvLSTM3D", "layer"): "ConvLSTM3D", ("ConvLSTM2D", "cell"): "ConvLSTMCell",
    ("ConvLSTM2D", "base"): "ConvLSTM",
    ("RNN", "layer"): "RNN", ("RNN", "stacked"): "StackedRNNCells",
    ("RNN", "bidirectional"): "Bidirectional", ("RNN", "base"): "Layer",
    ("TimeDistributed", "layer"): "TimeDistributed",
}  # fmt: skip
"""The class of a case of the scenario `ledger`."""


def class_of(case: Case) -> str:
    """The class whose arguments a case of the scenario `ledger` compares."""
    return CLASSES[case.layer, str(case["what"])]


def arguments(name: str, method: str, release: str) -> Arguments:
    """The arguments that the ledger gives a class in a release: of `__init__` or `call`."""
    listed = (CONSTRUCTORS if method == "__init__" else CALLS)[name]
    return {
        argument: default for argument, default in listed.items() if has(name, argument, release)
    }


def has(name: str, argument: str, release: str) -> bool:
    """Whether a class has an argument of the ledger in a release."""
    return Version(release) >= Version(SINCE.get((name, argument), "3.0"))


def taken(name: str, arguments: Iterable[str]) -> list[str]:
    """Those of some arguments that a class has in the release that is judged."""
    release = keras_release()
    return [argument for argument in arguments if has(name, argument, release)]


def listed() -> Iterator[tuple[str, str]]:
    """Every class and argument of the ledger, those through `**kwargs` included."""
    for table in (CONSTRUCTORS, CALLS, THROUGH_KEYWORDS):
        for name, rows in table.items():
            for argument in rows:
                yield name, argument


_FORMS = {
    "rnn": ("RNN",), "list": ("RNN",), "mix": ("RNN",), "one": ("RNN",),
    "stack": ("RNN", "StackedRNNCells"), "bi": ("Bidirectional",), "td": ("TimeDistributed",),
}  # fmt: skip


def classes_of(case: Case) -> set[str]:
    """The classes whose arguments a case gives: the layer or its cell, and what wraps it."""
    if case["do"] == "ledger":
        return {class_of(case)}
    form = str(case["as"])
    around = set(_FORMS.get(form, ()))
    if case.layer.startswith("Conv"):
        return around | {case.layer, "ConvLSTM", "ConvLSTMCell"}
    if case.layer in ("RNN", "TimeDistributed"):
        return around | {case.layer}
    own = {"layer": {case.layer}, "bi": {case.layer}, "td": {case.layer}}
    return around | own.get(form, set()) | {f"{case.layer}Cell"}
