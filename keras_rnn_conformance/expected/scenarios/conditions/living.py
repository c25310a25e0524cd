"""What the deeds must give about what a model lives through."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, product
from operator import mul
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.living import (
    CLASSES,
    COOLING,
    EXAMPLES,
    GAINS,
    GOALS,
    GROWING,
    GROWTH,
    INPUTS,
    MATRICES,
    ORDERS,
    SETTING,
    SHARES,
    STEADY,
    STOPPING,
    bests,
    stopped,
)
from keras_rnn_conformance.cases.models.deeds.numbers_around import aims, given_inputs, labelled
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact

SINGLE = PRECISIONS["float32"]
ROUNDED = 8
"""How often a number is rounded beside the sums."""


def _keyed_many(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for many, order in product(INPUTS, ORDERS):
        whole = np.concatenate(list(given_inputs(data, many).values()), axis=-1)
        for caller in ("called", "predicted"):
            arrays[f"output of {many} inputs {order}, {caller}"] = exact(whole, SINGLE)
    return Expected(arrays)


def _grown(case: Case, data: Data) -> Expected:
    x = given_inputs(data, 1)["input_c"]
    sizes = list(accumulate(GROWTH, mul))
    return Expected(
        {
            f"output of {many + 1} layers {how}, {way}": exact(x * sizes[many], SINGLE)
            for how, way, many in product(GROWING, ("added", "cut"), range(len(GROWTH)))
            if way == "added" or many < len(GROWTH) - 1
        }
    )


def _near(value: Any, terms: int, size: Any = None) -> Bounded:
    """A number that is off by the roundings of a sum of so many terms."""
    whole = np.asarray(value, np.float64)
    reach = np.abs(whole) if size is None else np.asarray(size)
    return Bounded(whole, (terms + ROUNDED) * SINGLE.u * reach, SINGLE)


def _many_goals(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    x = aims(data, 0)
    for many in GOALS:
        losses = [((x * GROWTH[0] - aims(data, k + 1)) ** 2).mean() for k in range(many)]
        total = sum(share * loss for share, loss in zip(SHARES, losses, strict=False))
        arrays[f"value of {many} losses together"] = _near(total, EXAMPLES * 4)
    return Expected(arrays)


def _many_classes(case: Case, data: Data) -> Expected:
    x, labels, weights = labelled(data)
    errors = np.asarray([weights[int(c)] for c in labels[:, 0]]) * ((x - labels) ** 2)[:, 0]
    return Expected({"value of the loss": _near(errors.mean(), 2 * CLASSES)})


def _watched_epochs(case: Case, data: Data) -> Expected:
    facts: dict[str, Any] = {"epochs of files": bests()}
    for name, how in STOPPING.items():
        facts[f"epochs of {name}"] = stopped(**how)
    for cooldown in COOLING:
        facts[f"number of steps within a cooldown of {cooldown}"] = 0
        facts[f"number of rates after a cooldown of {cooldown}"] = "more than one"
    return Expected(facts=facts)


def _frozen_later(case: Case, data: Data) -> Expected:
    moves = {name: not name.startswith("frozen") for name in STEADY}
    facts: dict[str, Any] = {f"whether statistics move, {name}": moves[name] for name in STEADY}
    facts |= {f"whether a call normalizes, {name}": moves[name] for name in STEADY}
    return Expected(facts=facts)


def _orthogonal(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for (name, shape), gain in product(MATRICES.items(), GAINS):
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        unit: Array = np.eye(min(rows, columns)) * gain**2
        off = np.full(unit.shape, rows * columns * SINGLE.u * gain**2)
        arrays[f"value of products of {name} with gain {gain}"] = Bounded(unit, off, SINGLE)
    return Expected(arrays)


def _handed_over(case: Case, data: Data) -> Expected:
    return Expected(facts={f"number of weights changed behind {way}": 0 for way in SETTING})


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "keyed_many": _keyed_many,
    "grown": _grown,
    "many_goals": _many_goals,
    "many_classes": _many_classes,
    "watched_epochs": _watched_epochs,
    "frozen_later": _frozen_later,
    "orthogonal": _orthogonal,
    "handed_over": _handed_over,
}
"""By deed, what must come of it."""
