"""The end of a run: what was judged, what passed, what is known, what was not run, the error budget."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import Any

import pytest

from tests.harness.items import Session


class Summary:
    """Gathers the reports of all workers; prints a few lines at the end."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.outcomes: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.not_run: Counter[str] = Counter()
        self.budget: list[float] = []
        self.devices: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        if report.when == "call":
            self._count(report, facts)

    def _count(self, report: pytest.TestReport, facts: dict[str, Any]) -> None:
        if "case" not in facts:
            if report.skipped and isinstance(report.longrepr, tuple):
                self.not_run[str(report.longrepr[2]).removeprefix("Skipped: ")] += 1
            return
        self.devices[facts["device"]] += 1
        self.known.update(facts.get("known", []))
        if facts["budget"] > 0 and not facts["broken"]:
            self.budget.append(facts["budget"])
        if report.failed:
            self.broken.update(facts["broken"])
            self.outcomes["failed"] += 1
        else:
            self.outcomes["known failures" if facts.get("known") else "passed"] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.devices and not self.not_run:
            return
        write = terminalreporter.write_line
        terminalreporter.section("conformance")
        devices = ", ".join(sorted(self.devices)) or "none"
        counts = ", ".join(f"{self.outcomes[k]} {k}" for k in ("passed", "known failures", "failed"))
        write(f"cases: {counts}, {sum(self.not_run.values())} not run; device: {devices}")
        for title, counter in (("known", self.known), ("not run", self.not_run), ("broken", self.broken)):
            for name, count in sorted(counter.items()):
                write(f"{title}: {name}: {count}")
        if self.budget:
            write(
                f"error budget used: median {statistics.median(self.budget):.3f}, "
                f"maximum {max(self.budget):.3f} of the bound, over {len(self.budget)} cases"
            )
