"""Deeds of the scenario `edge` on inputs, orders and warnings of training, and on copies."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.definitions import (
    BETWEEN,
    CALLERS,
    ENDING,
    GIVING,
    HEAVY,
    KEYED,
    ORDERED,
    SEEDED,
    ZEROS,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.accounts.accounts import EAGERLY, graph
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of


def _single(numbers: Any) -> Any:
    return np.asarray(numbers).astype("float32")


def _more_keys(seen: Observation, case: Case, data: Data) -> None:
    """A model of the inputs b and d, given others too."""
    first, second = (keras.Input(data.x.shape[1:], name=name) for name in "bd")
    output = layer_of(case, data)(keras.layers.Subtract()([first, second]))
    model = keras.Model({"b": first, "d": second}, output)
    known = {"b": _single(data.x), "d": _single(data.x_of(1))}
    names = dict(zip(BETWEEN, ("", "a", "c", "e"), strict=True))
    for way in CALLERS:
        for where, name in names.items():
            more = {name: _single(data.x_of(2))} if name else {}
            record_array(seen, f"{way} with a key {where}", given(model, way, known, more))


@printed
def given(model: keras.Model, way: str, known: dict[str, Any], more: dict[str, Any]) -> Any:
    """What a model gives of inputs among others; it may refuse these."""
    caller = model if way == "call" else getattr(model, way)
    how = {"verbose": 0} if way == "predict" else {}
    try:
        return caller(dict(sorted({**known, **more}.items())), **how)
    except ValueError:
        if not more:
            raise
        return caller(known, **how)


def _class_keys(seen: Observation, case: Case, data: Data) -> None:
    """Whether the weights of classes count, by how the classes are written."""
    model = keras.Sequential(
        [keras.Input(data.x.shape[1:]), layer_of(case, data), keras.layers.Softmax()]
    )
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", **EAGERLY)
    x, y = _single(data.x), np.zeros(data.batch, "int32")
    plain = float(model.train_on_batch(x, y))
    for written, key in zip(KEYED, (np.int64, str), strict=True):
        weights = {key(one): HEAVY for one in range(data.units)}
        seen.facts[written] = heeded(model, x, y, weights, plain)


@printed
def heeded(model: keras.Model, x: Any, y: Any, weights: Any, plain: float) -> str:
    """Whether the weights of classes count: the loss is as many times as large."""
    try:
        loss = float(model.train_on_batch(x, y, class_weight=weights))
    except (TypeError, ValueError):
        return "counts or refused"
    return "counts or refused" if abs(loss / plain / HEAVY - 1) < 0.01 else "ignored"


def _zeros_trained(seen: Observation, case: Case, data: Data) -> None:
    """Whether weights stay numbers where padding is zeros."""
    x = _single(data.x)
    x[:, 1:] = 0.0
    for name, (room, options) in ZEROS.items():
        seen.facts[f"weights after {name}"] = finite(passing(room, name, options, x), x)


@printed
def passing(room: str, name: str, options: dict[str, Any], x: Any) -> keras.Model:
    """A model without a bias, so that zeros stay zeros, through a layer or under a penalty."""
    made = None if room == "clipping" else getattr(getattr(keras, room), name)(**options)
    kept = {"kernel_constraint": made} if room == "constraints" else {}
    start = "zeros" if kept else "ones"
    dense = keras.layers.Dense(3, use_bias=False, kernel_initializer=start, **kept)
    layers = [keras.Input(x.shape[1:]), dense, *([made] if room == "layers" else ())]
    model = keras.Sequential(layers)
    rate = options if room == "clipping" else {}
    loss = made if room == "losses" else "mean_squared_error"
    model.compile(keras.optimizers.SGD(0.125, **rate), loss, **EAGERLY)
    return model


@printed
def finite(model: keras.Model, x: Any) -> str:
    """Whether a step towards zeros leaves the weights numbers."""
    model.train_on_batch(x, np.zeros((*x.shape[:2], 3), "float32"))
    well = all(np.isfinite(np.asarray(weight)).all() for weight in model.get_weights())
    return "finite" if well else "not finite"


class Losses(keras.callbacks.Callback):
    """Keeps the loss of each batch, which the logs have as a mean over the epoch so far."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[list[int]] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append([])
        self.total = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        total = (batch + 1) * float((logs or {})["loss"])
        self.epochs[-1].append(round(total - self.total))
        self.total = total


