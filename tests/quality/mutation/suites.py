"""The two suites that are held against every mutant: this one, and Keras's own recurrent tests."""

from __future__ import annotations

import importlib
import os
import pkgutil
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
    """The cases of the default profile."""

    name = "ours"

    def __init__(self, profile: str = "default") -> None:
        readiness.ready()
        self._cases = {case.id: case for case in suite.all_cases(profile)}
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
    """The recurrent tests that the Keras wheel ships, `keras/src/layers/rnn/*_test.py`.

    They write files into the current folder, which is `scratch` while one runs.
    """

    name = "keras"

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    @cached_property
    def _tests(self) -> dict[str, unittest.TestCase]:
        return {test.id(): test for module in self._modules() for test in _flat(_load(module))}

    @staticmethod
    def _modules() -> list[str]:
        package = importlib.import_module("keras.src.layers.rnn")
        names = [info.name for info in pkgutil.iter_modules(package.__path__)]
        return [f"keras.src.layers.rnn.{name}" for name in sorted(names) if name.endswith("_test")]

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


def made(name: str, profile: str, scratch: Path) -> Suite:
    """The suite of a name; of this one the cases of a profile."""
    return Ours(profile) if name == "ours" else Kerass(scratch)
