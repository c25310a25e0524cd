"""The option ledger against the suite's own plan: what it calls swept is swept."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from keras_rnn_conformance.cases.api.signatures import (
    CLASSES,
    CONSTRUCTORS,
    EXCLUDED,
    SWEPT,
    classes_of,
    listed,
)
from keras_rnn_conformance.cases.axes import BY_KEY, SCENARIOS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite

ROWS = sorted({(name, argument) for name, argument in listed() if name != "Layer"})


@cache
def cases_by_class() -> dict[str, list[Case]]:
    """The cases of the default profile by the classes whose arguments they give."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case in suite.all_cases("default"):
        for name in classes_of(case):
            found[name].append(case)
    return found


def test_every_argument_is_swept_or_excluded() -> None:
    arguments = {argument for _, argument in listed()}
    assert arguments - set(SWEPT) == set()
    assert set(SWEPT) - arguments - {"input_shape"} == set()


def test_every_class_has_a_case() -> None:
    assert set(CLASSES.values()) == set(CONSTRUCTORS)


@pytest.mark.parametrize("argument", sorted(SWEPT))
def test_a_sweep_names_what_exists(argument: str) -> None:
    sweep = SWEPT[argument]
    assert bool(sweep.excluded) != bool(sweep.axis or sweep.variants)
    for variant in sweep.variants:
        do, _, what = variant.partition(".")
        assert not what or what in SCENARIOS[do]
    if sweep.values:
        assert set(map(str, BY_KEY[sweep.axis].values)) == set(sweep.values.split())


@pytest.mark.parametrize("argument", sorted(a for a in SWEPT if SWEPT[a].values))
def test_every_value_of_an_axis_is_in_the_default_profile(argument: str) -> None:
    axis = SWEPT[argument].axis
    layers = BY_KEY[axis].layers
    swept = {str(case[axis]) for case in suite.all_cases("default") if case.layer in layers}
    assert swept >= set(SWEPT[argument].values.split())


@pytest.mark.parametrize(("name", "argument"), ROWS)
def test_the_default_profile_sweeps_the_argument(name: str, argument: str) -> None:
    sweep = SWEPT[argument]
    cases = cases_by_class()[name]
    values = {case[sweep.axis] for case in cases} if sweep.axis else set()
    variants = {f"{case['do']}.{case['what']}" for case in cases}
    swept = len(values) > 1 or bool(variants & {*sweep.variants, f"config.{argument}"})
    assert swept != bool(sweep.excluded or EXCLUDED.get((name, argument)))
