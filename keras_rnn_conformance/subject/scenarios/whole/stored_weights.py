"""Deeds of the scenario `edge` whose weights are split over files, factored or quantized."""

from __future__ import annotations

import copy
import pickle
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
from keras_rnn_conformance.cases.models.edges import DIGITS, RANK, SHARDS, TABLES, digits_of
from keras_rnn_conformance.cases.models.learning import head
from keras_rnn_conformance.cases.models.sources import fed, model_of, number
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of


def _handed_over(seen: Observation, data: Data, giver: keras.Model, taker: keras.Model) -> None:
    """What a model computes with the weights of another one, from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        giver.save_weights(path)
        taker.load_weights(path)
    record_array(seen, "output", taker(x_of(data)))


def _sequential(data: Data, *layers: Any) -> keras.Model:
    return keras.Sequential([keras.Input(data.x.shape[1:]), *layers])


def _more_layers(seen: Observation, case: Case, data: Data) -> None:
    kind = getattr(keras.layers, case.layer)
    around = keras.layers.Masking(mask_value=1024.0), keras.layers.Dropout(0.5)
    taker = _sequential(data, around[0], kind(data.units), around[1])
    _handed_over(seen, data, _sequential(data, layer_of(case, data)), taker)


def _of_subclass(seen: Observation, case: Case, data: Data) -> None:
    kind = getattr(keras.layers, case.layer)
    mine = type("Mine", (kind,), {})
    giver = _sequential(data, layer_of(case, data))
    _handed_over(seen, data, giver, _sequential(data, mine(data.units)))


def _sharded(seen: Observation, case: Case, data: Data) -> None:
    whole = model_of(case, "wrapped")
    model, other = (building.model(whole, case, data) for _ in range(2))
    given = building.in_order(building.tensors_of(fed(whole, data)))
    largest = max(weight.nbytes for weight in model.get_weights()) / 2**30
    for holds, times in SHARDS.items():
        other.set_weights([0.0 * weight for weight in model.get_weights()])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.weights.json"
            model.save_weights(path, max_shard_size=times * largest)
            seen.facts[f"several files of {holds}"] = len(list(Path(folder).glob("*.h5"))) > 1
            other.load_weights(path)
        record_array(seen, f"output from files of {holds}", other(given))


def _lora(seen: Observation, case: Case, data: Data) -> None:
    whole = model_of(case, "regressor")
    model = building.model(whole, case, data)
    for name in ("embedding", "number"):
        layer = model.get_layer(name)
        layer.enable_lora(RANK)
        for variable in layer.weights:
            if variable.name.startswith("lora"):
                variable.assign(number(data, f"{name}/{variable.name}", tuple(variable.shape)))
        seen.facts[f"trained in {name}"] = sorted(v.name for v in layer.trainable_variables)
    given = building.in_order(building.tensors_of(fed(whole, data)))
    record_array(seen, "output", model(given))
    record_array(seen, "loaded", building.reloaded(model)(given))


def _lora_int4(seen: Observation, case: Case, data: Data) -> None:
    layer = keras.layers.Embedding(data.batch, data.features)
    layer.build()
    layer.embeddings.assign(data.x[:, 0].astype("float32"))
    layer.quantize("int4")
    layer.enable_lora(RANK)
    record_array(seen, "vectors", layer(ops.arange(data.batch)))


def _quantized_table(seen: Observation, case: Case, data: Data) -> None:
    """The vectors of an Embedding whose table is quantized, and those out of its file."""
    for mode in TABLES:
        table = keras.layers.Embedding(data.batch, data.features, name="table")
        model = keras.Sequential([keras.Input((data.batch,), dtype="int32"), table])
        table.embeddings.assign(data.x[:, 0].astype("float32"))
        table.quantize(mode)
        ids = ops.arange(data.batch)[None]
        record_array(seen, mode, model(ids))
        half = keras.layers.Embedding(data.batch, data.features, dtype="mixed_bfloat16")
        half.build()
        half.quantize(mode)
        seen.facts[f"dtype of {mode}"] = str(keras.backend.standardize_dtype(half(ids).dtype))
        record_array(seen, f"{mode}, loaded", building.reloaded(model)(ids))


def _quantized_whole(seen: Observation, case: Case, data: Data) -> None:
    dense = keras.layers.Dense(1, name="number")
    model = _sequential(data, layer_of(case, data), dense)
    build.set_weights(dense, head(data))
    model.quantize("int8")
    record_array(seen, "output", model(x_of(data)))
    record_array(seen, "loaded", building.reloaded(model)(x_of(data)))
    seen.facts["bits of the kernel"] = 8 * np.dtype(str(dense._kernel.dtype)).itemsize


def _digits(seen: Observation, case: Case, data: Data) -> None:
    """How many weights are others after each way of copying, of weights with all their digits."""
    kind = getattr(keras.layers, case.layer)
    for dtype, ways in DIGITS[str(case["what"])].items():
        # the default one has no 16 bits on TensorFlow
        layer = kind(data.units, dtype=dtype, recurrent_initializer="glorot_uniform")
        model = _sequential(data, layer)
        model.set_weights([weight + 1 / 3 for weight in model.get_weights()])
        for way in ways:
            seen.facts[digits_of(dtype, way)] = changed(model, AGAIN[way](model))


@printed
def changed(model: keras.Model, again: keras.Model) -> int:
    """How many weights of two models differ, in a digit or in their dtype."""
    pairs = zip(model.get_weights(), again.get_weights(), strict=True)
    return sum(a.dtype != b.dtype or a.tobytes() != b.tobytes() for a, b in pairs)


def _from_weights(model: keras.Model) -> keras.Model:
    with tempfile.TemporaryDirectory() as folder:
        again = building.TWINS["json"](model)
        model.save_weights(Path(folder) / "model.weights.h5")
        again.load_weights(Path(folder) / "model.weights.h5")
    return again


AGAIN: dict[str, Callable[[keras.Model], keras.Model]] = {
    "a .keras file": building.reloaded,
    "an .h5 file": lambda model: building.reloaded(model, "h5"),
    "a .weights.h5 file": _from_weights,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301  (its own)
    "deepcopy": copy.deepcopy,
    "set_weights": lambda model: building.twin(model, "json"),
}
"""By way of copying, a model with the same weights."""


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "more_layers": _more_layers,
    "of_subclass": _of_subclass,
    "sharded": _sharded,
    "lora": _lora,
    "lora_int4": _lora_int4,
    "quantized_whole": _quantized_whole,
    **dict.fromkeys(DIGITS, _digits),
    "quantized_table": _quantized_table,
}
