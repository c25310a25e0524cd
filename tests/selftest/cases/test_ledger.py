"""The option ledger against the suite's own plan: what it calls swept is swept."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from keras_rnn_conformance.cases.api.signatures import (
    CLASSES,
    classes_of,
    excluded,
    listed,
)
from keras_rnn_conformance.cases.api.table import ARGUMENTS, SIGNATURES
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
    assert arguments - set(ARGUMENTS) == set()
    assert set(ARGUMENTS) - arguments - {"input_shape"} == set()


def test_every_class_has_a_case() -> None:
    assert set(CLASSES.values()) == set(SIGNATURES)


@pytest.mark.parametrize("argument", sorted(ARGUMENTS))
def test_a_sweep_names_what_exists(argument: str) -> None:
    sweep = ARGUMENTS[argument]
    assert bool(sweep.excluded) != bool(sweep.axis or sweep.variants)
    for variant in sweep.variants:
        do, _, what = variant.partition(".")
        assert not what or what in SCENARIOS[do]
    assert not sweep.axis or sweep.axis in BY_KEY
    assert not sweep.renamed or sweep.until


@pytest.mark.parametrize("axis", sorted({a.axis for a in ARGUMENTS.values() if a.axis}))
def test_every_value_of_an_axis_is_in_the_default_profile(axis: str) -> None:
    layers = BY_KEY[axis].layers
    swept = {case[axis] for case in suite.all_cases("default") if case.layer in layers}
    assert swept >= set(BY_KEY[axis].values)


@pytest.mark.parametrize(("name", "argument"), ROWS)
def test_the_default_profile_sweeps_the_argument(name: str, argument: str) -> None:
    sweep = ARGUMENTS[argument]
    cases = cases_by_class()[name]
    values = {case[sweep.axis] for case in cases} if sweep.axis else set()
    variants = {f"{case['do']}.{case['what']}" for case in cases}
    swept = len(values) > 1 or bool(variants & {*sweep.variants, f"config.{argument}"})
    assert swept != bool(excluded(name, argument))
