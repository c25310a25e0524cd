"""The axes along which cases vary: one table, from which ids, selection and the docs follow.

An axis is written in a case id only where it departs from its default, in the order of this
table. A new axis therefore goes at the end of its group, and never renames an old case. What can be
known of an axis is told by `axis.Axis`.
"""

from __future__ import annotations

from keras_rnn_conformance.cases.axis import (
    CONVOLUTIONAL,
    LAYERS,
    RECURRENT,
    Argument,
    Axis,
    Column,
    Value,
    flag,
    named,
    number,
    word,
)
from keras_rnn_conformance.cases.axis_values import (
    ACTIVATIONS,
    CALL_PATHS,
    CHANGES,
    CUSTOM_CELLS,
    FORMS,
    INITIAL_STATES,
    MAGNITUDES,
    MASK_SOURCES,
    MASKS,
    RESETS,
)
from keras_rnn_conformance.cases.dtypes import POLICY
from keras_rnn_conformance.cases.scenarios.table import SCENARIOS, TABLE, VARIANTS

__all__ = ["CONVOLUTIONAL", "LAYERS", "RECURRENT", "SCENARIOS", "Axis", "Value"]

GATED = ("LSTM", "GRU", *CONVOLUTIONAL)
_RATES = (0, 5, 25, 50, 75, 100)

CORE = (
    flag("seq", "return the output of every timestep", "return_sequences").but(
        column=Column(10, (1, 0)), chooses=Column(1, (1,)), searched=True
    ),
    flag("state", "return the last states after the output", "return_state").but(
        column=Column(11, (1, 0)), chooses=Column(2, (1,)), searched=True
    ),
    number(
        "u",
        (1, 2, 3, 4, 8, 16, 33),
        3,
        "units (filters of a convolutional layer)",
        "units",
        "filters",
        low=1,
        any_int=True,
    ),
    number("t", (1, 2, 3, 5, 8, 16, 50), 5, "timesteps", "sequences", any_int=True),
)

_DOINGS: dict[Value, str] = {scenario.name: scenario.words for scenario in TABLE}

