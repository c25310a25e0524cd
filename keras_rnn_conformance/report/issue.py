"""The text of an issue in Markdown, and the link that opens it prefilled; nothing is posted."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.paths import JUDGE
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.models.archive import files_of
from keras_rnn_conformance.judging import readiness
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.report.affected_releases import affected, causes, upstream
from keras_rnn_conformance.report.behaviour import (
    fixed,
    listed,
    needs_of,
    raised,
    title,
)
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.report.rounding import error_at_precision
from keras_rnn_conformance.report.script.header import place_of

__all__ = ["body", "environment_of", "fenced", "link", "page", "plain", "title"]

NEW_ISSUE = "https://github.com/keras-team/keras/issues/new"
LONGEST_LINK = 7000
"""Browsers and GitHub take links of about 8 kB."""
_PAGES = {
    "SimpleRNN": "recurrent_layers/simple_rnn/",
    "LSTM": "recurrent_layers/lstm/",
    "GRU": "recurrent_layers/gru/",
    "RNN": "recurrent_layers/rnn/",
    "ConvLSTM1D": "recurrent_layers/conv_lstm1d/",
    "ConvLSTM2D": "recurrent_layers/conv_lstm2d/",
    "ConvLSTM3D": "recurrent_layers/conv_lstm3d/",
    "Bidirectional": "recurrent_layers/bidirectional/",
    "TimeDistributed": "recurrent_layers/time_distributed/",
    "StackedRNNCells": "recurrent_layers/stacked_rnn_cell/",
    "Masking": "core_layers/masking/",
    "Embedding": "core_layers/embedding/",
}
SHOWN = 40
"""Cases that are listed below an issue."""
_CUT = "(cut: paste issue.md here)"
_API = "https://keras.io/api/layers/"
_MARKS = re.compile(r"([\\`*\[\]#|~@]|(?<!\w)_|_(?!\w))")
"""What Markdown would take for its own: an underscore within a name is none."""


def plain(text: str, longest: int = 500) -> str:
    """A text of Keras's as Markdown and HTML show it: as it is, in one line, mentioning nobody."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    kept = kept if len(kept) <= longest else kept[: longest - 3] + "..."
    return _MARKS.sub(r"\\\1", html.escape(kept, quote=False))


def fenced(text: str, kind: str = "") -> str:
    """A block of code whose fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    kept = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return f"{fence}{kind}\n{kept.rstrip()}\n{fence}"


_WRAPPERS = {
    "bi": "Bidirectional",
    "td": "TimeDistributed",
    "rnn": "RNN",
    "one": "RNN",
    "list": "RNN",
    "mix": "RNN",
    "stack": "StackedRNNCells",
}


def doc_link(source: str, case: Case) -> str:
    """The page of keras.io that a rule's source names, or that of the layer."""
    named = re.findall(r"keras\.layers\.(\w+)", source)
    page = next(
        (_PAGES[n.removesuffix("Cell")] for n in named if n.removesuffix("Cell") in _PAGES),
        _PAGES.get(_WRAPPERS.get(form(case), case.layer), ""),
    )
    return _API + page


def body(finding: Finding, seed: int = 0) -> str:
    """The text of the issue; a comment, where an issue is open."""
    rule = RULES[finding.rule]
    documented = f"{plain(rule.sentence)}\n\nDocumented: {plain(rule.source)}"
    parts = [
        *_still(finding),
        f"### Reproduction\n\n{_script(finding)}",
        f"### Actual\n\n{_actual(finding)}",
        f"### Expected\n\n{_wanted(finding)}{documented} ({doc_link(rule.source, finding.case)})",
        *(f"### Cause\n\n{text}" for text in _cause(finding)),
        f"### Environment\n\n{_environment(finding)}",
        _cited(finding, seed),
    ]
    return "\n\n".join(parts) + "\n"


def environment_of() -> dict[str, str]:
    """What was judged, with its device and the classes that stood in for Keras's."""
    return {**environment.describe(), "device": readiness.device(), **replaced.classes_by_name()}


def _still(finding: Finding) -> list[str]:
    if replaced.chosen or not upstream(finding):
        return []
    facts = environment.describe()
    return [f"This still occurs with Keras {facts['keras']} on the {facts['backend']} backend."]


def _script(finding: Finding) -> str:
    """The script, or why there is none."""
    if finding.script and not finding.doubt:
        own = sorted({one.module for one in replaced.chosen.values() if one.code in finding.script})
        files = [f"the file `{place_of(file)}` of the suite" for file in files_of(finding.case)]
        needs = listed(["Keras", "NumPy", *(f"`{module}`" for module in own), *files])
        head = f"This script needs only {needs}, and ends with an error:"
        return f"{head}\n\n{fenced(finding.script, 'python')}"
    if finding.script:
        return f"There is no standalone script: {plain(finding.doubt)}."
    why = f": {plain(finding.doubt)}" if finding.doubt else ""
    command = f"{JUDGE} --case {finding.case.id}{replaced.options()}"
    return f"There is no standalone script for this{why}; run `{command}`."


def _actual(finding: Finding) -> str:
    """What happens, with the numbers of the script where there is one, and what brings it about."""
    texts = (_observed(finding), plain(needed(finding), 900), _rounding(finding))
    return "\n\n".join(text for text in texts if text)


def _observed(finding: Finding) -> str:
    first = finding.failure
    if finding.output and not finding.doubt:
        return fenced(finding.output)
    if first.kind == "error" and finding.verdict.seen.error is not None:
        return plain(raised(finding))
    return _stated(first.where, first.got)


