"""What the failures of a session come down to, and what `--reports DIR` writes about them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import WriteFault, append, write_whole
from keras_rnn_conformance.base.paths import COMMAND, JUDGE
from keras_rnn_conformance.base.timeout import CaseTimeout, limited
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import readiness
from keras_rnn_conformance.pytest_plugin.items import Session
from keras_rnn_conformance.pytest_plugin.outcomes import is_case
from keras_rnn_conformance.report import folder, issue
from keras_rnn_conformance.report.behaviour import tell_apart
from keras_rnn_conformance.report.failure_signature import unexpected
from keras_rnn_conformance.report.findings import ONE, Examination, Finding, add_script, examine

SCRIPTS_SECONDS = 30.0
_OVERTIME = 120.0
"""Seconds beyond its own time after which an examination is taken to hang."""


class Journal:
    """What is running and what is done, as files that are readable after any end of the process."""

    def __init__(self, path: Path, worker: str) -> None:
        self.running = path / f"running-{worker}.txt"
        self.done = path / f"done-{worker}.jsonl"
        self.lost = ""
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.done.unlink(missing_ok=True)
        except OSError as error:
            raise pytest.UsageError(f"--reports: {path}: {error.strerror}") from None

    def _write(self, write: Callable[[Path, str], None], path: Path, text: str) -> None:
        """The verdicts count more than the journal: it ends where it cannot be written."""
        if self.lost:
            return
        try:
            write(path, text)
        except WriteFault as error:
            self.lost = f"--reports: {error}"

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(write_whole, self.running, nodeid.rpartition("::")[2] + "\n")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        facts: dict[str, Any] = dict(report.user_properties)
        line = {
            "id": report.nodeid.rpartition("::")[2],
            "outcome": report.outcome,
            "broken": facts.get("broken", []),
        }
        self._write(append, self.done, json.dumps(line) + "\n")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus != pytest.ExitCode.INTERRUPTED:
            with contextlib.suppress(OSError):
                self.running.unlink(missing_ok=True)
        if self.lost and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.lost:
            terminalreporter.write_line(self.lost, red=True)


class Reports:
    """Lives in the controlling process: examines the failures once all cases are done.

    Attributes:
        path: the folder for the reports; None if there is only what the terminal shows.
        seconds: how long to examine; 0 for not at all.
        failing: by case id, what its item told, of those that broke a rule.
        faults: by case id, why it has no verdict.
        mended: by known failure, the cases in which it did not fail.
    """

    def __init__(self, session: Session, path: Path | None, seconds: float) -> None:
        self.session = session
        self.path = path
        self.seconds = seconds
        self.failing: dict[str, dict[str, Any]] = {}
        self.faults: dict[str, str] = {}
        self.mended: dict[str, list[str]] = {}
        self.examination = Examination()
        self.folders: dict[str, Path] = {}
        self.interrupted = False
        self.unwritten: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        if not report.failed:
            return
        id = report.nodeid.rpartition("::")[2]
        for entry in facts.get("mended", []):
            self.mended.setdefault(entry, []).append(id)
        if facts.get("unexpected"):
            self.failing[id] = facts
        elif is_case(id) and not facts.get("mended"):
            lines = str(report.longrepr).strip().splitlines() or ["no verdict"]
            self.faults.setdefault(id, lines[-1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        if (self.failing or self.faults) and not self.interrupted:
            with contextlib.ExitStack() as stack:
                capture = session.config.pluginmanager.getplugin("capturemanager")
                if capture is not None:
                    stack.enter_context(capture.global_and_fixture_disabled())
                try:
                    self._examine()
                except (CommandFault, CaseTimeout, OSError) as error:
                    self.unwritten.append(f"not examined: {error}")

    def _examine(self) -> None:
        seed = self.session.seed
        cases = [Case.parse(id) for id in self.failing]
        if cases and self.seconds:
            readiness.ready()  # workers judged: this process has no Keras yet
            with limited("the examination of the failures", self.seconds + _OVERTIME):
                self.examination = examine(
                    cases,
                    unexpected(self.session.known),
                    seed,
                    self.seconds,
                    each=min(ONE, self.seconds / 2),
                )
            tell_apart(self.examination.findings)
        if self.path is not None:
            self._write(self.path, seed)

    def _write(self, path: Path, seed: int) -> None:
        end = time.monotonic() + SCRIPTS_SECONDS
        for finding in self.examination.findings:
            if time.monotonic() < end:
                add_script(finding, seed)
            else:
                command = f"{COMMAND} report {finding.case.id}{replaced.options(seed)}"
                finding.doubt = f"there was no time for it; {command}"
            with self._told():
                where = folder.write(finding, path, seed)
                self.folders.update(dict.fromkeys(finding.ids, where))
        for id, fault in self.faults.items():
            with self._told():
                self.folders[id] = folder.write_fault(id, fault, path)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except CommandFault as fault:
            self.unwritten.append(f"not written: {fault}")

    @property
    def is_empty(self) -> bool:
        """Whether nothing failed."""
        return not (self.failing or self.faults or self.mended)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, object, object]:
        """The findings come last, below what pytest itself has to say."""
        result = yield
        if not self.is_empty:
            terminalreporter.section("findings")
            for line in lines(self):
                terminalreporter.write_line(line)
        return result


SHOWN = 5
"""Findings that are shown, each in three lines."""
_LONGEST = 160


def lines(reports: Reports) -> Iterator[str]:
    """What the failures of a run come down to, the largest cause first."""
    result = reports.examination
    ordered = sorted(result.findings, key=lambda finding: -len(finding.ids))
    for finding in ordered[:SHOWN]:
        yield from _finding(finding, reports)
    if len(ordered) > SHOWN:
        where = f", in {reports.path}" if reports.path is not None else ""
        yield f"and {_count(len(ordered) - SHOWN, 'more finding')}{where}"
    yield from _mended(reports)
    yield from _without_verdict(reports)
    yield from reports.unwritten
    if reports.failing and not reports.seconds:
        yield f"not examined, as --examine=0 asks: {_count(len(reports.failing), 'case')}"
    if result.gone:
        shown = ", ".join(result.gone[:3])
        yield f"failed once, and not again: {_count(len(result.gone), 'case')}, such as {shown}"
    if reports.interrupted:
        yield from _interrupted(reports)
    if result.defects:
        yield (
            f"not examined, by a defect of the suite: {_count(len(result.defects), 'case')}: "
            f"{result.defects[0][:_LONGEST]}"
        )
    if result.left:
        yield (
            f"not examined for lack of time: {_count(len(result.left), 'more failing case')}, such "
            f"as {result.left[0]}; --examine=SECONDS gives more time"
        )


def _finding(finding: Finding, reports: Reports) -> Iterator[str]:
    yield f"{len(finding.ids):5} x {finding.rule}: {issue.title(finding)}"
    breaks = "smallest" if finding.shrunk.minimal else "smallest found in the time"
    options = replaced.options(reports.session.seed)
    yield f"        {breaks}: {JUDGE} --case {finding.case.id}{options}"
    where = reports.folders.get(finding.ids[0])
    if where is not None:
        yield f"        {where}/{'issue.md' if finding.doubt else 'repro.py'}"
    else:
        yield f"        report and script: {COMMAND} report {finding.case.id}{options}"


def _mended(reports: Reports) -> Iterator[str]:
    for entry, ids in reports.mended.items():
        yield f"{len(ids):5} x {entry}: holds though it is known to fail, such as in {ids[0]}"


def _without_verdict(reports: Reports) -> Iterator[str]:
    for id, fault in list(reports.faults.items())[:SHOWN]:
        yield f"no verdict: {id}: {fault[:120]}"
    if len(reports.faults) > SHOWN:
        yield f"no verdict: {_count(len(reports.faults) - SHOWN, 'more case')}"


def _interrupted(reports: Reports) -> Iterator[str]:
    text = "interrupted: nothing was examined"
    if reports.path is not None:
        text += f"; {reports.path}/done-*.jsonl names what failed, running-*.txt what was running"
    yield text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
