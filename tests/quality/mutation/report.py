"""What a campaign came to: as text to read, and as JSON to keep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.quality.mutation.campaign import ALIVE, Outcome
from tests.quality.mutation.equivalent import Claim
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.targets import keras_root

SUITE_TITLES = {"ours": "this suite", "keras": "Keras's own tests"}


@dataclass(frozen=True)
class Score:
    """How a suite did.

    Attributes:
        killed: mutants that a test noticed, or that could not run at all.
        trivial: of these, the ones that could not even be planted.
        alive: mutants that no test noticed, without the equivalent ones.
        equivalent: mutants that are shown equivalent and that no test noticed.
        seconds: the median time to a kill.
    """

    killed: int
    trivial: int
    alive: int
    equivalent: int
    seconds: float

    @property
    def rate(self) -> float:
        """The share of the mutants not shown equivalent that was killed."""
        total = self.killed + self.alive
        return self.killed / total if total else 0.0


@dataclass(frozen=True)
class Results:
    """The outcomes of a set of mutants.

    Attributes:
        facts: what was judged: releases, backend.
        made: how many mutants the mutator makes in all.
        mutants: the mutants that were tried.
        outcomes: by mutant id and suite.
        claims: by mutant id, the claim that it is equivalent.
    """

    facts: dict[str, str]
    made: int
    mutants: Sequence[Mutant]
    outcomes: dict[tuple[str, str], Outcome]
    claims: dict[str, Claim]

    def suites(self) -> list[str]:
        """The suites that have an outcome for a mutant."""
        return [name for name in SUITE_TITLES if self.tried(name)]

    def tried(self, suite: str) -> list[Mutant]:
        """The mutants that a suite has an outcome for."""
        return [mutant for mutant in self.mutants if (mutant.id, suite) in self.outcomes]

    def within(self, mutants: Sequence[Mutant]) -> Results:
        """The same results, of some of the mutants."""
        return replace(self, mutants=mutants)

    def score(self, suite: str) -> Score:
        """The score of a suite on the mutants that it has an outcome for."""
        seen = [self.outcomes[mutant.id, suite] for mutant in self.tried(suite)]
        dead = [outcome for outcome in seen if not outcome.alive]
        alive = [outcome for outcome in seen if outcome.alive]
        equivalent = sum(outcome.id in self.claims for outcome in alive)
        times = sorted(outcome.seconds for outcome in dead) or [0.0]
        trivial = sum(outcome.word == "trivial" for outcome in dead)
        median = times[len(times) // 2]
        return Score(len(dead), trivial, len(alive) - equivalent, equivalent, median)

    def refuted(self) -> list[str]:
        """The mutants claimed equivalent that this suite kills."""
        outcomes = (self.outcomes.get((id, "ours")) for id in self.claims)
        return [outcome.id for outcome in outcomes if outcome and not outcome.alive]

    def survivors(self, suite: str) -> list[Mutant]:
        """The mutants that no test of a suite noticed, without the equivalent ones."""
        return [
            mutant
            for mutant in self.tried(suite)
            if self.outcomes[mutant.id, suite].alive and mutant.id not in self.claims
        ]


def statement(results: Results) -> str:
    """The figures of every suite, a line each; then those of all on what each of them tried."""
    lines = [_line(name, results.score(name)) for name in results.suites()]
    both = results.within(shared(results))
    if len(both.mutants) < len(results.mutants):
        lines += [f"on the {len(both.mutants)} mutants that both tried:"]
        lines += [_line(name, both.score(name)) for name in both.suites()]
    return "\n".join(lines)


def shared(results: Results) -> list[Mutant]:
    """The mutants that every suite with any outcome has tried."""
    tried = [{mutant.id for mutant in results.tried(name)} for name in results.suites()]
    common = set.intersection(*tried) if tried else set()
    return [mutant for mutant in results.mutants if mutant.id in common]


def _line(suite: str, score: Score) -> str:
    total = score.killed + score.alive
    return (
        f"{SUITE_TITLES[suite]}: {score.killed} of {total} mutants killed, {score.rate:.1%} "
        f"({score.trivial} cannot run at all, {score.equivalent} equivalent not counted, "
        f"median {score.seconds:.2f} s to a kill)"
    )


def text(results: Results, suite: str) -> str:
    """The figures by source, then every survivor of a suite with its line and what changed."""
    lines = [", ".join(f"{name} {value}" for name, value in results.facts.items())]
    lines += [f"{len(results.mutants)} of the {results.made} mutants that the mutator makes"]
    lines += [statement(results), "", *_by_file(results)]
    survivors = results.survivors(suite)
    lines += ["", f"{len(survivors)} survive {SUITE_TITLES[suite]}:"]
    for mutant in survivors:
        lines += ["", *_survivor(mutant, results.outcomes[mutant.id, suite])]
    return "\n".join(lines) + "\n"


def _by_file(results: Results) -> list[str]:
    lines = []
    for file in dict.fromkeys(mutant.file for mutant in results.mutants):
        part = [mutant for mutant in results.mutants if mutant.file == file]
        within = results.within(part)
        scores = [f"{name} {within.score(name).rate:6.1%}" for name in within.suites()]
        lines.append(f"{file:32}{len(part):5} mutants   {'   '.join(scores)}")
    return lines


def _survivor(mutant: Mutant, outcome: Outcome) -> list[str]:
    tried = f"{outcome.tried} of {outcome.of} tests that reach it"
    tests = tried if outcome.of else "no test reaches it"
    return [
        f"{mutant.id}  {mutant.member}  ({tests})",
        f"    {source_line(mutant)}",
        f"  - {mutant.before}",
        f"  + {mutant.after}",
    ]


def source_line(mutant: Mutant) -> str:
    """The line of the source where the fault lies."""
    lines = (keras_root() / mutant.file).read_text(encoding="utf-8").splitlines()
    return lines[mutant.line - 1].strip()


def document(results: Results) -> str:
    """The JSON of the results: figures, one row a mutant, and what the survivors change."""
    names = results.suites()
    scores = {name: vars(results.score(name)) for name in names}
    both = results.within(shared(results))
    alike = {name: vars(both.score(name)) for name in names}
    rows = [[mutant.id, *_cells(results, mutant, names)] for mutant in results.mutants]
    alive = {m.id: [m.member, source_line(m), m.before, m.after] for m in results.survivors("ours")}
    equivalent = {
        mutant.id: results.claims[mutant.id].reason
        for mutant in results.mutants
        if mutant.id in results.claims and results.outcomes[mutant.id, "ours"].word in ALIVE
    }
    head: dict[str, Any] = {
        "judged": results.facts,
        "made": results.made,
        "tried": len(rows),
        "scores": scores,
        "shared": {"tried": len(both.mutants), "scores": alike},
        "columns": ["id", *(f"{name} {what}" for name in names for what in ("verdict", "seconds"))],
    }
    parts = [json.dumps(head, indent=1)[:-2], _block("mutants", rows), _block("survivors", alive)]
    return ",\n".join([*parts, _block("equivalent", equivalent)]) + "\n}\n"


def _block(name: str, items: list[Any] | dict[str, Any]) -> str:
    """A JSON member with one item a line, so that a change shows as the line that changed."""
    if isinstance(items, dict):
        lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in items.items()]
        return f' "{name}": {{\n' + ",\n".join(lines) + "\n }"
    return f' "{name}": [\n' + ",\n".join(json.dumps(item) for item in items) + "\n ]"


def _cells(results: Results, mutant: Mutant, names: list[str]) -> list[Any]:
    outcomes = [results.outcomes.get((mutant.id, name)) for name in names]
    return [
        cell
        for one in outcomes
        for cell in ((one.word, round(one.seconds, 1)) if one else ("", None))
    ]
