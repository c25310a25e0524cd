"""Deeds of the scenario `edge`: one caller of a model after the other, however it is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import (
    ALONE,
    ALONE_TOGETHER,
    COUNTED,
    REGIMES,
    SERIES,
    STATELESS,
    STEP,
    TURN,
    WALKS,
    WINDOWS,
)
from keras_rnn_conformance.cases.models.learning import aims, head, padded, series
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of

Arrays = np.ndarray[Any, Any]


class Inputs(keras.utils.PyDataset):
    """Batches of inputs."""

    def __init__(self, batches: list[Any]) -> None:
        super().__init__()
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]


def _loader(samples: list[Any]) -> Any:
    from torch.utils.data import DataLoader

    return DataLoader(samples, batch_size=ALONE_TOGETHER)


GIVING: dict[str, Callable[[Arrays], Any]] = {
    "a generator": lambda x: ((batch,) for batch in _pairs(x)),
    "a PyDataset": lambda x: Inputs(_pairs(x)),
    "tensors": lambda x: _loader(list(x)),
    "tuples": lambda x: _loader([(sample,) for sample in x]),
    "dictionaries": lambda x: _loader([{"x": sample} for sample in x]),
}
"""By name of an output, what gives batches of inputs without targets."""


def _pairs(x: Arrays) -> list[Arrays]:
    return [x[k : k + ALONE_TOGETHER] for k in range(0, len(x), ALONE_TOGETHER)]


def _alone(seen: Observation, case: Case, data: Data) -> None:
    """What predict gives for all samples, whatever gives their batches."""
    x, entry = data.x.astype("float32"), keras.Input(data.x.shape[1:], name="x")
    layer = layer_of(case, data)
    model, keyed = keras.Model(entry, layer(entry)), keras.Model({"x": entry}, layer(entry))
    for name in ALONE[str(case["what"])]:
        caller = keyed if name == "dictionaries" else model
        caller.compile(run_eagerly=True, jit_compile=False)
        predicted = caller.predict(GIVING[name](x), verbose=0)
        seen.arrays[name] = np.asarray(predicted, np.float64)


def compiled(model: keras.Model, case: Case, rate: float, jit: bool = False) -> None:
    """Compile for a squared error, in the regime of the deed."""
    regime = REGIMES.get(str(case["what"]), {})
    model.compile(keras.optimizers.SGD(rate), "mse", jit_compile=jit, **regime)


class Counting(keras.layers.Layer):
    """Makes its input larger with each call, which it counts in a weight that does not train.

    In training it makes it twice as large again. Unlike the states of a recurrent layer, this one
    is a weight, of which the model knows.
    """

    def build(self, shape: Any) -> None:
        self.turn = self.add_weight(shape=(), initializer="zeros", trainable=False, name="turn")
        self.states = [self.turn]

    def call(self, inputs: Any, training: bool = False) -> Any:
        turned = inputs * (1.0 + TURN * self.turn)
        self.turn.assign(self.turn + 1.0)
        return 2.0 * turned if training else turned


def _walked(seen: Observation, case: Case, data: Data) -> None:
    """What each caller gives, of a masked batch after the other; training moves no weight."""
    layer = layer_of(case, data, stateful=case["what"] not in STATELESS)
    before = [Counting()] if case["what"] in COUNTED else []
    dense = keras.layers.Dense(1, name="number")
    model = keras.Sequential(
        [keras.Input(batch_shape=data.x.shape), *before, keras.layers.Masking(), layer, dense]
    )
    build.set_weights(dense, head(data))
    # JAX as by default: else no state goes through a compiled step
    compiled(model, case, 0.0, jit=keras.config.backend() == "jax")
    taken = 0
    for place, (caller, count) in enumerate(WALKS[str(case["what"])], 1):
        calls = range(taken, taken + count)
        x = np.concatenate([padded(data, call) for call in calls]).astype("float32")
        y = np.concatenate([aims(data, call) for call in calls]).astype("float32")
        seen.arrays[f"{place}: {caller}"] = np.atleast_1d(CALLED[caller](model, x, y, data.batch))
        taken += count


def _loss(given: Any) -> Arrays:
    return np.asarray(given, np.float64).reshape(-1)[:1]


CALLED: dict[str, Callable[[keras.Model, Arrays, Arrays, int], Any]] = {
    "call": lambda model, x, y, size: to_float64(model(ops.convert_to_tensor(x))),
    "predict": lambda model, x, y, size: to_float64(model.predict(x, batch_size=size, verbose=0)),
    "predict_on_batch": lambda model, x, y, size: to_float64(model.predict_on_batch(x)),
    "evaluate": lambda model, x, y, size: _loss(model.evaluate(x, y, batch_size=size, verbose=0)),
    "test_on_batch": lambda model, x, y, size: _loss(model.test_on_batch(x, y)),
    "fit": lambda model, x, y, size: _loss(
        model.fit(x, y, batch_size=size, shuffle=False, verbose=0).history["loss"]
    ),
    "train_on_batch": lambda model, x, y, size: _loss(model.train_on_batch(x, y)),
}
"""By caller, what it gives of some batches: outputs, or the loss."""


class Resets(keras.callbacks.Callback):
    """Resets the states of a layer after each epoch, as the guide of stateful layers has it."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.layers[0].reset_state()


def _stateful_fit(seen: Observation, case: Case, data: Data) -> None:
    layer, dense = layer_of(case, data, stateful=True), keras.layers.Dense(1, name="number")
    model = keras.Sequential([keras.Input(batch_shape=data.x.shape), layer, dense])
    build.set_weights(dense, head(data))
    compiled(model, case, STEP)
    x = np.concatenate([data.x_of(call) for call in range(2)]).astype("float32")
    y = np.concatenate([aims(data, call) for call in range(2)]).astype("float32")
    history = model.fit(
        x, y, batch_size=data.batch, epochs=2, shuffle=False, verbose=0, callbacks=[Resets()]
    )
    for epoch, loss in enumerate(history.history["loss"], 1):
        seen.arrays[f"loss of epoch {epoch}"] = np.asarray([float(loss)])
    for owner, made in (("first", layer), ("number", dense)):
        for variable in made.trainable_variables:
            record_array(seen, f"{owner}/{variable.name}", variable)


def _windows(seen: Observation, case: Case, data: Data) -> None:
    """What the layer makes of windows of a series, and the targets that come with them."""
    layer = layer_of(case, data)
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer])
    steps = series(data, SERIES).astype("float32")
    numbers = np.arange(SERIES, dtype="float32")
    for name, options in WINDOWS.items():
        made = keras.utils.timeseries_dataset_from_array(
            steps, numbers, data.timesteps, batch_size=data.batch, **options
        )
        record_array(seen, name, model.predict(made, verbose=0))
        targets = [to_float64(y) for _, y in made]
        seen.arrays[f"targets of {name}"] = np.concatenate(targets)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **dict.fromkeys(WALKS, _walked),
    "stateful_fit": _stateful_fit,
    "stateful_eager": _stateful_fit,
    "stateful_bundled": _stateful_fit,
    "windows": _windows,
    **dict.fromkeys(ALONE, _alone),
}
"""What a model is called by: one name, one deed."""
