"""Runs a suite over mutants: what is settled already, what is known of its tests, the progress."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.base.paths import ROOT
from tests.quality.mutation import reach, suites
from tests.quality.mutation.campaign import Campaign, Ledger, Outcome, digest, survey
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.suites import Suite
from tests.quality.mutation.targets import SETS, files

STATE = ROOT / "reports" / "mutation"
STORE = ROOT / "fixtures" / "mutation"
_SOURCES = ("reference_impl", "keras_rnn_conformance", "tests/conformance")


def name_of_run(of: str = "recurrent") -> str:
    """What tells the results of one set, release and backend from those of another."""
    return f"{SETS[of].mark}keras-{environment.keras_release()}-{environment.backend()}"


def ledger_path(of: str = "recurrent") -> Path:
    """The file of the outcomes."""
    return STATE / f"{name_of_run(of)}.jsonl"


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
    ledger: Path

    def go(self, chosen: list[Mutant]) -> None:
        """Run what an earlier run has not settled."""
        of = self.arguments.of
        tests = suites.made(self.name, self.arguments.profile, STATE / "scratch", of)
        key = key_of(self.name, self.arguments.profile)
        ledger = Ledger.open(self.ledger)
        left = [mutant for mutant in chosen if not self._settled(ledger, mutant, key)]
        before = len(chosen) - len(left)
        print(f"{self.name}: {len(chosen)} mutants, {before} settled before", flush=True)
        known = killers(self.name)
        campaign = Campaign(tests, reach.Reach(), key, self.arguments.at_most, known)
        for mutant in chosen:
            for killer in dict.fromkeys([*known.get(mutant.plain, []), *known.get(mutant.id, [])]):
                campaign.learn(mutant, killer)
        recalled = [mutant for mutant in left if mutant.id in known]
        self._follow(ledger, campaign.recall(recalled, self.arguments.jobs), len(recalled))
        left = [mutant for mutant in left if not self._settled(ledger, mutant, key)]
        if left:
            campaign.reach = self.reach_of(tests, key, chosen)
            self._follow(ledger, campaign.run(left, self.arguments.jobs), len(left))

    def _settled(self, ledger: Ledger, mutant: Mutant, key: str) -> bool:
        options = self.arguments
        return ledger.settled(mutant.id, self.name, key, options.believe, options.at_most)

    def reach_of(self, tests: Suite, key: str, chosen: list[Mutant]) -> reach.Reach:
        """Which tests run which lines."""
        of, believe = self.arguments.of, self.arguments.believe
        path = STATE / f"{name_of_run(of)}-{self.name}-reach.json"
        known = reach.load(path, None if believe else key)
        pattern = f"{SETS[of].mark}keras-*-{self.name}-reach.json"
        others = sorted(STATE.glob(pattern)) if believe else []
        while not known.probes and others:
            known = reach.load(others.pop(), None)
        steps = survey(tests, known, files(environment.backend(), of), self.arguments.jobs)
        return self.probed(tests, known, steps, path, key)

    def probed(
        self, tests: Suite, known: reach.Reach, steps: Iterator[reach.Reach], path: Path, key: str
    ) -> reach.Reach:
        """Follow a survey and keep what it finds in a file."""
        wanted, start, before = len(tests.tests()), time.monotonic(), len(known.probes)
        for found in steps:
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
    for path in sorted(STATE.glob("*.jsonl")):
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
