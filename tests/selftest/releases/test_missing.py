"""A recording is completed: only what it lacks, or what cannot stand in it, is run."""

from __future__ import annotations

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.releases.missing import completed, missing
from keras_rnn_conformance.results.explained import explained, judgement_lines
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.rows import fault_row, row_of
from keras_rnn_conformance.results.store import recorded
from tests.selftest.results.test_results import header, verdict

SMOKE = [case.id for case in suite.all_cases("smoke")]


def recording(*ids: str, **changes: object) -> Results:
    return Results.of(header(**changes), [row_of(verdict(id)) for id in ids])


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_known_failures_explain_every_recording(backend: str) -> None:
    unexplained = {
        judgement.name: list(judgement_lines(judgement))
        for judgement in map(explained, recorded(backend))
        if not judgement.ok
    }
    assert recorded(backend) and not unexplained


def test_a_release_that_was_never_recorded_lacks_every_case() -> None:
    assert missing(None, "smoke") == tuple(SMOKE)


def test_a_recording_lacks_what_came_after_it() -> None:
    assert missing(recording(*SMOKE[2:]), "smoke") == tuple(SMOKE[:2])


def test_a_row_that_cannot_stand_is_run_again() -> None:
    before = recording(*SMOKE)
    before.rows[SMOKE[5]] = fault_row(SMOKE[5], "the process died")
    assert missing(before, "smoke") == (SMOKE[5],)


def test_a_known_failure_that_passes_cannot_stand() -> None:
    """Planted: a recording in which what is known to fail has passed."""
    known = next(
        (id, rule)
        for id, row in recorded("numpy")[-1].rows.items()
        for rule in row.get("failed", ())
    )
    id, rule = known
    before = Results(recorded("numpy")[-1].header, {**recorded("numpy")[-1].rows})
    row = before.rows[id]
    before.rows[id] = {**row, "failed": {}, "passed": sorted([*row["passed"], rule])}
    assert id in missing(before, "default")
    assert not explained(before).ok


def test_what_is_run_takes_the_place_of_what_was() -> None:
    before, after = recording(*SMOKE[:3], date="old"), recording(SMOKE[2], SMOKE[3], date="new")
    whole = completed(before, after, "smoke")
    assert list(whole.rows) == sorted(SMOKE[:4])
    assert whole.rows[SMOKE[2]] is after.rows[SMOKE[2]]
    assert whole.header["date"] == "new" and not whole.header["chosen"]


@pytest.mark.parametrize("key", ["numpy", "seed", "backend_version"])
def test_rows_that_were_made_otherwise_cannot_stand_together(key: str) -> None:
    before = recording(SMOKE[0])
    before.header[key] = 99
    with pytest.raises(FileFault, match=f"recorded with {key} 99.*without --missing"):
        completed(before, recording(SMOKE[1]), "smoke")
