"""The subject: the Keras that this process runs. Nothing else in the project imports it."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data

environment.prepare()

Scenario = Callable[[Case, Data], Observation]
SCENARIO_CODE: dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Register the decorated function as the code of a scenario."""

    def register(function: Scenario) -> Scenario:
        SCENARIO_CODE[name] = function
        return function

    return register


def observe(case: Case, data: Data) -> Observation:
    """Run a case on Keras and record what comes out; an error of Keras is an observation too.

    A layer without a seed takes one from Python's generator: from the case, and not from whatever
    ran before it, comes what it draws.
    """
    random.seed(f"{data.seed} {case.id}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with watch.watching() as watched:
            try:
                seen = SCENARIO_CODE[str(case["do"])](case, data)
            except Exception as error:
                seen = Observation(error=Raised.of(error))
        seen.changed = watched.settle()
    seen.warnings = list(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
    return seen


from keras_rnn_conformance.subject import calls, cells, watch, wrappers  # noqa: E402, F401  (register their scenarios and builders)
from keras_rnn_conformance.subject.scenarios import (
    article,
    cost,
    dropout,
    gradients,
    initial_weights,
    mask_propagation,
    metamorphic,
    misuses,
    paths,
    penalties,
    saving,
    signatures,
    training_steps,
)
