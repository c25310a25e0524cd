"""A run with failures ends with their causes, in few lines; the header names the Keras judged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES

for needed in ("scipy", "jax"):
    pytest.importorskip(needed, reason="Keras's numpy backend imports it")

suite.modules()
README = (ROOT / "README.md").read_text(encoding="utf-8")
BROKEN = ("-p", "tests.selftest.broken_layer", "--case=LSTM-seq1-state1-u3-t5")
KNOWN = """\
schema = 1

[[failure]]
rule = "VALUE-2"
when = { layer = "LSTM", u = 3 }
keras = ">=3"
backend = ["numpy"]
kind = "value"
reason = "of this test"
upstream = "not reported upstream"
"""


def session(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run pytest at the root of the checkout, on NumPy."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "numpy", **settings},
        text=True,
        check=False,
        timeout=600,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def findings(done: subprocess.CompletedProcess[str]) -> str:
    """The last section of what a session prints."""
    head, found, text = done.stdout.rpartition("= findings =")
    assert found, head
    return text


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Keras whose LSTM takes its forget gate for its input gate, and the reverse."""
    folder = tmp_path_factory.mktemp("swapped")
    shutil.copytree(environment.keras_place(), folder / "keras")
    file = folder / "keras" / "src" / "layers" / "rnn" / "lstm.py"
    text = file.read_text(encoding="utf-8")
    assert text.count("c = f * c_tm1 + i * self.activation(") == 2
    file.write_text(text.replace("f * c_tm1 + i * self", "i * c_tm1 + f * self"), encoding="utf-8")
    return folder


def test_swapped_gates_are_read_at_one_glance(swapped: Path) -> None:
    done = session("--profile=smoke", "--examine=120", PYTHONPATH=str(swapped))
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert len(lines) <= 40
    assert len(lines) - next(i for i, line in enumerate(lines) if "= FAILURES =" in line) <= 25
    cause = next(line for line in lines[-10:] if "gates in the order f, i, c, o" in line)
    failed = re.search(r"(\d+) failed", lines[-1])
    assert failed and int(failed[1]) > 80 and cause.split()[:2] == [failed[1], "x"]
    assert f"swapped, {failed[1]} failures of the smoke profile" in README
    assert f"{failed[1]} x VALUE-2" in README
    assert f"judging: keras {environment.keras_release()} at {swapped / 'keras'}, " in done.stdout
    shown = next(line for line in lines if line.startswith("case  ")).split()[1]
    assert RULES["VALUE-2"].applies(Case.parse(shown)), "the equations before all else"


def test_the_readme_shows_the_end_of_that_run(swapped: Path) -> None:
    (block,) = re.findall(r"^```text\n(=+ findings =+\n.+?)^```$", README, re.MULTILINE | re.DOTALL)
    case = re.search(r"--case (\S+)", block)
    assert case
    done = session("--case", case[1], PYTHONPATH=str(swapped))
    assert re.sub(r" +\d+ x ", "    1 x ", block) in done.stdout


@pytest.mark.parametrize(
    ("id", "module"),
    [
        ("LSTM-seq1-state1-u7-t9-mask.gap", "layer.test_masks"),
        ("GRU-seq1-state0-u7-t9-back1", "layer.test_loop"),
        ("SimpleRNN-seq1-state1-u7-t9-as.bi", "wrappers.test_bidirectional"),
        ("LSTM-seq1-state1-u7-t9", "layer.test_matrix"),
    ],
)
def test_a_case_of_no_profile_is_shown_under_its_subject(id: str, module: str) -> None:
    assert suite.home(Case.parse(id)) == f"tests.conformance.{module}"


def test_in_quiet_runs_the_header_is_one_line() -> None:
    done = session("-q", "--examine=0", *BROKEN)
    assert done.stdout.splitlines()[0] == (
        f"judging: keras {environment.keras_release()} on numpy, {environment.keras_place()}"
    )
    assert "not examined, as --examine=0 asks: 1 case\n" in findings(done)


def test_workers_and_folders_say_the_same(tmp_path: Path) -> None:
    done = session("-n", "1", f"--reports={tmp_path / 'reports'}", *BROKEN)
    text = findings(done)
    assert "1 x VALUE-2: LSTM returns a wrong output (the hidden state" in text
    assert str(tmp_path / "reports" / "VALUE-2-") in text
    assert "--case LSTM-seq0-state0-u1-t2-n1-in1\n" in text


def test_what_holds_though_it_is_known_to_fail_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(KNOWN, encoding="utf-8")
    done = session(f"--known-failures={tmp_path / 'known.toml'}", BROKEN[-1])
    assert done.returncode == 1
    place = f"{tmp_path / 'known.toml'}, line 3"
    assert f"1 x VALUE-2 ({place}): holds though it is known to fail" in findings(done)
    assert "no verdict" not in done.stdout and "not again" not in done.stdout


def test_cases_are_chosen_by_rule() -> None:
    done = session("--profile=smoke", "--rule=MASK-1", "--rule=BACK-1", "--collect-only", "-q")
    ids = [line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert len(ids) > 5
    rules = (RULES["MASK-1"], RULES["BACK-1"])
    assert [id for id in ids if not any(rule.applies(Case.parse(id)) for rule in rules)] == []


def test_the_cases_of_the_gate_and_of_smoke_run_first() -> None:
    done = session("--collect-only", "-q", "--rule=MASK-1")
    ids = [line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    early = {case.id for name in ("gate", "smoke") for case in suite.all_cases(name)}
    first = [id for id in ids if id in early]
    assert len(ids) > len(first) > 5 and ids[: len(first)] == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rule=MASK-99"], "--rule: unknown rule 'MASK-99'; there are MASK-1, MASK-2"),
        (["--rule=mask-1", BROKEN[-1]], "--rule: no case chosen checks MASK-1"),
        (["--examine=x"], "--examine: 'x' is no number"),
    ],
)
def test_a_wrong_choice_is_one_line(arguments: list[str], said: str) -> None:
    done = session(*arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.startswith(f"ERROR: {said}") and done.stderr.strip().count("\n") == 0


def test_options_take_a_space_before_their_argument(tmp_path: Path) -> None:
    """Plain pytest as long as nothing is there yet; the command of the package always."""
    options = ["--results", str(tmp_path / "results.jsonl"), "--reports", str(tmp_path / "reports")]
    assert session(*options, BROKEN[-1]).returncode == 0
    before = (tmp_path / "results.jsonl").stat().st_ino
    command = [sys.executable, "-m", "keras_rnn_conformance", "test", *options, BROKEN[-1]]
    again = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert (tmp_path / "results.jsonl").stat().st_ino != before
