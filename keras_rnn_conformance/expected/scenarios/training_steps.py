"""One step of plain gradient descent: its targets, and what it must make of the weights.

The loss is the mean absolute error to targets beyond the reach of the outputs, so that its gradient
is known without the outputs: plus or minus one over the number of outputs, a power of two.
"""

from __future__ import annotations

import math

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.dtypes import COMPUTE, VARIABLE
from keras_rnn_conformance.cases.scenarios.training import LEARNING_RATE, targets
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected, expectation
from keras_rnn_conformance.expected.scenarios.penalties import PENALTIES, PENALTY_GRADIENTS
from reference_impl import PRECISIONS, Bounded

NAMES = ("kernel", "recurrent_kernel", "bias")


@expectation("fit")
def _step(case: Case, data: Data) -> Expected:
    weights, far = data.weights(), targets(case, data)
    variable = PRECISIONS[VARIABLE[str(case["dtype"])]]
    if case["what"] == "frozen":
        still = [Bounded(w, np.zeros_like(w), variable) for w in weights]
        return Expected(dict(zip(NAMES, still, strict=False)))
    layer = oracle(case)
    slope = -np.sign(far) / far.size
    gradients = layer.gradients(data.x, weights, [slope], mask=data.mask)
    named = dict(zip(NAMES, weights, strict=False))
    penalized = named if case["what"] == "penalized" else {}
    arrays = {
        name: _moved(w, _steeper(gradients[name], w, name) if penalized else gradients[name],
                     variable.u)
        for name, w in named.items()
    }  # fmt: skip
    result = layer(data.x, weights, mask=data.mask)
    penalty = sum(PENALTIES[name](w) for name, w in penalized.items())
    arrays["loss"] = _loss(result.returned[0], far, case, penalty)
    if case["stateful"]:
        kept = [f"kept {name}" for name in state_names(case.layer)]
        arrays |= dict(zip(kept, result.states, strict=True))
    return Expected(arrays, list(arrays))


def _steeper(gradient: Bounded, weight: Array, name: str) -> Bounded:
    """The gradient with that of the penalty, which is exact, and the sum rounded once."""
    value = gradient.value + PENALTY_GRADIENTS[name](weight)
    unit = gradient.precision.u
    return Bounded(value, gradient.error + unit * (np.abs(value) + gradient.error),
                   gradient.precision)  # fmt: skip


def _moved(weight: Array, gradient: Bounded, unit: float) -> Bounded:
    """weight - rate * gradient: the product is exact but for underflow, the difference rounds."""
    value = weight - LEARNING_RATE * gradient.value
    carried = LEARNING_RATE * gradient.error
    return Bounded(value, carried + unit * (np.abs(value) + carried), gradient.precision)


def _loss(output: Bounded, far: Array, case: Case, penalty: float) -> Bounded:
    """mean(|target - output|) over all outputs, each term and a sum in any order rounded.

    The penalties, which are exact, are added one by one.
    """
    terms = np.abs(far - output.value)
    unit = PRECISIONS[COMPUTE[str(case["dtype"])]].u
    relative = math.expm1((far.size + 2) * math.log1p(unit))
    carried = np.mean(output.error)
    error = carried + relative * (np.mean(terms) + carried)
    total = np.mean(terms) + penalty
    error += relative * penalty
    return Bounded(np.asarray(total), np.asarray(error), output.precision)
