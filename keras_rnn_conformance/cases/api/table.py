"""What is known of every argument of every class: one row an argument, one a class.

The ledger of signatures, what a saved layer must keep, and its names in a release follow from it.
A new argument is a row of `ARGUMENTS` and its name in the classes that have it; a renamed one is
`until` and `renamed` in its row: everywhere else it keeps its old name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from packaging.version import Version

from keras_rnn_conformance.base.environment import keras_release

REQUIRED = "required"


@dataclass(frozen=True)
class Argument:
    """What is known of an argument, whatever class has it.

    Attributes:
        default: the `repr` of its default, or `REQUIRED`.
        axis: the axis whose values it takes; empty if no axis sweeps it.
        variants: the scenarios, as `do.what` or `do`, that vary it.
        excluded: why nothing does.
        given: a value for it where no signature shows it, because it travels through `**kwargs`.
        both: whether both directions of a Bidirectional take it from the layer that it is made of.
        alone: the argument that no layer takes beside it.
        since: the first release that has it, where it is not as old as Keras 3.
        until: the first release that has it no more, or by another name.
        renamed: the name that it has from `until` on; empty if it is gone.
    """

    default: str = "None"
    axis: str = ""
    variants: tuple[str, ...] = ()
    excluded: str = ""
    given: Any = None
    both: bool = True
    alone: str = ""
    since: str = "3.0"
    until: str = ""
    renamed: str = ""


def _varied(variants: str, default: str = "None") -> Argument:
    return Argument(default, variants=tuple(variants.split()))


_INITIAL = "init.words init.objects init.callables"

ARGUMENTS: dict[str, Argument] = {
    # sizes
    "units": Argument(REQUIRED, "u"),
    "filters": Argument(REQUIRED, "u"),
    "rank": _varied("init.standard", REQUIRED),
    "kernel_size": Argument(REQUIRED, "kern"),
    "strides": Argument("1", "stride", alone="dilation_rate"),
    "padding": Argument("'valid'", "pad"),
    "data_format": Argument(axis="fmt"),
    "dilation_rate": Argument("1", "dil", alone="strides"),
    # equations
    "activation": Argument("'tanh'", "act"),
    "recurrent_activation": Argument("'sigmoid'", "ract"),
    "use_bias": Argument("True", "bias"),
    "reset_after": Argument("True", "after"),
    "implementation": Argument(axis="impl", given=1),
    "use_cudnn": Argument("'auto'", "cudnn", ("bad.cudnn_rdrop",), both=False),
    # weights
    "kernel_initializer": _varied(_INITIAL, "'glorot_uniform'"),
    "recurrent_initializer": _varied(_INITIAL, "'orthogonal'"),
    "bias_initializer": _varied(_INITIAL, "'zeros'"),
    "unit_forget_bias": _varied("init.standard init.objects", "True"),
    "kernel_regularizer": _varied("reg.weights"),
    "recurrent_regularizer": _varied("reg.weights"),
    "bias_regularizer": _varied("reg.weights"),
    "activity_regularizer": Argument(variants=("reg.activity",), given="l2"),
    "kernel_constraint": _varied("constraint.each"),
    "recurrent_constraint": _varied("constraint.each"),
    "bias_constraint": _varied("constraint.each"),
    # dropout
    "dropout": Argument("0.0", "drop"),
    "recurrent_dropout": Argument("0.0", "rdrop"),
    "seed": _varied("train.seed"),
    # the loop over time
    "return_sequences": Argument("False", "seq"),
    "return_state": Argument("False", "state"),
    "go_backwards": Argument("False", "back", both=False),
    "stateful": Argument("False", "stateful"),
    "unroll": Argument("False", "unroll", given=True),
    "zero_output_for_mask": Argument("False", "zero", given=True, both=False),
    # what wraps and what is wrapped
    "cell": Argument(REQUIRED, "cell"),
    "cells": Argument(REQUIRED, "as"),
    "layer": Argument(REQUIRED, "as"),
    "merge_mode": Argument("'concat'", "merge"),
    "backward_layer": Argument(axis="own"),
    "weights": _varied("init.weights"),
    # every layer
    "trainable": Argument("True", variants=("init.frozen",), given=False),
    "dtype": Argument(axis="dtype", given="float32"),
    "autocast": Argument(
        "True", excluded="an option of keras.Layer; the axis x sweeps what casting does"
    ),
    "name": Argument(variants=("init.standard", "init.frozen"), given="named", both=False),
    "input_shape": Argument(excluded="deprecated in Keras 3 in favour of keras.Input"),
    "**kwargs": Argument(REQUIRED, excluded="what it may hold is listed by name"),
    # calls
    "sequences": Argument(REQUIRED, "t"),
    "sequence": Argument(REQUIRED, "n"),
    "inputs": Argument(REQUIRED, "n"),
    "states": Argument(REQUIRED, "as"),
    "initial_state": Argument(axis="init"),
    "mask": Argument(axis="mask"),
    "training": Argument("False", variants=("train.masks", "train.inert")),
}
"""By argument, whatever the class; `do.config` with the argument's name sweeps it too."""


