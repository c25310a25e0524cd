"""The two suites that are held against every mutant: this one, and Keras's own tests."""

from __future__ import annotations

import os
import unittest
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.judging import capabilities, known_failures, readiness, suite
from keras_rnn_conformance.judging.known_failures import sort_out
from keras_rnn_conformance.judging.rules import governing
from keras_rnn_conformance.judging.verdict import conduct
from tests.quality.mutation.targets import SETS, keras_root, module_name


class Suite(Protocol):
    """Tests that can be run one by one.

    Attributes:
        name: what reports call the suite.
    """

    name: str

    def tests(self) -> list[str]:
        """The names of the tests."""
        ...

    def kind(self, test: str) -> str:
        """What a test is about; one of every kind is tried before a second of any."""
        ...

    def family(self, test: str) -> str:
        """What a test has in common with its likes, so that unlike ones can be tried first."""
        ...

    def likeness(self, test: str) -> str:
        """What a test has in common with those that ask the same of other layers."""
        ...

    def fault(self, test: str) -> str:
        """Run one test; what it found wrong, empty if nothing."""
        ...


class Ours:
    """The cases of a profile, or those of them in which one of some scenarios is done."""

    name = "ours"

    def __init__(self, profile: str = "default", scenarios: tuple[str, ...] = ()) -> None:
        readiness.ready()
        cases = suite.all_cases(profile)
        self._cases = {c.id: c for c in cases if not scenarios or c["do"] in scenarios}
        release = environment.keras_release()
        self._known = known_failures.load(known_failures.FILE, release, environment.backend())

    def tests(self) -> list[str]:
        return list(self._cases)

    def kind(self, test: str) -> str:
        case = self._cases[test]
        return governing(case) if case["do"] == "call" else str(case["do"])

    def family(self, test: str) -> str:
        case = self._cases[test]
        return f"{case.layer} {governing(case)} {case['what']} {case['dtype']}"

    def likeness(self, test: str) -> str:
        return test.partition("-")[2]

    def fault(self, test: str) -> str:
        case = self._cases[test]
        if capabilities.lacking(case, environment.backend()):
            return ""
        try:
            verdict = conduct(case)
        except Exception as error:
            return f"{type(error).__name__} while judging"
        unexpected, passes, _ = sort_out(verdict, self._known)
        return " ".join([*unexpected, *(f"{entry.rule} holds" for entry in passes)])


class Kerass:
    """Tests that the Keras wheel ships, by patterns below `keras/src`.

    They write files into the current folder, which is `scratch` while one runs.
    """

    name = "keras"

    def __init__(self, scratch: Path, patterns: tuple[str, ...]) -> None:
        self._scratch = scratch
        self._patterns = patterns

    @cached_property
    def _tests(self) -> dict[str, unittest.TestCase]:
        return {test.id(): test for module in self._modules() for test in _flat(_load(module))}

    def _modules(self) -> list[str]:
        root = keras_root()
        paths = [path for pattern in self._patterns for path in sorted(root.glob(pattern))]
        return [module_name(path.relative_to(root).as_posix()) for path in paths]

    def tests(self) -> list[str]:
        return list(self._tests)

    def kind(self, test: str) -> str:
        return test.rsplit(".", 1)[0]

    def family(self, test: str) -> str:
        return test

    def likeness(self, test: str) -> str:
        return test.rpartition(".")[2]

    def fault(self, test: str) -> str:
        result = unittest.TestResult()
        before = Path.cwd()
        self._scratch.mkdir(parents=True, exist_ok=True)
        os.chdir(self._scratch)
        try:
            self._tests[test].run(result)
        finally:
            os.chdir(before)
        found = [*result.errors, *result.failures]
        if not found:
            return ""
        return _error_name(found[0][1])


def _error_name(traceback: str) -> str:
    """The class of the error at the end of a formatted traceback."""
    lines = [line.split(":")[0] for line in traceback.splitlines() if line[:1].isalpha()]
    named = [line for line in lines if line.isascii() and " " not in line]
    return named[-1].rsplit(".", 1)[-1] if named else "failure"


def _load(module: str) -> unittest.TestSuite:
    return unittest.defaultTestLoader.loadTestsFromName(module)


def _flat(tests: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


NAMES = ("ours", "keras")


def made(name: str, profile: str, scratch: Path, of: str = "recurrent") -> Suite:
    """The suite of a name, as it is held against a set of sources; of this one a profile."""
    targets = SETS[of]
    ours = name == "ours"
    return Ours(profile, targets.scenarios) if ours else Kerass(scratch, targets.tests)
