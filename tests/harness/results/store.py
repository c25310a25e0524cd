"""The recorded results: one file a backend, in which a row is written once for all releases alike.

A line is a case; under `runs` it holds its rows, each with the numbers of the first and the last
release of the header that gave it. So a change of Keras is a change of lines, and nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from packaging.version import Version

from tests.harness.results.file import Header, Results, Row, load
from tests.harness.results.lines import FileFault, dumps, loads, write
from tests.harness.results.schema import FIXTURES, SchemaFault, check

FOLDER = FIXTURES / "releases"
FORMAT = "keras-rnn-conformance recorded results"
_NAME = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:-([a-z]+))?")


def find(name: str) -> Results:
    """The results that a file holds, or a recorded release such as `3.9.2-jax`, `3.9-jax` or `3.9`.

    Raises:
        FileFault: if there is neither.
    """
    path = Path(name)
    if path.exists():
        return load(path)
    match = _NAME.fullmatch(name)
    if match is None:
        raise FileFault(f"{name}: no such file, and not the name of a release such as 3.9-jax")
    release, backend = match[1], match[2] or "tensorflow"
    found = [r for r in recorded(backend) if f"{r.header['keras']}.".startswith(f"{release}.")]
    if not found:
        known = ", ".join(r.header["keras"] for r in recorded(backend)) or "none"
        raise FileFault(f"{name}: not recorded; recorded on {backend} are {known}")
    return found[-1]


@cache
def recorded(backend: str, folder: Path = FOLDER) -> tuple[Results, ...]:
    """The recorded results of a backend, by release; none if there is no such file."""
    path = folder / f"{backend}.jsonl"
    if not path.exists():
        return ()
    try:
        lines = [loads(line) for line in path.read_text(encoding="ascii").splitlines()]
        return tuple(_unpacked(lines))
    except (OSError, UnicodeDecodeError, SchemaFault, LookupError, TypeError) as error:
        raise FileFault(f"{path}: {error}; record it again") from None


def _unpacked(lines: list[Any]) -> Iterator[Results]:
    headers = lines[0]["releases"]
    if lines[0]["format"] != FORMAT or lines[-1] != {"rows": len(lines) - 2}:
        raise SchemaFault("not a whole file of recorded results")
    rows: list[dict[str, Row]] = [{} for _ in headers]
    for line in lines[1:-1]:
        for first, last, row in line["runs"]:
            whole = {"id": line["id"], **row}
            check("results", "row")(whole, "")
            for number in range(first, last + 1):
                rows[number][line["id"]] = whole
    for header, found in zip(headers, rows, strict=True):
        check("results", "header")(header, "")
        yield Results(header, found)


def record(results: Iterable[Results], folder: Path = FOLDER) -> list[Path]:
    """Write results into their backends' files, in place of those of the same releases."""
    by_backend: dict[str, dict[str, Results]] = {}
    for result in results:
        backend = result.header["backend"]
        known = {r.header["keras"]: r for r in recorded(backend, folder)}
        by_backend.setdefault(backend, known)[result.header["keras"]] = result.timeless()
    recorded.cache_clear()
    written = []
    for backend, releases in by_backend.items():
        ordered = sorted(releases.values(), key=lambda r: Version(r.header["keras"]))
        written.append(folder / f"{backend}.jsonl")
        write(written[-1], _packed(ordered))
    return written


def _packed(results: list[Results]) -> Iterator[str]:
    headers: list[Header] = [result.header for result in results]
    yield dumps({"format": FORMAT, "releases": headers})
    ids = sorted({id for result in results for id in result.rows})
    for id in ids:
        yield dumps({"id": id, "runs": list(_runs(id, results))})
    yield dumps({"rows": len(ids)})


def _runs(id: str, results: list[Results]) -> Iterator[list[Any]]:
    """Neighbouring releases with the same row share it."""
    run: list[Any] = []
    for number, result in enumerate(results):
        row = {key: value for key, value in result.rows.get(id, {}).items() if key != "id"}
        if run and row == run[2] and run[1] == number - 1:
            run[1] = number
            continue
        if run:
            yield run
        run = [number, number, row] if row else []
    if run:
        yield run
