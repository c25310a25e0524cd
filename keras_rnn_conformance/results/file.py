"""A results file: a header, a row for each case in the order of ids, a footer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.results.lines import FileFault, dumps, read, write

FORMAT = "keras-rnn-conformance results"
VERSION = 2
PARTS = {"format": "header", "id": "row", "rows": "footer"}
_SHARD = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")
Row = dict[str, Any]
Header = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """What a run came to.

    Attributes:
        header: what was judged, and how.
        rows: by case id, in order.
        planned: of a run that did not come to its end, how many cases it had; else None.
    """

    header: Header
    rows: dict[str, Row]
    planned: int | None = None

    @classmethod
    def of(cls, header: Header, rows: Iterable[Row]) -> Results:
        """Results with their rows in the order of ids, whatever the order given."""
        return cls(header, dict(sorted((row["id"], row) for row in rows)))

    @property
    def name(self) -> str:
        """Release and backend, such as `3.15.1-tensorflow`."""
        return f"{self.header['keras']}-{self.header['backend']}"

    @property
    def unfinished(self) -> str:
        """What to say of a run that did not come to its end; empty for one that did."""
        if self.planned is None:
            return ""
        return f"incomplete: the run did not end, {len(self.rows)} of {self.planned} rows"

    def lines(self) -> Iterator[str]:
        """The lines of the file."""
        yield dumps(self.header)
        yield from map(dumps, self.rows.values())
        yield dumps(_footer(self.header, self.rows))

    def save(self, path: Path) -> None:
        """Write the file whole or not at all.

        Raises:
            FileFault: if the place cannot be written to, or the run did not come to its end.
        """
        if self.unfinished:
            raise FileFault(f"{path}: not written: {self.unfinished}")
        write(path, self.lines())

    def timeless(self) -> Results:
        """The same without what differs from run to run: date and seconds."""
        return Results(
            {**self.header, "date": ""}, {id: _timeless(r) for id, r in self.rows.items()}
        )


def _footer(header: Header, rows: dict[str, Row]) -> dict[str, Any]:
    """The footer: `digest` is the same for every run that gives the same, `whole` for no other."""
    lines = [header, *rows.values()]
    return {"rows": len(rows), "digest": fingerprint(rows.values()), "whole": seal(lines)}


def seal(lines: Iterable[dict[str, Any]]) -> str:
    """A hash of all lines before a footer, the header included."""
    whole = hashlib.sha256()
    for line in lines:
        whole.update(dumps(line).encode() + b"\n")
    return whole.hexdigest()[:16]


def fingerprint(rows: Iterable[Row]) -> str:
    """A hash of all that the rows say but the seconds."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(dumps(_timeless(row)).encode())
    return whole.hexdigest()[:16]


def _timeless(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "seconds"}


def load(path: Path) -> Results:
    """Read a results file.

    Raises:
        FileFault: in one line, if it is cut off, corrupt, or something else altogether.
    """
    lines = read(path, "results", PARTS)
    first = next(lines, None)
    if first is None or first[1] != "header":
        raise FileFault(f"{path}: not a results file: its first line is no header")
    rows, footer, last = {}, None, ""
    for number, part, value in lines:
        if part == "header" or footer is not None:
            raise FileFault(f"{path}, line {number}: a second header, or a line after the footer")
        if part == "footer":
            footer = value
        elif value["id"] <= last:
            raise FileFault(f"{path}, line {number}: the ids are not in order, or one is repeated")
        else:
            last = value["id"]
            rows[last] = value
    _check_footer(path, first[2], rows, footer)
    return Results(first[2], rows)


def _check_footer(
    path: Path, header: Header, rows: dict[str, Row], footer: dict[str, Any] | None
) -> None:
    if footer is None:
        raise FileFault(f"{path}: cut off: no footer after {len(rows)} rows; run or copy it again")
    if footer != _footer(header, rows):
        raise FileFault(f"{path}: corrupt: the footer does not fit the lines; run or copy it again")


def merge(parts: list[Results]) -> Results:
    """Put the shards of one run together.

    Raises:
        FileFault: unless they are all the shards of one run, each once.
    """
    shards = sorted(part.header["shard"] for part in parts)
    count = len(parts)
    if shards != sorted(f"{k}/{count}" for k in range(1, count + 1)):
        given = ", ".join(shards)
        raise FileFault(f"cannot merge shards {given!r}: give all shards of one run, each once")
    headers = [{**part.header, "shard": "", "date": ""} for part in parts]
    for key in sorted({key for header in headers for key in header}):
        if any(header.get(key) != headers[0].get(key) for header in headers):
            raise FileFault(f"cannot merge: the shards differ in {key}")
    rows = [row for part in parts for row in part.rows.values()]
    if len({row["id"] for row in rows}) != len(rows):
        raise FileFault("cannot merge: a case is in two shards")
    date = min(part.header["date"] for part in parts)
    return Results.of({**headers[0], "date": date}, rows)


def checked_shard(text: str) -> str:
    """The argument of `--shard`.

    Raises:
        CommandFault: unless it is empty, or K/N with K from 1 to N.
    """
    match = _SHARD.fullmatch(text)
    if text and (match is None or int(match[1]) > int(match[2])):
        raise CommandFault(f"--shard: {text[:40]!r} is not K/N with K from 1 to N, such as 2/4")
    return text


def in_shard(id: str, shard: str) -> bool:
    """Whether a case belongs to shard `K/N`; every case does to the empty one."""
    if not shard:
        return True
    k, n = map(int, shard.split("/"))
    word = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big")
    return word % n == k - 1
