"""Measure which lines and branches of Keras's own recurrent sources the suite runs.

The sources are keras/src/layers/rnn and the loop of the active backend, without code for GPUs.
fixtures/coverage/unreached.toml lists what no case reaches, with reasons. Lines that are
unreached and not listed, or listed and reached, are printed, and the exit status is then 1, as it
is if a case fails. A line is named by its function and its text, a branch by the texts of both
its lines, and a block that is not reached by its first lines.

  keras-rnn-conformance coverage
  KERAS_BACKEND=numpy keras-rnn-conformance coverage
  keras-rnn-conformance coverage --case LSTM-seq1-state1-u3-t5
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.judging import suite
from tests.quality.coverage.measure import Reached, measure
from tests.quality.coverage.unreached import faults, load


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--profile", choices=suite.PROFILES, default="default", help="the cases (default)"
    )
    parser.add_argument(
        "--case",
        action="append",
        metavar="ID",
        default=[],
        help="measure only this case; may be repeated",
    )


def main(arguments: argparse.Namespace) -> int:
    """Run the cases, print what they reach, and hold it to the list."""
    environment.check()
    entries = load()
    chosen = [f"--case={id}" for id in arguments.case]
    reached, green = measure(chosen or [f"--profile={arguments.profile}"])
    missed = [spot for part in reached for spot in part.missed]
    there = [spot for part in reached for spot in part.there]
    found = list(faults(entries, environment.backend(), missed, there))
    print("\n".join([*table(reached), *found, verdict_line(len(missed), found, green)]))
    return int(bool(found) or not green)


def table(reached: Sequence[Reached]) -> Iterator[str]:
    """Lines and branches by source, and of all of them."""
    for part in reached:
        yield _row(part.name, [part])
    yield _row("all", reached)


def _row(name: str, parts: Sequence[Reached]) -> str:
    run, lines = sum(len(part.run) for part in parts), sum(len(part.lines) for part in parts)
    taken = sum(len(part.taken) for part in parts)
    branches = sum(len(part.branches) for part in parts)
    return f"{name:34}{run:6} of {lines} lines{taken:6} of {branches} branches"


def verdict_line(missed: int, found: Sequence[str], green: bool) -> str:
    """The verdict in one line."""
    where = f"in {len(found)} places" if found else "nowhere"
    verdict = f"{missed} places not reached; the list and the run disagree {where}"
    return verdict if green else f"{verdict}; and cases failed, see above"
