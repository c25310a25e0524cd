"""Makes the environments of the table, each when it is first needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base.paths import BUILD
from keras_rnn_conformance.releases.table import (
    ANY_KERAS3,
    ENVIRONMENTS,
    MOVING,
    Environment,
    NotHere,
    Release,
    check_backend,
)

_ONE_AT_A_TIME = threading.Lock()
DEFAULT = BUILD / "releases"


@dataclass(frozen=True)
class Place:
    """Where a release runs.

    Attributes:
        python: the interpreter.
        keras: the folder that holds that Keras alone.
    """

    python: Path
    keras: Path


def prepared(release: Release, folder: Path, python: Path | None = None) -> Place:
    """The environment and the Keras of a release, made if need be.

    Args:
        release: the release.
        folder: where environments are kept.
        python: a Python with every package of the environments of Keras 3, to take in their place.

    Raises:
        NotHere: if the release lacks the backend, or the interpreter or a package is missing.
    """
    check_backend(release)
    environment = ENVIRONMENTS[release.environment]
    with _ONE_AT_A_TIME:
        if python is None or environment.name not in ANY_KERAS3:
            python = _own(environment, folder / environment.name)
        elif not python.exists():
            raise NotHere(f"{python} is not here: name a Python that has every package")
        keras = folder / f"{release.requirement.partition('==')[0] or 'keras'}-{release.version}"
        if release.version in MOVING:
            shutil.rmtree(keras, ignore_errors=True)
        if not keras.exists():
            _install_keras(release, python, keras)
    return Place(python, keras)


def _own(environment: Environment, place: Path) -> Path:
    """The interpreter of an environment of ours, which is made if it is not there."""
    python = place / "bin" / "python"
    if not python.exists():
        _make(environment, place)
    return python


def _make(environment: Environment, place: Path) -> None:
    """Make an environment in a folder that must not exist yet: only what is ours is removed."""
    interpreter = _interpreter(environment.python)
    if interpreter is None:
        raise NotHere(
            f"{environment.name} needs Python {environment.python}, which is not here: "
            f"put python{environment.python} on the PATH"
        )
    if place.exists():
        raise NotHere(f"{place} holds no environment: move it away, and it is made anew")
    place.parent.mkdir(parents=True, exist_ok=True)
    python = str(place / "bin" / "python")
    try:
        _run([interpreter, "-m", "venv", str(place)], environment.name)
        _run([python, "-m", "pip", "install", "-q", "--upgrade", environment.pip], environment.name)
        _run([python, "-m", "pip", "install", "-q", *environment.pins], environment.name)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _interpreter(version: str) -> str | None:
    """A Python of the version: on the PATH, or one that pyenv keeps."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = sorted(root.glob(f"versions/{version}.*/bin/python"))
    found = [str(kept[-1])] if kept else [p for p in [shutil.which(f"python{version}")] if p]
    return found[0] if found else None


def _install_keras(release: Release, python: Path, place: Path) -> None:
    what = release.requirement or os.environ.get("KERAS_SOURCE", "")
    if not what:
        raise NotHere("set KERAS_SOURCE to a checkout of Keras, or to a wheel of it")
    place.parent.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--target", str(place)]
    try:
        _run([*command, what], release.name)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line] or ["no reason"]
        raise NotHere(f"{name}: cannot install: {errors[-1].strip()}")
