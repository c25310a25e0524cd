"""The wheel alone, in a fresh environment and an empty folder, does what the checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from keras_rnn_conformance.cli.commands import COMMANDS
from keras_rnn_conformance.results.file import load

pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install '.[test]'")
pytest.importorskip("pip", reason="pip installs the wheel")
ROOT = Path(__file__).resolve().parents[3]
KNOWN = "SimpleRNN-seq1-state0-u3-t5-act.sparsemax"
CASES = ("LSTM-seq1-state1-u3-t5", "GRU-seq0-state1-u3-t5-mask.gap", KNOWN)
CHOSEN = [f"--case={id}" for id in CASES]
OWN = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS")
NUMPY = {k: v for k, v in os.environ.items() if k not in OWN} | {"KERAS_BACKEND": "numpy"}


def executed(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=NUMPY,
        text=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


class Installed:
    """A virtual environment with the wheel; all else comes from this interpreter's."""

    def __init__(self, folder: Path) -> None:
        wheels, place = folder / "wheels", folder / "venv"
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        built = executed(
            [
                *pip,
                "wheel",
                "--no-build-isolation",
                "--no-deps",
                "--no-index",
                "-w",
                str(wheels),
                str(ROOT),
            ],
            folder,
        )
        assert built.returncode == 0, built.stderr
        venv.create(place, with_pip=False, symlinks=True)
        self.bin = place / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / "python"
        (wheel,) = wheels.glob("*.whl")
        installed = executed(
            [*pip, "--python", str(self.python), "install", "--no-deps", "--no-index", str(wheel)],
            folder,
        )
        assert installed.returncode == 0, installed.stderr
        (self.package,) = place.rglob("site-packages/keras_rnn_conformance")
        others = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
        (self.package.parent / "others.pth").write_text("\n".join(others) + "\n")
        self.before = self.files()

    def files(self) -> dict[str, int]:
        return {
            str(path): path.stat().st_mtime_ns
            for path in self.package.parent.rglob("*")
            if path.is_file()
        }

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        return executed([str(self.bin / "keras-rnn-conformance"), *arguments], folder)

    def pytest(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run plain pytest, which would keep what it compiles of a plugin."""
        return executed([str(self.python), "-B", "-m", "pytest", *arguments], folder)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


def test_the_command_explains_itself(installed: Installed, tmp_path: Path) -> None:
    done = installed.run(tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert [c.name for c in COMMANDS if f"\n    {c.name}" not in done.stdout] == []


def test_the_main_job_gives_the_results_of_the_checkout(
    installed: Installed, tmp_path: Path
) -> None:
    here, there = tmp_path / "empty", tmp_path / "of the checkout.jsonl"
    here.mkdir()
    done = installed.run(here, "test", *CHOSEN, "--results", "results.jsonl")
    again = executed([sys.executable, "-m", "pytest", *CHOSEN, f"--results={there}"], ROOT)
    assert (done.returncode, again.returncode) == (0, 0), done.stdout + done.stderr
    mine, theirs = load(here / "results.jsonl"), load(there)
    assert mine.timeless() == theirs.timeless()
    assert sorted(mine.rows) == sorted(CASES)
    said = [line for line in done.stdout.splitlines() if line.startswith(("cases: ", "known: "))]
    assert said[0].startswith("cases: 2 passed, 1 known failures")
    assert [line for line in said if line not in again.stdout] == []


def test_workers_write_the_same_and_overwrite_a_file_of_results(
    installed: Installed, tmp_path: Path
) -> None:
    path = tmp_path / "results.jsonl"
    for options in (("-n", "2"), ("-q",)):
        done = installed.run(tmp_path, "test", *CHOSEN, "--results", str(path), *options)
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(load(path).rows) == sorted(CASES)


def test_the_settings_of_pytest_are_those_of_the_checkout(
    installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "test_mine.py").write_text(
        "import pytest\n\n@pytest.mark.xfail\ndef test_passes():\n    pass\n"
    )
    (tmp_path / "test_marked.py").write_text(
        "import pytest\n\n@pytest.mark.of_nobody\ndef test_passes():\n    pass\n"
    )
    done = installed.run(tmp_path, "test", "test_mine.py")
    assert done.returncode == 1
    assert "[XPASS(strict)]" in done.stdout and "FAILED test_mine.py::test_passes" in done.stdout
    assert "not found in `markers`" in installed.run(tmp_path, "test", "test_marked.py").stdout


def test_a_run_that_does_not_ask_for_the_plugin_has_none(
    installed: Installed, tmp_path: Path
) -> None:
    assert "--case-timeout" not in installed.pytest(tmp_path, "--help").stdout
    asked = installed.pytest(tmp_path, "-p", "keras_rnn_conformance.pytest_plugin", "--help")
    assert "--case-timeout" in asked.stdout


def test_a_known_failing_case_is_reported(installed: Installed, tmp_path: Path) -> None:
    done = installed.run(tmp_path, "report", KNOWN, "--seconds", "5")
    assert done.returncode == 0, done.stderr
    assert "sparsemax" in done.stdout and "import keras" in done.stdout


def test_recorded_releases_are_compared(installed: Installed, tmp_path: Path) -> None:
    done = installed.run(tmp_path, "diff", "3.5-numpy", "3.15-numpy")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("3.5.0-numpy to 3.15.1-numpy, ")


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.checkout])
def test_what_needs_a_checkout_says_so(installed: Installed, tmp_path: Path, name: str) -> None:
    done = installed.run(tmp_path, name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "needs a checkout" in done.stderr


def test_nothing_was_written_into_the_installed_package(installed: Installed) -> None:
    assert installed.files() == installed.before
