"""The scenario `edge`: what users do with recurrent layers beside calling and training them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.subject import build
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.whole import building


@scenario("edge")
def edge(case: Case, data: Data) -> Observation:
    """Do it, and record what comes out: arrays, or the error that the deed ends with."""
    seen = Observation(facts={"came": "arrays"})
    try:
        DEEDS[str(case["what"])](seen, case, data)
    except Exception as error:
        seen.facts["came"] = Raised.of(error).brief()
    return seen


def _layer(case: Case, data: Data, units: Any = 0, **options: Any) -> keras.layers.Layer:
    kind = getattr(keras.layers, case.layer)
    layer = kind(units or data.units, **build.cheap_initializers(), **options)
    layer.build((data.batch, data.timesteps, data.features))
    build.set_weights(layer, data.weights())
    return layer


def _x(data: Data) -> Any:
    return ops.convert_to_tensor(data.x, dtype="float32")


def _reset_model(seen: Observation, case: Case, data: Data) -> None:
    layer = _layer(case, data, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=data.x.shape), layer])
    model(_x(data))
    model.reset_state()
    record_array(seen, "output", model(_x(data)))


def _reset_given(seen: Observation, case: Case, data: Data) -> None:
    layer = _layer(case, data, stateful=True)
    layer(_x(data))
    layer.reset_state(
        states=[s.astype("float32") for s in data.states(len(state_names(case.layer)))]
    )
    record_array(seen, "output", layer(_x(data)))


class Own(keras.layers.Layer):
    """Calls a cell in a loop of its own."""

    def __init__(self, cell: keras.layers.Layer, units: int) -> None:
        super().__init__()
        self.cell, self.units = cell, units

    def build(self, shape: Any) -> None:
        self.cell.build((shape[0], shape[-1]))

    def call(self, inputs: Any, training: bool = False) -> Any:
        states = self.cell.get_initial_state(ops.shape(inputs)[0])
        states = states if isinstance(states, list) else [states]
        for t in range(inputs.shape[1]):
            output, states = self.cell(inputs[:, t], states, training=training)
        return output

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], self.units)


def _own_layer(seen: Observation, case: Case, data: Data) -> None:
    cell = getattr(keras.layers, f"{case.layer}Cell")(data.units, dropout=0.5, seed=1)
    model = keras.Sequential([keras.Input(data.x.shape[1:]), Own(cell, data.units)])
    build.set_weights(cell, data.weights())
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
    x, y = data.x.astype("float32"), np.zeros((data.batch, data.units), "float32")
    model.fit(x, y, batch_size=data.batch, verbose=0)
    model(_x(data), training=True)
    model(_x(data)[:-1], training=True)
    record_array(seen, "output", model(_x(data)))
    seen.arrays["predicted"] = model.predict(x, verbose=0).astype(np.float64)


def _no_timesteps(seen: Observation, case: Case, data: Data) -> None:
    layer = _layer(case, data, return_sequences=True, return_state=True)
    states = [s.astype("float32") for s in data.states(len(state_names(case.layer)))]
    empty = np.zeros((data.batch, 0, data.features), "float32")
    output, *last = layer(empty, initial_state=[ops.convert_to_tensor(s) for s in states])
    if output.shape[1] != 0:
        seen.facts["came"] = f"{output.shape[1]} timesteps"
    for k, state in enumerate(last):
        record_array(seen, f"state {k}", state)


def _ragged(seen: Observation, case: Case, data: Data) -> None:
    assert data.mask is not None
    layer = _layer(case, data)
    model = keras.Sequential([keras.Input((None, data.features), ragged=True), layer])
    rows = [x[mask].tolist() for x, mask in zip(data.x.astype("float32"), data.mask, strict=True)]
    record_array(seen, "output", model(ragged_tensor(rows)))


@printed
def ragged_tensor(rows: list[Any]) -> Any:
    """Sequences of different lengths; on a backend that has no such tensor, Input has refused."""
    import tensorflow as tf

    return tf.ragged.constant(rows, ragged_rank=1)


def _numpy_units(seen: Observation, case: Case, data: Data) -> None:
    layer = _layer(case, data, np.int64(data.units))
    json.dumps(layer.get_config())
    record_array(seen, "output", layer(_x(data), mask=_mask(data)))


def _mask(data: Data) -> Any:
    return None if data.mask is None else ops.convert_to_tensor(data.mask)


def _threads(seen: Observation, case: Case, data: Data) -> None:
    layer = _layer(case, data, dropout=0.25)
    masked = np.where(np.ones_like(data.x, bool) if data.mask is None else data.mask[..., None],
                      data.x, 0.0)  # fmt: skip
    model = keras.Sequential([keras.Input((None, data.features)), keras.layers.Masking(), layer])
    batch = ops.convert_to_tensor(masked, dtype="float32")
    given = in_threads(model, batch, 4 * data.batch)
    alike = all(np.array_equal(g, given[k % data.batch]) for k, g in enumerate(given))
    seen.facts["alike"] = alike
    seen.arrays["output"] = np.concatenate(given[: data.batch]).astype(np.float64)


@printed
def in_threads(model: keras.Model, batch: Any, count: int) -> list[Any]:
    """Call a model on one sample after the other, in four threads."""
    size = batch.shape[0]
    rows = [slice(k % size, k % size + 1) for k in range(count)]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda row: ops.convert_to_numpy(model(batch[row])), rows))


def _quantized(seen: Observation, case: Case, data: Data) -> None:
    dense = keras.layers.Dense(data.units)
    model = keras.Sequential(
        [keras.Input((data.timesteps, data.features)), keras.layers.TimeDistributed(dense)]
    )
    kernel, _, bias = data.weights("dense ", "SimpleRNN", data.features, data.units)
    build.set_weights(model, (kernel, bias))
    model.quantize("int8")
    record_array(seen, "output", model(_x(data)))


def _decoder(seen: Observation, case: Case, data: Data) -> None:
    whole = model_of(case, "translator")
    with tempfile.TemporaryDirectory() as folder:
        building.model(whole, case, data).save(Path(folder) / "model.keras")
        model = keras.saving.load_model(Path(folder) / "model.keras")
    inputs = building.tensors_of(fed(whole, data))
    encoder = keras.Model(model.get_layer("a").input, model.get_layer("encoder").output[1])
    state = encoder(inputs["tokens"])
    kept = keras.Input(state.shape[1:])
    layer = model.get_layer("decoder")
    shares = model.get_layer("tags")(layer(model.get_layer("b").output, initial_state=kept))
    decoder = keras.Model([model.get_layer("b").input, kept], shares)
    record_array(seen, "state", state)
    record_array(seen, "output", decoder([inputs["others"], state]))


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "reset_model": _reset_model,
    "reset_given": _reset_given,
    "own_layer": _own_layer,
    "no_timesteps": _no_timesteps,
    "ragged": _ragged,
    "numpy_units": _numpy_units,
    "threads": _threads,
    "quantized": _quantized,
    "decoder": _decoder,
}
