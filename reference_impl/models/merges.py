"""The layers that merge tensors.

Their outputs' masks, by `compute_mask`: the elementwise merges join the inputs' masks by "or", and
have none as soon as one input has none; `Concatenate` takes an input without a mask as unmasked
and joins the masks as it joins the inputs, a timestep being unmasked if any of its features is;
`Dot` has no mask. `Multiply`, `Maximum` and `Minimum` leave masked values out; the others take
them as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

import numpy as np

from ..cells import Quantity
from ..errors import ReferenceInputError
from ..operations import (
    constant,
    divide,
    kept,
    larger,
    minus,
    plus,
    root,
    times,
    total,
    trailing,
)
from .neighbours import Kind, Mask, Outputs, Site, one


def _joined(masks: list[Mask]) -> Mask:
    """Return the "or" of the masks, or None if one is missing."""
    present = [mask for mask in masks if mask is not None]
    return reduce(np.logical_or, present) if len(present) == len(masks) else None


def _add(site: Site) -> Outputs:
    return one(reduce(plus, site.inputs), _joined(site.masks))


def _subtract(site: Site) -> Outputs:
    first, second = site.inputs
    return one(minus(first, second), _joined(site.masks))


def _average(site: Site) -> Outputs:
    share = constant(1.0 / len(site.inputs), site.precision)
    return one(reduce(plus, site.inputs) * share, _joined(site.masks))


def _multiply(site: Site) -> Outputs:
    """A masked value counts as 1; where every input is masked, the output is 0."""
    factors = [
        x if mask is None else kept(x, mask, 1.0)
        for x, mask in zip(site.inputs, site.masks, strict=True)
    ]
    product, mask = reduce(times, factors), _joined(site.masks)
    return one(product if mask is None else kept(product, mask), mask)


def _extreme(sign: float) -> Callable[[Site], Outputs]:
    def run(site: Site) -> Outputs:
        """The largest (or smallest) of the values that are not masked."""
        best, seen = site.inputs[0], site.masks[0]
        for x, mask in zip(site.inputs[1:], site.masks[1:], strict=True):
            if mask is not None:
                x = x.where(np.broadcast_to(trailing(mask, len(x.shape)), x.shape), best)
            if seen is not None:
                best = best.where(np.broadcast_to(trailing(seen, len(x.shape)), x.shape), x)
            seen = None if mask is None or seen is None else seen | mask
            best = larger(best * sign, x * sign) * sign
        return one(best, _joined(site.masks))

    return run


def _concatenate(site: Site) -> Outputs:
    axis = site.option("axis", -1)
    joined = site.x.concatenate(site.inputs, axis)
    if all(mask is None for mask in site.masks):
        return one(joined, None)
    wide = [
        np.ones(x.shape, bool)
        if mask is None
        else np.broadcast_to(trailing(mask, len(x.shape)), x.shape)
        for x, mask in zip(site.inputs, site.masks, strict=True)
    ]
    return one(joined, np.asarray(np.concatenate(wide, axis).any(-1)))


def _unit(x: Quantity, axis: int) -> Quantity:
    return divide(x, root(total(x * x, (axis,), keep=True)))


def _dot(site: Site) -> Outputs:
    """The products summed over one axis of each input, sample by sample."""
    a, b = site.inputs
    axes = site.options["axes"]
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % len(a.shape), second % len(b.shape)
    if first == 0 or second == 0:
        raise ReferenceInputError("`axes` of Dot must not hold the batch axis 0")
    if site.option("normalize", False):
        a, b = _unit(a, first), _unit(b, second)
    batch, size = a.shape[0], a.shape[first]
    outer = [k for k in range(1, len(a.shape)) if k != first]
    inner = [k for k in range(1, len(b.shape)) if k != second]
    left = a.transpose(0, *outer, first).reshape(batch, _count(a, outer), size)
    right = b.transpose(0, second, *inner).reshape(batch, size, _count(b, inner))
    shape = [a.shape[k] for k in outer] + [b.shape[k] for k in inner]
    return one((left @ right).reshape(batch, *(shape or [1])), None)


def _count(x: Quantity, axes: list[int]) -> int:
    return math.prod(x.shape[k] for k in axes)


MERGES = {
    "Add": Kind(_add),
    "Subtract": Kind(_subtract),
    "Average": Kind(_average),
    "Multiply": Kind(_multiply),
    "Maximum": Kind(_extreme(1.0)),
    "Minimum": Kind(_extreme(-1.0)),
    "Concatenate": Kind(_concatenate),
    "Dot": Kind(_dot),
}
