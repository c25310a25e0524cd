"""Which release to use: how many known causes of failures each has, on each backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import Version

from keras_rnn_conformance.atlas.gather import Gathered, version
from keras_rnn_conformance.results.causes import Cause


@dataclass(frozen=True)
class Cell:
    """A release on a backend.

    Attributes:
        unnoticed: the causes that show in wrong numbers, shapes or other behavior.
        raising: those that raise an error.
        run: the recorded cases that were run.
        least: whether no recorded release of this backend has fewer that go unnoticed.
    """

    unnoticed: int
    raising: int
    run: int
    least: bool = False


def choice(gathered: Gathered, causes: Sequence[Cause]) -> dict[str, dict[str, Cell]]:
    """By release of Keras 3, the newest first, and backend; what is not recorded is left out."""
    table: dict[str, dict[str, Cell]] = {}
    for results in gathered.runs:
        release, backend = results.header["keras"], results.header["backend"]
        if version(results) < Version("3"):
            continue
        there = [cause for cause in causes if cause.is_in(version(results), backend)]
        unnoticed = sum(cause.goes_unnoticed for cause in there)
        run = sum("skipped" not in row for row in results.rows.values())
        cell = Cell(unnoticed, len(there) - unnoticed, run)
        table.setdefault(release, {})[backend] = cell
    fewest: dict[str, int] = {}
    for cells in table.values():
        for backend, cell in cells.items():
            fewest[backend] = min(cell.unnoticed, fewest.get(backend, cell.unnoticed))
    return {
        release: {
            backend: Cell(cell.unnoticed, cell.raising, cell.run, cell.unnoticed == fewest[backend])
            for backend, cell in table[release].items()
        }
        for release in sorted(table, key=Version, reverse=True)
    }
