"""What the deeds must give on what training tells, and on what is told of data and models."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, cast

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.accounts import (
    ACTIVE,
    AGAIN,
    ASSESSED,
    BATCHES,
    COMPILED,
    COUNTS,
    CUBE,
    EMPTY,
    EPOCHS,
    FACTORS,
    GOALS,
    HALVES,
    HITS,
    LATER,
    MADE_OF_ONE,
    MINE,
    NORMED,
    OF_ONE,
    ON_NOTHING,
    ORDERED,
    PACKAGES,
    PRINTING,
    SCALED,
    SHAPED,
    SHARED,
    SHARES,
    SLOPE,
    SUMMED,
    TRUTHS,
    WORKERS,
    Array,
    filed,
    named,
)
from keras_rnn_conformance.cases.models.learning import large, numbers, scales
from keras_rnn_conformance.cases.models.nestings import form_of
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.training.losses import Loss, one_loss

SINGLE = PRECISIONS["float32"]
EPSILON = 1e-3
"""What normalizations add to a variance."""
ROUNDED = 16
"""How often a share is rounded, at most: its sums need fewer bits than there are."""


def _told_once(case: Case, data: Data) -> Expected:
    """Begin and end for every epoch, of the data for validation too."""
    turns = ["begin", "end"]
    facts = {
        f"hooks of {what} in fit with {workers} workers": turns * EPOCHS
        for what in BATCHES
        for workers in WORKERS
    }
    facts |= {
        f"hooks of data in {caller} with {workers} workers": turns
        for caller in ON_NOTHING
        for workers in WORKERS
    }
    return Expected(facts=facts)


def _no_samples(case: Case, data: Data) -> Expected:
    return Expected(
        facts={
            f"{caller} on {source} without samples": f"an error that says so, or {given}"
            for caller, given in ON_NOTHING.items()
            for source in EMPTY
        }
    )


def tally(kind: str, shares: Array) -> float:
    """What a metric says of the hits, each with its weight."""
    true, hit = TRUTHS == 1, HITS == 1
    positives, negatives = (shares * true).sum(), (shares * ~true).sum()
    found, falsely = (shares * (true & hit)).sum(), (shares * (hit & ~true)).sum()
    wrong = (shares * (true != hit)).sum() / shares.sum()
    return float(
        {
            "BinaryAccuracy": 1 - wrong,
            "MeanSquaredError": wrong,
            "MeanAbsoluteError": wrong,
            "Precision": found / (found + falsely),
            "Recall": found / positives,
            "TruePositives": found,
            "FalseNegatives": positives - found,
            "AUC": (found / positives + 1 - falsely / negatives) / 2,
        }[kind]
    )


def _assessed(case: Case, data: Data) -> Expected:
    arrays: dict[str, Bounded] = {}
    for weighed, shares in SHARES.items():
        for name, (kind, _) in ASSESSED.items():
            value = np.asarray([tally(kind, shares)])
            given = Bounded(value, ROUNDED * SINGLE.u * np.maximum(value, 1.0), SINGLE)
            for how in COMPILED:
                arrays[f"{name} by weights of each {weighed}, {how}"] = given
    return Expected(arrays)


def _added_again(case: Case, data: Data) -> Expected:
    """The loss of the output, and what the layers add to it: each once."""
    computed = oracle(case, return_sequences=True)(data.x, data.weights())
    sequence: Bounded = computed.sequence
    last = sequence[:, -1]
    loss = cast(Bounded, one_loss(Loss("mean_squared_error"), data.states(1)[0], last, None, None))
    for factor, tensor in zip(FACTORS, (sequence, last), strict=True):
        squares = (tensor * tensor).reshape(-1).sum((0,))
        loss = loss + squares * exact(np.asarray(factor / data.batch), SINGLE)
    return Expected({f"loss by {caller}, {way}": loss for caller, way in AGAIN})


def _added_shared(case: Case, data: Data) -> Expected:
    """The loss of the output, and the mean squared norms of what both calls were given."""
    sequence: Bounded = oracle(case, return_sequences=True)(data.x, data.weights()).sequence
    share = exact(np.asarray(FACTORS[0] / data.batch), SINGLE)
    squares = (sequence * sequence).reshape(-1).sum((0,)) * share
    later = exact(np.asarray(LATER), SINGLE)
    loss = cast(
        Bounded,
        one_loss(
            Loss("mean_squared_error"),
            np.zeros(sequence.shape),
            sequence + sequence * later,
            None,
            None,
        ),
    )
    loss = loss + squares + squares * later * later
    ways = product(SHARED, AGAIN[:2])
    return Expected({f"loss {how}, {caller}, {way}": loss for how, (caller, way) in ways})


def _compiled_within(case: Case, data: Data) -> Expected:
    """The loss and the metric of each model, by the measures that it was compiled with."""
    output: Bounded = oracle(case)(data.x, data.weights()).output
    measured = {
        kind: cast(Bounded, one_loss(Loss(kind), data.states(1)[0], output, None, None))
        for kind in GOALS.values()
    }
    arrays = {f"loss of the model {where}": measured[kind] for where, kind in GOALS.items()}
    for where, kind in zip(GOALS, reversed(GOALS.values()), strict=True):
        arrays[f"{kind} of the model {where}"] = measured[kind]
    return Expected(arrays)


def _printed(case: Case, data: Data) -> Expected:
    facts: dict[str, Any] = {
        f"last numbers of epoch {epoch} at verbose={verbose}": "those of the history"
        for epoch in range(EPOCHS)
        for verbose in PRINTING
    }
    facts["losses with callbacks that print"] = "as without"
    return Expected(facts=facts)


def _summed_up(case: Case, data: Data) -> Expected:
    return Expected(
        facts={f"{count} params of {name}": "as there are" for name in SUMMED for count in COUNTS}
    )


def _functions(case: Case, data: Data) -> Expected:
    """One operation, the sum; and twice the sequence and one."""
    sequence: Bounded = oracle(case, return_sequences=True)(data.x, data.weights()).sequence
    output = sequence + sequence + exact(np.ones(sequence.shape), SINGLE)
    return Expected({"output": output}, facts={"operations": 1})


def _any_order(case: Case, data: Data) -> Expected:
    """What each layer gives, however its axes are written."""
    arrays: dict[str, Bounded] = {}
    for kind, options in ORDERED.items():
        wanted = of_axes(kind, numbers(data))
        if kind in SCALED:
            axes = SCALED[kind]
            along = [size if axis in axes else 1 for axis, size in enumerate(CUBE)]
            scale = scales(data, axes).reshape(along)
            # the product is rounded once more
            error = (wanted.bound + SINGLE.u * abs(wanted.value)) * abs(scale) + SINGLE.tiny
            wanted = Bounded(wanted.value * scale, error, SINGLE)
        arrays |= {
            f"{kind} with {key}={way}": wanted for key, ways in options.items() for way in ways
        }
    return Expected(arrays)


def of_axes(kind: str, x: Array) -> Bounded:
    """Standardized numbers of each sample, their unit vectors, or their shares.

    Sums, roots, quotients and products are rounded less often than `ROUNDED` says.
    """
    if kind == "Softmax":
        shares = np.exp(x - x.max((1, 2), keepdims=True))
        shares /= shares.sum((1, 2), keepdims=True)
        return Bounded(shares, (x[0].size + ROUNDED) * (1 + np.ptp(x)) * SINGLE.u * shares, SINGLE)
    if kind in ("UnitNormalization", "BatchNormalization"):
        squares = (x * x).sum((1, 2), keepdims=True) if kind[0] == "U" else 1 + EPSILON
        return Bounded(x / np.sqrt(squares), ROUNDED * SINGLE.u * abs(x), SINGLE)
    return standardized(x, (1, 2))


def standardized(x: Array, axes: tuple[int, ...]) -> Bounded:
    """Numbers less their mean, by their deviation; either way of taking it off is within."""
    center = x.mean(axes, keepdims=True)
    scale = 1 / np.sqrt(((x - center) ** 2).mean(axes, keepdims=True) + EPSILON)
    bound = ROUNDED * SINGLE.u * (abs(x) + abs(center)) * scale
    return Bounded((x - center) * scale, bound, SINGLE)


def _normed_halves(case: Case, data: Data) -> Expected:
    """Of each timestep, and of each sample: computed in float32, and rounded to half precision."""
    arrays: dict[str, Bounded] = {}
    for kind in NORMED:
        wanted = standardized(large(data), (2,) if kind == "LayerNormalization" else (1, 2))
        for policy in HALVES:
            target = PRECISIONS[policy.removeprefix("mixed_")]
            rounding = ROUNDED * target.u * abs(wanted.value)
            arrays[f"{kind} under {policy}"] = Bounded(
                wanted.value, wanted.bound + rounding + target.tiny, target
            )
    return Expected(arrays)


def _facts(facts: dict[str, Any]) -> Callable[[Case, Data], Expected]:
    """What facts alone say."""
    return lambda case, data: Expected(facts=facts)


def _slow_data(case: Case, data: Data) -> Expected:
    return Expected(facts={"batches of an epoch": 1})


def _one_of_one(case: Case, data: Data) -> Expected:
    """Inputs and outputs are put as they were."""
    forms = dict(zip(OF_ONE, ([0], (0,), {"one": 0}), strict=True))
    return Expected(
        facts={
            f"{what} in {form}, {way}": form_of(given, way)
            for what in ("input", "output")
            for form, given in forms.items()
            for way in MADE_OF_ONE
        }
    )


def _shaped_otherwise(case: Case, data: Data) -> Expected:
    """Twice as many features, which come out of the layer."""
    return Expected(
        facts={f"shape of {kind} as foretold": "as it is" for kind in SHAPED}
        | {f"shape of {kind}": "twice the last axis" for kind in SHAPED}
    )


def _output(case: Case, data: Data, *names: str) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    return Expected(dict.fromkeys(names, output))


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "told_once": _told_once,
    "slow_data": _slow_data,
    "no_samples": _no_samples,
    "assessed": _assessed,
    "added_again": _added_again,
    "added_shared": _added_shared,
    "compiled_within": _compiled_within,
    "printed": _printed,
    "summed_up": _summed_up,
    "functions": _functions,
    "any_order": _any_order,
    "normed_halves": _normed_halves,
    "shaped_otherwise": _shaped_otherwise,
    "named_mine": _facts(dict.fromkeys(named(), MINE)),
    "described_h5": _facts(dict.fromkeys(filed(), "as they were")),
    "layer_for_function": _facts(
        {f"{key} of {name}": SLOPE for name, keys in ACTIVE.items() for key in keys}
    ),
    "one_of_one": _one_of_one,
    "alike": _facts({f"function of {package}": package for package in PACKAGES}),
}
"""By deed, what it must give."""
