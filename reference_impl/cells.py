"""The equations of the cells, one step each.

Notation: x_t input (batch, features), h hidden state and c carry (batch, units) of the step
before; W kernel, U recurrent kernel, b bias; sigma recurrent activation, phi activation; @ matrix
product, * elementwise product. The gates lie side by side in the last axis of W, U and b, in
Keras's order. The part of a step that does not depend on the states, x @ W + b, is `project`ed for
all timesteps at once; `step` does the rest.

Every quantity is a `Bounded` array (or a traced one: see `tape`), so that the error bound comes
from the same lines as the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .activations import Activation

Quantity = Any  # a Bounded or a Traced array: both offer the operators that the equations use
States = tuple[Quantity, ...]
Mask = Any  # no dropout mask (None), one for all gates (an array), or a list of one per gate


@dataclass(frozen=True)
class Weights:
    """The weights of a cell and the dropout masks that multiply its inputs and hidden state."""

    kernel: Quantity
    recurrent_kernel: Quantity
    bias: Quantity | None
    dropout_mask: Mask = None
    recurrent_dropout_mask: Mask = None


def dropped(values: Quantity, mask: Mask) -> Quantity:
    """Return `values` under one dropout mask, or as they are."""
    return values if mask is None else values * mask


def gates(values: Quantity, kernel: Quantity, mask: Mask, count: int) -> Quantity:
    """Return `values` @ `kernel`, each of the `count` gates seeing its own dropout mask."""
    if not isinstance(mask, list):
        return dropped(values, mask) @ kernel
    blocks = [dropped(values, m) @ k for m, k in zip(mask, kernel.split(count))]
    return values.concatenate(blocks, -1)


def plus(values: Quantity, bias: Quantity | None) -> Quantity:
    return values if bias is None else values + bias


class Cell:
    """One cell with its weights. `sigma` and `phi` are the two activations."""

    gate_count: int
    state_count: int

    def __init__(self, sigma: Activation, phi: Activation, weights: Weights) -> None:
        self.sigma = sigma
        self.phi = phi
        self.weights = weights

    def project(self, x: Quantity) -> Quantity:
        """Return x @ W + b for x of shape (..., features): shape (..., gates * units)."""
        w = self.weights
        return plus(gates(x, w.kernel, w.dropout_mask, self.gate_count), w.bias)

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        """Return the output and the new states from a projected input and the states."""
        raise NotImplementedError


class SimpleRNNCell(Cell):
    """Elman 1990: h = phi(x @ W + b + h @ U)."""

    gate_count = 1
    state_count = 1

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        (h,) = states
        w = self.weights
        h = self.phi(x + dropped(h, w.recurrent_dropout_mask) @ w.recurrent_kernel)
        return h, (h,)


class LSTMCell(Cell):
    """Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000; gates i f c o."""

    gate_count = 4
    state_count = 2

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        h, c = states
        w = self.weights
        z = x + gates(h, w.recurrent_kernel, w.recurrent_dropout_mask, 4)
        z_i, z_f, z_c, z_o = z.split(4)
        i = self.sigma(z_i)
        f = self.sigma(z_f)
        c = f * c + i * self.phi(z_c)
        o = self.sigma(z_o)
        h = o * self.phi(c)
        return h, (h, c)


class GRUResetAfterCell(Cell):
    """Cho et al. 2014 as cuDNN computes it, the reset after the product; gates z r h.

    Its bias has two rows: one is added to x @ W, the other to h @ U.
    """

    gate_count = 3
    state_count = 1

    def project(self, x: Quantity) -> Quantity:
        w = self.weights
        input_bias = None if w.bias is None else w.bias[0]
        return plus(gates(x, w.kernel, w.dropout_mask, 3), input_bias)

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        (h,) = states
        w = self.weights
        recurrent_bias = None if w.bias is None else w.bias[1]
        y = plus(gates(h, w.recurrent_kernel, w.recurrent_dropout_mask, 3), recurrent_bias)
        x_z, x_r, x_h = x.split(3)
        y_z, y_r, y_h = y.split(3)
        z = self.sigma(x_z + y_z)
        r = self.sigma(x_r + y_r)
        candidate = self.phi(x_h + r * y_h)
        h = z * h + (1.0 - z) * candidate
        return h, (h,)


class GRUResetBeforeCell(Cell):
    """Cho et al. 2014, equations 5 to 8, the reset before the product; gates z r h."""

    gate_count = 3
    state_count = 1

    def __init__(self, sigma: Activation, phi: Activation, weights: Weights) -> None:
        super().__init__(sigma, phi, weights)
        units = weights.recurrent_kernel.shape[0]
        self.U_zr = weights.recurrent_kernel[:, : 2 * units]
        self.U_h = weights.recurrent_kernel[:, 2 * units :]
        mask = weights.recurrent_dropout_mask
        self.mask_zr, self.mask_h = (mask[:2], mask[2]) if isinstance(mask, list) else (mask, mask)

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        (h,) = states
        x_z, x_r, x_h = x.split(3)
        y_z, y_r = gates(h, self.U_zr, self.mask_zr, 2).split(2)
        z = self.sigma(x_z + y_z)
        r = self.sigma(x_r + y_r)
        candidate = self.phi(x_h + (r * dropped(h, self.mask_h)) @ self.U_h)
        h = z * h + (1.0 - z) * candidate
        return h, (h,)
