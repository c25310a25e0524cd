"""The action, and the lines of README that call it: run as a runner would, with a noting Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.paths import ROOT

yaml: Any = pytest.importorskip("yaml", reason="PyYAML reads the workflows; .[test] installs it")

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load(
    (ROOT / ".github" / "workflows" / "conformance.yml").read_text(encoding="utf-8")
)
LINT = shutil.which("actionlint")
NOTING = """\
#!/bin/sh
echo "${KERAS_BACKEND-}: $*" >> "$RUNNER_TEMP/asked"
case "${KERAS_BACKEND-}: $*" in "$BREAKS"*) exit 1 ;; esac
"""


def blocks(kind: str) -> list[str]:
    """The blocks of README's section on CI."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## In your own CI")[2].partition("\n## ")[0]
    return re.findall(rf"^```{kind}\n(.*?)^```$", section, re.M | re.S)


def run(folder: Path, breaks: str = "nothing", **given: str) -> tuple[int, list[str]]:
    """Run the steps of the action with inputs: the exit status, and what Python was asked."""
    assert set(given) <= {name.replace("-", "_") for name in ACTION["inputs"]}
    inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): text for name, text in given.items()}
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(NOTING)
    python.chmod(0o755)
    outside = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_ACTION_PATH": "/action",
        "BREAKS": breaks,
    }
    status = 0
    for step in ACTION["runs"]["steps"]:
        env = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: inputs[m[1]], text)
            for name, text in step["env"].items()
        }
        status = (
            status
            or subprocess.run(
                ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
                env={**outside, **env},
                cwd=folder,
                capture_output=True,
                check=False,
            ).returncode
        )
    asked = folder / "asked"
    return status, asked.read_text().splitlines() if asked.exists() else []


def test_keras_is_judged_on_every_backend(tmp_path: Path) -> None:
    status, asked = run(tmp_path, backend="numpy jax", keras="keras-nightly", reports="found")
    assert status == 0
    judge = "-m keras_rnn_conformance test --profile=smoke -n auto --reports=found"
    assert asked == [
        ": -m pip install --quiet /action[numpy,jax]",
        ": -m pip install --quiet --upgrade --force-reinstall --no-deps -- keras-nightly",
        f"numpy: {judge}/numpy",
        f"jax: {judge}/jax",
    ]


def test_layers_of_ones_own_are_installed_and_judged(tmp_path: Path) -> None:
    status, asked = run(
        tmp_path,
        backend="numpy",
        install=".",
        layer="LSTM=my.layers:MyLSTM\nGRU=my.layers:MyGRU",
        tests="tests/test_mine.py",
        known_failures="ours.toml",
    )
    assert status == 0
    assert asked[1:] == [
        ": -m pip install --quiet -- .",
        "numpy: -m keras_rnn_conformance test --profile=smoke -n auto "
        "--layer=LSTM=my.layers:MyLSTM --layer=GRU=my.layers:MyGRU --known-failures=ours.toml",
        "numpy: -m pytest tests/test_mine.py",
    ]


def test_tests_alone(tmp_path: Path) -> None:
    status, asked = run(tmp_path, backend="numpy", profile="none", tests="a.py b.py")
    assert (status, asked[1:]) == (0, ["numpy: -m pytest a.py b.py"])


def test_a_failure_on_one_backend_is_shown_after_the_others_ran(tmp_path: Path) -> None:
    status, asked = run(tmp_path, breaks="numpy: -m keras", backend="numpy jax")
    assert status == 1
    assert [line.partition(":")[0] for line in asked[1:]] == ["numpy", "jax"]


@pytest.mark.parametrize("name", sorted(ACTION["inputs"]))
def test_no_input_gets_to_a_program_as_an_option(tmp_path: Path, name: str) -> None:
    assert run(tmp_path, **{name.replace("-", "_"): "--help"}) == (2, [])


def test_what_readme_calls_has_the_inputs_that_it_gives() -> None:
    called = 0
    for text in blocks("yaml"):
        for job in yaml.safe_load(text)["jobs"].values():
            for use in [job, *job.get("steps", [])]:
                target, given = use.get("uses", ""), set(use.get("with", {}))
                if target.startswith("OWNER/REPOSITORY/"):
                    takes = WORKFLOW[True]["workflow_call"]["inputs"]
                    required = {name for name, one in takes.items() if one.get("required")}
                    assert target.split("@")[0].endswith("/.github/workflows/conformance.yml")
                elif target.startswith("OWNER/REPOSITORY@"):
                    takes, required = ACTION["inputs"], set()
                else:
                    continue
                assert required <= given <= set(takes)
                called += 1
    assert called == 2


def test_the_layers_of_readme_are_named_as_the_option_wants(tmp_path: Path) -> None:
    (step,) = [
        step
        for text in blocks("yaml")
        for job in yaml.safe_load(text)["jobs"].values()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("OWNER/REPOSITORY@")
    ]
    given = {name.replace("-", "_"): str(text) for name, text in step["with"].items()}
    status, asked = run(tmp_path, **given)
    assert status == 0
    assert any("--layer=LSTM=" in line for line in asked)


@pytest.mark.skipif(LINT is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    for number, text in enumerate(blocks("yaml")):
        if "on:" in text:
            files.append(tmp_path / f"readme{number}.yml")
            files[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(
        [str(LINT), *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
