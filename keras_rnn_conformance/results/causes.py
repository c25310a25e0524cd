"""What Keras is known to get wrong, one cause for all known failures that have the same reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from packaging.version import Version

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.axes import LAYERS
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.known_failures import Entry
from keras_rnn_conformance.judging.rules import RULES, rules_of
from keras_rnn_conformance.results.store import recorded

SEEN = {
    "value": "wrong numbers, without an error",
    "error": "an error",
    "shape": "a wrong shape",
    "dtype": "a wrong dtype",
    "structure": "another structure of what is returned",
    "fact": "another behavior than documented",
}
"""By kind of failure, what a user sees."""


@dataclass(frozen=True)
class Example:
    """A case that shows a cause: what was got and wanted, where a release is recorded with it."""

    case: Case
    rule: str
    got: str = ""

    @property
    def length(self) -> tuple[bool, int, str]:
        """Recorded examples come first, then short ones."""
        return (not self.got, len(self.case.id), self.case.id)


@dataclass(frozen=True)
class Cause:
    """The entries of one reason, the cases that they cover, and the example that is shown."""

    entries: tuple[Entry, ...]
    covered: tuple[Case, ...]
    example: Example

    @property
    def rules(self) -> list[str]:
        """The rules that break, as far as entries name them, and that of the example."""
        named = {entry.rule for entry in self.entries} - {known_failures.VALUES}
        return sorted(named | {self.example.rule})

    @property
    def reason(self) -> str:
        """The cause, in a sentence."""
        return self.entries[0].reason

    @property
    def key(self) -> str:
        """What links name it by: it stays as long as the reason does, whatever else is known."""
        return hashlib.sha256(self.reason.encode()).hexdigest()[:8]

    @property
    def goes_unnoticed(self) -> bool:
        """Whether it shows in something else than an error."""
        return self.kinds != ["error"]

    def is_in(self, release: Version, backend: str) -> bool:
        """Whether a release has it on a backend, by the ranges of its entries."""
        return any(
            backend in entry.backends and entry.keras.contains(release, prereleases=True)
            for entry in self.entries
        )

    @property
    def upstream(self) -> str:
        """The address of the issue, or that there is none."""
        return self.entries[0].upstream

    @property
    def kinds(self) -> list[str]:
        """How it shows."""
        return list(dict.fromkeys(kind for entry in self.entries for kind in entry.kinds))

    @property
    def layers(self) -> list[str]:
        """The layers of the cases that it covers."""
        return sorted({case.layer for case in self.covered}, key=LAYERS.index)

    def spans(self) -> dict[str, list[str]]:
        """By the releases that have it, the backends on which it is these."""
        ranges: dict[str, dict[str, None]] = {}
        for entry in self.entries:
            for backend in entry.backends:
                ranges.setdefault(backend, {})[str(entry.keras) or "every release"] = None
        together: dict[str, list[str]] = {}
        for backend in BACKENDS:
            if backend in ranges:
                together.setdefault(" and ".join(sorted(ranges[backend])), []).append(backend)
        return together


def causes(entries: Iterable[Entry]) -> list[Cause]:
    """The entries by reason."""
    by_reason: dict[str, list[Entry]] = {}
    for entry in entries:
        by_reason.setdefault(entry.reason, []).append(entry)
    checking: dict[str, list[Case]] = {}
    for case in suite.all_cases(suite.PROFILES[-1]):
        for rule in rules_of(case):
            checking.setdefault(rule.id, []).append(case)
    failures = _recorded_failures()
    return [_cause(group, checking, failures) for group in by_reason.values()]


Failures = dict[str, dict[str, list[tuple[Version, Case, str]]]]
"""By backend and rule: release, case and what was got."""


def _recorded_failures() -> Failures:
    """What recorded releases got wrong, the newest release first."""
    return {backend: _failures_of(backend) for backend in BACKENDS}


def _failures_of(backend: str) -> dict[str, list[tuple[Version, Case, str]]]:
    by_rule: dict[str, list[tuple[Version, Case, str]]] = {}
    for results in reversed(recorded(backend)):
        release = Version(results.header["keras"])
        for id, row in results.rows.items():
            case = _parsed(id) if row.get("failed") else None
            if case is None:
                continue
            for rule, failure in row["failed"].items():
                got = f"{failure['where']}: {failure['got']}"
                by_rule.setdefault(rule, []).append((release, case, got))
    return by_rule


@cache
def _parsed(id: str) -> Case | None:
    try:
        return Case.parse(id)
    except CaseError:  # recorded by an older suite
        return None


def _cause(
    group: Sequence[Entry], checking: Mapping[str, Sequence[Case]], failures: Failures
) -> Cause:
    """The cause of a group of entries; `checking` has the cases by the rule that they check."""
    covering = {
        case
        for entry in group
        for rule, cases in checking.items()
        if entry.about(rule)
        for case in cases
        if entry.matches(case)
    }
    covered = tuple(sorted(covering, key=lambda case: (len(case.id), case.id)))
    examples = [example for entry in group for example in _examples(entry, failures)]
    if not examples:
        rule = next(r.id for r in rules_of(covered[0]) if any(e.about(r.id) for e in group))
        examples = [Example(covered[0], rule)]
    return Cause(tuple(group), covered, min(examples, key=lambda example: example.length))


def _examples(entry: Entry, failures: Failures) -> Iterable[Example]:
    for backend in entry.backends:
        for rule, some in failures[backend].items():
            for release, case, got in some if rule in RULES and entry.about(rule) else ():
                if entry.matches(case) and entry.keras.contains(release, prereleases=True):
                    yield Example(case, rule, got)
