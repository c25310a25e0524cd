"""Plant small faults into the installed Keras, one at a time, and see which ones the suite notices.

The faults are made from the recurrent sources of Keras (layers and the loop of the active backend;
code that only runs on GPUs is left out). A mutant is run against the cases of the profile that
reach the changed line until one fails; --suite both does the same with Keras's own recurrent tests.

The run can be stopped and started again: it goes on where it was. What it knows lies in
reports/mutation. `--write` keeps the report under fixtures/mutation.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cli.commands import natural, positive
from keras_rnn_conformance.judging import suite
from tests.quality.mutation import reach, report, suites
from tests.quality.mutation.campaign import Campaign, Ledger, Outcome, digest, sample, survey
from tests.quality.mutation.equivalent import Claim, claimed, load
from tests.quality.mutation.mutants import Mutant, mutants
from tests.quality.mutation.suites import NAMES, Suite
from tests.quality.mutation.targets import files

STATE = ROOT / "reports" / "mutation"
STORE = ROOT / "fixtures" / "mutation"
_SOURCES = ("reference_impl", "keras_rnn_conformance", "tests/conformance")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--suite", choices=(*NAMES, "both"), default="both", help="the tests to run (both)"
    )
    parser.add_argument("--profile", choices=suite.PROFILES, default="default", help="our cases")
    parser.add_argument(
        "--sample",
        type=natural,
        default=0,
        metavar="N",
        help="try N mutants, always the same (0: all)",
    )
    parser.add_argument(
        "--files",
        nargs="+",
        default=[],
        metavar="NAME",
        help="only sources with this in their name",
    )
    parser.add_argument("--ids", nargs="+", default=[], metavar="ID", help="only these mutants")
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="processes at a time (1)"
    )
    parser.add_argument(
        "--at-most", type=natural, default=0, metavar="N",
        help="give up on a mutant after N tests; a later run without it goes on (0: try all)",
    )  # fmt: skip
    parser.add_argument(
        "--believe", action="store_true",
        help="trust the kills and the reach that an earlier version of the suite had, and the "
        "reach that it has on another backend",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--write", action="store_true", help="keep the report in fixtures/mutation")


def main(arguments: argparse.Namespace) -> int:
    """Run the campaign; 1 if a mutant survives, or an equivalent one is killed after all."""
    made = all_mutants()
    chosen = choose(made, arguments)
    if arguments.list:
        print("\n".join(f"{m.id}\t{m.member}\t{m.before}\t{m.after}" for m in chosen))
        return 0
    STATE.mkdir(parents=True, exist_ok=True)
    names = NAMES if arguments.suite == "both" else (arguments.suite,)
    claims = equivalents(made)
    doubtful_first = sorted(chosen, key=lambda mutant: mutant.id in claims)
    for name in names:
        Run(name, arguments).go(doubtful_first)
    ledger = Ledger.open(ledger_path())
    wanted = {mutant.id for mutant in chosen}
    kept = {id: claim for id, claim in claims.items() if id in wanted}
    results = report.Results(environment.describe(), len(made), chosen, ledger.outcomes, kept)
    return conclude(results, names[0], arguments.write)


def conclude(results: report.Results, suite_name: str, write: bool) -> int:
    """Print the report, keep it if asked, and say whether all is well."""
    print(report.text(results, suite_name))
    if write:
        STORE.mkdir(parents=True, exist_ok=True)
        write_whole(STORE / f"{name_of_run()}.json", report.document(results))
    refuted = results.refuted()
    if refuted:
        raise CommandFault(f"equivalent.toml calls these equivalent: {', '.join(refuted)}: killed")
    return int(bool(results.survivors(suite_name)))


def all_mutants() -> list[Mutant]:
    """Every mutant of the installed Keras on the active backend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return [mutant for file in files(environment.backend()) for mutant in mutants(file)]


