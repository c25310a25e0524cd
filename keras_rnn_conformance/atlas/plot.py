"""The error in units in the last place against timesteps: the geometry of a plot a backend."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from keras_rnn_conformance.atlas.errors import error_of
from keras_rnn_conformance.atlas.gather import Gathered
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.results.file import Results, Row

WIDTH, HEIGHT = 320, 216
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 30
_LEAST, _FLOOR = 0.25, -2.0
"""Errors up to a quarter of a unit, none among them, stand on the lowest line."""


@dataclass(frozen=True)
class Tick:
    """A line of the scale: where it is, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Column:
    """The errors at one number of timesteps."""

    timesteps: int
    errors: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.errors)

    @property
    def largest(self) -> float:
        return max(self.errors)


@dataclass(frozen=True)
class Panel:
    """The plot of one backend.

    Attributes:
        backend: which.
        release: the newest that is recorded on it.
        columns: by timesteps.
        dots: the path of all errors, a dot each.
        median: the path through the medians.
        largest: the path through the largest errors.
    """

    backend: str
    release: str
    columns: tuple[Column, ...]
    dots: str
    median: str
    largest: str

    @property
    def cases(self) -> int:
        return sum(len(column.errors) for column in self.columns)


@dataclass(frozen=True)
class Plot:
    """All panels, on one scale."""

    panels: tuple[Panel, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def plot(gathered: Gathered) -> Plot:
    """The plot of the newest release on every backend."""
    newest: dict[str, Results] = {}
    for results in gathered.runs:
        newest.setdefault(results.header["backend"], results)
    columns = {name: _columns(results, gathered) for name, results in newest.items()}
    everything = [column for series in columns.values() for column in series]
    scale = Scale(
        max((math.log2(max(c.timesteps, 1)) for c in everything), default=1.0) or 1.0,
        math.ceil(max([2.0, *(_height(c.largest) for c in everything)])),
    )
    panels = [_panel(newest[name], series, scale) for name, series in columns.items() if series]
    times = sorted({column.timesteps for column in everything})
    return Plot(tuple(panels), tuple(_across(times, scale)), tuple(_up(scale)))


@dataclass(frozen=True)
class Scale:
    """Logarithms to the base 2 on both axes: the largest of each."""

    widest: float
    highest: int

    def x(self, timesteps: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (0.04 + 0.92 * math.log2(timesteps) / self.widest)

    def y(self, ulp: float) -> float:
        part = (_height(ulp) - _FLOOR) / (self.highest - _FLOOR)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part


def _height(ulp: float) -> float:
    return math.log2(max(ulp, _LEAST))


def _columns(results: Results, gathered: Gathered) -> list[Column]:
    columns: dict[int, list[float]] = defaultdict(list)
    for id, row in results.rows.items():
        case = gathered.cases[id]
        error = error_of(row, "output") if _is_plain(case, row) else None
        if error is not None:
            columns[case.number("t")].append(error.ulp)
    return [Column(t, tuple(sorted(columns[t]))) for t in sorted(columns)]


def _is_plain(case: Case, row: Row) -> bool:
    """Whether a case is one call in float32 that breaks no rule."""
    plain = case.has(do="call", dtype="f32") and case["t"] != 0
    dtype = row.get("arrays", {}).get("output", {}).get("dtype")
    return plain and dtype == "float32" and not row["failed"]


def _panel(results: Results, columns: list[Column], scale: Scale) -> Panel:
    dots = dict.fromkeys(_dots(columns, scale))
    lines = [
        _line([(c.timesteps, c.median) for c in columns], scale),
        _line([(c.timesteps, c.largest) for c in columns], scale),
    ]
    header = results.header
    return Panel(header["backend"], header["keras"], tuple(columns), "".join(dots), *lines)


def _dots(columns: list[Column], scale: Scale) -> Iterator[str]:
    """Each a line without length, which a round cap makes a dot; side by side, so as to be seen."""
    for column in columns:
        for number, ulp in enumerate(column.errors):
            aside = (number * 5 % 9 - 4) * 0.9
            yield f"M{scale.x(column.timesteps) + aside:.1f} {scale.y(ulp):.0f}h0"


def _line(points: list[tuple[int, float]], scale: Scale) -> str:
    return "M" + "L".join(f"{scale.x(t):.1f} {scale.y(ulp):.1f}" for t, ulp in points)


def _across(times: list[int], scale: Scale) -> Iterator[Tick]:
    last = -math.inf
    for timesteps in times:
        if scale.x(timesteps) - last >= 20:
            last = scale.x(timesteps)
            yield Tick(round(last, 1), str(timesteps))


def _up(scale: Scale) -> Iterator[Tick]:
    words = {-2: "≤ ¼", -1: "½"}
    for height in range(int(_FLOOR), scale.highest + 1):
        text = words.get(height) or str(2**height)
        yield Tick(round(scale.y(2.0**height), 1), text if height < 20 else f"2^{height}")
