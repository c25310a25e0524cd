"""How files are read that anyone may have written: with limits, and refused in one line.

Every reader of the project begins here, so that no file is too large, too deep or too slow for it.
What is no regular file, such as a pipe, is read if it can be read at once.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import select
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar, get_args, get_origin, get_type_hints

from keras_rnn_conformance.base.errors import CommandFault

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST = 1 << 30
"""Bytes of a file of lines."""
DOCUMENT = 64_000_000
"""Bytes of a file that is one document."""
LONGEST = 16_000_000
"""Bytes of a line."""
LIST = 4_000_000
"""Bytes of a reviewed list in TOML."""
DEEPEST = 50
"""Levels of lists and tables within one another; and parts of a dotted key."""
DIGITS = 100
SECONDS = 3.0
"""How long a pipe may keep silent, and how long it may take in all."""

_JSON = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
_TOML = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'
    r"|'[^'\n]*'?"
    r"|\#[^\n]*|[\[\]{}.,=\n]",
    re.DOTALL,
)
Record = TypeVar("Record")


class TextFault(ValueError):
    """A text is not what it should be; the message says why, in one line."""


def opened(path: Path, largest: int = LARGEST) -> BinaryIO:
    """Open a file to read; of a pipe or a device, all that it gives at once.

    Raises:
        OSError: if it cannot be read.
        TextFault: if it holds more than `largest` bytes, or is a pipe that stays silent.
    """
    # without O_NONBLOCK a pipe that nobody writes to is never opened
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        try:
            return io.BytesIO(_at_once(handle, min(largest, DOCUMENT)))
        finally:
            os.close(handle)
    if facts.st_size > largest:
        os.close(handle)
        raise TextFault(f"{facts.st_size} bytes, more than the {largest} that are read")
    return os.fdopen(handle, "rb")


def _at_once(handle: int, largest: int) -> bytes:
    whole, end = bytearray(), time.monotonic() + SECONDS
    while len(whole) <= largest:
        if not select.select([handle], [], [], max(0.0, end - time.monotonic()))[0]:
            raise TextFault(f"no regular file, and no end of it came within {SECONDS:.0f} seconds")
        part = os.read(handle, 1 << 20)
        if not part:
            return bytes(whole)
        whole += part
    raise TextFault(f"no regular file, and more than the {largest} bytes that are read")


def read_text(path: Path, fault: type[Exception] = CommandFault, largest: int = DOCUMENT) -> str:
    """The text of a file in UTF-8.

    Raises:
        fault: if it cannot be read, is too large, or is no such text.
    """
    try:
        with opened(path, largest) as file:
            return file.read().decode("utf-8")
    except UnicodeDecodeError:
        raise fault(f"{path}: not UTF-8 text") from None
    except TextFault as error:
        raise fault(f"{path}: {error}") from None
    except (OSError, ValueError) as error:
        raise fault(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, each with its end; the last may lack it.

    Raises:
        OSError: if it cannot be read.
        TextFault: if it is too large.
    """
    with opened(path) as file:
        while raw := file.readline(LONGEST):
            yield raw


def json_document(path: Path, fault: type[Exception] = CommandFault) -> Any:
    """The JSON value that a file holds.

    Raises:
        fault: if it cannot be read, or is not JSON within the limits.
    """
    text = read_text(path, fault)
    try:
        return from_json(text)
    except TextFault as error:
        raise fault(f"{path}: {error}") from None


def toml_document(path: Path, fault: type[Exception] = CommandFault) -> tuple[str, dict[str, Any]]:
    """The text of a file, and the TOML document that it is.

    Raises:
        fault: if it cannot be read, or is not TOML within the limits.
    """
    text = read_text(path, fault, LIST)
    try:
        _check_toml(text)
        document = tomllib.loads(text)
        _check_numbers(document)
    except (ValueError, RecursionError) as error:
        raise fault(f"{path}: {str(error)[:200]!s}") from None
    return text, document


def from_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        TextFault: if it is not JSON, nested too deeply, or holds repeated keys, NaN, an infinity
            or a number that no computer number holds.
    """
    _check_json(text)
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_number,
            parse_int=_whole_number,
            object_pairs_hook=_no_repeats,
        )
    except TextFault:
        raise
    except (ValueError, RecursionError) as error:
        raise TextFault(f"not JSON ({str(error)[:80]})") from None


def _check_json(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for match in _JSON.finditer(text):
        first = match[0][0]
        if first != '"':
            depth += 1 if first in "[{" else -1
            if depth > DEEPEST:
                raise TextFault("nested too deeply")


def _check_toml(text: str) -> None:
    depth = dots = 0
    for match in _TOML.finditer(text):
        mark = match[0]
        if mark == ".":
            dots += 1
        elif mark in "[]{},=\n":
            dots = 0
            # what ends a line within brackets may stand in a list; a new table begins at none
            depth = max(0, depth + (mark in "[{") - (mark in "]}"))
        if max(depth, dots) > DEEPEST:
            raise TextFault("nested too deeply")


def _check_numbers(value: Any) -> None:
    """TOML's integers are of 64 bits."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
        elif isinstance(one, int) and one.bit_length() > 64:
            raise TextFault("a number of more than 64 bits")


def _no_constant(text: str) -> Any:
    raise TextFault(f"{text} is not a JSON number")


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise TextFault(f"{text[:20]} is larger than any computer number")
    return value


def _whole_number(text: str) -> int:
    if len(text) > DIGITS:
        raise TextFault(f"a number of {len(text)} digits")
    return int(text)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise TextFault("a key is repeated")
    return result


def record(kind: type[Record], value: Any) -> Record:
    """A dataclass of plain fields, made of a JSON object.

    Raises:
        TextFault: if a field is missing, unknown, or of another type than its annotation says.
    """
    hints = get_type_hints(kind)
    if not isinstance(value, dict) or value.keys() != hints.keys():
        raise TextFault(f"expected an object of {', '.join(hints)}")
    for name, hint in hints.items():
        if not _is(value[name], hint):
            raise TextFault(f"{name} is of another type")
    return kind(**value)


def _is(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin is list:
        return isinstance(value, list) and all(_is(item, arguments[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_is(item, arguments[1]) for item in value.values())
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    return hint is Any or isinstance(value, hint)
