"""Scorecards: what a layer comes to on a release and a backend, as numbers, JSON and badges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from keras_rnn_conformance.atlas.explaining import Explanations
from keras_rnn_conformance.atlas.gather import Gathered
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.results.diff import visible
from keras_rnn_conformance.results.explained import unrecorded
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import dumps
from keras_rnn_conformance.results.standing import Standing, Stood, overall

ALL = "all layers"
FORMAT = "keras-rnn-conformance scorecards"
_WORST = ("value", "shape", "dtype", "structure", "error", "fact")
"""Kinds of failure: what a user does not notice comes before what is raised."""
COLOURS = {
    Standing.HOLDS: "#2c6e49",
    Standing.KNOWN: "#8a5a00",
    Standing.PASSES: "#a3211b",
    Standing.UNEXPLAINED: "#a3211b",
    Standing.NOT_RUN: "#59626d",
    Standing.NOT_RECORDED: "#59626d",
}
"""The right half of a badge, on which white text is read."""


@dataclass
class Score:
    """What the cases of a layer came to in a run.

    Attributes:
        counts: cases by verdict.
        causes: by the cause of known failures, the kind in which it shows worst.
    """

    counts: Counter[Standing] = field(default_factory=Counter)
    causes: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Standing:
        """The worst that a case came to; not recorded where there is no case."""
        return next((one for one in Standing if self.counts[one]), Standing.NOT_RECORDED)

    @property
    def judged(self) -> int:
        """The cases that ran and came to a verdict."""
        silent = (Standing.NOT_RUN, Standing.NOT_RECORDED)
        return sum(count for one, count in self.counts.items() if one not in silent)

    @property
    def silent(self) -> int:
        """The causes by which numbers are wrong and nothing is raised."""
        return sum(kind == "value" for kind in self.causes.values())

    def add(self, stood: Mapping[str, Stood]) -> None:
        """Count a case."""
        self.counts[overall(dict(stood))] += 1
        for one in stood.values():
            if one.standing is Standing.KNOWN:
                reason = one.entries[0].reason
                kinds = [failure.kind for failure in one.failures]
                kinds += [self.causes[reason]] if reason in self.causes else []  # type: ignore[list-item]
                self.causes[reason] = min(kinds, key=_WORST.index)


@dataclass
class Scorecards:
    """The scores of all layers in some runs.

    Attributes:
        gathered: the runs.
        explanations: what is known of failures.
    """

    gathered: Gathered
    explanations: Explanations

    @cached_property
    def scores(self) -> dict[str, dict[str, Score]]:
        """By the name of a run and the layer, or `ALL`."""
        return {results.name: self._of(results) for results in self.gathered.runs}

    def _of(self, results: Results) -> dict[str, Score]:
        scores: dict[str, Score] = {ALL: Score()}
        for id, row in results.rows.items():
            case = self.gathered.cases[id]
            stood = self.explanations.standings(results, case, row)
            for layer in (ALL, case.layer):
                scores.setdefault(layer, Score()).add(stood)
        for case in unrecorded(results):
            for layer in (ALL, case.layer):
                scores.setdefault(layer, Score()).counts[Standing.NOT_RECORDED] += 1
        return scores

    def json(self) -> str:
        """All of them as JSON, of which docs/format.md speaks."""
        reasons = sorted(
            {c for run in self.scores.values() for s in run.values() for c in s.causes}
        )
        links = {entry.reason: entry.upstream for entry in self.explanations.entries}
        cards = [self._card(results, reasons) for results in self.gathered.runs]
        causes = [{"reason": visible(r), "upstream": links.get(r, "")} for r in reasons]
        head = {"format": FORMAT, "version": 1, "suite": SUITE}
        return dumps({**head, "causes": causes, "scorecards": cards}) + "\n"

    def _card(self, results: Results, reasons: list[str]) -> dict[str, Any]:
        header, scores = results.header, self.scores[results.name]
        layers = {
            layer: {
                "verdict": score.verdict.value,
                "cases": {one.value: score.counts[one] for one in Standing if score.counts[one]},
                "causes": {str(reasons.index(r)): kind for r, kind in sorted(score.causes.items())},
            }
            for layer, score in scores.items()
        }
        same = {key: header[key] for key in ("keras", "backend", "backend_version", "profile")}
        return {**same, "verdict": scores[ALL].verdict.value, "layers": layers}

    def badges(self) -> dict[str, str]:
        """SVG by file name: one for each run, and one for the newest release on a backend."""
        made: dict[str, str] = {}
        for results in self.gathered.runs:  # the newest first
            svg = _badge(results, self.scores[results.name][ALL])
            made[f"{results.name}.svg"] = svg
            made.setdefault(f"{results.header['backend']}.svg", svg)
        return made


def worded(score: Score) -> str:
    """A score in a few words, with what was run."""
    holds = f"{score.counts[Standing.HOLDS]:,} of {score.judged:,} hold"
    if score.verdict in (Standing.NOT_RUN, Standing.NOT_RECORDED):
        return score.verdict.value
    open_ = sum(score.counts[one] for one in (Standing.UNEXPLAINED, Standing.PASSES))
    return f"{holds}, {open_} not explained" if open_ else holds


def _badge(results: Results, score: Score) -> str:
    release, backend = results.header["keras"], results.header["backend"]
    left = backend if release == "none" else f"Keras {release}, {backend}"
    return badge(left, worded(score), COLOURS[score.verdict])


def badge(left: str, right: str, colour: str) -> str:
    """A small picture of two texts side by side."""
    widths = [_width(text) for text in (left, right)]
    title = escape(f"{left}: {right}")
    texts = "".join(
        f'<text x="{x:.0f}" y="14" textLength="{width - 12:.0f}">{escape(text)}</text>'
        for text, x, width in ((left, 6, widths[0]), (right, widths[0] + 6, widths[1]))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sum(widths):.0f}" height="20" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<rect width="{widths[0]:.0f}" height="20" fill="#3b4149"/>'
        f'<rect x="{widths[0]:.0f}" width="{widths[1]:.0f}" height="20" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{texts}</g></svg>\n"
    )


def _width(text: str) -> float:
    """Of a text in 11 pixels, with its margins."""
    return round(6.4 * len(text)) + 12


def table(scores: Iterable[Score], reasons: Mapping[str, int]) -> list[list[Any]]:
    """Scores for the page's script: counts in the order of verdicts, then causes and kinds."""
    return [
        [
            [score.counts[one] for one in Standing],
            sorted([reasons[reason], kind] for reason, kind in score.causes.items()),
        ]
        for score in scores
    ]
