"""The losses, and what training adds to them: masks, weights, reductions, penalties.

One loss is a value for each sample or timestep (`pointwise`), reduced to one number (`reduced`).
The reductions, where l are the values, w the sample weights, m the mask and n the number of values:

* sum: sum(m w l)
* sum_over_batch_size, mean: sum(m w l) / sum(m); without a mask, sum(w l) / n
* mean_with_sample_weight: sum(m w l) / sum(m w)
* None or "none": m w l, the values themselves

A quotient whose divisor is 0 is 0. A sample weight of shape (batch,) weighs every timestep of its
sample. The loss of a model is the sum of its outputs' losses, each times its loss weight, and of
the penalties.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..activation_table import activation
from ..activations import Elementwise
from ..bounded import Bounded, exact
from ..cells import Quantity
from ..errors import Array, ReferenceInputError, one_of
from ..models.neighbours import Mask
from ..operations import (
    absolute,
    clip,
    constant,
    data,
    divide,
    either,
    logarithm,
    mean,
    minus,
    plus,
    times,
    total,
    trailing,
)

EPSILON = 1e-7  # keras.backend.epsilon(): probabilities are kept this far from 0 and 1
REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)
_probability = clip(EPSILON, 1.0 - EPSILON)


@dataclass(frozen=True)
class Loss:
    """One loss of one output.

    Attributes:
        kind: "mean_squared_error", "mean_absolute_error", "huber", "binary_crossentropy",
            "categorical_crossentropy" or "sparse_categorical_crossentropy".
        options: `delta`, `from_logits`, `label_smoothing`, `ignore_class` and `axis`, that of the
            classes, as Keras has them.
        reduction: one of `REDUCTIONS`.
        weight: what the model's loss multiplies it by.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    reduction: str | None = "sum_over_batch_size"
    weight: float = 1.0


@dataclass(frozen=True)
class Penalty:
    """A regularizer: l1 sum(|w|) + l2 sum(w^2).

    Attributes:
        tensor: the weight, or with `activity` the output, that it is of.
        activity: whether it is an activity regularizer, whose penalty is divided by the batch size.
    """

    tensor: str
    l1: float = 0.0
    l2: float = 0.0
    activity: bool = False


@dataclass
class Targets:
    """What a batch compares the outputs with.

    Attributes:
        y: the targets, by output.
        sample_weight: (batch,) or (batch, timesteps), by output.
    """

    y: Mapping[str, Any]
    sample_weight: Mapping[str, Any] = field(default_factory=dict)


def _squared(y: Array, p: Quantity, _: Mapping[str, Any]) -> Quantity:
    error = minus(p, exact(y, p.precision))
    return mean(error * error, (len(p.shape) - 1,))


def _absolute(y: Array, p: Quantity, _: Mapping[str, Any]) -> Quantity:
    return mean(absolute(minus(p, exact(y, p.precision))), (len(p.shape) - 1,))


def _huber(y: Array, p: Quantity, options: Mapping[str, Any]) -> Quantity:
    delta = options.get("delta", 1.0)
    function = Elementwise(
        "huber",
        lambda e: np.where(np.abs(e) <= delta, 0.5 * e * e, delta * np.abs(e) - 0.5 * delta**2),
        lambda e, _: np.clip(e, -delta, delta),
        lipschitz=delta,
        curvature=1.0,
        relative=8.0,  # beyond delta, the difference of two terms of up to twice its size
    )
    return mean(function(minus(p, exact(y, p.precision))), (len(p.shape) - 1,))


def _smoothed(y: Array, share: float, options: Mapping[str, Any], p: Quantity) -> Bounded:
    smoothing = options.get("label_smoothing", 0.0)
    if not smoothing:
        return exact(y, p.precision)
    keep = constant(1.0 - smoothing, p.precision)
    return exact(y, p.precision) * keep + constant(smoothing * share, p.precision)


def _binary(y: Array, p: Quantity, options: Mapping[str, Any]) -> Quantity:
    """-(y log p + (1 - y) log(1 - p)), averaged over the last axis."""
    target = _smoothed(y, 0.5, options, p)
    if not options.get("from_logits", False):
        return mean(_from_probability(target, p), (len(p.shape) - 1,))
    direct = minus(activation("softplus")(p), times(p, target))
    # some backends go by way of the probability, which loses more
    detour = _from_probability(target, data(p).apply(activation("sigmoid")))
    return mean(either(direct, detour), (len(p.shape) - 1,))


def _from_probability(target: Bounded, p: Quantity) -> Quantity:
    inside = _probability(p)
    hit = times(logarithm(inside), target)
    miss = times(logarithm(minus(exact(np.ones(1), p.precision), inside)), 1.0 - target)
    return (hit + miss) * -1.0


def _log_shares(p: Quantity, options: Mapping[str, Any]) -> Quantity:
    if options.get("from_logits", False):
        return activation("log_softmax")(p)
    shares = divide(p, total(p, (len(p.shape) - 1,), keep=True))
    return logarithm(_probability(shares))