def choose(made: list[Mutant], arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants that the arguments ask for."""
    unknown = set(arguments.ids) - {mutant.id for mutant in made}
    if unknown:
        raise CommandFault(f"no such mutant: {', '.join(sorted(unknown))}; see --list")
    named = [mutant for mutant in made if not arguments.ids or mutant.id in arguments.ids]
    within = [
        mutant for mutant in named
        if not arguments.files or any(part in mutant.file for part in arguments.files)
    ]  # fmt: skip
    if not within:
        raise CommandFault("no source of that name; see the file names in --list")
    return sample(within, arguments.sample)


def equivalents(made: list[Mutant]) -> dict[str, Claim]:
    """The claims of fixtures/mutation/equivalent.toml about this release."""
    return claimed(load(environment.keras_release()), made)


def name_of_run() -> str:
    """What tells the results of one release and backend from those of another."""
    return f"keras-{environment.keras_release()}-{environment.backend()}"


def ledger_path() -> Path:
    """The file of the outcomes."""
    return STATE / f"{name_of_run()}.jsonl"


def key_of(suite_name: str, profile: str) -> str:
    """The version of a suite: a hash of its sources, or of nothing but its name for Keras's."""
    if suite_name != "ours":
        return name_of_run()
    paths = sorted(path for folder in _SOURCES for path in (ROOT / folder).rglob("*.py"))
    known = ROOT / "fixtures" / "known_failures.toml"
    return digest(profile, *(path.read_text(encoding="utf-8") for path in [*paths, known]))


@dataclass
class Run:
    """One suite over the chosen mutants, with progress."""

    name: str
    arguments: argparse.Namespace

    def go(self, chosen: list[Mutant]) -> None:
        """Run what an earlier run has not settled."""
        tests = suites.made(self.name, self.arguments.profile, STATE / "scratch")
        key = key_of(self.name, self.arguments.profile)
        ledger = Ledger.open(ledger_path())
        left = [mutant for mutant in chosen if not self._settled(ledger, mutant, key)]
        before = len(chosen) - len(left)
        print(f"{self.name}: {len(chosen)} mutants, {before} settled before", flush=True)
        known = killers(self.name)
        campaign = Campaign(tests, reach.Reach(), key, self.arguments.at_most, known)
        for mutant in chosen:
            for killer in known.get(mutant.id, []):
                campaign.learn(mutant, killer)
        recalled = [mutant for mutant in left if mutant.id in known]
        self._follow(ledger, campaign.recall(recalled, self.arguments.jobs), len(recalled))
        left = [mutant for mutant in left if not self._settled(ledger, mutant, key)]
        if left:
            campaign.reach = self._reach(tests, key)
            self._follow(ledger, campaign.run(left, self.arguments.jobs), len(left))

    def _settled(self, ledger: Ledger, mutant: Mutant, key: str) -> bool:
        options = self.arguments
        return ledger.settled(mutant.id, self.name, key, options.believe, options.at_most)

    def _reach(self, tests: Suite, key: str) -> reach.Reach:
        path = STATE / f"{name_of_run()}-{self.name}-reach.json"
        known = reach.load(path, None if self.arguments.believe else key)
        others = sorted(STATE.glob(f"*-{self.name}-reach.json")) if self.arguments.believe else []
        while not known.probes and others:
            known = reach.load(others.pop(), None)
        wanted, start, before = len(tests.tests()), time.monotonic(), len(known.probes)
        for found in survey(tests, known, files(environment.backend()), self.arguments.jobs):
            spent, count = time.monotonic() - start, len(found.probes)
            rate = (count - before) / spent if spent else 0.0
            left = (wanted - count) / rate if rate else 0.0
            print(f"{self.name}: reach of {count}/{wanted} tests, {clock(left)} left", flush=True)
            write_whole(path, reach.dump(found, key))
        for test, fault in known.red().items():
            print(f"{self.name}: left out, fails without a mutant: {test}: {fault}", flush=True)
        return known

    def _follow(self, ledger: Ledger, outcomes: Iterator[Outcome], count: int) -> None:
        """Keep the outcomes, at most `count`, and show the progress."""
        start = time.monotonic()
        for i, outcome in enumerate(outcomes, 1):
            ledger.add(outcome)
            left = (time.monotonic() - start) / i * (count - i)
            line = f"{self.name} {i}/{count} {_brief(outcome)}; {clock(left)} left"
            print(line, flush=True)


def killers(suite_name: str) -> dict[str, list[str]]:
    """By mutant, the tests that any stored ledger names: of any backend, release and version."""
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys([ledger_path(), *sorted(STATE.glob("*.jsonl"))]):
        for id, tests in Ledger.open(path).killers(suite_name).items():
            found[id] = list(dict.fromkeys([*found.get(id, []), *tests]))
    return found


def _brief(outcome: Outcome) -> str:
    tried = f", {outcome.tried} of {outcome.of} tests"
    by = f" by {outcome.by} ({outcome.why})" if outcome.by else tried
    return f"{outcome.id} {outcome.word}{by} in {outcome.seconds:.1f} s"


def clock(seconds: float) -> str:
    """Hours, minutes and seconds."""
    return time.strftime("%H:%M:%S", time.gmtime(seconds)) if seconds < 86400 else "more than a day"


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
