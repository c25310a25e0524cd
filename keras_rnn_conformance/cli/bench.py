"""Show where the time goes: the matrix by parts, all modules, the suite next to Keras's own tests.

Each runs in one process, one after the other, on the backend that KERAS_BACKEND names. The
comparison counts the whole process: start, imports, collection and all tests.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.base.reading import json_document
from keras_rnn_conformance.judging import suite

GOAL = 0.15
MATRIX = "test_matrix"
OWN_TESTS = "keras.src.layers.rnn"
_TALLY = re.compile(r"^=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.MULTILINE)


@dataclass(frozen=True)
class Timed:
    """A pytest process that has ended: its seconds, and its own count of outcomes."""

    seconds: float
    tally: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--profile", choices=suite.PROFILES, default="default", help="the profile to time"
    )
    parser.add_argument(
        "--alone", action="store_true", help="leave out the comparison with Keras's own tests"
    )


def main(arguments: argparse.Namespace) -> int:
    """Time the suite, then Keras's own tests, and print both."""
    facts = ", ".join(f"{name} {value}" for name, value in environment.describe().items())
    print(f"timing: {facts}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        suite_run, times = time_suite(arguments.profile, Path(folder))
        print(matrix_text(times), modules_text(times), sep="\n", flush=True)
        print(run_text(f"the suite, {arguments.profile} profile", suite_run), flush=True)
        if not arguments.alone:
            own_run = time_own_tests(Path(folder))
            print(run_text(f"Keras's own tests, {OWN_TESTS}", own_run))
            print(f"the suite takes {suite_run.seconds / own_run.seconds:.2f} times as long")
    return 0


def time_suite(profile: str, folder: Path) -> tuple[Timed, dict[str, Any]]:
    """Run the conformance suite in one process."""
    file = folder / "times.json"
    options = [
        "-p",
        "keras_rnn_conformance.pytest_plugin.stopwatch",
        f"--times={file}",
        f"--profile={profile}",
    ]
    run = _pytest([*options, "-q", "-p", "no:cacheprovider"], ROOT)
    return run, json_document(file)


def time_own_tests(folder: Path) -> Timed:
    """Run the recurrent tests that the Keras wheel ships, away from this project's settings."""
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    options = ["-c", str(settings), "--pyargs", OWN_TESTS, "-q", "-p", "no:cacheprovider"]
    return _pytest(options, folder)


def _pytest(options: Sequence[str], folder: Path) -> Timed:
    """Run pytest in a process of its own; failing tests are counted, not an error."""
    settings = {"KERAS_BACKEND": environment.backend(), "TF_CPP_MIN_LOG_LEVEL": "3"}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder, env={**os.environ, **settings}, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    tally = _TALLY.findall(done.stdout)
    if done.returncode not in (0, 1) or not tally:
        raise CommandFault("pytest did not run to its end:\n" + done.stdout[-2000:])
    return Timed(seconds, tally[-1])


def matrix_text(times: dict[str, Any]) -> str:
    """The parts of the matrix's time, and what share of it is spent outside Keras."""
    share = times["modules"].get(MATRIX)
    if not share or not share["cases"]:
        raise CommandFault("no case of the matrix was judged: nothing to time")
    wall = share["wall"]
    parts = {
        "inside Keras": share["keras"],
        "oracle and rules": share["judging"],
        "suite and pytest": wall - share["keras"] - share["judging"],
    }
    outside = 1 - share["keras"] / wall
    verdict = "met" if outside <= GOAL else "missed"
    return "\n".join([
        f"import of Keras: {times['importing']:.2f} s",
        f"matrix: {share['cases']} cases in {wall:.2f} s, {share['cases'] / wall:.1f} cases/s",
        *(f"  {name:20}{seconds:8.2f} s {seconds / wall:7.1%}" for name, seconds in parts.items()),
        f"outside Keras: {outside:.1%} of the matrix's time (goal {GOAL:.0%}: {verdict})",
    ])  # fmt: skip


def modules_text(times: dict[str, Any]) -> str:
    """The time of every module, longest first, with what is inside Keras."""
    shares = sorted(times["modules"].items(), key=lambda item: -item[1]["wall"])
    return "\n".join(
        f"  {name:24}{share['cases']:6} cases {share['wall']:8.2f} s, "
        f"{share['keras']:.2f} s inside Keras"
        for name, share in shares
    )


def run_text(name: str, run: Timed) -> str:
    """One line about a whole process."""
    return f"{name}: {run.seconds:.1f} s in one process ({run.tally})"
