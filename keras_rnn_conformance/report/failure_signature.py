"""The way in which a case fails: rule, kind and diagnosis, as one thing to compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keras_rnn_conformance.base.observation import steady
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.known_failures import KnownFailures
from keras_rnn_conformance.judging.rules import RULES, Failure
from keras_rnn_conformance.judging.verdict import Verdict, conduct
from keras_rnn_conformance.report.diagnosis import Diagnosis, diagnose, still

ORDER = ("error", "structure", "shape", "dtype", "value", "fact")
"""Kinds of failure, a cause before what follows from it."""


@dataclass(frozen=True)
class Way:
    """How a case fails.

    Attributes:
        rule: the rule that says most; of several, the one whose failure causes the others.
        kind: the kind of its first failure.
        raised: the error of Keras, without what differs from run to run.
        diagnosis: what explains it.
    """

    rule: str
    kind: str
    raised: str
    diagnosis: Diagnosis

    @property
    def key(self) -> tuple[str, str, str, tuple[str, ...]]:
        """What failures of one cause share, whatever the case."""
        values = RULES[self.rule].values
        rule = "VALUES" if values or self.diagnosis.sentences else self.rule
        kind = "" if self.diagnosis.sentences else self.kind
        return rule, kind, self.raised, self.diagnosis.sentences


def main_failure(failed: dict[str, list[Failure]]) -> tuple[str, Failure]:
    """The rule that says most of those that broke, and its first failure."""

    def weight(item: tuple[str, list[Failure]]) -> tuple[int, bool, str]:
        rule, failures = item
        return ORDER.index(failures[0].kind), not RULES[rule].values, rule

    rule, failures = min(failed.items(), key=weight)
    return rule, failures[0]


def raised(verdict: Verdict) -> str:
    """The error of Keras, comparable between cases."""
    error = verdict.seen.error
    return "" if error is None else steady(error.name)


def way_of(verdict: Verdict, failed: dict[str, list[Failure]], seed: int) -> Way:
    """How a case fails, of the given failures."""
    rule, first = main_failure(failed)
    return Way(
        rule, first.kind, raised(verdict), diagnose(verdict.case, seed, verdict.seen, failed[rule])
    )


Failing = Callable[[Verdict], dict[str, list[Failure]]]
"""The failures of a verdict that are meant: those that are not known, or those that are."""


def unexpected(entries: KnownFailures) -> Failing:
    """The failures that no entry explains, without those among them that one explains alone."""

    def failing(verdict: Verdict) -> dict[str, list[Failure]]:
        news: dict[str, list[Failure]] = {}
        for rule, failures in verdict.failed.items():
            known = list(entries.of(verdict.case, rule))
            if not any(entry.explains(failures) for entry in known):
                left = [f for f in failures if not any(entry.explains([f]) for entry in known)]
                news[rule] = left or failures
        return news

    return failing


def same_way(way: Way, verdict: Verdict, failing: Failing, seed: int) -> bool:
    """Whether another verdict fails in the same way."""
    failed = failing(verdict)
    if not failed:
        return False
    rule, first = main_failure(failed)
    if way.diagnosis.sentences:
        return still(verdict.case, seed, verdict.seen, way.diagnosis.sentences)
    family = rule == way.rule or (RULES[rule].values and RULES[way.rule].values)
    return family and first.kind == way.kind and raised(verdict) == way.raised


def fails_alike(way: Way, failing: Failing, seed: int) -> Callable[[Case], bool]:
    """Run a case, and say whether it fails in the same way."""

    def alike(case: Case) -> bool:
        try:
            return same_way(way, conduct(case, seed), failing, seed)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            # Nobody has run this case before; what a rule cannot judge is no smaller example.
            return False

    return alike
