"""What came of each data seed, kept in a file so that a long run can be stopped and go on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import is_standard_output, locked, write_whole
from keras_rnn_conformance.base.reading import TextFault, json_document, record


@dataclass(frozen=True)
class Run:
    """One seed.

    Attributes:
        seed: the key of the stream of numbers, and of the order.
        workers: the processes that shared the cases.
        cases: how many cases were judged.
        surprises: one line each.
        seconds: from start to end.
    """

    seed: int
    workers: int
    cases: int
    surprises: list[str]
    seconds: float

    def text(self) -> str:
        """One line of progress."""
        return (
            f"seed {self.seed}: {self.cases} cases, {self.workers} workers, "
            f"{len(self.surprises)} surprises, {self.seconds:.0f} s"
        )


@dataclass(frozen=True)
class Document:
    """What the file holds."""

    facts: dict[str, str]
    runs: list[dict[str, Any]]


@dataclass
class Kept:
    """The seeds that were judged, in memory or in a file as well."""

    facts: dict[str, str]
    path: Path | None = None
    runs: dict[int, Run] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | None, profile: str) -> Kept:
        """What a file keeps of this Keras, backend and profile; nothing where there is no file.

        Raises:
            CommandFault: if the file is of something else, or cannot be read or written.
        """
        described = environment.describe()
        facts = {name: described[name] for name in ("keras", "backend", "backend version")}
        kept = cls({**facts, "profile": profile}, path)
        if path is None:
            return kept
        if is_standard_output(path):
            raise CommandFault("--keep: is read as well as written: name a file")
        if path.exists():
            kept._read(path)
        elif not path.parent.is_dir():
            raise CommandFault(f"--keep: {path.parent} is not a folder; make it first")
        return kept

    def _read(self, path: Path) -> None:
        try:
            document = record(Document, json_document(path, TextFault))
            runs = [record(Run, run) for run in document.runs]
        except TextFault as error:
            raise CommandFault(f"{path} is no file that --keep wrote: {error}") from None
        facts = document.facts
        if facts != self.facts:
            theirs, ours = (", ".join(values.values()) for values in (facts, self.facts))
            raise CommandFault(f"{path} is about {theirs}, not {ours}: name another file")
        self.runs |= {run.seed: run for run in runs}

    def add(self, run: Run) -> None:
        """Remember a seed, in the file at once."""
        self.runs[run.seed] = run
        if self.path is None:
            return
        with locked(self.path.absolute().parent):
            if self.path.exists():
                self._read(self.path)
                self.runs[run.seed] = run
            runs = [asdict(self.runs[seed]) for seed in sorted(self.runs)]
            text = json.dumps({"facts": self.facts, "runs": runs}, indent=1)
            write_whole(self.path, text + "\n")

    def quiet(self, seed: int) -> bool:
        """Whether a seed was judged and came without a surprise."""
        return seed in self.runs and not self.runs[seed].surprises

    def summary(self, seeds: Iterable[int]) -> str:
        """What the seeds came to, and which of them had surprises."""
        runs = [self.runs[seed] for seed in seeds]
        workers = Counter(run.workers for run in runs)
        shared = ", ".join(f"{n} with {w}" for w, n in sorted(workers.items()))
        loud = [run for run in runs if run.surprises]
        judged = sum(run.cases for run in runs)
        lines = [f"{len(runs)} seeds ({shared} workers), {judged} cases judged"]
        if not loud:
            return f"{lines[0]}: no surprise"
        named = [f"  seed {run.seed}, {run.workers} workers: {len(run.surprises)}" for run in loud]
        return "\n".join([f"{lines[0]}: surprises in {len(loud)} seeds", *named])
