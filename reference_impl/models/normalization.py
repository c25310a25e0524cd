"""The layers that normalize: by the mean and the variance of the features, or of the batch.

The variance is bounded as mean(x^2) - mean(x)^2, and the normalized value as x * s - mean * s with
s the inverse standard deviation: of the ways in which implementations compute them (two passes,
Welford's, fused), these lose the most, and the bound holds for all.

Both compute at least in float32. At a lower target the bound is that of the target, and loose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..bounded import exact
from ..cells import Quantity
from ..errors import ReferenceInputError
from ..operations import constant, kept, mean, minus, plus, reciprocal, root, times, total, trailing
from .neighbours import Kind, Outputs, Shape, Shapes, Site, one

EPSILON = 1e-7  # keras.backend.epsilon()


def _normalized(x: Quantity, center: Quantity, variance: Quantity, site: Site) -> Quantity:
    """Return gamma (x - center) / sqrt(variance + epsilon) + beta over the last axes."""
    epsilon = constant(site.option("epsilon", 1e-3), site.precision)
    scale = reciprocal(root(plus(variance, epsilon)))
    if "gamma" in site.weights:
        scale = times(scale, site.weights["gamma"])
    y = minus(times(x, scale), times(center, scale))
    return plus(y, site.weights["beta"]) if "beta" in site.weights else y


def _layer(site: Site) -> Outputs:
    """Each sample's and timestep's features alone, so that a mask changes nothing.

    Or all that is along the last axes, masked or not, if `axis` holds several.
    """
    axes = _last_axes(site.options, len(site.x.shape))
    center = mean(site.x, axes, keep=True)
    variance = minus(mean(site.x * site.x, axes, keep=True), center * center)
    return one(_normalized(site.x, center, variance, site), site.mask)


def _last_axes(options: Mapping[str, Any], rank: int) -> tuple[int, ...]:
    given = options.get("axis", -1)
    axes = tuple(sorted(k % rank for k in ([given] if isinstance(given, int) else given)))
    if axes != tuple(range(axes[0], rank)):
        raise ReferenceInputError(f"`axis` must hold the last axes here, got {given}")
    return axes


def _batch(site: Site) -> Outputs:
    """In training, by the batch's moments, which leave masked timesteps out."""
    if not site.training:
        moving = (site.weights["moving_mean"], site.weights["moving_variance"])
        return one(_normalized(site.x, *moving, site), site.mask)
    center, variance = _moments(site)
    momentum = site.option("momentum", 0.99)
    for name, value in (("moving_mean", center), ("moving_variance", variance)):
        old = site.weights[name]
        share = constant(1.0 - momentum, site.precision)
        site.updates[name] = plus(
            times(old, constant(momentum, site.precision)), times(value, share)
        )
    return one(_normalized(site.x, center, variance, site), site.mask)


def _moments(site: Site) -> tuple[Quantity, Quantity]:
    """Return mean and variance of each feature over the unmasked timesteps of all samples.

    Keras divides by the number of timesteps + 1e-7 under a mask.
    """
    x = site.x
    axes = tuple(range(len(x.shape) - 1))
    if site.mask is None:
        center = mean(x, axes)
        return center, minus(mean(x * x, axes), center * center)
    wide = np.broadcast_to(trailing(site.mask, len(x.shape)), x.shape)
    counts = exact(wide.sum(axes).astype(np.float64), site.precision)
    share = reciprocal(counts + constant(EPSILON, site.precision))
    inside = kept(x, site.mask)
    center = times(total(inside, axes), share)
    # sum((x - c)^2) = sum(x^2) - c (2 sum(x) - n c), which is not n c^2 less for the epsilon
    square = total(inside * inside, axes)
    rest = times(center, minus(total(inside, axes) * 2.0, times(center, counts)))
    return center, times(minus(square, rest), share)


def _affine(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    size = shapes[0][_last_axes(options, len(shapes[0]))[0] :]
    names = [("gamma", options.get("scale", True)), ("beta", options.get("center", True))]
    return {name: size for name, wanted in names if wanted}


def _batch_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    size = shapes[0][-1:]
    return _affine(options, shapes) | {"moving_mean": size, "moving_variance": size}


NORMALIZATIONS = {
    "LayerNormalization": Kind(_layer, _affine),
    "BatchNormalization": Kind(_batch, _batch_weights, ("moving_mean", "moving_variance")),
}
