"""Makes the environments of the table, each when it is first needed.

What is made is filled in a temporary folder beside its place and moved there when it is complete,
with a marker that says what was installed. A folder without the marker is never used or removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import (
    finish,
    locked,
    made_of,
    making,
    spoken,
    sweep,
    temporary,
)
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
_FRESH: dict[tuple[str, Path], Path] = {}
"""The folders of moving releases that this process installed: they do not move within a run."""
DEFAULT = BUILD / "releases"
_VERSION = re.compile(r"^__version__\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)


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
        CommandFault: if what is there was not made here, or is not complete.
    """
    check_backend(release)
    environment = ENVIRONMENTS[release.environment]
    folder = folder.absolute()
    given = python is not None and environment.name in ANY_KERAS3
    if given and python is not None and not python.exists():
        raise NotHere(f"{python} is not here: name a Python that has every package")
    what = _what(release, folder)
    with _ONE_AT_A_TIME:
        with spoken(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            sweep(folder)
            if python is None or not given:
                python = _own(environment, folder / environment.name)
            return Place(python.absolute(), _keras(release, what, python.absolute(), folder))


def _what(release: Release, folder: Path) -> str:
    """What pip installs: a requirement of the table, or the whole path of a source."""
    if release.requirement:
        return release.requirement
    given = os.environ.get("KERAS_SOURCE", "")
    if not given:
        raise NotHere("set KERAS_SOURCE to a checkout of Keras, or to a wheel of it")
    if given.startswith("-"):
        raise CommandFault(f"KERAS_SOURCE: {given!r} is no path of a checkout or a wheel")
    source = Path(given).expanduser().absolute()
    if not source.exists():
        raise CommandFault(f"KERAS_SOURCE: {source} is not here")
    inner, outer = source.resolve(), folder.resolve()
    if inner == outer or inner in outer.parents or outer in inner.parents:
        raise CommandFault(
            f"KERAS_SOURCE: {source} and {folder}, the folder of the environments, "
            "lie one in the other; choose another --environments"
        )
    return str(source)


def _own(environment: Environment, place: Path) -> Path:
    """The interpreter of an environment of ours, which is made if it is not there."""
    facts = {
        "made": "environment",
        "python": environment.python,
        "pip": environment.pip,
        "installed": list(environment.pins),
    }
    if not _complete(place, facts):
        _make(environment, place, facts)
    return place / "bin" / "python"


def _complete(place: Path, facts: dict[str, Any]) -> bool:
    """Whether a folder is there and was made of just this; False if there is none.

    Raises:
        CommandFault: if it is anything else.
    """
    if not place.exists() and not place.is_symlink():
        return False
    made = made_of(place)
    if made is None:
        raise CommandFault(
            f"{place}: nothing says that it was made here and is complete: "
            "move it away, and it is made anew"
        )
    if {key: made.get(key) for key in facts} != facts:
        raise CommandFault(
            f"{place}: was made of other packages than the table has now: "
            "move it away, and it is made anew"
        )
    return True


def _make(environment: Environment, place: Path, facts: dict[str, Any]) -> None:
    interpreter = _interpreter(environment.python)
    if interpreter is None:
        raise NotHere(
            f"{environment.name} needs Python {environment.python}, which is not here: "
            f"put python{environment.python} on the PATH"
        )
    _say(f"{environment.name}: making its environment under {place.parent}, which takes minutes")
    with making(place, facts) as fresh:
        # An environment may be moved as long as it is run as bin/python, never by its scripts.
        python = str(fresh / "bin" / "python")
        _run([interpreter, "-m", "venv", str(fresh)], environment.name)
        _run([python, "-m", "pip", "install", "-q", "--upgrade", environment.pip], environment.name)
        _say(f"{environment.name}: installing {', '.join(environment.pins)}")
        _run([python, "-m", "pip", "install", "-q", *environment.pins], environment.name)
    _say(f"{environment.name}: ready")


def _interpreter(version: str) -> str | None:
    """A Python of the version: on the PATH, or one that pyenv keeps."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = sorted(root.glob(f"versions/{version}.*/bin/python"))
    interpreters = [str(kept[-1])] if kept else [p for p in [shutil.which(f"python{version}")] if p]
    return interpreters[0] if interpreters else None


def _keras(release: Release, what: str, python: Path, folder: Path) -> Path:
    """The folder of the Keras of a release.

    A moving release is installed once in every process, into a folder named by its content: what
    another process runs from is never replaced.
    """
    if release.version not in MOVING:
        place = folder / f"{what.partition('==')[0]}-{release.version}"
        facts = {"made": "keras", "requirement": what, "version": release.version}
        if not _complete(place, facts):
            with making(place, facts) as fresh:
                _install(release, what, python, fresh)
                if version_in(fresh, release) != release.version:
                    raise CommandFault(
                        f"{release.name}: pip installed Keras "
                        f"{version_in(fresh, release)} for {what}"
                    )
        return place
    if (what, folder) not in _FRESH:
        with temporary(folder) as around:
            fresh = around / "keras"
            _install(release, what, python, fresh)
            version, digest = version_in(fresh, release), _digest(fresh)
            place = folder / f"keras-{release.version}-{digest}"
            if not _complete(place, {"made": "keras", "digest": digest}):
                facts = {"requirement": what, "version": version}
                finish(fresh, place, {"made": "keras", "digest": digest, **facts})
        _FRESH[what, folder] = place
    return _FRESH[what, folder]


def _install(release: Release, what: str, python: Path, fresh: Path) -> None:
    _say(f"{release.name}: installing {what}")
    command = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--target", str(fresh)]
    _run([*command, "--", what], release.name)


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]


def version_in(folder: Path, release: Release) -> str:
    """The version that the sources of an installed Keras give.

    Raises:
        CommandFault: if there is no Keras in the folder, or it names no version.
    """
    module = folder / release.module
    for name in ("src/version.py", "version.py", "src/__init__.py", "__init__.py"):
        path = module / name
        match = _VERSION.search(path.read_text(encoding="utf-8")) if path.is_file() else None
        if match:
            return match[1]
    raise CommandFault(f"{release.name}: {folder} holds no {release.module} with a version")


def _say(text: str) -> None:
    """A line of progress, apart from what a command prints."""
    print(f"  {text}", file=sys.stderr, flush=True)


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line] or ["no reason"]
        raise NotHere(f"{name}: cannot install: {errors[-1].strip()}")
