"""Deeds of the scenario `edge` that try what surrounds a recurrent layer: noise, files, copies."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import MISFITS, NOISES, REBUILT
from keras_rnn_conformance.cases.models.learning import head
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.subject import build
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.scenarios.global_settings import restored
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.trees import flatten


def layer_of(case: Case, data: Data, units: Any = 0, **options: Any) -> keras.layers.Layer:
    """The layer of a case, with its weights."""
    kind = getattr(keras.layers, case.layer)
    layer = kind(units or data.units, **build.cheap_initializers(), **options)
    layer.build((data.batch, data.timesteps, data.features))
    build.set_weights(layer, data.weights())
    return layer


def x_of(data: Data, call: int = 0) -> Any:
    """The sequences of a call, as a tensor."""
    return ops.convert_to_tensor(data.x_of(call), dtype="float32")


def _noise(seen: Observation, case: Case, data: Data) -> None:
    """What each layer multiplies by in training, and the recurrent layer behind it at inference."""
    ones = np.ones((8, data.timesteps + 5, data.features + 5), "float32")
    for name, (kind, options, _) in NOISES.items():
        layer = getattr(keras.layers, kind)(rate=0.5, seed=1, **options)
        drawn, next_one = (to_float64(layer(ones, training=True)) for _ in range(2))
        along = [axis for axis in range(3) if np.ptp(drawn, axis).max() == 0.0]
        fresh = not np.array_equal(drawn, next_one)
        seen.facts[name] = [along, np.unique(drawn).tolist(), fresh]
        model = keras.Sequential([keras.Input(data.x.shape[1:]), layer, layer_of(case, data)])
        record_array(seen, name, model(x_of(data)))


def _misfit(seen: Observation, case: Case, data: Data) -> None:
    """The weights of a Dense layer, from files whose recurrent layer has other features."""
    saved, twin = (_headed(case, data, data.features + more) for more in (0, 1))
    build.set_weights(saved.layers[-1], head(data))
    with tempfile.TemporaryDirectory() as folder:
        for name in MISFITS:
            path = Path(folder) / f"model{name}"
            saved.save_weights(path) if "weights" in name else saved.save(path)
            build.set_weights(twin.layers[-1], [0.0 * weight for weight in head(data)])
            twin.load_weights(path, skip_mismatch=True)
            record_array(seen, name, twin.layers[-1].kernel)


def _headed(case: Case, data: Data, features: int) -> keras.Model:
    layer = getattr(keras.layers, case.layer)(data.units, name="first")
    number = keras.layers.Dense(1, name="number")
    return keras.Sequential([keras.Input((data.timesteps, features)), layer, number])


def _sharing(case: Case, data: Data) -> keras.Model:
    """A model that calls one layer, and a model inside it that calls the same."""
    layer = layer_of(case, data)
    inside, *entries = (keras.Input(data.x.shape[1:]) for _ in range(3))
    inner = keras.Model(inside, layer(inside))
    joined = keras.layers.Concatenate()([inner(entries[0]), layer(entries[1])])
    return keras.Model(entries, joined)


def _shared_within(seen: Observation, case: Case, data: Data) -> None:
    """What a recursive copy has of a layer that two models share."""
    model = _sharing(case, data)
    copy = building.twin(model, "clone within")
    _record_shared(seen, data, {"model": model, "copy": copy})


def _saved_within(seen: Observation, case: Case, data: Data) -> None:
    """What a file has of a layer that two models share."""
    _record_shared(seen, data, {"loaded": building.reloaded(_sharing(case, data))})


def _record_shared(seen: Observation, data: Data, made: dict[str, Any]) -> None:
    for name, model in made.items():
        seen.facts[name] = len(model.weights)
        record_array(seen, name, model([x_of(data), x_of(data, 1)]))


def _rebuilt(seen: Observation, case: Case, data: Data) -> None:
    """What models compute that a file and a configuration make of layers with other calls too."""
    for name in REBUILT:
        whole = model_of(case, name)
        model = building.model(whole, case, data, before=True)
        loaded, again = building.reloaded(model), building.twin(model, "json")
        given = building.in_order(building.tensors_of(fed(whole, data)))
        for way, made in (("loaded", loaded), ("from JSON", again)):
            outputs = flatten(made(given))
            for output, value in zip(whole.outputs, outputs, strict=True):
                record_array(seen, f"{name}, {way}: {output}", value)


def _odd_dtype(seen: Observation, case: Case, data: Data) -> None:
    with restored():
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        entry = keras.Input(data.x.shape[1:], dtype="float32")
        model = keras.Model(entry, layer_of(case, data, dtype="float32")(entry))
        record_array(seen, "output", model(x_of(data)))


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "noise": _noise,
    "misfit": _misfit,
    "shared_within": _shared_within,
    "saved_within": _saved_within,
    "odd_dtype": _odd_dtype,
    "rebuilt": _rebuilt,
}
