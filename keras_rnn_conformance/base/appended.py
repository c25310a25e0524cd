"""Files that only grow, a line at a time, so that any death of their writer costs one line."""

from __future__ import annotations

import json
from pathlib import Path


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
