"""One step of each cell, worked on paper.

With a = ln 2 and b = ln 3: tanh(a) = (2 - 1/2) / (2 + 1/2) = 3/5, tanh(b) = (3 - 1/3) / (3 + 1/3)
= 4/5; sigmoid(b) = 3/4, sigmoid(-b) = 1/4, sigmoid(a) = 2/3, sigmoid(0) = 1/2. So weights and
inputs that make the gates' arguments 0, +-a or +-b give fractions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from tests.oracle.conftest import Record

A, B = np.log(2.0), np.log(3.0)
SOURCE = "by hand"


def check(record: Record, got: ref.Bounded, want: Any) -> None:
    """Compare with fractions; a few roundings of numbers of size one are all that is allowed."""
    error = np.abs(got.value - np.asarray(want, float)).max()
    assert record.note(SOURCE, float(error), 1.0) <= 4


def test_simple_rnn(record: Record) -> None:
    """x = 1, h = 2, W = a, U = b/2, bias = -b: argument a + b - b = a, so h' = tanh(a) = 3/5."""
    output, (h,) = ref.SimpleRNN(1).step([[1.0]], [[[2.0]]], [[[A]], [[B / 2]], [-B]])
    check(record, output, [[3 / 5]])
    check(record, h, [[3 / 5]])


def test_simple_rnn_multiplies_a_row_by_columns(record: Record) -> None:
    """x = (1, 2), W = ((a, b), (0, -b)): arguments a and b - 2b = -b, so h' = (3/5, -4/5)."""
    weights = [[[A, B], [0, -B]], np.zeros((2, 2)), [0, 0]]
    output, _ = ref.SimpleRNN(2).step([[1.0, 2.0]], [[[0, 0]]], weights)
    check(record, output, [[3 / 5, -4 / 5]])


def test_recurrent_kernel_multiplies_a_row_by_columns(record: Record) -> None:
    """h = (1, 2), U = ((a, b), (0, -b)), no input: as above, h' = (3/5, -4/5)."""
    weights = [[[0.0, 0.0]], [[A, B], [0, -B]], [0, 0]]
    output, _ = ref.SimpleRNN(2).step([[5.0]], [[[1.0, 2.0]]], weights)
    check(record, output, [[3 / 5, -4 / 5]])


def test_lstm(record: Record) -> None:
    """One unit, x = 1, h = 1, gates i f c o.

    W = (b, 0, 0, a), U = (0, -b, a, 0), bias = 0:
    i = sigmoid(b) = 3/4, f = sigmoid(-b) = 1/4, g = tanh(a) = 3/5, o = sigmoid(a) = 2/3.
    c' = f c + i g = c/4 + 9/20. With c = 4 (b - 9/20), c' = b.
    h' = o tanh(c') = 2/3 * 4/5 = 8/15.
    """
    weights = [[[B, 0, 0, A]], [[0, -B, A, 0]], np.zeros(4)]
    output, (h, c) = ref.LSTM(1).step([[1.0]], [[[1.0]], [[4 * (B - 9 / 20)]]], weights)
    check(record, output, [[8 / 15]])
    check(record, h, [[8 / 15]])
    check(record, c, [[B]])


def test_lstm_bias_of_each_gate(record: Record) -> None:
    """x = h = 0 and c = 2: bias (b, -b, a, 0) gives i = 3/4, f = 1/4, g = 3/5, o = 1/2.

    c' = 2/4 + 3/4 * 3/5 = 19/20; h' = tanh(19/20) / 2.
    """
    weights = [np.ones((1, 4)), np.ones((1, 4)), [B, -B, A, 0]]
    _, (h, c) = ref.LSTM(1).step([[0.0]], [[[0.0]], [[2.0]]], weights)
    check(record, c, [[19 / 20]])
    check(record, h, [[np.tanh(19 / 20) / 2]])


GRU_KERNEL, GRU_RECURRENT = [[B, -B, 0.0]], [[0.0, 0.0, 4 * A]]


def test_gru_reset_after(record: Record) -> None:
    """One unit, x = 1, h = 1, gates z r h: z = sigmoid(b) = 3/4, r = sigmoid(-b) = 1/4.

    Input bias (0, 0, -a), recurrent bias (0, 0, 4a): the candidate's argument is
    -a + r (4a h + 4a) = -a + 8a/4 = a, so the candidate is 3/5.
    h' = z h + (1 - z) 3/5 = 3/4 + 3/20 = 9/10.
    """
    weights = [GRU_KERNEL, GRU_RECURRENT, [[0, 0, -A], [0, 0, 4 * A]]]
    output, _ = ref.GRU(1, reset_after=True).step([[1.0]], [[[1.0]]], weights)
    check(record, output, [[9 / 10]])


def test_gru_reset_before(record: Record) -> None:
    """As above with one bias (0, 0, -2a): argument -2a + (r h) 4a = -a, candidate -3/5.

    h' = 3/4 - 3/20 = 3/5.
    """
    weights = [GRU_KERNEL, GRU_RECURRENT, [0, 0, -2 * A]]
    output, _ = ref.GRU(1, reset_after=False).step([[1.0]], [[[1.0]]], weights)
    check(record, output, [[3 / 5]])


