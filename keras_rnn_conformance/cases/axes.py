"""The axes along which cases vary: one table, from which ids, selection and the docs follow.

An axis is written in a case id only where it departs from its default, in the order of this
table. A new axis therefore goes at the end of its group, and never renames an old case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from keras_rnn_conformance.cases.api import serialized_arguments
from keras_rnn_conformance.cases.api.misuses import MISUSES
from keras_rnn_conformance.cases.models.courses import COURSES
from keras_rnn_conformance.cases.models.edges import EDGES
from keras_rnn_conformance.cases.models.table import NEIGHBOURS

Value = int | str
Kind = Literal["int", "word", "bare"]

RECURRENT = ("SimpleRNN", "LSTM", "GRU")
CONVOLUTIONAL = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
LAYERS = (*RECURRENT, *CONVOLUTIONAL, "RNN", "TimeDistributed")

ACTIVATIONS = [
    "tanh",
    "sigmoid",
    "linear",
    "none",
    "callable",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "celu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "softmax",
    "log_softmax",
    "softplus",
    "softsign",
    "squareplus",
    "exponential",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "hard_shrink",
    "soft_shrink",
    "tanh_shrink",
    "log_sigmoid",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
]


@dataclass(frozen=True)
class Axis:
    """One option that a case can set.

    Attributes:
        key: what an id writes before the value.
        values: every value that a profile may use; integer axes accept any integer from `low` up.
        default: the value that is never written.
        kind: `int` (`u3`), `word` (`mask.gap`) or `bare` (`f16`).
        doc: one line for `--list-axes` and the docs.
        layers: the layers that have the option.
        arguments: the constructor or call arguments of Keras that the axis sweeps.
        low: the smallest integer that an id may hold.
        any_int: whether integers outside `values` may stand in an id.
    """

    key: str
    values: tuple[Value, ...]
    default: Value
    kind: Kind
    doc: str
    layers: tuple[str, ...] = LAYERS
    arguments: tuple[str, ...] = ()
    low: int = 0
    any_int: bool = False

    def token(self, value: Value) -> str:
        """The text of `value` in an id."""
        if self.kind == "bare":
            return str(value)
        return f"{self.key}.{value}" if self.kind == "word" else f"{self.key}{value}"


MARKS = ("masking", "marked")
"""The values of `maskby` that put a Masking in front of the layer."""

FRONTS = (*MARKS, "embedding")
"""Those that put any layer in front, which makes the mask."""

CHANGING = ("assign", "set", "step")
"""The values of `then` that change the weights."""

HELD = ("held", "heldfit")
"""The variants of `train` in which a cell of the user's own holds the Dropout."""

INDEPENDENCE = ("sample", "later", "unit", "direction", "pixel")
"""The variants of `twin` in which one place gets other numbers, and the rest must stay."""

COSTS = ("eager", "predictions", "epochs", "batches", "memory", "growth")
"""What is counted of a call, by variant of `cost`."""

SPELLINGS = ("integers", "rates", "booleans", "seeds", "sequences", "capitals")
"""The variants of `written` that write constructor arguments in another way."""

LAYOUTS = ("absent", "array", "double", "strided", "readonly")
"""Those that hand the arguments of a call over in another way."""

