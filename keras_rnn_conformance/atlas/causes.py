"""The causes of known failures, as rows of the page: what broke when, and when it was mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from packaging.specifiers import SpecifierSet

from keras_rnn_conformance.cases.axes import LAYERS
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.results.causes import SEEN, Cause, causes
from keras_rnn_conformance.results.diff import visible


@dataclass(frozen=True)
class Line:
    """A cause, in the words of the page.

    Attributes:
        key: what links name it by.
        reason: the cause.
        seen: what a user sees.
        layers: the layers that it concerns.
        where: for each range of releases, since when and until when, and the backends.
        link: the upstream report; empty if there is none.
        rules: the rules that it breaks, each with its sentence.
        case: the shortest case that shows it.
        rule: the rule that this case breaks.
        got: what came of it, if a recorded release shows it.
    """

    key: str
    reason: str
    seen: str
    layers: tuple[str, ...]
    where: tuple[tuple[str, str, tuple[str, ...]], ...]
    link: str
    rules: tuple[tuple[str, str], ...]
    case: str
    rule: str
    got: str


@cache
def known() -> tuple[Cause, ...]:
    """Every cause of the project's known failures: what exists today first, then by layer.

    Raises:
        CommandFault: if the file cannot be used.
    """
    suite.modules()
    return tuple(sorted(causes(known_failures.read(known_failures.FILE)), key=_order))


def _order(cause: Cause) -> tuple[bool, int, int, str]:
    mended = all(until != "today" for since, until in map(period, cause.spans()))
    return mended, list(SEEN).index(cause.kinds[0]), LAYERS.index(cause.layers[0]), cause.reason


def lines(every: Iterable[Cause]) -> list[Line]:
    """The causes as rows."""
    return [_line(cause) for cause in every]


def _line(cause: Cause) -> Line:
    example, link = cause.example, cause.upstream
    return Line(
        cause.key,
        visible(cause.reason),
        " or ".join(SEEN[kind] for kind in cause.kinds),
        tuple(cause.layers),
        tuple((*period(span), tuple(names)) for span, names in cause.spans().items()),
        link if link.startswith("https://") else "",
        tuple((rule, RULES[rule].sentence) for rule in cause.rules),
        example.case.id,
        example.rule,
        visible(example.got)[:300],
    )


def period(span: str) -> tuple[str, str]:
    """Since which release, and until which, a range holds, such as `3.0` and `3.14`.

    A range without an end is until `today`, one without a beginning since `2.0`.
    """
    since, until = "2.0", "today"
    for one in span.split(" and "):
        for part in SpecifierSet("" if one == "every release" else one):
            if part.operator in (">=", ">", "=="):
                since = part.version.removesuffix(".dev0")
            elif part.operator in ("<", "<="):
                until = part.version.removesuffix(".dev0")
    return since, until