@printed
def orders(shuffle: bool) -> list[list[int]]:
    """The order of numbered samples in two epochs: the loss of each is its number."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    model.compile(keras.optimizers.SGD(0.0), "mean_absolute_error", **EAGERLY)
    x, kept = np.arange(float(ORDERED), dtype="float32")[:, None], Losses()
    model.fit(x, 0 * x, 1, epochs=2, shuffle=shuffle, callbacks=[kept], verbose=0)
    return kept.epochs


def _shuffled(seen: Observation, case: Case, data: Data) -> None:
    every = list(range(ORDERED))
    for seed in SEEDED:
        if seed == "of a seed":
            keras.utils.set_random_seed(5)
        first, second = orders(True)
        once = sorted(first) == sorted(second) == every
        seen.facts[f"samples of each epoch {seed}"] = "each one once" if once else [first, second]
        seen.facts[f"orders of the epochs {seed}"] = "one" if first == second else "different"
    plain = orders(False)
    kept = all(epoch == every for epoch in plain)
    seen.facts["order without shuffle"] = "as given" if kept else plain
    seen.facts["training after the same seed"] = repeated(case, data)


@printed
def repeated(case: Case, data: Data) -> str:
    """Whether training with dropout ends alike after the same seed."""
    ends = []
    for _ in range(2):
        keras.utils.set_random_seed(7)
        dense, drop = keras.layers.Dense(2), keras.layers.Dropout(0.5)
        layers = [keras.Input(data.x.shape[1:]), drop, layer_of(case, data), dense]
        model = keras.Sequential(layers)
        model.compile("sgd", "mean_squared_error", **EAGERLY)
        model.fit(_single(data.x), _single(data.states(1, 2)[0]), 1, epochs=2, verbose=0)
        ends.append([np.asarray(weight) for weight in model.get_weights()])
    alike = all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))
    return "the same" if alike else "another"


class Batches(keras.utils.PyDataset):
    """Batches of one sample."""

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Any:
        return self.x[index : index + 1], self.y[index : index + 1]


def _no_alarm(seen: Observation, case: Case, data: Data) -> None:
    """How often training warns that it ran out of data, though it came to the end of it."""
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    model.compile(keras.optimizers.SGD(0.0), "mean_squared_error", **EAGERLY)
    x, y = _single(data.x), _single(data.states(1)[0])
    for source in GIVING:
        seen.facts[f"warnings of data out, {source}"] = alarms(model, source, x, y)


@printed
def alarms(model: keras.Model, source: str, x: Any, y: Any) -> int:
    """How many warnings of missing data an epoch brings."""

    def batches() -> Iterator[Any]:
        yield from Batches(x, y)

    ways: dict[str, Any] = {
        "arrays": lambda: model.fit(x, y, 1, verbose=0),
        "a generator": lambda: model.fit(batches(), verbose=0),
        "a generator in steps": lambda: model.fit(batches(), steps_per_epoch=len(x), verbose=0),
        "a PyDataset": lambda: model.fit(Batches(x, y), verbose=0),
        "validation data": lambda: model.fit(x, y, 1, validation_data=batches(), verbose=0),
    }
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        ways[source]()
    return sum("ran out of data" in str(one.message) for one in told)


def _cloned(seen: Observation, case: Case, data: Data) -> None:
    entry = keras.Input(data.x.shape[1:])
    twice = keras.layers.Lambda(lambda tensor: 2.0 * tensor)
    model = keras.Model(entry, layer_of(case, data)(twice(entry)))
    tensor = ops.convert_to_tensor(_single(data.x))
    record_array(seen, "output", model(tensor))
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    record_array(seen, "cloned", clone(tensor))


def _rematerialized(seen: Observation, case: Case, data: Data) -> None:
    x, y = _single(data.x), _single(data.states(1)[0])
    with keras.RematScope(mode="full"):
        model = keras.Sequential([keras.Input(x.shape[1:]), layer_of(case, data)])
    model.compile(keras.optimizers.SGD(0.125), "mean_squared_error", **graph())
    record_array(seen, "output", model(ops.convert_to_tensor(x)))
    record_array(seen, "predicted", model.predict(x, verbose=0))
    seen.arrays["loss of a step"] = np.asarray([float(model.train_on_batch(x, y))])
    with keras.RematScope(mode="full"):
        layers = [keras.layers.Dropout(0.5), layer_of(case, data), keras.layers.Dropout(0.5)]
        dropping = keras.Sequential([keras.Input(x.shape[1:]), *layers])
    dropping.compile(keras.optimizers.SGD(0.125), "mean_squared_error", **graph())
    dropping.fit(x, y, verbose=0)
    well = all(np.isfinite(np.asarray(weight)).all() for weight in dropping.get_weights())
    seen.facts["weights after dropout"] = "finite" if well else "not finite"


class Weighing(keras.layers.Layer):
    """Multiplies by what its call is given, and keeps what its build is told of it."""

    def build(self, x_shape: Any, loss_mask_shape: Any, time_mask_shape: Any) -> None:
        self.told = dict(zip(ENDING, (loss_mask_shape, time_mask_shape), strict=True))

    def call(self, x: Any, loss_mask: Any, time_mask: Any) -> Any:
        return x * loss_mask * time_mask


def _named_masks(seen: Observation, case: Case, data: Data) -> None:
    shapes = [(data.batch, 1, 1), (1, data.timesteps, 1)]
    x, *masks = (ops.convert_to_tensor(np.ones(s, "float32")) for s in (data.x.shape, *shapes))
    layer = Weighing()
    layer(x, **dict(zip(ENDING, masks, strict=True)))
    for name, shape in zip(ENDING, shapes, strict=True):
        told = tuple(layer.told[name])
        seen.facts[name] = "as given" if told == shape else list(told)


class Either(keras.layers.Layer):
    """Adds what there is."""

    def call(self, first: Any, second: Any = None) -> Any:
        return first if second is None else first + second

    def compute_output_shape(self, first_shape: Any, second_shape: Any = None) -> Any:
        return first_shape


def _optional_keyed(seen: Observation, case: Case, data: Data) -> None:
    first = keras.Input(data.x.shape[1:], name="first")
    second = keras.Input(data.x.shape[1:], name="second", optional=True)
    output = layer_of(case, data)(Either()(first, second))
    model = keras.Model({"first": first, "second": second}, output)
    for way in CALLERS:
        known = {"first": _single(data.x), "second": None}
        record_array(seen, way, given(model, way, known, {}))


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "more_keys": _more_keys,
    "class_keys": _class_keys,
    "zeros_trained": _zeros_trained,
    "shuffled": _shuffled,
    "no_alarm": _no_alarm,
    "cloned_lambda": _cloned,
    "named_masks": _named_masks,
    "optional_keyed": _optional_keyed,
    "rematerialized": _rematerialized,
}
