"""`--reports DIR`: what a pytest session writes about the cases that failed in it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.pytest_plugin.items import Session
from keras_rnn_conformance.report import folder, issue
from keras_rnn_conformance.report.failure_signature import unexpected
from keras_rnn_conformance.report.findings import Examination, Finding, add_script, examine

SCRIPTS_SECONDS = 30.0
SHOWN = 8


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

    def _write(self, path: Path, mode: str, text: str) -> None:
        """The verdicts count more than the journal: it ends where it cannot be written."""
        if self.lost:
            return
        try:
            with path.open(mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            self.lost = f"--reports: {path}: {error.strerror}"

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(self.running, "w", nodeid.rpartition("::")[2] + "\n")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        facts: dict[str, Any] = dict(report.user_properties)
        line = {"id": report.nodeid.rpartition("::")[2], "outcome": report.outcome,
                "broken": facts.get("broken", [])}  # fmt: skip
        self._write(self.done, "a", json.dumps(line) + "\n")

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
    """Lives in the controlling process: examines the failures once all cases are done."""

    def __init__(self, session: Session, path: Path | None) -> None:
        self.session = session
        self.path = path
        self.failing: dict[str, dict[str, Any]] = {}
        self.faults: dict[str, str] = {}
        self.found = Examination()
        self.folders: dict[str, Path] = {}
        self.interrupted = False
        self.unwritten: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        if not report.failed:
            return
        id = report.nodeid.rpartition("::")[2]
        if facts.get("broken"):
            self.failing[id] = facts
        elif _is_case(id):
            lines = str(report.longrepr).strip().splitlines() or ["no verdict"]
            self.faults.setdefault(id, lines[-1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        if self.path is not None and (self.failing or self.faults) and not self.interrupted:
            with contextlib.ExitStack() as stack:
                capture = session.config.pluginmanager.getplugin("capturemanager")
                if capture is not None:
                    stack.enter_context(capture.global_and_fixture_disabled())
                try:
                    self._examine(self.path)
                except (CommandFault, OSError) as error:
                    self.unwritten.append(f"--reports: {error}")

    def _examine(self, path: Path) -> None:
        seed = self.session.seed
        cases = [Case.parse(id) for id in self.failing]
        self.found = examine(cases, unexpected(self.session.known), seed)
        end = time.monotonic() + SCRIPTS_SECONDS
        for finding in self.found.findings:
            if time.monotonic() < end:
                add_script(finding, seed)
            else:
                finding.doubt = (
                    f"there was no time for it; keras-rnn-conformance report {finding.case.id}"
                )
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

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.path is None or not (self.failing or self.faults):
            return
        terminalreporter.section("findings")
        for line in table(self):
            terminalreporter.write_line(line)


def table(reports: Reports) -> list[str]:
    """One line a finding, and what could not be examined."""
    lines = [_line(finding, reports) for finding in reports.found.findings[:SHOWN]]
    more = len(reports.found.findings) - SHOWN
    lines += [f"and {more} more in {reports.path}"] if more > 0 else []
    lines += [f"no verdict: {id}: {fault[:120]}" for id, fault in list(reports.faults.items())[:5]]
    lines += reports.unwritten
    if reports.found.gone:
        shown = ", ".join(reports.found.gone[:3])
        lines.append(
            f"failed once, and not again: {len(reports.found.gone)} cases, such as {shown}"
        )
    if reports.interrupted:
        lines.append(f"interrupted: nothing was examined; {reports.path}/done-*.jsonl names what "
                     "failed, running-*.txt what was running")  # fmt: skip
    if reports.found.defects:
        lines.append(f"not examined, by a defect of the suite: {len(reports.found.defects)} cases: "
                     f"{reports.found.defects[0][:160]}")  # fmt: skip
    if reports.found.left:
        lines.append(f"not examined for lack of time: {len(reports.found.left)} cases")
    return lines


def _line(finding: Finding, reports: Reports) -> str:
    where = reports.folders.get(finding.ids[0], reports.path)
    file = "issue.md" if finding.doubt else "repro.py"
    return f"{len(finding.ids):5} x {finding.rule}: {issue.title(finding)}\n        {where}/{file}"


def _is_case(id: str) -> bool:
    try:
        Case.parse(id)
    except CaseError:
        return False
    return True
