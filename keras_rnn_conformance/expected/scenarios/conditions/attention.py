"""What attention must give where masks leave one key to a query."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.attending import (
    HEADED,
    HEADS,
    SIZE,
    attended,
    attentions,
    left_to,
    masks_given,
    vectors,
)
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded

ROUNDED = 6
"""How often a number is rounded beside the sums: shares, products, the bias, casts."""


def _projected(kind: str, data: Data, value: Array) -> tuple[Array, Array]:
    """What heads give of each value alone, (samples, keys, features), and the sizes in the sums."""
    groups = HEADS
    shapes = {4: (SIZE, groups, SIZE), 5: (groups, SIZE), 6: (_heads(kind), SIZE, SIZE), 7: (SIZE,)}
    into, less, out, more = (data.numbers(f"{kind} {k}", s, 16) for k, s in shapes.items())
    shared = _heads(kind) // groups
    found = []
    for one in (lambda a: a, abs):
        each = np.einsum("bke,egd->bkgd", one(value), one(into)) + one(less)
        found.append(np.einsum("bkgd,gde->bke", each.repeat(shared, axis=2), one(out)) + one(more))
    return found[0], found[1]


def _heads(kind: str) -> int:
    return 2 * HEADS if kind == "GroupQueryAttention" else HEADS


def jointly(case: Case, data: Data) -> Expected:
    """The value of the key that is left, projected by heads; where none is, some mean of values."""
    arrays: dict[str, Bounded] = {}
    for kind, dtype, lengths, masks in attentions(str(case["what"])):
        precision = PRECISIONS[dtype]
        given = masks_given(data, lengths, masks)
        left = left_to(given, masks, lengths)
        value = vectors(data, lengths)["value"]
        sizes = np.abs(value)
        headed = kind in HEADED
        if headed:
            value, sizes = _projected(kind, data, value)
        chosen = left.argmax(-1)
        picked, reach = (np.take_along_axis(a, chosen[..., None], 1) for a in (value, sizes))
        terms = (2 * SIZE + HEADS * SIZE * 2 + ROUNDED) if headed else ROUNDED
        one = (left.sum(-1) == 1)[..., None]
        anything = np.broadcast_to(2.0 * sizes.max(1, keepdims=True) + 1.0, picked.shape)
        bound = np.where(one, terms * precision.u * reach, anything)
        wanted = np.where(one, picked, 0.0)
        if not headed and "query" in given:
            masked = ~given["query"][..., None]
            wanted, bound = np.where(masked, 0.0, wanted), np.where(masked, 0.0, bound)
        name = attended(kind, dtype, lengths, masks)
        arrays[f"output of {name}, with scores"] = output = Bounded(wanted, bound, precision)
        if headed:
            arrays[f"output of {name}"] = output
        shares = np.where(one, left, 0.5)
        off = np.broadcast_to(np.where(one, ROUNDED * precision.u, 0.5 + precision.u), left.shape)
        if headed:
            shares, off = (np.repeat(a[:, None], _heads(kind), 1) for a in (shares, off))
        arrays[f"output of {name}, the scores"] = Bounded(shares * 1.0, off * 1.0, precision)
    return Expected(arrays)
