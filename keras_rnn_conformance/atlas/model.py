"""What the page's script reads: cases, what they came to in every run, and why, as plain data.

Whatever repeats, such as texts and sets of rules, stands once in a table and is named by its place
in it. All text that comes from Keras or from a results file is made visible ASCII on one line.
"""

from __future__ import annotations

import builtins
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from packaging.version import Version

from keras_rnn_conformance.atlas.errors import digits, worst_error
from keras_rnn_conformance.atlas.explaining import Explanations, Why, why
from keras_rnn_conformance.atlas.gather import Gathered, backends_of, called, version
from keras_rnn_conformance.atlas.scorecards import ALL, Score, Scorecards, table
from keras_rnn_conformance.atlas.scripts import scripts
from keras_rnn_conformance.cases.axes import AXES, BY_KEY, LAYERS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import RULES, rules_of
from keras_rnn_conformance.judging.subjects import SUBJECTS, subject_of
from keras_rnn_conformance.judging.verdict import RUN_RULE
from keras_rnn_conformance.report.wording import words
from keras_rnn_conformance.results.causes import Cause
from keras_rnn_conformance.results.diff import visible
from keras_rnn_conformance.results.file import Results, Row
from keras_rnn_conformance.results.lines import dumps
from keras_rnn_conformance.results.standing import Standing, Stood
from keras_rnn_conformance.results.store import spans

T = TypeVar("T", bound=Hashable)
_KINDS = (Standing.KNOWN, Standing.UNEXPLAINED, Standing.PASSES)
"""Verdicts that need a sentence, by the number that the page's script has for them."""
_SPOKEN = (*_KINDS, Standing.HOLDS)
_PASSED = {"kinds": [], "where": "the rule", "got": "it holds", "want": "a failure", "places": 1}
"""Stands in the page where a known failure passes."""


class Table(Generic[T]):
    """Things that are named by their place; a thing has one place however often it is asked for."""

    def __init__(self) -> None:
        self._places: dict[T, int] = {}

    def place(self, thing: T) -> int:
        return self._places.setdefault(thing, len(self._places))

    @property
    def things(self) -> list[T]:
        return list(self._places)