def test_gru_reset_mixes_units_before_and_after(record: Record) -> None:
    """Two units, h = (1, 1), r = (3/4, 1/4), U_h = ((0, 4a), (4a, 0)), z = 1/2, no bias.

    After: arguments r * (h U_h) = (3/4, 1/4) * (4a, 4a) = (3a, a).
    Before: (r * h) U_h = (4a/4, 4a * 3/4) = (a, 3a).
    tanh(3a) = (8 - 1/8) / (8 + 1/8) = 63/65. h' = 1/2 + candidate / 2.
    """
    zero = np.zeros((2, 2))
    recurrent = np.concatenate([zero, np.diag([B, -B]), [[0, 4 * A], [4 * A, 0]]], 1)
    start = [np.ones((1, 2))]
    after, _ = ref.GRU(2, use_bias=False).step([[1.0]], start, [np.zeros((1, 6)), recurrent])
    check(record, after, [[1 / 2 + 63 / 130, 4 / 5]])
    layer = ref.GRU(2, use_bias=False, reset_after=False)
    before, _ = layer.step([[1.0]], start, [np.zeros((1, 6)), recurrent])
    check(record, before, [[4 / 5, 1 / 2 + 63 / 130]])


def test_hard_sigmoid_of_each_generation(record: Record) -> None:
    """hard_sigmoid(1) is 0.2 + 0.5 = 7/10 in Keras 1 and 2, and 4/6 = 2/3 in Keras 3."""
    for generation, want in (("keras2.0", 7 / 10), ("tfkeras2", 7 / 10), ("keras3", 2 / 3)):
        layer = ref.SimpleRNN(1, activation="hard_sigmoid", generation=generation)
        output, _ = layer.step([[1.0]], [[[0.0]]], [[[1.0]], [[0.0]], [0.0]])
        check(record, output, [[want]])


def test_masked_step_keeps_states_and_repeats_the_output(record: Record) -> None:
    """h' = h + x (linear, W = U = 1), mask 0 1 0 1, x = 1 2 4 8: outputs 0 2 2 10."""
    layer = ref.SimpleRNN(1, activation=None, return_sequences=True)
    x, mask = np.reshape([1.0, 2, 4, 8], (1, 4, 1)), np.array([[False, True, False, True]])
    result = layer(x, [[[1.0]], [[1.0]], [0.0]], mask=mask)
    check(record, result.sequence, np.reshape([0, 2, 2, 10], (1, 4, 1)))


def test_masked_step_with_zero_output(record: Record) -> None:
    """The same with zero_output_for_mask: outputs 0 2 0 10; the state is still kept."""
    layer = ref.SimpleRNN(1, activation=None, return_sequences=True, zero_output_for_mask=True)
    x, mask = np.reshape([1.0, 2, 4, 8], (1, 4, 1)), np.array([[False, True, False, True]])
    result = layer(x, [[[1.0]], [[1.0]], [0.0]], mask=mask)
    check(record, result.sequence, np.reshape([0, 2, 0, 10], (1, 4, 1)))


def test_go_backwards_returns_the_order_of_processing(record: Record) -> None:
    """h' = 2h + x over x = 1 2 4 taken as 4 2 1: 4, 10, 21."""
    layer = ref.SimpleRNN(1, activation=None, return_sequences=True, go_backwards=True)
    x = np.reshape([1.0, 2, 4], (1, 3, 1))
    result = layer(x, [[[1.0]], [[2.0]], [0.0]])
    check(record, result.sequence, np.reshape([4, 10, 21], (1, 3, 1)))
    check(record, result.output, [[21]])


def test_gradient_of_a_linear_rnn(record: Record) -> None:
    """h2 = x2 W + (x1 W + h0 U) U with W = 3, U = 2, x = (5, 7), h0 = 11, cotangent 1.

    dx = (W U, W) = (6, 3); dh0 = U^2 = 4; dW = x2 + x1 U = 17; dU = h1 + h0 U where
    h1 = 15 + 22 = 37: 59; db = 1 + U = 3.
    """
    layer = ref.SimpleRNN(1, activation=None)
    x = np.reshape([5.0, 7.0], (1, 2, 1))
    weights = [[[3.0]], [[2.0]], [0.0]]
    gradients = layer.gradients(x, weights, [[[1.0]]], initial_state=[[[11.0]]])
    check(record, gradients["inputs"], [[[6], [3]]])
    check(record, gradients["kernel"], [[17]])
    check(record, gradients["recurrent_kernel"], [[59]])
    check(record, gradients["bias"], [3])
    check(record, gradients["initial_state/0"], [[4]])


def test_activation_of_your_own(record: Record) -> None:
    """f(z) = z^2 / 2 on |z| <= 4: x = 3, W = 1, bias = -1 gives 2; the slope there is 2."""
    square = ref.custom(lambda z: z * z / 2, lambda z: z, lipschitz=4.0, curvature=1.0)
    layer, weights = ref.SimpleRNN(1, activation=square), [[[1.0]], [[0.0]], [-1.0]]
    check(record, layer([[[3.0]]], weights).output, [[2]])
    check(record, layer.gradients([[[3.0]]], weights, [[[1.0]]])["inputs"], [[[2]]])


@pytest.mark.parametrize("forget", [False, True])
def test_bias_after_build(forget: bool) -> None:
    """unit_forget_bias puts ones into the second of four blocks, the constant into the others."""
    bias = ref.LSTM(2, unit_forget_bias=forget).initial_weights_bias(0.25)
    middle = [1.0, 1.0] if forget else [0.25, 0.25]
    assert bias.tolist() == [0.25, 0.25, *middle, 0.25, 0.25, 0.25, 0.25]


def test_bias_shapes_after_build() -> None:
    assert ref.GRU(2, reset_after=True).initial_weights_bias().shape == (2, 6)
    assert ref.GRU(2, reset_after=False).initial_weights_bias().shape == (6,)
    assert ref.SimpleRNN(2).initial_weights_bias().shape == (2,)
