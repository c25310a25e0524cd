"""A standalone script for a finding: it needs only Keras and NumPy, and fails as the case does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.models.archive import files_of
from keras_rnn_conformance.report.script.header import head
from keras_rnn_conformance.report.script.text import NoText, Plan, folded
from keras_rnn_conformance.report.script.transcribed import transcribed

__all__ = ["NoText", "Plan", "Script", "script"]

UNSCRIPTED = {"article": "the listings of the article, complete as they are, are its script"}
"""Why a scenario has no scripts."""
_ERROR = re.compile(r"error (nan|inf|[0-9.e+-]+) > ")


@dataclass(frozen=True)
class Script:
    """A script, and how to tell that it failed as the case did.

    Attributes:
        text: the script.
        sign: a regular expression that the end of its error output must match.
        error: the error that it must print, if it prints one.
        files: what it reads, beside it.
    """

    text: str
    sign: str
    error: float | None = None
    files: tuple[Path, ...] = ()

    def fails_alike(self, output: str) -> bool:
        """Whether an error output shows the finding: the place, and the size of the error."""
        lines = [line for line in output.splitlines() if re.search(self.sign, line)]
        if not lines:
            return False
        shown = _ERROR.search(lines[-1])
        if self.error is None or shown is None:
            return True
        got, want = float(shown[1]), self.error
        return abs(got - want) <= 0.02 * abs(want) or repr(got) == repr(want)


def script(plan: Plan) -> Script:
    """The script of a finding.

    Raises:
        NoText: if there is none for such a case; the message says why.
    """
    reason = UNSCRIPTED.get(str(plan.case["do"]))
    if reason:
        raise NoText(reason)
    body = transcribed(plan)
    top, lines = _with_replacements(head(plan), body.lines)
    lines = [part for line in [*top, "", *lines] for part in folded(line)]
    return Script("\n".join(lines) + "\n", body.sign, body.error, files_of(plan.case))


def _with_replacements(head: list[str], lines: list[str]) -> tuple[list[str], list[str]]:
    """A script in which each replaced class is the user's, imported from its module."""
    imports = set[str]()
    for name, one in replaced.chosen.items():
        own = [re.sub(rf"keras\.layers\.{name}\b", one.code, line) for line in lines]
        if own != lines:
            imports.add(f"import {one.module}")
        lines = own
    return [*head, *sorted(imports)], lines
