"""Which tests run which lines of the sources, and which tests are green without any mutant."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.reading import TextFault, json_document, record
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.suites import Suite
from tests.quality.mutation.targets import keras_root

Lines = dict[str, list[int]]


@dataclass
class Probe:
    """What one test does on the Keras as installed: lines it runs, seconds, what it finds wrong."""

    lines: Lines
    seconds: float
    fault: str

    @cached_property
    def way(self) -> int:
        """A hash of the lines."""
        return hash(tuple((file, tuple(lines)) for file, lines in sorted(self.lines.items())))


@dataclass
class Reach:
    """The probes of a suite, by test.

    Attributes:
        probes: what each test does.
        files: the sources whose lines were watched; any test may run the others.
    """

    probes: dict[str, Probe] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    def green(self) -> list[str]:
        """The tests that find nothing wrong with the Keras as installed."""
        return [test for test, probe in self.probes.items() if not probe.fault]

    def red(self) -> dict[str, str]:
        """The others, and what they find."""
        return {test: probe.fault for test, probe in self.probes.items() if probe.fault}

    def of(self, mutant: Mutant) -> list[str]:
        """The green tests that run a line on which the mutant's fault can act."""
        if mutant.file not in self.files:
            return self.green()
        return [
            test
            for test in self.green()
            if not mutant.lines.isdisjoint(self.probes[test].lines.get(mutant.file, ()))
        ]

    def way(self, test: str) -> int:
        """A number that tests which run the same lines have in common."""
        return self.probes[test].way

    def share(self, test: str, file: str) -> float:
        """Which part of the lines that a test runs lies in a source, to the tenth."""
        lines = self.probes[test].lines
        return round(len(lines.get(file, ())) / max(1, sum(map(len, lines.values()))), 1)

    def seconds(self, test: str) -> float:
        """How long a test took, tracing included; 0 if it was not probed."""
        return self.probes[test].seconds if test in self.probes else 0.0


@dataclass(frozen=True)
class Stored:
    """What a file of probes holds: the version of the suite, the sources watched, the probes."""

    key: str
    files: list[str]
    probes: dict[str, dict[str, Any]]


def probe(suite: Suite, test: str, files: Iterable[str]) -> Probe:
    """Run one test under a line tracer."""
    root = keras_root()
    watched = {str(root / file): file for file in files}
    ran: dict[str, set[int]] = {}
    tracer = _tracer(watched, ran)
    start = time.perf_counter()
    threading.settrace(tracer)
    sys.settrace(tracer)
    try:
        fault = suite.fault(test)
    finally:
        sys.settrace(None)
        threading.settrace(None)
    seconds = time.perf_counter() - start
    return Probe({file: sorted(lines) for file, lines in ran.items()}, round(seconds, 4), fault)


def _tracer(watched: dict[str, str], ran: dict[str, set[int]]) -> Callable[..., Any]:
    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            ran[watched[frame.f_code.co_filename]].add(frame.f_lineno)
        return local

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        file = watched.get(frame.f_code.co_filename)
        if file is None:
            return None
        ran.setdefault(file, set()).add(frame.f_lineno)
        return local

    return enter


def load(path: Path, key: str | None) -> Reach:
    """The probes stored for a version of a suite, or for any if `key` is None; else none.

    Raises:
        CommandFault: if the file is there and cannot be used.
    """
    if not path.exists():
        return Reach()
    try:
        stored = record(Stored, json_document(path, TextFault))
        probes = {test: record(Probe, values) for test, values in stored.probes.items()}
    except TextFault as error:
        raise CommandFault(f"{path} keeps no reach, remove it: {error}") from None
    if key is not None and stored.key != key:
        return Reach()
    return Reach(probes, frozenset(stored.files))


def dump(reach: Reach, key: str) -> str:
    """The text that `load` reads."""
    probes = {test: asdict(probe) for test, probe in reach.probes.items()}
    document = Stored(key, sorted(reach.files), probes)
    return json.dumps(asdict(document), separators=(",", ":"))
