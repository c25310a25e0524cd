"""Cases are counted once, by what they came to last, whatever plugins and dying workers report."""

from __future__ import annotations

from typing import Any

import pytest

from keras_rnn_conformance.pytest_plugin.outcomes import Outcomes
from keras_rnn_conformance.pytest_plugin.summary import Tally

ID = "LSTM-seq1-state1-u3-t5"
FACTS = {"case": ID, "device": "cpu", "unjudged": {}, "budget": 0.1, "broken": []}
BROKEN = {**FACTS, "broken": ["VALUE-2"]}


def report(
    outcome: str, when: str = "call", facts: dict[str, Any] = FACTS, id: str = ID, why: str = ""
) -> pytest.TestReport:
    made: dict[str, Any] = {
        "nodeid": f"tests/conformance/layer/test_matrix.py::{id}",
        "location": ("", None, id),
        "keywords": {},
        "outcome": outcome,
        "longrepr": why or None,
        "when": when,
        "user_properties": [*facts.items()],
    }
    return pytest.TestReport(**made)


def counted(*reports: pytest.TestReport, green: bool = True) -> str:
    outcomes = Outcomes()
    for one in reports:
        outcomes.take(one)
    return Tally(outcomes).counts(green)


def test_a_case_that_is_run_again_is_one_case() -> None:
    """As pytest-rerunfailures reports it: each attempt with its phases, failures as `rerun`."""
    said = counted(
        report("passed", "setup", {}),
        report("rerun", "call", BROKEN),
        report("passed", "setup", BROKEN),
        report("passed"),
        report("passed", "teardown"),
    )
    assert said == "cases: 1 passed, 0 known failures, 0 failed, 0 not run; device: cpu"


def test_the_last_attempt_counts() -> None:
    assert "0 passed, 0 known failures, 1 failed" in counted(
        report("passed"), report("failed", "call", BROKEN), report("passed", "teardown", BROKEN)
    )
    assert "1 passed, 0 known failures, 0 failed" in counted(
        report("failed", "call", BROKEN), report("passed")
    )


def test_a_worker_that_dies_costs_a_verdict() -> None:
    said = counted(report("failed", "???", {}, why="worker 'gw0' crashed"), green=False)
    assert said == (
        "cases: 0 passed, 0 known failures, 1 without a verdict, 0 not run; device: none"
    )


def test_a_worker_that_dies_in_a_second_attempt_costs_the_first_too() -> None:
    said = counted(report("rerun", "call", BROKEN), report("failed", "???", {}, why="x"))
    assert "1 without a verdict" in said and "0 passed" in said


def test_an_error_after_a_failure_leaves_it_a_failure() -> None:
    said = counted(report("failed", "call", BROKEN), report("failed", "teardown", BROKEN, why="x"))
    assert "1 failed" in said and "verdict" not in said


def test_an_error_after_a_pass_costs_the_verdict() -> None:
    assert "1 without a verdict" in counted(
        report("passed"), report("failed", "teardown", FACTS, why="x")
    )


def test_a_case_that_took_too_long_has_no_verdict() -> None:
    assert "1 without a verdict" in counted(report("failed", "call", {}, why="ran longer"))


def test_a_red_run_does_not_say_that_none_failed() -> None:
    assert "failed" not in counted(report("passed"), green=False).replace("known failures", "")


def test_other_tests_are_no_cases() -> None:
    assert "0 passed" in counted(report("passed", id="test_x"), report("failed", id="test_y"))