_UNTOLD = ("what came", "the call")
"""Places that say no more than that it is the result."""


def _stated(where: str, text: str) -> str:
    """What a place holds."""
    shown = plain(text)
    return f"{shown[:1].upper()}{shown[1:]}" if where in _UNTOLD else f"{plain(where)}: {shown}"


def _rounding(finding: Finding) -> str:
    """How large the error of rounding alone is."""
    if finding.failure.kind != "value" or finding.case["do"] != "call":
        return ""
    own = error_at_precision(finding.case, 0) if finding.case.layer in RECURRENT else None
    if own is None:
        return ""
    dtype = COMPUTE[str(finding.case["dtype"])]
    return (
        f"Rounding does not explain it: NumPy in {dtype} has an error of {own:.2g} in the states."
    )


def _wanted(finding: Finding) -> str:
    """What should come out, where the script's output does not say it."""
    if finding.output and not finding.doubt:
        return ""
    return f"{_stated(finding.failure.where, finding.failure.want)}\n\n"


def needed(finding: Finding) -> str:
    """The options on which the failure depends, and what avoids it: as far as it was tried."""
    shrunk, case, needs = finding.shrunk, finding.case, needs_of(finding)
    texts = []
    if needs:
        together = " together" if len(needs) > 1 else ""
        alone = len(needs) == 1
        instead = [shrunk.avoids[text] + ("" if alone else f" instead of {text}") for text in needs]
        gone = _with(instead[0]) if alone else f"with any of: {'; '.join(instead)}"
        texts.append(f"It occurs with {listed(needs)}{together}, and not {gone}.")
    elif case["do"] == "call" and not case.departures.keys() - _SIZES:
        texts.append("It occurs with the default arguments.")
    if fixed(finding):
        texts.append(f"It was seen with {listed(fixed(finding))}.")
    if not shrunk.minimal:
        texts.append("Further options may be unnecessary: not every smaller example was tried.")
    return " ".join(texts)


def _with(instead: str) -> str:
    """What avoids a failure, after "not": with another value, or without the option."""
    without = instead.removeprefix("no ")
    if without == instead:
        return f"with {instead} instead"
    return f"without {without}" if "_" in without else f"without a {without}"


_SIZES = {"n", "in", "u", "t"}


def _cause(finding: Finding) -> list[str]:
    """What is known of the cause: the reason in Keras's source, or a fault that has this effect."""
    reasons = causes(finding) if not replaced.chosen else []
    texts = [f"{plain(_capital(reason), 900)}." for reason in reasons]
    diagnosis = finding.diagnosis
    if diagnosis.sentences:
        others = diagnosis.others[:3]
        more = (
            f" The same numbers would come of {plain('; or of '.join(others))}." if others else ""
        )
        effect = plain(" and ".join(diagnosis.sentences), 700)
        texts.append(f"The result equals that of the documented equations with {effect}.{more}")
    return ["\n\n".join(texts)] if texts else []


_WORDS = (
    "the",
    "a",
    "an",
    "with",
    "in",
    "where",
    "without",
    "what",
    "of",
    "no",
    "on",
    "under",
    "for",
    "both",
    "each",
    "every",
    "any",
)


def _capital(reason: str) -> str:
    """A reason as a sentence: a name of Keras's that it begins with stays as it is."""
    return reason[:1].upper() + reason[1:] if reason.split()[0] in _WORDS else reason


def _environment(finding: Finding) -> str:
    facts = fenced("\n".join(f"{name}: {value}" for name, value in environment_of().items()))
    backends = [] if replaced.chosen else affected(finding)
    if not backends:
        return facts
    lines = "\n".join(f"- {plain(one.sentence, 900)}" for one in backends)
    return f"{facts}\n\nKeras releases in which the same was seen, by backend:\n\n{lines}"


def _cited(finding: Finding, seed: int) -> str:
    command = f"{JUDGE} --case {finding.case.id}{replaced.options(seed)}"
    return f"Found by keras-rnn-conformance {SUITE}, rule {finding.rule}: `{command}`"


def link(finding: Finding, seed: int = 0) -> str:
    """An address that opens a new issue with this text in it, cut to what an address may hold."""
    text = body(finding, seed)
    assert not replaced.chosen, "an issue of Keras's is about Keras's own layers"
    while True:
        address = f"{NEW_ISSUE}?{urlencode({'title': title(finding), 'body': text})}"
        if len(address) <= LONGEST_LINK:
            return address
        kept = text[: int(len(text) * 0.9) - 60]
        text = kept + "\n" + ("```\n" if kept.count("```") % 2 else "") + _CUT


def page(finding: Finding, seed: int = 0) -> str:
    """The file `issue.md`: title, text, the cases, and the link."""
    ids = "\n".join(f"- `{id}`" for id in finding.ids[:SHOWN])
    more = len(finding.ids) - SHOWN
    ids += f"\n- and {more} more: see finding.json" if more > 0 else ""
    rules = ", ".join(sorted(finding.rules | {finding.rule}))
    return (
        f"# {plain(title(finding))}\n\n{body(finding, seed)}\n"
        f"---\n\n{_where_to(finding, seed)}"
        f"Rules that break: {rules}. Cases that fail in this way:\n\n{ids}\n"
    )


def _where_to(finding: Finding, seed: int) -> str:
    """Where the text belongs: under the issue that is open, or into a new one."""
    if replaced.chosen:
        return ""
    known = upstream(finding)
    if known:
        return f"Reported upstream: add this as a comment to {' or '.join(known)}.\n\n"
    return f"[Open a new issue with this text]({link(finding, seed)})\n\n"
