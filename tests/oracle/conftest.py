"""The record of how far the oracle is from each independent source, printed after the run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.oracle.drawn import fixed_search

TITLES = {
    "worst": "worst disagreement with each independent source, ulp",
    "loosest": "loosest bound, times the worst error that any rounding reached",
}
_tables: dict[str, dict[str, tuple[float, str]]] = {key: {} for key in TITLES}

fixed_search()


@dataclass
class Record:
    """The worst disagreement that one test saw with each source, in ulp, and the loosest bound."""

    worst: dict[str, float] = field(default_factory=dict)
    loosest: dict[str, float] = field(default_factory=dict)

    def note(self, source: str, error: float, magnitude: float, digits: int = 52) -> float:
        """Record an absolute error and return it in ulp of `magnitude`.

        Args:
            digits: the fraction bits of the format: 52 for float64, 23 for float32.
        """
        ulp = math.ldexp(1.0, math.frexp(magnitude)[1] - 1 - digits) if magnitude else np.inf
        in_ulp = float(error / ulp)  # workers send plain numbers alone
        self.worst[source] = max(self.worst.get(source, 0.0), in_ulp)
        return in_ulp

    def note_looseness(self, source: str, times: float) -> None:
        """Record how many times larger a bound is than the worst error found."""
        self.loosest[source] = max(self.loosest.get(source, 0.0), float(times))


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Iterator[Record]:
    """What the test records here shows up in the table after the run."""
    kept = Record()
    yield kept
    request.node.user_properties += [("worst", kept.worst), ("loosest", kept.loosest)]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect what the tests recorded, on one process or on many."""
    if report.when != "teardown":
        return
    for key, values in report.user_properties:
        if key not in _tables or not isinstance(values, dict):
            continue
        table = _tables[key]
        for source, value in values.items():
            if value >= table.get(source, (-1.0, ""))[0]:
                table[source] = (value, report.nodeid.partition("::")[2])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the tables."""
    for key, table in _tables.items():
        if table:
            terminalreporter.section(TITLES[key])
        for source, (value, where) in sorted(table.items()):
            terminalreporter.write_line(f"{value:10.3g}  {source:<44} {where}")
