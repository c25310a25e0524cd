"""Run the suite in many environments: in each it must pass, or refuse in one line.

The table is `tests/quality/environments/table.py`. If an environment needs more packages, they
are installed in a folder under build/environments; the Python that runs this is not changed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.judging import suite
from tests.quality.environments.running import Outcome, run
from tests.quality.environments.table import EVERY, ROWS, Row


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--backend", action="append", choices=EVERY, help="only this backend; may be repeated"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="WORDS",
        default=[],
        help="only environments whose names contain these words; may be repeated",
    )
    parser.add_argument(
        "--cases",
        type=_count,
        default=12,
        metavar="N",
        help="run N cases in each, spread over the smoke profile (default 12)",
    )
    parser.add_argument("--profile", choices=suite.PROFILES, help="run a whole profile in each")
    parser.add_argument("-j", "--jobs", type=_count, default=1, help="environments at once (1)")
    parser.add_argument("--list", action="store_true", help="print the names, and run nothing")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) == int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no count")
    return int(text)


def main(arguments: argparse.Namespace) -> int:
    """Run the environments, say of each how it went, and end with the table."""
    rows = [row for row in ROWS if _wanted(row, arguments.only)]
    if not rows:
        raise CommandFault(f"no environment has {' or '.join(arguments.only)} in its name: --list")
    if arguments.list:
        print(*(row.name for row in rows), sep="\n")
        return 0
    backends = tuple(arguments.backend or EVERY)
    chosen = choice(arguments.profile, arguments.cases)
    outcomes: dict[tuple[str, str], Outcome] = {}
    pairs = [(row, backend) for backend in backends for row in rows]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        runs = pool.map(lambda pair: run(pair[0], pair[1], chosen), pairs)
        for number, ((row, backend), outcome) in enumerate(zip(pairs, runs, strict=True), 1):
            outcomes[row.name, backend] = outcome
            print(f"{number}/{len(pairs)} {backend}: {row.name}: {outcome}", flush=True)
    print(table(rows, backends, outcomes))
    return int(any(outcome.wrong for outcome in outcomes.values()))


def _wanted(row: Row, words: list[str]) -> bool:
    return not words or any(each.lower() in row.name.lower() for each in words)


def choice(profile: str | None, count: int) -> list[str]:
    """The arguments of pytest that choose the cases."""
    if profile:
        return [f"--profile={profile}"]
    ids = [case.id for case in suite.all_cases("smoke")]
    spread = dict.fromkeys(ids[number * len(ids) // count] for number in range(count))
    return [argument for id in spread for argument in ("--case", id)]


def table(
    rows: list[Row], backends: tuple[str, ...], outcomes: dict[tuple[str, str], Outcome]
) -> str:
    """The outcomes in markdown, with their count."""
    count = Counter(outcome.word for outcome in outcomes.values())
    counts = ", ".join(f"{number} {word}" for word, number in sorted(count.items()))
    return "\n".join(
        [
            "",
            f"Python {sys.version.split()[0]}, Keras {environment.keras_release()}: {counts}",
            "",
            "| environment | " + " | ".join(backends) + " |",
            "|---" * (len(backends) + 1) + "|",
            *(
                f"| {row.name} | " + " | ".join(outcomes[row.name, b].word for b in backends) + " |"
                for row in rows
            ),
        ]
    )
