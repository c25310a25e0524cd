"""Titles of all known failures: sentences about behaviour, short, whole, and apart.

Nothing is run: what Keras gave is taken from the recorded releases where they have it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.rules import Failure, rules_of
from keras_rnn_conformance.judging.verdict import Verdict
from keras_rnn_conformance.report.behaviour import LONGEST_TITLE, title
from keras_rnn_conformance.report.diagnosis import Diagnosis
from keras_rnn_conformance.report.failure_signature import Way
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.report.shrink import KEPT, Shrunk
from keras_rnn_conformance.report.wording import words
from keras_rnn_conformance.results.causes import Cause, causes
from keras_rnn_conformance.results.file import Row
from keras_rnn_conformance.results.rows import failures_of
from keras_rnn_conformance.results.store import recorded

suite.modules()
VERBS = (
    r" (returns|has|raises|gives|loses|drops|draws|ignores|leaves|changes|passes on|is|warns|"
    r"compiles|calls|keeps) "
)
JARGON = (
    r"\b(case|misuse|twin|oracle|scenario|(?<![.])(?<!rgument )axis(?!=)|rule|-seq\d|what\.|do\.)\b"
)


_OF_ARRAYS = re.compile(r"\b(one|last) axis\b")
"""Where the axis of an array is meant."""


def _shown(cause: Cause, backend: str) -> tuple[str, Row] | None:
    """The newest recorded release that shows the example of a cause, and what it gave."""
    entries = [entry for entry in cause.entries if entry.on(backend)]
    for results in reversed(recorded(backend)):
        release, row = results.header["keras"], results.rows.get(cause.example.case.id, {})
        known = any(entry.keras.contains(release, prereleases=True) for entry in entries)
        if known and cause.example.rule in row.get("failed", {}):
            return release, row
    return None


def _finding(cause: Cause, row: Row | None) -> Finding:
    """The finding of the example of a cause, with the options of its pattern as what it needs."""
    case, rule = cause.example.case, cause.example.rule
    kind: Any = cause.entries[0].kinds[0]
    failure, error = Failure(kind, "output", "1", "2", name="output"), None
    if row is not None:
        failure = failures_of(row)[rule][0]
        failure = replace(failure, name=re.split(r", sample|, against|\[", failure.where)[0])
        raised = row.get("raised")
        error = Raised(raised["class"], (), raised["message"]) if raised else None
    elif kind == "error":
        error = Raised("ValueError", (), "something is wrong")
    keys = {key for entry in cause.entries for key, *_ in entry.when} - {"layer", *KEPT[:2]}
    needs = [words(key, value) for key, value in case.departures.items() if key in keys]
    shrunk = Shrunk(case, needs=needs, avoids=dict.fromkeys(needs, ""))
    verdict = Verdict(case, Observation(error=error))
    return Finding(Way(rule, failure.kind, "", Diagnosis()), shrunk, verdict, rule, failure)


@cache
def _titles() -> tuple[tuple[str, Cause, str], ...]:
    """Release and backend, cause and title; without a release where none is recorded with it."""
    return tuple(
        (f"{release} {backend}" if row else "", cause, title(_finding(cause, row)))
        for cause in causes(known_failures.read(known_failures.FILE))
        for backend in BACKENDS
        if any(entry.on(backend) for entry in cause.entries)
        for release, row in [_shown(cause, backend) or ("", None)]
    )


def _spoilt(text: str) -> bool:
    """Whether a title is too long, not whole, or in words of this project."""
    return bool(
        len(text) > LONGEST_TITLE
        or not re.search(VERBS, text)
        or re.search(r"( a| the| of|:|,|^[^:]*\.\.\.)$", text)
        or "  " in text
        or text.rfind(" (") > text.rfind(")")
        or re.search(JARGON, _OF_ARRAYS.sub("", text))
    )


def test_every_title_is_a_short_and_whole_sentence() -> None:
    assert {text: cause.example.case.id for _, cause, text in _titles() if _spoilt(text)} == {}


def test_causes_in_one_run_have_titles_of_their_own() -> None:
    """But for those that show in the same case, which is one failure."""
    by_title: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for run, cause, text in _titles():
        if run:
            by_title[run, text][cause.example.case.id] = cause.reason
    assert {key: shown for key, shown in by_title.items() if len({*shown.values()}) > 1} == {}


def _title_of_a_wrong_value(case: Case, rule: str, name: str) -> str:
    failure = Failure("value", name, "1", "2", error=1.0, bound=0.1, name=name)
    verdict, shrunk = Verdict(case, Observation()), Shrunk(case, needs=[], avoids={})
    return title(Finding(Way(rule, "value", "", Diagnosis()), shrunk, verdict, rule, failure))


def test_whatever_array_is_wrong_the_title_is_a_sentence() -> None:
    """Of the first case of everything that is done, every array that the oracle knows."""
    first: dict[tuple[object, ...], Case] = {}
    for case in suite.all_cases("default"):
        first.setdefault((case["do"], case["what"], case["as"]), case)
    spoilt = {}
    for case in first.values():
        rules = rules_of(case)
        rule = next((rule.id for rule in rules if rule.values), rules[0].id)
        for name in expected(case, Data(case)).arrays:
            text = _title_of_a_wrong_value(case, rule, name)
            if _spoilt(text) or re.search(r"wrong (kept|forced|twin) ", text):
                spoilt[text] = case.id
    assert spoilt == {}


@pytest.mark.parametrize("word", ["call", "first, next call", "layer inside, unsaid"])
def test_no_title_speaks_of_the_observations_by_name(word: str) -> None:
    assert [text for *_, text in _titles() if f"wrong {word} " in text] == []
