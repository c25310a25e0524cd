"""Run releases, compare them with the known failures, and record them under fixtures/releases.

  keras-rnn-conformance record                        every release, smoke profile
  keras-rnn-conformance record 3.9-jax 3.10-jax
  keras-rnn-conformance record --profile smoke,tensorflow=default,numpy=default --jobs 2
  keras-rnn-conformance record --resume               continue an earlier run that stopped
  keras-rnn-conformance record --missing              only cases that the recordings lack
  keras-rnn-conformance record 3.15 --output FILE     one release, to a file of its own
  keras-rnn-conformance record 3.9-jax --case ID --output FILE --reports reports

Each release runs in its own environment, which is made when it is first needed. A release that
cannot run here is skipped with the reason. The exit status is 1 if a release gave no results, if
it broke a rule that it is not known to break (each gets a line), or if you named it and it cannot
run here.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import beside, spoken
from keras_rnn_conformance.base.paths import PACKAGE, ROOT
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.releases import missing, run_cache, run_options
from keras_rnn_conformance.releases.environments import DEFAULT, Place, prepared
from keras_rnn_conformance.releases.running import Selection, run_in, verified
from keras_rnn_conformance.releases.table import MOVING, NotHere, Release, named, releases
from keras_rnn_conformance.results.file import Results


@dataclass(frozen=True)
class Outcome:
    """What came of one release.

    Attributes:
        release: which.
        state: `green`, `unexplained`, `skipped` or `without results`.
        lines: what to print of it.
        seconds: how long it took.
        results: what it gave, if anything.
    """

    release: Release
    state: str
    lines: list[str]
    seconds: float
    results: Results | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("releases", nargs="*", help="such as 2.1.6, 3.9-jax, tf-keras, nightly")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--backend", choices=tuple(BACKENDS), help="only Keras 3 on this backend")
    group.add_argument("--legacy", action="store_true", help="only Keras 2")
    parser.add_argument(
        "--profile",
        type=profiles,
        default=profiles("smoke"),
        metavar="PROFILE",
        help="smoke, default or thorough; for some backends another with BACKEND=PROFILE, such as "
        "smoke,numpy=default (default: smoke)",
    )
    parser.add_argument(
        "-j", "--jobs", type=int, default=1, help="releases to run at once (default 1)"
    )
    parser.add_argument(
        "-n", "--workers", type=int, default=1, help="pytest workers for each release (default 1)"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the results here, and record nothing"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="run only what an earlier run of the same suite, with the same profile, did not reach",
    )
    parser.add_argument(
        "--missing",
        action="store_true",
        help="run only cases of the profile that the recording of a release lacks, or whose rows "
        "the known failures contradict; what else is recorded stays",
    )
    parser.add_argument(
        "--record-only",
        action="store_true",
        help="do not compare the results with the known failures",
    )
    parser.add_argument(
        "--skip-missing",
        action="store_true",
        help="do not fail for a named release that cannot run here",
    )
    add_places(parser)
    run_options.configure(parser)


def add_places(parser: argparse.ArgumentParser) -> None:
    """The options that say where releases run."""
    parser.add_argument(
        "--environments",
        type=absolute,
        default=DEFAULT,
        metavar="DIR",
        help="where environments are kept (default build/releases)",
    )
    parser.add_argument(
        "--python",
        type=absolute,
        metavar="PYTHON",
        help="run Keras 3 on this interpreter, which has the packages of every backend wanted, "
        "instead of environments made for it; nothing is installed into it",
    )


def absolute(text: str) -> Path:
    """A path that holds in another working directory; a link to an interpreter stays one."""
    return Path(text).absolute()


def profiles(text: str) -> dict[str, str]:
    """The profile of each backend, as `--profile` names them."""
    common, *others = text.split(",")
    chosen = dict.fromkeys(BACKENDS, common)
    chosen |= dict(other.partition("=")[::2] for other in others)
    if chosen.keys() - BACKENDS.keys() or set(chosen.values()) - set(suite.PROFILES):
        raise argparse.ArgumentTypeError(f"{text!r} is not PROFILE[,BACKEND=PROFILE...]")
    return chosen


def main(arguments: argparse.Namespace) -> int:
    """Run, record, say how long it took."""
    chosen = selected(arguments)
    if arguments.output and len(chosen) != 1:
        raise CommandFault(f"--output takes one release and backend, not {len(chosen)}")
    run_options.checked(arguments, chosen)
    start, stream = time.monotonic(), beside(arguments.output)
    states: dict[str, list[str]] = {}
    for number, outcome in enumerate(outcomes(chosen, arguments), 1):
        if outcome.results is not None:
            _record(outcome.release, outcome.results, arguments.output)
        first, *rest = outcome.lines
        label = f"[{number}/{len(chosen)}] {outcome.release.name}"
        report = "\n".join([f"{label}: {first}, {outcome.seconds:.0f} s", *rest])
        print(report, file=stream, flush=True)
        states.setdefault(outcome.state, []).append(outcome.release.name)
    print(f"total: {time.monotonic() - start:.0f} s for {len(chosen)} releases", file=stream)
    for state in sorted(states.keys() - {"green"}):
        print(f"{state}: {', '.join(states[state])}", file=stream)
    fine = {"green"} if arguments.releases and not arguments.skip_missing else {"green", "skipped"}
    return 1 if states.keys() - fine else 0


def selected(arguments: argparse.Namespace) -> list[Release]:
    """The releases that the arguments name; all fixed ones without any."""
    wanted = arguments.backend
    if arguments.releases:
        return [named(name, wanted or "tensorflow") for name in arguments.releases]
    if arguments.legacy:
        return [release for release in releases() if not release.live]
    return [r for r in releases() if wanted is None or (r.live and r.backend == wanted)]


def outcomes(chosen: list[Release], arguments: argparse.Namespace) -> Iterator[Outcome]:
    """What comes of each release, in their order."""
    with ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        yield from pool.map(lambda release: _one(release, arguments), chosen)


def _one(release: Release, arguments: argparse.Namespace) -> Outcome:
    began = time.monotonic()

    def outcome(state: str, lines: list[str], results: Results | None = None) -> Outcome:
        return Outcome(release, state, lines, time.monotonic() - began, results)

    profile = arguments.profile[release.backend]
    path = run_cache.place_of(release, profile, arguments.python)
    if run_options.narrowed(arguments):
        path = path.with_name(f"part-{path.name}")
    try:
        place = prepared(release, arguments.environments, arguments.python)
        resumed = arguments.resume and not run_options.narrowed(arguments)
        results = run_cache.kept(release, path) if resumed else None
        if results is None:
            selection = run_options.selection(arguments, release, profile)
            run = _completed if arguments.missing else run_in
            results = run(place, release, selection, arguments.workers)
            run_cache.keep(results, path)
        verified(results, release, place)
    except NotHere as fault:
        return outcome("skipped", [f"SKIP: {fault}"])
    except CommandFault as fault:
        return outcome("without results", [str(fault)])
    if arguments.record_only:
        return outcome("green", [f"{results.name}: {len(results.rows)} cases"], results)
    python = place.python if release.live else Path(sys.executable)
    green, lines = _held(path, python, run_options.explaining(arguments))
    return outcome("green" if green else "unexplained", lines, results)


def _completed(place: Place, release: Release, selection: Selection, workers: int) -> Results:
    """The recording of a release, with the cases that it lacks run now."""
    before = missing.recorded_of(release)
    cases = missing.missing(before, selection.profile)
    if before is not None and not cases:
        return before
    after = run_in(place, release, replace(selection, cases=cases), workers)
    return missing.completed(before, after, selection.profile)


def _held(path: Path, python: Path, options: list[str]) -> tuple[bool, list[str]]:
    """Whether the known failures explain results, and what `explain` prints, the counts first."""
    command = [str(python), "-m", PACKAGE.name, "explain", str(path), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise CommandFault((done.stderr.strip().splitlines() or ["no verdict"])[-1])
    *rest, counts = done.stdout.splitlines()
    return done.returncode == 0, [counts, *rest]


def _record(release: Release, results: Results, output: Path | None) -> None:
    if output:
        with spoken(output):
            output.parent.mkdir(parents=True, exist_ok=True)
        results.save(output)
    elif release.version not in MOVING:
        from keras_rnn_conformance.results import store

        store.record([results])
