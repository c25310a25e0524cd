"""What a recording of a release lacks: cases that came after it, and rows that cannot stand.

A row cannot stand if the known failures contradict it: the suite has moved on since it was written,
or the row was wrong. Such rows are run anew beside the new cases; the others stay as they are.
"""

from __future__ import annotations

from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.releases.table import Release
from keras_rnn_conformance.results.explained import contradicted
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.store import recorded

_SAME = ("backend_version", "generation", "judged", "numpy", "seed")
"""What rows that stand in one recording must have been made with."""


def recorded_of(release: Release) -> Results | None:
    """The recording of a release; none if there is none."""
    recordings = (r for r in recorded(release.backend) if r.header["keras"] == release.version)
    return next(recordings, None)


def missing(before: Results | None, profile: str) -> tuple[str, ...]:
    """The ids of a profile that a recording lacks, or holds in rows that cannot stand."""
    rows = before.rows if before else {}
    again = contradicted(before) if before else set()
    return tuple(c.id for c in suite.all_cases(profile) if c.id not in rows or c.id in again)


def completed(before: Results | None, after: Results, profile: str) -> Results:
    """A recording with the rows of a later run in place of its own.

    Raises:
        FileFault: if the two were not made alike, and cannot stand in one recording.
    """
    header = {**after.header, "chosen": False, "profile": profile}
    if before is None:
        return Results(header, after.rows)
    for key in _SAME:
        old, new = before.header[key], header[key]
        if old != new:
            raise FileFault(
                f"{after.name}: recorded with {key} {old}, and run now with {new}: record it "
                f"whole, without --missing"
            )
    return Results.of(header, {**before.rows, **after.rows}.values())
