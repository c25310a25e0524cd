"""Deeds about what a call hands on to the calls inside it: training, scopes and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.conditions import (
    AROUND,
    BEFORE,
    BEHIND,
    DEPTHS,
    HOLDING,
    MANY,
    PAIRS,
    TIMES,
    TOLD,
    WALK,
    WIDELY,
    WRAPPED,
    moments,
    told_in,
    told_otherwise,
)
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.surroundings import x_of

HALF = 0.5
"""A rate at which so many numbers are never all kept."""


class Holding(keras.layers.Layer):
    """A layer of the user's own around a Dropout, that never speaks of training."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = keras.layers.Dropout(HALF)

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


class Telling(keras.layers.Layer):
    """Calls a layer that it tells about training, or not, and another one that it never tells."""

    def __init__(self, inner: Any, told: bool | None, steps: bool) -> None:
        super().__init__()
        hold(self, inner, told, steps)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return telling(self, inputs)


class Unaware(keras.layers.Layer):
    """The same, without the argument."""

    def __init__(self, inner: Any, told: bool | None, steps: bool) -> None:
        super().__init__()
        hold(self, inner, told, steps)

    def call(self, inputs: Any) -> Any:
        return telling(self, inputs)


class TellingModel(keras.Model):
    """The same as a model."""

    def __init__(self, inner: Any, told: bool | None, steps: bool) -> None:
        super().__init__()
        hold(self, inner, told, steps)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return telling(self, inputs)


def hold(outer: Any, inner: Any, told: bool | None, steps: bool) -> None:
    """Keep the two layers, and what the first one is told."""
    outer.inner, outer.behind = inner, keras.layers.Dropout(HALF)
    outer.told, outer.steps = told, steps


def telling(outer: Any, inputs: Any) -> Any:
    """What the two layers give."""
    given = {} if outer.told is None else {"training": outer.told}
    if outer.steps:
        start = outer.inner.get_initial_state(inputs.shape[0])
        first, _ = outer.inner(inputs[:, 0], start, **given)
    else:
        first = outer.inner(inputs, **given)
    return first, outer.behind(inputs)


KINDS = {"a layer": Telling, "a layer without the argument": Unaware, "a model": TellingModel}


def _holders(kind: str, shape: tuple[int, ...]) -> dict[str, Callable[[], Any]]:
    """By name, what makes something that acts in training alone."""
    own = keras.layers
    entry = keras.Input(shape)
    of_layer, of_cell = getattr(own, kind), getattr(own, f"{kind}Cell")
    drops: dict[str, Any] = {"units": 3, "dropout": HALF, "recurrent_dropout": HALF}
    still: dict[str, Any] = {"unroll": True}  # which no backend compiles at each call
    return {
        "Dropout": lambda: own.Dropout(HALF),
        "the layer": lambda: of_layer(**drops),
        "its cell": lambda: of_cell(**drops),
        "RNN of the cell": lambda: own.RNN(of_cell(**drops), **still),
        "Bidirectional": lambda: own.Bidirectional(of_layer(**drops, **still)),
        "TimeDistributed": lambda: own.TimeDistributed(own.Dropout(HALF)),
        "BatchNormalization": lambda: own.BatchNormalization(momentum=1.0),
        "Sequential": lambda: keras.Sequential([entry, own.Dropout(HALF)]),
        "Functional": lambda: keras.Model(entry, own.Dropout(HALF)(entry)),
        "a layer of the user": Holding,
    }


def _told_training(seen: Observation, case: Case, data: Data) -> None:
    """Whether layers act as in training, by what their call and the one around it are told."""
    otherwise = case["what"] == "told_behind"
    numbers = data.numbers("told", MANY, 64).astype("float32")
    x, make = ops.convert_to_tensor(numbers), _holders(case.layer, MANY[1:])
    for name in BEFORE if otherwise else HOLDING:
        inner = make[name]()
        built = inner if otherwise else Telling(inner, None, name == "its cell")
        calm = first(built, x, otherwise and name == "its cell")
        for around in AROUND if name in WIDELY else AROUND[:1]:
            for (word, told), (said, training) in product(TOLD.items(), repeat=2):
                apart = told_otherwise(told, training)
                if otherwise and not apart:
                    continue
                outer = KINDS[around](inner, told, name == "its cell")
                acts, behind = acting(outer, x, calm, training)
                where = f"{name} told {word} in {around} told {said}"
                if not otherwise:
                    seen.facts[f"training of {where}"] = acts
                if otherwise == apart:
                    seen.facts[f"training of {BEHIND} {where}"] = behind


@printed
def first(layer: Any, x: Any, steps: bool) -> Any:
    """What a layer gives in a first call, which builds it: in inference."""
    if steps:
        return layer(x[:, 0], layer.get_initial_state(x.shape[0]), training=False)[0]
    return layer(x, training=False)[0] if isinstance(layer, Telling) else layer(x, training=False)


