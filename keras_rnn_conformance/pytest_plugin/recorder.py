"""`--results`: keeps the rows of all workers as they come, and writes one file at the end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import is_standard_output
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.pytest_plugin.items import CaseItem, Session
from keras_rnn_conformance.pytest_plugin.outcomes import Outcomes, came_to_its_end
from keras_rnn_conformance.results.file import (
    FORMAT,
    VERSION,
    Header,
    Results,
    Row,
    checked_shard,
    in_shard,
)
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.partial import Part, beside
from keras_rnn_conformance.results.rows import fault_row


def shard_of(text: str) -> str:
    """The argument of `--shard`, checked.

    Raises:
        pytest.UsageError: unless it is K/N with K from 1 to N.
    """
    try:
        return checked_shard(text)
    except CommandFault as fault:
        raise pytest.UsageError(str(fault)) from None


def refuse_standard_output(option: str, path: Path) -> None:
    """Refuse to mix a file with what pytest prints.

    Raises:
        pytest.UsageError: if the path leads to standard output.
    """
    if is_standard_output(path):
        raise pytest.UsageError(
            f"{option}: pytest's report goes to standard output; name a file or another descriptor"
        )


class Recorder:
    """Lives in the controlling process only."""

    def __init__(self, session: Session, path: Path) -> None:
        refuse_standard_output("--results", path)
        if not path.parent.is_dir():
            raise pytest.UsageError(f"--results: {path.parent} is not a folder; make it first")
        self.session = session
        self.path = path
        self.part: Part | None = None
        self.planned: int | None = None
        self.outcomes = Outcomes()
        self.rows: dict[str, Row] = {}
        self.configs: dict[str, Any] = {}
        self.devices: set[str] = set()
        self.start = time.gmtime()
        self.closing_line = ""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.pytest_session = session
        if self.path.exists() and not self.path.is_file():
            return  # a device or a pipe has nothing beside it
        try:
            self.part = Part(beside(self.path))
        except FileFault as fault:
            raise pytest.UsageError(f"--results: {fault}") from None

    def pytest_runtest_logstart(self) -> None:
        if self.planned is None:
            cases = [item for item in self.pytest_session.items if isinstance(item, CaseItem)]
            self.planned = len(cases) or self.pytest_session.testscollected  # none with workers
            self._head()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = self.outcomes.take(report)
        if outcome is None:
            return
        row = outcome.facts.get("row")
        if row is None and report.failed:
            row = fault_row(outcome.id, str(report.longrepr).strip().rpartition("\n")[2])
        if row is not None:
            self._learn(outcome.facts)
            self.rows[outcome.id] = row
            if self.part is not None:
                self.part.add(row)

    def _learn(self, facts: dict[str, Any]) -> None:
        """Add to the header what only a case that was run can tell."""
        before = (self.configs, set(self.devices))
        self.configs = facts.get("configs") or self.configs
        self.devices.update({facts["device"]} if "device" in facts else ())
        if (self.configs, self.devices) != before:
            self._head()

    def _head(self) -> None:
        if self.part is not None:
            self.part.head(self._header(True), self.planned or 0)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not came_to_its_end(session, exitstatus):
            self.closing_line = f"results: {self.path} not written: the run did not come to its end"
            self._leave()
            return
        try:
            Results.of(self._header(self._is_chosen()), self.rows.values()).save(self.path)
            self.closing_line = f"results: {len(self.rows)} rows in {self.path}"
            if self.part is not None:
                self.part.remove()
        except CommandFault as fault:
            self.closing_line = f"results not written: {fault}"
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
            self._leave()

    def _leave(self) -> None:
        """Keep the rows so far, and say where they are."""
        if self.part is None:
            return
        if not self.rows:
            self.part.remove()
            return
        self.part.close()
        why = f", cut short: {self.part.fault}" if self.part.fault else ""
        self.closing_line += f"; the {len(self.rows)} rows so far are in {self.part.path}{why}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(self.closing_line)

    def _is_chosen(self) -> bool:
        """Whether the rows are not those of the profile, or of its shard."""
        planned = {case.id for case in suite.all_cases(self.session.profile)}
        return self.rows.keys() != {id for id in planned if in_shard(id, self.session.shard)}

    def _header(self, chosen: bool) -> Header:
        judged = environment.describe()
        return {
            "format": FORMAT,
            "version": VERSION,
            "suite": SUITE,
            "keras": judged["keras"],
            "backend": judged["backend"],
            "backend_version": judged["backend version"],
            "python": judged["python"],
            "numpy": judged["numpy"],
            "platform": judged["platform"],
            "device": "+".join(sorted(self.devices)) or "none",
            "profile": self.session.profile,
            "seed": self.session.seed,
            "shard": self.session.shard,
            "chosen": chosen,
            "generation": "keras3",
            "judged": "live",
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", self.start),
            "configs": self.configs,
            **({"layers": replaced.classes_by_name()} if replaced.chosen else {}),
        }
