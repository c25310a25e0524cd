"""Deeds of the scenario `edge`: one caller of a model after the other, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
from keras_rnn_conformance.cases.models.promises import (
    BATCHES,
    BREAKING,
    CALLING,
    EPOCHS,
    HELD,
    HOOKED,
    INTERRUPTED,
)
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of

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


@printed
def loader(samples: list[Any], size: int) -> Any:
    """Batches of samples, by torch."""
    import torch

    return torch.utils.data.DataLoader(samples, batch_size=size)


GIVING: dict[str, Callable[[Arrays], Any]] = {
    "a generator": lambda x: ((batch,) for batch in _pairs(x)),
    "a PyDataset": lambda x: Inputs(_pairs(x)),
    "tensors": lambda x: loader(list(x), ALONE_TOGETHER),
    "tuples": lambda x: loader([(sample,) for sample in x], ALONE_TOGETHER),
    "dictionaries": lambda x: loader([{"x": sample} for sample in x], ALONE_TOGETHER),
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


ENDS = ("begin", "end")
HOOKS = (
    *(f"{what}_{when}" for what in ("train", "epoch", "test", "predict") for when in ENDS),
    *(f"{what}_batch_{when}" for what in ("train", "test", "predict") for when in ENDS),
)


class Listening(keras.callbacks.Callback):
    """Notes each hook that is called, with the number that it is given."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        for hook in HOOKS:
            setattr(self, f"on_{hook}", partial(self.note, notes, hook))

    def note(self, notes: list[str], hook: str, *given: Any, **logs: Any) -> None:
        numbers = [str(one) for one in given if isinstance(one, int)]
        notes.append(" ".join([*hook.split("_"), *numbers]))


class Turning(keras.utils.PyDataset):
    """Batches that note when an epoch begins and ends in which some of them are taken."""

    def __init__(self, name: str, notes: list[str], batches: list[Any]) -> None:
        super().__init__()
        self.name, self.notes, self.batches = name, notes, batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        self.notes.append(f"{self.name} {index}")
        return self.batches[index]

    def on_epoch_begin(self) -> None:
        self.notes.append(f"{self.name} begins")

    def on_epoch_end(self) -> None:
        self.notes.append(f"{self.name} ends")


def _hooked(seen: Observation, case: Case, data: Data) -> None:
    """The hooks of a callback that each caller calls."""
    x = np.concatenate([data.x[:1]] * BATCHES).astype("float32")
    y = np.zeros((BATCHES, data.units), "float32")
    for how in HOOKED[str(case["what"])]:
        model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
        model.compile("sgd", "mse", **COMPILING[how])
        for caller in CALLING:
            more: dict[str, Any] = {"batch_size": 1, "verbose": 0}
            if caller == "fit":
                more |= {"epochs": EPOCHS, "validation_data": (x[:HELD], y[:HELD])}
            given = [x] if caller == "predict" else [x, y]
            seen.facts[f"hooks of {caller}, {how}"] = hooks_of(model, caller, given, more)


@printed
def hooks_of(model: keras.Model, caller: str, given: list[Any], more: dict[str, Any]) -> list[str]:
    """The hooks that a caller calls, in order, with the numbers that they are given."""
    notes: list[str] = []
    getattr(model, caller)(*given, callbacks=[Listening(notes)], **more)
    return notes


COMPILING: dict[str, dict[str, Any]] = {
    "eagerly": {"run_eagerly": True, "jit_compile": False},
    "compiled": {"jit_compile": False},
    "bundled": {"jit_compile": False, **REGIMES["hooked_bundled"]},
}
"""By way, how a model is compiled."""


def _hooked_data(seen: Observation, case: Case, data: Data) -> None:
    """The hooks of the PyDatasets that fit trains on and validates with."""
    batch = (data.x.astype("float32"), np.zeros((data.batch, data.units), "float32"))
    notes: list[str] = []
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    model.compile("sgd", "mse", run_eagerly=True, jit_compile=False)
    model.fit(
        Turning("training", notes, [batch] * BATCHES),
        validation_data=Turning("validation", notes, [batch] * HELD),
        epochs=EPOCHS,
        verbose=0,
    )
    sizes = {"training": BATCHES, "validation": HELD}
    seen.facts["epochs of the data"] = epochs_of(notes, sizes)


@printed
def epochs_of(notes: list[str], sizes: dict[str, int]) -> list[str]:
    """Of which data all batches were taken from where an epoch began to where it ended."""
    begun: dict[str, int] = {}
    ended: list[str] = []
    for name, what in (note.split() for note in notes):
        if what == "begins":
            begun[name] = 0
        elif what == "ends":
            ended += [name] if begun.pop(name, 0) == sizes[name] else []
        elif name in begun:
            begun[name] += 1
    return ended


class Stop(Exception):
    """What ends a call of a model."""


class Stopping(keras.callbacks.Callback):
    """Ends whatever is done with a model at its second batch."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch:
            raise Stop

    on_test_batch_begin = on_predict_batch_begin = on_train_batch_begin


class Broken(keras.utils.PyDataset):
    """Batches, of which only the first ones can be had."""

    def __init__(self, batch: Any) -> None:
        super().__init__()
        self.batch, self.taken = batch, 0

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, index: int) -> Any:
        self.taken += 1
        if self.taken > 2:  # Keras looks at a batch before it begins
            raise Stop
        return self.batch


def _interrupted(seen: Observation, case: Case, data: Data) -> None:
    """What a model gives that an error has come out of; its learning rate is nothing."""
    batch = (data.x.astype("float32"), np.zeros((data.batch, data.units), "float32"))
    for caller in INTERRUPTED[str(case["what"])]:
        for what in BREAKING:
            model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
            model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
            name = f"{what} in {caller}"
            if what == "the data":
                seen.facts[f"end of {name}"] = ended(model, caller, Broken(batch))
            else:
                whole = Turning("training", [], [batch] * BATCHES)
                listening = {"callbacks": [Stopping()]}
                seen.facts[f"end of {name}"] = ended(model, caller, whole, **listening)
            record_array(seen, f"output after {name}", model(x_of(data)))
            loss = model.evaluate(*batch, batch_size=data.batch, verbose=0)
            seen.arrays[f"loss after {name}"] = np.asarray([float(loss)])


@printed
def ended(model: keras.Model, caller: str, given: Any, **more: Any) -> str:
    """Whether an error ends a call; TensorFlow has one of its own for those of the data."""
    try:
        getattr(model, caller)(given, verbose=0, **more)
    except Exception:
        return "an error"
    return "none"


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **dict.fromkeys(WALKS, _walked),
    "stateful_fit": _stateful_fit,
    "stateful_eager": _stateful_fit,
    "stateful_bundled": _stateful_fit,
    "windows": _windows,
    **dict.fromkeys(HOOKED, _hooked),
    "hooked_data": _hooked_data,
    **dict.fromkeys(INTERRUPTED, _interrupted),
    **dict.fromkeys(ALONE, _alone),
}
"""What a model is called by: one name, one deed."""
