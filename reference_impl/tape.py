"""Gradients, with bounds, from the same equations: a reverse-mode tape over bounded arrays.

A `Traced` array offers the operators of `Bounded` and records what it did. `Tape.pull` then runs
the record backwards in bounded arithmetic. What several steps contribute to one quantity, such as
the products of every timestep to a kernel, is collected and summed at once, so that the bound
holds in whatever order an implementation accumulates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .bounded import Activation, Bounded, Precision, Window, exact

Pull = Callable[[Bounded], None]


class Tape:
    """The record of one computation."""

    def __init__(self) -> None:
        self.record: list[Traced] = []

    def trace(self, data: Bounded, pull: Pull | None = None) -> Traced:
        """Return `data` as a traced array; `pull` hands its cotangent on to its operands."""
        traced = Traced(self, data, pull)
        self.record.append(traced)
        return traced

    def pull(self, outputs: Sequence[Traced], cotangents: Sequence[Bounded]) -> None:
        """Run the record backwards from the cotangents of `outputs`."""
        for output, cotangent in zip(outputs, cotangents, strict=True):
            output.give(cotangent)
        for traced in reversed(self.record):
            if traced.pull is not None and traced.received:
                traced.pull(traced.cotangent())


class Traced:
    """A bounded array whose cotangent can be asked for. See `Bounded` for the operators."""

    __array_ufunc__ = None

    def __init__(self, tape: Tape, data: Bounded, pull: Pull | None) -> None:
        self.tape = tape
        self.data = data
        self.pull = pull
        self._whole: list[Bounded] = []
        self._pieces: list[tuple[Any, Bounded]] = []
        self._spread: dict[tuple[int, ...], list[Bounded]] = defaultdict(list)
        self._products: list[tuple[Bounded, Bounded]] = []

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def precision(self) -> Precision:
        return self.data.precision

    # Contributions to the cotangent

    @property
    def received(self) -> bool:
        """Whether anything depends on this array."""
        return bool(self._whole or self._pieces or self._spread or self._products)

    def give(self, cotangent: Bounded) -> None:
        """Add a contribution of this array's shape, or of one that it was broadcast to."""
        axes = _broadcast_axes(self.shape, cotangent.shape)
        if axes:
            self._spread[axes].append(cotangent)
        else:
            self._whole.append(cotangent)

    def cotangent(self) -> Bounded:
        """Return the sum of all contributions."""
        parts = list(self._whole)
        parts += [self._summed(axes, spread) for axes, spread in self._spread.items()]
        parts += self._assembled()
        if self._products:
            lefts = Bounded.concatenate([left for left, _ in self._products], -1)
            rights = Bounded.concatenate([right for _, right in self._products], -2)
            parts.append(lefts @ rights)
        if not parts:
            return exact(np.zeros(self.shape), self.data.precision)
        return parts[0] if len(parts) == 1 else Bounded.stack(parts, 0).sum((0,))

    def _summed(self, axes: tuple[int, ...], spread: list[Bounded]) -> Bounded:
        shifted = tuple(axis + 1 for axis in axes)
        return Bounded.stack(spread, 0).sum((0, *shifted)).reshape(*self.shape)

    def _assembled(self) -> list[Bounded]:
        """Return the pieces put in their places: one array, or more where pieces overlap."""
        arrays: list[Bounded] = []
        taken: list[npt.NDArray[np.bool_]] = []
        for index, piece in self._pieces:
            if not arrays or taken[-1][index].any():
                zeros = np.zeros(self.shape)
                arrays.append(Bounded(zeros, zeros.copy(), self.data.precision))
                taken.append(np.zeros(self.shape, bool))
            arrays[-1].value[index] = piece.value
            arrays[-1].error[index] = piece.error
            taken[-1][index] = True
        return arrays

    # Operators

    def _then(self, data: Bounded, pull: Pull) -> Traced:
        return self.tape.trace(data, pull)

    def __add__(self, other: Any) -> Traced:
        def pull(g: Bounded) -> None:
            _give(self, g)
            _give(other, g)

        return self._then(self.data + _data(other), pull)

    __radd__ = __add__

    def __rsub__(self, other: Any) -> Traced:
        return self._then(_data(other) - self.data, lambda g: self.give(-g))

    def __mul__(self, other: Any) -> Traced:
        def pull(g: Bounded) -> None:
            _give(self, g * _data(other))
            if isinstance(other, Traced):
                other.give(g * self.data)

        return self._then(self.data * _data(other), pull)

    __rmul__ = __mul__

    def __matmul__(self, other: Traced) -> Traced:
        """Multiply (rows, n) or (gates, rows, n) by (n, m) or (gates, n, m)."""

        def pull(g: Bounded) -> None:
            self.give(_times_transposed(g, other.data, self.shape))
            other._products.append((_transposed(self.data), g))

        return self._then(self.data @ other.data, pull)

    def convolve(self, kernel: Traced, window: Window) -> Traced:
        """See `Bounded.convolve`; the cotangent is gathered back through the same taps."""

        def pull(g: Bounded) -> None:
            self.give(_convolved_back(g, kernel.data, window, self.shape))
            patches = self.data.gather(window.places)
            *lead, batch, count, size = patches.shape
            rows = patches.reshape(*lead, batch * count, size)
            g_rows = g.reshape(g.shape[0], batch * count, g.shape[-1])
            kernel._products.append((_transposed(rows), g_rows))

        return self._then(self.data.convolve(kernel.data, window), pull)

    def apply(self, activation: Activation) -> Traced:
        return self._then(
            activation.evaluate(self.data),
            lambda g: self.give(activation.pull_back(self.data, g)),
        )

    def __iter__(self) -> Iterator[Traced]:
        return (self[k] for k in range(self.shape[0]))

    def __getitem__(self, index: Any) -> Traced:
        return self._then(self.data[index], lambda g: self._pieces.append((index, g)))

    def reshape(self, *shape: int) -> Traced:
        return self._then(
            self.data.reshape(*shape), lambda g: self._whole.append(g.reshape(*self.shape))
        )

    def transpose(self, *axes: int) -> Traced:
        back = tuple(int(axis) for axis in np.argsort(axes))
        return self._then(
            self.data.transpose(*axes), lambda g: self._whole.append(g.transpose(*back))
        )

    def where(self, condition: npt.NDArray[np.bool_], other: Any) -> Traced:
        def pull(g: Bounded) -> None:
            zero = exact(np.zeros(g.shape), g.precision)
            self.give(g.where(condition, zero))
            _give(other, zero.where(condition, g))

        return self._then(self.data.where(condition, _data(other)), pull)

    @staticmethod
    def concatenate(parts: Sequence[Traced], axis: int) -> Traced:
        data = Bounded.concatenate([part.data for part in parts], axis)
        ends = np.cumsum([part.shape[axis] for part in parts])
        axis %= len(data.shape)

        def pull(g: Bounded) -> None:
            for part, end in zip(parts, ends, strict=True):
                taken = slice(end - part.shape[axis], end)
                part.give(g[(slice(None),) * axis + (taken,)])

        return parts[0]._then(data, pull)

    @staticmethod
    def stack(parts: Sequence[Traced], axis: int) -> Traced:
        data = Bounded.stack([part.data for part in parts], axis)

        def pull(g: Bounded) -> None:
            for k, part in enumerate(parts):
                part.give(g[(slice(None),) * axis + (k,)])

        return parts[0]._then(data, pull)


def _data(value: Any) -> Any:
    return value.data if isinstance(value, Traced) else value


def _give(value: Any, cotangent: Bounded) -> None:
    if isinstance(value, Traced):
        value.give(cotangent)


def _broadcast_axes(shape: tuple[int, ...], wide: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes of `wide` along which an array of `shape` was repeated."""
    new = len(wide) - len(shape)
    return tuple(range(new)) + tuple(
        new + axis for axis, size in enumerate(shape) if size == 1 and wide[new + axis] != 1
    )


def _transposed(array: Bounded) -> Bounded:
    axes = list(range(len(array.shape)))
    return array.transpose(*axes[:-2], axes[-1], axes[-2])


def _times_transposed(g: Bounded, right: Bounded, shape: tuple[int, ...]) -> Bounded:
    """Return g @ right^T, summed over the gates where the left operand was shared by them."""
    if len(right.shape) == 2 or (len(shape) == 3 and shape[0] == g.shape[0]):
        return g @ _transposed(right)
    gates, rows, columns = g.shape
    side_by_side = g.transpose(1, 0, 2).reshape(rows, gates * columns)
    kernels = right.transpose(0, 2, 1).reshape(gates * columns, right.shape[1])
    return (side_by_side @ kernels).reshape(*shape)


def _convolved_back(g: Bounded, kernel: Bounded, window: Window, shape: tuple[int, ...]) -> Bounded:
    """Return the cotangent, of the given shape, of what `kernel` was convolved with."""
    gates, batch, count, filters = g.shape
    taps = window.places.shape[1]
    shared = len(shape) == 3 or shape[0] != gates
    weights = kernel.reshape(gates, taps, shape[-1], filters)
    if shared:  # every gate saw the same input: one sum over taps, gates and filters
        g = g.transpose(1, 2, 0, 3).reshape(1, batch, count, gates * filters)
        weights = weights.transpose(1, 0, 3, 2).reshape(1, -1, shape[-1])
    else:
        weights = weights.transpose(0, 1, 3, 2).reshape(gates, -1, shape[-1])
    patches = g.gather(window.returns)
    rows = patches.reshape(patches.shape[0], -1, patches.shape[-1]) @ weights
    return rows.reshape(*shape)
