"""JSON lines from strangers: read with every doubt, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.base.reading import LONGEST, TextFault, from_json, lines_of
from keras_rnn_conformance.results.schema import SchemaFault, allowed, check


class FileFault(CommandFault):
    """A file cannot be used; the message names the file, the line and what is wrong with it."""


def dumps(value: Any) -> str:
    """One line of JSON: ASCII, keys in order, no spaces, so that equal values are equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def loads(text: str) -> Any:
    """The value of one line of JSON.

    Raises:
        SchemaFault: if it is not JSON, or holds repeated keys, NaN, an infinity or a number that
            no computer number holds.
    """
    try:
        return from_json(text)
    except TextFault as fault:
        raise SchemaFault(str(fault)) from None


Line = tuple[int, str, dict[str, Any]]


def read(path: Path, schema: str, parts: dict[str, str], torn: bool = False) -> Iterator[Line]:
    """The lines of a file: number, part and value, each checked against its part of a schema.

    Args:
        path: the file.
        schema: the name of the schema.
        parts: by the key that tells a kind of line, the name of its part in the schema.
        torn: whether the file may end in the middle of a line, which then is left out.

    Raises:
        FileFault: at the first line that is not as it should be.
    """
    number = 0
    try:
        for raw in lines_of(path):
            number += 1
            if torn and not raw.endswith(b"\n") and len(raw) < LONGEST:
                return
            part, value = _line(raw, schema, parts)
            yield number, part, value
    except SchemaFault as error:
        raise FileFault(f"{path}, line {number}: {error}") from None
    except TextFault as error:
        raise FileFault(f"{path}: {error}") from None
    except OSError as error:
        raise FileFault(f"{path}: {error.strerror or error}") from None


def _line(raw: bytes, schema: str, parts: dict[str, str]) -> tuple[str, dict[str, Any]]:
    if not raw.endswith(b"\n"):
        if len(raw) == LONGEST:
            raise SchemaFault(f"longer than the {LONGEST} bytes that are read of a line")
        raise SchemaFault("cut off in the middle of a line; copy or make the file again")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SchemaFault("not UTF-8 text") from None
    value = loads(text)
    key = next((key for key in parts if isinstance(value, dict) and key in value), None)
    if key is None:
        raise SchemaFault(f"neither of {', '.join(sorted(set(parts.values())))} is of this form")
    if value.get("format") in allowed(schema, parts[key], "format"):
        _check_version(value.get("version"), allowed(schema, parts[key], "version"))
    check(schema, parts[key])(value, "")
    return parts[key], value


def _check_version(version: Any, known: list[Any]) -> None:
    if version not in known:
        raise SchemaFault(
            f"version {str(version)[:20]!r} of this format, and this suite reads version "
            f"{known[-1]}: make the file again with this suite"
        )


def write(path: Path, lines: Iterable[str]) -> None:
    """Write lines whole or not at all.

    Raises:
        WriteFault: if the place cannot be written to.
    """
    write_whole(path, "".join(f"{line}\n" for line in lines))
