"""Files and folders: what may be written, what may be replaced, and by whom.

The rule of the whole project: nothing is removed or replaced but a regular file that the user named
as an output, and what this project made itself, which a marker in the folder tells.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.reading import TextFault, json_document

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MARKER = ".keras-rnn-conformance.json"
"""The file in a folder that says that this project made the folder, and of what."""
_MAKING = ".making-"
_LOCK = ".keras-rnn-conformance.lock"
_NO_FLOCK = (errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL, errno.ENOSYS)


class WriteFault(CommandFault):
    """A place cannot be written to; the message names it and says why."""


@contextlib.contextmanager
def spoken(path: Path) -> Iterator[None]:
    """Turn what the system says against writing to a path into a `WriteFault`, one line."""
    try:
        yield
    except OSError as error:
        raise WriteFault(f"{path}: cannot be written: {error.strerror or error}") from None


def write_whole(path: Path, text: str) -> None:
    """Write a text where the user wants it.

    A regular file is written whole or not at all, through a temporary file beside it, and keeps its
    permissions; a link is followed and stays. What is no regular file, such as a device or a pipe,
    is written in place; so is an open descriptor of this process, such as `/dev/stdout`. `-` is
    standard output.

    Raises:
        WriteFault: if it cannot be written.
    """
    with spoken(path):
        place = followed(path)
        if isinstance(place, int):
            _to_descriptor(place, text)
        elif not place.exists() or place.is_file():
            _replace(place, text.encode())
        else:
            with os.fdopen(os.open(place, os.O_WRONLY), "wb") as file:
                file.write(text.encode())


def append(path: Path, text: str) -> None:
    """Add a text to the end of a file, which is made if there is none.

    Raises:
        WriteFault: if it cannot be written.
    """
    with spoken(path), path.open("a", encoding="utf-8") as file:
        file.write(text)


def followed(path: Path) -> Path | int:
    """What a path leads to: a path that is no link, or an open descriptor of this process."""
    if str(path) == "-":
        return 1
    for _ in range(40):
        own = Path(os.path.realpath(path.parent)) / path.name
        if own.parent == Path(f"/proc/{os.getpid()}/fd") and own.name.isdigit():
            return int(own.name)
        if not own.is_symlink():
            return own
        path = own.parent / own.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def is_standard_output(path: Path | None) -> bool:
    """Whether a path is `-`, or leads to this process's standard output, as /dev/stdout does."""
    with contextlib.suppress(OSError):
        return path is not None and followed(path) == 1
    return False


def beside(output: Path | None) -> TextIO:
    """Where to print what people read, so that it does not get into an output."""
    return sys.stderr if is_standard_output(output) else sys.stdout


def _to_descriptor(number: int, text: str) -> None:
    stream = {1: sys.stdout, 2: sys.stderr}.get(number)
    if stream is not None:
        stream.flush()
        with contextlib.suppress(io.UnsupportedOperation):
            number = stream.fileno()
            stream = None
    if stream is not None:  # it stands for the descriptor, and has none
        stream.write(text)
        return
    with os.fdopen(os.dup(number), "wb") as file:
        file.write(text.encode())


def _replace(path: Path, data: bytes) -> None:
    before = path.stat() if path.exists() else None
    if before is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    fresh = path.parent / f".{path.name[:60]}.{secrets.token_hex(4)}.part"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if before is not None:
            if (before.st_uid, before.st_gid) != (fresh.stat().st_uid, fresh.stat().st_gid):
                os.chown(fresh, before.st_uid, before.st_gid)
            fresh.chmod(stat.S_IMODE(before.st_mode))
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def made_of(folder: Path) -> dict[str, Any] | None:
    """What the marker of a folder says; None if this project did not make the folder."""
    try:
        facts = json_document(folder / MARKER, TextFault)
    except TextFault:
        return None
    return facts if isinstance(facts, dict) else None


def mark(folder: Path, facts: dict[str, Any]) -> None:
    """Say in a folder that this project made it, and of what; done last, it says complete."""
    write_whole(folder / MARKER, json.dumps(facts, indent=1, sort_keys=True) + "\n")


def claim(folder: Path, kind: str) -> None:
    """Make a folder of the project's own, or see that it is one.

    Args:
        kind: what it holds, such as `reports`.

    Raises:
        CommandFault: if it holds what is not the project's.
    """
    with spoken(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            made = made_of(folder)
            if made is None:
                held = sorted(path.name for path in folder.iterdir() if path.name != _LOCK)
                if held:
                    raise CommandFault(
                        f"{folder}: holds {held[0]!r}, and is no folder of {kind}; "
                        "name a new or empty folder"
                    )
                mark(folder, {"made": kind})
            elif made.get("made") != kind:
                other = str(made.get("made"))[:40]
                raise CommandFault(
                    f"{folder}: is a folder of {other!r}, not of {kind}; name another"
                )


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """A folder within another, removed at the end; `sweep` finds it if the process is killed."""
    with spoken(folder):
        folder.mkdir(parents=True, exist_ok=True)
        around = folder / f"{_MAKING}{secrets.token_hex(6)}"
        around.mkdir()
    try:
        mark(around, {"made": "temporary"})
        yield around
    finally:
        shutil.rmtree(around, ignore_errors=True)


def finish(fresh: Path, target: Path, facts: dict[str, Any]) -> None:
    """Mark a filled folder as complete and move it to its place, in which nothing may be.

    Raises:
        CommandFault: if something is there already, or it cannot be written.
    """
    if target.exists() or target.is_symlink():
        raise CommandFault(f"{target}: is there already, and is not replaced; move it away")
    mark(fresh, facts)
    with spoken(target):
        fresh.rename(target)


@contextlib.contextmanager
def making(target: Path, facts: dict[str, Any]) -> Iterator[Path]:
    """A folder to fill; when that is done it becomes `target`, marked with the facts as complete.

    Raises:
        CommandFault: if `target` is there already, or cannot be written.
    """
    with temporary(target.parent) as around:
        fresh = around / target.name
        with spoken(fresh):
            fresh.mkdir()
        yield fresh
        finish(fresh, target, facts)


def sweep(folder: Path) -> None:
    """Remove what `making` left in a folder when its process was killed; call it under a lock."""
    for around in folder.glob(f"{_MAKING}*"):
        if around.is_symlink() or not around.is_dir():
            continue
        if (made_of(around) or {}).get("made") == "temporary":
            shutil.rmtree(around, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder: another process or thread that asks for it waits until it is let go.

    The lock is the system's, on the folder itself, and ends with the process. Where there is none,
    a file in the folder stands for it.

    Raises:
        CommandFault: if the folder cannot be held.
    """
    with spoken(folder):
        handle = os.open(folder, os.O_RDONLY) if fcntl else -1
    try:
        if not _flocked(handle, folder):
            with _by_file(folder / _LOCK):
                yield
            return
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _flocked(handle: int, folder: Path) -> bool:
    if fcntl is None:
        return False
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another process, which holds {folder}", file=sys.stderr)
            fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno in _NO_FLOCK:
            return False
        raise CommandFault(f"{folder}: cannot be held: {error.strerror}") from None
    return True


@contextlib.contextmanager
def _by_file(path: Path, patience: float = 600.0) -> Iterator[None]:
    end = time.monotonic() + patience
    while True:
        try:
            with spoken(path):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            break
        except WriteFault:
            if not path.exists():
                raise
            if time.monotonic() > end:
                raise CommandFault(
                    f"{path.parent}: held by another process; if there is none, remove {path.name}"
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
