"""Run releases and record their results under fixtures/releases.

  python -m tests.harness record                        every release, smoke profile
  python -m tests.harness record 3.9-jax 3.10-jax
  python -m tests.harness record tf-keras --profile default
  python -m tests.harness record 3.15 --output FILE     one release, to a file of its own

Each release runs in an environment of its own, made when first needed. What cannot run here is
skipped with a line that says why.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests.harness import suite
from tests.harness.backends import BACKENDS
from tests.harness.commands import CommandFault
from tests.harness.releases.environments import DEFAULT
from tests.harness.releases.running import Selection, results_of
from tests.harness.releases.table import MOVING, NotHere, Release, named, releases


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("releases", nargs="*", help="such as 2.1.6, 3.9-jax, tf-keras, nightly")
    parser.add_argument("--backend", choices=tuple(BACKENDS), help="only this backend")
    parser.add_argument("--profile", choices=suite.PROFILES, default="smoke")
    parser.add_argument("-n", "--workers", type=int, default=1, help="pytest workers (default 1)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write here instead")
    parser.add_argument(
        "--environments", type=Path, default=DEFAULT, metavar="DIR",
        help="where environments are kept (default build/releases)",
    )  # fmt: skip


def main(arguments: argparse.Namespace) -> int:
    """Run, record, say how long it took; exit status 1 if a release gave no results."""
    try:
        chosen = selected(arguments.releases, arguments.backend)
    except NotHere as fault:
        print(f"SKIP: {fault}")
        return 0
    if arguments.output and len(chosen) != 1:
        raise CommandFault(f"--output takes one release and backend, not {len(chosen)}")
    start, failed = time.monotonic(), 0
    for number, release in enumerate(chosen, 1):
        began = time.monotonic()
        failed += not _one(release, arguments, f"[{number}/{len(chosen)}] {release.name}", began)
    print(f"total: {time.monotonic() - start:.0f} s, {failed} without results")
    return 1 if failed else 0


def selected(versions: list[str], backend: str | None) -> list[Release]:
    """The releases that the arguments name; all fixed ones without any."""
    if versions:
        return [named(version, backend or "tensorflow") for version in versions]
    return [release for release in releases() if backend in (None, release.backend)]


def _one(release: Release, arguments: argparse.Namespace, label: str, began: float) -> bool:
    selection = Selection(arguments.profile)
    try:
        results = results_of(release, selection, arguments.environments, arguments.workers)
    except NotHere as fault:
        print(f"{label}: SKIP: {fault}", flush=True)
        return True
    except CommandFault as fault:
        print(f"{label}: {fault}", flush=True)
        return False
    if arguments.output:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        results.save(arguments.output)
    elif release.version not in MOVING:
        from tests.harness.results import store

        store.record([results])
    broken = sum(bool(row.get("failed")) for row in results.rows.values())
    not_run = sum("skipped" in row for row in results.rows.values())
    spent = time.monotonic() - began
    counts = f"{len(results.rows)} cases, {broken} break a rule, {not_run} not run"
    print(f"{label}: Keras {results.header['keras']}: {counts}, {spent:.0f} s", flush=True)
    return True
