"""Activations that mix the elements of a row (the last axis)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .bounded import Bounded
from .errors import Array


class Rowwise:
    """What the three have in common: a shift of the row changes them little or not at all."""

    name: str

    def value(self, x: Array) -> Array:
        raise NotImplementedError

    def __call__(self, x: Any) -> Any:
        return x.apply(self)


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(-1, keepdims=True))
    shares: Array = powers / powers.sum(-1, keepdims=True)
    return shares


def _full(x: Bounded) -> Array:
    return np.broadcast_to(x.error, x.shape)


def _weighted(x: Bounded, shares: Array) -> Array:
    """Return what errors of the row do to the logarithm of its sum of powers.

    The shares change by at most exp(2 max error) over the interval.
    """
    drift = np.exp(2.0 * _full(x).max(-1, keepdims=True))
    weighted: Array = drift * (shares * _full(x)).sum(-1, keepdims=True)
    return weighted


@dataclass(frozen=True)
class Softmax(Rowwise):
    """exp(x) over the sum of exp(x) along the row."""

    name: str = "softmax"

    def value(self, x: Array) -> Array:
        return _softmax(np.asarray(x, np.float64))

    def evaluate(self, x: Bounded) -> Bounded:
        y = _softmax(x.value)
        depth = np.abs(x.value - x.value.max(-1, keepdims=True))
        carried = np.expm1(_full(x) + _weighted(x, y))
        # each power errs by 4 u and by the rounding of its argument, then a sum and a division
        own = 10.0 + x.shape[-1] + depth + (y * depth).sum(-1, keepdims=True)
        error = y * (carried + own * x.precision.u) + x.precision.tiny
        return Bounded(y, np.fmin(error, 1.0), x.precision, ceiling=1.0)

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        y = self.evaluate(x)
        inner = cotangent * y
        return inner - y * _row_sum(inner)


@dataclass(frozen=True)
class LogSoftmax(Rowwise):
    """The logarithm of the softmax."""

    name: str = "log_softmax"

    def value(self, x: Array) -> Array:
        shifted = np.asarray(x, np.float64) - np.max(x, axis=-1, keepdims=True)
        result: Array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
        return result

    def evaluate(self, x: Bounded) -> Bounded:
        value = self.value(x.value)
        shares = np.exp(value)
        depth = np.abs(x.value - x.value.max(-1, keepdims=True))
        own = 10.0 + x.shape[-1] + 2.0 * depth + 2.0 * np.abs(value)
        error = _full(x) + _weighted(x, shares) + own * x.precision.u
        return Bounded(value, error, x.precision)

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        return cotangent - Softmax().evaluate(x) * _row_sum(cotangent)


@dataclass(frozen=True)
class Sparsemax(Rowwise):
    """The projection of the row onto the simplex (Martins and Astudillo 2016, algorithm 1)."""

    name: str = "sparsemax"

    def value(self, x: Array) -> Array:
        x = np.asarray(x, np.float64)
        return np.maximum(x - self._threshold(x), 0.0)

    def _threshold(self, x: Array) -> Array:
        descending = -np.sort(-x, axis=-1)
        excess = np.cumsum(descending, axis=-1) - 1.0
        counts = np.arange(1, x.shape[-1] + 1)
        size = (descending * counts > excess).sum(-1, keepdims=True)
        threshold: Array = np.take_along_axis(excess, size - 1, -1) / size
        return threshold

    def evaluate(self, x: Bounded) -> Bounded:
        y = self.value(x.value)
        largest = np.abs(x.value).max(-1, keepdims=True) + 1.0
        own = (x.shape[-1] + 4.0) * x.shape[-1] * x.precision.u * largest
        # the threshold is a mean over the support: it moves no more than the worst element
        error = _full(x) + _full(x).max(-1, keepdims=True) + own
        out_of_reach = x.value + error < self._threshold(x.value)
        error = np.where(out_of_reach, 0.0, np.fmin(error, 1.0))
        return Bounded(y, error, x.precision, ceiling=1.0)

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        y = self.evaluate(x)
        support = y.value > 0.0
        zero = Bounded(np.zeros(x.shape), 0.0, x.precision)
        inside = cotangent.where(support, zero)
        shares = support / support.sum(-1, keepdims=True)
        result = (inside - _row_sum(inside) * shares).where(support, zero)
        # where an element may be in or out, every cotangent of its row may gain or lose its part
        near = (np.abs(x.value - self._threshold(x.value)) <= y.error + _full(x)).any(-1)
        swing = 2.0 * cotangent.reach.max(-1) * near
        return Bounded(result.value, result.error + swing[..., None], x.precision)


def _row_sum(x: Bounded) -> Bounded:
    total = x.sum((x.value.ndim - 1,))
    return total.reshape(*total.shape, 1)
