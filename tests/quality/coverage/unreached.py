"""The reviewed list of lines and branches that no case runs, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.tables import read_tables

FILE = FIXTURES / "coverage" / "unreached.toml"
_NEEDED = {"file", "function", "reason"}
_KNOWN = {*_NEEDED, "lines", "branches", "backend"}


class UnreachedError(CommandFault):
    """The list cannot be used; the message names the entry and what is wrong with it."""


@dataclass(frozen=True, order=True)
class Spot:
    """A line, or a branch as `line -> line`, of a function of a source."""

    file: str
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}, {self.function or 'outside of functions'}: {self.text}"


@dataclass(frozen=True)
class Entry:
    """Lines and branches of one function that are not reached for one reason.

    Attributes:
        spots: what is not reached; a text stands as often as the function has it unreached.
        backends: the backends on which it is not reached.
        reason: why no case reaches it.
        line: where the entry stands in its file.
    """

    spots: tuple[Spot, ...]
    backends: tuple[str, ...]
    reason: str
    line: int


def load(path: Path = FILE) -> list[Entry]:
    """Every entry of a list.

    Raises:
        UnreachedError: if the file is not of the documented form.
    """
    document, tables = read_tables(path, "unreached", UnreachedError)
    if set(document) - {"unreached"}:
        raise UnreachedError(f"{path}: expected [[unreached]] tables, nothing else")
    return [_entry(table, path, line) for table, line in tables]


def _entry(table: dict[str, Any], path: Path, line: int) -> Entry:
    where = f"{path}, line {line}"
    if not _NEEDED <= set(table) <= _KNOWN:
        wanted = ", ".join(sorted(_NEEDED))
        raise UnreachedError(f"{where}: an entry has {wanted}; lines, branches or both; backend")
    texts = [*_texts(table, "lines", where), *_texts(table, "branches", where)]
    if not texts:
        raise UnreachedError(f"{where}: name the lines or branches that are not reached")
    if any(" -> " not in text for text in table.get("branches", [])):
        raise UnreachedError(f"{where}: write a branch as `line -> line` or `line -> exit`")
    if not isinstance(table["reason"], str) or len(table["reason"].split()) < 4:
        raise UnreachedError(f"{where}: say why in a sentence")
    backends = tuple(_texts(table, "backend", where)) or tuple(BACKENDS)
    if set(backends) - set(BACKENDS):
        raise UnreachedError(f"{where}: backend must be of {', '.join(BACKENDS)}")
    spots = tuple(Spot(str(table["file"]), str(table["function"]), text) for text in texts)
    return Entry(spots, backends, table["reason"], line)


def _texts(table: dict[str, Any], key: str, where: str) -> list[str]:
    given = table.get(key, [])
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise UnreachedError(f"{where}: {key} must be a list of texts")
    return given


def faults(
    entries: Iterable[Entry], backend: str, missed: Iterable[Spot], there: Iterable[Spot]
) -> Iterator[str]:
    """What the list and a run on a backend do not agree on, one line each.

    Args:
        entries: the list.
        backend: the backend of the run.
        missed: what the run did not reach, as often as it occurs.
        there: every line and branch of the measured sources.
    """
    left, known = Counter(missed), set(there)
    files = {spot.file for spot in known}
    for entry in entries:
        if backend not in entry.backends:
            continue
        for spot in entry.spots:
            if left[spot] > 0:
                left[spot] -= 1
            elif spot.file in files:
                how = "is reached" if spot in known else "is not in this Keras"
                yield f"listed in line {entry.line}, and {how}: {spot}"
    for spot in sorted(left.elements()):
        yield f"not reached, and not listed: {spot}"
