"""What defaults meant and when, with the article's number as the example."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from keras_rnn_conformance.atlas.gather import Gathered, version
from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.results.compare import release_changes
from keras_rnn_conformance.results.diff import visible
from keras_rnn_conformance.results.file import Results
from reference_impl.generations import GENERATIONS, Generation


@dataclass(frozen=True)
class Span:
    """What held over neighbouring generations.

    Attributes:
        text: what.
        width: over how many.
        changed: whether it differs from what was before it.
    """

    text: str
    width: int
    changed: bool


@dataclass(frozen=True)
class Track:
    """One thing, and what it was through all generations."""

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Numbers:
    """The last output of the article's fourth listing.

    Attributes:
        printed: what the article prints.
        today: what the listing gives on Keras 3.
        named: what it gives there with `recurrent_activation="hard_sigmoid"`.
        again: what it gives there with the hard sigmoid of the article's time.
    """

    printed: str
    today: str
    named: str
    again: str


@dataclass(frozen=True)
class Moved:
    """A default or a key of a configuration that is not what it was in the release before."""

    release: str
    backends: tuple[str, ...]
    subject: str
    before: str
    after: str


def tracks() -> tuple[Track, ...]:
    """The defaults that changed, and what the article's listing gave under each."""
    generations = list(GENERATIONS.values())
    return (
        _track(
            "recurrent_activation of LSTM and GRU", [g.recurrent_activation for g in generations]
        ),
        _track("hard_sigmoid(x)", [_slope(g) for g in generations]),
        _track("reset_after of GRU", [str(g.reset_after) for g in generations]),
        _track("the LSTM of the article, last output", [_listing(g) for g in generations]),
    )


def _track(name: str, values: list[str]) -> Track:
    spans: list[Span] = []
    for value in values:
        if spans and spans[-1].text == value:
            spans[-1] = Span(value, spans[-1].width + 1, spans[-1].changed)
        else:
            spans.append(Span(value, 1, bool(spans)))
    return Track(name, tuple(spans))


def _slope(generation: Generation) -> str:
    if generation.hard_sigmoid_slope == 0.2:
        return "clip(x / 5 + 1/2, 0, 1)"
    return "clip(x / 6 + 1/2, 0, 1)"


def _listing(generation: Generation) -> str:
    """By the default of the generation, as it was recorded on releases that have it."""
    if generation.recurrent_activation == "hard_sigmoid":
        return f"{_recorded('printed', '2.0.5'):.7f}"
    return f"{_recorded('listing', '3.'):.7f}"


def _recorded(variant: str, release: str) -> float:
    for record in article.load().records:
        of_release = record.release.startswith(f"Keras {release}")
        if record.layer == "LSTM" and record.variant == variant and of_release:
            return record.output.value.ravel()[-1].item()
    raise FixtureFault(f"{article.FOLDER}: no record of {variant} on Keras {release}")


def numbers() -> Numbers:
    """The example, from the article's fixtures."""
    printed = article.load().listings[2].printed[0].decimals.value.item()
    today = [_recorded(variant, "3.") for variant in ("listing", "named", "printed")]
    return Numbers(*(f"{number:.8f}" for number in (printed, *today)))


def moved(gathered: Gathered) -> tuple[Moved, ...]:
    """What changed in the configurations between neighbouring releases, the newest first."""
    releases: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    by_backend: dict[str, list[Results]] = defaultdict(list)
    for results in gathered.runs:
        by_backend[results.header["backend"]].append(results)
    order: dict[str, Results] = {}
    for backend, runs in by_backend.items():
        for after, before in pairwise(runs):
            order[after.header["keras"]] = after
            for change in release_changes(before, after):
                key = (after.header["keras"], change.subject, change.before, change.after)
                releases[key].append(backend)
    newest = sorted(releases, key=lambda key: version(order[key[0]]), reverse=True)
    return tuple(Moved(key[0], tuple(releases[key]), *map(visible, key[1:])) for key in newest)
