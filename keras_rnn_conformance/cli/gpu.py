"""Judge what an NVIDIA GPU computes: the fused kernels of cuDNN, and what the CPU cannot run.

The cases of the thorough profile that need a GPU, and every LSTM and GRU of the smoke profile,
which takes cuDNN there, are judged on each backend that is installed and sees a GPU: TensorFlow,
JAX and torch, one after the other, each for its share of --minutes. What is left then is counted
as not run. Without a GPU this says so, and how many cases were not run for the want of one.

  keras-rnn-conformance gpu                     every backend that is installed, ten minutes at most
  keras-rnn-conformance gpu --backend torch     one of them
  keras-rnn-conformance gpu --results build     a file of results for each backend

On a new machine, `tox run -e gpu` in a checkout installs all three beside the suite and runs this.
The exit status is 0 if no rule broke that was not known to break, and also where there is no GPU,
unless --required is given.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cli.commands import positive
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.capabilities import CAPABILITIES

COMPUTING = ("torch", "jax", "tensorflow")
"""The backends that compute on GPUs, the quickest to start first."""
_MINUTES = 9
_STARTING = 120.0
"""Seconds in which a backend must have said what it computes on."""
_PROGRAM = (sys.executable, "-m", "keras_rnn_conformance")
_ASKING = (
    "from keras_rnn_conformance.judging import readiness as r; r.ready(); print('on', r.device())"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--backend",
        nargs="+",
        choices=COMPUTING,
        default=COMPUTING,
        metavar="NAME",
        help=f"the backends: {', '.join(COMPUTING)} (all that are installed)",
    )
    parser.add_argument(
        "--minutes",
        type=positive,
        default=_MINUTES,
        metavar="N",
        help=f"how long all backends may take together ({_MINUTES})",
    )
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="write DIR/gpu-BACKEND.jsonl for each backend"
    )
    parser.add_argument("--required", action="store_true", help="fail where no backend sees a GPU")


def main(arguments: argparse.Namespace) -> int:
    """Judge the GPU on each backend that sees one."""
    start = time.monotonic()
    cases = needing()
    seeing = []
    for name in arguments.backend:
        where = device(name)
        print(f"{name}: {where or 'not installed'}", flush=True)
        if where.startswith("gpu"):
            seeing.append(name)
    if not seeing:
        print(f"no GPU: {len(cases)} of {len(cases)} cases were not run")
        return int(arguments.required)
    statuses = []
    for number, name in enumerate(seeing):
        left = 60 * arguments.minutes - (time.monotonic() - start)
        statuses.append(judge(name, cases, left / (len(seeing) - number), arguments.results))
    return int(any(statuses))


def needing() -> list[Case]:
    """The cases that need a GPU, and those that take a fused kernel where there is one."""
    on_gpu = [capability for capability in CAPABILITIES if capability.device == "gpu"]
    chosen = [
        case
        for case in suite.all_cases("thorough")
        if any(capability.needs(case) for capability in on_gpu)
    ]
    fused = [
        case
        for case in suite.all_cases("smoke")
        if case.layer in ("LSTM", "GRU") and case["do"] == "call"
    ]
    return list(dict.fromkeys((*fused, *chosen)))


def device(name: str) -> str:
    """What a backend computes on, such as `gpu:0`; empty if it is not installed."""
    if any(importlib.util.find_spec(module) is None for module in BACKENDS[name][0].split()):
        return ""
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _ASKING],
            env=_environment(name),
            capture_output=True,
            text=True,
            timeout=_STARTING,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"does not start in {_STARTING:.0f} seconds"
    devices = [line for line in asked.stdout.splitlines() if line.startswith("on ")]
    lines = asked.stderr.strip().splitlines() or [f"ends with {asked.returncode}"]
    return devices[-1].removeprefix("on ") if devices else f"does not start: {lines[-1][:200]}"


def judge(name: str, cases: list[Case], seconds: float, results: Path | None) -> int:
    """Judge the cases on a backend as long as there is time.

    Returns:
        The exit status of pytest, which is 2 where the time did not suffice for all cases.
    """
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder if results is None else results) / f"gpu-{name}.jsonl"
        rows.parent.mkdir(parents=True, exist_ok=True)
        command = [*_PROGRAM, "test", "-q", "--examine=0", f"--results={rows}"]
        command += [f"--case={case.id}" for case in cases]
        print(f"\n{name}: {len(cases)} cases, {seconds:.0f} seconds at most", flush=True)
        process = subprocess.Popen(command, env=_environment(name))
        try:
            status = process.wait(timeout=max(seconds, 1.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # upon which pytest sums up what it has
            process.wait()
            print(f"{name}: stopped after {seconds:.0f} seconds; the other cases were not run")
            status = int(pytest.ExitCode.INTERRUPTED)
        print(f"{name}: {_fused(rows)} of {len(cases)} cases took cuDNN", flush=True)
    return status


def _fused(rows: Path) -> int:
    """How many cases of a file of results ran the fused kernel."""
    if not rows.is_file():
        return 0
    taken = (json.loads(line).get("path") for line in rows.read_text("utf-8").splitlines())
    return sum(path == "cudnn" for path in taken)


def _environment(name: str) -> dict[str, str]:
    return {**os.environ, "KERAS_BACKEND": name, "TF_CPP_MIN_LOG_LEVEL": "3"}
