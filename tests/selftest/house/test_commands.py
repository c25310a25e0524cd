"""The command line, the stopwatch and what bench makes of it."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keras_rnn_conformance.base import files
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.api.serialized_arguments import ARGUMENTS
from keras_rnn_conformance.cases.axes import AXES, SCENARIOS, Axis
from keras_rnn_conformance.cli import bench, commands
from keras_rnn_conformance.cli.commands import COMMANDS, Command
from keras_rnn_conformance.pytest_plugin import listing
from keras_rnn_conformance.pytest_plugin.stopwatch import Stopwatch
from keras_rnn_conformance.report import meanings

FINE = {"cases": 4, "wall": 2.0, "keras": 1.8, "judging": 0.1}


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        commands.run(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert [c.name for c in COMMANDS if not re.search(rf"^ +{c.name}\b", text, re.M)] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        commands.run([command.name, "--help"])
    assert end.value.code == 0
    docs = importlib.import_module(command.module).__doc__
    assert docs
    assert docs.strip().splitlines()[0] in capsys.readouterr().out


WRONG = {
    "test": ["--profile", "huge"],
    "report": ["nonsense"],
    "diff": ["3.5-numpy"],
    "explain": ["no-such-file.jsonl"],
    "merge": ["no-such-file.jsonl"],
    "atlas": [],
    "gpu": ["--backend", "numpy"],
    "seeds": ["--count", "many"],
    "article": ["of 2018"],
    "export": ["--case", "nonsense"],
    "observe": ["no-such-file.json"],
    "judge": ["no-such-file.json"],
    "identify": ["no-such-file.json"],
    "releases": ["--last", "theano"],
    "listings": ["3.5"],
    "record": ["0.9"],
    "files": ["--all-of-them"],
    "first-bad": ["nonsense"],
    "bench": ["--profile", "huge"],
    "rules": ["of mine"],
    "scope": ["everything"],
    "bugs": ["everything"],
    "history": ["everything"],
    "cover": ["everything"],
    "coverage": ["--total"],
    "environments": ["--only", "no such environment"],
    "mutate": ["--jobs", "0"],
    "gate": ["--measure", "--jobs", "0"],
    "sabotage": ["--all-of-them"],
}
"""By command: a wrong use of it."""


def test_a_wrong_use_of_every_command_is_tried() -> None:
    assert list(WRONG) == [command.name for command in COMMANDS]


@pytest.mark.parametrize("name", [name for name in WRONG if name != "test"])
def test_a_wrong_use_is_one_line(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = commands.run([name, *WRONG[name]])
    except SystemExit as end:
        status = int(end.code or 0)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith(f"keras-rnn-conformance {name}: ") and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def executed(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keras_rnn_conformance", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        text=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_wrong_use_of_pytest_s_command_is_one_line_of_pytest_s() -> None:
    done = executed("test", *WRONG["test"], stdout=subprocess.PIPE)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert (
        done.stderr.strip() == "ERROR: --profile: 'huge' is none of gate, smoke, default, thorough"
    )


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes of this kind")
def test_a_reader_who_has_seen_enough_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = executed("diff", "3.5-numpy", "3.15-numpy", "--json", stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis.key)
def test_every_axis_is_listed_with_all_its_values_in_short_lines(axis: Axis) -> None:
    lines = list(listing.axis_lines(axis))
    assert lines[0].split()[0] == axis.key
    assert [line for line in lines if len(line) > listing.WIDTH] == []
    words = set(re.findall(r"[\w.]+", " ".join(lines[1:])))
    listed = (str(value) if axis.key == "what" else axis.token(value) for value in axis.values)
    assert [value for value in listed if value not in words] == []


def test_every_value_has_a_meaning() -> None:
    said = {(a.key, v): meanings.meaning(a, v) for a in AXES if a.key != "what" for v in a.values}
    assert [value for value, text in said.items() if not text] == []
    variants = [(s, name) for s, names in SCENARIOS.items() for name in names]
    assert [v for v in variants if not meanings.variant(*v)] == []
    arguments = [name for s, name in variants if s == "config" and name in ARGUMENTS]
    unnamed = [v for v in variants if meanings.variant(*v).startswith("whether the argument")]
    assert unnamed == [("config", name) for name in arguments]


def test_the_releases_without_a_number_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["releases"]) == 0
    names = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert {"3.15.1-jax", "latest-tensorflow", "nightly-jax", "source-openvino"} <= {*names}
    assert "nightly-openvino" not in names


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        commands.run(["benhc"])
    assert end.value.code == 2
    assert "invalid choice: 'benhc'" in capsys.readouterr().err


def test_a_fault_is_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise CommandFault("no such thing; install it")

    monkeypatch.setattr(bench, "main", fail)
    assert commands.run(["bench"]) == 2
    assert capsys.readouterr().err == "keras-rnn-conformance bench: no such thing; install it\n"


def test_a_package_that_is_missing_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = Command("bench", "", "nothing_of_this_name.bench")
    monkeypatch.setattr(commands, "COMMANDS", (absent,))
    assert commands.run(["bench"]) == 2
    said = capsys.readouterr().err
    assert "has no nothing_of_this_name: " in said and "pip install" in said
    assert said.count("\n") == 1


def test_a_module_of_the_suite_that_is_missing_is_no_fault_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = Command("bench", "", "keras_rnn_conformance.nothing_of_this_name")
    monkeypatch.setattr(commands, "COMMANDS", (lost,))
    with pytest.raises(ModuleNotFoundError):
        commands.run(["bench"])


def test_a_stopwatch_divides_the_time_of_a_case(tmp_path: Path) -> None:
    watch = Stopwatch(tmp_path / "times.json")
    properties = [("seconds", {"keras": 0.25, "judging": 0.5})]
    for given in (properties, []):
        item: Any = SimpleNamespace(path=Path("test_matrix.py"), user_properties=given)
        timing = watch.pytest_runtest_protocol(item)
        next(timing)
        with pytest.raises(StopIteration) as end:
            timing.send("its result")
        assert end.value.value == "its result"
    watch.pytest_sessionfinish()
    share = json.loads((tmp_path / "times.json").read_text())["modules"]["test_matrix"]
    assert share.pop("wall") > 0
    assert share == {"cases": 1, "keras": 0.25, "judging": 0.5}


@pytest.mark.parametrize(("keras", "verdict"), [(1.8, "met"), (1.6, "missed")])
def test_bench_says_what_is_outside_keras(keras: float, verdict: str) -> None:
    text = bench.matrix_text(
        {"importing": 1.0, "modules": {"test_matrix": {**FINE, "keras": keras}}}
    )
    assert "matrix: 4 cases in 2.00 s, 2.0 cases/s" in text
    assert f"outside Keras: {1 - keras / 2:.1%}" in text
    assert text.endswith(f"{verdict})")


def test_bench_lists_the_modules_longest_first() -> None:
    short = {"cases": 9, "wall": 1.0, "keras": 0.5, "judging": 0.1}
    text = bench.modules_text({"modules": {"test_short": short, "test_long": FINE}})
    assert [line.split()[:2] for line in text.splitlines()] == [
        ["test_long", "4"],
        ["test_short", "9"],
    ]
    assert "1.00 s, 0.50 s inside Keras" in text


def test_bench_refuses_a_run_without_the_matrix() -> None:
    with pytest.raises(CommandFault, match="nothing to time"):
        bench.matrix_text({"importing": 1.0, "modules": {}})


def test_bench_shows_why_pytest_did_not_run(tmp_path: Path) -> None:
    with pytest.raises(CommandFault, match="unrecognized arguments: --no-such-option"):
        bench._pytest(["--no-such-option"], tmp_path)


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    files.write_whole(path, "old\n")

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CommandFault, match="the disk is full"):
        files.write_whole(path, "new\n")
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]
