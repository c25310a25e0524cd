"""The README is true: its commands run, its options and files exist, its failure is a real one."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.cli.commands import COMMANDS as COMMANDS_OF_THE_SUITE
from tests.conformance.layer import test_matrix

README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
SET_UP = re.compile(
    r"python3 -m venv \.venv && \.venv/bin/pip install '(?P<what>\.\[[a-z,]+\])' && \.venv/bin/"
)


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]
SETTING_UP = [command for command in COMMANDS if SET_UP.match(command)]
RUNNING = [
    c for c in COMMANDS if re.match(r"([A-Z_]+=\w+ )*(python -m |keras-rnn-conformance\b)", c)
]
BREAKING = next(command for command in RUNNING if "broken_layer" in command)
TOX = [command for command in COMMANDS if command.startswith("tox run -e ")]


@cache
def tox_settings() -> configparser.ConfigParser:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini", encoding="utf-8")
    return settings


def tox_commands() -> set[str]:
    found = (section.get("commands", "") for section in tox_settings().values())
    return {line.replace("{posargs}", "").strip() for text in found for line in text.splitlines()}


def run(command: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the README with this interpreter, in the checkout."""
    words = shlex.split(command)
    start = next(i for i, word in enumerate(words) if "=" not in word)
    settings = dict(word.split("=", 1) for word in words[:start])
    installed = words[start] == "keras-rnn-conformance"
    given = ["-m", "keras_rnn_conformance"] if installed else []
    return subprocess.run(
        [sys.executable, *given, *words[start + 1 :], *more],
        cwd=ROOT,
        env={**os.environ, **settings},
        text=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def test_every_command_is_of_a_kind_that_is_tested_here() -> None:
    assert set(COMMANDS) == {*SETTING_UP, *RUNNING, *TOX, ".ci/run"}
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_two_commands_do_all_the_set_up_and_are_what_ci_and_tox_run() -> None:
    main_job, project_tests = (SET_UP.sub("", command) for command in SETTING_UP)
    assert main_job in tox_commands()
    assert f"step {main_job} --profile smoke -n 2" in CI
    assert f"step {project_tests} -n 3" in CI
    assert {f"python -m pytest tests/{name}" for name in ("oracle", "selftest")} <= tox_commands()
    assert f"install --quiet '{SET_UP.match(SETTING_UP[1])['what']}'" in CI  # type: ignore[index]


@pytest.mark.parametrize("command", TOX)
def test_tox_environments_exist(command: str) -> None:
    for name in command.removeprefix("tox run -e ").split(","):
        assert f"testenv:{name}" in tox_settings()


@pytest.mark.parametrize("command", [command for command in RUNNING if command != BREAKING])
def test_commands_run(command: str) -> None:
    if "conformance" in command:
        cheap: Sequence[str] = () if {"--help", "--list"} & {*command.split()} else ("--help",)
    else:
        cheap = () if "--list-" in command else ("--list-axes",)
    done = run(command, *cheap)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_what_needs_the_checkout_is_written_so() -> None:
    """The command that is installed would refuse it."""
    needing = {command.name for command in COMMANDS_OF_THE_SUITE if command.checkout}
    for command in (c for c in RUNNING if "pytest" not in c):
        written = "python -m keras_rnn_conformance" in command
        assert written is bool(needing & {*command.split()}), command


def test_patterns_of_k_choose_cases() -> None:
    section = README.split("## Choose what runs")[1].split("\n## ")[0]
    patterns = re.findall(r"^\| `-k \"?(.+?)\"?` \|", section, re.MULTILINE)
    assert len(patterns) == 5
    for pattern in patterns:
        done = run("python -m pytest --profile smoke --collect-only -q -k", pattern)
        assert done.returncode == 0, pattern


def test_case_ids_name_cases() -> None:
    ids = re.findall(r"--case (\w+-[\w.-]+)", README)
    assert len(ids) >= 3
    for text in ids:
        assert Case.parse(text).id == text


def test_the_failure_is_what_the_broken_layer_gives() -> None:
    printed = next(block for block in blocks("text") if block.startswith("case  "))
    done = run(BREAKING)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(_pattern(printed), _rounded(done.stdout)), done.stdout


def _pattern(block: str) -> str:
    """The block as a pattern, in which `...` stands for the rest of a line."""
    return re.escape(_rounded(block)).replace(re.escape("..."), "[^\n]*")


def _rounded(text: str) -> str:
    """Numbers to three digits: the fourth may differ from machine to machine."""
    return re.sub(r"-?\d+\.\d+(?:e[+-]\d+)?", lambda number: f"{float(number[0]):.3g}", text)


def test_every_option_exists() -> None:
    known = {"--help"}
    helps = [f"keras-rnn-conformance {command.name} --help" for command in COMMANDS_OF_THE_SUITE]
    for command in ("python -m pytest --help", *helps):
        known.update(re.findall(r"--[a-z][a-z-]+", run(command).stdout))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    # pytest shows one of two spellings that differ by a hyphen alone
    bare = {option.replace("-", "") for option in known}
    assert [option for option in named if option.replace("-", "") not in bare] == []


def test_every_path_exists() -> None:
    named = re.findall(r"`((?:tests|fixtures|reference_impl)\b[\w./-]*)`", README)
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_backend_is_named() -> None:
    section = README.split("## Backends")[1].split("##")[0]
    assert [name for name in BACKENDS if f"`{name}`" not in section] == []


def test_the_numbers_are_those_of_the_suite_and_the_fixtures() -> None:
    assert f"({len(list(test_matrix.cases('default')))} cases)" in README
    facts = article.load()
    printed = facts.listings[2].printed[0].decimals.value.item()
    today = next(r for r in facts.records if (r.layer, r.generation) == ("LSTM", "keras3"))
    number = today.arrays(sequences=False)["output"].value.item()
    assert f"prints {printed:.8f} where today's Keras gives {number:.8f}" in " ".join(
        README.split()
    )
