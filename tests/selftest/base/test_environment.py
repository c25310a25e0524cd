"""What the process under judgement is told before Keras is imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.subject import preparation

# An XLA that knows flags of a CPU alone, and ends the process at any other as XLA does.
STAND_IN = """
import os
class CompileOptions:
    def __init__(self):
        if not all("cpu" in flag for flag in os.environ["XLA_FLAGS"].split()):
            os.abort()
"""


@pytest.fixture
def jaxlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a jaxlib stands that is no more than its reading of flags."""
    package = tmp_path / "jaxlib"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "xla_client.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(preparation, "_has_plugins", lambda: False)
    return tmp_path


def told(monkeypatch: pytest.MonkeyPatch, given: str) -> list[str]:
    monkeypatch.setenv("XLA_FLAGS", given)
    preparation._compile_plainly()
    return os.environ["XLA_FLAGS"].split()


def test_only_flags_that_this_xla_knows_are_set(
    jaxlib: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(monkeypatch, "") == ["--xla_cpu_use_fusion_emitters=false"]


def test_flags_of_the_user_come_last_and_are_kept(
    jaxlib: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = "--xla_cpu_use_fusion_emitters=true"
    assert told(monkeypatch, mine)[-1] == mine


def test_a_device_of_a_plugin_has_its_programs_optimized(
    jaxlib: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "_has_plugins", lambda: True)
    assert told(monkeypatch, "--mine=1") == ["--mine=1"]


def broken_keras(folder: Path) -> None:
    """Put a Keras into a folder that says its release and cannot be imported."""
    (folder / "keras" / "src").mkdir(parents=True)
    (folder / "keras" / "__init__.py").write_text("raise ImportError('no arms')")
    (folder / "keras" / "src" / "version.py").write_text('__version__ = "3.15.1"\n')


@pytest.mark.parametrize(
    "command", ["article", "seeds --count 1", "sabotage", "report LSTM-seq1-state1-u3-t5"]
)
def test_a_command_says_in_one_line_that_keras_cannot_be_imported(
    tmp_path: Path, command: str
) -> None:
    broken_keras(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "keras_rnn_conformance", *command.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"keras-rnn-conformance {command.split()[0]}: Keras 3.15.1 ")
    place = f"ImportError: no arms, in {tmp_path / 'keras' / '__init__.py'}, line 1\n"
    assert done.stderr.endswith(place) and done.stderr.count("\n") == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_keras_that_cannot_be_imported_ends_the_run_with_its_reason(
    tmp_path: Path, workers: str
) -> None:
    broken_keras(tmp_path)
    results = tmp_path / "results.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--profile", "smoke", f"--results={results}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    tried = re.search(r"^(\d+) failed in ", done.stdout, re.MULTILINE)
    if workers == "0":
        assert done.returncode == 4 and tried is None
        assert done.stderr.startswith("ERROR: Keras 3.15.1 cannot be imported on ")
    else:
        assert done.returncode in (1, 2)
        assert "Keras 3.15.1 cannot be imported on " in done.stdout
        assert tried and int(tried[1]) <= int(workers), "one case a worker learns it"
    assert not results.exists()


def test_a_backend_is_told_its_settings_before_it_is_asked_for_its_device() -> None:
    code = """
import os
from keras_rnn_conformance.judging import capability
capability.device()
print(os.environ["TF_ENABLE_ONEDNN_OPTS"])
"""
    settings = {name: value for name, value in os.environ.items() if "ONEDNN" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=settings, capture_output=True, text=True
    )
    assert done.stdout == "0\n", done.stderr


def test_scripts_run_on_the_keras_that_was_judged(tmp_path: Path) -> None:
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").touch()
    code = "from keras_rnn_conformance.base import environment; print(environment.path_to_keras())"
    for path, want in (
        (f"{tmp_path}{os.pathsep}elsewhere", {"PYTHONPATH": str(tmp_path)}),
        ("", {}),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == str(want)


def test_double_precision_that_the_user_gave_jax_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JAX_ENABLE_X64", "1")
    preparation.prepare()
    assert os.environ["JAX_ENABLE_X64"] == "0"
