"""The oracle's side of the cells of the user's own, which `subject/user_cells.py` holds.

h' = x @ kernel + h @ recurrent_kernel                             plain and most others
h' = x @ kernel + h @ recurrent_kernel + trace, trace' = trace / 2 + h'      noinit, pair
s' = x @ kernel + s @ recurrent_kernel, output s' @ readout                      outstate
h' = x @ K + h @ recurrent_kernel + slow, slow' = slow / 2 + h', wide' = wide / 2 + x @ L,
    with [K, L] the kernel                                                         nested
h' = x @ K + h @ recurrent_kernel, wide' = wide / 2 + x @ L                           sizes
h' = x @ kernel + h @ recurrent_kernel + second / 2, first' = h, second' = first      three
2 h' in training, h' otherwise                                                   training
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import reference_impl as ref
from keras_rnn_conformance.cases.composition import START, state_sizes
from reference_impl.bounded import Bounded, exact, weight
from reference_impl.calls import Part


class UserCell:
    """One cell of the user's own with its weights."""

    def __init__(self, kind: str, weights: Sequence[Bounded], training: bool) -> None:
        self.kind = kind
        self.kernel, self.recurrent_kernel, *self.readout = weights
        self.gain = 2.0 if training and kind == "training" else 1.0

    def project(self, x: Bounded) -> Bounded:
        """Return x @ kernel for x (timesteps, batch, features): (1, timesteps, batch, columns)."""
        projected = x @ self.kernel
        return projected.reshape(1, *projected.shape)

    def step(self, x: Bounded, states: tuple[Bounded, ...]) -> tuple[Bounded, tuple[Bounded, ...]]:
        """Return the output and the new states, flat."""
        (x,) = x
        if self.kind in ("noinit", "pair"):
            h, trace = states
            h = x + h @ self.recurrent_kernel + trace
            return h, (h, trace * 0.5 + h)
        if self.kind == "sizes":
            h, wide = states
            units = h.shape[-1]
            h = x[:, :units] + h @ self.recurrent_kernel
            return h, (h, wide * 0.5 + x[:, units:])
        if self.kind == "three":
            h, first, second = states
            return (new := x + h @ self.recurrent_kernel + second * 0.5), (new, h, first)
        if self.kind == "nested":
            return self._nested(x, *states)
        (h,) = states
        h = (x + h @ self.recurrent_kernel) * self.gain
        return (h @ self.readout[0] if self.kind == "outstate" else h), (h,)

    def _nested(
        self, x: Bounded, slow: Bounded, wide: Bounded, h: Bounded
    ) -> tuple[Bounded, tuple[Bounded, ...]]:
        units = h.shape[-1]
        h = x[:, :units] + h @ self.recurrent_kernel + slow
        return h, (slow * 0.5 + h, wide * 0.5 + x[:, units:], h)


class UserLayer(ref.Layer):
    """`keras.layers.RNN` over a cell of the user's own."""

    gate_count = 1

    def __init__(self, units: int, kind: str, training: bool = False, **options: Any) -> None:
        super().__init__(units, **options)
        self.kind = kind
        self.training = training
        self.sizes = state_sizes(kind, units)
        self.state_count = len(self.sizes)

    def cell(self, weights: Any) -> Any:
        return UserCell(self.kind, weights, self.training)

    def checked_part(
        self, inputs_shape: tuple[int, ...], weights: Any, initial_state: Any, *dropout: Any
    ) -> Part:
        terms = inputs_shape[-1] + self.units + 2
        quantities: Any = tuple(weight(array, self.precision, terms) for array in weights)
        start = START if self.kind == "start" else 0.0
        if initial_state is None and self.kind == "learned":
            initial_state = [np.tile(np.asarray(weights[2]), (inputs_shape[0], 1))]
        if initial_state is None:
            initial_state = [np.full((inputs_shape[0], size), start) for size in self.sizes]
        return Part(quantities, tuple(self._quantity(state) for state in initial_state))

    def _quantity(self, state: Any) -> Bounded:
        return state if isinstance(state, Bounded) else exact(np.asarray(state), self.precision)
