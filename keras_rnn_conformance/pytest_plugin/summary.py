"""The end of a run: what was judged, passed, is known, was not run; the error budget."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Generator
from typing import Any

import pytest

from keras_rnn_conformance.pytest_plugin.items import Session


class Summary:
    """Gathers the reports of all workers; prints a few lines at the end."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.outcomes: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.unjudged: Counter[str] = Counter()
        self.not_run: Counter[str] = Counter()
        self.budget: list[float] = []
        self.devices: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.cut: list[pytest.TestReport] = []

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
        self.unjudged.update(f"{rule}, as {why}" for rule, why in facts["unjudged"].items())
        if facts["budget"] > 0 and not facts["broken"]:
            self.budget.append(facts["budget"])
        if report.failed:
            self.broken.update(facts["broken"])
            self.outcomes["failed"] += 1
        else:
            self.outcomes["known failures" if facts.get("known") else "passed"] += 1

    @pytest.hookimpl(wrapper=True, tryfirst=True, specname="pytest_terminal_summary")
    def pytest_terminal_summary_of_failures(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, object, object]:
        """Show the first failing cases only: a thousand of them leave the summary readable.

        What is no case, such as a test of the project's own, is shown whatever there is.
        """
        stats = terminalreporter.stats
        failed = stats.get("failed", [])
        cases = [report for report in failed if _is_case(report)]
        if terminalreporter.verbosity <= 0 and cases:
            self.cut = cases[_fitting(cases) :]
            hidden = {id(report) for report in self.cut}
            stats["failed"] = [report for report in failed if id(report) not in hidden]
        try:
            return (yield)
        finally:
            if failed:
                stats["failed"] = failed

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.devices and not self.not_run:
            return
        write = terminalreporter.write_line
        terminalreporter.section("conformance")
        devices = ", ".join(sorted(self.devices)) or "none"
        counts = ", ".join(
            f"{self.outcomes[k]} {k}" for k in ("passed", "known failures", "failed")
        )
        write(f"cases: {counts}, {sum(self.not_run.values())} not run; device: {devices}")
        for name, count in sorted(self.not_run.items()):
            write(f"not run: {name}: {count}")
        for name, count in sorted(self.unjudged.items()):
            write(f"not judged: {name}: {count}")
        for title, counter in (("known", self.known), ("broken", self.broken)):
            if counter:
                shown = ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))
                write(f"{title}: {shown}")
        self._name_the_cut(write)
        if self.budget:
            write(
                f"error budget used: median {statistics.median(self.budget):.3f}, "
                f"maximum {max(self.budget):.3f} of the bound, over {len(self.budget)} cases"
            )

    def _name_the_cut(self, write: Callable[[str], None]) -> None:
        """Say which failures are not shown."""
        if not self.cut:
            return
        write(f"{len(self.cut)} more failures, all shown with -v:")
        for report in self.cut[:_NAMED]:
            facts: dict[str, Any] = dict(report.user_properties)
            write(f"  {facts['case']}: {', '.join(facts['broken'])}")
        if len(self.cut) > _NAMED:
            write(f"  and {len(self.cut) - _NAMED} more")


_LINES = 22
"""Lines of failing cases that are shown without -v."""
_NAMED = 6
"""Failing cases that are named beside those that are shown."""


def _is_case(report: pytest.TestReport) -> bool:
    return any(name == "case" for name, _ in report.user_properties)


def _fitting(failed: list[Any]) -> int:
    """How many of the failures fit into the lines; at least one."""
    left, count = _LINES, 0
    for report in failed:
        left -= 2 + len(str(report.longrepr).splitlines())
        if left < 0:
            break
        count += 1
    return max(count, 1)