SCENARIOS: dict[str, tuple[str, ...]] = {
    "call": (),
    "twin": (
        "chunks",
        "padding",
        "unroll",
        "reversal",
        "sequences",
        "implementation",
        "rows",
        "again",
        *INDEPENDENCE,
    ),
    "article": (
        "listing1",
        "listing2",
        "listing3",
        "listing4",
        "listing5",
        "printed1",
        "printed2",
        "printed3",
        "printed4",
        "named4",
        "zerobias4",
    ),
    "init": (
        "standard",
        "words",
        "objects",
        "callables",
        "forget",
        "again",
        "oncall",
        "frozen",
        "asked",
        "inside",
        "weights",
    ),
    "reg": ("weights", "activity", "words", "within"),
    "constraint": ("each", "norm"),
    "train": ("masks", "inert", "seed", "edges", "predict", "fit", *HELD, "frozen"),
    "bad": tuple(MISUSES),
    "ledger": ("layer", "cell", "stacked", "bidirectional", "base"),
    "cost": COSTS,
    "reuse": ("shared", "lengths"),
    "grad": (),
    "fit": ("epoch", "batch", "frozen", "stream", "penalized"),
    "config": (
        "numbers",
        "required",
        "signature",
        "again",
        *serialized_arguments.ARGUMENTS,
        "strangers",
        "handed",
    ),
    "clone": (),
    "keras": ("plain", "frozen"),
    "h5": ("plain", "frozen"),
    "weights": (),
    "masks": ("computed", "carried", "model"),
    "pickle": (),
    "copy": (),
    "settings": ("policy", "floatx", "late", "epsilon", "format", "random"),
    "written": (*SPELLINGS, *LAYOUTS),
    "model": tuple(NEIGHBOURS),
    "learn": tuple(COURSES),
    "edge": tuple(EDGES),
}
"""What can be done with a layer, and the variants of each; `plain` is the one that is not said."""

WHOLE = ("model", "learn", "edge")
"""The scenarios of whole models, which the tables of `cases.models` describe."""

VARIANTS = tuple(
    dict.fromkeys(v for variants in SCENARIOS.values() for v in variants if v != "plain")
)


def _flag(
    key: str, doc: str, argument: str, default: int = 0, layers: tuple[str, ...] = LAYERS
) -> Axis:
    return Axis(key, (0, 1), default, "int", doc, layers, (argument,))


def _word(
    key: str, values: str, doc: str, *arguments: str, layers: tuple[str, ...] = LAYERS
) -> Axis:
    names = tuple(values.split())
    return Axis(key, names, names[0], "word", doc, layers, arguments)


GATED = ("LSTM", "GRU", *CONVOLUTIONAL)

CORE = (
    Axis(
        "seq",
        (0, 1),
        0,
        "int",
        "return the output of every timestep",
        LAYERS,
        ("return_sequences",),
    ),
    Axis(
        "state",
        (0, 1),
        0,
        "int",
        "return the last states after the output",
        LAYERS,
        ("return_state",),
    ),
    Axis(
        "u",
        (1, 2, 3, 4, 8, 16, 33),
        3,
        "int",
        "units (filters of a convolutional layer)",
        LAYERS,
        ("units", "filters"),
        1,
        True,
    ),
    Axis("t", (1, 2, 3, 5, 8, 16, 50), 5, "int", "timesteps", LAYERS, ("sequences",), 0, True),
)

