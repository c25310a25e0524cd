"""The metrics, and the values of an epoch.

A metric is a weighted mean over everything that it has seen: `total` over `count`. Of one update
with values (batch, ...), and the weights being the mask times the sample weights:

* values and weights are averaged over all axes but the first, and then summed over the samples;
  without weights, `count` grows by the number of samples;
* so that within one update every value counts by its weight, and updates with different numbers of
  timesteps count by samples.

The epoch's loss is the mean of the batches' losses, weighted by the batches' numbers of samples,
whatever their masks and sample weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..bounded import Bounded, Precision, exact
from ..errors import Array, ReferenceInputError, one_of
from ..models.neighbours import Mask
from ..operations import divide, mean, total, trailing
from .losses import POINTWISE, Loss, pointwise


@dataclass(frozen=True)
class Metric:
    """One metric of one output.

    Attributes:
        kind: a kind of loss, "accuracy", "binary_accuracy", "categorical_accuracy",
            "sparse_categorical_accuracy" or "mean" (of the output itself).
        options: `threshold` of binary_accuracy, and those of the loss.
        weighted: whether the sample weights count (`weighted_metrics`); the mask always does.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    weighted: bool = False


def _matches(same: Any, unsure: Any, precision: Precision) -> Bounded:
    """Return 1 where equal, 0 elsewhere, with bound 1 where the bounds leave it open."""
    value = np.asarray(same, np.float64)
    return Bounded(value, np.asarray(unsure, np.float64), precision)


def _equal(y: Array, p: Bounded, _: Mapping[str, Any]) -> Bounded:
    near = (np.abs(p.value - y) <= p.bound) & (p.bound > 0)
    return _matches(p.value == y, near, p.precision)


def _binary(y: Array, p: Bounded, options: Mapping[str, Any]) -> Bounded:
    threshold = options.get("threshold", 0.5)
    near = (np.abs(p.value - threshold) <= p.bound) & (p.bound > 0)
    return _matches((p.value > threshold) == y, near, p.precision)


def _chosen(classes: Array, p: Bounded) -> Bounded:
    """Return whether the largest element is that of the class (the first of equals)."""
    best = p.value.argmax(-1)
    top = np.take_along_axis(p.value - p.bound, best[..., None], -1)
    rivals = (p.value + p.bound >= top) & (p.bound > 0)
    np.put_along_axis(rivals, best[..., None], False, -1)
    return _matches(best == classes, rivals.any(-1), p.precision)


def _categorical(y: Array, p: Bounded, _: Mapping[str, Any]) -> Bounded:
    return _chosen(y.argmax(-1), p)


def _sparse(y: Array, p: Bounded, _: Mapping[str, Any]) -> Bounded:
    return _chosen(y.reshape(p.shape[:-1]), p)


ACCURACIES: dict[str, Callable[[Array, Bounded, Mapping[str, Any]], Bounded]] = {
    "accuracy": _equal,
    "binary_accuracy": _binary,
    "categorical_accuracy": _categorical,
    "sparse_categorical_accuracy": _sparse,
}


def values(metric: Metric, y: Any, predicted: Bounded) -> Bounded:
    """Return the values that the metric is the mean of."""
    kind = one_of("kind", metric.kind, ("mean", *ACCURACIES, *POINTWISE))
    if kind == "mean":
        return predicted
    if kind in POINTWISE:
        return pointwise(Loss(kind, metric.options), y, predicted)
    target = np.asarray(y, np.float64)
    if target.ndim == len(predicted.shape) - 1 and kind in ("accuracy", "binary_accuracy"):
        target = target[..., None]
    return ACCURACIES[kind](target, predicted, metric.options)


class Mean:
    """The state of a metric: `total` and `count`, each of one element."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self.total = self.count = exact(np.zeros(1), precision)

    def update(self, seen: Bounded, mask: Mask = None, sample_weight: Any = None) -> None:
        """Take one batch of values (batch, ...) in.

        Args:
            mask, sample_weight: of leading axes of the values.
        """
        weights = None if mask is None else np.asarray(mask, np.float64)
        if sample_weight is not None:
            own = np.asarray(sample_weight, np.float64)
            if weights is None:
                weights = own
            else:
                axes = max(own.ndim, weights.ndim)
                weights = trailing(own, axes) * trailing(weights, axes)
        if weights is None:
            self._add(_by_sample(seen), float(seen.shape[0]))
            return
        if weights.ndim > len(seen.shape):
            raise ReferenceInputError(f"weights {weights.shape} have more axes than {seen.shape}")
        rest = tuple(range(weights.ndim, len(seen.shape)))
        seen = mean(seen, rest) if rest else seen
        wide = exact(np.broadcast_to(weights, seen.shape).copy(), self.precision)
        self._add(_by_sample(seen * wide), _by_sample(wide).sum((0,)).reshape(1))

    def _add(self, seen: Bounded, count: Any) -> None:
        self.total = self.total + total(seen, (0,)).reshape(1)
        self.count = self.count + count

    def result(self) -> Bounded:
        """Return the mean, and 0 if nothing counted."""
        if not self.count.value.item():
            return exact(np.zeros(1), self.precision)
        return divide(self.total, self.count)


def _by_sample(seen: Bounded) -> Bounded:
    axes = tuple(range(1, len(seen.shape)))
    return mean(seen, axes) if axes else seen


def epoch_loss(losses: list[Bounded], sizes: list[int]) -> Bounded:
    """Return the loss that an epoch reports, of its batches' losses and numbers of samples."""
    tracker = Mean(losses[0].precision)
    for loss, size in zip(losses, sizes, strict=True):
        tracker.update(loss, None, np.asarray([float(size)]))
    return tracker.result()