def _categorical(y: Array, p: Quantity, options: Mapping[str, Any]) -> Quantity:
    """-sum(y log p), p divided by its sum."""
    target = _smoothed(y, 1.0 / p.shape[-1], options, p)
    return total(times(_log_shares(p, options), target), (len(p.shape) - 1,)) * -1.0


def _sparse(y: Array, p: Quantity, options: Mapping[str, Any]) -> Quantity:
    """-log p of the class, where it is not the one to ignore."""
    classes = np.asarray(y).reshape(p.shape[:-1]).astype(np.intp)
    ignored = classes == options.get("ignore_class", None)
    one_hot = np.eye(p.shape[-1])[np.where(ignored, 0, classes)] * ~ignored[..., None]
    return _categorical(one_hot, p, options)


POINTWISE: dict[str, Callable[[Array, Quantity, Mapping[str, Any]], Quantity]] = {
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
    "huber": _huber,
    "binary_crossentropy": _binary,
    "categorical_crossentropy": _categorical,
    "sparse_categorical_crossentropy": _sparse,
}


def pointwise(loss: Loss, y: Any, predicted: Quantity) -> Quantity:
    """Return the loss of each sample or timestep: the shape of `predicted` less its last axis.

    The last axis, or the one that the option `axis` of a loss of classes names.
    """
    known = one_of("kind", loss.kind, tuple(POINTWISE))
    array = np.asarray(y, np.float64)
    axis = loss.options.get("axis", -1) % len(predicted.shape)
    order = (*(k for k in range(len(predicted.shape)) if k != axis), axis)
    if axis != len(predicted.shape) - 1:
        if array.ndim == len(predicted.shape):
            array = array.transpose(order)
        predicted = predicted.transpose(*order)
    if known != "sparse_categorical_crossentropy":
        if array.ndim == len(predicted.shape) - 1:
            array = array[..., None]
        if array.shape != tuple(predicted.shape):
            raise ReferenceInputError(
                f"targets must have shape {predicted.shape}, got {array.shape}"
            )
    return POINTWISE[known](array, predicted, loss.options)


def class_weights(y: Any, weights: Mapping[int, float]) -> Array:
    """Return the sample weights of `class_weight`: of each target's class, 1 where it has none.

    Args:
        y: integer classes (batch,) or (batch, 1), or one-hot rows.
    """
    classes = np.asarray(y)
    if classes.ndim > 1:
        classes = classes.argmax(-1) if classes.shape[-1] != 1 else classes[..., 0]
    flat = [weights.get(round(float(c)), 1.0) for c in classes.ravel()]
    return np.reshape(flat, classes.shape)


def reduced(loss: Loss, values: Quantity, mask: Mask = None, sample_weight: Any = None) -> Quantity:
    """Return the reduction of the values: one element, or for "none" the values, weighed."""
    reduction = one_of("reduction", loss.reduction, REDUCTIONS)
    precision, count = values.precision, math.prod(values.shape)
    weights = None
    if mask is not None and reduction in ("sum_over_batch_size", "mean"):
        valid = float(mask.sum())
        share = constant(mask.size / valid if valid else 0.0, precision)
        weights = exact(mask.astype(np.float64), precision) * share
    elif mask is not None:
        weights = exact(mask.astype(np.float64), precision)
    if sample_weight is not None:
        own = exact(np.asarray(sample_weight, np.float64), precision)
        if weights is not None:
            own = weights * exact(trailing(own.value, len(weights.shape)), precision)
        weights = own
    if weights is not None:
        wide = weights.reshape(*weights.shape, *(1,) * (len(values.shape) - len(weights.shape)))
        values = times(values, wide)
    if reduction in ("none", None):
        return values
    summed = total(values, tuple(range(len(values.shape)))).reshape(1)
    if reduction == "sum":
        return summed
    if reduction == "mean_with_sample_weight" and weights is not None:
        divisor = weights.sum(tuple(range(len(weights.shape)))).reshape(1)
        return divide(summed, divisor) if divisor.value.item() else summed * 0.0
    return summed * constant(1.0 / count, precision)


def one_loss(loss: Loss, y: Any, predicted: Quantity, mask: Mask, sample_weight: Any) -> Quantity:
    """Return the loss of one output, without its loss weight."""
    values = pointwise(loss, y, predicted)
    ignored = loss.options.get("ignore_class", None)
    if ignored is not None:
        valid = np.asarray(y).reshape(values.shape) != ignored
        mask = valid if mask is None else mask & valid
    return reduced(loss, values, mask, sample_weight)


def penalty(rule: Penalty, tensor: Quantity) -> Quantity:
    """Return the penalty of one weight or output."""
    axes = tuple(range(len(tensor.shape)))
    parts = []
    if rule.l1:
        summed = total(absolute(tensor), axes).reshape(1)
        parts.append(summed * constant(rule.l1, tensor.precision))
    if rule.l2:
        summed = total(tensor * tensor, axes).reshape(1)
        parts.append(summed * constant(rule.l2, tensor.precision))
    if not parts:
        return exact(np.zeros(1), tensor.precision)
    whole = parts[0] if len(parts) == 1 else plus(parts[0], parts[1])
    return whole * constant(1.0 / tensor.shape[0], tensor.precision) if rule.activity else whole
