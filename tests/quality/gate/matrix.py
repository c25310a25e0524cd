"""Which cases notice which mutants: one mutant after the other, each against many cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from keras_rnn_conformance.base.appended import kept
from tests.quality.mutation import children
from tests.quality.mutation.campaign import Campaign, MutantTask, digest
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.plant import plant


@dataclass(frozen=True)
class Line:
    """A line of the matrix.

    Attributes:
        mutant: its id.
        tried: how many cases were run.
        noticed: the ids of those that noticed it.
    """

    mutant: str
    tried: int
    noticed: list[str]


@dataclass
class LineTask(MutantTask):
    """Plant a mutant and run every test, whether or not one before has noticed."""

    def work(self, tell: children.Tell) -> None:
        try:
            plant(self.mutant)
        except Exception:
            return  # it cannot be planted: any import of Keras shows it
        for i, test in enumerate(self.tests):
            tell(["test", i])
            if self.suite.fault(test):
                tell(["noticed", test])


def lines(campaign: Campaign, mutants: Sequence[Mutant], at_most: int, jobs: int) -> Iterator[Line]:
    """A line for each mutant, of the `at_most` tests that are most likely to notice it."""
    tasks = [_task(campaign, mutant, at_most) for mutant in mutants]
    for task, told, ending in children.conduct(tasks, jobs):
        line = cast(LineTask, task)
        tried = [line.tests[i] for word, i in told if word == "test"]
        noticed = [test for word, test in told if word == "noticed"]
        if ending != "done" and tried:
            noticed = list(dict.fromkeys([*noticed, tried[-1]]))
        yield Line(line.mutant.id, len(tried), sorted(noticed))


def _task(campaign: Campaign, mutant: Mutant, at_most: int) -> LineTask:
    """The work that makes a line."""
    tests = campaign.ordered(mutant)[:at_most]
    seconds = {test: campaign.reach.seconds(test) for test in tests}
    return LineTask(campaign.suite, mutant, tests, seconds)


def trained(id: str) -> bool:
    """Whether a mutant belongs to the half that the gate is chosen by.

    The other half is held out. A mutant and the same one under a guard are in one half.
    """
    return int(digest(id.partition("@")[0]), 16) % 2 == 0


def load(path: Path) -> dict[str, Line]:
    """The lines so far, by mutant; damaged ones are dropped."""
    return {line.mutant: line for line in kept(path, Line)}
