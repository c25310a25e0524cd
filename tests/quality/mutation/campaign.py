"""Runs the suites against the mutants: in which order, with what patience."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, cast

from keras_rnn_conformance.base.appended import keep, kept
from tests.quality.mutation import children, reach
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.plant import plant
from tests.quality.mutation.reach import Probe, Reach
from tests.quality.mutation.suites import Suite

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
        of: how many tests run a line on which the fault can act; 0 if a known killer made it out.
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


Prober = Callable[[Suite, list[str], tuple[str, ...]], ProbeTask]


def survey(
    suite: Suite, known: Reach, files: tuple[str, ...], jobs: int, task: Prober = ProbeTask
) -> Iterator[Reach]:
    """Probe the tests of a suite that are not known yet; yield the reach after every batch."""
    tests = suite.tests()
    known.probes = {test: known.probes[test] for test in tests if test in known.probes}
    known.files = known.files or frozenset(files)
    while missing := [test for test in tests if test not in known.probes]:
        chunks = [missing[i : i + _CHUNK] for i in range(0, len(missing), _CHUNK)]
        tasks = [task(suite, chunk, files) for chunk in chunks]
        for done, told, ending in children.conduct(tasks, jobs):
            _take(known, cast(ProbeTask, done), told, ending)
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
        known: by mutant id, tests that killed it in another version of the suite or elsewhere.
    """

    suite: Suite
    reach: Reach
    key: str
    at_most: int = 0
    known: dict[str, list[str]] = field(default_factory=dict)
    _killers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _faults: dict[str, str] = field(default_factory=dict)

    def recall(self, mutants: Iterable[Mutant], jobs: int) -> Iterator[Outcome]:
        """The mutants that a test known to have killed them still kills; the reach is not used."""
        tests = set(self.suite.tests())
        tasks = (
            self._task(mutant, [test for test in self.known[mutant.id] if test in tests])
            for mutant in mutants
            if mutant.id in self.known
        )
        for _, outcome in self._judged(tasks, jobs):
            if outcome is not None and not outcome.alive:
                yield outcome

    def run(self, mutants: Iterable[Mutant], jobs: int) -> Iterator[Outcome]:
        """Outcomes as they come."""
        again: list[Mutant] = []
        for mutant in mutants:
            if self.reach.of(mutant):
                again.append(mutant)
            else:
                name = self.suite.name
                yield Outcome(mutant.id, name, "unreached", "", "", 0, 0, 0.0, self.key)
        while again:
            doubtful: list[Mutant] = []
            tasks = (self._task(mutant, self._chosen(mutant)) for mutant in again)
            for mutant, outcome in self._judged(tasks, jobs):
                if outcome is None:
                    doubtful.append(mutant)
                else:
                    yield outcome
            again = doubtful

    def _judged(
        self, tasks: Iterable[MutantTask], jobs: int
    ) -> Iterator[tuple[Mutant, Outcome | None]]:
        """A kill counts once its test is seen to pass without the mutant; None if it does not."""
        for task, told, ending in children.conduct(tasks, jobs):
            mutant = cast(MutantTask, task).mutant
            outcome = self._outcome(cast(MutantTask, task), told, ending)
            if outcome.by and not self._confirmed(outcome.by):
                yield mutant, None
                continue
            if outcome.by and outcome.word == "killed":
                self.learn(mutant, outcome.by)
            yield mutant, outcome

    def _confirmed(self, test: str) -> bool:
        if test not in self._faults:
            task = ProbeTask(self.suite, [test], ())
            for _, told, ending in children.conduct([task], 1):
                self._faults[test] = told[0][1]["fault"] if told else ending
        if test in self.reach.probes:
            self.reach.probes[test].fault = self._faults[test]
        return not self._faults[test]

    def learn(self, mutant: Mutant, killer: str) -> None:
        """Remember the killer, to try it first where the function or the change is the same."""
        for key in _keys(mutant):
            others = [test for test in self._killers[key] if test != killer]
            self._killers[key] = [killer, *others][:_MEMORY]

    def _task(self, mutant: Mutant, tests: list[str]) -> MutantTask:
        seconds = {test: self.reach.seconds(test) for test in tests}
        return MutantTask(self.suite, mutant, tests, seconds)

    def _chosen(self, mutant: Mutant) -> list[str]:
        tests = self.ordered(mutant)
        return tests[: self.at_most] if self.at_most else tests

    def ordered(self, mutant: Mutant) -> list[str]:
        """The tests that can notice: known and recent killers, then unlike ones, then the others.

        Tests of one family that run the same lines tend to notice the same faults, and those that
        run little beside the mutant's source tend to look at it closely.
        """
        able = self.reach.of(mutant)
        recent = [test for key in _keys(mutant) for test in self._killers[key]]
        likes = {self.suite.likeness(test) for test in recent}
        within = set(able)
        first = [test for test in [*self.known.get(mutant.id, []), *recent] if test in within]
        first += [test for test in able if self.suite.likeness(test) in likes]
        own = sorted(
            able, key=lambda test: (-self.reach.share(test, mutant.file), self.reach.seconds(test))
        )
        unlike: dict[tuple[str, int], str] = {}
        for test in own:
            unlike.setdefault((self.suite.family(test), self.reach.way(test)), test)
        return list(dict.fromkeys([*first, *self._in_turn(unlike.values()), *self._in_turn(own)]))

    def _in_turn(self, tests: Iterable[str]) -> Iterator[str]:
        """The tests: one of every kind in turn, and within a kind one of every family in turn."""
        kinds: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for test in tests:
            kinds[self.suite.kind(test)][self.suite.family(test)].append(test)
        return _turns([list(_turns(families.values())) for families in kinds.values()])

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


def _keys(mutant: Mutant) -> tuple[str, ...]:
    """What mutants that the same test kills have in common; the layers repeat one another."""
    change = f"{mutant.before} -> {mutant.after}"
    return mutant.member, f"{mutant.member.rpartition('.')[2]} {change}", mutant.file


def _turns(lists: Iterable[list[str]]) -> Iterator[str]:
    """The first of every list, then the second of every list, and so on."""
    return (item for turn in zip_longest(*lists) for item in turn if item)


@dataclass
class Ledger:
    """The outcomes so far: a file that only grows, where the last line of a mutant counts."""

    path: Path
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Read what an earlier run left; lines that are damaged are dropped.

        Raises:
            CommandFault: if the file cannot be read.
        """
        ledger = cls(path)
        for outcome in kept(path, Outcome):
            ledger._hold(outcome)
        return ledger

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome, at once."""
        self._hold(outcome)
        keep(self.path, outcome)

    def _hold(self, outcome: Outcome) -> None:
        self.outcomes[outcome.id, outcome.suite] = outcome

    def killers(self, suite: str) -> dict[str, list[str]]:
        """By mutant, what killed it; nothing for a mutant that cannot even be planted."""
        dead = [o for o in self.outcomes.values() if o.suite == suite and not o.alive]
        return {outcome.id: [outcome.by] if outcome.by else [] for outcome in dead}

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
