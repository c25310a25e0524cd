"""The equations of the plain layers in a few lines of NumPy, as scripts hold them.

They are a second hand-written form of what `reference_impl` computes, and held to it by a test; a
script has them where they give what the oracle expects, and literal numbers elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import returned
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.shapes import given_states

Array = np.ndarray[Any, Any]
Steps = tuple[Array, ...]
Run = tuple[Array, Array, list[Array]]


def sigmoid(z: Array) -> Any:
    """The logistic function."""
    return 1 / (1 + np.exp(-z))


def simple_rnn(x: Array, h: Array, kernel: Array, recurrent: Array, bias: Any = 0) -> Steps:
    """Elman 1990."""
    h = np.tanh(x @ kernel + h @ recurrent + bias)
    return h, h


def lstm(x: Array, h: Array, c: Array, kernel: Array, recurrent: Array, bias: Any = 0) -> Steps:
    """Hochreiter and Schmidhuber 1997, Gers et al. 2000."""
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, h, c


def gru(x: Array, h: Array, kernel: Array, recurrent: Array, bias: Any = (0, 0)) -> Steps:
    """Cho et al. 2014 with the reset after the product, as Keras computes it by default."""
    xz, xr, xh = np.split(x @ kernel + bias[0], 3, -1)
    uz, ur, uh = np.split(h @ recurrent + bias[1], 3, -1)
    z, r = sigmoid(xz + uz), sigmoid(xr + ur)
    h = z * h + (1 - z) * np.tanh(xh + r * uh)
    return h, h


def run(
    step: Callable[..., Steps], x: Array, states: list[Array], weights: list[Array],
    backwards: bool = False,
) -> Run:  # fmt: skip
    """The outputs of all timesteps, the last one, and the last states."""
    outputs = []
    for t in range(x.shape[1])[:: -1 if backwards else 1]:
        y, *states = step(x[:, t], *states, *weights)
        outputs.append(y)
    return np.stack(outputs, 1), y, states


def run_masked(
    step: Callable[..., Steps], x: Array, states: list[Array], weights: list[Array],
    mask: Array, backwards: bool = False, zero: bool = False,
) -> Run:  # fmt: skip
    """The same under a mask; a masked timestep repeats the output before it, or gives zeros."""
    outputs, y = [], np.zeros(states[0].shape)
    for t in range(x.shape[1])[:: -1 if backwards else 1]:
        new, *after = step(x[:, t], *states, *weights)
        valid = mask[:, t, None]
        y = np.where(valid, new, 0 if zero else y)
        states = [np.where(valid, a, s) for a, s in zip(after, states, strict=True)]
        outputs.append(y)
    return np.stack(outputs, 1), y, states


STEPS: dict[str, Callable[..., Steps]] = {"SimpleRNN": simple_rnn, "LSTM": lstm, "GRU": gru}
SAID = {
    "mask", "back", "zero", "init", "unroll", "impl", "cudnn", "static", "via", "n", "in", "bias",
    "maskas", "given",
}  # fmt: skip
"""Axes that may depart from their defaults: those of a run, and those that change no number."""
_WAYS = (
    "call", "functional", "predict", "batch", "sequential", "nested", "subclass", "graph", "jit",
)  # fmt: skip


def derivation(case: Case, data: Data) -> tuple[Callable[..., Run], dict[str, Any]] | None:
    """Which function runs a call of a plain layer, and its arguments; None for other cases."""
    plain = case["do"] == "call" and case["as"] == "layer" and case.layer in RECURRENT
    known = case.departures.keys() <= SAID and case["via"] in _WAYS and case["t"] != 0
    if not plain or not known or case["init"] == "layer":
        return None
    count = len(list(returned(case.but(state=1)))) - 1
    zeros = np.zeros((data.batch, case.number("u")))
    handed = given_states(case, data) if case["init"] != "none" else []
    given: dict[str, Any] = {
        "step": STEPS[case.layer], "x": data.x_of(0), "states": handed or [zeros] * count,
        "weights": [w.astype("float32") for w in data.weights()],
    }  # fmt: skip
    given |= {"backwards": True} if case["back"] else {}
    if data.mask is None:
        return run, given
    given |= {"zero": True} if case["zero"] and case["seq"] else {}
    return run_masked, {**given, "mask": data.mask}


def part_of(case: Case, name: str) -> tuple[int, ...]:
    """Which part of what a run returns an array of the layer is, as indices."""
    if name == "output":
        return (0 if case["seq"] else 1,)
    return (2, list(returned(case)).index(name) - 1)
