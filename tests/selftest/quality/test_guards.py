"""Guards of conditional mutants: each is true under its condition, and under no other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.paths import ROOT
from tests.quality.mutation.conditions import planted
from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.conditions.history import Call, Record


class Layer:
    """As much of a layer as guards look at."""

    def __init__(self, **facts: Any) -> None:
        self.dtype_policy = SimpleNamespace(name="float32")
        self.weights: list[Any] = []
        vars(self).update(facts)


def sequences(*shape: int, value: float = 0.5) -> dict[str, Any]:
    return {"sequences": np.full(shape, value), "self": Layer()}


def under(policy: str) -> dict[str, Any]:
    return {"self": Layer(dtype_policy=SimpleNamespace(name=policy))}


def cell(units: int) -> dict[str, Any]:
    return {"self": Layer(cell=Layer(units=units))}


def mask(*last: int) -> dict[str, Any]:
    return {"mask": np.array([[1, 1, one] for one in last], bool), "self": Layer()}


def sized() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """For each guard on sizes a place where it is true, and one where it is not."""
    shapes = {"batch": lambda n: (n, 3, 3), "timesteps": lambda n: (3, n, 3)}
    for size in ("units", "features", "batch", "timesteps"):
        at = cell if size == "units" else partial(_of_shape, shapes.get(size, lambda n: (3, 3, n)))
        for power in (2**k for k in range(11)):
            yield f"{size}>{power}", at(power + 1), at(power)
        yield f"{size}=1", at(1), at(2)
        yield f"{size}-odd", at(7), at(8)


def _of_shape(shape: Any, number: int) -> dict[str, Any]:
    return sequences(*shape(number))


LOCAL = [
    *sized(),
    ("mask", {"mask": np.ones((2, 3), bool)}, {"mask": None}),
    ("no-mask", {"mask": None}, {"mask": np.ones((2, 3), bool)}),
    ("mask-ends-false", mask(1, 0), mask(1, 1)),
    *(
        (name, sequences(2, 3, 4, value=value), sequences(2, 3, 4))
        for name, value in (("nan", np.nan), ("inf", -np.inf), ("huge", -2e4), ("tiny", 1e-7))
    ),
    ("states-set", {"states": [np.ones(3)]}, {"states": [np.zeros(3)]}),
    *(
        (name, under(name.partition("=")[2]), under("another"))
        for name in GUARDS
        if name.startswith("policy=")
    ),
    ("cells>3", {"self": Layer(cells=[1] * 4)}, {"self": Layer(cells=[1] * 3)}),
    ("weights>10", {"self": Layer(weights=[1] * 11)}, {"self": Layer(weights=[1] * 10)}),
]
"""By guard, local variables under which it is true, and others under which it is not."""

CALLS = {
    "second-call": (Record(2, Call(1, 2, False)), Record(1, Call(1, 2, False))),
    "other-batch": (
        Record(2, Call(1, 2, False), Call(3, 2, False)),
        Record(2, Call(1, 2, False), Call(1, 3, False)),
    ),
    "other-length": (
        Record(2, Call(1, 2, False), Call(1, 3, False)),
        Record(2, Call(1, 2, False), Call(3, 2, False)),
    ),
    "train-after-infer": (
        Record(2, Call(1, 2, True), Call(1, 2, False)),
        Record(2, Call(1, 2, True), Call(1, 2, True)),
    ),
    "infer-after-train": (
        Record(2, Call(1, 2, False), Call(1, 2, True)),
        Record(2, Call(1, 2, False), Call(1, 2, False)),
    ),
    "weights-changed": (Record(2, changed=True), Record(2)),
}
"""By guard on earlier calls, a record under which it is true, and one under which it is not."""

LIVE = ("cloned", "reloaded", "compiled", "global-policy", "layers>10", *CALLS)
"""The guards that are shown on real layers, in a process of their own."""


@pytest.mark.parametrize(("name", "yes", "no"), LOCAL, ids=[name for name, _, _ in LOCAL])
def test_a_guard_is_true_under_its_condition_only(
    name: str, yes: dict[str, Any], no: dict[str, Any]
) -> None:
    assert planted.acts(name, yes)
    assert not planted.acts(name, no)
    assert not planted.acts(name, {"unrelated": 1})


@pytest.mark.parametrize("name", CALLS)
def test_a_guard_on_earlier_calls_is_true_under_its_condition_only(name: str) -> None:
    yes, no = CALLS[name]
    assert GUARDS[name].holds(yes)
    assert not GUARDS[name].holds(no)


def test_every_guard_is_shown_to_act() -> None:
    assert {name for name, _, _ in LOCAL} | set(LIVE) == set(GUARDS)


@cache
def scenes() -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.selftest.quality.conditional_scenes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_guards_on_real_layers_are_true_under_their_condition_only() -> None:
    assert scenes()["situations"] == {
        "first": [],
        "second": ["second-call"],
        "batch": ["second-call", "other-batch"],
        "length": ["second-call", "other-length"],
        "training": ["second-call", "train-after-infer"],
        "inference": ["second-call", "infer-after-train"],
        "weights": ["second-call", "weights-changed"],
        "clone": ["cloned"],
        "reload": ["reloaded"],
        "deep": ["layers>10"],
        "policy": ["global-policy"],
    }


def test_a_compiled_function_is_told_from_eager_code() -> None:
    compiles = environment.backend() in ("tensorflow", "jax")
    assert scenes()["compiled"] == ([False, True] if compiles else [False])
