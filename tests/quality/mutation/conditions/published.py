"""What is kept of the runs against conditional mutants: a file for all backends, its tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.reading import TextFault, json_document, record
from tests.quality.mutation.campaign import Outcome
from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.conditions.structural import TITLES
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.running import STORE
from tests.quality.mutation.suites import NAMES

FILE = STORE / "conditional.json"

LETTERS = {
    "killed": "k",
    "timeout": "k",
    "crash": "k",
    "trivial": "k",
    "survived": "s",
    "unreached": "n",
}
"""How a verdict is written: noticed, survived, never acted in any test; `-` if it was not tried.

`e` stands for a mutant that is shown equivalent, which no figure counts.
"""
_TITLES = {"ours": "this suite", "keras": "Keras's own tests"}


@dataclass(frozen=True)
class Published:
    """The verdicts of one backend.

    Attributes:
        judged: releases and backend.
        pool: how many mutants there are to choose from.
        mutants: by id, a letter for each of the suites.
    """

    judged: dict[str, str]
    pool: int
    mutants: dict[str, str]

    @classmethod
    def of(
        cls,
        judged: Mapping[str, str],
        pool: int,
        chosen: Sequence[Mutant],
        outcomes: Mapping[tuple[str, str], Outcome],
        equivalent: Set[str] = frozenset(),
        before: Published | None = None,
    ) -> Published:
        """The verdicts on those of the chosen mutants that this suite has tried.

        Those of Keras's own tests stay what they were before where this run did not try them: the
        tests are part of the release.

        Raises:
            CommandFault: if a mutant that is claimed to be equivalent was noticed.
        """
        letters = {
            mutant.id: "".join(_letter(outcomes.get((mutant.id, name))) for name in NAMES)
            for mutant in chosen
        }
        if refuted := sorted(id for id in equivalent if letters[id][0] == "k"):
            raise CommandFault(f"claimed to be equivalent: {', '.join(refuted)}: killed")
        if before is not None:
            letters = {id: _or_before(word, before.mutants.get(id)) for id, word in letters.items()}
        letters |= dict.fromkeys(equivalent, "e" * len(NAMES))
        return cls(dict(judged), pool, {id: word for id, word in letters.items() if word[0] != "-"})

    @staticmethod
    def read(path: Path) -> dict[str, Published]:
        """The runs in a file, by name; none if there is no file.

        Raises:
            CommandFault: if the file is there and is no such ledger.
        """
        try:
            document = json_document(path, TextFault) if path.exists() else {}
            if not isinstance(document, dict):
                raise TextFault("expected an object of runs")
            return {name: record(Published, run) for name, run in document.items()}
        except TextFault as error:
            raise CommandFault(f"{path} is no ledger of conditional mutants: {error}") from None

    @staticmethod
    def dump(runs: Mapping[str, Published]) -> str:
        """The text that `read` reads, with a line for each mutant."""
        parts = []
        for name, run in sorted(runs.items()):
            rows = ",\n".join(
                f"{json.dumps(id)}: {json.dumps(word)}" for id, word in run.mutants.items()
            )
            parts.append(
                f'{json.dumps(name)}: {{\n"judged": {json.dumps(run.judged)},\n'
                f'"pool": {run.pool},\n"mutants": {{\n{rows}\n}}}}'
            )
        return "{\n" + ",\n".join(parts) + "\n}\n"


def _or_before(letters: str, before: str | None) -> str:
    """The letters, but for Keras's own tests those of before where they were not tried."""
    untried = letters[1] == "-" and before is not None and before != "e" * len(NAMES)
    return letters[0] + before[1] if untried and before else letters


def _letter(outcome: Outcome | None) -> str:
    return LETTERS[outcome.word] if outcome else "-"


@dataclass(frozen=True)
class Count:
    """How many mutants a suite tried and noticed, and how many acted in none of its tests."""

    tried: int
    noticed: int
    never: int

    @classmethod
    def of(cls, letters: Iterable[str]) -> Count:
        seen = [letter for letter in letters if letter not in "-e"]
        return cls(len(seen), seen.count("k"), seen.count("n"))

    def __str__(self) -> str:
        if not self.tried:
            return "-"
        return f"{self.noticed} of {self.tried}, {self.noticed / self.tried:.0%}"


def counts(run: Published, suite: str) -> Count:
    """The figures of a suite on one backend."""
    column = NAMES.index(suite)
    return Count.of(letters[column] for letters in run.mutants.values())


def kind(id: str) -> str:
    """What a table counts a mutant under: the kind of its guard, or what its operator makes."""
    base, _, guard = id.partition("@")
    return GUARDS[guard].kind if guard else TITLES[base.rsplit(":", 1)[1].split(".")[0]]


def source(id: str) -> str:
    """The source that a mutant is of."""
    return id.split(":", 1)[0]


def tables(runs: Mapping[str, Published]) -> str:
    """Markdown: the figures of each backend, then by guard, then by source."""
    kinds = [*dict.fromkeys(guard.kind for guard in GUARDS.values()), *TITLES.values()]
    files = sorted({source(id) for run in runs.values() for id in run.mutants})
    parts = []
    for name, run in sorted(runs.items()):
        same = sum(letters[0] == "e" for letters in run.mutants.values())
        made = f" of {run.pool}" if run.pool else ""
        of = f"{len(run.mutants)}{made} conditional mutants, {same} shown equivalent"
        parts += [f"### {name}: {of}", ""]
        parts += [*_table("guard", run, kinds, kind), ""]
        parts += [*_table("source", run, files, source), ""]
    return "\n".join(parts)


def _table(title: str, run: Published, rows: list[str], of: Callable[[str], str]) -> list[str]:
    names = [name for name in NAMES if counts(run, name).tried]
    lines = [f"| {title} | " + " | ".join(_TITLES[name] for name in names) + " | never acts here |"]
    lines.append("|---" * (len(names) + 2) + "|")
    for row in rows:
        within = Published({}, 0, {id: word for id, word in run.mutants.items() if of(id) == row})
        if within.mutants:
            lines.append(_row(row, within, names))
    return [*lines, _row("all", run, names)]


def _row(title: str, run: Published, names: list[str]) -> str:
    cells = [title, *(str(counts(run, name)) for name in names), str(counts(run, "ours").never)]
    return "| " + " | ".join(cells) + " |"
