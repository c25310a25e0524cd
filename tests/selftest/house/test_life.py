"""The walk-through of a model's life: its code runs as it stands, and its cases judge each step."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.releases.environments import DEFAULT
from tests.selftest.sessions import PYTEST

PAGE = (ROOT / "docs" / "life_of_a_model.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HERE = [block for block in BLOCKS if "# in the other release" not in block]
ELSEWHERE = [block for block in BLOCKS if "# in the other release" in block]
CASES = re.findall(r"`(\w+-seq[\w.-]+)`", PAGE)
TRAINS = [name for name in ("torch", "tensorflow", "jax") if importlib.util.find_spec(name)]

pytestmark = pytest.mark.skipif(not TRAINS, reason="no backend here trains a model")


def run(folder: Path, code: str, path: str = "") -> None:
    settings = {"KERAS_BACKEND": TRAINS[0], "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the code of the page has run."""
    folder = tmp_path_factory.mktemp("life")
    run(folder, "\n".join(HERE))
    return folder


def test_the_code_of_the_page_runs(lived: Path) -> None:
    assert (lived / "translator.keras").is_file()
    assert len(HERE) > 4 and len(ELSEWHERE) == 1


def test_the_file_loads_in_another_release(lived: Path) -> None:
    made = [path for path in DEFAULT.glob("keras-3.*") if (path / "keras").is_dir()]
    later = {Version(path.name.split("-")[1]): path for path in made}
    newest = max(later, default=Version("0"))
    if newest <= Version(environment.keras_release()):
        pytest.skip("no environment of a later release is made here, and none reads newer files")
    run(lived, ELSEWHERE[0], str(later[newest]))


def test_each_step_is_judged() -> None:
    steps = [part for part in PAGE.split("\n## ")[1:] if "| step |" in part]
    assert len(steps) == PAGE.count("\n## "), "a step that no case judges"
    chosen = [word for case in CASES for word in ("--case", case)]
    done = subprocess.run(
        [*PYTEST, *chosen],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": TRAINS[0]},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    failing = len([case for case in CASES if re.search(r"gru_states|states_h5", case)])
    assert f"{len(CASES) - failing} passed, {failing} xfailed" in done.stdout
