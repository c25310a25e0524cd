"""Runs the suite on one release: live on Keras 3, through files on what is older.

A live run needs nothing here but the standard library: what the suite needs is in the environment
of the release.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import PACKAGE, ROOT
from keras_rnn_conformance.releases.environments import Place, prepared, version_in
from keras_rnn_conformance.releases.table import MOVING, Release
from keras_rnn_conformance.results.file import Results, load

OBSERVER = PACKAGE / "standalone" / "observer.py"


@dataclass(frozen=True)
class Selection:
    """Which cases to run, and how.

    Attributes:
        profile: the profile, where no ids are given.
        cases: the ids of cases.
        options: further options of `keras-rnn-conformance test`, for a run on Keras 3 alone.
    """

    profile: str = "smoke"
    cases: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """As pytest and `export` take them."""
        chosen = [word for case in self.cases for word in ("--case", case)]
        return ["--profile", self.profile, *chosen]


def results_of(
    release: Release, selection: Selection, folder: Path, python: Path | None = None
) -> Results:
    """What a release gives, in an environment that is made if need be.

    Raises:
        NotHere: if it cannot run on this machine.
        CommandFault: if it was run and gave no results.
    """
    return run_in(prepared(release, folder, python), release, selection)


def run_in(place: Place, release: Release, selection: Selection, workers: int = 1) -> Results:
    """What a release gives in its environment.

    Raises:
        CommandFault: if it was run and gave no results.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        run = _live if release.live else _through_files
        return verified(run(release, selection, place, Path(name), workers), release, place)


def verified(results: Results, release: Release, place: Place) -> Results:
    """Results, which must be of the release and the backend that were asked for.

    Raises:
        CommandFault: if another Keras, or another backend, computed.
    """
    moving = release.version in MOVING
    wanted = (version_in(place.keras, release) if moving else release.version, release.backend)
    judged = (results.header["keras"], results.header["backend"])
    if judged != wanted:
        raise CommandFault(
            f"{release.name}: no verdict: Keras {judged[0]} on {judged[1]} was run, "
            f"not Keras {wanted[0]} on {wanted[1]}; see what {place.keras} holds"
        )
    return results


def _live(
    release: Release, selection: Selection, place: Place, there: Path, workers: int
) -> Results:
    path = there / "results.jsonl"
    command = [str(place.python), "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
    command += [*selection.arguments, f"--results={path}", *selection.options]
    command += ["-n", str(workers)] if workers > 1 else []
    done = _run(release, command, place)
    if not path.exists():
        raise CommandFault(f"{release.name}: no results: {_last_line(done)}")
    return load(path)


def _through_files(
    release: Release, selection: Selection, place: Place, there: Path, _: int
) -> Results:
    from keras_rnn_conformance.exchange.judging import judged

    if selection.options:
        names = ", ".join(sorted({word.partition("=")[0] for word in selection.options}))
        raise CommandFault(f"{release.name}: {names}: only for Keras 3; Keras 2 runs through files")
    cases, observations = there / "cases.json", there / "observations.json"
    export = [sys.executable, "-m", "keras_rnn_conformance", "export", "-o", str(cases)]
    made = subprocess.run(
        [*export, *selection.arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise CommandFault(f"{release.name}: no cases: {_last_line(made)}")
    done = _run(release, [str(place.python), str(OBSERVER), str(cases), str(observations)], place)
    if not observations.exists():
        raise CommandFault(f"{release.name}: no observations: {_last_line(done)}")
    return judged(observations)


def _run(release: Release, command: list[str], place: Place) -> subprocess.CompletedProcess[str]:
    env = environment_of(release, place)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def environment_of(release: Release, place: Place) -> dict[str, str]:
    """The environment variables under which a release is the Keras that is imported."""
    settings = {
        "KERAS_BACKEND": release.backend,
        "OBSERVED_MODULE": release.module,
        "PYTHONPATH": str(place.keras),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    return {**os.environ, **settings}


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    stopped = [line.strip("! ") for line in lines if line.startswith("!")]
    return (stopped or lines)[-1][:200] if lines else f"exit status {done.returncode}"
