"""Reviewed lists in TOML: one table an entry, each with the line where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.reading import toml_document

Table = tuple[dict[str, Any], int]


def read_tables(
    path: Path, name: str, error: type[CommandFault]
) -> tuple[dict[str, Any], list[Table]]:
    """The document of a file, and its `[[name]]` tables with their lines.

    Raises:
        error: if the file cannot be read, or has entries in another form than `[[name]]` tables.
    """
    text, document = toml_document(path, error)
    lines = [i for i, line in enumerate(text.splitlines(), 1) if line.strip() == f"[[{name}]]"]
    tables = document.get(name, [])
    if not _are_tables(tables) or len(lines) != len(tables):
        raise error(f"{path}: write every entry as a [[{name}]] table on its own line")
    return document, list(zip(tables, lines, strict=True))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
