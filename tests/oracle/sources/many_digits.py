"""The recurrent layers at 50 digits, one scalar at a time, written from Keras's documentation.

Shares no line and no idea with `reference_impl`: no arrays, no stacked gates, no hoisted products.
Every function takes and returns nested lists of mpmath numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt

Number = Any
Row = list[Number]
Activation = Callable[[Row], Row]

mpmath.mp.dps = 50
mpf = mpmath.mpf
ONE, HALF = mpf(1), mpf(1) / 2


def sigmoid(x: Number) -> Number:
    return ONE / (ONE + mpmath.exp(-x))


def softplus(x: Number) -> Number:
    return mpmath.log1p(mpmath.exp(x))


def clip(x: Number, low: int, high: int) -> Number:
    return max(mpf(low), min(mpf(high), x))


def hard_sigmoid(x: Number) -> Number:
    return clip(x + 3, 0, 6) / 6


def hard_sigmoid_2(x: Number) -> Number:
    return clip(mpf(2) / 10 * x + HALF, 0, 1)


def elu(x: Number) -> Number:
    return x if x > 0 else mpmath.expm1(x)


def selu(x: Number) -> Number:
    alpha, scale = (
        mpf("1.6732632423543772848170429916717"),
        mpf("1.0507009873554804934193349852946"),
    )
    return scale * (x if x > 0 else alpha * mpmath.expm1(x))


def soft_shrink(x: Number) -> Number:
    return x - HALF if x > HALF else x + HALF if x < -HALF else mpf(0)


def sparse_plus(x: Number) -> Number:
    return mpf(0) if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4


def softmax(row: Row) -> Row:
    powers = [mpmath.exp(x) for x in row]
    return [p / mpmath.fsum(powers) for p in powers]


def log_softmax(row: Row) -> Row:
    return [mpmath.log(p) for p in softmax(row)]


def sparsemax(row: Row) -> Row:
    """Try every size of support; the threshold of the right one keeps just that many elements."""
    for size in range(len(row), 0, -1):
        kept = sorted(row, reverse=True)[:size]
        threshold = (mpmath.fsum(kept) - 1) / size
        if kept[-1] > threshold:
            return [max(mpf(0), x - threshold) for x in row]
    raise AssertionError("the largest element alone is always a support")


SCALAR: dict[str, Callable[[Number], Number]] = {
    "celu": elu,
    "elu": elu,
    "exponential": mpmath.exp,
    "gelu": lambda x: x * (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2,
    "hard_shrink": lambda x: x if abs(x) > HALF else mpf(0),
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": lambda x: x * hard_sigmoid(x),
    "hard_swish": lambda x: x * hard_sigmoid(x),
    "hard_tanh": lambda x: clip(x, -1, 1),
    "leaky_relu": lambda x: x if x > 0 else x * mpf(2) / 10,
    "linear": lambda x: x,
    "log_sigmoid": lambda x: -softplus(-x),
    "mish": lambda x: x * mpmath.tanh(softplus(x)),
    "relu": lambda x: max(mpf(0), x),
    "relu6": lambda x: clip(x, 0, 6),
    "selu": selu,
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "soft_shrink": soft_shrink,
    "softplus": softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": lambda x: clip((x + 1) / 2, 0, 1),
    "squareplus": lambda x: (x + mpmath.sqrt(x * x + 4)) / 2,
    "swish": lambda x: x * sigmoid(x),
    "tanh": mpmath.tanh,
    "tanh_shrink": lambda x: x - mpmath.tanh(x),
}
ROWWISE: dict[str, Activation] = {
    "log_softmax": log_softmax,
    "softmax": softmax,
    "sparsemax": sparsemax,
}


def activation(name: str) -> Activation:
    """Return the activation as a function of one row."""
    if name in ROWWISE:
        return ROWWISE[name]
    scalar = {**SCALAR, "hard_sigmoid_2": hard_sigmoid_2}[name]
    return lambda row: [scalar(x) for x in row]


@dataclass
class Peak:
    """The largest magnitude of anything that a computation met."""

    value: float = 0.0

    def see(self, row: Row) -> Row:
        self.value = max([self.value, *(float(abs(x)) for x in row)])
        return row


@dataclass
class Layer:
    """One sample through one layer.

    Attributes:
        kind: "SimpleRNN", "LSTM", "GRU" (reset after) or "GRU before".
        kernel, recurrent_kernel, bias: lists of rows, in Keras's layout.
        phi, sigma: the two activations.
        drop, recurrent_drop: for each gate, what multiplies the input and the hidden state.
    """

    kind: str
    kernel: list[Row]
    recurrent_kernel: list[Row]
    bias: list[Row]
    phi: Activation
    sigma: Activation
    drop: list[Row] | None = None
    recurrent_drop: list[Row] | None = None

    def __post_init__(self) -> None:
        self.units = len(self.recurrent_kernel)
        self.peak = Peak()

    def product(self, values: Row, matrix: list[Row], gate: int, masks: Any) -> Row:
        if masks is not None:
            values = [v * m for v, m in zip(values, masks[gate], strict=True)]
        columns = range(gate * self.units, (gate + 1) * self.units)
        return self.peak.see(
            [mpmath.fdot(values, [row[column] for row in matrix]) for column in columns]
        )

    def bias_of(self, gate: int, row: int) -> Row:
        if row >= len(self.bias):
            return [mpf(0)] * self.units
        return self.bias[row][gate * self.units : (gate + 1) * self.units]

    def input_part(self, x: Row, gate: int) -> Row:
        return plus(self.product(x, self.kernel, gate, self.drop), self.bias_of(gate, 0))

    def state_part(self, h: Row, gate: int) -> Row:
        product = self.product(h, self.recurrent_kernel, gate, self.recurrent_drop)
        return plus(product, self.bias_of(gate, 1))

    def gate(self, x: Row, h: Row, gate: int, f: Activation) -> Row:
        return f(self.peak.see(plus(self.input_part(x, gate), self.state_part(h, gate))))

    def step(self, x: Row, states: list[Row]) -> list[Row]:
        """Return the new states; the first is the output."""
        cells: dict[str, Callable[..., list[Row]]] = {
            "SimpleRNN": self.simple,
            "LSTM": self.lstm,
            "GRU": self.gru_after,
            "GRU before": self.gru_before,
        }
        new = cells[self.kind](x, *states)
        for state in new:
            self.peak.see(state)
        return new

    def simple(self, x: Row, h: Row) -> list[Row]:
        return [self.gate(x, h, 0, self.phi)]

    def lstm(self, x: Row, h: Row, c: Row) -> list[Row]:
        i = self.gate(x, h, 0, self.sigma)
        f = self.gate(x, h, 1, self.sigma)
        g = self.gate(x, h, 2, self.phi)
        o = self.gate(x, h, 3, self.sigma)
        carry = plus(times(f, c), times(i, g))
        return [times(o, self.phi(carry)), carry]

    def gru_after(self, x: Row, h: Row) -> list[Row]:
        z = self.gate(x, h, 0, self.sigma)
        r = self.gate(x, h, 1, self.sigma)
        candidate = self.phi(plus(self.input_part(x, 2), times(r, self.state_part(h, 2))))
        return [mixed(z, h, candidate)]

    def gru_before(self, x: Row, h: Row) -> list[Row]:
        z = self.gate(x, h, 0, self.sigma)
        r = self.gate(x, h, 1, self.sigma)
        candidate = self.phi(plus(self.input_part(x, 2), self.state_part(times(r, h), 2)))
        return [mixed(z, h, candidate)]

    def run(
        self,
        steps: Sequence[Row],
        states: list[Row],
        mask: Sequence[bool] | None = None,
        zero_masked: bool = False,
    ) -> tuple[list[Row], list[Row]]:
        """Return the output of every step and the last states."""
        zeros = [mpf(0)] * self.units
        output, outputs = zeros, []
        for t, x in enumerate(steps):
            if mask is None or mask[t]:
                states = self.step(x, states)
                output = states[0]
            elif zero_masked:
                output = zeros
            outputs.append(output)
        return outputs, states


def plus(a: Row, b: Row) -> Row:
    return [p + q for p, q in zip(a, b, strict=True)]


def times(a: Row, b: Row) -> Row:
    return [p * q for p, q in zip(a, b, strict=True)]


def mixed(z: Row, h: Row, candidate: Row) -> Row:
    return [p * a + (1 - p) * b for p, a, b in zip(z, h, candidate, strict=True)]


def numbers(array: npt.NDArray[np.float64]) -> Any:
    """Return a float64 array as nested lists of numbers, without rounding."""
    if array.ndim == 0:
        return mpf(float(array))
    return [numbers(part) for part in array]


def distance(got: npt.NDArray[np.float64], want: Any) -> float:
    """Return the largest |got - want|, `want` nested lists of numbers of the same shape."""
    if got.ndim == 0:
        return float(abs(mpf(float(got)) - want))
    return max((distance(g, w) for g, w in zip(got, want, strict=True)), default=0.0)
