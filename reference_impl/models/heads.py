"""Attention of several heads (Vaswani et al. 2017), which may share keys (Ainslie et al. 2023).

Called on [query, value]. Every head projects query, key and value, attends by their dot products
times 1 / sqrt(size), and a last projection joins the heads. Heads in a group share key and value.
A masked query gives numbers that nothing documents, and its mask is the output's mask.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..cells import Quantity
from ..operations import entering
from .attention import allowed_values, shares_of, with_scores
from .neighbours import Kind, Outputs, Shape, Shapes, Site


def _projected(x: Quantity, site: Site, name: str, rank: int = 1) -> Quantity:
    """Return x @ kernel + bias over the last `rank` axes of x, joined: (rows, outputs)."""
    kernel, bias = site.weights[f"{name}/kernel"], site.weights[f"{name}/bias"]
    inner = math.prod(kernel.shape[:rank])
    flat = entering(kernel.reshape(inner, -1), inner + 1)
    rows = x.reshape(-1, inner)
    return rows @ flat + entering(bias.reshape(-1), inner + 1, addend=True)


def _headed(x: Quantity, site: Site, name: str, groups: int) -> Quantity:
    """Return the projections of all heads: (batch x groups, heads in a group x steps, size)."""
    batch, steps, _ = x.shape
    _, heads, size = site.weights[f"{name}/kernel"].shape
    apart = _projected(x, site, name).reshape(batch, steps, heads, size).transpose(0, 2, 1, 3)
    return apart.reshape(batch * groups, heads // groups * steps, size)


def _attend(site: Site) -> Outputs:
    query, value = site.inputs[0], site.inputs[-1]
    batch, steps, width = query.shape
    _, groups, _ = site.weights["key/kernel"].shape
    _, heads, size = site.weights["query/kernel"].shape
    asked = _headed(query, site, "query", groups) * (1.0 / math.sqrt(size))
    scores = asked @ _headed(value, site, "key", groups).transpose(0, 2, 1)
    allowed = allowed_values(site, steps, value.shape[1])
    if site.masks[0] is not None:
        allowed = allowed & site.masks[0][:, :, None]
    each = np.broadcast_to(allowed[:, None], (batch, heads, steps, value.shape[1]))
    shares = shares_of(scores, each.reshape(scores.shape))
    seen = (shares @ _headed(value, site, "value", groups)).reshape(batch, heads, steps, -1)
    joined = _projected(seen.transpose(0, 2, 1, 3), site, "attention_output", rank=2)
    output = joined.reshape(batch, steps, width)
    return with_scores(site, output, shares.reshape(batch, heads, steps, value.shape[1]))


def _weights(heads: int, groups: int, size: int, shapes: Sequence[Shape]) -> Shapes:
    width, inner = shapes[0][-1], shapes[-1][-1]
    return {
        "query/kernel": (width, heads, size),
        "query/bias": (heads, size),
        "key/kernel": (inner, groups, size),
        "key/bias": (groups, size),
        "value/kernel": (inner, groups, size),
        "value/bias": (groups, size),
        "attention_output/kernel": (heads, size, width),
        "attention_output/bias": (width,),
    }


def _all_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    heads = options["num_heads"]
    return _weights(heads, heads, options["key_dim"], shapes)


def _grouped_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    heads, groups = options["num_query_heads"], options["num_key_value_heads"]
    return _weights(heads, groups, options["head_dim"], shapes)


HEADS = {
    "MultiHeadAttention": Kind(_attend, _all_weights),
    "GroupQueryAttention": Kind(_attend, _grouped_weights),
}
