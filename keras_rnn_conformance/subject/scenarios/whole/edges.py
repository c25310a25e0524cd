"""The scenario `edge`: what users do with recurrent layers beside calling and training them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation, Raised, steady
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import SIDESTEP, TOKENS
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.cases.scenarios.training import LEARNING_RATE
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.accounts import accounts, details
from keras_rnn_conformance.subject.scenarios.conditions import (
    attention,
    breadth,
    contexts,
    extents,
    keeping,
    living,
    nothing,
)
from keras_rnn_conformance.subject.scenarios.defined import definitions, trainings
from keras_rnn_conformance.subject.scenarios.exported import deeds as exporting
from keras_rnn_conformance.subject.scenarios.global_settings import SETTINGS, restored
from keras_rnn_conformance.subject.scenarios.whole import (
    building,
    callers,
    described,
    manners,
    own_code,
    promises,
    stored_weights,
    structures,
    surroundings,
)
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of
from keras_rnn_conformance.subject.user_cells import LearnedCell


@scenario("edge")
def edge(case: Case, data: Data) -> Observation:
    """Do it, and record what comes out: arrays, or the error that the deed ends with."""
    seen = Observation(facts={"came": "arrays"})
    try:
        DEEDS[str(case["what"])](seen, case, data)
    except Exception as error:
        seen.facts["came"] = Raised.of(error).brief()
        if isinstance(error, ValueError):  # Keras puts its own words around those of a layer
            seen.facts["refusal"] = steady(str(error))
    return seen


def _reset_model(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=data.x.shape), layer])
    model(x_of(data))
    model.reset_state()
    record_array(seen, "output", model(x_of(data)))


def _reset_given(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, stateful=True)
    layer(x_of(data))
    layer.reset_state(
        states=[s.astype("float32") for s in data.states(len(state_names(case.layer)))]
    )
    record_array(seen, "output", layer(x_of(data)))


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
    model(x_of(data), training=True)
    model(x_of(data)[:-1], training=True)
    record_array(seen, "output", model(x_of(data)))
    seen.arrays["predicted"] = model.predict(x, verbose=0).astype(np.float64)


def _no_timesteps(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, return_sequences=True, return_state=True)
    states = [s.astype("float32") for s in data.states(len(state_names(case.layer)))]
    empty = np.zeros((data.batch, 0, data.features), "float32")
    output, *last = layer(empty, initial_state=[ops.convert_to_tensor(s) for s in states])
    if output.shape[1] != 0:
        seen.facts["came"] = f"{output.shape[1]} timesteps"
    for k, state in enumerate(last):
        record_array(seen, f"state {k}", state)


def _ragged(seen: Observation, case: Case, data: Data) -> None:
    assert data.mask is not None
    layer = layer_of(case, data)
    model = keras.Sequential([keras.Input((None, data.features), ragged=True), layer])
    rows = [x[mask].tolist() for x, mask in zip(data.x.astype("float32"), data.mask, strict=True)]
    record_array(seen, "output", model(ragged_tensor(rows)))


@printed
def ragged_tensor(rows: list[Any]) -> Any:
    """Sequences of different lengths; on a backend that has no such tensor, Input has refused."""
    import tensorflow as tf

    return tf.ragged.constant(rows, ragged_rank=1)


def _numpy_units(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, np.int64(data.units))
    json.dumps(layer.get_config())
    record_array(seen, "output", layer(x_of(data), mask=_mask(data)))


def _mask(data: Data) -> Any:
    return None if data.mask is None else ops.convert_to_tensor(data.mask)


def _threads(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, dropout=0.25)
    masked = np.where(
        np.ones_like(data.x, bool) if data.mask is None else data.mask[..., None], data.x, 0.0
    )
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
    record_array(seen, "output", model(x_of(data)))


def _decoder(seen: Observation, case: Case, data: Data) -> None:
    whole = model_of(case, "translator")
    model = building.reloaded(building.model(whole, case, data))
    inputs = building.tensors_of(fed(whole, data))
    encoder = keras.Model(model.get_layer("a").input, model.get_layer("encoder").output[1])
    state = encoder(inputs["tokens"])
    kept = keras.Input(state.shape[1:])
    layer = model.get_layer("decoder")
    shares = model.get_layer("tags")(layer(model.get_layer("b").output, initial_state=kept))
    decoder = keras.Model([model.get_layer("b").input, kept], shares)
    record_array(seen, "state", state)
    record_array(seen, "output", decoder([inputs["others"], state]))


def _embedded(case: Case, data: Data, dtype: str, spread: int) -> tuple[keras.Model, Any]:
    """A model of an Embedding and the layer, and tokens that stand `spread` rows apart."""
    rows = abs(spread) * data.x.shape[0] * data.timesteps + 1
    embedding = keras.layers.Embedding(rows, data.features, mask_zero=True)
    embedding.build((None, None))
    table = np.zeros((rows, data.features), "float32")
    vectors = data.x.reshape(-1, data.features)
    table[abs(spread) :: abs(spread)] = vectors[:: 1 if spread > 0 else -1]
    embedding.embeddings.assign(table)
    entry = keras.Input((data.timesteps,), dtype=dtype)
    model = keras.Model(entry, layer_of(case, data)(embedding(entry)))
    ids = spread * build.token_ids(data)
    return model, np.where(ids < 0, rows - 1 - spread + ids, ids).astype(dtype)


def _tokens(seen: Observation, case: Case, data: Data) -> None:
    for name, spread in TOKENS.items():
        model, ids = _embedded(case, data, name.split()[0], spread)
        record_array(seen, name, model(ops.convert_to_tensor(ids)))


def _stray_token(seen: Observation, case: Case, data: Data) -> None:
    model, ids = _embedded(case, data, "int32", 1)
    ids[-1, 0] = data.x.shape[0] * data.timesteps + 1
    record_array(seen, "output", model(ops.convert_to_tensor(ids))[:-1])


def _learned_start(seen: Observation, case: Case, data: Data) -> None:
    """What two steps make of the start, and the loss around it before each."""
    cell = LearnedCell(data.units)
    layer = keras.layers.RNN(cell)
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer])
    kernel, recurrent, _ = data.weights("start ", "SimpleRNN")
    build.set_weights(model, (kernel, recurrent, data.numbers("start", (data.units,), 64)))
    model.compile(keras.optimizers.SGD(LEARNING_RATE), "mse", jit_compile=False)
    x, y = data.x.astype("float32"), np.ones((data.batch, data.units), "float32")
    for step in (1, 2):
        before = to_float64(cell.start)
        slopes, level = _slopes(model, cell.start, x, y)
        model.train_on_batch(x, y)
        seen.arrays[f"slope {step}"] = (before - to_float64(cell.start)) / LEARNING_RATE
        seen.arrays[f"difference {step}"], seen.arrays[f"level {step}"] = slopes, level


def _slopes(model: keras.Model, start: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Central differences of the loss by each number of the start, and the largest loss met."""
    here = to_float64(start)
    found, most = [], 0.0
    for place in np.eye(len(here)):
        sides = []
        for sign in (1, -1):
            start.assign((here + sign * SIDESTEP * place).astype("float32"))
            sides.append(float(np.square(to_float64(model(x)) - y).mean()))
        found.append((sides[0] - sides[1]) / (2 * SIDESTEP))
        most = max(most, *sides)
    start.assign(here.astype("float32"))
    return np.array(found), np.array(most)


