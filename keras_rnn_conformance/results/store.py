"""The recorded results: one file a backend, in which whatever releases agree on is written once.

A line is a case. Its `parts` are the fields of its rows, of which one that holds several things,
such as the arrays, has a part for each: `arrays/output`. A part gives each of its values with the
numbers of the releases of the first line that have it, such as `0-5,7`. So a change of Keras is a
change of a few words, and nothing else is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from keras_rnn_conformance.base.files import locked
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.results.file import Header, Results, Row, load, seal
from keras_rnn_conformance.results.lines import FileFault, dumps, read, write
from keras_rnn_conformance.results.partial import SUFFIX, beside, load_part
from keras_rnn_conformance.results.schema import SchemaFault, check

FOLDER = FIXTURES / "releases"
FORMAT = "keras-rnn-conformance recorded results"
_PARTS = {"format": "recorded releases", "id": "recorded case", "rows": "recorded footer"}
_NAME = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:-([a-z]+))?")
Parts = dict[str, dict[str, Any]]
"""By the name of a part: its values, by the releases that have them."""


def find(name: str) -> Results:
    """The results that a file holds, or a recorded release such as `3.9.2-jax`, `3.9-jax` or `3.9`.

    Of a run that did not come to its end, the rows so far: see `Results.unfinished`.

    Raises:
        FileFault: if there is neither.
    """
    path = Path(name)
    if path.name.endswith(SUFFIX) and path.exists():
        return load_part(path)
    if path.name and (part := beside(path)).exists():
        if path.exists():
            raise FileFault(
                f"{path}: older than the last run that was to write it, which did not end: name "
                f"{part} for its rows, or remove that file"
            )
        return load_part(part)
    if path.exists():
        return load(path)
    match = _NAME.fullmatch(name)
    if match is None:
        raise FileFault(f"{name}: no such file, and not the name of a release such as 3.9-jax")
    release, backend = match[1], match[2] or "tensorflow"
    recordings = [r for r in recorded(backend) if f"{r.header['keras']}.".startswith(f"{release}.")]
    if not recordings:
        known = ", ".join(r.header["keras"] for r in recorded(backend)) or "none"
        raise FileFault(f"{name}: not recorded; recorded on {backend} are {known}")
    return recordings[-1]


def recorded(backend: str, folder: Path = FOLDER) -> tuple[Results, ...]:
    """The recorded results of a backend, by release; none if there is no such file.

    Raises:
        FileFault: in one line, if the file is cut off, corrupt, or something else altogether.
    """
    return read_recorded(folder.resolve() / f"{backend}.jsonl", backend)


@cache
def read_recorded(path: Path, backend: str) -> tuple[Results, ...]:
    """The recorded results of a backend in a file: see `recorded`."""
    if not path.exists():
        return ()
    try:
        return _unpacked(path, backend)
    except FileFault as fault:
        raise FileFault(f"{fault}; record it again") from None


def _unpacked(path: Path, backend: str) -> tuple[Results, ...]:
    lines = [(part, value) for _, part, value in read(path, "results", _PARTS)]
    if [part for part, _ in lines] != _form(len(lines)):
        raise FileFault(f"{path}: not a whole file of recorded results")
    headers, cases = lines[0][1]["releases"], [value for _, value in lines[1:-1]]
    _check_headers(path, headers, backend)
    if lines[-1][1] != _footer([value for _, value in lines[:-1]]):
        raise FileFault(f"{path}: corrupt: the footer does not fit the lines")
    ids = [case["id"] for case in cases]
    if ids != sorted(set(ids)):
        raise FileFault(f"{path}: the ids are not in order, or one is repeated")
    rows: list[dict[str, Row]] = [{} for _ in headers]
    for number, case in enumerate(cases, 2):
        try:
            _spread(case, rows)
        except SchemaFault as error:
            raise FileFault(f"{path}, line {number}: {error}") from None
    return tuple(map(Results, headers, rows))


def _form(count: int) -> list[str]:
    return ["recorded releases", *["recorded case"] * (count - 2), "recorded footer"]


def _check_headers(path: Path, headers: list[Header], backend: str) -> None:
    try:
        versions = [Version(header["keras"]) for header in headers]
    except InvalidVersion as error:
        raise FileFault(f"{path}, line 1: {error}") from None
    if versions != sorted(set(versions)):
        raise FileFault(f"{path}, line 1: the releases are not in order, or one is repeated")
    if any(header["backend"] != backend for header in headers):
        raise FileFault(f"{path}, line 1: a release of another backend")


def _spread(case: dict[str, Any], rows: list[dict[str, Row]]) -> None:
    """Give every release its row of a case; releases whose rows are the same share it."""
    having = {
        part: [(_numbers(releases, len(rows)), value) for releases, value in values.items()]
        for part, values in case["parts"].items()
    }
    spans = [span for values in having.values() for numbers, _ in values for span in numbers]
    edges = sorted({edge for span in spans for edge in (span.start, span.stop)})
    for first, end in pairwise(edges):
        row: Row = {}
        for part, values in having.items():
            for numbers, value in values:
                if any(first in span for span in numbers):
                    _put(row, part, value)
        if row:
            whole = {"id": case["id"], **row}
            check("results", "row")(whole, "")
            for number in range(first, end):
                rows[number][case["id"]] = whole


def _put(row: Row, part: str, value: Any) -> None:
    key, inner, name = part.partition("/")
    place, last = (row.setdefault(key, {}), name) if inner else (row, key)
    if not isinstance(place, dict) or last in place:
        raise SchemaFault(f"{part[:40]!r} is given twice")
    place[last] = value


def _numbers(releases: str, count: int) -> list[range]:
    ranges = []
    for text in releases.split(","):
        first, _, last = text.partition("-")
        ranges.append(range(int(first), int(last or first) + 1))
        if not 0 <= ranges[-1].start < ranges[-1].stop <= count:
            raise SchemaFault(f"{text}: the first line has {count} releases, from 0")
    return ranges


def record(results: Iterable[Results], folder: Path = FOLDER) -> list[Path]:
    """Write results into their backends' files, in place of those of the same releases.

    The files are read, changed and written while no other process does so.

    Raises:
        FileFault: if what was judged is not Keras's own.
    """
    results = list(results)
    for one in results:
        if "layers" in one.header:
            judged = ", ".join(f"{k} = {v}" for k, v in one.header["layers"].items())
            raise FileFault(f"not recorded: {one.name} is of {judged}, not of Keras's own layers")
    with locked(folder):
        read_recorded.cache_clear()
        return _record(results, folder)


def _record(results: Iterable[Results], folder: Path) -> list[Path]:
    by_backend: dict[str, dict[str, Results]] = {}
    for result in results:
        backend = result.header["backend"]
        known = {r.header["keras"]: r for r in recorded(backend, folder)}
        by_backend.setdefault(backend, known)[result.header["keras"]] = _with_origin(
            result.timeless()
        )
    read_recorded.cache_clear()
    written = []
    for backend, releases in by_backend.items():
        ordered = sorted(releases.values(), key=lambda r: Version(r.header["keras"]))
        written.append(folder / f"{backend}.jsonl")
        write(written[-1], _packed(ordered))
    return written


def _with_origin(results: Results) -> Results:
    """A recording that says how many rows of which cases it was made with, by which rules."""
    made = {**_cases_of(results), "rules": suite.fingerprint()}
    return Results({**results.header, "made": made}, results.rows)


def _cases_of(results: Results) -> dict[str, Any]:
    ids = hashlib.sha256("\n".join(results.rows).encode()).hexdigest()[:16]
    return {"rows": len(results.rows), "ids": ids}


def lost(results: Results) -> str:
    """What to say of a recording that no longer has the rows that it was made with; empty if so."""
    made = results.header.get("made")
    if made is None or _cases_of(results).items() <= made.items():
        return ""
    rows = f"{len(results.rows)} of {made['rows']}"
    return f"not the rows that it was made with: {rows}; record it again"


def _packed(results: list[Results]) -> Iterator[str]:
    headers: list[Header] = [result.header for result in results]
    ids = sorted({id for result in results for id in result.rows})
    cases = [{"id": id, "parts": _parts(id, results)} for id in ids]
    lines: list[dict[str, Any]] = [{"format": FORMAT, "version": 3, "releases": headers}, *cases]
    yield from map(dumps, lines)
    yield dumps(_footer(lines))


def _footer(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": len(lines) - 1, "whole": seal(lines)}


def _parts(id: str, results: list[Results]) -> Parts:
    by_part: dict[str, dict[str, tuple[Any, list[int]]]] = {}
    for number, result in enumerate(results):
        for part, value in _flat(result.rows.get(id, {})):
            values = by_part.setdefault(part, {})
            values.setdefault(dumps(value), (value, []))[1].append(number)
    return {
        part: {spans(numbers): value for value, numbers in values.values()}
        for part, values in by_part.items()
    }


def _flat(row: Row) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict) and value:
            yield from ((f"{key}/{name}", inner) for name, inner in value.items())
        elif key != "id":
            yield key, value


def spans(numbers: list[int]) -> str:
    """Numbers in order as text, such as `0-5,7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}-{b}" if a < b else str(a) for a, b in runs)
