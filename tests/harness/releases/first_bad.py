"""Find by bisection the release that broke or fixed a case.

  python -m tests.harness first-bad LSTM-seq0-state1-u3-t5-mask.gap --backend jax

It runs the case on the oldest and the newest release of the range, then between them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from packaging.version import Version

from tests.harness.backends import BACKENDS
from tests.harness.case import Case, CaseError
from tests.harness.commands import CommandFault
from tests.harness.releases.record import add_places
from tests.harness.releases.running import Selection, results_of
from tests.harness.releases.table import NotHere, Release, named, releases
from tests.harness.results.file import Row

State = tuple[str, ...]
"""What a case came to: the rules that it breaks; empty if it breaks none."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("case", help="the id of the case")
    parser.add_argument("--backend", choices=tuple(BACKENDS), default="tensorflow")
    parser.add_argument("--oldest", default="3.0", help="where the range starts (default 3.0)")
    parser.add_argument("--newest", default="3.15", help="where it ends (default 3.15)")
    add_places(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the line for a bug report; exit status 0 if a release was found, else 1."""
    try:
        case = Case.parse(arguments.case)
    except CaseError as error:
        raise CommandFault(str(error)) from None
    span = _span(arguments)

    def state(release: Release) -> State | None:
        try:
            selection = Selection("default", (case.id,))
            row = results_of(release, selection, arguments.environments, arguments.python).rows[
                case.id
            ]
        except NotHere as fault:
            print(f"  {release.version}: SKIP: {fault}", flush=True)
            return None
        print(f"  {release.version}: {said(state_of(row))}", flush=True)
        return state_of(row)

    found = bisect(span, state)
    if found is None:
        print(f"{case.id} on {arguments.backend}: no change over the releases that run here")
        return 1
    (good, before), (bad, after) = found
    print(f"{case.id} on {arguments.backend}: {said(after)} since Keras {bad.version}")
    print(f"up to Keras {good.version}: {said(before)}")
    return 0


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


Ends = tuple[tuple[Release, State], tuple[Release, State]]


def bisect(span: list[Release], state: Callable[[Release], State | None]) -> Ends | None:
    """The neighbours between which the state changes; releases without a state are passed over."""
    known: list[tuple[Release, State]] = []
    for end in (span, span[::-1]):
        first = next(((r, s) for r in end if (s := state(r)) is not None), None)
        if first is None:
            return None
        known.append(first)
    low, high = known
    if low[1] == high[1]:
        return None
    left = span[span.index(low[0]) + 1 : span.index(high[0])]
    while left:
        middle = left[len(left) // 2]
        found = state(middle)
        if found is None:
            left.remove(middle)
        elif found == low[1]:
            low, left = (middle, found), left[left.index(middle) + 1 :]
        else:
            high, left = (middle, found), left[: left.index(middle)]
    return low, high
