"""The options of the equations: activations, bias, implementation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.axis_values import ACTIVATIONS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import governs, value_rule

CHEAP = {"seq": 1, "state": 1, "t": 3, "n": 4}


def cases(profile: str) -> Iterator[Case]:
    """Every activation in every role; bias and implementation on every layer."""
    names = ("sigmoid", "none", "hard_sigmoid", "callable") if profile == "smoke" else ACTIVATIONS
    for name in names:
        if name != "tanh":
            # exp of exp leaves the range of float32 at the second timestep
            size = {**CHEAP, "t": 1} if name == "exponential" else CHEAP
            yield Case.of("LSTM", **size, act=name)
        if name != "sigmoid":
            yield Case.of("GRU", **CHEAP, ract=name)
    for layer in RECURRENT:
        yield Case.of(layer, **CHEAP, bias=0)
    for layer, bias in product(("LSTM", "GRU"), (0, 1)):
        yield Case.of(layer, **CHEAP, bias=bias, impl=1)
    for impl, bias in product((1, 2), (0, 1)):
        yield Case.of("GRU", **CHEAP, after=0, bias=bias, impl=impl)
    if profile != "smoke":
        yield from _default()


def _default() -> Iterator[Case]:
    for name in ("none", "relu", "callable", "softmax"):
        yield Case.of("SimpleRNN", **CHEAP, act=name)
        yield Case.of("GRU", **CHEAP, act=name)
        yield Case.of("GRU", **CHEAP, after=0, act=name)
        yield Case.of("LSTM", **CHEAP, ract=name, impl=1)
        yield Case.of("LSTM", **CHEAP, ract=name)
    for layer in ("LSTM", "GRU"):
        yield Case.of(layer, **CHEAP, u=1, in_=1, impl=1)
        yield Case.of(layer, **CHEAP, impl=1, act="relu", ract="hard_sigmoid")


value_rule(
    "ACT-1",
    "`activation` is applied to the candidate and to the carry: any name of "
    "keras.activations, a callable, or None for no activation.",
    source="keras.layers.LSTM, activation; keras.activations",
    applies=governs("act"),
)

value_rule(
    "ACT-2",
    "`recurrent_activation` is applied to the gates: any name of keras.activations, a "
    "callable, or None for no activation.",
    source="keras.layers.LSTM, recurrent_activation; keras.activations",
    applies=governs("ract"),
)

value_rule(
    "BIAS-1",
    "With use_bias=False there is no bias, neither in the weights nor in the equations.",
    source="keras.layers.LSTM, use_bias",
    applies=governs("bias"),
)

value_rule(
    "IMPL-1",
    "implementation=1 and implementation=2 compute the same numbers.",
    source="keras.layers.LSTMCell, keras.layers.GRUCell",
    applies=governs("impl"),
)
