"""What a case and its rules came to in a run: the one verdict that all readers of results share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.known_failures import Entry, KnownFailures
from keras_rnn_conformance.judging.rules import Failure, rules_of
from keras_rnn_conformance.judging.verdict import RUN_RULE
from keras_rnn_conformance.results.file import Row
from keras_rnn_conformance.results.rows import failures_of


class Standing(Enum):
    """What a rule came to in a case, and so did the case; the worst first."""

    UNEXPLAINED = "unexplained"
    PASSES = "unexpected pass"
    KNOWN = "known failure"
    HOLDS = "holds"
    NOT_RUN = "not run"
    NOT_RECORDED = "not recorded"

    @property
    def contradicts(self) -> bool:
        """Whether the known failures and the result contradict each other."""
        return self in (Standing.UNEXPLAINED, Standing.PASSES)

    def counted(self, count: int) -> str:
        """So many of it, in words."""
        return f"{count} {self.value if count == 1 else _SEVERAL.get(self, self.value)}"


_SEVERAL = {
    Standing.PASSES: "unexpected passes",
    Standing.KNOWN: "known failures",
    Standing.HOLDS: "hold",
}


@dataclass(frozen=True)
class Stood:
    """What one rule came to in one case.

    Attributes:
        standing: the verdict.
        entries: the known failures that explain it or that it refutes.
        failures: in what ways the rule broke.
        fault: what ended the case before there was a verdict.
    """

    standing: Standing
    entries: tuple[Entry, ...] = ()
    failures: tuple[Failure, ...] = ()
    fault: str = ""


def standings(case: Case, row: Row | None, entries: KnownFailures) -> dict[str, Stood]:
    """The verdict of every rule that a case bears on, or was held to, by the id of the rule.

    A rule of today that a row does not speak of is not recorded: it came after the row, or the
    program that observed the case could not see what it asks for. Where the case broke off, the
    rules that were never reached are not run.

    Args:
        case: the case.
        row: its row; None where a run has none.
        entries: the known failures of the release and the backend.
    """
    rules = [rule.id for rule in rules_of(case)]
    if row is None:
        return dict.fromkeys(rules, Stood(Standing.NOT_RECORDED))
    if "skipped" in row:
        return dict.fromkeys([*rules, RUN_RULE], Stood(Standing.NOT_RUN))
    if "fault" in row:
        halted = Stood(Standing.UNEXPLAINED, fault=row["fault"])
        return {**dict.fromkeys(rules, Stood(Standing.NOT_RUN)), RUN_RULE: halted}
    silent = Standing.NOT_RUN if RUN_RULE in row["failed"] else Standing.NOT_RECORDED
    return {**dict.fromkeys(rules, Stood(silent)), **dict(_spoken(case, row, entries))}


def _spoken(case: Case, row: Row, entries: KnownFailures) -> Iterator[tuple[str, Stood]]:
    """The rules that a row speaks of."""
    for rule, failures in failures_of(row).items():
        entry = entries.explaining(case, rule, failures)
        standing = Standing.KNOWN if entry else Standing.UNEXPLAINED
        yield rule, Stood(standing, (entry,) if entry else (), tuple(failures))
    for rule in row["passed"]:
        refuted = tuple(entries.refuted(case, rule))
        yield rule, Stood(Standing.PASSES if refuted else Standing.HOLDS, refuted)


def overall(stood: dict[str, Stood]) -> Standing:
    """What a case came to: the worst of its rules; not run or not recorded if no rule was judged.

    A case that ended before a verdict is unexplained, whatever its rules say.
    """
    order = list(Standing)
    return min((one.standing for one in stood.values()), key=order.index, default=order[-1])


def strangers(case: Case, row: Row) -> Sequence[str]:
    """The rules that a row speaks of, to which the suite of today does not hold the case."""
    known = {RUN_RULE, *(rule.id for rule in rules_of(case))}
    return sorted({*row.get("passed", ()), *row.get("failed", ())} - known)
