"""The table fault by rule: what the suite says of every fault, and what is amiss with the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.capabilities import lacking
from keras_rnn_conformance.judging.known_failures import sort_out
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.judging.verdict import conduct
from tests.quality.fault_injection.faults import Fault, planted

MOST = 0.6
"""A rule that fires on more than this share of the faults tells nothing."""


@dataclass(frozen=True)
class Row:
    """A fault, and the rules that fired on its cases."""

    fault: Fault
    fired: frozenset[str]

    @property
    def missed(self) -> list[str]:
        """The rules that should have fired, and did not."""
        return sorted(set(self.fault.rules) - self.fired)


@cache
def _known() -> known_failures.KnownFailures:
    suite.modules()
    return known_failures.load(
        known_failures.FILE, environment.keras_release(), environment.backend()
    )


def fired(ids: Iterable[str]) -> frozenset[str]:
    """The rules that break on those cases that the backend runs, known failures left out."""
    broken: set[str] = set()
    entries = _known()
    for id in ids:
        if lacking(Case.parse(id), environment.backend()):
            continue
        unexpected, passes, _ = sort_out(conduct(Case.parse(id)), entries)
        broken |= {*unexpected, *(entry.rule for entry in passes)}
    return frozenset(broken)


@cache
def known_to_fire() -> frozenset[str]:
    """The rules that the real Keras breaks somewhere: these can fail, as real faults show."""
    return frozenset(entry.rule for entry in _known().entries)


@cache
def row(fault: Fault) -> Row:
    """Run the cases of a fault on a Keras that has it."""
    with planted(fault):
        return Row(fault, fired(fault.cases))


def lacks(fault: Fault) -> str:
    """What the backend lacks that a case of the fault needs; the rule may only fire with it."""
    backend = environment.backend()
    for case in map(Case.parse, fault.cases):
        capability = lacking(case, backend)
        if capability is not None:
            return capability.reason(case, backend)
    return ""


def sound(faults: Iterable[Fault]) -> frozenset[str]:
    """The rules that break on the cases of the catalogue without a fault; there should be none."""
    return fired(sorted({id for fault in faults for id in fault.cases}))


def faultless(rows: list[Row]) -> list[str]:
    """The rules that catch nothing: neither a fault of the catalogue nor a real one.

    Those whose fault needs what the backend lacks are left out.
    """
    caught = {rule for row in rows for rule in row.fired} | known_to_fire()
    untried = {rule for row in rows if lacks(row.fault) for rule in row.missed}
    return sorted(set(RULES) - caught - untried)


def blunt(rows: list[Row]) -> list[str]:
    """The rules that fire on more than `MOST` of the faults."""
    counts = {rule: sum(rule in row.fired for row in rows) for rule in RULES}
    return sorted(rule for rule, count in counts.items() if count > MOST * len(rows))


def text(rows: list[Row]) -> str:
    """One line a fault with the rules that caught it, then one line a rule with its count."""
    width = max(len(row.fault.name) for row in rows)
    lines = [f"{row.fault.name:{width}}  {' '.join(_marked(row))}" for row in rows]
    lines += ["", "faults caught by each rule, + broken by the real Keras too:"]
    for rule in sorted(RULES):
        count = sum(rule in row.fired for row in rows)
        lines.append(f"{rule:14}{count:5}{' +' if rule in known_to_fire() else ''}")
    caught = sum(bool(row.fired) for row in rows)
    lines += ["", f"{caught} of {len(rows)} faults caught by {len(RULES)} rules"]
    return "\n".join(lines)


def _marked(row: Row) -> list[str]:
    """The rules that fired, those that must in capitals as they are, the others in brackets."""
    named = [rule if rule in row.fired else f"{rule} MISSED" for rule in row.fault.rules]
    return [*named, *(f"({rule})" for rule in sorted(row.fired - set(row.fault.rules)))]
