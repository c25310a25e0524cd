"""The code of the scenarios, by name: each module of `scenarios` registers its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data

T = TypeVar("T")
Scenario = Callable[[Case, Data], Observation]
SCENARIO_CODE: dict[str, Scenario] = {}


def printed(thing: T) -> T:
    """Mark a function or class of Keras and NumPy alone, which scripts hold as it is and call."""
    thing.is_printed = True  # type: ignore[attr-defined]
    return thing


def noted(key: str, value: object) -> None:
    """Where a transcript is taken, keep how a value was come by that no observation holds."""


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Register the decorated function as the code of a scenario."""

    def register(function: Scenario) -> Scenario:
        SCENARIO_CODE[name] = function
        return function

    return register
