"""The folder that stands for the user's Keras folder while a process runs.

A process that is killed leaves its folder behind. The next one removes it, and nothing else: only
a folder of the same user that holds the marker of this project, whose lock no process holds. The
system lets go of the lock at any death of its holder, and at nothing else.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without such locks: nothing is cleaned up there
    fcntl = None  # type: ignore[assignment]

PREFIX = "keras-home-"
MARKER = ".keras-rnn-conformance"
_TEXT = "a folder of keras-rnn-conformance, made by process "


class Home:
    """A folder of this process, until `remove` or the next start after its death."""

    def __init__(self) -> None:
        sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._marker = (self.path / MARKER).open("w", encoding="utf-8")
        self._owner = os.getpid()
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(self._marker, fcntl.LOCK_EX)
        # Whoever finds the marker still empty leaves the folder alone.
        self._marker.write(f"{_TEXT}{os.getpid()}\n")
        self._marker.flush()

    def remove(self) -> None:
        """Remove the folder; a forked child leaves that of its parent."""
        if os.getpid() == self._owner:
            self._marker.close()
            shutil.rmtree(self.path, ignore_errors=True)


def sweep(folder: Path) -> list[Path]:
    """Remove the folders that dead processes of this user left; return what was removed."""
    if fcntl is None:
        return []
    removed = []
    for path in sorted(folder.glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError):
            if _is_mine(path) and _is_left(path / MARKER):
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
    return removed


def _is_mine(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()


def _is_left(marker: Path) -> bool:
    """Whether a marker is one of this project, and the process that made it is gone."""
    handle = os.open(marker, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file.read(200).startswith(_TEXT.encode())
