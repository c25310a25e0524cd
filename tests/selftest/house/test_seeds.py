"""Judging on other numbers: order and workers follow from the seed, and what is kept is resumed."""

from __future__ import annotations

import json
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cli import seeds
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.cli.seeds_cache import Kept, Run
from keras_rnn_conformance.judging import known_failures, suite
from tests.selftest.judging.test_known_failures import ENTRY, write

ID = "LSTM-seq1-state1-u3-t5"


@pytest.fixture
def one_case(monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(case for case in suite.all_cases("smoke") if case.layer == "LSTM")
    monkeypatch.setattr(suite, "all_cases", lambda _: [case])


def test_an_order_follows_from_the_seed_and_loses_no_case() -> None:
    cases = suite.all_cases("smoke")
    first, again, other = (seeds.shuffled(cases, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert sorted(first, key=lambda case: case.id) == sorted(cases, key=lambda case: case.id)


def test_workers_take_turns() -> None:
    assert [seeds.workers_of(seed, (1, 2, 3, 4)) for seed in range(1, 7)] == [1, 2, 3, 4, 1, 2]


def test_cases_are_judged_in_several_processes() -> None:
    cases = [case for case in suite.all_cases("smoke") if case.layer == "SimpleRNN"][:3]
    found = seeds.judged(cases, 3, 2)
    assert (found.cases, found.workers, found.surprises) == (3, 2, [])


def test_an_unexpected_pass_is_a_surprise_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {
        **ENTRY,
        "rule": '"VALUE-2"',
        "keras": '">=3"',
        "when": '{ layer = "LSTM" }',
        "kind": '"structure"',
        "backend": '["tensorflow", "jax", "torch", "numpy", "openvino"]',
    }
    monkeypatch.setattr(known_failures, "FILE", write(tmp_path, entry))
    command = f"python -m pytest --data-seed 5 --case {ID}"
    assert seeds.surprises([ID], 5) == [f"VALUE-2 holds, known to fail: {command}"]


def test_a_defect_of_the_suite_is_a_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(seeds, "conduct", fail)
    assert seeds.surprises([ID], 1)[0].startswith("ZeroDivisionError while judging: python -m")


def test_a_process_that_ends_too_early_is_a_surprise() -> None:
    future: Future[list[str]] = Future()
    future.set_exception(BrokenProcessPool())
    (line,) = seeds._told(future, 6, 2)
    assert line.endswith("seeds --first 6 --count 1 --workers 2")


@pytest.mark.usefixtures("one_case")
def test_only_seeds_that_are_missing_or_had_surprises_are_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []
    loud = {2}

    def judged(_: object, seed: int, workers: int) -> Run:
        asked.append(seed)
        return Run(seed, workers, 1, ["RUN-1: a command"] if seed in loud else [], 0.1)

    monkeypatch.setattr(seeds, "judged", judged)
    command = ["seeds", "--count", "3", f"--keep={tmp_path / 'kept.json'}"]
    assert run(command) == 1
    assert "RUN-1: a command\n" in (said := capsys.readouterr().out)
    assert said.endswith("surprises in 1 seeds\n  seed 2, 2 workers: 1\n")
    loud.clear()
    assert run(command) == 0
    assert asked == [1, 2, 3, 2]
    assert "2 of 3 seeds were judged before" in (said := capsys.readouterr().out)
    assert said.endswith(
        "3 seeds (1 with 1, 1 with 2, 1 with 3 workers), 3 cases judged: no surprise\n"
    )


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    kept = Kept.open(path, "smoke")
    kept.add(Run(1, 1, 4, [], 0.5))
    assert Kept.open(path, "smoke").quiet(1)
    with pytest.raises(CommandFault, match="name another file"):
        Kept.open(path, "default")
    path.write_text(json.dumps({"runs": [{}]}), encoding="utf-8")
    with pytest.raises(CommandFault, match="no file that --keep wrote"):
        Kept.open(path, "smoke")
    with pytest.raises(CommandFault, match="make it first"):
        Kept.open(tmp_path / "nowhere" / "kept.json", "smoke")


@pytest.mark.parametrize("wrong", [["--count", "0"], ["--first", "-1"], ["--workers", "two"]])
def test_numbers_that_mean_nothing_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run(["seeds", *wrong])
    assert end.value.code == 2
