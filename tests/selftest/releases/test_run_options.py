"""The options of a run that `record` hands on, and what `first-bad` knows without a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.releases import environments, first_bad, record, run_cache, running
from keras_rnn_conformance.releases.first_bad import State, search
from keras_rnn_conformance.releases.running import Selection
from keras_rnn_conformance.releases.table import Release, releases
from tests.selftest.results.test_explained import whole

SPAN = [release for release in releases() if release.backend == "numpy"]
CASE = "LSTM-seq1-state1-u3-t5"


@pytest.fixture
def selections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Selection]:
    """What would have been run, without a run."""
    seen: list[Selection] = []

    def run_in(_: environments.Place, release: Release, selection: Selection, *__: object) -> Any:
        seen.append(selection)
        return whole(keras=release.version, backend=release.backend)

    place = environments.Place(Path(sys.executable), tmp_path)
    monkeypatch.setattr(record, "run_in", run_in)
    monkeypatch.setattr(record, "prepared", lambda *_: place)
    monkeypatch.setattr(run_cache, "FOLDER", tmp_path / "record")
    monkeypatch.setattr(record, "_record", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    return seen


def test_options_of_a_run_reach_pytest(selections: list[Selection], tmp_path: Path) -> None:
    options = ["--rule", "MASK-1", "--data-seed", "3", "--case-timeout", "60", "--examine", "0",
               "--reports", "reports", "--known-failures", "ours.toml"]  # fmt: skip
    command = ["record", "3.5-numpy", "--case", CASE, "--output", "out.jsonl", "--record-only"]
    assert run([*command, *options]) == 0
    assert selections == [
        Selection(
            "smoke",
            (CASE,),
            (
                "--rule=MASK-1",
                "--data-seed=3",
                "--case-timeout=60",
                "--examine=0",
                f"--known-failures={tmp_path / 'ours.toml'}",
                f"--reports={tmp_path / 'reports' / '3.5.0-numpy'}",
            ),
        )
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["3.5-numpy", "--rule", "MASK-1"], "need --output FILE"),
        (["3.5-numpy", "--case", "nonsense", "--output", "f"], "--case: "),
        (["3.5-jax", "3.5-numpy", "--write-known-failures", "f"], "takes one release, not 2"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["record", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_keras_2_has_no_reports(tmp_path: Path) -> None:
    place = environments.Place(Path(sys.executable), tmp_path)
    old = next(release for release in releases() if not release.live)
    with pytest.raises(CommandFault, match="--reports: only for Keras 3"):
        running.run_in(place, old, Selection("smoke", (), ("--reports=x",)))


def test_what_is_recorded_needs_no_run() -> None:
    states: dict[str, State] = {
        release.version: () if number < 6 else ("MASK-1",) for number, release in enumerate(SPAN)
    }
    asked: list[str] = []

    def ask(release: Release) -> State | None:
        asked.append(release.version)
        return states[release.version]

    found = search(SPAN, ask, known=states)
    assert [(a[0], b[0]) for a, b in found.changes] == [(SPAN[5], SPAN[6])]
    asked.clear()
    known = {SPAN[4].version: states[SPAN[4].version], SPAN[8].version: states[SPAN[8].version]}
    found = search(SPAN, ask, known=known)
    assert [(a[0], b[0]) for a, b in found.changes] == [(SPAN[5], SPAN[6])]
    assert {*asked} <= {release.version for release in SPAN[4:9]}


def test_a_recorded_case_is_answered_without_an_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a release was run")

    monkeypatch.setattr(first_bad, "results_of", never)
    id = "GRU-seq0-state0-u3-t2-do.reg-what.weights"
    assert run(["first-bad", id, "--backend", "jax"]) == 0
    shown = capsys.readouterr()
    assert "holds since Keras 3.1.1\nup to Keras 3.0.5: breaks RUN-1" in shown.out
    assert shown.err == ""
