"""What a layer does wrong, as the title of an issue: a sentence about behavior."""

from __future__ import annotations

import re

import numpy as np

from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.api.misuses import MISUSES
from keras_rnn_conformance.cases.api.serialized_arguments import ARGUMENTS, class_of
from keras_rnn_conformance.cases.axes import BY_KEY
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.parts import Part
from keras_rnn_conformance.cases.scenarios.table import BY_NAME, HELD
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.affected_releases import FEW
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.report.meanings import layer_of, spelt, variant
from keras_rnn_conformance.report.places import is_thing, place, two_ways
from keras_rnn_conformance.report.shrink import valid
from keras_rnn_conformance.report.wording import made, words

LONGEST_TITLE = 120
_LONGEST_ERROR, _LONGEST_FACTS = 80, 60
_SAID = {
    *("return_sequences=False", "return_state=False", "return_sequences=True", "return_state=True"),
    *(text for key, text in BY_KEY["as"].words.items() if key != "layer"),
}
"""What is left out of a title: the subject says it, or it only lets the failure be seen."""
_WRONG = {
    "call": "returns {wrong}",
    "article": "returns {wrong}",
    "grad": "has a wrong gradient ({name})",
    "fit": "has {wrong} after a training step",
    "init": "has a wrong initial {name}",
    "model": "gives {wrong} output",
    "learn": "has {wrong} in training",
    "edge": "has {wrong}",
    "written": "returns {wrong}",
    "settings": "returns {wrong}",
    "masks": "passes on a wrong mask with its {name}",
    "train": "has {wrong} in training",
    "keras": "has {wrong} when saved to a .keras file and loaded",
    "export": "has {wrong} when exported",
    "h5": "has {wrong} when its weights are saved to a .weights.h5 file and loaded",
}
"""By scenario, what a wrong value means; the others name what is done."""


_VARIED = ("init", "model", "learn", "edge", "written", "settings")
"""The scenarios whose variant a title says, as the layer has no option that would tell it."""


def tell_apart(findings: list[Finding]) -> None:
    """Mark the findings whose titles others before them have already, so that all titles differ."""
    taken: set[str] = set()
    for finding in findings:
        sentence = _sentence(finding)
        finding.marked = sentence in taken
        taken.add(sentence)


def title(finding: Finding) -> str:
    """A sentence about what the layer does, with the options that it takes."""
    mark = f" [{finding.case.id}]" if finding.marked else ""
    return f"{cut(_sentence(finding), LONGEST_TITLE)}{mark}"


def _sentence(finding: Finding) -> str:
    """The whole sentence; where it is too long, without details, and then with fewer options."""
    whole = _worded(finding, brief=False)
    if len(whole) <= LONGEST_TITLE:
        return whole
    most, shorter = len(_options(finding)), _worded(finding, brief=True)
    while len(shorter) > LONGEST_TITLE and most > 1:
        most -= 1
        shorter = _worded(finding, brief=True, most=most)
    if len(shorter) <= LONGEST_TITLE:
        return shorter
    cells = words("cell", finding.case["cell"])
    return _MODEL.sub("", shorter.replace(f", each {cells}", ""))


_MODEL = re.compile(r"(?<= \()[^(),]*, (?=\w+\()")
"""Which model is trained by an optimizer that is named."""


def _worded(finding: Finding, brief: bool, most: int | None = None) -> str:
    options = _options(finding)
    shown = options[:most] + (["more"] if len(options[:most]) < len(options) else [])
    given = f" with {listed(shown)}" if shown else ""
    sentence = _state(finding) or f"{_subject(finding)}{given}{_does(finding, brief)}"
    return f"{sentence}{_variant(finding, brief)}"


_STATES = ("kept", "tracked", "loaded")
"""What must become of a thing that is no layer of the case."""
_WARNING = re.compile(r"UserWarning: Layer '\w+' \(of type (\w+)\) was passed an input with a mask")


