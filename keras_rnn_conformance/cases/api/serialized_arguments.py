"""The constructor arguments that a saved layer must keep, by class: plain data, without Keras."""

from __future__ import annotations

from typing import Protocol

_BASE = "name dtype trainable"
_WEIGHTS = (
    "use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer "
    "recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint"
)
_CELL = f"activation {_WEIGHTS} dropout recurrent_dropout seed"
_LOOP = "return_sequences return_state go_backwards stateful"
_SEQUENCE = f"{_LOOP} unroll zero_output_for_mask activity_regularizer"
_CONVOLUTION_CELL = (
    "filters kernel_size strides padding data_format dilation_rate "
    f"{_CELL} recurrent_activation unit_forget_bias"
)
_CONVOLUTION = f"{_CONVOLUTION_CELL} {_LOOP} activity_regularizer"
_LSTM = "recurrent_activation unit_forget_bias implementation"
_GRU = "recurrent_activation reset_after implementation"

_BY_CLASS = {
    "SimpleRNN": f"units {_CELL} {_SEQUENCE}",
    "LSTM": f"units {_CELL} {_LSTM} {_SEQUENCE} use_cudnn",
    "GRU": f"units {_CELL} {_GRU} {_SEQUENCE} use_cudnn",
    "SimpleRNNCell": f"units {_CELL}",
    "LSTMCell": f"units {_CELL} {_LSTM}",
    "GRUCell": f"units {_CELL} {_GRU}",
    "ConvLSTM1D": _CONVOLUTION,
    "ConvLSTM2D": _CONVOLUTION,
    "ConvLSTM3D": _CONVOLUTION,
    "RNN": f"cell {_SEQUENCE}",
    "StackedRNNCells": "cells",
    "Bidirectional": "layer merge_mode backward_layer",
    "TimeDistributed": "layer",
}
KEPT = {name: (*text.split(), *_BASE.split()) for name, text in _BY_CLASS.items()}
"""By class: the arguments, those of `**kwargs` that its documentation names included."""

NOT_KEPT = {"Bidirectional": {"weights": "undocumented; Keras 3 stores it and never reads it"}}
"""By class: arguments that the signature shows and no rule asks to keep, with the reason."""

OF_CELL = {
    **{
        name: f"{_BY_CLASS[f'{name}Cell']} dtype trainable".split()
        for name in ("SimpleRNN", "LSTM", "GRU")
    },
    **{f"ConvLSTM{rank}D": f"{_CONVOLUTION_CELL} dtype".split() for rank in (1, 2, 3)},
}
"""By layer: the arguments that it hands on to its cell."""

_SET = ("name", "go_backwards", "zero_output_for_mask", "use_cudnn")
HANDED_ON = {
    name: tuple(argument for argument in KEPT[name] if argument not in _SET) for name in OF_CELL
}
"""By layer: the arguments that both directions of a Bidirectional take from its configuration."""

MISSING = "nothing"
"""What stands for an argument that a configuration does not have."""

ANOTHER, BESIDE = ", given another value", ", given beside the others"
"""How a failure says that an argument alone, with its first value, survives."""

_EXCLUDING = {"strides": "dilation_rate", "dilation_rate": "strides"}
"""By argument, the one that no layer takes beside it."""


def beside(kind: str, name: str) -> list[str]:
    """An argument of a class and all others that may be given with it."""
    excluded = _EXCLUDING.get(name, "dilation_rate")
    return [key for key in KEPT[kind] if key != excluded]


ARGUMENTS = tuple(dict.fromkeys(name for names in KEPT.values() for name in names))

_WRAPPERS = {
    "rnn": "RNN",
    "stack": "StackedRNNCells",
    "bi": "Bidirectional",
    "td": "TimeDistributed",
}


class Options(Protocol):
    """What is asked of a case."""

    @property
    def layer(self) -> str: ...

    def __getitem__(self, key: str) -> int | str: ...


def class_of(case: Options) -> str:
    """The name of the class that a case saves; empty where none stands for itself."""
    way = str(case["as"])
    if way in ("layer", "cell"):
        return case.layer + ("Cell" if way == "cell" else "")
    return _WRAPPERS.get(way, "")
