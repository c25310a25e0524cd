"""Deeds on what a model lives through: many inputs and goals, later layers, epochs of callbacks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.living import (
    COOLING,
    GAINS,
    GOALS,
    GROWING,
    GROWTH,
    INPUTS,
    MATRICES,
    ORDERS,
    SETTING,
    SHARES,
    STEADY,
    STOPPING,
    TOLD,
    names_in,
)
from keras_rnn_conformance.cases.models.deeds.numbers_around import aims, given_inputs, labelled
from keras_rnn_conformance.subject.calls import aligned, record_array
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.conditions.around import DEEDS as AROUND
from keras_rnn_conformance.subject.scenarios.conditions.around import tensor
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of
from keras_rnn_conformance.subject.watch import unwatched


def _keyed_many(seen: Observation, case: Case, data: Data) -> None:
    """What models make of inputs that are given by name."""
    for many in INPUTS:
        given = given_inputs(data, many)
        entries = [keras.Input((2,), name=name) for name in given]
        model = keras.Model(entries, keras.layers.Concatenate()(entries))
        for order in ORDERS:
            x = {name: given[name].astype("float32") for name in names_in(order, many)}
            where = f"output of {many} inputs {order}"
            called = model({name: tensor(array) for name, array in x.items()})
            record_array(seen, f"{where}, called", called)
            predicted = model.predict(x, verbose=0)
            seen.arrays[f"{where}, predicted"] = np.asarray(predicted, np.float64)


def _grown(seen: Observation, case: Case, data: Data) -> None:
    """What a model makes of something, after each layer that is added and taken away."""
    x = tensor(given_inputs(data, 1)["input_c"])
    for how in GROWING:
        model = keras.Sequential([keras.Input((2,))] if how == GROWING[0] else [])
        for many, size in enumerate(GROWTH, 1):
            model.add(keras.layers.Rescaling(size))
            record_array(seen, f"output of {many} layers {how}, added", model(x))
        for many in range(len(GROWTH) - 1, 0, -1):
            model.pop()
            record_array(seen, f"output of {many} layers {how}, cut", model(x))


def _many_goals(seen: Observation, case: Case, data: Data) -> None:
    """The loss that evaluate gives of several outputs."""
    x = aims(data, 0).astype("float32")
    for many in GOALS:
        entry = keras.Input((4,))
        outputs = [keras.layers.Rescaling(GROWTH[0], name=f"out_{k}")(entry) for k in range(many)]
        model = keras.Model(entry, outputs)
        losses, shares = ["mean_squared_error"] * many, list(SHARES[:many])
        model.compile(loss=losses, loss_weights=shares, run_eagerly=True)
        y = [aims(data, k + 1).astype("float32") for k in range(many)]
        told = model.evaluate(x, y, verbose=0, return_dict=True)
        seen.arrays[f"value of {many} losses together"] = np.asarray(told["loss"], np.float64)


def _many_classes(seen: Observation, case: Case, data: Data) -> None:
    """The loss of an epoch in which each class has a weight, and nothing is learnt."""
    x, labels, weights = labelled(data)
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), dense])
    still = keras.optimizers.SGD(0.0)
    model.compile(still, "mean_squared_error", run_eagerly=True)
    x, y = x.astype("float32"), labels.astype("float32")
    told = model.fit(x, y, len(x), shuffle=False, verbose=0, class_weight=weights)
    seen.arrays["value of the loss"] = np.asarray(told.history["loss"][0], np.float64)


def watched_model() -> Any:
    """A model whose one weight is the number of the epoch."""
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(keras.optimizers.SGD(1.0), "mean_squared_error")
    return model


@printed
def watch_epochs(callback: Any, model: Any, losses: Any) -> list[float]:
    """Tell a callback of epochs until it stops them, and of their end; the rates after each."""
    callback.set_model(model)
    model.stop_training = False
    rates = []
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        model.set_weights([np.full((1, 1), epoch, "float32")])
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(ops.convert_to_numpy(model.optimizer.learning_rate)))
        if model.stop_training:
            break
    callback.on_train_end()
    return rates


def _watched_epochs(seen: Observation, case: Case, data: Data) -> None:
    """When callbacks write files, stop, give weights back and lower the learning rate."""
    least: dict[str, Any] = {"monitor": "loss", "mode": "min"}
    own = keras.callbacks
    with tempfile.TemporaryDirectory() as folder, unwatched():
        path = str(Path(folder) / "{epoch:02d}.weights.h5")
        best = own.ModelCheckpoint(path, save_best_only=True, save_weights_only=True, **least)
        watch_epochs(best, watched_model(), TOLD)
        files = sorted(one.name for one in Path(folder).iterdir())
        seen.facts["epochs of files"] = [int(name[:2]) - 1 for name in files]
        for name, how in STOPPING.items():
            model = watched_model()
            stop = own.EarlyStopping(restore_best_weights=True, **least, **how)
            ran = len(watch_epochs(stop, model, TOLD))
            seen.facts[f"epochs of {name}"] = [ran - 1, int(model.get_weights()[0].item())]
        for cooldown in COOLING:
            lower = own.ReduceLROnPlateau(
                factor=0.5, patience=1, cooldown=cooldown, min_delta=0.0, **least
            )
            rates = watch_epochs(lower, watched_model(), TOLD)
            where = f"cooldown of {cooldown}"
            seen.facts[f"number of steps within a {where}"] = too_soon(rates, cooldown)
            more = "more than one" if len(set(rates)) > 1 else "one"
            seen.facts[f"number of rates after a {where}"] = more


@printed
def too_soon(rates: list[float], cooldown: int) -> int:
    """How often a rate is lowered before a cooldown is over."""
    steps = [k for k in range(1, len(rates)) if rates[k] != rates[k - 1]]
    return sum(b - a < cooldown for a, b in pairwise(steps))


def _frozen_later(seen: Observation, case: Case, data: Data) -> None:
    """Whether a normalization goes by its batch, and moves, while it is trained and frozen."""
    x = tensor(aims(data, 0))
    layer = keras.layers.BatchNormalization(momentum=0.5)
    with unwatched():  # whose weights move
        for name in STEADY:
            layer.trainable = not name.startswith("frozen")
            calm = ops.convert_to_numpy(layer(x, training=False))
            before = ops.convert_to_numpy(layer.moving_mean.value).tolist()
            given = ops.convert_to_numpy(layer(x, training=True))
            after = ops.convert_to_numpy(layer.moving_mean.value).tolist()
            seen.facts[f"whether statistics move, {name}"] = before != after
            seen.facts[f"whether a call normalizes, {name}"] = not np.array_equal(calm, given)


def _orthogonal(seen: Observation, case: Case, data: Data) -> None:
    """The products of the columns of matrices, or of their rows."""
    for (name, shape), gain in product(MATRICES.items(), GAINS):
        drawn = keras.initializers.Orthogonal(gain=gain, seed=3)(shape)
        matrix = np.asarray(ops.convert_to_numpy(drawn), np.float64).reshape(-1, shape[-1])
        tall = matrix if len(matrix) >= shape[-1] else matrix.T
        seen.arrays[f"value of products of {name} with gain {gain}"] = tall.T @ tall


@printed
def changed_behind(way: str, layer: Any, arrays: list[Any]) -> int:
    """How many weights change where arrays are overwritten that they were set from, or read to."""
    variables = layer.weights
    if way == "set_weights":
        layer.set_weights(arrays)
    elif way == "assign":
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
    elif way == "Variable":
        variables = [keras.Variable(array) for array in arrays]
    else:
        arrays = layer.get_weights()
    before = [ops.convert_to_numpy(variable.value).tolist() for variable in variables]
    for array in arrays:
        if array.flags.writeable:
            array[...] = 64.0
    after = [ops.convert_to_numpy(variable.value).tolist() for variable in variables]
    return sum(one != other for one, other in zip(before, after, strict=True))


def _handed_over(seen: Observation, case: Case, data: Data) -> None:
    """Whether weights are what they were set to, whatever becomes of the arrays."""
    layer = layer_of(case, data)
    weights = [array.astype("float32") for array in data.weights()]
    with unwatched():  # whose arrays are overwritten
        for way in SETTING:
            arrays = [aligned(array, "float32") for array in weights]
            changed = changed_behind(way, layer, arrays)
            seen.facts[f"number of weights changed behind {way}"] = changed


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **AROUND,
    "keyed_many": _keyed_many,
    "grown": _grown,
    "many_goals": _many_goals,
    "many_classes": _many_classes,
    "watched_epochs": _watched_epochs,
    "frozen_later": _frozen_later,
    "orthogonal": _orthogonal,
    "handed_over": _handed_over,
}
"""By deed, what is done."""
