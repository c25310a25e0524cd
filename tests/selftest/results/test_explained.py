"""Results of a whole run are held to the known failures, as the cases of a live run are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.results.explained import explained, said
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.rows import row_of, skipped_row
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
    assert dict(judgement.counts) == {"passed": 7, "known failures": 1, "not run": 1}
    assert list(said(judgement)) == ["3.15.1-numpy: 7 passed, 1 known failures, 1 not run"]


@pytest.mark.parametrize(
    "change",
    [{"keras": '">=3.16"'}, {"backend": '"jax"'}, {"kind": '"shape"'}, {"when": "{ u = 1 }"}],
)
def test_what_no_entry_means_is_not_explained(tmp_path: Path, change: dict[str, str]) -> None:
    judgement = explained(whole(), write(tmp_path, {**KNOWN, **change}))
    assert not judgement.ok
    assert [cases[0][0] for cases in judgement.broken.values()] == [IDS[5]]
    assert any("VALUE-2 breaks in 1: LSTM-seq0-state0-u2-t5: output" in x for x in said(judgement))


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
    assert "3.15.1-jax: 7 passed, 1 unexplained, 1 not run" in capsys.readouterr().out
    assert run(["explain", str(tmp_path / "none.jsonl")]) == 2


def test_known_failures_that_cannot_be_used_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, {**KNOWN, "rule": '"NOBODY-1"'})
    assert run(["explain", "3.15-numpy", "--known-failures", str(file)]) == 2
    said = capsys.readouterr().err
    assert "unknown rule 'NOBODY-1'" in said and said.count("\n") == 1
