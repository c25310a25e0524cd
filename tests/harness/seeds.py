"""Judge the installed Keras on other numbers: the cases of a profile under many data seeds.

A case must come to the same verdict whatever its numbers are. Every seed is run in an order of its
own. What fails without an explanation, or passes though it is known to fail, gets a line with the
command that shows it; the exit status is 1 if there is any.

  python -m tests.harness seeds --count 200 --profile smoke
  python -m tests.harness seeds --first 200 --count 5
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

from tests.harness import capabilities, environment, known, suite
from tests.harness.case import Case
from tests.harness.commands import CommandFault
from tests.harness.data import stream
from tests.harness.items import sort_out
from tests.harness.known import KnownFailures, KnownFailuresError
from tests.harness.verdict import conduct


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--profile", choices=suite.PROFILES, default="smoke", help="the cases")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the first seed (1)")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="how many seeds (20)")


def main(arguments: argparse.Namespace) -> int:
    """Judge every case under every seed, with a line of progress for each seed."""
    planned = suite.all_cases(arguments.profile)
    try:
        environment.check()
        entries = known.load(known.FILE, environment.keras_release(), environment.backend())
    except (environment.EnvironmentFault, KnownFailuresError) as error:
        raise CommandFault(str(error)) from None
    cases = [
        case for case in planned
        if capabilities.lacking(case, environment.backend()) is None
    ]  # fmt: skip
    found, start = 0, time.monotonic()
    for number, seed in enumerate(range(arguments.first, arguments.first + arguments.count), 1):
        for line in _surprises(_shuffled(cases, seed), seed, entries):
            print(line, flush=True)
            found += 1
        spent = time.monotonic() - start
        left = spent / number * (arguments.count - number)
        print(
            f"seed {seed}: {len(cases)} cases, {found} surprises so far, {left:.0f} s left",
            flush=True,
        )
    return int(bool(found))


def _shuffled(cases: list[Case], seed: int) -> list[Case]:
    """The cases in an order that follows from the seed alone."""
    keys = stream(seed, "order of cases", "", len(cases))
    return [
        case for _, _, case in sorted(zip(keys.tolist(), range(len(cases)), cases, strict=True))
    ]


def _surprises(cases: list[Case], seed: int, entries: KnownFailures) -> Iterator[str]:
    """One line for every case that fails without an explanation, or holds against one."""
    for case in cases:
        unexpected, passes, _ = sort_out(conduct(case, seed), entries)
        wrong = [*unexpected, *(f"{entry.rule} holds, known to fail" for entry in passes)]
        if wrong:
            yield f"{', '.join(wrong)}: python -m pytest --data-seed {seed} --case {case.id}"
