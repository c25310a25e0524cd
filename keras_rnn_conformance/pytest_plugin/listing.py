"""The lists that `--list-cases`, `--list-rules` and `--list-axes` print; none needs Keras."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from keras_rnn_conformance.cases.axes import AXES, LAYERS, SCENARIOS, Axis, Value
from keras_rnn_conformance.cases.dtypes import COMPUTE, VARIABLE
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES, rules_of

WIDTH = 100
_INDENT = 10
_MANY = 12
"""Values that are listed one a line, at most."""


def cases(profile: str) -> int:
    """Print one id a line."""
    for case in suite.all_cases(profile):
        print(case.id)
    return 0


def rules(profile: str) -> int:
    """Print id, number of cases, sentence and source of every rule."""
    counts = Counter(rule.id for case in suite.all_cases(profile) for rule in rules_of(case))
    for id in sorted(RULES):
        rule = RULES[id]
        print(f"{id}\t{counts[id]} cases\t{rule.sentence}\t[{rule.source}; since {rule.since}]")
    return 0


def axes() -> int:
    """Print every axis: its key, what it is, and its values, in lines of at most `WIDTH`."""
    print(
        "The keys of a case id, in their order, and the values of each. A default is never "
        "written in an id."
    )
    for axis in AXES:
        print("\n".join(axis_lines(axis)))
    return 0


def axis_lines(axis: Axis) -> Iterator[str]:
    """An axis in lines."""
    only = "" if axis.layers == LAYERS else f" ({', '.join(axis.layers)} only)"
    yield from _wrapped(f"{axis.key:<{_INDENT}}", axis.doc + only)
    if axis.key == "what":
        for scenario, variants in SCENARIOS.items():
            if variants:
                yield from _wrapped(" " * _INDENT + f"with do.{scenario}: ", ", ".join(variants))
        return
    meanings = {value: meaning(axis, value) for value in axis.values}
    if any(meanings.values()) and len(meanings) <= max(_MANY, len(SCENARIOS) * (axis.key == "do")):
        width = max(len(axis.token(value)) for value in meanings) + 2
        for value, text in meanings.items():
            default = " (default)" if value == axis.default else ""
            head = f"{' ' * _INDENT}{axis.token(value):<{width}}"
            yield from _wrapped(head, (text + default).strip())
        return
    listed = ", ".join(axis.token(value) for value in axis.values)
    more = ", or any other number" if axis.any_int else ""
    yield from _wrapped(" " * _INDENT, f"{listed}{more}; default {axis.token(axis.default)}")


def meaning(axis: Axis, value: Value) -> str:
    """What a value of an axis says; empty where its name says it."""
    if value in axis.words:
        return axis.words[value]
    if axis.kind == "bare":
        computes, holds = COMPUTE[str(value)], VARIABLE[str(value)]
        return computes if computes == holds else f"computes in {computes}, variables in {holds}"
    if axis.kind == "int" and axis.values == (0, 1):
        return f"{axis.arguments[0]}={bool(value)}"
    if axis.key in ("drop", "rdrop"):
        return f"{axis.arguments[0]}={int(value) / 100:g}"
    return ""


def _wrapped(head: str, text: str) -> list[str]:
    """A text behind a head, the further lines below its beginning."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    ) or [head.rstrip()]  # fmt: skip