@dataclass(frozen=True)
class Signature:
    """The arguments of a class, by name and in order.

    Attributes:
        init, call: of the constructor, and of the call.
        keywords: those that its documentation names and that travel through `**kwargs`.
        lost: those that no rule asks a saved object to keep.
        saved: whether an object of the class can be saved.
        cell: the class of the cell that a layer makes of its arguments.
        to_cell: what of the `keywords` its cell is given too.
        since: the release that added an argument to this class, where it is not that of the row.
        defaults: where the default is not that of the row.
        excluded: why nothing sweeps an argument of this class.
    """

    init: str
    call: str = ""
    keywords: str = ""
    lost: str = ""
    saved: bool = True
    cell: str = ""
    to_cell: str = "dtype trainable"
    since: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)


_START = "use_bias kernel_initializer recurrent_initializer bias_initializer"
_FORGET = f"{_START} unit_forget_bias"
_PENALTIES = "kernel_regularizer recurrent_regularizer bias_regularizer"
_CONSTRAINTS = "kernel_constraint recurrent_constraint bias_constraint"
_OF_CELL = f"{_PENALTIES} {_CONSTRAINTS} dropout recurrent_dropout"
_OF_LAYER = f"{_PENALTIES} activity_regularizer {_CONSTRAINTS} dropout recurrent_dropout"
_LOOP = "return_sequences return_state go_backwards stateful"
_GATES = "activation recurrent_activation"
_WINDOW = "filters kernel_size strides padding data_format dilation_rate"
_KEYWORDS = "trainable dtype name activity_regularizer"
_CELL_CALL = "inputs states training"
_LAYER_CALL = "sequences initial_state mask training"
_CONVOLUTION = Signature(
    f"{_WINDOW} {_GATES} {_FORGET} {_OF_LAYER} seed {_LOOP} **kwargs",
    _LAYER_CALL,
    f"{_KEYWORDS} zero_output_for_mask unroll",
    lost="zero_output_for_mask unroll",
    cell="ConvLSTMCell",
    to_cell="dtype",
)
_UNSWEPT = "undocumented for ConvLSTM; ConvLSTM1D sweeps it"
_SAME_CALL = "the call is that of ConvLSTM, which ConvLSTM1D and ConvLSTM2D sweep"


def _convolution(**excluded: str) -> Signature:
    return Signature(**{**vars(_CONVOLUTION), "excluded": excluded})


def _wrapper(init: str, call: str, **more: Any) -> Signature:
    given = {"keywords": _KEYWORDS, "lost": "activity_regularizer", **more}
    return Signature(init, call, **given)


