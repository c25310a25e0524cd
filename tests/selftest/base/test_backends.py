"""A backend is what Keras can load: one that the suite does not know is judged like the others."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base import backends, environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import EnvironmentFault
from keras_rnn_conformance.base.paths import ROOT
from tests.selftest import renamed_backend
from tests.selftest.renamed_backend import NAME

CASES = (
    "LSTM-seq1-state1-u3-t5-mask.gap",
    "GRU-seq1-state1-u2-t3-via.predict",
    "LSTM-seq0-state0-u2-t3-do.grad",
    "LSTM-seq0-state0-u2-t3-do.fit-what.epoch",
    "GRU-seq0-state0-u2-t3-f64",
    "LSTM-seq0-state0-u2-t3-via.jit",
    "LSTM-seq0-state0-u2-t3-via.graph",
    "GRU-seq0-state0-u2-t3-do.h5",
)
FAULT = """

_sound = rnn


def rnn(*given, **options):
    last, outputs, states = _sound(*given, **options)
    return 1.001 * last, outputs, states
"""
"""Makes the last output of every loop wrong by a thousandth."""


def tree(folder: Path, pluggable: str = "") -> Path:
    """What the names of backends are read from, of a Keras that has numpy and jax."""
    keras = folder / "keras"
    for name in ("common", "jax", "numpy"):
        (keras / "src" / "backend" / name).mkdir(parents=True)
        (keras / "src" / "backend" / name / "__init__.py").touch()
    (keras / "src" / "backend" / "config.py").write_text(pluggable, encoding="utf-8")
    return keras


PLUGGABLE = 'PLUGGABLE_BACKENDS = frozenset(["mlx", "openvino"])\n'


def test_the_backends_of_a_keras_are_its_folders(tmp_path: Path) -> None:
    assert backends.of_keras(tree(tmp_path)) == ["jax", "numpy"]


def test_a_package_beside_keras_brings_a_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras = tree(tmp_path, PLUGGABLE)
    assert not backends.plugged_in(NAME, keras)
    (tmp_path / f"keras_{NAME}").mkdir()
    (tmp_path / f"keras_{NAME}" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert backends.plugged_in(NAME, keras)
    assert not backends.plugged_in("numpy", keras), "Keras's own comes first"
    assert not backends.hooked_in(NAME, keras), "this Keras looks for it"
    (keras / "src" / "backend" / "config.py").write_text("", encoding="utf-8")
    assert backends.hooked_in(NAME, keras)


@pytest.mark.parametrize(
    ("name", "known"),
    [("mlx", True), ("openvino", True), ("numpy", True), (NAME, False), ("../x", False)],
)
def test_a_name_is_known_to_the_suite_or_to_keras(tmp_path: Path, name: str, known: bool) -> None:
    assert backends.known_of(name, tree(tmp_path, PLUGGABLE)) is known


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (NAME, f"KERAS_BACKEND={NAME} is unknown; use one of jax, numpy"),
        ("mlx", "needs keras_mlx, which is not installed: pip install --no-deps keras-mlx"),
        ("openvino", "needs keras_openvino, which is not installed"),
    ],
)
def test_what_is_missing_is_said_in_a_line(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras = tree(tmp_path, PLUGGABLE)
    monkeypatch.setattr(environment, "keras_place", lambda: str(keras))
    monkeypatch.setattr(environment, "backend", lambda: name)
    with pytest.raises(EnvironmentFault, match=said):
        environment.check()


def judged(folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of the suite on the copy of Keras that a folder holds."""
    chosen = [word for case in CASES for word in ("--case", case)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--examine", "0", *chosen],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), "KERAS_BACKEND": NAME},
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in BACKENDS["numpy"][0].split()),
    reason="needs what the numpy backend needs",
)
def test_a_backend_of_another_name_is_judged_and_a_fault_in_it_is_found(tmp_path: Path) -> None:
    backend = renamed_backend.write(Path(environment.keras_place()), tmp_path)
    sound = judged(tmp_path)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert f"{tmp_path}/keras, backend {NAME}," in sound.stdout
    assert "no gradients: fit of a Dense layer ends in NotImplementedError" in sound.stdout
    with (backend / "rnn.py").open("a", encoding="utf-8") as file:
        file.write(FAULT)
    faulty = judged(tmp_path)
    assert faulty.returncode == 1, faulty.stdout + faulty.stderr
    assert "LSTM-seq0-state0-u2-t3-via.jit" in faulty.stdout
