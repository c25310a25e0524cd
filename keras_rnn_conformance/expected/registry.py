"""What the oracle expects of a case: the scenarios that have an expectation, and what one holds."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from reference_impl import Bounded

GENERATION = ContextVar("generation", default="keras3")
"""What Keras's names and defaults mean; see `reference_impl.generations`."""


@contextmanager
def of_generation(name: str) -> Iterator[None]:
    """Expect what another generation of Keras means, while the context lasts."""
    token = GENERATION.set(name)
    try:
        yield
    finally:
        GENERATION.reset(token)


@dataclass
class Expected:
    """What should come out.

    Attributes:
        arrays: by name, values with bounds.
        names: the names of what the call returns, in order.
        facts: whatever else the rules of a scenario ask for.
    """

    arrays: dict[str, Bounded] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


_ROOM = [str(Path(__file__).parent)]
Expectation = Callable[[Case, Data], Expected]


EXPECTATIONS: dict[str, Expectation] = {}


def expectation(scenario: str) -> Callable[[Expectation], Expectation]:
    """Register the decorated function as what the oracle says of a scenario."""

    def register(function: Expectation) -> Expectation:
        EXPECTATIONS[scenario] = function
        return function

    return register


@cache
def _registered() -> dict[str, Expectation]:
    """The expectations by scenario, those of every module of them."""
    for module in sorted(m.name for m in pkgutil.walk_packages(_ROOM, f"{__package__}.")):
        importlib.import_module(module)
    return EXPECTATIONS


def expected(case: Case, data: Data) -> Expected:
    """What the oracle expects of a case; nothing where its scenario has no oracle."""
    scenario = str(case["do"])
    expectation = _registered().get(scenario)
    return expectation(case, data) if expectation else Expected()


BY_FORM: dict[str, Expectation] = {}
"""What the oracle says of a `call` of other forms than a plain layer; see `composition.form`."""
