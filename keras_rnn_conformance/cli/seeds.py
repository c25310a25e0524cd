"""Judge the installed Keras with other numbers: the cases of a profile under many data seeds.

A case must get the same verdict whatever its numbers are, whichever cases ran before it, and
however many processes share the work. Each seed has its own order of cases and its own number of
processes: one, two, three, four, then one again. --workers gives other counts. A seed always runs
in the same way.

Each unexplained failure, and each known failure that passes, gets a line with the command that
shows it; the exit status is then 1. --keep FILE remembers the seeds that were judged, so that the
next run tries only those that are missing or had surprises. Start a new file when the suite has
changed.

  keras-rnn-conformance seeds --count 200 --profile default --keep seeds.json
  keras-rnn-conformance seeds --first 7 --count 1 --workers 3
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import EnvironmentFault
from keras_rnn_conformance.base.paths import JUDGE
from keras_rnn_conformance.base.timeout import limited
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.streams import stream
from keras_rnn_conformance.cli.commands import natural, positive
from keras_rnn_conformance.cli.seeds_cache import Kept, Run
from keras_rnn_conformance.judging import capabilities, known_failures, suite
from keras_rnn_conformance.judging.known_failures import KnownFailures, sort_out
from keras_rnn_conformance.judging.verdict import conduct

WORKERS = (1, 2, 3, 4)
LIMIT = 300.0
"""Seconds that a case may take."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--profile", choices=suite.PROFILES, default="smoke", help="the cases")
    parser.add_argument("--first", type=natural, default=1, metavar="N", help="first seed (1)")
    parser.add_argument("--count", type=positive, default=20, metavar="N", help="how many (20)")
    parser.add_argument(
        "--workers",
        type=positive,
        nargs="+",
        default=WORKERS,
        metavar="N",
        help="numbers of processes to alternate between (1 2 3 4)",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="continue from FILE, and update it"
    )


def main(arguments: argparse.Namespace) -> int:
    """Judge every case under every seed, with a line of progress for each seed."""
    cases = _cases(arguments.profile)
    kept = Kept.open(arguments.keep, arguments.profile)
    seeds = range(arguments.first, arguments.first + arguments.count)
    left = [seed for seed in seeds if not kept.quiet(seed)]
    if len(left) < len(seeds):
        print(f"{len(seeds) - len(left)} of {len(seeds)} seeds were judged before", flush=True)
    start = time.monotonic()
    for number, seed in enumerate(left, 1):
        run = judged(cases, seed, workers_of(seed, arguments.workers))
        kept.add(run)
        for line in run.surprises:
            print(line, flush=True)
        each = (time.monotonic() - start) / number
        print(f"{run.text()}; {each * (len(left) - number):.0f} s left", flush=True)
    print(kept.summary(seeds))
    return int(any(not kept.quiet(seed) for seed in seeds))


def _cases(profile: str) -> list[Case]:
    """The cases that the backend can run; says at once what makes judging impossible."""
    environment.check()
    _entries(0)
    name = environment.backend()
    return [c for c in suite.all_cases(profile) if capabilities.lacking(c, name) is None]


def _entries(seed: int) -> KnownFailures:
    suite.modules()
    release, backend = environment.keras_release(), environment.backend()
    return replace(known_failures.load(known_failures.FILE, release, backend), seed=seed)


def workers_of(seed: int, counts: Sequence[int]) -> int:
    """How many processes run a seed."""
    return counts[(seed - 1) % len(counts)]


def shuffled(cases: Sequence[Case], seed: int) -> list[Case]:
    """The cases in an order that follows from the seed alone."""
    keys = stream(seed, "order of cases", "", len(cases))
    order = sorted(range(len(cases)), key=lambda i: (int(keys[i]), i))
    return [cases[i] for i in order]


def judged(cases: Sequence[Case], seed: int, workers: int) -> Run:
    """Judge all cases under a seed, in new processes."""
    start = time.monotonic()
    ids = [case.id for case in shuffled(cases, seed)]
    parts = [ids[i::workers] for i in range(workers)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(surprises, part, seed) for part in parts]
    lines = [line for future in futures for line in _told(future, seed, workers)]
    return Run(seed, workers, len(ids), lines, round(time.monotonic() - start, 1))


def _told(future: Future[list[str]], seed: int, workers: int) -> list[str]:
    try:
        return future.result()
    except BrokenExecutor:
        again = f"keras-rnn-conformance seeds --first {seed} --count 1 --workers {workers}"
        return [f"a process ended before its cases did: {again}"]


def surprises(ids: Sequence[str], seed: int) -> list[str]:
    """A line for every case that fails without an explanation, or holds against one."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it advises against so many graphs
    entries, lines = _entries(seed), []
    for case in map(Case.parse, ids):
        wrong = ", ".join(_surprise(case, seed, entries))
        if wrong:
            lines.append(f"{wrong}: {JUDGE} --data-seed {seed} --case {case.id}")
    return lines


def _surprise(case: Case, seed: int, entries: KnownFailures) -> list[str]:
    try:
        with limited(case.id, LIMIT):
            verdict = conduct(case, seed)
    except EnvironmentFault:
        raise
    except Exception as error:
        return [f"{type(error).__name__} while judging"]
    unexpected, passes, _ = sort_out(verdict, entries)
    return [*unexpected, *(f"{entry.rule} holds, known to fail" for entry in passes)]