def _exported(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=data.x.shape), layer])
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, verbose=False)
        for name, output in served_twice(folder, data.x.astype("float32")).items():
            record_array(seen, name, output)


@printed
def served_twice(folder: str, x: Any) -> dict[str, Any]:
    """What a SavedModel gives in two calls, one after the other."""
    import tensorflow as tf

    served = tf.saved_model.load(folder)
    return {name: served.serve(tf.constant(x)).numpy() for name in ("first", "second")}


@printed
def double_precision() -> AbstractContextManager[Any]:
    """Let JAX compute with 64 bits, as other backends do unasked."""
    if keras.config.backend() != "jax":
        return nullcontext()
    import jax

    return jax.enable_x64(True)


def _floatx(seen: Observation, case: Case, data: Data) -> None:
    with restored():
        SETTINGS["floatx"](case)
        model, _ = _of_floatx(seen, case, data)
        x = _padded(data)
        model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
        model.fit(x, np.zeros((data.batch, data.units)), batch_size=data.batch, verbose=0)
        _record_predicted(seen, model, x)


def _floatx_called(seen: Observation, case: Case, data: Data) -> None:
    with restored(), double_precision():
        SETTINGS["floatx"](case)
        model, layer = _of_floatx(seen, case, data)
        _record_predicted(seen, model, _padded(data))
        record_array(seen, "unmasked", layer(ops.convert_to_tensor(data.x))[0])


