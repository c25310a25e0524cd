"""Runs the suites against the mutants: in which order, with what patience."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, cast

from tests.mutation import children, reach
from tests.mutation.mutants import Mutant
from tests.mutation.plant import plant
from tests.mutation.reach import Probe, Reach
from tests.mutation.suites import Suite

Word = Literal["killed", "trivial", "timeout", "crash", "survived", "unreached"]
ALIVE = ("survived", "unreached")

PATIENCE = 30.0
_SLOWER = 20.0
_CHUNK = 150
_MEMORY = 12


@dataclass(frozen=True)
class Outcome:
    """What a suite made of a mutant.

    Attributes:
        id: the mutant.
        suite: the suite.
        word: `killed` by a test, `trivial` if it cannot even be planted, `timeout` or `crash` of
            the process; or alive: `survived` every test tried, or `unreached` by any.
        by: the test that noticed.
        why: the rules it found broken, or the error.
        tried: how many tests were run.
        of: how many tests run a line on which the fault can act.
        seconds: until the verdict.
        key: the version of the suite that was used.
    """

    id: str
    suite: str
    word: Word
    by: str
    why: str
    tried: int
    of: int
    seconds: float
    key: str

    @property
    def alive(self) -> bool:
        return self.word in ALIVE


@dataclass
class ProbeTask:
    """Run tests on the Keras as installed and tell which lines each one runs."""

    suite: Suite
    tests: list[str]
    files: tuple[str, ...]

    def work(self, tell: children.Tell) -> None:
        for test in self.tests:
            tell([test, asdict(reach.probe(self.suite, test, self.files))])

    def allowance(self, told: list[Any]) -> float:
        return 10 * PATIENCE


@dataclass
class MutantTask:
    """Plant a mutant and run tests until one notices."""

    suite: Suite
    mutant: Mutant
    tests: list[str]
    seconds: dict[str, float]
    started: float = field(default_factory=time.monotonic)

    def work(self, tell: children.Tell) -> None:
        try:
            plant(self.mutant)
        except Exception as error:
            tell(["trivial", type(error).__name__])
            return
        for i, test in enumerate(self.tests):
            tell(["test", i])
            if why := self.suite.fault(test):
                tell(["killed", why])
                return
        tell(["survived", ""])

    def allowance(self, told: list[Any]) -> float:
        if told and told[-1][0] == "test":
            return max(PATIENCE, _SLOWER * self.seconds[self.tests[told[-1][1]]])
        return PATIENCE


def survey(suite: Suite, known: Reach, files: tuple[str, ...], jobs: int) -> Iterator[Reach]:
    """Probe the tests of a suite that are not known yet; yield the reach after every batch."""
    tests = suite.tests()
    known.probes = {test: known.probes[test] for test in tests if test in known.probes}
    while missing := [test for test in tests if test not in known.probes]:
        chunks = [missing[i : i + _CHUNK] for i in range(0, len(missing), _CHUNK)]
        tasks = [ProbeTask(suite, chunk, files) for chunk in chunks]
        for task, told, ending in children.conduct(tasks, jobs):
            _take(known, cast(ProbeTask, task), told, ending)
            yield known


def _take(known: Reach, task: ProbeTask, told: list[Any], ending: children.Ending) -> None:
    for test, values in told:
        known.probes[test] = Probe(**values)
    if ending != "done":
        known.probes[task.tests[len(told)]] = Probe({}, 0.0, ending)


@dataclass
class Campaign:
    """One suite against many mutants.

    Attributes:
        suite: the suite.
        reach: its probes.
        key: the version of the suite.
        at_most: how many tests to try on a mutant; 0 for all.
    """

    suite: Suite
    reach: Reach
    key: str
    at_most: int = 0
    _killers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _sound: dict[str, bool] = field(default_factory=dict)

    def run(self, mutants: Iterable[Mutant], jobs: int) -> Iterator[Outcome]:
        """Outcomes as they come; a kill counts once its test is seen to pass without the mutant."""
        again = list(mutants)
        while again:
            doubtful: list[Mutant] = []
            for task, told, ending in children.conduct(self._tasks(again), jobs):
                outcome = self._outcome(cast(MutantTask, task), told, ending)
                mutant = cast(MutantTask, task).mutant
                if outcome.by and not self._confirmed(outcome.by):
                    doubtful.append(mutant)
                    continue
                self._learn(mutant, outcome)
                yield outcome
            again = doubtful

    def _confirmed(self, test: str) -> bool:
        if test not in self._sound:
            task = ProbeTask(self.suite, [test], ())
            for _, told, ending in children.conduct([task], 1):
                fault = told[0][1]["fault"] if told else ending
                self._sound[test] = not fault
                self.reach.probes[test].fault = fault
        return self._sound[test]

    def _learn(self, mutant: Mutant, outcome: Outcome) -> None:
        """Remember the killer, to try it first on the next mutant of the same function."""
        if outcome.by and outcome.word == "killed":
            for place in (mutant.member, mutant.file):
                others = [test for test in self._killers[place] if test != outcome.by]
                self._killers[place] = [outcome.by, *others][:_MEMORY]

    def _tasks(self, mutants: Iterable[Mutant]) -> Iterator[MutantTask]:
        for mutant in mutants:
            tests = self._ordered(mutant)
            chosen = tests[: self.at_most] if self.at_most else tests
            seconds = {test: self.reach.seconds(test) for test in chosen}
            yield MutantTask(self.suite, mutant, chosen, seconds)

    def _ordered(self, mutant: Mutant) -> list[str]:
        """The tests that can notice: recent killers, then unlike ones, then the others.

        Tests of one family that run the same lines tend to notice the same faults.
        """
        able = self.reach.of(mutant)
        recent = [*self._killers[mutant.member], *self._killers[mutant.file]]
        known = set(able)
        first = [test for test in dict.fromkeys(recent) if test in known]
        quick = sorted(able, key=lambda test: (self.reach.seconds(test), test))
        unlike: dict[tuple[str, int], str] = {}
        for test in quick:
            unlike.setdefault((self.suite.family(test), self.reach.way(test)), test)
        return list(dict.fromkeys([*first, *self._in_turn(unlike.values()), *self._in_turn(quick)]))

    def _in_turn(self, tests: Iterable[str]) -> Iterator[str]:
        """The tests, one of every family in turn."""
        families: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            families[self.suite.family(test)].append(test)
        return (test for turn in zip_longest(*families.values()) for test in turn if test)

    def _outcome(self, task: MutantTask, told: list[Any], ending: children.Ending) -> Outcome:
        tried = sum(1 for word, _ in told if word == "test")
        word, why = cast(tuple[Word, str], told[-1] if ending == "done" else (ending, ""))
        if word == "survived" and not task.tests:
            word = "unreached"
        by = task.tests[tried - 1] if word in ("killed", "timeout", "crash") and tried else ""
        seconds = round(time.monotonic() - task.started, 2)
        able = len(self.reach.of(task.mutant))
        id, name = task.mutant.id, self.suite.name
        return Outcome(id, name, word, by, why, tried, able, seconds, self.key)


@dataclass
class Ledger:
    """The outcomes so far: a file that only grows, where the last line of a mutant counts."""

    path: Path
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Read what an earlier run left; a half-written last line is dropped."""
        ledger = cls(path)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in lines:
            try:
                ledger._hold(Outcome(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return ledger

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome, at once."""
        self._hold(outcome)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(outcome), separators=(",", ":")) + "\n")

    def _hold(self, outcome: Outcome) -> None:
        self.outcomes[outcome.id, outcome.suite] = outcome

    def settled(self, id: str, suite: str, key: str, believe_kills: bool, at_most: int) -> bool:
        """Whether a mutant needs no further run."""
        outcome = self.outcomes.get((id, suite))
        if outcome is None:
            return False
        if not outcome.alive and believe_kills:
            return True
        wanted = min(outcome.of, at_most) if at_most else outcome.of
        return outcome.key == key and (not outcome.alive or outcome.tried >= wanted)


def digest(*texts: str) -> str:
    """A short hash of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def sample(mutants: list[Mutant], count: int) -> list[Mutant]:
    """`count` mutants (0: all), the same ones every time; a larger sample contains the smaller."""
    if not count:
        return mutants
    return sorted(mutants, key=lambda mutant: digest(mutant.id))[:count]
