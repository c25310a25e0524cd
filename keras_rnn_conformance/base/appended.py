"""Files that only grow, a line at a time, so that any death of their writer costs one line."""

from __future__ import annotations

from pathlib import Path


def mend(path: Path) -> bool:
    """Drop a last line that was cut off, lest the next line be glued to it.

    Returns:
        Whether there was such a line, and it is gone from the file.
    """
    try:
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole == len(data):
            return False
        with path.open("r+b") as file:
            file.truncate(whole)
    except OSError:
        return False
    return True