OPTIONS = (
    number("n", (0, 1, 2, 4, 7), 0, "batch size", any_int=True, governs=20).but(
        searched=True, exported=True
    ),
    number("in", (0, 1, 2, 4, 6), 0, "features", any_int=True, governs=10).but(
        searched=True, exported=True
    ),
    word(
        "as",
        FORMS,
        "what the layer or cell is built into",
        "cell",
        "cells",
        "layer",
    ).but(governs=300, few=("layer", "cell", "rnn", "stack", "mix", "bi", "td", "model")),
    flag("after", "GRU: apply the reset gate after the matrix product", "reset_after", 1, ("GRU",))
    .cell("reset_after")
    .but(governs=30, column=Column(18, (1, 0)), chooses=Column(3, (0,)), searched=True),
    flag("bias", "use a bias", "use_bias", 1)
    .cell("use_bias")
    .but(governs=40, column=Column(17, (1, 0)), chooses=Column(4, (0,)), searched=True),
    word("act", " ".join(ACTIVATIONS), "activation", "activation")
    .cell("activation", named)
    .but(
        governs=50,
        column=Column(6, ("tanh", "none", "relu", "callable")),
        few=("tanh", "none", "relu", "callable"),
        chooses=Column(18, ("relu",)),
        searched=True,
    ),
    word(
        "ract",
        " ".join(["sigmoid", *[name for name in ACTIVATIONS if name != "sigmoid"]]),
        "recurrent_activation",
        "recurrent_activation",
        layers=GATED,
    )
    .cell("recurrent_activation", named)
    .but(
        governs=60,
        column=Column(7, ("sigmoid", "none", "hard_sigmoid")),
        few=("sigmoid", "none", "hard_sigmoid"),
        searched=True,
    ),
    number("impl", (1, 2), 2, "implementation", "implementation", layers=("LSTM", "GRU"))
    .cell("implementation", int)
    .but(governs=70, column=Column(16, (2, 1)), chooses=Column(5, (1,)), searched=True),
    word(
        "mask",
        MASKS,
        "pattern of the mask",
        "mask",
    ).but(
        governs=170,
        simpler=("ones", "all", "right", "left", "first", "gap", "alt", "row", "ragged"),
        column=Column(1, ("none", "ones", "right", "left", "gap", "alt", "first", "row", "all")),
        few=("none", "right", "gap", "all"),
        chooses=Column(6, ("gap", "right")),
        searched=True,
        exported=True,
    ),
    word(
        "maskby",
        MASK_SOURCES,
        "how the mask reaches the layer",
    ).but(
        governs=190,
        column=Column(8, ("arg", "masking", "embedding")),
        few=("arg", "masking", "embedding"),
        searched=True,
    ),
    flag("zero", "zero_output_for_mask", "zero_output_for_mask").but(
        governs=230, column=Column(14, (0, 1)), chooses=Column(7, (1,)), searched=True
    ),
    flag("back", "go_backwards", "go_backwards").but(
        governs=200, column=Column(12, (0, 1)), chooses=Column(8, (1,)), searched=True
    ),
    flag("unroll", "unroll the loop", "unroll").but(
        governs=210, column=Column(13, (0, 1)), chooses=Column(9, (1,)), searched=True
    ),
    word(
        "init",
        INITIAL_STATES,
        "the form of initial_state",
        "initial_state",
    ).but(
        governs=220,
        simpler=("list",),
        column=Column(3, ("none", "list", "tuple", "tensor")),
        few=("none", "list", "tuple", "tensor"),
        chooses=Column(10, ("list",)),
        searched=True,
    ),
    flag("stateful", "keep the states between calls", "stateful").but(
        governs=240, column=Column(15, (0, 1)), chooses=Column(11, (1,)), searched=True
    ),
    number(
        "calls", (1, 2, 3), 1, "how often the layer is called", low=1, any_int=True, governs=250
    ).but(exported=True),
    word(
        "reset",
        RESETS,
        "what happens between calls of a stateful layer",
    ).but(governs=260, few=("none", "between")),
    word(
        "merge",
        {
            "concat": "merge_mode='concat'",
            "sum": "merge_mode='sum'",
            "mul": "merge_mode='mul'",
            "ave": "merge_mode='ave'",
            "none": "merge_mode=None",
        },
        "Bidirectional merge_mode",
        "merge_mode",
    ).but(few=("concat", "sum", "none")),
    number(
        "own",
        (0, 1, 2),
        0,
        "the backward_layer of Bidirectional",
        "backward_layer",
        words={
            0: "no backward_layer",
            1: "a backward_layer of another activation",
            2: "a backward_layer of more units",
        },
    ).but(few=(0, 1)),
    word(
        "cudnn",
        {
            "auto": "use_cudnn='auto'",
            "false": "use_cudnn=False",
            "true": "use_cudnn=True",
        },
        "use_cudnn",
        "use_cudnn",
        layers=("LSTM", "GRU"),
    ).but(
        gives=Argument("use_cudnn", "layer", {"false": False, "true": True}.get),
        governs=280,
        chooses=Column(12, ("false",)),
    ),
    word(
        "static",
        {
            "all": "every size known",
            "batch": "an unknown batch size",
            "time": "an unknown number of timesteps",
            "none": "no size known",
        },
        "which sizes are known when the layer is built",
    ).but(
        governs=160,
        column=Column(5, ("all", "batch", "time", "none")),
        few=("all", "batch", "time", "none"),
        chooses=Column(13, ("none",)),
        searched=True,
        exported=True,
    ),
    word(
        "x",
        {
            "same": "inputs of the layer's own dtype",
            "f16": "float16 inputs",
            "f64": "float64 inputs",
            "i32": "int32 inputs",
        },
        "dtype of the input",
    ).but(
        governs=150,
        column=Column(9, ("same", "f64", "i32")),
        chooses=Column(19, ("i32",)),
        searched=True,
        exported=True,
    ),
    Axis("dtype", tuple(POLICY), "f32", "bare", "dtype policy", arguments=("dtype",))
    .cell("dtype", POLICY.get)
    .but(
        governs=140,
        column=Column(4, ("f32", "f16", "bf16", "mf16", "mbf16")),
        few=("f32", "f16", "bf16", "mf16", "mbf16"),
        chooses=Column(14, ("f16", "mf16")),
        searched=True,
        exported=True,
    ),
    word(
        "via",
        CALL_PATHS,
        "the path by which the layer is called",
        "sequences",
        "inputs",
    ).but(
        governs=270,
        column=Column(2, ("call", "functional", "predict", "graph", "sequential")),
        few=("call", "functional", "predict", "graph", "sequential", "nested", "td"),
        chooses=Column(15, ("functional", "predict")),
    ),
    number("drop", _RATES, 0, "dropout, per cent", "dropout")
    .cell("dropout", lambda percent: percent / 100)
    .but(few=(0, 50), chooses=Column(16, (50,))),
    number("rdrop", _RATES, 0, "recurrent_dropout, per cent", "recurrent_dropout")
    .cell("recurrent_dropout", lambda percent: percent / 100)
    .but(few=(0, 50), chooses=Column(17, (50,))),
    number("train", (0, 1), 0, "call with training=True", "training", governs=5),
    number("kern", (1, 2, 3), 2, "kernel_size", "kernel_size", layers=CONVOLUTIONAL, low=1).but(
        governs=90, few=(2, 3)
    ),
    number("stride", (1, 2, 3), 1, "strides", "strides", layers=CONVOLUTIONAL, low=1).but(
        governs=130, few=(1, 2)
    ),
    word("pad", "valid same", "padding", "padding", layers=CONVOLUTIONAL).but(governs=110),
    number("dil", (1, 2, 3), 1, "dilation_rate", "dilation_rate", layers=CONVOLUTIONAL, low=1).but(
        governs=120, few=(1, 2)
    ),
    word(
        "fmt",
        {
            "last": "data_format='channels_last'",
            "first": "data_format='channels_first'",
        },
        "data_format",
        "data_format",
        layers=CONVOLUTIONAL,
    ).but(governs=100),
    word(
        "cell",
        CUSTOM_CELLS,
        "the custom cell in RNN, or the custom layer in its place",
        "cell",
        "layer",
        layers=("RNN",),
    ).but(governs=290, few=("plain", "nested", "outstate", "tuple")),
    word(
        "maskas",
        {
            "bool": "a boolean mask",
            "ints": "an int32 mask",
            "floats": "a float32 mask",
            "list": "a mask that is a Python list",
        },
        "the type of the mask argument",
        "mask",
    ).but(governs=180, few=("bool", "ints")),
    word(
        "outer",
        {
            "same": "a wrapper of the same dtype policy",
            "f16": "a wrapper of dtype float16",
        },
        "dtype policy of the wrapper",
    ),
    word(
        "fmtby",
        {
            "arg": "data_format as an argument",
            "config": "data_format from keras.config",
        },
        "where data_format is set",
        "data_format",
        layers=CONVOLUTIONAL,
    ),
    word(
        "given",
        {
            "tensor": "tensors as arguments",
            "array": "NumPy arrays as arguments",
        },
        "the type of inputs, mask and states in the call",
    ).but(governs=310),
    word(
        "hold",
        {
            "numbers": "ordinary numbers at masked timesteps",
            "nan": "NaN at masked timesteps",
            "inf": "infinity at masked timesteps",
            "huge": "huge numbers at masked timesteps",
        },
        "what masked timesteps hold, and other places that must not matter",
    ).but(governs=330, exported=True),
    word(
        "mag",
        MAGNITUDES,
        "magnitude of the input",
    ).but(governs=320, exported=True),
    word(
        "then",
        CHANGES,
        "what is different in every other call",
    ).but(governs=340),
    number(
        "deep",
        (0, 1, 5, 9, 17, 33),
        0,
        "cells of a stack, or layers of a model",
        "cells",
        any_int=True,
    ),
    number(
        "slices",
        (1, 3, 33),
        3,
        "sequences of a sample, where TimeDistributed is around a recurrent layer",
        low=1,
        any_int=True,
    ),
    word(
        "dtypeby",
        {
            "arg": "the dtype policy as an argument",
            "config": "the dtype policy from keras.config",
        },
        "where the dtype policy is set",
        "dtype",
    ).but(governs=345),
    word("do", _DOINGS, "what is done with the layer").but(governs=350),
    word(
        "what",
        "plain " + " ".join(VARIANTS),
        "the variant of what is done",
    ),
)

AXES = (*CORE, *OPTIONS)
BY_KEY = {axis.key: axis for axis in AXES}
BARE = {str(value): axis for axis in AXES if axis.kind == "bare" for value in axis.values}

GOVERNING = tuple(axis.key for axis in sorted(AXES, key=lambda axis: -axis.governs) if axis.governs)
"""Axes by how specific the rule is that governs a departure: the first departing one decides."""
