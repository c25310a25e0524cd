"""Deeds where nothing counts: masks that leave nothing, weights of zero, and losses of no share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.conditions import (
    COUNTLESS_LOSSES,
    COUNTLESS_METRICS,
    COUNTLESS_REDUCTIONS,
    UNTRAINED,
)
from keras_rnn_conformance.subject.calls import to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of


def _nothing_counts(seen: Observation, case: Case, data: Data) -> None:
    """What losses and metrics say of sequences of which nothing counts."""
    y = (np.abs(data.x_of(1)) > 0.5).astype("float32")
    given = ops.convert_to_tensor(0.25 + 0.5 * y[::-1])
    masked = build.Front(np.zeros(data.lead, bool))(given)
    weightless = np.zeros(data.lead, "float32")
    ways: dict[str, tuple[Any, Any]] = {
        "masked": (masked, None),
        "weightless": (given, weightless),
        "both": (masked, weightless.copy()),
    }
    for way, (predicted, weights) in ways.items():
        for kind in COUNTLESS_LOSSES:
            for reduction in COUNTLESS_REDUCTIONS:
                loss = getattr(keras.losses, kind)(reduction=reduction)
                value = loss(y, predicted, sample_weight=weights)
                where = f"loss of {kind}, {reduction}, {way}"
                seen.arrays[where] = np.atleast_1d(to_float64(value))
    for kind in COUNTLESS_METRICS:
        metric = getattr(keras.metrics, kind)()
        for time in ("at first", "behind others"):
            metric.reset_state()
            if time != "at first":
                metric.update_state(y, given)
            before = float(ops.convert_to_numpy(metric.result()))
            metric.update_state(y, given, sample_weight=weightless.copy())
            after = float(ops.convert_to_numpy(metric.result()))
            seen.facts[f"result of {kind}, {time}, is as before"] = before == after


def _nothing_trained(seen: Observation, case: Case, data: Data) -> None:
    """Whether a step changes weights that nothing that counts depends on."""
    zeros, x = np.zeros(data.x.shape, "float32"), data.x.astype("float32")
    goal = np.ones((data.batch, data.units), "float32")
    for way in UNTRAINED:
        model = _untrained(case, data, share=0.0 if way == "no share" else 1.0)
        goals = {"first": goal, "second": goal}
        weights = np.zeros(data.batch, "float32")
        given = zeros if way == "masked" else x
        more = {"sample_weight": {"first": weights, "second": 1.0 + weights}}
        seen.facts[f"weights changed, {way}"] = moved(
            model, given, goals, more if way == "weightless" else {}
        )


def _untrained(case: Case, data: Data, share: float) -> keras.Model:
    """A model of two branches, of which the first may count nothing."""
    entry = keras.Input(data.x.shape[1:])
    masked = keras.layers.Masking()(entry)
    outputs = {
        name: keras.layers.Identity(name=name)(layer_of(case, data, name=f"of_{name}")(masked))
        for name in ("first", "second")
    }
    model = keras.Model(entry, outputs)
    model.compile(
        keras.optimizers.SGD(1.0),
        dict.fromkeys(outputs, "mse"),
        loss_weights={"first": share, "second": 1.0},
        run_eagerly=True,
        jit_compile=False,
    )
    return model


@printed
def moved(model: Any, x: Any, y: Any, more: Any) -> list[str]:
    """The layers whose weights a step changes; those with a weight that is no number, too."""
    before = {layer.name: layer.get_weights() for layer in model.layers}
    model.train_on_batch(x, y, **more)
    found = []
    for layer in model.layers:
        pairs = list(zip(before[layer.name], layer.get_weights(), strict=True))
        if any(not np.array_equal(one, other) for one, other in pairs):
            finite = all(np.isfinite(other).all() for _, other in pairs)
            found.append(layer.name if finite else f"{layer.name}, no number")
    return sorted(found)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "nothing_counts": _nothing_counts,
    "nothing_trained": _nothing_trained,
}