def _of_floatx(seen: Observation, case: Case, data: Data) -> tuple[keras.Model, keras.layers.Layer]:
    """A model of a Masking and the layer, and the layer."""
    layer = layer_of(case, data, return_state=True)
    entry = keras.Input((None, data.features))
    returned = layer(keras.layers.Masking()(entry))
    seen.facts["symbolic"] = sorted(
        {keras.backend.standardize_dtype(t.dtype) for t in (entry, *returned)}
    )
    model = keras.Model(entry, returned[0])
    seen.facts["weights"] = sorted({str(v.dtype) for v in model.weights})
    return model, layer


def _padded(data: Data) -> np.ndarray[Any, Any]:
    return np.where(_counts(data), data.x, 0.0).astype("float64")


def _record_predicted(seen: Observation, model: keras.Model, x: np.ndarray[Any, Any]) -> None:
    record_array(seen, "output", model(ops.convert_to_tensor(x)))
    record_array(seen, "predicted", model.predict(x, verbose=0))


def _counts(data: Data) -> np.ndarray[Any, Any]:
    """Which timesteps count, beside the features."""
    return np.ones_like(data.x, bool) if data.mask is None else data.mask[..., None]


def _constant(seen: Observation, case: Case, data: Data, **given: Any) -> None:
    """A functional model with constants in it, called; then its file, loaded and called."""
    entry = keras.Input(batch_shape=data.x.shape)
    model = keras.Model(entry, layer_of(case, data)(entry, **given))
    record_array(seen, "output", model(x_of(data)))
    record_array(seen, "loaded", building.reloaded(model)(x_of(data)))


def _constant_states(seen: Observation, case: Case, data: Data) -> None:
    states = data.states(len(state_names(case.layer)))
    given = [ops.convert_to_tensor(state.astype("float32")) for state in states]
    _constant(seen, case, data, initial_state=given)


class Attending(keras.layers.SimpleRNNCell):
    """A cell whose input is moved by constants of the call."""

    def call(self, inputs: Any, states: Any, constants: Any, training: bool = False) -> Any:
        return super().call(inputs + constants[0], states, training=training)


def _constants(seen: Observation, case: Case, data: Data) -> None:
    layer = keras.layers.RNN(Attending(data.units, **build.cheap_initializers()))
    layer.build(data.x.shape)
    build.set_weights(layer, data.weights())
    constant = ops.convert_to_tensor(data.x_of(1)[:, 0], dtype="float32")
    record_array(seen, "output", layer(x_of(data), constants=[constant]))


_ROOMS: tuple[Any, ...] = (
    *(surroundings, callers, own_code, stored_weights, manners, structures),
    *(promises, contexts, attention, extents, keeping, living),
    *(nothing, breadth, accounts, details, definitions, trainings),
    *(described, exporting),
)
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
    "tokens": _tokens,
    "stray_token": _stray_token,
    "learned_start": _learned_start,
    "exported": _exported,
    "floatx": _floatx,
    "floatx_called": _floatx_called,
    "constant_states": _constant_states,
    "constant_mask": lambda seen, case, data: _constant(seen, case, data, mask=_mask(data)),
    "constants": _constants,
    **{name: deed for room in _ROOMS for name, deed in room.DEEDS.items()},
}
