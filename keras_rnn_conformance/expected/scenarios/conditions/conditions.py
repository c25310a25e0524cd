"""What the deeds must give whose promise could be broken under a condition alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.conditions import (
    AROUND,
    BEFORE,
    BEHIND,
    COUNTLESS_LOSSES,
    COUNTLESS_METRICS,
    COUNTLESS_REDUCTIONS,
    DEPTHS,
    HOLDING,
    PAIRS,
    TIMES,
    TOLD,
    UNTRAINED,
    WALK,
    WIDELY,
    WITHIN,
    WRAPPED,
    moments,
    told_in,
    told_otherwise,
)
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.conditions import attention, extents, keeping, living
from keras_rnn_conformance.expected.scenarios.conditions.around import OF as OF_AROUND
from reference_impl import PRECISIONS
from reference_impl.bounded import exact

SINGLE = PRECISIONS["float32"]


def _told_training(case: Case, data: Data) -> Expected:
    """What a layer is told itself, or else what the call around it is told; or inference."""
    otherwise = case["what"] == "told_behind"
    facts: dict[str, Any] = {}
    names = BEFORE if otherwise else HOLDING
    for name, (word, told), (said, training) in product(names, TOLD.items(), TOLD.items()):
        apart = told_otherwise(told, training)
        for around in AROUND if name in WIDELY else AROUND[:1]:
            where = f"{name} told {word} in {around} told {said}"
            if not otherwise:
                facts[f"training of {where}"] = bool(training if told is None else told)
            if otherwise == apart:
                facts[f"training of {BEHIND} {where}"] = bool(training)
    return Expected(facts=facts)


def _told_in_fit(case: Case, data: Data) -> Expected:
    facts, told = {}, told_in(str(case["what"]))
    for name, (word, said), caller in product(WRAPPED, told.items(), WALK):
        trains = caller in ("fit", "train_on_batch") if said is None else said
        facts[f"training of {name} told {word} in {caller}"] = trains
    return Expected(facts=facts)


READ = {
    "the first inside": 5.0,
    "the first inside, assigned": 7.0,
    "the first behind it": 3.0,
    "the second behind it": 4.0,
    "the first behind an error": 11.0,
    "the first of the inner scope": 7.0,
    "the first of the outer scope": 11.0,
    "the second of the outer scope": 4.0,
    "the first in the end": 1.0,
    "the second in the end": 2.0,
}
"""What two variables hold, of 1 and 2, in and behind two scopes that change them."""


def pure(depth: int, x: Array, trained: Array, others: Array) -> tuple[Array, Array]:
    """What a layer so deep gives without effects: its output and its states."""
    if not depth:
        return x * trained + others + 1.0, others + 1.0
    own, inside = others[:1] + 2.0, others[1:] + 8.0
    first, inside = pure(depth - 1, x, trained + 1.0, inside)
    second, inside = pure(depth - 1, first, trained + 1.0, inside)
    return np.concatenate([second, inside, own]), np.concatenate([own, others[1:]])


def _scopes_within(case: Case, data: Data) -> Expected:
    values = {f"value of {name}": np.array([number]) for name, number in READ.items()}
    for depth, name in enumerate(DEPTHS):
        trained, others = np.array([3.0]), np.full(depth + 1, 16.0)
        first, others = pure(depth, np.ones(1), trained, others)
        second, others = pure(depth, np.ones(1), trained, others)
        values[f"value of the output, {name}"] = first
        values[f"value of the second output, {name}"] = second
        values[f"value of the states, {name}"] = others
        values[f"value of the variables, {name}"] = np.eye(1, depth + 2, depth)[0]
    return Expected({name: exact(value, SINGLE) for name, value in values.items()})


def _nothing_counts(case: Case, data: Data) -> Expected:
    """Nothing: zeros, as many as a reduction gives, and metrics as they were."""
    arrays = {
        f"loss of {kind}, {reduction}, {way}": exact(
            np.zeros(data.lead if reduction in ("none", None) else 1), SINGLE
        )
        for kind in COUNTLESS_LOSSES
        for reduction in COUNTLESS_REDUCTIONS
        for way in ("masked", "weightless", "both")
    }
    facts: dict[str, Any] = {
        f"result of {kind}, {time}, is as before": True
        for kind in COUNTLESS_METRICS
        for time in ("at first", "behind others")
    }
    return Expected(arrays, facts=facts)


def _nothing_trained(case: Case, data: Data) -> Expected:
    return Expected(facts={f"weights changed, {way}": left for way, left in UNTRAINED.items()})


def _casts_within(case: Case, data: Data) -> Expected:
    """Each layer reads its weights in its own compute dtype; outside of all, in that of weights."""
    facts: dict[str, Any] = {}
    for (inner, outer), name, time in product(PAIRS, WITHIN, TIMES):
        own, around = (policy.removeprefix("mixed_") for policy in (inner, outer))
        told = {"before": around, "after": around, "at the end": "float32"}
        told |= {"inside": own, "of the output": own}
        for moment in moments(name):
            facts[f"dtype {moment}, {name} of {inner} in {outer}, {time}"] = told[moment]
    return Expected(facts=facts)


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "told_training": _told_training,
    "told_behind": _told_training,
    "told_in_fit": _told_in_fit,
    "untold_in_fit": _told_in_fit,
    "scopes_within": _scopes_within,
    "casts_within": _casts_within,
    "picked_jointly": attention.jointly,
    "picked_in_half": attention.jointly,
    **OF_AROUND,
    **extents.OF,
    **keeping.OF,
    **living.OF,
    "nothing_counts": _nothing_counts,
    "nothing_trained": _nothing_trained,
}
"""By deed, what it must give."""
