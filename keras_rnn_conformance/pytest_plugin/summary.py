"""The end of a run: what was judged, passed, is known, was not run; the error budget."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.known_failures import VALUES
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.pytest_plugin.items import Session
from keras_rnn_conformance.pytest_plugin.outcomes import Outcome, Outcomes, came_to_its_end


class Tally:
    """The counts of what the cases of a run came to."""

    def __init__(self, outcomes: Outcomes) -> None:
        self.words: Counter[str] = Counter(outcome.word for outcome in outcomes.values())
        self.known: Counter[str] = Counter()
        self.unjudged: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.not_run: Counter[str] = Counter()
        self.budget: list[float] = []
        self.devices: set[str] = set()
        self.broken: Counter[str] = Counter()
        for outcome in outcomes.values():
            if outcome.word == "not run":
                self.not_run[outcome.reason] += 1
            elif "case" in outcome.facts:
                self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        facts = outcome.facts
        self.devices.add(facts["device"])
        self.known.update(facts.get("known", []))
        for rule, why in facts["unjudged"].items():
            self.unjudged[why][rule] += 1
        if facts["budget"] > 0 and not facts["broken"]:
            self.budget.append(facts["budget"])
        if outcome.word == "failed":
            self.broken.update(facts["broken"])

    def counts(self, green: bool) -> str:
        """How many cases came to what; that none failed is said of a green run only."""
        always = ("passed", "known failures", "not run", *(("failed",) if green else ()))
        words = ("passed", "known failures", "failed", "without a verdict", "not run")
        shown = [
            f"{self.words[word]} {word}" for word in words if self.words[word] or word in always
        ]
        return f"cases: {', '.join(shown)}; device: {', '.join(sorted(self.devices)) or 'none'}"

    def lines(self) -> Iterator[str]:
        """What is behind the counts."""
        for name, count in sorted(self.not_run.items()):
            yield f"not run: {name}: {count}"
        for why, rules in sorted(self.unjudged.items()):
            yield f"not judged: {_counted(rules)}: {why}"
        for title, counter in (("known", self.known), ("broken", self.broken)):
            if counter:
                yield f"{title}: {_counted(counter)}"


def _counted(counter: Counter[str]) -> str:
    """Rules with their counts, those on values first; of many, those with the most cases."""
    most = sorted(counter, key=lambda name: (-counter[name], name))[:_RULES]
    kept = sorted(most, key=lambda name: (not _of_values(name), -counter[name], name))
    shown = ", ".join(f"{name} {counter[name]}" for name in kept)
    more = len(counter) - len(kept)
    return f"{shown}, and {more} more rules" if more else shown


def _of_values(name: str) -> bool:
    """Whether a rule, or what a known failure names in the place of one, is about values."""
    return name == VALUES or RULES[name].values


class Summary:
    """Gathers the reports of all workers; prints a few lines at the end."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.outcomes = Outcomes()
        self.lacking = 0
        self.cut: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.outcomes.take(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not came_to_its_end(session, exitstatus):
            self.lacking = max(0, session.testscollected - len(self.outcomes))

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
            cases.sort(key=_fundamental)
            shown = cases[: _fitting(cases)]
            self.cut = cases[len(shown) :]
            others = [report for report in failed if not _is_case(report)]
            stats["failed"] = [*others, *shown]
        try:
            return (yield)
        finally:
            if failed:
                stats["failed"] = failed

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        if not self.outcomes:
            return
        write = terminalreporter.write_line
        terminalreporter.section("conformance")
        tally = Tally(self.outcomes)
        write(tally.counts(exitstatus == pytest.ExitCode.OK))
        if self.lacking:
            write(f"incomplete: {self.lacking} of the tests were not run to their end")
        for line in tally.lines():
            write(line)
        self._name_the_cut(write)
        if tally.budget:
            write(
                f"error budget used: median {statistics.median(tally.budget):.3f}, "
                f"maximum {max(tally.budget):.3f} of the bound, over {len(tally.budget)} cases"
            )

    def _name_the_cut(self, write: Callable[[str], None]) -> None:
        """Say which failures are not shown."""
        if not self.cut:
            return
        facts: dict[str, Any] = dict(self.cut[0].user_properties)
        others = "such as " if len(self.cut) > 1 else ""
        write(f"{len(self.cut)} more failed, shown with -v: {others}{facts['case']}")


_LINES = 10
"""Lines of failing cases that are shown without -v: the findings say the rest."""
_RULES = 12
"""Rules that are named with their counts."""


def _fundamental(report: pytest.TestReport) -> tuple[bool, int, int, str]:
    """The equations of a plain layer first; then by how much a case departs from them."""
    facts: dict[str, Any] = dict(report.user_properties)
    case = Case.parse(facts["case"])
    values = any(RULES[rule].values for rule in facts["broken"])
    return not values, len(case.departures), len(case.id), case.id


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
