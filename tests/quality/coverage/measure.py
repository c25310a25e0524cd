"""One run of the cases under `coverage`, and what of Keras's sources it reached."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.base.reading import json_document
from tests.quality.coverage.sources import Source, names
from tests.quality.coverage.unreached import Spot
from tests.quality.mutation.targets import keras_root

_SETTINGS = """\
[run]
branch = True
data_file = {folder}/data
include =
    {sources}
[report]
exclude_lines =
    ^never$
"""
"""Nothing is excluded by a comment: the list of what is not reached says it, with reasons."""


@dataclass(frozen=True)
class Reached:
    """What a run reached of one source.

    Attributes:
        name: the source, below `keras/src`.
        source: its statements.
        run: the lines that were run.
        taken: the branches that were taken, as pairs of lines; a negative one is an exit.
        lines: all lines.
        branches: all branches.
    """

    name: str
    source: Source
    run: frozenset[int]
    taken: frozenset[tuple[int, int]]
    lines: frozenset[int]
    branches: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, name: str, source: Source, report: dict[str, Any]) -> Reached:
        """From what `coverage` reports of a file; what the source leaves out is left out."""
        kept = source.statements
        run = {line for line in report["executed_lines"] if line in kept}
        missed = {line for line in report["missing_lines"] if line in kept}
        taken = {(a, b) for a, b in report["executed_branches"] if a in kept}
        untaken = {(a, b) for a, b in report["missing_branches"] if a in kept}
        return cls(
            name,
            source,
            frozenset(run),
            frozenset(taken),
            frozenset(run | missed),
            frozenset(taken | untaken),
        )

    @cached_property
    def missed(self) -> list[Spot]:
        """What was not reached: lines, each without the block below it; then branches.

        A branch from or to a line that was not run goes without saying.
        """
        gone = self.lines - self.run
        first = [n for n in sorted(gone) if self.source.statements[n].parent not in gone]
        untaken = sorted(self.branches - self.taken)
        between = [(a, b) for a, b in untaken if a in self.run and b not in gone]
        return [*map(self.line, first), *(self.branch(a, b) for a, b in between)]

    @property
    def there(self) -> Iterator[Spot]:
        """Every line and branch."""
        yield from map(self.line, self.lines)
        yield from (self.branch(a, b) for a, b in self.branches)

    def line(self, number: int) -> Spot:
        """A line by its text."""
        statement = self.source.statements[number]
        return Spot(self.name, statement.function, statement.text)

    def branch(self, start: int, end: int) -> Spot:
        """A branch by the texts of the lines that it joins."""
        target = self.source.statements.get(end)
        statement = self.source.statements[start]
        text = f"{statement.text} -> {target.text if target else 'exit'}"
        return Spot(self.name, statement.function, text)


def measure(selection: Sequence[str]) -> tuple[list[Reached], bool]:
    """Run pytest with the given options; what it reached, and whether it was green.

    Raises:
        CommandFault: if `coverage` is missing, or the run did not come to its end.
    """
    if importlib.util.find_spec("coverage") is None:
        raise CommandFault(
            "needs coverage, which is not installed: pip install '.[coverage]' in the checkout"
        )
    sources = names(environment.backend())
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        settings = Path(folder) / "settings.ini"
        paths = "\n    ".join(str(keras_root() / name) for name in sources)
        settings.write_text(_SETTINGS.format(folder=folder, sources=paths), encoding="utf-8")
        status = _coverage(
            settings, "run", "-m", "pytest", "-q", "-p", "no:cacheprovider", *selection
        )
        if status not in (0, 1):
            raise CommandFault(f"pytest did not judge the cases: exit status {status}")
        report = Path(folder) / "report.json"
        if _coverage(settings, "json", "-q", "-o", str(report)) or not report.exists():
            raise CommandFault("the run measured nothing: did it import Keras?")
        files = json_document(report)["files"]
    by_path = {Path(path).resolve(): facts for path, facts in files.items()}
    return [_reached(name, by_path) for name in sources], status == 0


def _coverage(settings: Path, command: str, *arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "coverage", command, f"--rcfile={settings}", *arguments],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode


def _reached(name: str, by_path: dict[Path, dict[str, Any]]) -> Reached:
    source = Source.of(name)
    report = by_path.get(source.path.resolve())
    if report is None:
        raise CommandFault(f"the run never imported {name}")
    return Reached.of(name, source, report)
