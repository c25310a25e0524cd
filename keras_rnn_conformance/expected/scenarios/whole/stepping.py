"""What optimizers and schedules of the learning rate do by definition."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.models.deeds.definitions import BEGUN, RATE, SLOPES, Array
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.training.optimizers import KINDS, Optimizer, Settings

EPSILON = 1e-7
"""What Keras adds to what an optimizer divides by."""


SINGLE = PRECISIONS["float32"]
ROUNDED = 64
"""How often a number is rounded, at most; the 1e-7 that Keras adds to what it divides by, and keeps
chances away from 0 by, is less than half of that."""


def near(value: Any, size: float = 1.0) -> Bounded:
    """A number that came of a few roundings of numbers of a size."""
    given = np.asarray(value, float)
    return Bounded(given, ROUNDED * SINGLE.u * np.maximum(abs(given), size), SINGLE)


def stepped(name: str, **o: Any) -> Bounded:
    """A weight after three steps of an optimizer."""
    kind = name.split()[0]
    if kind in KINDS:
        optimizer = Optimizer(Settings(kind, RATE, **o), SINGLE)
        weights = {"w": exact(BEGUN, SINGLE)}
        for slopes in SLOPES:
            weights = optimizer.apply({"w": exact(slopes, SINGLE)}, weights)
        return weights["w"]
    w, slots = BEGUN.copy(), {"m": np.zeros(3), "v": np.zeros(3), "a": np.zeros(3)}
    slots["n"] = np.full(3, o.get("initial_accumulator_value", 0.0))
    for t, g in enumerate(SLOPES, 1):
        w = MOVES[kind](w, g, t, slots, o)
    return near(w, 4.0)


def _nadam(w: Array, g: Array, t: int, s: dict[str, Array], o: dict[str, Any]) -> Array:
    now, then = (0.9 * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
    s["m"] = 0.9 * s["m"] + 0.1 * g
    s["v"] = 0.999 * s["v"] + 0.001 * g * g
    through = math.prod(0.9 * (1 - 0.5 * 0.96**k) for k in range(1, t + 1))
    ahead = then * s["m"] / (1 - through * then) + (1 - now) * g / (1 - through)
    return np.asarray(w - RATE * ahead / (np.sqrt(s["v"] / (1 - 0.999**t)) + EPSILON))


def _adadelta(w: Array, g: Array, t: int, s: dict[str, Array], o: dict[str, Any]) -> Array:
    rho, added = o["rho"], o["epsilon"]
    s["v"] = rho * s["v"] + (1 - rho) * g * g
    step = g * np.sqrt(s["a"] + added) / np.sqrt(s["v"] + added)
    s["a"] = rho * s["a"] + (1 - rho) * step * step
    return np.asarray(w - RATE * step)


def _ftrl(w: Array, g: Array, t: int, s: dict[str, Array], o: dict[str, Any]) -> Array:
    low, high = o["l1_regularization_strength"], o["l2_regularization_strength"]
    after = s["n"] + g * g
    s["m"] = s["m"] + g - (np.sqrt(after) - np.sqrt(s["n"])) / RATE * w
    s["n"] = after
    return np.asarray((np.clip(s["m"], -low, low) - s["m"]) / (np.sqrt(after) / RATE + 2 * high))


def _lion(w: Array, g: Array, t: int, s: dict[str, Array], o: dict[str, Any]) -> Array:
    w = w - RATE * np.sign(o["beta_1"] * s["m"] + (1 - o["beta_1"]) * g)
    s["m"] = o["beta_2"] * s["m"] + (1 - o["beta_2"]) * g
    return w


MOVES: dict[str, Callable[..., Array]] = {
    "Nadam": _nadam,
    "Adadelta": _adadelta,
    "Ftrl": _ftrl,
    "Lion": _lion,
}


def rate_at(name: str, step: int, o: dict[str, Any]) -> float:
    """The learning rate at a step."""
    kind, begun = name.split()[0], o.get("initial_learning_rate", 0.0)
    if kind == "PiecewiseConstantDecay":
        return float(o["values"][sum(step > boundary for boundary in o["boundaries"])])
    if kind == "CosineDecayRestarts":
        return begun * restarted(step, o)
    passed = step / o["decay_steps"]
    if o.get("staircase"):
        passed = math.floor(passed)
    if kind == "ExponentialDecay":
        return float(begun * o["decay_rate"] ** passed)
    if kind == "InverseTimeDecay":
        return float(begun / (1 + o["decay_rate"] * passed))
    if kind == "PolynomialDecay":
        left = 1 - (passed / max(1, math.ceil(passed)) if o.get("cycle") else min(passed, 1.0))
        last = o["end_learning_rate"]
        return float((begun - last) * left ** o.get("power", 1.0) + last)
    warm = o.get("warmup_steps", 0)
    if step < warm:
        return float(begun + (o["warmup_target"] - begun) * step / warm)
    begun = o.get("warmup_target", begun)
    return float(begun * waved(min((step - warm) / o["decay_steps"], 1.0), o["alpha"]))


def waved(passed: float, alpha: float) -> float:
    """From 1 down to alpha along half a cosine."""
    return (1 - alpha) * (1 + math.cos(math.pi * passed)) / 2 + alpha


def restarted(step: int, o: dict[str, Any]) -> float:
    """The same, again and again, each time longer and from less."""
    length, most = o["first_decay_steps"], 1.0
    while step >= length:
        step, length, most = step - length, length * o["t_mul"], most * o["m_mul"]
    wave = (1 + math.cos(math.pi * step / length)) / 2
    return float((1 - o["alpha"]) * most * wave + o["alpha"])