@dataclass
class Model:
    """The data of the page.

    Attributes:
        gathered: what it is made from.
        explanations: what is known of failures.
        causes: what Keras is known to get wrong, in the order of the page.
    """

    gathered: Gathered
    explanations: Explanations
    causes: Sequence[Cause] = ()
    texts: Table[str] = field(default_factory=Table)
    sets: Table[tuple[int, ...]] = field(default_factory=Table)
    whys: Table[Why] = field(default_factory=Table)
    failures: Table[tuple[Any, ...]] = field(default_factory=Table)

    @cached_property
    def releases(self) -> list[Version]:
        """The releases, the newest first."""
        return sorted({version(results) for results in self.gathered.runs}, reverse=True)

    @cached_property
    def rules(self) -> list[str]:
        """The rules that a case of the page is about, by subject and number."""
        judged = {
            r for run in self.gathered.runs for row in run.rows.values() for r in _judged(row)
        }
        about = {rule.id for case in self.gathered.cases.values() for rule in rules_of(case)}
        return sorted(judged | about | {RUN_RULE}, key=_by_number)

    @cached_property
    def layers(self) -> list[str]:
        layers = {case.layer for case in self.gathered.cases.values()}
        return [layer for layer in LAYERS if layer in layers]

    @cached_property
    def options(self) -> list[tuple[str, str]]:
        """The axes and values that cases depart to."""
        pairs = {pair for case in self.gathered.cases.values() for pair in case.departures.items()}
        return [
            (axis.key, str(value))
            for axis in AXES
            for value in _values(axis.values, [v for key, v in pairs if key == axis.key])
        ]

    @cached_property
    def scorecards(self) -> Scorecards:
        """What every layer comes to in every run."""
        return Scorecards(self.gathered, self.explanations)

    @cached_property
    def reasons(self) -> dict[str, int]:
        """The causes by their reason: their places on the page."""
        places = {cause.reason: place for place, cause in enumerate(self.causes)}
        for run in self.scorecards.scores.values():
            for reason in run[ALL].causes:
                places.setdefault(reason, len(places))
        return places

    def data(self) -> dict[str, Any]:
        """Everything, for JSON."""
        cases = [self._case(id, case) for id, case in self.gathered.cases.items()]
        return {
            "releases": list(map(called, self.releases)),
            "backends": backends_of(self.gathered.runs),
            "runs": [self._run(results) for results in self.gathered.runs],
            "rules": [said_of(id) for id in self.rules],
            "layers": self.layers,
            "options": [[key, value, _spoken(key, value)] for key, value in self.options],
            "cases": cases,
            "texts": self.texts.things,
            "sets": self.sets.things,
            "whys": [self._why(one) for one in self.whys.things],
            "failures": self.failures.things,
            "scripts": scripts(self.gathered, self.explanations),
            "scores": [self._scores(results) for results in self.gathered.runs],
            "seed": self.gathered.runs[0].header["seed"],
        }

    def _why(self, one: Why) -> list[Any]:
        cause = self.reasons.get(one.reason, -1)
        return [_KINDS.index(one.standing), visible(one.text), one.link, cause]

    def _scores(self, results: Results) -> list[list[Any]]:
        """Of all layers together, then of each."""
        scores = self.scorecards.scores[results.name]
        chosen = [scores.get(layer, Score()) for layer in (ALL, *self.layers)]
        return table(chosen, self.reasons)

    def _run(self, results: Results) -> dict[str, Any]:
        header = results.header
        same = ("backend_version", "device", "numpy", "platform", "profile", "python")
        return {
            "release": self.releases.index(version(results)),
            "backend": backends_of(self.gathered.runs).index(header["backend"]),
            "live": header["judged"] == "live",
            "cases": len(results.rows),
            **{key: header[key] for key in same},
        }

    def _case(self, id: str, case: Case) -> dict[str, Any]:
        having: dict[str, tuple[dict[str, Any], list[int]]] = {}
        same: dict[tuple[int, int], str] = {}  # releases share the rows that they agree on
        for number, results in enumerate(self.gathered.runs):
            row = results.rows.get(id)
            if row is None:
                continue
            shared = builtins.id(row), builtins.id(self.explanations.holding(results))
            key = same.get(shared, "")
            if not key:
                state = self._state(case, row, results)
                key = dumps(state)
                having.setdefault(key, (state, []))
            if not row.get("failed"):
                same[shared] = key
            having[key][1].append(number)
        options = [self.options.index((key, str(v))) for key, v in case.departures.items()]
        return {
            "id": id,
            "layer": self.layers.index(case.layer),
            "options": options,
            "held": self._set({rule.id for rule in rules_of(case)}),
            "states": [{**state, "runs": spans(runs)} for state, runs in having.values()],
        }

    def _state(self, case: Case, row: Row, results: Results) -> dict[str, Any]:
        """What a case came to in a run: `rules` are those that it was, or would be, held to."""
        stood = self.explanations.standings(results, case, row)
        spoken = {rule for rule, one in stood.items() if one.standing in _SPOKEN}
        unrun = {rule for rule, one in stood.items() if one.standing is Standing.NOT_RUN}
        if "skipped" in row:
            place = self.texts.place(visible(row["skipped"]))
            return {"rules": self._set(unrun), "skipped": place}
        error = worst_error(row)
        state: dict[str, Any] = {"rules": self._set(spoken)}
        if unrun:
            state["unrun"] = self._set(unrun)
        if row.get("path"):
            state["path"] = self.texts.place(visible(row["path"]))
        if error is not None:
            state["error"] = [digits(error.absolute), digits(error.ulp), digits(error.share)]
        if fails := list(self._fails(row, stood)):
            state["fails"] = fails
        return state

    def _fails(self, row: Row, stood: dict[str, Stood]) -> Iterator[list[int]]:
        """Rule, failure and reason of each rule whose verdict needs a sentence."""
        for rule, one in stood.items():
            if one.standing in _KINDS:
                known = row.get("failed", {}).get(rule, _PASSED)
                failure = self._fault(one.fault) if one.fault else self._failure(known)
                yield [self.rules.index(rule), failure, self.whys.place(why(one))]

    def _fault(self, fault: str) -> int:
        text = visible(fault)
        return self.failures.place((("error",), "the run", text, "a verdict", None, None, 1))

    def _set(self, rules: Sequence[str] | set[str]) -> int:
        return self.sets.place(tuple(sorted(self.rules.index(rule) for rule in set(rules))))

    def _failure(self, failure: dict[str, Any]) -> int:
        texts = [visible(failure[key]) for key in ("where", "got", "want")]
        numbers = [digits(failure.get(key)) for key in ("error", "bound")]
        return self.failures.place((tuple(failure["kinds"]), *texts, *numbers, failure["places"]))


def _judged(row: Row) -> set[str]:
    return {*row.get("passed", ()), *row.get("failed", ())}


def _by_number(rule: str) -> tuple[str, int]:
    subject, _, number = rule.rpartition("-")
    return subject, int(number)


def said_of(id: str) -> dict[str, str]:
    """A rule, for the page."""
    rule = RULES[id]
    subject = SUBJECTS.get(subject_of(id), subject_of(id))
    return {
        "id": id,
        "sentence": rule.sentence,
        "source": rule.source,
        "since": rule.since,
        "subject": subject,
    }


def _spoken(key: str, value: str) -> str:
    """An option in words."""
    axis = BY_KEY[key]
    typed = next((known for known in axis.values if str(known) == value), value)
    return words(key, int(value) if axis.any_int and value.isdecimal() else typed)


def _values(known: Sequence[Any], used: Sequence[Any]) -> list[Any]:
    """The found values: those that a profile uses in their order, then others by size."""
    return [v for v in known if v in used] + sorted(v for v in used if v not in known)


def documented(key: str) -> str:
    """What an axis is, in a few words."""
    return BY_KEY[key].doc
