"""Why a case breaks a rule: the known failure that says so, or else a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures
from keras_rnn_conformance.judging.rules import Failure, FailureKind
from keras_rnn_conformance.results.file import Results, Row
from keras_rnn_conformance.results.standing import Standing, Stood, standings

WORDS: dict[FailureKind, str] = {
    "value": "a number lies outside the error bound that rounding explains",
    "shape": "a shape is not the documented one",
    "dtype": "a dtype is not the documented one",
    "structure": "the structure of what is returned is not the documented one",
    "error": "an error is raised where none is documented, or none or another where one is",
    "fact": "something else that is documented does not hold",
}
"""What each kind of failure means."""


@dataclass(frozen=True)
class Why:
    """The sentence that stands beside a verdict that needs one.

    Attributes:
        standing: a known failure, an unexpected pass, or unexplained.
        text: the reason, or what failed and that nothing explains it yet.
        reason: the cause, as the known failures have it; empty where none explains it.
        link: the upstream report; empty if there is none.
    """

    standing: Standing
    text: str
    reason: str = ""
    link: str = ""


@dataclass
class Explanations:
    """The known failures of all releases, and what they say of each."""

    entries: Sequence[known_failures.Entry]
    _of_run: dict[str, known_failures.KnownFailures] = field(default_factory=dict)
    _same: dict[tuple[tuple[int, ...], bool, int], known_failures.KnownFailures] = field(
        default_factory=dict
    )
    _verdicts: dict[tuple[int, int], tuple[Row, dict[str, Stood]]] = field(default_factory=dict)
    """By a row and what holds for its run, as objects; the row is kept, so that it stays one."""

    @classmethod
    def of_file(cls) -> Explanations:
        """Those of the project.

        Raises:
            CommandFault: if the file cannot be used.
        """
        try:
            return cls(known_failures.read(known_failures.FILE))
        except known_failures.KnownFailuresError as error:
            raise CommandFault(str(error)) from None

    def standings(self, results: Results, case: Case, row: Row) -> dict[str, Stood]:
        """The verdict of each rule of a case in a run, given its row; found once for each row."""
        entries = self.holding(results)
        key = (id(row), id(entries))
        if key not in self._verdicts:
            self._verdicts[key] = row, standings(case, row, entries)
        return self._verdicts[key][1]

    def holding(self, results: Results) -> known_failures.KnownFailures:
        """The known failures of the release and the backend; the same object for the same ones."""
        if results.name not in self._of_run:
            header = results.header
            entries = known_failures.holding(self.entries, header["keras"], header["backend"])
            key = (tuple(map(id, entries.entries)), "layers" not in header, header["seed"])
            held = replace(entries, strict=entries.strict and key[1], seed=key[2])
            self._of_run[results.name] = self._same.setdefault(key, held)
        return self._of_run[results.name]


def why(stood: Stood) -> Why:
    """The sentence beside a verdict other than that a rule holds, or says nothing."""
    if stood.standing is Standing.KNOWN:
        entry = stood.entries[0]
        link = entry.upstream if entry.upstream.startswith("https://") else ""
        return Why(stood.standing, entry.reason, entry.reason, link)
    if stood.standing is Standing.PASSES:
        entry = stood.entries[0]
        text = (
            f"It passes, though it is known to fail ({entry.place}: {entry.reason}). Why it passes "
            f"is not yet explained."
        )
        return Why(stood.standing, text)
    if stood.fault:
        text = f"The case ended without a verdict ({stood.fault}): not yet explained."
        return Why(Standing.UNEXPLAINED, text)
    return unexplained(stood.failures)


def unexplained(failures: Sequence[Failure]) -> Why:
    """The sentence for what no known failure explains."""
    what = "; ".join(WORDS[failure.kind] for failure in failures) or "the rule does not hold"
    text = f"{what[0].upper()}{what[1:]}. No known failure says why: not yet explained."
    return Why(Standing.UNEXPLAINED, text)
