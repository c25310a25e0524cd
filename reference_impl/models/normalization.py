"""The layers that normalize: by the mean and the variance of the features, or of the batch.

With `axis`, it is the numbers along other axes that LayerNormalization takes together, and along
another axis that BatchNormalization keeps apart.

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
from ..operations import constant, kept, mean, minus, plus, reciprocal, root, times, total, trailing
from .neighbours import Kind, Outputs, Shape, Shapes, Site, one

EPSILON = 1e-7  # keras.backend.epsilon()


def _normalized(x: Quantity, center: Quantity, variance: Quantity, site: Site) -> Quantity:
    """Return gamma (x - center) / sqrt(variance + epsilon) + beta, these two along the axes."""
    epsilon = constant(site.option("epsilon", 1e-3), site.precision)
    scale = reciprocal(root(plus(variance, epsilon)))
    if "gamma" in site.weights:
        scale = times(scale, _wide(site.weights["gamma"], site))
    y = minus(times(x, scale), times(center, scale))
    return plus(y, _wide(site.weights["beta"], site)) if "beta" in site.weights else y


def _axes(options: Mapping[str, Any], rank: int) -> tuple[int, ...]:
    """The axes that are named, from 0."""
    given = options.get("axis", -1)
    return tuple(sorted(int(k) % rank for k in np.atleast_1d(given)))


def _wide(weight: Quantity, site: Site) -> Quantity:
    """Return a number for each place along the axes as it is broadcast."""
    shape = site.x.shape
    axes = _axes(site.options, len(shape))
    return weight.reshape(*(shape[k] if k in axes else 1 for k in range(len(shape))))


def _layer(site: Site) -> Outputs:
    """What lies along the axes alone: by default, a sample's features at one timestep.

    What a mask hides counts where an axis is that of time.
    """
    axes = _axes(site.options, len(site.x.shape))
    center = mean(site.x, axes, keep=True)
    variance = minus(mean(site.x * site.x, axes, keep=True), center * center)
    return one(_normalized(site.x, center, variance, site), site.mask)


def _batch(site: Site) -> Outputs:
    """In training, by the batch's moments, which leave masked timesteps out."""
    if not site.training:
        center, variance = (
            _wide(site.weights[name], site) for name in ("moving_mean", "moving_variance")
        )
        return one(_normalized(site.x, center, variance, site), site.mask)
    center, variance = _moments(site)
    momentum = site.option("momentum", 0.99)
    for name, value in (("moving_mean", center), ("moving_variance", variance)):
        old = site.weights[name]
        share = constant(1.0 - momentum, site.precision)
        site.updates[name] = plus(
            times(old, constant(momentum, site.precision)), times(value, share)
        )
    return one(_normalized(site.x, _wide(center, site), _wide(variance, site), site), site.mask)


def _moments(site: Site) -> tuple[Quantity, Quantity]:
    """Return mean and variance of each place along the axis over what no mask leaves out.

    Keras divides by the number of values + 1e-7 under a mask; by default, that of timesteps.
    """
    x = site.x
    along = _axes(site.options, len(x.shape))
    axes = tuple(k for k in range(len(x.shape)) if k not in along)
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
    size = tuple(shapes[0][axis] for axis in _axes(options, len(shapes[0])))
    names = [("gamma", options.get("scale", True)), ("beta", options.get("center", True))]
    return {name: size for name, wanted in names if wanted}


def _batch_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    (axis,) = _axes(options, len(shapes[0]))
    size = (shapes[0][axis],)
    return _affine(options, shapes) | {"moving_mean": size, "moving_variance": size}


NORMALIZATIONS = {
    "LayerNormalization": Kind(_layer, _affine),
    "BatchNormalization": Kind(_batch, _batch_weights, ("moving_mean", "moving_variance")),
}
