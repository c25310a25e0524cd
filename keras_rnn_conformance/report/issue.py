"""The text of an issue in Markdown, and the link that opens it prefilled; nothing is posted."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.paths import COMMAND
from keras_rnn_conformance.cases.api.serialized_arguments import ARGUMENTS
from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.judging import readiness
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.report.affected_releases import causes, elsewhere
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.report.rounding import error_at_precision
from keras_rnn_conformance.report.wording import FORMS, subject

NEW_ISSUE = "https://github.com/keras-team/keras/issues/new"
LONGEST_LINK = 7000
"""Browsers and GitHub take links of about 8 kB."""
LONGEST_TITLE = 160
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
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~@])")


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


def doc_link(source: str, layer: str) -> str:
    """The page of keras.io that a rule's source names, or that of the layer."""
    named = re.findall(r"keras\.layers\.(\w+)", source)
    page = next(
        (_PAGES[n.removesuffix("Cell")] for n in named if n.removesuffix("Cell") in _PAGES),
        _PAGES.get(layer, ""),
    )
    return _API + page


def title(finding: Finding) -> str:
    """Backend, layer, options and what is wrong, in one line."""
    case, facts = finding.case, environment.describe()
    options = [need for need in finding.shrunk.needs if need not in _SAID]
    shown = f" with {', '.join(options)}" if options else ""
    text = f"[{facts['backend']}] {subject(case)}{shown}: {_wrong(finding)}"
    kept = "".join(c if c.isprintable() else " " for c in text)
    return kept if len(kept) <= LONGEST_TITLE else kept[: LONGEST_TITLE - 3] + "..."


_SAID = {
    *("return_sequences=False", "return_state=False", "return_sequences=True", "return_state=True"),
    *(text for key, text in FORMS.items() if key != "layer"),
    "a cell of the user's own (plain)",
}
"""What is left out of a title: the subject says it, or it only lets the failure be seen."""


def _wrong(finding: Finding) -> str:
    """What is wrong, in few words."""
    if finding.diagnosis.sentences:
        return finding.diagnosis.sentences[0]
    failure, what = finding.failure, str(finding.case["what"])
    if failure.kind == "value":
        return f"wrong {failure.name or failure.where}"
    if finding.way.raised and finding.case["do"] != "bad":
        return f"raises {failure.got.partition(':')[0] or finding.way.raised}"
    if finding.case["do"] == "config" and what in ARGUMENTS:
        return f"{what} is lost"
    return f"{failure.where}: {failure.got}, not {failure.want}"


def needs(finding: Finding) -> str:
    """What the failure needs."""
    shrunk = finding.shrunk
    if not shrunk.needs:
        return "It needs no option: the plain layer fails."
    text = f"It fails iff {' and '.join(shrunk.needs)}."
    return text if shrunk.minimal else f"{text} (The search for less was cut short.)"


def workaround(finding: Finding) -> str:
    """The options of which one flip avoids the failure."""
    avoids = finding.shrunk.avoids
    if not avoids:
        return "None was found by flipping one option."
    return "It does not occur with " + ", or with ".join(avoids.values()) + "."


def body(finding: Finding, seed: int = 0) -> str:
    """The text of the issue."""
    rule = RULES[finding.rule]
    parts = [
        f"**Rule {finding.rule}.** {plain(rule.sentence)}\n"
        f"Documented: {plain(rule.source)} ({doc_link(rule.source, finding.case.layer)})",
        finding_script(finding),
        _table(finding, seed),
        *_diagnosis(finding),
        f"**What it needs.** {plain(needs(finding))}",
        f"**Workaround.** {plain(workaround(finding))}",
        *(f"**Also in.** {plain(text)}" for text in elsewhere(finding)),
        "**Environment**\n\n" + fenced("\n".join(f"{k}: {v}" for k, v in environment_of().items())),
        _cited(finding, seed),
    ]
    return "\n\n".join(parts) + "\n"


def environment_of() -> dict[str, str]:
    """What was judged, with its device."""
    return {**environment.describe(), "device": readiness.device()}


def finding_script(finding: Finding) -> str:
    """The script, or why there is none."""
    if finding.script and not finding.doubt:
        head = "Standalone script (Keras and NumPy only; it ends with an AssertionError):"
        return f"{head}\n\n{fenced(finding.script, 'python')}"
    if not finding.doubt:
        return f"A standalone script is written by `{COMMAND} report {finding.case.id}`."
    return f"Not reproduced standalone: {plain(finding.doubt)}."


def _diagnosis(finding: Finding) -> list[str]:
    """What explains it: an alternative of the oracle, or the reason of a known failure."""
    said, reasons = finding.diagnosis, causes(finding)
    texts = [f"Cause, by reading Keras's source: {plain(reason)}." for reason in reasons]
    if said.sentences:
        others = f" Equally: with {plain('; with '.join(said.others[:3]))}." if said.others else ""
        texts.insert(0, plain(said.text, 700) + others)
    elif finding.failure.kind == "value" and finding.case["do"] == "call" and not reasons:
        first = finding.failure
        texts.append(
            "No single or double fault that was tried explains it; the first difference "
            f"is at {plain(first.where)}."
        )
    return [f"**Diagnosis.** {' '.join(texts)}"] if texts else []


def _table(finding: Finding, seed: int) -> str:
    first = finding.failure
    rows = [("where", first.where), ("expected", first.want), ("actual", first.got)]
    if first.error is not None and first.bound is not None:
        rows += [
            ("error", f"{first.error:.3g}"),
            ("bound (what rounding explains)", f"{first.bound:.3g}"),
        ]
        own = error_at_precision(finding.case, seed) if finding.case.layer in RECURRENT else None
        if own is not None:
            rows.append(("error of NumPy at the same precision (last states)", f"{own:.3g}"))
    lines = "\n".join(f"| {name} | {plain(value, 300)} |" for name, value in rows)
    return f"| | |\n|---|---|\n{lines}"


def _cited(finding: Finding, seed: int) -> str:
    key = f" (data seed {seed})" if seed else ""
    more = "" if len(finding.ids) < 2 else f"; {len(finding.ids)} cases of the suite show it"
    return f"Found by keras-rnn-conformance, case `{finding.case.id}`{key}{more}."


def link(finding: Finding, seed: int = 0) -> str:
    """An address that opens a new issue with this text in it, cut to what an address may hold."""
    text = body(finding, seed)
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
    ids += f"\n- and {more} more, which finding.json lists" if more > 0 else ""
    rules = ", ".join(sorted(finding.rules | {finding.rule}))
    return (
        f"# {plain(title(finding), LONGEST_TITLE)}\n\n{body(finding, seed)}\n"
        f"---\n\n[Open a new issue with this text]({link(finding, seed)})\n\n"
        f"Rules that break: {rules}. Cases that fail in this way:\n\n{ids}\n"
    )