SIGNATURES: dict[str, Signature] = {
    "SimpleRNN": Signature(
        f"units activation {_START} {_OF_LAYER} {_LOOP} unroll seed **kwargs",
        _LAYER_CALL,
        f"{_KEYWORDS} zero_output_for_mask",
        cell="SimpleRNNCell",
    ),
    "SimpleRNNCell": _wrapper(
        f"units activation {_START} {_OF_CELL} seed **kwargs", "sequence states training"
    ),
    "LSTM": Signature(
        f"units {_GATES} {_FORGET} {_OF_LAYER} seed {_LOOP} unroll use_cudnn **kwargs",
        _LAYER_CALL,
        f"{_KEYWORDS} zero_output_for_mask implementation",
        cell="LSTMCell",
        since={"use_cudnn": "3.2"},
    ),
    "LSTMCell": _wrapper(
        f"units {_GATES} {_FORGET} {_OF_CELL} seed **kwargs",
        _CELL_CALL,
        keywords=f"{_KEYWORDS} implementation",
    ),
    "GRU": Signature(
        f"units {_GATES} {_START} {_OF_LAYER} seed {_LOOP} unroll reset_after use_cudnn **kwargs",
        _LAYER_CALL,
        f"{_KEYWORDS} zero_output_for_mask implementation",
        cell="GRUCell",
        since={"use_cudnn": "3.2", "implementation": "3.4"},
    ),
    "GRUCell": _wrapper(
        f"units {_GATES} {_START} {_OF_CELL} reset_after seed **kwargs",
        _CELL_CALL,
        keywords=f"{_KEYWORDS} implementation",
    ),
    "RNN": Signature(f"cell {_LOOP} unroll zero_output_for_mask **kwargs", _LAYER_CALL, _KEYWORDS),
    "StackedRNNCells": _wrapper(
        "cells **kwargs",
        f"{_CELL_CALL} **kwargs",
        excluded={"activity_regularizer": "a stack is a cell: RNN has the output"},
    ),
    "Bidirectional": _wrapper(
        "layer merge_mode weights backward_layer **kwargs",
        _LAYER_CALL,
        lost="activity_regularizer weights",
        defaults={"training": "None"},
    ),
    "TimeDistributed": _wrapper(
        "layer **kwargs", "inputs training mask", defaults={"training": "None"}
    ),
    "ConvLSTM1D": _convolution(),
    "ConvLSTM2D": _convolution(zero_output_for_mask=_UNSWEPT),
    "ConvLSTM3D": _convolution(
        zero_output_for_mask=_UNSWEPT, initial_state=_SAME_CALL, mask=_SAME_CALL
    ),
    "ConvLSTM": Signature(
        f"rank {_WINDOW} {_GATES} {_FORGET} {_OF_CELL} seed {_LOOP} **kwargs",
        _LAYER_CALL,
        saved=False,
    ),
    "ConvLSTMCell": Signature(
        f"rank {_WINDOW} {_GATES} {_FORGET} {_OF_CELL} seed **kwargs", _CELL_CALL, saved=False
    ),
    "Layer": Signature("activity_regularizer trainable dtype autocast name **kwargs", saved=False),
}
"""By class of `keras.layers`; `Layer` is what all of them are."""


def spelling(argument: str, release: str = "") -> str:
    """The name of an argument in a release, by default that of the Keras that is judged."""
    row = ARGUMENTS.get(argument)
    if row is None or not row.renamed:
        return argument
    return row.renamed if Version(release or _judged()) >= Version(row.until) else argument


def spelled(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names that they have in the Keras that is judged."""
    return {spelling(name): value for name, value in arguments.items()}


def renamed() -> dict[str, list[str]]:
    """Every argument that has another name from some release on: that release, and the name."""
    return {name: [a.until, a.renamed] for name, a in ARGUMENTS.items() if a.renamed}


@cache
def _judged() -> str:
    return keras_release()
