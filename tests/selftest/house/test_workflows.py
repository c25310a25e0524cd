"""The workflows: their scripts are run as the runner would, with a Python that only notes."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.releases.table import check_backend, named

FOLDER = ROOT / ".github" / "workflows"
NOTING = """\
#!/bin/sh
echo "$*" >> "$RUNNER_TEMP/asked"
case "$*" in *"conformance record"*) case "$*" in *--record-only*) ;; *) exit 1 ;; esac ;; esac
case "$*" in *"conformance explain"*) exit 1 ;; esac
"""


@dataclass(frozen=True)
class Step:
    """A step of a job: its text, the script that it runs, and the condition that it has."""

    text: str

    @property
    def script(self) -> str:
        if (block := re.search(r"^ +run: \|\n((?:^ {10}.*\n|^\n)+)", self.text, re.M)) is not None:
            return textwrap.dedent(block[1])
        line = re.search(r"^ +run: (.+)$", self.text, re.M)
        return line[1] if line else ""

    @property
    def unless_success(self) -> bool:
        return re.search(r"^ +if: .*(?:!cancelled|always)", self.text, re.M) is not None


def steps(name: str) -> list[Step]:
    text = (FOLDER / name).read_text(encoding="utf-8").partition("    steps:\n")[2]
    return [Step(f"      - {part}") for part in re.split(r"^ {6}- ", text, flags=re.M)[1:]]


def job(name: str, folder: Path, **settings: str) -> tuple[bool, list[str]]:
    """Run the scripts of a job in turn: whether all went well, and what Python was asked."""
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(NOTING)
    python.chmod(0o755)
    env = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_WORKSPACE": str(folder),
        **settings,
    }
    well = True
    for step in steps(name):
        if step.script and (well or step.unless_success):
            done = subprocess.run(
                ["/bin/bash", "-e", "-o", "pipefail", "-c", step.script],
                env=env,
                capture_output=True,
                check=False,
                cwd=folder,
            )
            well = well and done.returncode == 0
    asked = folder / "asked"
    return well, asked.read_text().splitlines() if asked.exists() else []


def test_a_release_that_breaks_a_rule_is_compared_all_the_same(tmp_path: Path) -> None:
    well, asked = job("releases.yml", tmp_path, KERAS="nightly", BACKEND="jax")
    commands = [line.split()[2] for line in asked if line.startswith("-m keras_rnn_conformance")]
    assert commands == ["record", "releases", "diff", "explain"]
    assert not well, "what is not explained fails the job, after the comparison"


def test_the_weekly_matrix_names_only_what_can_run() -> None:
    text = (FOLDER / "releases.yml").read_text(encoding="utf-8")
    lists = [re.search(rf"^ +{key}: \[(.+)\]$", text, re.M) for key in ("keras", "backend")]
    excluded = re.findall(r"- keras: (\w+)\n +backend: (\w+)", text)
    pairs = set(itertools.product(*(found[1].split(", ") for found in lists if found)))
    assert len(pairs) == 10
    for keras, backend in pairs - {*excluded}:
        check_backend(named(f"keras-{keras}-{backend}"))


SOUND = {
    "KERAS": "keras==3.15.1",
    "KERAS_BACKEND": "jax",
    "PROFILE": "smoke",
    "KNOWN_FAILURES": "",
    "ARTIFACT": "",
}


@pytest.mark.parametrize("name", ["KERAS", "KERAS_BACKEND", "PROFILE", "KNOWN_FAILURES"])
def test_an_input_never_gets_to_a_program_as_an_option(tmp_path: Path, name: str) -> None:
    well, asked = job("conformance.yml", tmp_path, **{**SOUND, name: "--help"})
    assert not well
    assert asked == []


def test_the_keras_that_is_named_is_installed(tmp_path: Path) -> None:
    well, asked = job("conformance.yml", tmp_path, **SOUND)
    assert well
    assert asked[1].endswith(" -- keras==3.15.1")


def test_the_wheel_of_an_artifact_is_downloaded_and_installed(tmp_path: Path) -> None:
    (download,) = [s.text for s in steps("conformance.yml") if "actions/download-art" in s.text]
    assert "name: ${{ inputs.artifact }}" in download
    assert "path: ${{ runner.temp }}/wheel" in download
    wheel = tmp_path / "wheel" / "keras-9.9-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    well, asked = job("conformance.yml", tmp_path, **{**SOUND, "ARTIFACT": "wheel"})
    assert well
    assert asked[1].endswith(f" -- {wheel}")


@pytest.mark.parametrize("held", [(), ("a.whl", "b.whl")])
def test_an_artifact_without_just_one_wheel_is_refused(
    tmp_path: Path, held: tuple[str, ...]
) -> None:
    (tmp_path / "wheel").mkdir()
    for name in held:
        (tmp_path / "wheel" / name).touch()
    well, asked = job("conformance.yml", tmp_path, **{**SOUND, "ARTIFACT": "wheel"})
    assert (well, asked) == (False, [])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    used = re.findall(r"^ +-? ?uses: (\S+)", path.read_text(encoding="utf-8"), re.M)
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []
