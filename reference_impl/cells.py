"""The equations of the cells, one step each.

Notation: x input, h hidden state and c carry of the step before; W kernel, U recurrent kernel,
b bias; sigma recurrent activation, phi activation; @ matrix product, * elementwise product.
What Keras lays side by side in the last axis of a weight, one block a gate, is stacked here along a
first axis: W (gates, features, units), U (gates, units, units), b (gates, 1, units). So `h @ U` is
one product per gate, and each gate's dropout mask finds its own.

The part of a step that does not depend on the states, x @ W + b, is projected for all timesteps at
once; `step` does the rest. Every quantity is a `Bounded` array (or a traced one: see `tape`), so
that the error bound comes from the same lines as the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .bounded import Activation
from .errors import Array

Quantity = Any  # a Bounded or a Traced array: both offer the operators that the equations use
States = tuple[Quantity, ...]


@dataclass(frozen=True)
class Weights:
    """The weights of a cell in Keras's layout, and the dropout masks.

    A dropout mask has shape (1, ...) or (gates, ...), the rest as what it multiplies.
    """

    kernel: Quantity
    recurrent_kernel: Quantity
    bias: Quantity | None
    dropout_mask: Array | None = None
    recurrent_dropout_mask: Array | None = None


def dropped(values: Quantity, mask: Array | None) -> Quantity:
    """Return `values` under the dropout mask, if there is one."""
    return values if mask is None else values * mask


class Cell:
    """One cell with its weights.

    Attributes:
        gate_order: the gates of this cell's stacks, as positions in Keras's order.
        state_count: the number of states.
    """

    gate_order: tuple[int, ...]
    state_count: int

    def __init__(self, sigma: Activation, phi: Activation, weights: Weights) -> None:
        self.sigma = sigma
        self.phi = phi
        self.W = self.stacked(weights.kernel)
        self.U = self.stacked(weights.recurrent_kernel)
        self.b, self.recurrent_bias = self.biases(weights.bias)
        self.dropout_mask = self._ordered(weights.dropout_mask)
        self.recurrent_dropout_mask = self._ordered(weights.recurrent_dropout_mask)

    def stacked(self, kernel: Quantity) -> Quantity:
        """Return (rows, gates * units) as (gates, rows, units) in this cell's order."""
        rows, wide = kernel.shape
        count = len(self.gate_order)
        return kernel.reshape(rows, count, wide // count).transpose(1, 0, 2)[list(self.gate_order)]

    def biases(self, bias: Quantity | None) -> tuple[Quantity | None, Quantity | None]:
        """Return the biases of x @ W and of h @ U."""
        return (None, None) if bias is None else (self.stacked(bias.reshape(1, -1)), None)

    def _ordered(self, mask: Array | None) -> Array | None:
        return mask if mask is None or len(mask) == 1 else mask[list(self.gate_order)]

    def project(self, x: Quantity) -> Quantity:
        """Return x @ W + b for x (timesteps, batch, features): (gates, timesteps, batch, units)."""
        steps, batch, features = x.shape
        if self.dropout_mask is not None:
            x = x * self.dropout_mask[:, None]
        x = x.reshape(-1, steps * batch, features) @ self.W
        x = x if self.b is None else x + self.b
        return x.reshape(-1, steps, batch, x.shape[-1])

    def recurrent(self, h: Quantity) -> Quantity:
        """Return h @ U and its bias for h (batch, units): (gates, batch, units)."""
        y = dropped(h, self.recurrent_dropout_mask) @ self.U
        return y if self.recurrent_bias is None else y + self.recurrent_bias

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        """Return the output and the new states from a projected input and the states."""
        raise NotImplementedError


class SimpleRNNCell(Cell):
    """Elman 1990: h = phi(x @ W + b + h @ U)."""

    gate_order = (0,)
    state_count = 1

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        (h,) = states
        (z,) = x + self.recurrent(h)
        h = self.phi(z)
        return h, (h,)


class LSTMCell(Cell):
    """Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000.

    Keras's order is i f c o; here the three gates that sigma acts on come first: i f o c.
    """

    gate_order = (0, 1, 3, 2)
    state_count = 2

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        h, c = states
        z = x + self.recurrent(h)
        i, f, o = self.sigma(z[:3])
        c = f * c + i * self.phi(z[3])
        h = o * self.phi(c)
        return h, (h, c)


class GRUResetAfterCell(Cell):
    """Cho et al. 2014 as cuDNN computes it, the reset after the product. Order: z r h.

    Its bias has two rows: one is added to x @ W, the other to h @ U.
    """

    gate_order = (0, 1, 2)
    state_count = 1

    def biases(self, bias: Quantity | None) -> tuple[Quantity | None, Quantity | None]:
        return (None, None) if bias is None else (self.stacked(bias[:1]), self.stacked(bias[1:]))

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        (h,) = states
        y = self.recurrent(h)
        z, r = self.sigma(x[:2] + y[:2])
        candidate = self.phi(x[2] + r * y[2])
        h = z * h + (1.0 - z) * candidate
        return h, (h,)


class GRUResetBeforeCell(Cell):
    """Cho et al. 2014, equations 5 to 8, the reset before the product. Order: z r h."""

    gate_order = (0, 1, 2)
    state_count = 1

    def __init__(self, sigma: Activation, phi: Activation, weights: Weights) -> None:
        super().__init__(sigma, phi, weights)
        self.U_zr, self.U_h = self.U[:2], self.U[2]
        mask = self.recurrent_dropout_mask
        self.mask_zr = None if mask is None else mask[:2]
        self.mask_h = None if mask is None else mask[-1]

    def step(self, x: Quantity, states: States) -> tuple[Quantity, States]:
        (h,) = states
        z, r = self.sigma(x[:2] + dropped(h, self.mask_zr) @ self.U_zr)
        candidate = self.phi(x[2] + (r * dropped(h, self.mask_h)) @ self.U_h)
        h = z * h + (1.0 - z) * candidate
        return h, (h,)
