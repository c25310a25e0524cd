"""Find the release that broke or fixed a case.

  keras-rnn-conformance first-bad LSTM-seq0-state1-u3-t5-mask.gap --backend jax
  keras-rnn-conformance first-bad LSTM-seq0-state1-u3-t5-mask.gap --all

It compares the oldest and the newest release of the range. If they differ, it finds by bisection
one release that changed the case; if not, what broke may be whole again, so that it asks all
between them, as `--all` does in any case. A release whose result is recorded in fixtures/releases
is not run, unless with `--again`. The exit status is 1 if nothing changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from packaging.version import Version

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.releases.record import add_places
from keras_rnn_conformance.releases.running import Selection, results_of
from keras_rnn_conformance.releases.table import Release, named, releases
from keras_rnn_conformance.results.file import Row
from keras_rnn_conformance.results.store import recorded

State = tuple[str, ...]
"""What a case came to: the rules that it breaks; empty if it breaks none."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("case", help="the id of the case")
    parser.add_argument("--backend", choices=tuple(BACKENDS), default="tensorflow")
    parser.add_argument("--oldest", default="3.0", help="where the range starts (default 3.0)")
    parser.add_argument("--newest", default="3.15", help="where it ends (default 3.15)")
    parser.add_argument(
        "--all", action="store_true", help="run every release of the range: find every change"
    )
    parser.add_argument(
        "--again", action="store_true", help="run the case even where its result is recorded"
    )
    add_places(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the line for a bug report; exit status 0 if a release was found, else 1."""
    try:
        case = Case.parse(arguments.case)
    except CaseError as error:
        raise CommandFault(str(error)) from None
    span = _span(arguments)

    def state(release: Release) -> State | None:
        if not arguments.again and (row := recorded_row(release, case)) is not None:
            print(f"  {release.version}: {said(state_of(row))} (recorded)", flush=True)
            return state_of(row)
        print(f"  {release.version}: running", file=sys.stderr, flush=True)
        try:
            selection = Selection("default", (case.id,))
            row = results_of(release, selection, arguments.environments, arguments.python).rows[
                case.id
            ]
        except CommandFault as fault:
            print(f"  {release.version}: SKIP: {fault}", flush=True)
            return None
        print(f"  {release.version}: {said(state_of(row))}", flush=True)
        return state_of(row)

    found = search(span, state, every=arguments.all)
    print("\n".join(told(f"{case.id} on {arguments.backend}", span, found)))
    return 0 if found.changes else 1


def recorded_row(release: Release, case: Case) -> Row | None:
    """What was recorded of a case on a release; None if it was not."""
    for results in recorded(release.backend):
        if results.header["keras"] == release.version:
            return results.rows.get(case.id)
    return None


def _span(arguments: argparse.Namespace) -> list[Release]:
    ends = [named(v, arguments.backend).version for v in (arguments.oldest, arguments.newest)]
    low, high = map(Version, ends)
    span = [r for r in releases() if r.backend == arguments.backend]
    return sorted(
        (r for r in span if low <= Version(r.version) <= high), key=lambda r: Version(r.version)
    )


def state_of(row: Row) -> State:
    """What a row says of its case."""
    if "skipped" in row or "fault" in row:
        return (f"not run: {row.get('skipped') or row.get('fault')}",)
    return tuple(sorted(row["failed"]))


def said(state: State) -> str:
    """A state in words."""
    if not state:
        return "holds"
    return state[0] if state[0].startswith("not run") else f"breaks {', '.join(state)}"


Seen = tuple[Release, State]
Ask = Callable[[Release], State | None]


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        changes: each as the last release before it and the first after it, with their states.
        seen: the releases that were run, the oldest first.
        passed: how many releases were asked and could not run here.
    """

    changes: list[tuple[Seen, Seen]]
    seen: list[Seen]
    passed: int


def search(span: list[Release], ask: Ask, *, every: bool = False) -> Found:
    """Where the state changes; releases without a state are passed over.

    Args:
        span: the releases, the oldest first.
        ask: runs one.
        every: ask all of them, and do not bisect where the ends differ.
    """
    asked: set[int] = set()
    seen: dict[int, State] = {}

    def state(number: int) -> State | None:
        if number not in asked:
            asked.add(number)
            if (answer := ask(span[number])) is not None:
                seen[number] = answer
        return seen.get(number)

    numbers = range(len(span))
    low, high = (
        next((n for n in order if state(n) is not None), -1) for order in (numbers, numbers[::-1])
    )
    if seen and not every and seen[low] != seen[high]:
        compared = bisect(low, high, state)
    else:
        compared = [n for n in numbers if state(n) is not None]
    pairs = [((span[a], seen[a]), (span[b], seen[b])) for a, b in pairwise(compared)]
    changes = [(before, after) for before, after in pairs if before[1] != after[1]]
    return Found(changes, [(span[n], seen[n]) for n in sorted(seen)], len(asked) - len(seen))


def bisect(low: int, high: int, state: Callable[[int], State | None]) -> list[int]:
    """Two neighbours between which the state changes, given that it differs at the ends."""
    left = list(range(low + 1, high))
    while left:
        middle = left[len(left) // 2]
        found = state(middle)
        if found is None:
            left.remove(middle)
        elif found == state(low):
            low, left = middle, left[left.index(middle) + 1 :]
        else:
            high, left = middle, left[: left.index(middle)]
    return [low, high]


def told(subject: str, span: list[Release], found: Found) -> Iterator[str]:
    """The lines for a bug report."""
    for (good, before), (bad, after) in found.changes:
        yield f"{subject}: {said(after)} since Keras {bad.version}"
        yield f"up to Keras {good.version}: {said(before)}"
    if not found.changes:
        state = f": {said(found.seen[0][1])}" if found.seen else ""
        yield f"{subject}: no change over the {len(found.seen)} releases that run here{state}"
    elif len(found.seen) + found.passed < len(span):
        asked = len(found.seen) + found.passed
        yield f"found by bisection over {asked} of {len(span)} releases; --all finds every change"
