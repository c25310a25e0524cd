"""Why a case breaks a rule: the known failure that says so, or else a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures
from keras_rnn_conformance.judging.rules import Failure, FailureKind
from keras_rnn_conformance.results.file import Results, Row

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
    """The sentence that stands beside a failure.

    Attributes:
        known: whether a known failure explains it.
        text: the reason, or what failed and that nothing explains it yet.
        link: the upstream report; empty if there is none.
    """

    known: bool
    text: str
    link: str = ""


@dataclass
class Explanations:
    """The known failures of all releases, and what they say of each."""

    entries: Sequence[known_failures.Entry]
    _of_run: dict[str, known_failures.KnownFailures] = field(default_factory=dict)
    _same: dict[tuple[tuple[int, ...], bool], known_failures.KnownFailures] = field(
        default_factory=dict
    )

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

    def why(self, results: Results, case: Case, rule: str, failures: Sequence[Failure]) -> Why:
        """What explains that a case breaks a rule in these ways."""
        for entry in self.holding(results).of(case, rule):
            if entry.explains(failures):
                link = entry.upstream if entry.upstream.startswith("https://") else ""
                return Why(True, entry.reason, link)
        return unexplained(failures)

    def mended(self, results: Results, case: Case, row: Row) -> dict[str, Why]:
        """By rule that a case keeps though it is known to break it, the sentence that says so."""
        entries = self.holding(results)
        return {
            rule: Why(
                False,
                f"It passes, though it is known to fail ({entry.place}: {entry.reason}). Why it "
                f"passes is not yet explained.",
            )
            for rule in row["passed"]
            for entry in entries.refuted(case, rule)
        }

    def holding(self, results: Results) -> known_failures.KnownFailures:
        """The known failures of the release and the backend; the same object for the same ones."""
        if results.name not in self._of_run:
            header = results.header
            entries = known_failures.holding(self.entries, header["keras"], header["backend"])
            key = (tuple(map(id, entries.entries)), "layers" not in header)
            self._of_run[results.name] = self._same.setdefault(key, replace(entries, strict=key[1]))
        return self._of_run[results.name]


def unexplained(failures: Sequence[Failure]) -> Why:
    """The sentence for what no known failure explains."""
    what = "; ".join(WORDS[failure.kind] for failure in failures) or "the rule does not hold"
    return Why(False, f"{what[0].upper()}{what[1:]}. No known failure says why: not yet explained.")


def no_verdict(fault: str) -> Why:
    """The sentence for a case that came to no verdict."""
    return Why(False, f"The case ended without a verdict ({fault}): not yet explained.")
