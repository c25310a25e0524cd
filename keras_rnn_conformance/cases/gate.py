"""The cases of the gate: those that give the first alarm, chosen by evidence, strongest first.

`keras-rnn-conformance gate` chooses them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices.covering import read_cases

FILE = FIXTURES / "cases" / "gate.txt"


@cache
def gate() -> tuple[Case, ...]:
    """The cases, strongest first.

    Raises:
        FixtureFault: if the file cannot be used.
    """
    return tuple(read_cases(FILE))


def dump(cases: Iterable[Case]) -> str:
    """The text that `gate` reads."""
    return "".join(f"{case.id}\n" for case in cases)
