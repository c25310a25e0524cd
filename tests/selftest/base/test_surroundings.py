"""Rows of the table of environments, and what holds a run to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment, settings, timeout
from keras_rnn_conformance.base.errors import EnvironmentFault
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases import data, streams
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import readiness
from tests.quality.environments import command, running
from tests.quality.environments.table import EVERY, ROWS, Row
from tests.selftest.sessions import PYTEST

FEW = ["--case", "LSTM-seq1-state1-u3-t5", "--case", "GRU-seq0-state0-u3-t1-as.cell"]
QUICK = (
    "the backend of keras.json, Keras imported early",
    "Keras imported early on another backend",
    "Keras of another path imported early",
    "Keras imported and set early",
    "JAX imported early in strict mode",
    "JAX imported early with an option that stays",
    "JAX without a device",
    "NNX asked for",
    "training cut short",
    "NumPy raises",
    "ulimit -f",
    "ulimit -n 64",
)
"""Rows that the numpy backend runs quickly.

A suite that sets nothing outright and asks for nothing back judges in most of them under a wrong
name, or without an end. In the others, settings that a plugin has made early must stay harmless.
"""


def ended(output: str, status: int) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], status, stdout=output, stderr="")


def row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def test_there_are_forty_environments_with_names_of_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 40
    assert all(set(row.refused) <= set(EVERY) for row in ROWS)


@pytest.mark.parametrize("name", QUICK)
def test_an_environment_is_green_or_refused(name: str) -> None:
    for needed in ("jax", "torch"):
        if needed in repr(row(name)):
            pytest.importorskip(needed, reason=f"{needed} is not installed")
    outcome = running.run(row(name), "numpy", [*FEW])
    assert outcome.word == ("refused" if "numpy" in row(name).refused else "green"), outcome


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("TensorFlow imported early with oneDNN", "tensorflow"),
        ("torch's meta device", "torch"),
        ("two workers without a device", "jax"),
        ("unknown XLA_FLAGS", "jax"),
    ],
)
def test_what_ends_or_misleads_a_backend_is_refused(name: str, backend: str) -> None:
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    outcome = running.run(row(name), backend, FEW)
    assert outcome.word == "refused", outcome


@pytest.mark.parametrize(
    ("refusal", "status", "output", "word"),
    [
        ("", 0, "== 3 passed in 0.10s ==", "green"),
        ("", 1, "1 failed, 2 passed in 0.10s", "WRONG"),
        ("", 0, "no tests ran in 0.10s", "WRONG"),
        ("", 4, "ERROR: no", "WRONG"),
        ("too old", 4, "ERROR: far too old", "refused"),
        ("too old", 0, "ERROR: far too old", "WRONG"),
        ("too old", 4, "ERROR: too new", "WRONG"),
        ("too old", 4, "ERROR: too old\nERROR: too old", "WRONG"),
        ("too old", 4, "1 failed in 1.00s\nERROR: too old", "WRONG"),
        ("too old", 4, "Traceback (most recent call last)\nERROR: too old", "WRONG"),
        ("too old", 0, "3 passed in 0.10s", "WRONG"),
    ],
)
def test_a_run_is_held_to_its_row(refusal: str, status: int, output: str, word: str) -> None:
    assert running.judged(refusal, ended(output, status)).word == word


@pytest.mark.parametrize(
    ("may_run", "status", "output", "word"),
    [
        (True, 0, "3 passed in 0.10s", "green"),
        (True, 4, "ERROR: too old", "refused"),
        (True, 1, "1 failed, 2 passed in 0.10s", "WRONG"),
        (False, 0, "3 passed in 0.10s", "WRONG"),
    ],
)
def test_a_row_that_hangs_on_releases_is_green_or_refused(
    may_run: bool, status: int, output: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.Prepared, "run", lambda *_: ended(output, status))
    chosen = Row("some", refused={"numpy": "too old"}, may_run=may_run)
    assert running.run(chosen, "numpy", FEW).word == word


def test_a_copy_of_the_checkout_is_whole(tmp_path: Path) -> None:
    copied = Row("a copy", copied="copy")
    running.Prepared(copied, "numpy", tmp_path).write()
    done = subprocess.run(
        [sys.executable, "-c", "import keras_rnn_conformance as k; print(k.__file__)"],
        cwd=tmp_path / "copy",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(str(tmp_path)), done.stderr


def test_the_command_ends_with_a_table_and_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from keras_rnn_conformance.cli.commands import run

    monkeypatch.setattr(
        command,
        "run",
        lambda row, backend, chosen: running.Outcome("WRONG" if backend == "jax" else "green"),
    )
    assert run(["environments", "--only", "nothing set", "--backend", "numpy"]) == 0
    assert "| nothing set | green |" in capsys.readouterr().out
    assert run(["environments", "--only", "nothing set"]) == 1
    assert "| nothing set | green | green | green | WRONG |" in capsys.readouterr().out
    assert run(["environments", "--only", "no such thing"]) == 2


def test_what_pip_cannot_install_is_skipped_with_a_reason_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "INSTALLED", tmp_path)
    outcome = running.run(Row("none", packages=("./missing",)), "numpy", FEW)
    assert outcome.word == "skipped" and "cannot install ./missing" in outcome.why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "argument",
    [
        "--data-seed=-1",
        "--data-seed=4294967296",
        "--data-seed=1.5",
        "--data-seed=²",
        "--case-timeout=nan",
        "--case-timeout=inf",
        "--case-timeout=-1",
        "--case-timeout=soon",
    ],
)
def test_a_number_out_of_range_is_refused_in_one_line(argument: str) -> None:
    done = subprocess.run(
        [*PYTEST, argument, *FEW],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
    )
    option, value = argument.split("=")
    assert done.returncode == 4
    assert done.stderr.strip().splitlines()[0].startswith(f"ERROR: {option}: '{value}' is no ")
    assert len(done.stderr.strip().splitlines()) == 1 and not done.stdout.strip()


def test_numbers_in_range_are_taken() -> None:
    assert [streams.data_seed(text) for text in ("0", "4294967295")] == [0, 4294967295]
    assert [timeout.case_timeout(text) for text in ("0", "1e6", ".5")] == [0, 1e6, 0.5]


@pytest.mark.parametrize("name", ["report", "export"])
def test_commands_take_the_same_data_seeds(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "keras_rnn_conformance", name, "--data-seed=4294967296", *FEW[1:2]],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "'4294967296' is no whole number from 0 to 4294967295" in done.stderr


def test_what_cpp_logs_while_starting_is_held_back_and_nothing_else() -> None:
    code = r"""
