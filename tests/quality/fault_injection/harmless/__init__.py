"""Changes that a correct Keras may make, for which no rule may fire.

    python -m pytest -p tests.quality.fault_injection.harmless.everything

makes those of them at once that go together, and judges the Keras that results.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from tests.quality.fault_injection.faults import Fault, Garden

Planting = Callable[[Garden], None]
HARMLESS: dict[str, Fault] = {}
ALONE: dict[str, str] = {}
"""By name, why a change does not go together with the others and every case."""


def harmless(
    name: str, sentence: str, cases: str, alone: str = ""
) -> Callable[[Planting], Planting]:
    """Register the decorated function as what makes a change for which no rule may fire.

    Args:
        name: unique.
        sentence: what such a Keras does.
        cases: the ids of cases that meet the change, separated by spaces.
        alone: why the change is made in these cases only, if it is.
    """

    def register(plant: Planting) -> Planting:
        HARMLESS[name] = Fault(name, sentence, (), tuple(cases.split()), plant)
        if alone:
            ALONE[name] = alone
        return plant

    return register


def every() -> dict[str, Fault]:
    """Every change, by name."""
    for module in ("layers", "models", "numbers"):
        importlib.import_module(f"{__name__}.{module}")
    return HARMLESS
