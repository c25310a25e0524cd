"""What the options `--list-...` and `--covers` print; none needs Keras."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator

from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.axes import AXES, LAYERS, SCENARIOS, Axis
from keras_rnn_conformance.judging import scope, suite
from keras_rnn_conformance.judging.rules import RULES, in_order, rules_of
from keras_rnn_conformance.report.meanings import meaning, variant

WIDTH = 100
_INDENT = 10


def cases(profile: str) -> int:
    """Print one id a line: of all cases, or of those that judge what `--layer` names."""
    for case in filter(replaced.judges, suite.all_cases(profile)):
        print(case.id)
    return 0


def rules(profile: str) -> int:
    """Print id, number of cases, sentence and source of every rule."""
    counts = Counter(rule.id for case in suite.all_cases(profile) for rule in rules_of(case))
    for id in sorted(RULES, key=in_order):
        rule = RULES[id]
        print(f"{id}\t{counts[id]} cases\t{rule.sentence}\t[{rule.source}; since {rule.since}]")
    return 0


def covers(text: str) -> int:
    """Print the questions that speak of something, each with its answer, and the rules that do."""
    suite.modules()
    rules, cited = scope.about(text), scope.citing(text)
    for question in rules:
        judged = f"yes: {', '.join(question.ids)}" if question.rules else "not judged"
        print(question.text)
        for line in (judged, question.answer):
            print("\n".join(_wrapped("  ", line)) if line else "", end="\n" if line else "")
    if cited:
        print(f"rules that name {text!r}:")
        for id in cited:
            print("\n".join(_wrapped(f"  {id:<14}", RULES[id].sentence)))
    if not rules and not cited:
        print(f"nothing here speaks of {text!r}: try another word, or --list-rules")
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
        yield from _variants()
        return
    width = max(len(axis.token(value)) for value in axis.values) + 2
    for value in axis.values:
        default = " (default)" if value == axis.default else ""
        head = f"{' ' * _INDENT}{axis.token(value):<{width}}"
        words = _ONE.sub(r"1 \1", meaning(axis, value))
        yield from _wrapped(head, (words + default).strip())
    if axis.any_int:
        yield from _wrapped(" " * _INDENT, "or any other number")


_ONE = re.compile(r"\b1 (unit|timestep|sample|feature)s\b")


def _variants() -> Iterator[str]:
    """The values of `what`, by the scenario that has them."""
    for scenario, names in SCENARIOS.items():
        if names:
            yield f"{' ' * _INDENT}with do.{scenario}"
        width = max(map(len, names), default=0) + 2
        for name in names:
            head = f"{' ' * (_INDENT + 2)}{name:<{width}}"
            yield from _wrapped(head, variant(scenario, name))


def _wrapped(head: str, text: str) -> list[str]:
    """A text behind a head, the further lines below its beginning."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    ) or [head.rstrip()]
