"""Optimizers against torch, fractions worked by hand, and laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from reference_impl.bounded import exact
from reference_impl.training.optimizers import Optimizer, Settings
from tests.oracle.conftest import Record
from tests.oracle.models.test_training import DOUBLE, LOGITS
from tests.oracle.sources.test_torch import tensor, torch, within

STEPS: dict[str, tuple[Settings, Any]] = {
    "SGD": (Settings("SGD", 0.1), lambda w: torch.optim.SGD(w, 0.1)),
    "momentum": (
        Settings("SGD", 0.1, momentum=0.5),
        lambda w: torch.optim.SGD(w, 0.1, momentum=0.5),
    ),
    "nesterov": (
        Settings("SGD", 0.1, momentum=0.5, nesterov=True),
        lambda w: torch.optim.SGD(w, 0.1, momentum=0.5, nesterov=True),
    ),
    # torch adds epsilon beside the corrected root: without it the two are one
    "Adam": (Settings("Adam", 0.1, epsilon=0.0), lambda w: torch.optim.Adam(w, 0.1, eps=0.0)),
    "decay": (
        Settings("Adam", 0.1, epsilon=0.0, weight_decay=0.25),
        lambda w: torch.optim.AdamW(w, 0.1, eps=0.0, weight_decay=0.25),
    ),
    "Adamax": (Settings("Adamax", 0.1, epsilon=0.0), lambda w: torch.optim.Adamax(w, 0.1, eps=0.0)),
    "Adagrad": (
        Settings("Adagrad", 0.1, epsilon=0.0, initial_accumulator_value=0.25),
        lambda w: torch.optim.Adagrad(w, 0.1, initial_accumulator_value=0.25, eps=0.0),
    ),
    "RMSprop": (
        Settings("RMSprop", 0.1, epsilon=0.0, rho=0.75),
        lambda w: torch.optim.RMSprop(w, 0.1, alpha=0.75, eps=0.0),
    ),
    "RMSprop, centered, with momentum": (
        Settings("RMSprop", 0.1, epsilon=0.0, rho=0.75, centered=True, momentum=0.5),
        lambda w: torch.optim.RMSprop(w, 0.1, alpha=0.75, eps=0.0, centered=True, momentum=0.5),
    ),
}


def quadratic(weights: dict[str, ref.Bounded]) -> dict[str, ref.Bounded]:
    """Return the gradients of sum((w - 1)^2) / 2."""
    return {name: w - 1.0 for name, w in weights.items()}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(STEPS))
def test_steps_of_optimizers(name: str, dtype: str, record: Record) -> None:
    settings, make = STEPS[name]
    start = {"a": LOGITS[0], "b": 2.0 + LOGITS[1, :, :1]}
    others = [tensor(w, dtype, grad=True) for w in start.values()]
    torch_optimizer = make(others)
    optimizer = Optimizer(settings, ref.PRECISIONS[dtype])
    weights = {k: exact(w, ref.PRECISIONS[dtype]) for k, w in start.items()}
    for _ in range(4):
        torch_optimizer.zero_grad()
        sum(((w - 1) ** 2).sum() / 2 for w in others).backward()
        torch_optimizer.step()
        weights = optimizer.apply(quadratic(weights), weights)
        for w, other in zip(weights.values(), others, strict=True):
            within(record, "torch, optimizers", w, other)
    assert weights["a"].bound.max() < (1e-2 if dtype == "float32" else 1e-9)


def test_epsilon_stands_beside_the_uncorrected_root() -> None:
    """g = 1 at the first step: m = 1 - b1, v = 1 - b2, alpha = rate sqrt(1 - b2) / (1 - b1)."""
    settings = Settings("Adam", 0.1, epsilon=0.5)
    weights = {"w": exact(np.zeros(1), DOUBLE)}
    got = Optimizer(settings, DOUBLE).apply({"w": exact(np.ones(1), DOUBLE)}, weights)["w"]
    root = np.sqrt(0.001)
    assert abs(got.value.item() + 0.1 * root / (root + 0.5)) <= got.bound.item() < 1e-14


def test_amsgrad_keeps_the_largest_velocity() -> None:
    optimizer = Optimizer(Settings("Adam", 0.1, amsgrad=True), DOUBLE)
    weights = {"w": exact(np.zeros(2), DOUBLE)}
    for size in (2.0, 0.0):
        weights = optimizer.apply({"w": exact(np.array([size, 1.0]), DOUBLE)}, weights)
    assert optimizer.slots["velocity_hat/w"].value == pytest.approx([0.004, 0.001999], rel=1e-12)


CLIPPING: dict[str, Any] = {
    "clipnorm": lambda ws: [torch.nn.utils.clip_grad_norm_([w], 0.5) for w in ws],
    "global_clipnorm": lambda ws: torch.nn.utils.clip_grad_norm_(ws, 0.5),
    "clipvalue": lambda ws: torch.nn.utils.clip_grad_value_(ws, 0.5),
}


@pytest.mark.parametrize("name", sorted(CLIPPING))
def test_clipping(name: str) -> None:
    """torch adds 1e-6 to a norm: they agree to that."""
    start = {"a": LOGITS[0], "b": 1.0 + 0.01 * LOGITS[1]}
    others = [tensor(w, "float64", grad=True) for w in start.values()]
    sum(((w - 1) ** 2).sum() / 2 for w in others).backward()
    CLIPPING[name](others)
    weights = {k: exact(w, DOUBLE) for k, w in start.items()}
    limit: dict[str, Any] = {name: 0.5}
    optimizer = Optimizer(replace(Settings("SGD", 1.0), **limit), DOUBLE)
    got = optimizer.apply(quadratic(weights), weights)
    for w, other in zip(start, others, strict=True):
        want = start[w] - other.grad.numpy()
        assert np.abs(got[w].value - want).max() <= (1e-15 if name == "clipvalue" else 1e-6)
        assert got[w].bound.max() < 1e-13


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_accumulated_gradients_are_the_mean(kind: str) -> None:
    g = [exact(LOGITS[k, :, 0], DOUBLE) for k in range(2)]
    weights = {"w": exact(np.ones(5), DOUBLE)}
    optimizer = Optimizer(Settings(kind, 0.1, gradient_accumulation_steps=2), DOUBLE)
    first = optimizer.apply({"w": g[0]}, weights)
    assert first["w"] is weights["w"]
    second = optimizer.apply({"w": g[1]}, first)["w"]
    whole = Optimizer(Settings(kind, 0.1), DOUBLE).apply({"w": (g[0] + g[1]) * 0.5}, weights)["w"]
    assert (np.abs(second.value - whole.value) <= second.bound + whole.bound).all()


def test_an_overflow_halves_the_scale_and_skips_the_step() -> None:
    half = ref.PRECISIONS["float16"]
    settings = Settings("SGD", 0.5, initial_scale=1024.0, dynamic_growth_steps=2)
    optimizer = Optimizer(settings, ref.PRECISIONS["float32"])
    weights = {"w": exact(np.ones(1), optimizer.precision)}
    over = ref.Bounded(np.array([2e5]), np.array([np.inf]), half)
    assert optimizer.apply({"w": over}, weights)["w"].value.item() == 1.0
    assert (optimizer.scale, optimizer.iterations) == (512.0, 0)
    for scale in (512.0, 1024.0):
        weights = optimizer.apply({"w": exact(np.array([512.0]), half)}, weights)
        assert optimizer.scale == scale
    assert weights["w"].value.item() == 0.0
    unsure = ref.Bounded(np.array([65000.0]), np.array([np.inf]), half)
    with pytest.raises(ref.ReferenceInputError, match="depends on how it is rounded"):
        optimizer.apply({"w": unsure}, weights)


def test_moving_average_of_weights() -> None:
    """Weights 1 -> 0 -> -1: average 0, then 0.5 * 0 + 0.5 * -1, assigned at the second step."""
    settings = Settings("SGD", 1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    optimizer, weights = Optimizer(settings, DOUBLE), {"w": exact(np.ones(1), DOUBLE)}
    for want in (0.0, -0.5):
        weights = optimizer.apply({"w": exact(np.ones(1), DOUBLE)}, weights)
        assert weights["w"].value.item() == want


def test_a_gradient_that_may_be_zero_bounds_adam_by_a_few_rates() -> None:
    single = ref.PRECISIONS["float32"]
    weights = {"w": exact(np.zeros(2), single)}
    unsure = ref.Bounded(np.array([1e-4, 1.0]), np.array([2e-4, 1e-8]), single)
    got = Optimizer(Settings("Adam", 0.01), single).apply({"w": unsure}, weights)["w"]
    assert 0.01 < got.bound[0] < 0.1
    assert got.bound[1] < 1e-5
