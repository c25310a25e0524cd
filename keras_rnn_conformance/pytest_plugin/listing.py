"""The lists that `--list-cases`, `--list-rules` and `--list-axes` print; none needs Keras."""

from __future__ import annotations

from collections import Counter

from keras_rnn_conformance.cases.axes import AXES
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES, rules_of


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
    """Print every axis: its key, values, default and layers."""
    for axis in AXES:
        values = " ".join(str(value) for value in axis.values)
        print(f"{axis.key}\t{axis.doc}\tdefault {axis.default}\t{values}\t{' '.join(axis.layers)}")
    return 0
