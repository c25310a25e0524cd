"""Results of a whole run are held to the known failures, as the cases of a live run are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.judging.known_failures import KnownFailures, load
from keras_rnn_conformance.results.explained import explained, judgement_lines
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.rows import fault_row, row_of, skipped_row
from keras_rnn_conformance.results.standing import Standing, overall, standings
from keras_rnn_conformance.results.store import lost, record, recorded
from tests.selftest.judging.test_known_failures import ENTRY, write
from tests.selftest.results.test_results import IDS, header, results, verdict

KNOWN = {
    **ENTRY,
    "rule": '"VALUE-2"',
    "when": '{ layer = "LSTM", u = 2, t = 5 }',
    "backend": '"numpy"',
    "keras": '">=3.15"',
}


def whole(**changes: Any) -> Results:
    """Results of which one case breaks a rule, and none ended without a verdict."""
    rows = [row_of(verdict(id, failed=id == IDS[5])) for id in IDS]
    rows[3] = skipped_row(IDS[3], "no float64 arithmetic")
    return Results.of(header(**changes), rows)


def test_a_known_failure_is_explained(tmp_path: Path) -> None:
    judgement = explained(whole(), write(tmp_path, KNOWN))
    assert judgement.ok
    counts = {Standing.HOLDS: 7, Standing.KNOWN: 1, Standing.NOT_RUN: 1}
    assert {key: judgement.counts[key] for key in counts} == counts
    assert list(judgement_lines(judgement))[-1].startswith(
        "3.15.1-numpy: 7 hold, 1 known failure, 1 not run"
    )


@pytest.mark.parametrize(
    "change",
    [{"keras": '">=3.16"'}, {"backend": '"jax"'}, {"kind": '"shape"'}, {"when": "{ u = 1 }"}],
)
def test_what_no_entry_means_is_not_explained(tmp_path: Path, change: dict[str, str]) -> None:
    judgement = explained(whole(), write(tmp_path, {**KNOWN, **change}))
    assert not judgement.ok
    assert [cases[0][0] for cases in judgement.broken.values()] == [IDS[5]]
    assert any(
        "VALUE-2 breaks in 1: LSTM-seq0-state0-u2-t5: output" in x
        for x in judgement_lines(judgement)
    )


def test_a_known_failure_that_passes_is_told(tmp_path: Path) -> None:
    rows = [row_of(verdict(id)) for id in IDS]
    for row in rows:
        row["passed"] = ["RUN-1", "VALUE-2"]
    judgement = explained(Results.of(header(), rows), write(tmp_path, KNOWN))
    assert not judgement.ok
    assert judgement.mended == {f"{tmp_path / 'known.toml'}, line 2": [IDS[5]]}


def test_a_case_without_a_verdict_is_never_explained(tmp_path: Path) -> None:
    judgement = explained(results(), write(tmp_path, KNOWN))
    assert not judgement.ok
    assert "the process died" in judgement.faults[0]


def test_what_is_not_keras_has_no_known_failures(tmp_path: Path) -> None:
    judgement = explained(whole(keras="none"), write(tmp_path, KNOWN))
    assert list(judgement.broken) == ["VALUE-2"]


def test_the_command_says_it_with_its_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole().save(tmp_path / "r.jsonl")
    known = f"--known-failures={write(tmp_path, KNOWN)}"
    assert run(["explain", str(tmp_path / "r.jsonl"), known]) == 0
    whole(backend="jax").save(tmp_path / "r.jsonl")
    assert run(["explain", str(tmp_path / "r.jsonl"), known]) == 1
    assert "3.15.1-jax: 7 hold, 1 unexplained, 1 not run" in capsys.readouterr().out
    assert run(["explain", str(tmp_path / "none.jsonl")]) == 2


def test_known_failures_that_cannot_be_used_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, {**KNOWN, "rule": '"NOBODY-1"'})
    assert run(["explain", "3.15-numpy", "--known-failures", str(file)]) == 2
    judgement_lines = capsys.readouterr().err
    assert "unknown rule 'NOBODY-1'" in judgement_lines and judgement_lines.count("\n") == 1


CASE = Case.parse(IDS[0])


def row(**changes: Any) -> dict[str, Any]:
    return {**row_of(verdict(IDS[0])), **changes}


@pytest.mark.parametrize(
    ("recorded_row", "whole_case", "rule", "of_rule"),
    [
        (row(passed=["VALUE-2"]), Standing.HOLDS, "VALUE-2", Standing.HOLDS),
        (row(passed=["VALUE-2"]), Standing.HOLDS, "ALIAS-1", Standing.NOT_RECORDED),
        (skipped_row(IDS[0], "no"), Standing.NOT_RUN, "VALUE-2", Standing.NOT_RUN),
        (fault_row(IDS[0], "died"), Standing.UNEXPLAINED, "VALUE-2", Standing.NOT_RUN),
        (None, Standing.NOT_RECORDED, "VALUE-2", Standing.NOT_RECORDED),
    ],
)
def test_a_rule_and_its_case_come_to_one_verdict(
    recorded_row: Any, whole_case: Standing, rule: str, of_rule: Standing
) -> None:
    stood = standings(CASE, recorded_row, KnownFailures())
    assert overall(stood) is whole_case
    assert stood[rule].standing is of_rule


def test_a_known_failure_and_its_unexpected_pass_are_two_verdicts(tmp_path: Path) -> None:
    entries = load(write(tmp_path, {**KNOWN, "when": "{ u = 1 }"}), "3.15.1", "numpy")
    case = next(Case.parse(id) for id in IDS if entries.of(Case.parse(id), "VALUE-2"))
    broken = row_of(verdict(case.id, failed=True))
    for one, standing in ((broken, Standing.KNOWN), (row(passed=["VALUE-2"]), Standing.PASSES)):
        assert standings(case, one, entries)["VALUE-2"].standing is standing


def test_rules_that_a_broken_off_case_never_reached_are_not_run() -> None:
    failure = {"kinds": ["error"], "where": "the call", "got": "ValueError", "want": "none"}
    stood = standings(CASE, row(passed=[], failed={"RUN-1": failure}), KnownFailures())
    assert stood["VALUE-2"].standing is Standing.NOT_RUN
    assert stood["RUN-1"].standing is Standing.UNEXPLAINED


def test_what_a_profile_has_today_and_a_recording_lacks_is_not_recorded() -> None:
    before = recorded("openvino")[-1]
    fewer = Results(before.header, dict(list(before.rows.items())[1:]))
    counts = [explained(one).counts[Standing.NOT_RECORDED] for one in (before, fewer)]
    assert counts[1] == counts[0] + 1


def test_a_recording_that_lost_a_row_is_refused(tmp_path: Path) -> None:
    """Planted: a row is missing, and the footer was made to fit."""
    record([whole()], tmp_path)
    (kept,) = recorded("numpy", tmp_path)
    assert not lost(kept)
    fewer = Results(kept.header, dict(list(kept.rows.items())[1:]))
    judgement = explained(fewer, write(tmp_path, KNOWN))
    assert not judgement.ok
    assert any(
        "not the rows that it was made with: 8 of 9" in line for line in judgement_lines(judgement)
    )


def test_a_row_about_a_rule_that_its_case_is_not_held_to_is_stale(tmp_path: Path) -> None:
    """Planted: the rule was about the case when the row was recorded."""
    old = whole()
    old.rows[IDS[0]] = {**old.rows[IDS[0]], "passed": ["CONV-4", "VALUE-2"]}
    judgement = explained(old, write(tmp_path, KNOWN))
    assert not judgement.ok
    assert any(
        line.startswith("  stale: 1 rows are about CONV-4") for line in judgement_lines(judgement)
    )


def test_every_recording_says_what_it_was_made_with() -> None:
    made = [r.header.get("made") for backend in BACKENDS for r in recorded(backend)]
    assert made and all(made)
