"""Observations as JSON lines: what an observer writes and `judge` reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.observation import Observation, Raised, Unobserved
from keras_rnn_conformance.exchange.numbers import array, numbers
from keras_rnn_conformance.results.lines import FileFault, read

FORMAT = "keras-rnn-conformance observations"
PARTS = {"format": "observations", "id": "observation", "rows": "footer"}


class Facts(dict[str, Any]):
    """The facts of an observer that may record some kinds of them only; None stands for all."""

    def __init__(self, facts: dict[str, Any], records: list[str] | None) -> None:
        super().__init__(facts)
        self._records = None if records is None else frozenset(records)

    def _ask(self, key: object) -> None:
        if self._records is not None and key not in self._records | self.keys():
            raise Unobserved(key)

    def __missing__(self, key: str) -> Any:
        raise Unobserved(key)

    def __contains__(self, key: object) -> bool:
        self._ask(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._ask(key)
        return super().get(key, default)


def written(seen: Observation) -> dict[str, Any]:
    """An observation as a JSON value, without the id."""
    line: dict[str, Any] = {
        "arrays": {
            name: {"dtype": seen.dtypes.get(name, ""), **numbers(value)}
            for name, value in seen.arrays.items()
        },
        "structure": seen.structure,
        "facts": seen.facts,
        "path": seen.path,
        "warnings": seen.warnings,
    }
    if seen.changed is not None:
        line["changed"] = seen.changed
    if seen.error is not None:
        error = seen.error
        bases = list(error.bases)
        line["error"] = {"class": error.name, "bases": bases, "message": error.message}
    return line


def seen_in(line: dict[str, Any], records: list[str] | None) -> Observation:
    """The observation of a checked line.

    Args:
        line: the line.
        records: the kinds of facts that the observer records; None for all.
    """
    arrays, facts, error = line.get("arrays", {}), line.get("facts", {}), line.get("error")
    return Observation(
        arrays={name: array(value, name) for name, value in arrays.items()},
        dtypes={name: value["dtype"] for name, value in arrays.items() if value["dtype"]},
        structure=line.get("structure", ""),
        facts=Facts(facts, records),
        error=error and Raised(error["class"], tuple(error["bases"]), error["message"]),
        path=line.get("path", ""),
        warnings=line.get("warnings", []),
        changed=line.get("changed"),
    )


@dataclass(frozen=True)
class Observed:
    """A file of observations: its header, and its lines by case id."""

    header: dict[str, Any]
    lines: dict[str, dict[str, Any]]


def load(path: Path) -> Observed:
    """Read a file of observations.

    Raises:
        FileFault: in one line, if it is cut off, corrupt, or something else altogether.
    """
    lines = read(path, "exchange", PARTS)
    first = next(lines, None)
    if first is None or first[1] != "observations":
        raise FileFault(f"{path}: not a file of observations: its first line is no header")
    collected = _collected(path, lines)
    return Observed(first[2], collected)


def _collected(path: Path, lines: Iterator[tuple[int, str, dict[str, Any]]]) -> dict[str, Any]:
    by_id: dict[str, dict[str, Any]] = {}
    footer = None
    for number, part, value in lines:
        if footer is not None or part == "observations" or value.get("id") in by_id:
            raise FileFault(f"{path}, line {number}: repeated, or after the footer")
        if part == "footer":
            footer = value["rows"]
        else:
            by_id[value["id"]] = value
    if footer != len(by_id):
        raise FileFault(f"{path}: cut off: {len(by_id)} cases, footer says {footer}; observe again")
    return by_id
