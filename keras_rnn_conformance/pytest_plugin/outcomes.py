"""What each case of a run came to, told once a case, however often it is run or reported.

A plugin may run a case again, and report each attempt: the last one counts. A worker may die in
one, which is reported as a failure outside of any phase: that case has no verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import pytest

from keras_rnn_conformance.cases.case import Case, CaseError

Word = Literal["passed", "known failures", "failed", "without a verdict", "not run"]


@dataclass(frozen=True)
class Outcome:
    """What a case came to.

    Attributes:
        id: of the case.
        word: for the counts.
        facts: what the item told with it.
        reason: why it was not run, or has no verdict; else empty.
    """

    id: str
    word: Word
    facts: dict[str, Any]
    reason: str = ""


class Outcomes(dict[str, Outcome]):
    """By case id, what the reports of a run say last."""

    def take(self, report: pytest.TestReport) -> Outcome | None:
        """Learn from a report; return the outcome if it is news."""
        id = report.nodeid.rpartition("::")[2]
        outcome = _outcome(id, report) if is_case(id) else None
        if outcome is None or self._is_worse(id, report):
            return None
        self[id] = outcome
        return outcome

    def _is_worse(self, id: str, report: pytest.TestReport) -> bool:
        """Whether the case failed already, and the report is of what came after it."""
        return id in self and self[id].word == "failed" and report.when != "call"


@lru_cache(4)
def is_case(id: str) -> bool:
    """Whether the last part of a node id is a case, and not another test."""
    try:
        Case.parse(id)
    except CaseError:
        return False
    return True


def came_to_its_end(session: pytest.Session, exitstatus: int) -> bool:
    """Whether a session ran all that it was asked to."""
    stopped = bool(session.shouldstop or session.shouldfail)
    return exitstatus <= pytest.ExitCode.TESTS_FAILED and not stopped


def _outcome(id: str, report: pytest.TestReport) -> Outcome | None:
    facts: dict[str, Any] = dict(report.user_properties)
    if report.skipped and "case" not in facts:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        return Outcome(id, "not run", facts, str(reason).removeprefix("Skipped: "))
    if report.failed and (report.when != "call" or "case" not in facts):
        lines = str(report.longrepr).strip().splitlines() or ["no verdict"]
        return Outcome(id, "without a verdict", facts, lines[-1])
    if report.when != "call" or not (report.failed or report.passed or report.skipped):
        return None
    if report.failed:
        return Outcome(id, "failed", facts)
    return Outcome(id, "known failures" if facts.get("known") else "passed", facts)
