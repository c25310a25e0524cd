"""The cotangents of a case, and the gradients that the oracle expects for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import pieces, weight_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.table import DERIVATIVES
from keras_rnn_conformance.cases.shapes import cotangents, direction, returned_shapes
from keras_rnn_conformance.expected.compositions import (
    as_taken,
    initial_states,
    layer_of,
    reference,
)
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import Bounded

Gradients = dict[str, Bounded]


@expectation("grad")
def _gradients(case: Case, data: Data) -> Expected:
    if case["what"] in DERIVATIVES:
        return _along(case, data)
    gradients = _of_slices(case, data) if case["as"] == "td" else _of_whole(case, data)
    states = [name for name in gradients if "initial_state/" in name]
    weights = [name for name in gradients if name not in ("inputs", *states)]
    arrays = {"inputs": gradients["inputs"]}
    arrays |= zip(weight_names(case), (gradients[name] for name in weights), strict=True)
    if case["init"] != "none":
        arrays |= {f"initial_state/{i}": gradients[name] for i, name in enumerate(states)}
    return Expected(arrays, list(arrays))


def _of_whole(case: Case, data: Data) -> Gradients:
    layer, weights = reference(case, data)
    start = as_taken(case, initial_states(case, data))
    pulled = cotangents(case, data)
    gradients: Gradients = layer.gradients(
        data.x, *weights, pulled, mask=data.mask, initial_state=start
    )
    return gradients


def _along(case: Case, data: Data) -> Expected:
    """J w of everything that is returned: each row of J is the gradient of one number."""
    layer, weights = reference(case, data)
    start, w = as_taken(case, initial_states(case, data)), direction(data)
    shapes = returned_shapes(case, data)
    arrays = {}
    for name, shape in shapes.items():
        rows = []
        for place in np.ndindex(*shape[1:]):
            pulled = {each: np.zeros(size) for each, size in shapes.items()}
            index: tuple[Any, ...] = (slice(None), *place)
            pulled[name][index] = 1.0
            gradients = layer.gradients(
                data.x, *weights, list(pulled.values()), mask=data.mask, initial_state=start
            )
            rows.append((gradients["inputs"] * w).sum(tuple(range(1, w.ndim))))
        arrays[name] = Bounded.stack(rows, 1).reshape(*shape)
    return Expected(arrays, list(arrays))


def _of_slices(case: Case, data: Data) -> Gradients:
    """Of `TimeDistributed`: the weights get the sum of what every slice gives them."""
    layer, (weights,), (pulled,) = (
        layer_of(case, pieces(case)[0]),
        data.all_weights(),
        cotangents(case, data),
    )
    parts: dict[str, list[Bounded]] = defaultdict(list)
    for i in range(data.x.shape[1]):
        mask = None if data.mask is None else data.mask[:, i]
        gradients = layer.gradients(data.x[:, i], weights, [pulled[:, i]], mask=mask)
        for name, gradient in gradients.items():
            parts[name].append(gradient)
    inputs = Bounded.stack(parts.pop("inputs"), 1)
    return {"inputs": inputs, **{name: _sum(each) for name, each in parts.items()}}


def _sum(parts: Sequence[Bounded]) -> Bounded:
    return Bounded.stack(parts, 0).sum((0,))
