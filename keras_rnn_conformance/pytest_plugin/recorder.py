"""`--results`: gathers the rows of all workers and writes them as one file at the end."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import is_standard_output
from keras_rnn_conformance.base.version import VERSION
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.pytest_plugin.items import Session
from keras_rnn_conformance.results.file import FORMAT, Header, Results, Row, in_shard
from keras_rnn_conformance.results.rows import fault_row

_SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


def shard_of(text: str) -> str:
    """The argument of `--shard`, checked.

    Raises:
        pytest.UsageError: unless it is K/N with K from 1 to N.
    """
    match = _SHARD.fullmatch(text)
    if text and (match is None or int(match[1]) > int(match[2])):
        raise pytest.UsageError(f"--shard: {text!r} is not K/N with K from 1 to N, such as 2/4")
    return text


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
        except CommandFault as fault:
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
            "suite": VERSION,
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
