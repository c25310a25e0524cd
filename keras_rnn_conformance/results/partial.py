"""The rows of a run as they come: `FILE.part` beside FILE, until the run ends in order.

It only grows, a line at a time, so that it can be read after any death of the process: a header
with the number of cases, once more whenever more is known of it, and a row for each case that is
done. Of two headers, or two rows of one case, the last counts; a last line that was cut is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_rnn_conformance.results.file import Header, Results, Row
from keras_rnn_conformance.results.lines import FileFault, dumps, read

try:
    import fcntl
except ImportError:  # a system without such locks: nothing tells that two runs write one file
    fcntl = None  # type: ignore[assignment]

FORMAT = "keras-rnn-conformance unfinished results"
SUFFIX = ".part"
_PARTS = {"format": "unfinished", "id": "row"}
_BEGIN = dumps({"format": FORMAT})[:-1].encode()


def beside(path: Path) -> Path:
    """Where the rows of an unfinished run lie that is to write a results file."""
    return path.with_name(path.name + SUFFIX)


class Part:
    """The file of a run that goes on.

    Attributes:
        path: where it is.
        fault: why it could not be written to its end; empty if it could.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file anew, in place of one that an earlier run left.

        Raises:
            FileFault: if the place cannot be written to, holds something else, or belongs to a run
                that goes on.
        """
        self.path = path
        self.fault = ""
        try:
            self._file = path.open("a+b", buffering=0)
            self._lock()
            self._file.seek(0)
            first = self._file.read(len(_BEGIN))
            if first != _BEGIN[: len(first)]:
                raise FileFault(f"{path}: in the way, and no part of results: move it elsewhere")
            self._file.truncate(0)
        except OSError as error:
            raise FileFault(f"{path}: {error.strerror or error}") from None

    def _lock(self) -> None:
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FileFault(f"{self.path}: another run writes it; name another file") from None

    def head(self, header: Header, planned: int) -> None:
        """Add a header."""
        unfinished = {**header, "chosen": True}
        self._add({"format": FORMAT, "version": 1, "planned": planned, "header": unfinished})

    def add(self, row: Row) -> None:
        """Add a row."""
        self._add(row)

    def _add(self, value: dict[str, Any]) -> None:
        if self.fault:
            return  # after half a line no other can be read
        try:
            data = dumps(value).encode() + b"\n"
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self.fault = str(error.strerror or error)

    def close(self) -> None:
        """Leave the file as it is."""
        self._file.close()

    def remove(self) -> None:
        """Remove the file, which this object wrote."""
        self.path.unlink(missing_ok=True)
        self.close()


def load_part(path: Path) -> Results:
    """What is there of a run that did not come to its end.

    Raises:
        FileFault: in one line, if there is nothing, or something else altogether.
    """
    head: dict[str, Any] | None = None
    rows: dict[str, Row] = {}
    for number, part, value in read(path, "results", _PARTS, torn=True):
        if part == "unfinished":
            head = value
        elif head is None:
            raise FileFault(f"{path}, line {number}: a row before the header")
        else:
            rows[value["id"]] = value
    if head is None:
        raise FileFault(f"{path}: empty: the run ended before its first case; run it again")
    whole = Results.of(head["header"], rows.values())
    return Results(whole.header, whole.rows, max(head["planned"], len(rows)))