OPTIONS = (
    Axis("n", (0, 1, 2, 4, 7), 0, "int", "batch size", any_int=True),
    Axis("in", (0, 1, 2, 4, 6), 0, "int", "features", any_int=True),
    _word(
        "as",
        "layer cell rnn list stack mix bi td one model behind ahead",
        "what the layer or cell is built into",
        "cell",
        "cells",
        "layer",
    ),
    _flag(
        "after", "GRU: apply the reset gate after the matrix product", "reset_after", 1, ("GRU",)
    ),
    _flag("bias", "use a bias", "use_bias", 1),
    Axis("act", tuple(ACTIVATIONS), "tanh", "word", "activation", LAYERS, ("activation",)),
    Axis(
        "ract",
        ("sigmoid", *[a for a in ACTIVATIONS if a != "sigmoid"]),
        "sigmoid",
        "word",
        "recurrent_activation",
        GATED,
        ("recurrent_activation",),
    ),
    Axis("impl", (1, 2), 2, "int", "implementation", ("LSTM", "GRU"), ("implementation",)),
    _word(
        "mask", "none ones right left gap alt first row all ragged", "pattern of the mask", "mask"
    ),
    _word(
        "maskby",
        "arg masking embedding marked both",
        "how the mask reaches the layer",
    ),
    _flag("zero", "zero_output_for_mask", "zero_output_for_mask"),
    _flag("back", "go_backwards", "go_backwards"),
    _flag("unroll", "unroll the loop", "unroll"),
    _word(
        "init",
        "none list tuple tensor symbolic layer wide",
        "the form of initial_state",
        "initial_state",
    ),
    _flag("stateful", "keep the states between calls", "stateful"),
    Axis("calls", (1, 2, 3), 1, "int", "how often the layer is called", low=1, any_int=True),
    _word(
        "reset",
        "none between alias rebuild",
        "what happens between calls of a stateful layer",
    ),
    _word("merge", "concat sum mul ave none", "Bidirectional merge_mode", "merge_mode"),
    Axis(
        "own",
        (0, 1, 2),
        0,
        "int",
        "the backward_layer of Bidirectional",
        LAYERS,
        ("backward_layer",),
    ),
    _word("cudnn", "auto false true", "use_cudnn", "use_cudnn", layers=("LSTM", "GRU")),
    _word("static", "all batch time none", "which sizes are known when the layer is built"),
    _word("x", "same f16 f64 i32", "dtype of the input"),
    Axis(
        "dtype",
        ("f32", "f16", "bf16", "f64", "mf16", "mbf16"),
        "f32",
        "bare",
        "dtype policy",
        LAYERS,
        ("dtype",),
    ),
    _word(
        "via",
        "call functional predict batch sequential nested subclass graph jit td stream",
        "the path by which the layer is called",
        "sequences",
        "inputs",
    ),
    Axis("drop", (0, 5, 25, 50, 75, 100), 0, "int", "dropout, per cent", LAYERS, ("dropout",)),
    Axis(
        "rdrop",
        (0, 5, 25, 50, 75, 100),
        0,
        "int",
        "recurrent_dropout, per cent",
        LAYERS,
        ("recurrent_dropout",),
    ),
    _flag("train", "call with training=True", "training"),
    Axis("kern", (1, 2, 3), 2, "int", "kernel_size", CONVOLUTIONAL, ("kernel_size",), 1),
    Axis("stride", (1, 2, 3), 1, "int", "strides", CONVOLUTIONAL, ("strides",), 1),
    _word("pad", "valid same", "padding", "padding", layers=CONVOLUTIONAL),
    Axis("dil", (1, 2, 3), 1, "int", "dilation_rate", CONVOLUTIONAL, ("dilation_rate",), 1),
    _word("fmt", "last first", "data_format", "data_format", layers=CONVOLUTIONAL),
    _word(
        "cell",
        "plain nested outstate noinit training start tuple bare class sizes whole spare kinds "
        "others three",
        "the custom cell in RNN, or the custom layer in its place",
        "cell",
        "layer",
        layers=("RNN",),
    ),
    _word("maskas", "bool ints floats list", "the type of the mask argument", "mask"),
    _word("outer", "same f16", "dtype policy of the wrapper"),
    _word(
        "fmtby",
        "arg config",
        "where data_format is set",
        "data_format",
        layers=CONVOLUTIONAL,
    ),
    _word("given", "tensor array", "the type of inputs, mask and states in the call"),
    _word(
        "hold",
        "numbers nan inf huge",
        "what masked timesteps hold, and other places that must not matter",
    ),
    _word(
        "mag",
        "one big small tiny full minus",
        "magnitude of the input",
    ),
    _word(
        "then",
        "none batch length dtype train assign set step",
        "what is different in every other call",
    ),
    Axis(
        "deep",
        (0, 1, 5, 9, 17, 33),
        0,
        "int",
        "cells of a stack, or layers of a model",
        LAYERS,
        ("cells",),
        any_int=True,
    ),
    _word("do", " ".join(SCENARIOS), "what is done with the layer"),
    _word(
        "what",
        "plain " + " ".join(VARIANTS),
        "the variant of what is done",
    ),
)

AXES = (*CORE, *OPTIONS)
BY_KEY = {axis.key: axis for axis in AXES}
BARE = {str(value): axis for axis in AXES if axis.kind == "bare" for value in axis.values}
