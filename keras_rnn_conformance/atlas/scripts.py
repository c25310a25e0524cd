"""Standalone scripts for what fails: for each reason, rule and backend, of the simplest case."""

from __future__ import annotations

import re
from collections import defaultdict

from keras_rnn_conformance.atlas.explaining import Explanations, Why, why
from keras_rnn_conformance.atlas.gather import Gathered
from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import EnvironmentFault
from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.report.repro import NoText, Plan, script
from keras_rnn_conformance.results.file import Results, Row

_TRIED = 12
"""How many cases of a reason are tried, the simplest first."""


def scripts(gathered: Gathered, explanations: Explanations) -> dict[str, str]:
    """The scripts by case, rule and backend: `ID RULE BACKEND`.

    A script holds the calls that ran, so there are those of the Keras and the backend of this
    process alone; none where it has no Keras.
    """
    here = _here()
    results = next((run for run in gathered.runs if run.name == here), None)
    if results is None:
        return {}
    written = {}
    for (_, rule), failing in _failing(results, gathered, explanations).items():
        ids = sorted(failing, key=lambda id: _simplicity(gathered.cases[id]))
        for id in ids[:_TRIED]:
            text = _script(gathered.cases[id], rule, results, failing[id])
            if text:
                written[f"{id} {rule} {results.header['backend']}"] = text
                break
    return written


def _failing(
    results: Results, gathered: Gathered, explanations: Explanations
) -> dict[tuple[Why, str], dict[str, Failure]]:
    """By reason and rule, the first failure of every case."""
    by_reason: dict[tuple[Why, str], dict[str, Failure]] = defaultdict(dict)
    for id, row in results.rows.items():
        if not row.get("failed"):
            continue
        stood = explanations.standings(results, gathered.cases[id], row)
        for rule, one in stood.items():
            if one.failures:
                by_reason[why(one), rule][id] = _located(one.failures[0], row, rule)
    return by_reason


def _here() -> str:
    """The release and the backend of this process, as results are named; empty without Keras."""
    try:
        return f"{environment.keras_release()}-{environment.backend()}"
    except EnvironmentFault:
        return ""


def _located(failure: Failure, row: Row, rule: str) -> Failure:
    """The failure with its numbers, and with the name of the array that it is in, if it is."""
    kept, name = row["failed"][rule], re.split(r"[,\[]", failure.where)[0]
    return Failure(
        failure.kind,
        failure.where,
        failure.got,
        failure.want,
        kept.get("error"),
        kept.get("bound"),
        name if name in row["arrays"] else "",
    )


def _simplicity(case: Case) -> tuple[int, int, str]:
    return len(case.departures), len(case.id), case.id


def _script(case: Case, rule: str, results: Results, failure: Failure) -> str:
    seen = _seen(results.rows[case.id])
    try:
        return script(Plan(case, results.header["seed"], rule, failure, seen)).text
    except NoText:
        return ""


def _seen(row: Row) -> Observation:
    """What a script asks of the observation: the error, if there was one."""
    raised = row.get("raised")
    return Observation(error=Raised(raised["class"], (), raised["message"]) if raised else None)
