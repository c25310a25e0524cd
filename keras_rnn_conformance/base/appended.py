"""Files that only grow, a line at a time, so that any death of their writer costs one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from keras_rnn_conformance.base.reading import TextFault, from_json, read_text, record

Record = TypeVar("Record")


def kept(path: Path, kind: type[Record]) -> Iterator[Record]:
    """The dataclasses that a file holds, a line each; none if there is no file.

    Lines that are damaged are dropped.

    Raises:
        CommandFault: if the file cannot be read.
    """
    text = read_text(path) if path.exists() else ""
    if path.exists() and mend(path):
        print(f"{path}: the last line was cut off, and is dropped", file=sys.stderr)
        text = read_text(path)
    for line in text.split("\n"):
        try:
            yield record(kind, from_json(line))
        except TextFault:
            continue


def keep(path: Path, one: Any) -> None:
    """Append a dataclass, at once."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(one), separators=(",", ":")) + "\n")


def mend(path: Path) -> bool:
    """Drop a last line that was cut off, and end one that lacks its end alone.

    Else the next line would be glued to it.

    Returns:
        Whether there was such a line, and it is gone from the file.
    """
    try:
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole == len(data):
            return False
        if _is_json(data[whole:]):
            with path.open("ab") as file:
                file.write(b"\n")
            return False
        with path.open("r+b") as file:
            file.truncate(whole)
    except OSError:
        return False
    return True


def _is_json(line: bytes) -> bool:
    """Whether a line is a whole value, which lacks its end alone."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