import os, sys
from keras_rnn_conformance.base import settings
with settings.hushed():
    os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are\n")
    os.write(2, b"I0000 00:00:1795893933.004375   13707 port.cc:153] oneDNN is on\n")
    print("a word of Python", file=sys.stderr)
    os.write(2, b"a word of C\n")
    try:
        with settings.hushed():
            print("before an error", file=sys.stderr)
            raise KeyError
    except KeyError:
        pass
print("afterwards", file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    words = ["a word of Python", "a word of C", "before an error", "afterwards"]
    assert done.stderr.splitlines() == words


def test_what_a_case_makes_tensorflow_log_is_held_back(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness.ready()
    from keras_rnn_conformance.subject import observing, registry

    def imports_tensorflow(*_: object) -> None:
        os.write(2, b"I0000 00:00:1795959405.599594   31315 cudart_stub.cc:31] no CUDA\n")
        raise KeyError

    monkeypatch.setitem(registry.SCENARIO_CODE, "call", imports_tensorflow)
    case = Case.parse(FEW[1])
    assert observing.observe(case, data.Data(case)).error is not None
    assert capfd.readouterr().err == ""


def test_no_command_shows_what_tensorflow_logs() -> None:
    pytest.importorskip("tensorflow")
    given = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    done = subprocess.run(
        [sys.executable, "-m", "keras_rnn_conformance", "article"],
        cwd=ROOT,
        env={**given, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_setting_changed_under_way_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    readiness.ready()
    import keras

    keras.config.set_epsilon(0.1)
    try:
        with pytest.raises(EnvironmentFault, match=r"Keras's epsilon is 0\.1, and .* 1e-07"):
            readiness.ready()
    finally:
        keras.config.set_epsilon(environment.EPSILON)
    readiness.ready()


def test_settings_are_set_outright_and_those_of_the_user_taken_out() -> None:
    given = {
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "KERAS_NNX_ENABLED": "1",
        "KERAS_MAX_EPOCHS": "1",
        "JAX_ENABLE_X64": "1",
        "JAX_NO_EXECUTION": "1",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--mine",
        "OMP_NUM_THREADS": "1",
    }
    for backend, kept in {"numpy": None, "jax": "--mine", "tensorflow": "--mine"}.items():
        environ = dict(given)
        settings.set_environment(backend, environ)
        assert environ["TF_ENABLE_ONEDNN_OPTS"] == environ["KERAS_NNX_ENABLED"] == "0"
        assert environ["JAX_ENABLE_X64"] == "0" and environ["JAX_PLATFORMS"] == "cpu"
        assert environ["OMP_NUM_THREADS"] == "1" and environ.get("XLA_FLAGS") == kept
        assert not {"JAX_NO_EXECUTION", "KERAS_MAX_EPOCHS"} & set(environ)
