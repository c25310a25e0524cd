"""What the deeds about the manners of merges, models, metrics and files must give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.models.manners import (
    ASSESSED,
    COUNTING,
    GIVEN,
    MISLOADED,
    MISSHAPEN,
    NAMES,
    REDUCTIONS,
    REFUSED,
    SAID,
    SCALE,
    TOLD,
    UNFIT,
    VALUES,
    counted,
)
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.cases.streams import GRID
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.models import posed
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.models.model import evaluate
from reference_impl.training.losses import Loss, one_loss

SINGLE = PRECISIONS["float32"]
MSE, MAE = "mean_squared_error", "mean_absolute_error"

ROUNDED = 4
"""How often a result is rounded, at most: what is summed needs fewer bits than there are."""


def _unfit(case: Case, data: Data) -> Expected:
    rows = UNFIT.items()
    return Expected(
        facts={f"{kind} of {name}": "ValueError" for name, (kinds, _, _) in rows for kind in kinds}
    )


def _told(case: Case, data: Data) -> Expected:
    """The shapes of what the oracle is given and computes."""
    facts: dict[str, Any] = {}
    for name in TOLD:
        whole = model_of(case, name)
        model, given = posed(whole, data)
        values = evaluate(model, given).values
        facts[f"{name}: inputs"] = [list(array.shape[1:]) for array in given.inputs.values()]
        facts[f"{name}: outputs"] = [list(values[output].shape[1:]) for output in whole.outputs]
        facts[f"{name}: outputs foretold"] = facts[f"{name}: outputs"]
        facts[f"{name}: names"] = list(whole.inputs)
        facts[f"{name}: parameters"] = sum(weight.size for weight in given.weights.values())
    return Expected(facts=facts)


def _counted(case: Case, data: Data) -> Expected:
    """Sums and means of the values, plain and weighed."""
    dtype = COMPUTE[str(case["dtype"])]
    values, weights = counted(dtype)
    arrays: dict[str, Bounded] = {}
    for kind in COUNTING:
        for way, shares in (("plain", np.ones_like(weights)), ("weighed", weights)):
            rows = values.sum(1) if kind == "Sum" else values.mean(1)
            total = (rows * shares).sum()
            value = np.atleast_1d(total if kind == "Sum" else total / shares.sum())
            bound = ROUNDED * PRECISIONS[dtype].u * value
            given = {f"{kind} of {of}, {way}" for of in VALUES[dtype]}
            arrays |= dict.fromkeys(given, Bounded(value, bound, PRECISIONS[dtype]))
    return Expected(arrays)


def _named(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    outputs = {f"{name}, {kind}": output for name in NAMES for kind in ("str", "Path")}
    return Expected(outputs, facts={f"scale in {name}": SCALE for name in NAMES})


def _assessed(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    own = np.abs(data.numbers("weights sample", (data.batch,), 2 * GRID))
    values = {
        "loss": one_loss(Loss(MSE), data.states(1)[0], output, None, own),
        MAE: one_loss(Loss(MAE), data.states(1)[0], output, None, None),
        MSE: one_loss(
            Loss(MSE, reduction="mean_with_sample_weight"), data.states(1)[0], output, None, own
        ),
    }
    return Expected(
        {
            f"{name}, {way}, {ending}": cast(Bounded, value)
            for name, value in values.items()
            for way in SAID
            for ending in ("keras", "h5")
        }
    )


def _reduced(case: Case, data: Data) -> Expected:
    """The loss of sequences by each reduction, plain and weighed, masked and not."""
    arrays: dict[str, Bounded] = {}
    predicted = exact(data.x, SINGLE)
    weights = np.abs(data.numbers("weights timestep", data.lead, 2 * GRID))
    for way, of, mask in (
        ("plain", None, None),
        ("weighed", weights, None),
        ("masked", None, data.mask),
        ("both", weights, data.mask),
    ):
        for reduction in REDUCTIONS:
            loss = Loss(MSE, reduction=reduction)
            value = one_loss(loss, data.x_of(1), predicted, mask, of)
            arrays[f"{reduction}, {way}"] = cast(Bounded, value)
    return Expected(arrays)


def _misshapen(case: Case, data: Data) -> Expected:
    names = [f"{way} of weight {k}" for way in MISSHAPEN for k in range(3)]
    return Expected(facts=dict.fromkeys([*names, *MISLOADED], "ValueError"))


def _registered(case: Case, data: Data) -> Expected:
    doubled = oracle(case)(2.0 * data.x, data.weights()).output
    arrays = {f"{way}, {ending}": doubled for way in GIVEN for ending in ("keras", "h5")}
    halved = oracle(case)(0.5 * data.x, data.weights()).output
    arrays |= {f"registered function, {ending}": halved for ending in ("keras", "h5")}
    return Expected(arrays, facts=dict.fromkeys(REFUSED, True))


def _own_metric(case: Case, data: Data) -> Expected:
    """How many samples there are, each time."""
    facts: dict[str, Any] = {f"samples, time {k}": data.batch for k in range(ASSESSED)}
    return Expected(facts={**facts, "variables": 1})


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "unfit": _unfit,
    "told": _told,
    "counted_in": _counted,
    "named_files": _named,
    "assessed_files": _assessed,
    "dotted_h5": lambda case, data: Expected(facts={"the same out of its file": True}),
    "reduced": _reduced,
    "misshapen": _misshapen,
    "registered": _registered,
    "own_metric": _own_metric,
}
