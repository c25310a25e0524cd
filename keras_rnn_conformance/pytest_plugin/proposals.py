"""`--write-known-failures FILE`: entries for what failed, the narrowest pattern that covers it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.cases.axes import AXES, BY_KEY
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.judging.rules import rules_of
from keras_rnn_conformance.pytest_plugin.recorder import refuse_standard_output

HEAD = """\
# Proposed by --write-known-failures: fill in the reasons, then run with --known-failures and the
# name of this file. The format is explained in docs/known_failures.md.
schema = 1

"""
REASON = "TO BE FILLED IN: the cause, in a sentence"
Broken = dict[tuple[str, tuple[str, ...]], list[Case]]


class Proposer:
    """Gathers what failed and what passed; writes the file at the end of the run."""

    def __init__(self, path: Path) -> None:
        refuse_standard_output("--write-known-failures", path)
        if not path.parent.is_dir():
            raise pytest.UsageError(f"--write-known-failures: {path.parent} is not a folder")
        if path.is_dir():
            raise pytest.UsageError(f"--write-known-failures: {path} is a folder; name a file")
        self.path = path
        self.closing_line = f"known failures proposed: {path}"
        self.broken: Broken = {}
        self.sound: list[tuple[Case, set[str]]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        if report.when != "call" or "failed" not in facts:
            return
        try:
            case = Case.parse(facts["case"])
        except CaseError:
            return
        self.sound.append((case, {rule.id for rule in rules_of(case)} - set(facts["failed"])))
        for rule in facts["unexpected"] if report.failed else []:
            self.broken.setdefault((rule, tuple(facts["failed"][rule])), []).append(case)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        try:
            write_whole(self.path, text(self.broken, self.sound))
        except CommandFault as fault:
            self.closing_line = f"known failures not proposed: {fault}"
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(self.closing_line)


def text(broken: Broken, sound: Iterable[tuple[Case, set[str]]]) -> str:
    """The file: an entry for each rule and kind, the narrowest first."""
    sound = list(sound)
    kinds_of: dict[tuple[str, str], tuple[dict[str, list[Any]], set[str]]] = {}
    for (rule, kinds), cases in sorted(broken.items()):
        passing = [case for case, holds in sound if rule in holds]
        for when in patterns(cases, passing):
            _, all_kinds = kinds_of.setdefault((rule, json.dumps(when)), (when, set()))
            all_kinds.update(kinds)
    entries = [
        (len(when), entry(rule, sorted(kinds), when))
        for (rule, _), (when, kinds) in kinds_of.items()
    ]
    entries.sort(key=lambda item: -item[0])
    return HEAD + "\n".join(entry for _, entry in entries)


def patterns(cases: list[Case], passing: list[Case]) -> list[dict[str, list[Any]]]:
    """Patterns that cover the cases and none of the passing ones."""
    keys = {"seq", "state", "do", "as"}.union(*(case.departures for case in cases))
    for more in ((), ("u", "t", "n", "in")):
        when = pattern(cases, {*keys, *more})
        if not any(matches(when, case) for case in passing):
            return [when]
    return [
        pattern([case], {axis.key for axis in AXES if case.layer in axis.layers}) for case in cases
    ]


def pattern(cases: list[Case], keys: Iterable[str]) -> dict[str, list[Any]]:
    """For each axis the values that the cases have."""
    when: dict[str, list[Any]] = {"layer": sorted({case.layer for case in cases})}
    for axis in AXES:
        if axis.key in keys:
            when[axis.key] = sorted({case[axis.key] for case in cases}, key=str)
    return when


def matches(when: Mapping[str, list[Any]], case: Case) -> bool:
    """Whether a pattern covers a case."""
    return all(
        (case.layer if key == "layer" else case[key]) in values for key, values in when.items()
    )


def entry(rule: str, kinds: Iterable[str], when: Mapping[str, list[Any]]) -> str:
    """One entry of the file."""
    shown = ", ".join(f"{key} = {json.dumps(values)}" for key, values in when.items())
    release = environment.keras_release()
    assert all(key == "layer" or key in BY_KEY for key in when)
    return (
        f'[[failure]]\nrule = "{rule}"\nwhen = {{ {shown} }}\nkeras = "=={release}"\n'
        f'backend = ["{environment.backend()}"]\nkind = {json.dumps(list(kinds))}\n'
        f'reason = "{REASON}"\n'
    )