def _state(finding: Finding) -> str:
    """What has become of a thing, which is what the sentence is about; empty if it is none."""
    failure = finding.failure
    warns = _WARNING.match(failure.got)
    if warns and failure.want == "none":
        return f"{warns[1]} warns that it destroys a mask, though none is lost"
    if failure.kind != "fact" or failure.want not in _STATES or _ERROR.match(failure.got):
        return ""
    return f"{failure.where[:1].upper()}{failure.where[1:]} is {failure.got}"


def _options(finding: Finding) -> list[str]:
    """The options that the title says."""
    needs = needs_of(finding)
    options = [need for need in needs if need not in _SAID and not need.startswith("a custom ")]
    return [*(text for text in fixed(finding) if text not in needs), *options]


def _variant(finding: Finding, brief: bool) -> str:
    """What is done with the layer, where neither its options nor the verb say it.

    To be brief, of a list the first and the last, which says most.
    """
    do, what = str(finding.case["do"]), str(finding.case["what"])
    if do not in _VARIED or what == "plain" or _part(finding):
        return ""
    parts = re.split(r", (?![^(]*\))", variant(do, what))
    return f" ({', '.join([parts[0], *parts[1:][-1:]] if brief else parts)})"


def needs_of(finding: Finding) -> list[str]:
    """The options on which the failure depends.

    What is gone without an option in the smallest case may be there without it in one of the other
    cases, of which none has an option more: such an option is none that it depends on.
    """
    keys = {words(key, value): key for key, value in finding.case.options}
    cases = [Case.parse(id) for id in finding.ids[:FEW]]
    return [
        text
        for text in finding.shrunk.needs
        if not any(_refutes(case, finding, keys[text], text) for case in cases)
    ]


def _refutes(case: Case, finding: Finding, key: str, text: str) -> bool:
    """Whether a case that fails in the same way is without an option, and has no other."""
    own = [k for k in case.departures if k not in (key, "do", "what", "in", "n")]
    subset = all(case[k] == finding.case[k] for k in own)
    return subset and words(key, case[key]) == finding.shrunk.avoids[text]


def listed(texts: list[str]) -> str:
    """Texts as a sentence lists them."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def cut(text: str, longest: int = LONGEST_TITLE) -> str:
    """A text in one line, ended behind a whole word where it is too long, brackets closed."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    if len(kept) <= longest:
        return kept
    words = kept[: longest - len(" ...))")].rpartition(" ")[0]
    return f"{words} ...{')' * (words.count('(') - words.count(')'))}"


def fixed(finding: Finding) -> list[str]:
    """The options that belong to the scenario, which no flip can leave out."""
    case = finding.case
    if case["what"] in HELD:
        return []
    rates = {"drop": "dropout", "rdrop": "recurrent_dropout"}
    return [f"{name}={case.number(key) / 100}" for key, name in rates.items() if case[key]]


def _subject(finding: Finding) -> str:
    case = finding.case
    name = class_of(case) if case["do"] == "config" else ""
    text = name or made(case)
    if case["do"] == "train" and case["what"] in HELD:
        text = f"RNN over a custom cell that holds Dropout({case.number('drop') / 100})"
    if case["do"] == "edge":  # whose deeds are told, and stand for every layer
        return "A model"
    if case["do"] in ("model", "learn"):
        part = _part(finding)
        text = f"{spelt(part)} in a model with {text}" if part else f"A model of {text}"
    for one in replaced.chosen.values():
        text = re.sub(rf"\b{one.name}\b", one.attribute, text)
    return text


def _part(finding: Finding) -> Part | None:
    """The layer of a model whose output or mask is wrong, if it is none of the recurrent ones."""
    case, failure = finding.case, finding.failure
    if case["do"] != "model" or failure.kind == "error":
        return None
    part = layer_of(str(case["what"]), failure.name or failure.where)
    return part if part and part.name == "neighbour" else None


def raised(finding: Finding) -> str:
    """The error of Keras in a line: its class, and what its message says beyond where it arose."""
    error = finding.verdict.seen.error
    return finding.failure.got if error is None else error.told()


