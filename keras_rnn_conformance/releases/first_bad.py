"""Find the release that broke or fixed a case.

  keras-rnn-conformance first-bad LSTM-seq0-state1-u3-t5-mask.gap --backend jax
  keras-rnn-conformance first-bad LSTM-seq0-state1-u3-t5-mask.gap --all

The results under fixtures/releases are read first, unless --again is given. Where they show a
change, only the releases between the two sides of it are run, if there are any. Without a recorded
change, the oldest and the newest release of the range are compared: if they differ, bisection finds
one release that changed the case; if they agree, every release between them is run, as with --all.
Progress goes to standard error. The exit status is 1 if nothing changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
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

    rows = {} if arguments.again else {r.version: recorded_row(r, case) for r in span}
    known = {version: state_of(row) for version, row in rows.items() if row is not None}
    for version, came in known.items():
        print(f"  {version}: {state_text(came)} (recorded)", flush=True)

    def state(release: Release) -> State | None:
        if release.version in known:
            return known[release.version]
        print(f"  {release.version}: running", file=sys.stderr, flush=True)
        try:
            selection = Selection("default", (case.id,))
            row = results_of(release, selection, arguments.environments, arguments.python).rows[
                case.id
            ]
        except CommandFault as fault:
            print(f"  {release.version}: SKIP: {fault}", flush=True)
            return None
        print(f"  {release.version}: {state_text(state_of(row))}", flush=True)
        return state_of(row)

    changes = search(span, state, every=arguments.all, known=known)
    print("\n".join(answer_lines(f"{case.id} on {arguments.backend}", span, changes)))
    return 0 if changes.changes else 1


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


def state_text(state: State) -> str:
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


def search(
    span: list[Release], ask: Ask, *, every: bool = False, known: Mapping[str, State] | None = None
) -> Found:
    """Where the state changes; releases without a state are passed over.

    Args:
        span: the releases, the oldest first.
        ask: runs one, or says what is known of it.
        every: ask all of them, and do not bisect where the ends differ.
        known: the states by version that need no run.
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
    recorded = [n for n in numbers if span[n].version in (known or {}) and state(n) is not None]
    changes = [(a, b) for a, b in pairwise(recorded) if seen[a] != seen[b]]
    if changes and not every:
        compared = sorted({n for a, b in changes for n in bisect(a, b, state)})
    else:
        compared = _ends_first(numbers, state, every)
    pairs = [((span[a], seen[a]), (span[b], seen[b])) for a, b in pairwise(compared)]
    moves = [(before, after) for before, after in pairs if before[1] != after[1]]
    return Found(moves, [(span[n], seen[n]) for n in sorted(seen)], len(asked) - len(seen))


def _ends_first(numbers: range, state: Callable[[int], State | None], every: bool) -> list[int]:
    """The ends; two neighbours between which the state changes, or every release."""
    low, high = (
        next((n for n in order if state(n) is not None), -1) for order in (numbers, numbers[::-1])
    )
    if low >= 0 and not every and state(low) != state(high):
        return bisect(low, high, state)
    return [n for n in numbers if state(n) is not None]


def bisect(low: int, high: int, state: Callable[[int], State | None]) -> list[int]:
    """Two neighbours between which the state changes, given that it differs at the ends."""
    left = list(range(low + 1, high))
    while left:
        middle = left[len(left) // 2]
        middle_state = state(middle)
        if middle_state is None:
            left.remove(middle)
        elif middle_state == state(low):
            low, left = middle, left[left.index(middle) + 1 :]
        else:
            high, left = middle, left[: left.index(middle)]
    return [low, high]


def answer_lines(subject: str, span: list[Release], bisection: Found) -> Iterator[str]:
    """The lines for a bug report."""
    for (good, before), (bad, after) in bisection.changes:
        yield f"{subject}: {state_text(after)} since Keras {bad.version}"
        yield f"up to Keras {good.version}: {state_text(before)}"
    if not bisection.changes:
        state = f": {state_text(bisection.seen[0][1])}" if bisection.seen else ""
        yield f"{subject}: no change over the {len(bisection.seen)} releases that run here{state}"
    elif len(bisection.seen) + bisection.passed < len(span):
        asked = len(bisection.seen) + bisection.passed
        yield f"found by bisection over {asked} of {len(span)} releases; --all finds every change"
