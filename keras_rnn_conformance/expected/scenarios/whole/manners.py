"""What the deeds about the manners of merges, models, metrics and files must give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.models.manners import (
    COUNTING,
    NAMES,
    TOLD,
    UNFIT,
    VALUES,
    counted,
)
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.models import oracle_of, weights_of
from reference_impl import PRECISIONS, Bounded
from reference_impl.models.model import Given, evaluate

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
        model, inputs = oracle_of(whole), fed(whole, data)
        weights = {k: np.atleast_1d(w) for k, w in weights_of(model, inputs, data).items()}
        values = evaluate(model, Given(inputs, weights)).values
        facts[f"{name}: inputs"] = [list(array.shape[1:]) for array in inputs.values()]
        facts[f"{name}: outputs"] = [list(values[output].shape[1:]) for output in whole.outputs]
        facts[f"{name}: outputs foretold"] = facts[f"{name}: outputs"]
        facts[f"{name}: names"] = list(whole.inputs)
        facts[f"{name}: parameters"] = sum(weight.size for weight in weights.values())
    return Expected(facts=facts)


def _counted(case: Case, data: Data) -> Expected:
    """Sums and means of the values, plain and weighed."""
    dtype = COMPUTE[str(case["dtype"])]
    values, weights = counted(dtype)
    arrays: dict[str, Bounded] = {}
    for kind in COUNTING:
        for way, shares in (("plain", np.ones_like(weights)), ("weighed", weights)):
            total = (values[:, 0] * shares).sum()
            value = np.atleast_1d(total if kind == "Sum" else total / shares.sum())
            bound = ROUNDED * PRECISIONS[dtype].u * value
            given = {f"{kind} of {of}, {way}" for of in VALUES[dtype]}
            arrays |= dict.fromkeys(given, Bounded(value, bound, PRECISIONS[dtype]))
    return Expected(arrays)


def _named(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    return Expected({f"{name}, {kind}": output for name in NAMES for kind in ("str", "Path")})


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "unfit": _unfit,
    "told": _told,
    "counted_in": _counted,
    "named_files": _named,
}
