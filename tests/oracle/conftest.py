"""The record of how far the oracle is from each independent source, printed after the run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.oracle.drawn import fixed_search

KEY = "oracle-disagreement"
_worst: dict[str, tuple[float, str]] = {}

fixed_search()


@dataclass
class Record:
    """The worst disagreement that one test saw with each source, in ulp."""

    worst: dict[str, float] = field(default_factory=dict)

    def note(self, source: str, error: float, magnitude: float, digits: int = 52) -> float:
        """Record an absolute error and return it in ulp of `magnitude`.

        Args:
            digits: the fraction bits of the format: 52 for float64, 23 for float32.
        """
        ulp = math.ldexp(1.0, math.frexp(magnitude)[1] - 1 - digits) if magnitude else np.inf
        in_ulp = error / ulp
        self.worst[source] = max(self.worst.get(source, 0.0), in_ulp)
        return in_ulp

    def note_share(self, source: str, share: float) -> None:
        """Record a share of a bound, which is no disagreement but is worth knowing."""
        self.worst[source] = max(self.worst.get(source, 0.0), share)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Iterator[Record]:
    """What the test records here shows up in the table after the run."""
    kept = Record()
    yield kept
    request.node.user_properties.append((KEY, kept.worst))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect what the tests recorded, on one process or on many."""
    if report.when != "teardown":
        return
    for key, worst in report.user_properties:
        if key == KEY and isinstance(worst, dict):
            for source, ulp in worst.items():
                if ulp >= _worst.get(source, (-1.0, ""))[0]:
                    _worst[source] = (ulp, report.nodeid.partition("::")[2])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    if not _worst:
        return
    terminalreporter.section("worst disagreement with each independent source, ulp")
    for source, (ulp, where) in sorted(_worst.items()):
        terminalreporter.write_line(f"{ulp:10.3g}  {source:<44} {where}")