@printed
def acting(outer: Any, x: Any, calm: Any, training: Any) -> list[bool]:
    """Whether each of two layers acts: what it gives is not what it gives in inference."""
    given = outer(x) if training is None else outer(x, training=training)
    pairs = zip(given, (calm, x), strict=True)
    return [not np.array_equal(*map(ops.convert_to_numpy, pair)) for pair in pairs]


@printed
class Listening(keras.layers.Layer):
    """Passes on what it gets, and remembers what it is told about training."""

    def __init__(self, hear: Any) -> None:
        super().__init__()
        self.hear = hear

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        self.hear(training)
        return inputs


class Relaying(keras.Model):
    """Layers that are told about training, or not, one behind the other, and a Dense."""

    def __init__(self, inner: list[Any], told: bool | None) -> None:
        super().__init__()
        self.dense, self.inner, self.told = keras.layers.Dense(1), inner, told

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        given = {} if self.told is None else {"training": self.told}
        for layer in self.inner:
            inputs = layer(inputs, **given)
        return self.dense(inputs)


def _told_in_fit(seen: Observation, case: Case, data: Data) -> None:
    """What layers inside a model are told about training, by who calls the model."""
    x, y = data.x.astype("float32"), np.zeros((*data.lead, 1), "float32")
    entry = keras.Input(data.x.shape[1:])
    wraps: dict[str, Callable[[Any], Any]] = {
        "alone": lambda one: one,
        "TimeDistributed": keras.layers.TimeDistributed,
        "Sequential": lambda one: keras.Sequential([entry, one]),
        "Functional": lambda one: keras.Model(entry, one(entry)),
    }
    for word, told in told_in(str(case["what"])).items():
        heard: dict[str, list[Any]] = {name: [] for name in WRAPPED}
        model = Relaying([wraps[name](Listening(heard[name].append)) for name in WRAPPED], told)
        model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=True, jit_compile=False)
        for caller in WALK:
            for name, said in told_by(model, caller, heard, x, y).items():
                seen.facts[f"training of {name} told {word} in {caller}"] = said


@printed
def told_by(model: Any, caller: str, heard: Any, x: Any, y: Any) -> dict[str, bool]:
    """What was heard last about training in one batch: True, or anything that means False."""
    model(x[:1], training=False)  # a call in between, of another batch size
    for each in heard.values():
        each.clear()
    given = (x,) if caller.startswith("predict") else (x, y)
    silent = {} if caller.endswith("on_batch") else {"verbose": 0, "batch_size": len(x)}
    getattr(model, caller)(*given, **silent)
    return {name: bool(each[-1]) for name, each in heard.items()}


class Counting(keras.layers.Layer):
    """A factor, and a count of its calls, which is added to what it gives."""

    def build(self, shape: Any) -> None:
        self.factor = self.add_weight(shape=(1,), initializer="ones", name="factor")
        self.count = self.add_weight(shape=(1,), initializer="zeros", trainable=False, name="n")
        self.states = [self.count]

    def call(self, inputs: Any) -> Any:
        self.count.assign_add(ops.ones((1,)))
        return inputs * self.factor + self.count


class CallsPurely(keras.layers.Layer):
    """Calls a layer without effects, twice, the second time with what the first one left.

    It counts before and behind, and gives what the second call gave, what that left, and its count.
    """

    def __init__(self, inner: keras.layers.Layer) -> None:
        super().__init__()
        self.inner = inner

    def build(self, shape: Any) -> None:
        self.inner.build(shape)
        self.own = self.add_weight(shape=(1,), initializer="zeros", trainable=False, name="own")
        self.states = [self.own]

    def call(self, inputs: Any) -> Any:
        self.own.assign_add(ops.ones((1,)))
        trained = [variable + 1.0 for variable in self.inner.trainable_variables]
        others = [variable + 8.0 for variable in self.inner.non_trainable_variables]
        first, others = self.inner.stateless_call(trained, others, inputs)
        second, others = self.inner.stateless_call(trained, others, first)
        self.own.assign_add(ops.ones((1,)))
        return ops.concatenate([second, *others, self.own + 0.0])


def _scopes_within(seen: Observation, case: Case, data: Data) -> None:
    """What is read in scopes inside each other, and of stateless_call inside stateless_call."""
    one, other = (keras.Variable([number], name=f"v{int(number)}") for number in (1.0, 2.0))
    for name, value in within_scopes(one, other).items():
        seen.arrays[f"value of {name}"] = np.asarray(ops.convert_to_numpy(value), np.float64)
    for around, depth in enumerate(DEPTHS):
        layer: keras.layers.Layer = Counting()
        for _ in range(around):
            layer = CallsPurely(layer)
        layer.build((1,))
        for name, value in purely(layer).items():
            seen.arrays[f"value of {name}, {depth}"] = value


