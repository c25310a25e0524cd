"""`--results`: gathers the rows of all workers and writes them as one file at the end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cli.commands import CommandFault
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.pytest_plugin.items import Session
from keras_rnn_conformance.results.file import (
    FORMAT,
    SUITE,
    Header,
    Results,
    Row,
    checked_shard,
    in_shard,
)
from keras_rnn_conformance.results.lines import FileFault
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


class Recorder:
    """Lives in the controlling process only."""

    def __init__(self, session: Session, path: Path) -> None:
        if not path.parent.is_dir():
            raise pytest.UsageError(f"--results: {path.parent} is not a folder; make it first")
        self.session = session
        self.path = path
        self.rows: dict[str, Row] = {}
        self.configs: dict[str, Any] = {}
        self.devices: set[str] = set()
        self.start = time.gmtime()
        self.said = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        self.configs = facts.get("configs") or self.configs
        if "device" in facts:
            self.devices.add(facts["device"])
        id = report.nodeid.rpartition("::")[2]
        if "row" in facts:
            self.rows[id] = facts["row"]
        elif report.failed:
            lines = str(report.longrepr).strip().splitlines() or ["no verdict"]
            self.rows.setdefault(id, fault_row(id, lines[-1]))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus > pytest.ExitCode.TESTS_FAILED or session.shouldstop or session.shouldfail:
            self.said = f"results: {self.path} not written: the run did not come to its end"
            return
        try:
            Results.of(self._header(), self.rows.values()).save(self.path)
            self.said = f"results: {len(self.rows)} rows in {self.path}"
        except FileFault as fault:
            self.said = f"results not written: {fault}"
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(self.said)

    def _header(self) -> Header:
        judged = environment.describe()
        planned = {case.id for case in suite.all_cases(self.session.profile)}
        planned = {id for id in planned if in_shard(id, self.session.shard)}
        return {
            "format": FORMAT,
            "version": 1,
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
            "chosen": self.rows.keys() != planned,
            "generation": "keras3",
            "judged": "live",
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", self.start),
            "configs": self.configs,
        }
