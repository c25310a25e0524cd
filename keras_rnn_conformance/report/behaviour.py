"""What a layer does wrong, as the title of an issue: a sentence about behaviour."""

from __future__ import annotations

import re

from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.api.misuses import MISUSES
from keras_rnn_conformance.cases.api.serialized_arguments import ARGUMENTS, class_of
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.report.wording import DOINGS, FORMS, made

LONGEST_TITLE = 200
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_BOLD = re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL)
_OUTER = "Exception encountered when calling"
_SAID = {
    *("return_sequences=False", "return_state=False", "return_sequences=True", "return_state=True"),
    *(text for key, text in FORMS.items() if key != "layer"),
}
"""What is left out of a title: the subject says it, or it only lets the failure be seen."""
_WRONG = {
    "call": "returns a wrong {name}",
    "grad": "has a wrong gradient ({name})",
    "fit": "has a wrong {name} after a training step",
    "init": "is made with a wrong {name}",
    "masks": "passes on a wrong mask with its {name}",
    "train": "has a wrong {name} with dropout in training",
    "keras": "has a wrong {name} when saved to a .keras file and loaded",
    "h5": "has a wrong {name} when its weights are saved to a .weights.h5 file and loaded",
}
"""By scenario, what a wrong value means; the others name what is done."""


def title(finding: Finding) -> str:
    """A sentence about what the layer does, with the options that it takes, and the backend."""
    options = [need for need in finding.shrunk.needs if need not in _SAID]
    options = [need for need in options if not need.startswith("a custom ")]
    unsaid = [text for text in fixed(finding) if text not in (*options, *finding.shrunk.needs)]
    shown = [text for text in (*unsaid, *options) if text not in _SAID]
    given = f" with {listed(shown)}" if shown else ""
    return cut(f"{_subject(finding)}{given} {_does(finding)}")


def listed(texts: list[str]) -> str:
    """Texts as a sentence lists them."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def cut(text: str, longest: int = LONGEST_TITLE) -> str:
    """A text in one line, ended behind a whole word where it is too long."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return kept if len(kept) <= longest else kept[: longest - 4].rpartition(" ")[0] + " ..."


def fixed(finding: Finding) -> list[str]:
    """The options that belong to the scenario, which no flip can leave out."""
    case = finding.case
    rates = {"drop": "dropout", "rdrop": "recurrent_dropout"}
    return [f"{name}={case.number(key) / 100:g}" for key, name in rates.items() if case[key]]


def _subject(finding: Finding) -> str:
    case = finding.case
    name = class_of(case) if case["do"] == "config" else ""
    text = name or made(case)
    for one in replaced.chosen.values():
        text = re.sub(rf"\b{one.name}\b", one.attribute, text)
    return text


def raised(finding: Finding) -> str:
    """The error of Keras in a line: its class, and what its message says beyond where it arose."""
    error = finding.verdict.seen.error
    if error is None:
        return finding.failure.got
    bold = _BOLD.search(error.message)
    plain = bold[1] if bold else _STYLE.sub("", error.message)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(_OUTER)] or lines or [""]
    return f"{error.name}: {said[0]}" if said[0] else error.name


def _does(finding: Finding) -> str:
    case, failure = finding.case, finding.failure
    do, what = str(case["do"]), str(case["what"])
    if do == "bad":
        return _misused(finding)
    if failure.kind == "error":
        when = "" if do == "call" else f" in {DOINGS[do]}"
        return f"raises {cut(raised(finding), 110)}{when}"
    if do == "config" and what in ARGUMENTS:
        return _lost(finding, what)
    if failure.kind == "value":
        return _wrong_value(finding, do)
    during = "" if do == "call" else f" in {DOINGS[do]}"
    got, want = cut(failure.got, 60), cut(failure.want, 60)
    return f"has {failure.where} {got}, not {want},{during}".rstrip(",")


def _wrong_value(finding: Finding, do: str) -> str:
    case, name = finding.case, finding.failure.name or finding.failure.where
    if do == "masks" and case["what"] == "model":
        return "gives a masked batch other results than its samples without their padding"
    text = _WRONG[do] if do in _WRONG else f"has a wrong {{name}} in {DOINGS[do]}"
    explained = " and ".join(finding.diagnosis.sentences)
    return text.format(name=name) + (f" ({explained})" if explained else "")


def _lost(finding: Finding, what: str) -> str:
    where = finding.failure.where
    if "of the original" in where:
        return f"ignores {what} in its constructor"
    if "configuration of the cell" in where:
        return f"leaves {what} out of the configuration of its cell"
    return f"loses {what} in get_config and from_config ({cut(where, 60)})"


def _misused(finding: Finding) -> str:
    wrong = MISUSES[str(finding.case["what"])].sentence
    got, want = cut(finding.failure.got, 80), cut(finding.failure.want, 60)
    return f"where {wrong}: {finding.failure.where} {got}, not {want}"
