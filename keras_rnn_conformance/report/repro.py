"""A standalone script for a finding: it needs only Keras and NumPy, and fails as the case does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.report.script import facts, values
from keras_rnn_conformance.report.script.header import head
from keras_rnn_conformance.report.script.text import Body, NoText, Plan, folded
from keras_rnn_conformance.report.script.transcribed import transcribed
from keras_rnn_conformance.report.script.writers import WRITERS

__all__ = ["NoText", "Plan", "Script", "script"]

NONE = {"article": "the listings of the article, complete as they are, are its script"}
"""Why a scenario has no scripts."""

UNWRITTEN = ("then", "given", "hold", "mag")
"""Axes that scripts of a call cannot write."""

NAMING = ("grad", "fit", "reg", "constraint", "reuse", "twin")
"""Scenarios whose scripts are about one array."""
RAISING = ("train", "masks", "fit", "grad", "bad", "ledger")
"""Scenarios that have scripts of errors too."""
_ERROR = re.compile(r"error (nan|inf|[0-9.e+-]+) > ")


@dataclass(frozen=True)
class Script:
    """A script, and how to tell that it failed as the case did.

    Attributes:
        text: the script.
        sign: a regular expression that the end of its error output must match.
        error: the error that it must print, if it prints one.
    """

    text: str
    sign: str
    error: float | None = None

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
    try:
        body = _body(plan)
    except NoText:
        body = transcribed(plan)
    top, lines = _with_replacements(head(plan), body.lines)
    lines = [part for line in [*top, "", *lines] for part in folded(line)]
    return Script("\n".join(lines) + "\n", body.sign, body.error)


def _body(plan: Plan) -> Body:
    do = str(plan.case["do"])
    if plan.rule.startswith("ALIAS-"):
        raise NoText("what changes under its owner has no standalone script")
    if do != "call":
        if plan.failure.kind == "error" and do not in RAISING:
            raise NoText(f"an error in the scenario {do} has no standalone script")
        if do in NAMING and plan.failure.kind != "error" and not plan.failure.name:
            raise NoText("the failure does not say in which array it is")
        if do not in WRITERS:
            raise NoText(NONE.get(do, f"the scenario {do} has no standalone script"))
        return WRITERS[do](plan)
    case = plan.case
    if any(axis in case.departures for axis in UNWRITTEN):
        raise NoText("histories, NumPy arrays and what masks hide have no standalone script")
    if case["train"] and (case["drop"] or case["rdrop"]):
        raise NoText("dropout draws its own numbers")
    if plan.failure.kind == "error":
        return facts.runs(plan)
    name = plan.failure.name
    if plan.failure.kind == "value" and not name.startswith("initial "):
        return values.values(plan)
    return facts.outlined(plan)


def _with_replacements(head: list[str], lines: list[str]) -> tuple[list[str], list[str]]:
    """A script in which each replaced class is the user's, imported from its module."""
    imports = set[str]()
    for name, one in replaced.chosen.items():
        own = [re.sub(rf"keras\.layers\.{name}\b", one.code, line) for line in lines]
        if own != lines:
            imports.add(f"import {one.module}")
        lines = own
    return [*head, *sorted(imports)], lines