def _named(error: str, brief: bool, longest: int = _LONGEST_ERROR) -> str:
    """The class of an error and the first sentence of its message; the class alone to be brief."""
    name, _, message = error.partition(": ")
    first = _END.split(message)[0].strip().rstrip(".:")
    return name if brief or not first else cut(f"{name}: {first}", longest)


_END = re.compile(r"\.\s|: [\[(<]|: \{(?!'\w+': [\w.']+\}$)")
"""Where the first sentence of a message ends, or values follow; one short argument stays."""


def _does(finding: Finding, brief: bool) -> str:
    """The verb and what follows it; a colon and the difference, where no verb fits."""
    case, failure = finding.case, finding.failure
    do, what = str(case["do"]), str(case["what"])
    if do == "bad":
        return f" {_misused(finding, brief)}"
    during = "" if brief or do in ("call", "ledger", *_VARIED) else _during(do)
    if failure.kind == "error":
        return f" raises {_named(raised(finding), brief)}{during}"
    if do == "config" and what == "again":
        return " changes the configuration that its from_config is given"
    if do == "config" and what in ARGUMENTS:
        return f" {_lost(finding, what)}"
    if failure.kind == "value":
        return f" {_wrong_value(finding, do)}"
    return _other_fact(finding, brief, during)


def _during(do: str) -> str:
    """Where something goes wrong, as the end of a sentence."""
    return f" {_DURING.get(do) or f'in {BY_NAME[do].words}'}"


_DURING = {
    "file": "with a file of an older release",
    "train": "in training",
    "reg": "with regularizers",
    "constraint": "with constraints",
    "cost": "when called again",
    "masks": "where masks are passed on",
    "reuse": "when used twice",
}
"""Where, for scenarios whose name says it badly."""


def _other_fact(finding: Finding, brief: bool, during: str) -> str:
    """What a fact is and should be, as far as both are short."""
    failure = finding.failure
    got, want = cut(failure.got, _LONGEST_FACTS), cut(failure.want, _LONGEST_FACTS)
    where = place(failure.where)
    where = _DEFAULT.sub(r"\2 in \1", where)
    if _ERROR.match(got):
        name = _ERROR_NAME.sub(r"\1", got) if brief or len(got) > _SHORT else got
        return f" raises {name} for the {where}{during}"
    if failure.where in _COSTS:
        return f" {_COSTS[failure.where].format(got=got, want=want)}"
    if _ARGUMENT.match(got):
        return f" has {got} in {where}"
    long = brief or len(got) + len(want) > _LONGEST_FACTS
    if failure.where == "what is returned":
        return " returns another structure" if long else f" returns {got}, not {want}"
    kind = _KINDS.get(failure.kind)
    if kind and brief:
        return f" gives the {where} another {kind}{during}"
    if kind:
        return f" gives the {where} the {kind} {got}, not {want}{during}"
    if long:
        return f" has {_a_wrong(where)}{during}"
    return f" has {got} as the {where}, not {want}{during}"


_ARGUMENT = re.compile("(a new|no) argument ")
_DEFAULT = re.compile(r"^(.*), (default of \w+|order)$")
_COSTS = {
    "compilations": "compiles anew in a later call of the same shapes",
    "calls of the cell": "calls its cell {got} times in a later call, not {want}",
    "objects per call": "leaves {got} objects behind after each call",
    "items": "keeps {got} items more after twenty calls",
}
"""What a layer does of which more is counted than a call may cost."""


def _a_wrong(name: str) -> str:
    """A thing that is wrong, with an article unless it is several."""
    head = re.split(r" of | from | that | inside | after | kept | in |, ", name)[0].split()[-1]
    several = head.endswith("s") and head not in ("loss", "bias")
    return f"wrong {name}" if several else f"a wrong {name}"