@printed
def within_scopes(one: Any, other: Any) -> dict[str, Any]:
    """What two variables hold in and after two scopes, of which the second changes one."""
    read = {}
    with keras.StatelessScope([(one, ops.ones((1,)) * 3.0)]) as outer:
        other.assign(ops.ones((1,)) * 4.0)
        given = [(one, ops.ones((1,)) * 5.0), (other, ops.ones((1,)) * 6.0)]
        with keras.StatelessScope(given) as inner:
            read["the first inside"] = one + 0.0
            one.assign(ops.ones((1,)) * 7.0)
            read["the first inside, assigned"] = one + 0.0
        read["the first behind it"], read["the second behind it"] = one + 0.0, other + 0.0
        one.assign_add(ops.ones((1,)) * 8.0)
        try:
            with keras.StatelessScope([(one, ops.ones((1,)))]):
                raise KeyError
        except KeyError:
            read["the first behind an error"] = one + 0.0
    read["the first of the inner scope"] = inner.get_current_value(one)
    read["the first of the outer scope"] = outer.get_current_value(one)
    read["the second of the outer scope"] = outer.get_current_value(other)
    read["the first in the end"], read["the second in the end"] = one + 0.0, other + 0.0
    return read


@printed
def purely(layer: Any) -> dict[str, Any]:
    """What a layer gives without effects, twice in a row, and what its variables hold then."""
    trained = [variable + 2.0 for variable in layer.trainable_variables]
    others = [variable + 16.0 for variable in layer.non_trainable_variables]
    first, others = layer.stateless_call(trained, others, ops.ones((1,)))
    second, others = layer.stateless_call(trained, others, ops.ones((1,)))
    given = {
        "the output": first,
        "the second output": second,
        "the states": ops.concatenate(others),
        "the variables": ops.concatenate([v.value for v in layer.variables]),
    }
    return {name: np.asarray(ops.convert_to_numpy(v), np.float64) for name, v in given.items()}


@printed
def dtype_read(weight: Any) -> str:
    """The dtype in which a weight is read here."""
    return str(keras.backend.standardize_dtype(ops.convert_to_tensor(weight).dtype))


class Reading(keras.layers.Layer):
    """Notes the dtype in which a weight of its own is read before and after another layer."""

    def __init__(self, inner: Any, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner
        self.told = {"before": "", "after": ""}

    def build(self, shape: Any) -> None:
        self.weight = self.add_weight(shape=(), initializer="ones", name="weight")

    def call(self, inputs: Any) -> Any:
        self.told["before"] = dtype_read(self.weight)
        try:
            given = inputs if self.inner is None else self.inner(inputs)
        except KeyError:
            given = inputs
        self.told["after"] = dtype_read(self.weight)
        return given


class Raising(keras.layers.Layer):
    """Raises an error, which its caller catches."""

    def call(self, inputs: Any) -> Any:
        raise KeyError


def _insides(case: Case, dtype: str) -> dict[str, Callable[[], Any]]:
    """By name, what makes something of a dtype that is called inside a layer of another."""
    own, entry = keras.layers, keras.Input((None, Data(case).features))
    of_layer, of_cell = getattr(own, case.layer), getattr(own, f"{case.layer}Cell")
    options: dict[str, Any] = {"units": 3, "dtype": dtype, **build.cheap_initializers()}
    return {
        "a layer of the user": lambda: Reading(None, dtype=dtype),
        "the layer": lambda: of_layer(**options),
        "Bidirectional": lambda: own.Bidirectional(of_layer(**options), dtype=dtype),
        "RNN of a cell": lambda: own.RNN(of_cell(**options), dtype=dtype),
        "TimeDistributed": lambda: own.TimeDistributed(own.Dense(3, dtype=dtype), dtype=dtype),
        "Sequential": lambda: keras.Sequential([entry, own.Dense(3, dtype=dtype)]),
        "one that raises an error": lambda: Raising(dtype=dtype),
    }


def _casts_within(seen: Observation, case: Case, data: Data) -> None:
    """In which dtypes weights are read in layers that call layers of another dtype."""
    x = x_of(data)[:1, :2]
    for inner, outer in PAIRS:
        for name, make in _insides(case, inner).items():
            layer = Reading(make(), dtype=outer)
            for time in TIMES:
                told = dtypes_read(layer, x)
                for moment in moments(name):
                    seen.facts[f"dtype {moment}, {name} of {inner} in {outer}, {time}"] = told[
                        moment
                    ]


@printed
def dtypes_read(layer: Any, x: Any) -> dict[str, str]:
    """In which dtype a layer reads its weight around another layer, and inside that."""
    output = layer(x)
    inside = getattr(layer.inner, "told", layer.told)
    return {
        **layer.told,
        "inside": inside["before"],
        "at the end": dtype_read(layer.weight),
        "of the output": str(keras.backend.standardize_dtype(output.dtype)),
    }


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "told_training": _told_training,
    "told_behind": _told_training,
    "told_in_fit": _told_in_fit,
    "untold_in_fit": _told_in_fit,
    "scopes_within": _scopes_within,
    "casts_within": _casts_within,
}
