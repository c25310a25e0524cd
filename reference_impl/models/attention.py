"""Dot-product attention (Luong et al. 2015) and additive attention (Bahdanau et al. 2015).

Called on [query, value] or [query, value, key]. A value that its mask excludes, and with
`use_causal_mask` one after the query's own position, gets no weight. The output is zero where the
query is masked, and the query's mask is the output's mask. With `return_attention_scores` the
weights of the values follow the output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..activation_table import activation
from ..bounded import Bounded, exact
from ..cells import Quantity
from ..operations import Bools, kept, times, total
from .neighbours import Kind, Outputs, Shape, Shapes, Site, one

EXCLUDED = -1e9  # a score whose power is 0


def _pairs(query: Quantity, key: Quantity) -> Quantity:
    """Return query + key of every pair: (batch, queries, keys, size)."""
    batch, queries, size = query.shape
    return query.reshape(batch, queries, 1, size) + key.reshape(batch, 1, key.shape[1], size)


def _dot_scores(query: Quantity, key: Quantity, site: Site) -> Quantity:
    """query . key, or with score_mode "concat" the sum of tanh(query + key)."""
    scale = site.weights.get("scale")
    if site.option("score_mode", "dot") == "dot":
        scores = query @ key.transpose(0, 2, 1)
        return scores if scale is None else times(scores, scale)
    pairs = _pairs(query, key)
    pairs = pairs if scale is None else times(pairs, scale)
    summed = total(activation("tanh")(pairs), (3,))
    return times(summed, site.weights["concat_score_weight"])


def _additive_scores(query: Quantity, key: Quantity, site: Site) -> Quantity:
    """The sum of scale * tanh(query + key)."""
    pairs = activation("tanh")(_pairs(query, key))
    scale = site.weights.get("scale")
    return total(pairs if scale is None else times(pairs, scale), (3,))


def allowed_values(site: Site, queries: int, values: int) -> Bools:
    """Return which values each query may see: (1 or batch, queries, values)."""
    allowed = np.ones((1, queries, values), bool)
    if len(site.masks) > 1 and site.masks[1] is not None:
        allowed = allowed & site.masks[1][:, None, :]
    if site.call.get("use_causal_mask", False):
        allowed = allowed & (np.arange(values) <= np.arange(queries)[:, None])
    return allowed


def shares_of(scores: Quantity, allowed: Bools) -> Quantity:
    """Return the softmax over the values that are allowed.

    Where a query may see none, any shares are as good: their bound is 1.
    """
    allowed = np.broadcast_to(allowed, scores.shape)
    excluded = exact(np.full(scores.shape, EXCLUDED), scores.precision)
    shares = activation("softmax")(scores.where(allowed, excluded))
    some = np.broadcast_to(allowed.any(-1, keepdims=True), scores.shape)
    if some.all():
        return shares
    anything = Bounded(np.zeros(scores.shape), np.ones(scores.shape), scores.precision)
    return shares.where(some, anything)


def _attend(site: Site, scores: Quantity) -> Outputs:
    value = site.inputs[1]
    shares = shares_of(scores, allowed_values(site, scores.shape[1], scores.shape[2]))
    if site.noise is not None and site.training:
        shares = shares * np.broadcast_to(site.noise, shares.shape)
    output, mask = shares @ value, site.masks[0]
    return with_scores(site, output if mask is None else kept(output, mask), shares)


def with_scores(site: Site, output: Quantity, shares: Quantity) -> Outputs:
    """Return the output with the mask of the query, and the shares behind it if they are asked."""
    if site.call.get("return_attention_scores", False):
        return [output, shares], [site.masks[0], None]
    return one(output, site.masks[0])


def _dot(site: Site) -> Outputs:
    return _attend(site, _dot_scores(site.inputs[0], site.inputs[-1], site))


def _additive(site: Site) -> Outputs:
    return _attend(site, _additive_scores(site.inputs[0], site.inputs[-1], site))


def _dot_weights(options: Mapping[str, Any], _: Sequence[Shape]) -> Shapes:
    scale: Shapes = {"scale": ()} if options.get("use_scale", False) else {}
    concat = options.get("score_mode", "dot") == "concat"
    return scale | ({"concat_score_weight": ()} if concat else {})


def _additive_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    return {"scale": shapes[0][-1:]} if options.get("use_scale", True) else {}


ATTENTIONS = {
    "Attention": Kind(_dot, _dot_weights),
    "AdditiveAttention": Kind(_additive, _additive_weights),
}
