"""`--results` and `--shard` on real runs: the same file whatever the workers and shards did."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.results.file import Results, load, merge

for _module in ("scipy", "jax"):
    pytest.importorskip(_module, reason="the runs are on Keras's numpy backend, which imports it")

IDS = (
    "LSTM-seq1-state1-u3-t5",
    "GRU-seq0-state1-u2-t2",
    "SimpleRNN-seq1-state0-u3-t5",
    "LSTM-seq0-state0-u3-t5-mask.gap",
    "GRU-seq1-state1-u3-t5-back1",
    "LSTM-seq0-state1-u1-t1",
    "LSTM-seq1-state1-u3-t3-n4-f64",
)


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for id in IDS for word in ("--case", id)]
    command = [sys.executable, "-m", "pytest", "-q", *chosen, f"--results={path}", *options]
    env = {**os.environ, "KERAS_BACKEND": "numpy"}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = tmp_path_factory.mktemp("recording") / "whole.jsonl"
    done = run(path)
    assert "7 rows in" in done.stdout, done.stdout + done.stderr
    return load(path)


def test_a_run_is_recorded(plain: Results) -> None:
    assert set(plain.rows) == set(IDS)
    assert plain.header["backend"] == "numpy" and plain.header["chosen"]
    assert plain.header["configs"]["LSTM"]["recurrent_activation"] == "sigmoid"
    assert "VALUE-2" in plain.rows[IDS[0]]["passed"]


def test_workers_do_not_show(plain: Results, tmp_path: Path) -> None:
    done = run(tmp_path / "two.jsonl", "-n", "2")
    again = load(tmp_path / "two.jsonl")
    assert list(again.timeless().lines()) == list(plain.timeless().lines()), done.stdout


def test_shards_merge_into_the_whole(plain: Results, tmp_path: Path) -> None:
    for k in (1, 2):
        run(tmp_path / f"{k}.jsonl", "--shard", f"{k}/2")
    parts = [load(tmp_path / f"{k}.jsonl") for k in (1, 2)]
    assert all(parts[k].rows for k in (0, 1))
    assert list(merge(parts).timeless().lines()) == list(plain.timeless().lines())


def test_a_run_that_stops_early_leaves_no_file(tmp_path: Path) -> None:
    done = run(tmp_path / "early.jsonl", "-p", "tests.selftest.broken_layer", "-x")
    assert done.returncode == 2 or "not written: the run did not come to its end" in done.stdout
    assert not (tmp_path / "early.jsonl").exists()


@pytest.mark.parametrize(
    "options", [("--shard", "3/2"), ("--shard", "x"), ("--results=/no/such/f",)]
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path / "r.jsonl", *options)
    assert done.returncode == 4
    assert options[0].split("=")[0] in done.stderr
