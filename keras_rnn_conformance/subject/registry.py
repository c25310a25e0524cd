"""The code of the scenarios, by name: each module of `scenarios` registers its own."""

from __future__ import annotations

from collections.abc import Callable

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data

Scenario = Callable[[Case, Data], Observation]
SCENARIO_CODE: dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Register the decorated function as the code of a scenario."""

    def register(function: Scenario) -> Scenario:
        SCENARIO_CODE[name] = function
        return function

    return register
