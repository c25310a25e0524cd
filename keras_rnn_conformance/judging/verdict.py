"""From a case to a verdict: observe, judge, and say which rules broke."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from keras_rnn_conformance.base.observation import Observation, Unobserved
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.judging.rules import RULES, Failure, Trial, rules_of

RUN_RULE = "RUN-1"
NAME = re.compile(r"[A-Za-z0-9 _/.,:+*=()\[\]-]{1,200}")
"""The names of arrays and facts: `name` in fixtures/results.schema.json."""


@dataclass
class Verdict:
    """What a case came to.

    Attributes:
        case: the case.
        seen: what was observed.
        passed: the ids of the rules that hold.
        failed: the failures of each rule that does not, by rule id.
        budget: the largest share of an error bound that was used, by array.
        margins: the largest error, and the room for rounding, by array; see `Trial`.
        seconds: inside Keras, inside the oracle and the rules.
        unjudged: why a rule was not judged, by rule id.
    """

    case: Case
    seen: Observation
    passed: list[str] = field(default_factory=list)
    failed: dict[str, list[Failure]] = field(default_factory=dict)
    budget: dict[str, float] = field(default_factory=dict)
    margins: dict[str, tuple[float, float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.failed


def judge(case: Case, seen: Observation, seed: int = 0) -> Verdict:
    """Hold an observation to every rule that its case checks; needs no Keras."""
    trial = Trial(case, Data(case, seed), seen)
    verdict = Verdict(case, seen, budget=trial.budget, margins=trial.margins)
    start = time.perf_counter()
    for rule in [RULES[RUN_RULE]] if crashed(case, seen) else rules_of(case):
        try:
            failures = list(rule.check(trial))
        except Unobserved as lack:
            verdict.unjudged[rule.id] = str(lack)
            continue
        if failures:
            verdict.failed[rule.id] = failures
        else:
            verdict.passed.append(rule.id)
    verdict.seconds["judging"] = time.perf_counter() - start
    return verdict


def crashed(case: Case, seen: Observation) -> bool:
    """Whether a case that should run raised instead."""
    return seen.error is not None and case["do"] != "bad"


def check_names(seen: Observation) -> None:
    """Hold what a scenario records to the names that results, recordings and observers can hold.

    Raises:
        ValueError: for a name that a file of results could not be read with.
    """
    for name in map(str, (*seen.arrays, *seen.facts)):
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r}: what is recorded is named by {NAME.pattern}")


def conduct(case: Case, seed: int = 0) -> Verdict:
    """Observe a case on the Keras of this process, and judge it."""
    from keras_rnn_conformance.subject.observing import observe

    data = Data(case, seed)
    start = time.perf_counter()
    seen = observe(case, data)
    check_names(seen)
    spent = time.perf_counter() - start
    verdict = judge(case, seen, seed)
    verdict.seconds["keras"] = spent
    return verdict