_ERROR = re.compile(r"\w+(Error|Exception):")
_ERROR_NAME = re.compile(r"^(\w+):.*", re.DOTALL)
_SHORT = 50
_KINDS = {"shape": "shape", "dtype": "dtype"}


def _wrong_value(finding: Finding, do: str) -> str:
    case, name = finding.case, finding.failure.name or finding.failure.where
    if do == "train" and name in _DRAWN:
        return f"{_DRAWN[name]} in training"
    if finding.failure.error is None and finding.failure.got in _ALIKE:
        return f"has {finding.failure.got} {_RATE.sub(_rate, name)} in training"
    if do == "twin":
        return two_ways(str(case["what"]), name)
    if _part(finding):
        return "passes on a wrong mask" if "mask of " in name else "gives a wrong output"
    name = place(name)
    if do == "masks" and case["what"] == "model":
        return "gives other results for a masked batch than for its samples without padding"
    if fixed(finding) and _drops_nothing(finding):
        return "drops nothing in training"
    text = _WRONG[do] if do in _WRONG else f"has {{wrong}}{_during(do)}"
    explained = " and ".join(finding.diagnosis.sentences)
    text = text.replace("{wrong} output", "{wrong}") if name.endswith("output") else text
    wrong = _a_wrong(name) if is_thing(name) else f"a wrong result for '{name}'"
    return text.format(name=name, wrong=wrong) + (f" ({explained})" if explained else "")


_ALIKE = ("the same", "different")
_RATE = re.compile(r"^r?drop\b")
_DRAWN = {
    "twin, call": "draws other masks than a layer of the same seed",
    "twin, next call": "draws other masks than a layer of the same seed",
    "as nought, call": "draws other masks than a layer of the same seed, 0,",
    "first, next call": "draws the same masks in the next call",
    "next call, against the first": "draws the same masks in the next call",
    "every timestep, against the first": "draws the same mask at every timestep",
    "other, call": "draws the same masks with another seed",
    "unseeded, call": "draws the same masks without a seed as with one",
    "as unseeded, call": "draws the same masks as another layer without a seed",
}
"""What it means that the outputs of two layers with dropout are alike, or not."""


def _rate(hit: re.Match[str]) -> str:
    return "recurrent_dropout" if hit[0] == "rdrop" else "dropout"


def _drops_nothing(finding: Finding) -> bool:
    """Whether what came out is what comes out without any dropout."""
    case, got = finding.case, finding.verdict.seen.arrays.get("output")
    kept = {k: v for k, v in case.options if k not in ("do", "what", "drop", "rdrop", "train")}
    for plain in valid(case.layer, kept):
        want = expected(plain, Data(plain)).arrays["output"]
        if got is not None and got.shape == want.shape:
            return bool((np.abs(got - want.value) <= want.bound).all())
    return False


def _lost(finding: Finding, what: str) -> str:
    where = finding.failure.where
    if "of the original" in where:
        return f"ignores {what} in its constructor"
    if "configuration of the cell" in where:
        return f"leaves {what} out of the configuration of its cell"
    more = "" if where == f"{what} of the rebuilt" else f" ({cut(where, 60)})"
    return f"loses {what} in get_config and from_config{more}"


def _misused(finding: Finding, brief: bool) -> str:
    misuse = MISUSES[str(finding.case["what"])]
    how = _where(misuse.sentence)
    if finding.verdict.seen.error is None:
        return f"raises no error {how}"
    error, want = _named(raised(finding), brief, _LONGEST_FACTS), finding.failure.want
    if want.startswith("a message"):
        return f"raises {error} {how}, without naming {' or '.join(misuse.words[:2])}"
    return f"raises {error}, not {cut(want, _LONGEST_FACTS)}, {how}"


def _where(sentence: str) -> str:
    """What is done wrongly, as the end of a sentence: `for` a thing, `where` something is so."""
    if re.search(r"(?<!that) (is|gets|go|differs)\b", sentence):
        return f"where {sentence}"
    article = "an " if sentence.startswith("unknown ") else ""
    return f"for {article}{sentence}"
