"""Reviewed lists in TOML: one table an entry, each with the line where it stands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from keras_rnn_conformance.base.errors import CommandFault

Table = tuple[dict[str, Any], int]


def read_tables(
    path: Path, name: str, error: type[CommandFault]
) -> tuple[dict[str, Any], list[Table]]:
    """The document of a file, and its `[[name]]` tables with their lines.

    Raises:
        error: if the file cannot be read, or has entries in another form than `[[name]]` tables.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (OSError, ValueError) as fault:
        raise error(f"{path}: {fault}") from None
    lines = [i for i, line in enumerate(text.splitlines(), 1) if line.strip() == f"[[{name}]]"]
    tables = document.get(name, [])
    if not isinstance(tables, list) or len(lines) != len(tables):
        raise error(f"{path}: write every entry as a [[{name}]] table on its own line")
    return document, list(zip(tables, lines, strict=True))
