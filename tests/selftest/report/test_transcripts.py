"""A case that is transcribed does what it does without a transcript."""

from __future__ import annotations

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.judging import capabilities, suite
from keras_rnn_conformance.judging.verdict import conduct, judge
from keras_rnn_conformance.subject.transcript.recording import transcribe

AXES = (("do", "what"), ("via",), ("then",), ("as",), ("cell",), ("reset",), ("maskby",))
"""Axes of whose values each, or each pair, makes the subject do something else."""
TABLES = ("bad", "config", "file", "learn", "model")
"""Scenarios whose variants are rows of a table, which one piece of code goes through."""


def told_apart(case: Case) -> set[object]:
    """What a case does, as far as its code is other code."""
    one = ("what",) if case["do"] in TABLES else ()
    return {(axes, *(case[axis] for axis in axes if axis not in one)) for axes in AXES}


def chosen() -> list[Case]:
    """Cases that have, all together, every value of the axes, by the order of the profile."""
    backend, met, cases = environment.backend(), set[object](), []
    for case in suite.all_cases("default"):
        new = told_apart(case) - met
        if new and not capabilities.lacking(case, backend):
            met |= new
            cases.append(case)
    return cases


@pytest.mark.parametrize("case", chosen(), ids=str)
def test_a_transcript_changes_no_verdict(case: Case) -> None:
    plain, seen = conduct(case), transcribe(case, Data(case, 0)).plain
    drawn = case["do"] == "train"  # where a wrong mask shows first is up to what it is drawn
    places = [
        {
            rule: [(f.kind, "" if drawn else f.where) for f in failures]
            for rule, failures in verdict.failed.items()
        }
        for verdict in (judge(case, seen, 0), plain)
    ]
    assert places[0] == places[1], seen.error or seen.facts.get("came")
