"""Which results the atlas shows: every recorded one, or those that are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from keras_rnn_conformance.base.backends import BACKENDS, named_well
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.store import find, recorded

NOT_KERAS = Version("0")
"""In place of the release: a runtime of its own, whose observer says that it is not Keras."""


@dataclass(frozen=True)
class Gathered:
    """Results that belong on one page.

    Attributes:
        runs: by backend, the newest release first.
        cases: by id, every case that a run holds, in the order of ids.
    """

    runs: tuple[Results, ...]
    cases: dict[str, Case]


def gather(names: Sequence[str], folder: Path) -> Gathered:
    """The named results, or all that a folder holds.

    Args:
        names: results files, or recorded releases such as `3.9-jax`.
        folder: where results are recorded.

    Raises:
        FileFault: if there are none, or they cannot stand on one page.
    """
    if names:
        runs = [find(name) for name in names]
    else:
        runs = [results for backend in BACKENDS for results in recorded(backend, folder)]
    if not runs:
        raise FileFault(f"{folder}: nothing is recorded there; `record` does it, or name results")
    suite.modules()
    _refuse_mixtures(runs)
    return Gathered(_ordered(runs), _cases(runs))


def version(results: Results) -> Version:
    """The release of Keras that was judged, or `NOT_KERAS`.

    Raises:
        FileFault: if it is neither.
    """
    if results.header["keras"] == "none":
        return NOT_KERAS
    try:
        return Version(results.header["keras"])
    except InvalidVersion:
        raise FileFault(f"{results.name}: not a release of Keras") from None


def called(release: Version) -> str:
    """A release as the header of its results names it."""
    return "none" if release == NOT_KERAS else str(release)


def _ordered(runs: Sequence[Results]) -> tuple[Results, ...]:
    newest_first = sorted(runs, key=version, reverse=True)
    order = backends_of(runs)
    return tuple(sorted(newest_first, key=lambda r: order.index(r.header["backend"])))


def backends_of(runs: Iterable[Results]) -> list[str]:
    """The backends that the suite knows, then the others of the runs."""
    return list(dict.fromkeys([*BACKENDS, *sorted(r.header["backend"] for r in runs)]))


def _refuse_mixtures(runs: Sequence[Results]) -> None:
    seen: set[tuple[str, Version]] = set()
    for results in runs:
        if results.unfinished:
            raise FileFault(f"{results.name}: {results.unfinished}; run it again")
        key = (results.header["backend"], version(results))
        if not named_well(key[0]):
            raise FileFault(f"{results.name}: {key[0][:40]!r} is no name of a backend")
        if key in seen:
            raise FileFault(f"{results.name}: given twice; give each release and backend once")
        seen.add(key)
    if len({results.header["seed"] for results in runs}) > 1:
        raise FileFault("not on one page: these results were made with different data seeds")


def _cases(runs: Sequence[Results]) -> dict[str, Case]:
    """Every case of the runs, each known to the suite, and so are its rules."""
    cases: dict[str, Case] = {}
    for results in runs:
        for id, row in results.rows.items():
            if id not in cases:
                cases[id] = _case(id, results)
            unknown = [
                r for r in (*row.get("passed", ()), *row.get("failed", ())) if r not in RULES
            ]
            if unknown:
                raise FileFault(f"{results.name}: {id}: no rule is called {unknown[0]}")
    return dict(sorted(cases.items()))


def _case(id: str, results: Results) -> Case:
    try:
        return Case.parse(id)
    except CaseError as error:
        raise FileFault(f"{results.name}: no case of this suite: {error}") from None
