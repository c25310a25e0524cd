"""What scripts are written with: exact literals, lines, and what shows that one failed alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.judging.rules import Failure

Lines = list[str]
WIDTH = 96


class NoText(LookupError):
    """There is no script for a case; the message says why, as the end of a sentence."""


@dataclass(frozen=True)
class Plan:
    """What a script is about.

    Attributes:
        case: the case.
        seed: the data seed.
        rule: the rule that broke.
        failure: its first failure.
        seen: what was observed.
    """

    case: Case
    seed: int
    rule: str
    failure: Failure
    seen: Observation = field(default_factory=Observation)

    @property
    def data(self) -> Data:
        return Data(self.case, self.seed)


@dataclass(frozen=True)
class Body:
    """The lines of a script behind its imports, and how to tell that it failed alike.

    Attributes:
        lines: the text.
        sign: a regular expression that the end of the error output must match.
        error: the error that the script must print, if it prints one.
    """

    lines: Lines
    sign: str
    error: float | None = None


def folded(line: str, width: int = WIDTH + 2) -> Lines:
    """A line of Python, broken behind commas inside brackets where it is too long."""
    if len(line) <= width or line.lstrip().startswith("#"):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    lines: Lines = []
    begin = 0
    places = [*_commas(line), len(line)]
    for place, after in pairwise(places):
        room = width - (len(indent) if lines else 0)
        if after - begin > room and place > begin:
            lines.append(line[begin : place + 1])
            begin = place + 2
    lines.append(line[begin:])
    return [lines[0], *(indent + part for part in lines[1:])]


def _commas(line: str) -> Iterator[int]:
    """Where a comma and a space stand inside brackets and outside of texts."""
    depth, quote = 0, ""
    for i, c in enumerate(line):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth and line[i + 1 : i + 2] == " ":
            yield i


def indented(lines: Iterable[str], by: int = 4) -> Lines:
    """The lines, moved to the right; those inside of a line too."""
    return [" " * by + part for line in lines for part in line.split("\n")]


def wrapped(text: str, width: int = WIDTH) -> Lines:
    """A text in lines of at most so many characters."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def upwards(bound: float) -> str:
    """A bound with two digits, never smaller than it is."""
    return f"{bound * 1.05:.1e}"


def compared(rule: str, name: str, bound: float, *, finite: bool = True) -> Lines:
    """The assertion that `actual` is what is expected; numbers that are not finite are the same."""
    most = upwards(bound)
    claim = f"{rule}: {name}: error {{error:.4g}} > {most}"
    shown = "expected {expected}, actual {actual}"
    line = f'assert error <= {most}, f"{claim}, {shown}"'
    distance = ["error = np.abs(actual - expected).max()"]
    if not finite:
        distance = [
            "same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))",
            "error = np.where(same, 0, np.abs(actual - expected)).max()",
        ]
    if len(line) > WIDTH:
        return [*distance, f'assert error <= {most}, (f"{claim}, "', f'    f"{shown}")']
    return [*distance, line]


def equal(rule: str, what: str) -> Lines:
    """The assertion that `actual == expected`."""
    return [
        f'assert actual == expected, f"{rule}: {what}: expected {{expected}}, actual {{actual}}"'
    ]


def asserted(rule: str, what: str) -> str:
    """The sign of an assertion of a rule about a thing."""
    return rf"AssertionError: {re.escape(f'{rule}: {what}')}"
