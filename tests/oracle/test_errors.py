"""What the oracle refuses, and that it says which argument, what it expected and what it got."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from reference_impl import GRU, LSTM, Bidirectional, ConvLSTM, SimpleRNN, StackedRNN
from tests.oracle.drawn import Numbers

GIVEN = Numbers("LSTM", 2, 4)
X, WEIGHTS = GIVEN.x, GIVEN.weights  # batch 2, timesteps 4, features 3
TEXT: Any = "3"
ARRAY: Any = WEIGHTS[0]
SECOND = Numbers("LSTM", 2, 4, features=2)


def conv(**options: Any) -> Any:
    return ConvLSTM(2, 3, (3, 3), **options)


def stacked() -> Any:
    return StackedRNN([LSTM(2), LSTM(2)])


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "no units": (lambda: LSTM(0), "`units` must be a positive integer, got 0"),
    "units not a number": (lambda: LSTM(TEXT), "`units` must be a positive integer, got '3'"),
    "units a truth value": (lambda: LSTM(True), "`units` must be a positive integer, got True"),
    "unknown precision": (lambda: LSTM(2, precision="float8"), "`precision` must be one of"),
    "unknown generation": (lambda: LSTM(2, generation="keras9"), "`generation` must be one of"),
    "unknown activation": (lambda: LSTM(2, activation="tanhh"), "`activation` must be one of"),
    "unknown recurrent activation": (
        lambda: LSTM(2, recurrent_activation="hard"),
        "`recurrent_activation` must be one of",
    ),
    "glu": (lambda: LSTM(2, activation="glu"), "'glu' halves the last axis"),
    "threshold": (lambda: LSTM(2, activation="threshold"), "'threshold' needs two more arguments"),
    "bare function": (lambda: LSTM(2, activation=np.tanh), "reference_impl.custom"),
    "gate of a SimpleRNN": (
        lambda: SimpleRNN(2, recurrent_activation="tanh"),
        "`recurrent_activation` is not an argument of SimpleRNN",
    ),
    "input of two axes": (
        lambda: LSTM(2)(X[0], WEIGHTS),
        r"`x` must have shape \(>0, >0, >0\), got \(4, 3\)",
    ),
    "no timesteps": (
        lambda: LSTM(2)(X[:, :0], WEIGHTS),
        r"`x` must have shape \(>0, >0, >0\), got \(2, 0, 3\)",
    ),
    "input not finite": (lambda: LSTM(2)(X / 0, WEIGHTS), "`x` must be finite"),
    "input not numeric": (lambda: LSTM(2)("x", WEIGHTS), "`x` must be numeric"),
    "two weights of three": (
        lambda: LSTM(2)(X, WEIGHTS[:2]),
        r"`weights` must hold 3 arrays \(kernel, recurrent_kernel, bias\), got 2",
    ),
    "three weights of two": (
        lambda: LSTM(2, use_bias=False)(X, WEIGHTS),
        r"`weights` must hold 2 arrays \(kernel, recurrent_kernel\), got 3",
    ),
    "weights not a list": (lambda: LSTM(2)(X, ARRAY), "`weights` must be a list"),
    "kernel of another layer": (
        lambda: GRU(2)(X, WEIGHTS),
        r"`kernel` must have shape \(3, 6\), got \(3, 8\)",
    ),
    "kernel transposed": (
        lambda: LSTM(2)(X, [WEIGHTS[0].T, *WEIGHTS[1:]]),
        r"`kernel` must have shape \(3, 8\), got \(8, 3\)",
    ),
    "recurrent kernel": (
        lambda: LSTM(2)(X, [WEIGHTS[0], WEIGHTS[0], WEIGHTS[2]]),
        r"`recurrent_kernel` must have shape \(2, 8\), got \(3, 8\)",
    ),
    "one row of a GRU's bias": (
        lambda: GRU(2)(X, [np.ones((3, 6)), np.ones((2, 6)), np.ones(6)]),
        r"`bias` must have shape \(2, 6\), got \(6,\)",
    ),
    "bias not finite": (
        lambda: LSTM(2)(X, [*WEIGHTS[:2], WEIGHTS[2] * np.nan]),
        "`bias` must be finite",
    ),
    "mask of numbers": (
        lambda: LSTM(2)(X, WEIGHTS, mask=np.ones((2, 4))),
        r"`mask` must be bool of shape \(2, 4\), got float64 of shape \(2, 4\)",
    ),
    "mask of another shape": (
        lambda: LSTM(2)(X, WEIGHTS, mask=np.ones((4, 2), bool)),
        r"`mask` must be bool of shape \(2, 4\), got bool of shape \(4, 2\)",
    ),
    "one state of two": (
        lambda: LSTM(2)(X, WEIGHTS, initial_state=[np.ones((2, 2))]),
        r"`initial_state` must hold 2 arrays \(one per state\), got 1",
    ),
    "state of another shape": (
        lambda: LSTM(2)(X, WEIGHTS, initial_state=[np.ones((2, 2)), np.ones((2, 3))]),
        r"`initial_state\[1\]` must have shape \(2, 2\), got \(2, 3\)",
    ),
    "state of another precision": (
        lambda: LSTM(2)(X, WEIGHTS, initial_state=LSTM(2, precision="float32")(X, WEIGHTS).states),
        "`initial_state.0.` is bounded for float32, the layer for float64",
    ),
    "dropout masks of three gates": (
        lambda: LSTM(2)(X, WEIGHTS, dropout_mask=[np.ones((2, 3))] * 3),
        r"`dropout_mask` must hold 4 arrays \(one per gate\), got 3",
    ),
    "dropout mask of another shape": (
        lambda: LSTM(2)(X, WEIGHTS, recurrent_dropout_mask=np.ones((2, 3))),
        r"`recurrent_dropout_mask` must have shape \(2, 2\), got \(2, 3\)",
    ),
    "one cotangent too few": (
        lambda: LSTM(2, return_state=True).gradients(X, WEIGHTS, [np.ones((2, 2))]),
        r"`cotangents` must hold 3 arrays \(one per returned array\), got 1",
    ),
    "cotangent of another shape": (
        lambda: LSTM(2).gradients(X, WEIGHTS, [np.ones((2, 4, 2))]),
        r"`cotangents\[0\]` must have shape \(2, 2\), got \(2, 4, 2\)",
    ),
    "no layers": (lambda: StackedRNN([]), "`layers` must hold at least one layer"),
    "layers of two precisions": (
        lambda: StackedRNN([LSTM(2), LSTM(2, precision="float32")]),
        "`layers` must all have the same precision",
    ),
    "weights of one layer": (
        lambda: stacked()(X, [WEIGHTS]),
        r"`weights` must hold 2 arrays \(one per layer\), got 1",
    ),
    "both forwards": (
        lambda: Bidirectional(LSTM(2), LSTM(2)),
        "`go_backwards` must differ forwards and backwards",
    ),
    "sequences one way": (
        lambda: Bidirectional(LSTM(2), LSTM(2, go_backwards=True, return_sequences=True)),
        "`return_sequences` must be the same forwards and backwards",
    ),
    "unknown merge mode": (
        lambda: Bidirectional(LSTM(2), LSTM(2, go_backwards=True), "max"),
        "`merge_mode` must be one of",
    ),
    "rank 4": (lambda: ConvLSTM(4, 2, 3), "`rank` must be one of 1, 2, 3, got 4"),
    "kernel of three sizes": (
        lambda: ConvLSTM(2, 2, (3, 3, 3)),
        r"`kernel_size` must hold 2 integers, got \(3, 3, 3\)",
    ),
    "unknown padding": (lambda: conv(padding="causal"), "`padding` must be one of"),
    "strides and dilation": (
        lambda: conv(strides=2, dilation_rate=2),
        "`strides` and `dilation_rate` must not both exceed 1",
    ),
    "image smaller than the kernel": (
        lambda: conv()(np.ones((1, 1, 2, 2, 1)), [np.ones(1)] * 3),
        r"`x` must be at least as large as the kernel reaches, got spatial sizes \(2, 2\)",
    ),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("name", BAD)
def test_bad_argument_is_named(name: str) -> None:
    call, message = BAD[name]
    with pytest.raises(ref.ReferenceInputError, match=message):
        call()


def test_error_is_a_value_error() -> None:
    assert issubclass(ref.ReferenceInputError, ValueError)


def test_unknown_argument_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="unroll"):
        LSTM(2, unroll=True)


def test_good_arguments_are_accepted() -> None:
    """So that the table above refuses for the reason it gives, not for any other."""
    result = stacked()(X, [WEIGHTS, SECOND.weights])
    assert result.output.shape == (2, 2)
    assert LSTM(2).gradients(X, WEIGHTS, [np.ones((2, 2))])["bias"].shape == (8,)
