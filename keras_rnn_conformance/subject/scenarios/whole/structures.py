"""Deeds of the scenario `edge` about how models are put together: inputs, and layers they hold."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import (
    BY_HAND,
    FROZEN,
    HALVED,
    MOVED,
    ONTO,
    SLOTS,
)
from keras_rnn_conformance.cases.models.nestings import NESTED, NESTINGS, form_of
from keras_rnn_conformance.cases.models.promises import SHAPED
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of
from keras_rnn_conformance.subject.trees import flatten, map_structure


def _optional(seen: Observation, case: Case, data: Data, ways: tuple[str, ...]) -> None:
    """What models with an optional state or mask predict with it and without."""
    state, mask = data.states(1)[0].astype("float32"), data.mask
    assert mask is not None
    x = data.x.astype("float32")
    for what, dtype, given in (("initial_state", "float32", state), ("mask", "bool", mask)):
        model = taking(layer_of(case, data), data.x.shape[1:], what, given.shape[1:], dtype)
        for way in ways:
            made = MADE[way](model)
            for name, value in ((f"without {what}", None), (f"with {what}", given)):
                predicted = made.predict([x, value], batch_size=data.batch, verbose=0)
                seen.arrays[f"{way}, {name}"] = predicted.astype(np.float64)


def _optional_first(seen: Observation, case: Case, data: Data) -> None:
    """The loss of models that take an optional state or mask first, with it and without."""
    state, mask = data.states(1)[0].astype("float32"), data.mask
    assert mask is not None
    x, y = data.x.astype("float32"), np.zeros((data.batch, data.units), "float32")
    for what, dtype, given in (("initial_state", "float32", state), ("mask", "bool", mask)):
        for way, form in FORMS.items():
            model = taking(
                layer_of(case, data), data.x.shape[1:], what, given.shape[1:], dtype, form
            )
            model.compile(loss="mean_squared_error", run_eagerly=True, jit_compile=False)
            for name, value in ((f"without {what}", None), (f"with {what}", given)):
                loss = model.evaluate(form(x, value), y, batch_size=data.batch, verbose=0)
                seen.arrays[f"{way}, {name}"] = np.asarray([float(loss)])


def taking(
    layer: Any,
    shape: Any,
    what: str,
    more: Any,
    dtype: str,
    form: Callable[[Any, Any], Any] = lambda one, other: [one, other],
) -> keras.Model:
    """A model of a layer, with an input for an argument of its call that may be left out."""
    entries = [keras.Input(shape), keras.Input(more, dtype=dtype, optional=True)]
    return keras.Model(form(*entries), layer(entries[0], **{what: entries[1]}))


FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "a list": lambda one, other: [other, one],
    "a dictionary": lambda one, other: {"later": one, "earlier": other},
}
"""By name, how an input and an optional one, which comes first, are put together."""


MADE: dict[str, Callable[[keras.Model], keras.Model]] = {
    "as it is": lambda model: model,
    "loaded": building.reloaded,
    "from JSON": lambda model: building.twin(model, "json"),
    "cloned": lambda model: building.twin(model, "clone"),
    "from its configuration": lambda model: building.twin(model, "config"),
    "pickled": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301  (its own)
}
"""By way of a deed, what makes a model again."""


class Holder(keras.layers.Layer):
    """Layers in lists, tuples and dictionaries, inside each other, and added later."""

    def __init__(self, make: Callable[[], keras.layers.Layer]) -> None:
        super().__init__()
        self.plain = make()
        self.listed = [make()]
        self.together = (make(), make())
        self.named = {"first": make()}
        self.nested: list[Any] = [[make()], {"inside": (make(),)}]
        self.listed.append(make())
        self.listed.insert(0, make())
        self.named["later"] = make()

    def slots(self) -> dict[str, keras.layers.Layer]:
        """Every layer, by where it is."""
        first, second, third = self.listed
        return {
            "an attribute": self.plain,
            "a list": second,
            "a list, inserted": first,
            "a list, appended": third,
            "a tuple": self.together[0],
            "the end of a tuple": self.together[1],
            "a dictionary": self.named["first"],
            "a dictionary, later": self.named["later"],
            "a list of lists": self.nested[0][0],
            "a tuple of a dictionary of a list": self.nested[1]["inside"][0],
        }

    def call(self, inputs: Any) -> Any:
        for layer in self.slots().values():
            inputs = layer(inputs)
        return inputs


def _contained(seen: Observation, case: Case, data: Data) -> None:
    """Which layers a user's own layer has for its own, and which a file of weights gives back."""

    kind, features = getattr(keras.layers, case.layer), data.features

    def make() -> keras.layers.Layer:
        layer: keras.layers.Layer = kind(features, return_sequences=True)
        return layer

    own, other = Holder(make), Holder(make)
    model, twin = (keras.Sequential([keras.Input(data.x.shape[1:]), k]) for k in (own, other))
    with tempfile.TemporaryDirectory() as folder:
        model.save_weights(Path(folder) / "model.weights.h5")
        twin.load_weights(Path(folder) / "model.weights.h5")
    for slot in SLOTS:
        seen.facts[f"layer in {slot}"] = tracked(own, slot)
        seen.facts[f"layer in {slot}, out of a file"] = loaded(own, other, slot)


@printed
def tracked(holder: Holder, slot: str) -> str:
    """Whether the weights of a layer that another one holds are among those that it trains."""
    own = {id(variable) for variable in holder.trainable_variables}
    weights = holder.slots()[slot].trainable_variables
    return "tracked" if own.issuperset(map(id, weights)) else "not tracked"


@printed
def loaded(holder: Holder, other: Holder, slot: str) -> str:
    """Whether a layer that another one holds has the weights of one that was saved."""
    pairs = zip(holder.slots()[slot].weights, other.slots()[slot].weights, strict=True)
    alike = all(np.array_equal(*map(keras.ops.convert_to_numpy, pair)) for pair in pairs)
    return "loaded" if alike else "not loaded"


def _frozen(seen: Observation, case: Case, data: Data, ways: dict[str, tuple[str, ...]]) -> None:
    """Which weights train in copies of a model that was frozen, and one layer thawed again."""
    for kind, of_kind in ways.items():
        entry, layer, last = (
            keras.Input(data.x.shape[1:]),
            layer_of(case, data),
            keras.layers.Dense(1),
        )
        if kind == "functional":
            model = keras.Model(entry, last(layer(entry)))
        else:
            model = keras.Sequential([entry, layer, last])
        model.trainable = False
        last.trainable = True
        for way in of_kind:
            seen.facts[f"number of trainable weights, {kind} {way}"] = trained(MADE[way](model))


@printed
def trained(model: keras.Model) -> int:
    """How many weights a training step changes."""
    return len(model.trainable_weights)


def _cloned_onto(seen: Observation, case: Case, data: Data) -> None:
    """What copies of models give on inputs of known lengths, and whether they have these."""
    for name in ONTO:
        whole = model_of(case, name)
        model = building.model(whole, case, data)
        arrays = fed(whole, data)
        inputs = [_sized(tensor, arrays[tensor.name]) for tensor in model.inputs]
        made = _onto(seen, name, model, inputs)
        given = building.in_order(building.tensors_of(arrays))
        for output, value in zip(whole.outputs, flatten(made(given)), strict=True):
            record_array(seen, f"{name}: {output}", value)
    chain = keras.Sequential([keras.Input((None, data.features)), layer_of(case, data)])
    made = _onto(seen, "Sequential", chain, [_sized(chain.inputs[0], data.x)])
    record_array(seen, "Sequential", made(x_of(data)))


def _onto(seen: Observation, name: str, model: Any, inputs: list[Any]) -> keras.Model:
    """A copy of a model, of the same weights, on inputs; whether it has them is noted."""
    made = keras.models.clone_model(model, inputs[0] if len(inputs) == 1 else inputs)
    made.set_weights(model.get_weights())
    seen.facts[f"number of given inputs of {name}"] = kept_inputs(made, inputs)
    return made


@printed
def kept_inputs(model: keras.Model, inputs: list[Any]) -> int:
    """How many inputs of a model are the given ones, at their places."""
    return sum(a is b for a, b in zip(model.inputs, inputs, strict=True))


def _sized(tensor: Any, array: Any) -> Any:
    """An input of its own like a tensor of a model, of the sizes of an array."""
    return keras.Input(batch_shape=array.shape, dtype=tensor.dtype)


def _cloned_onto_list(seen: Observation, case: Case, data: Data) -> None:
    """A copy of a model of one input, on a list of an input of its own."""
    entry, taken = keras.Input((None, data.features)), keras.Input(data.x.shape[1:])
    model = keras.Model(entry, layer_of(case, data)(entry))
    made = keras.models.clone_model(model, input_tensors=[taken])
    made.set_weights(model.get_weights())
    record_array(seen, "output", made(x_of(data)))


def _by_hand(seen: Observation, case: Case, data: Data) -> None:
    """What models give whose recurrent layers are given masks that symbolic tensors carry."""
    for name in BY_HAND:
        whole = model_of(case, name)
        model = building.model(whole, case, data, by_hand=True)
        arrays = list(fed(whole, data).values())
        given = arrays[0] if len(arrays) == 1 else arrays
        predicted = model.predict(given, batch_size=data.batch, verbose=0)
        for output, value in zip(whole.outputs, flatten(predicted), strict=True):
            seen.arrays[f"{name}: {output}"] = value.astype(np.float64)


class Shaped(keras.layers.Layer):
    """A layer and a factor for each of its outputs, whose shapes come by the arguments' names."""

    def __init__(self, inner: keras.layers.Layer) -> None:
        super().__init__()
        self.inner = inner
        self.told: dict[str, Any] = {}

    def build(
        self, sequence_shape: Any, start_shape: Any = None, step_mask_shape: Any = None
    ) -> None:
        self.told = {
            "sequence": list(sequence_shape[1:]),
            "start": None if start_shape is None else list(start_shape[1:]),
            "step_mask": list(step_mask_shape[1:]),
        }

    def call(self, sequence: Any, start: Any, step_mask: Any) -> Any:
        return self.inner(sequence, initial_state=start) * step_mask

    def compute_output_shape(
        self, sequence_shape: Any, start_shape: Any = None, step_mask_shape: Any = None
    ) -> Any:
        return (*step_mask_shape[:-1], self.inner.units)


def _shaped(seen: Observation, case: Case, data: Data) -> None:
    """What shapes a layer is told, called with arrays by name and as a part of a model."""
    state = data.states(1)[0].astype("float32")
    given = [data.x.astype("float32"), state, np.ones((*data.lead, 1), "float32")]
    for way in SHAPED:
        layer = Shaped(layer_of(case, data, return_sequences=True))
        some = [None if k == 1 and way.endswith("no start") else a for k, a in enumerate(given)]
        tensors = [None if array is None else ops.convert_to_tensor(array) for array in some]
        if way.startswith("called"):
            x, start, factors = tensors
            record_array(seen, way, layer(x, step_mask=factors, start=start))
        else:
            entries = [None if array is None else keras.Input(array.shape[1:]) for array in some]
            taken = [entry for entry in entries if entry is not None]
            model = keras.Model(taken, layer(*entries))
            seen.facts[f"foretold, {way}"] = list(model.output_shape[1:])
            record_array(seen, way, model([one for one in tensors if one is not None]))
        seen.facts[f"told, {way}"] = layer.told
    for way, start in (("a list", ops.convert_to_tensor(state)), ("a list with None", None)):
        pair = Paired(layer_of(case, data, return_sequences=True))
        record_array(seen, way, pair([x_of(data), start]))
        seen.facts[f"told, {way}"] = pair.told


class Paired(keras.layers.Layer):
    """A layer of a sequence and a start, in a list, that may hold None for it."""

    def __init__(self, inner: keras.layers.Layer) -> None:
        super().__init__()
        self.inner = inner
        self.told: list[Any] = []

    def build(self, shapes: Any) -> None:
        self.told = [None if shape is None else list(shape[1:]) for shape in shapes]

    def call(self, inputs: Any) -> Any:
        sequence, start = inputs
        return self.inner(sequence, initial_state=start)


class Moving(keras.layers.Layer):
    """Moves weights in its call by what half precision cannot tell from nothing."""

    def __init__(self, shapes: dict[str, tuple[int, ...]], **options: Any) -> None:
        super().__init__(**options)
        self.shapes = list(shapes.items())

    def build(self, shape: Any) -> None:
        self.kept = {
            f"{way} of {size}": self.add_weight(
                shape=moved, initializer="ones", trainable=False, name=f"{way}_{size}"
            )
            for way in ("assign", "assign_add", "assign_sub")
            for size, moved in self.shapes
        }
        self.states = list(self.kept.values())

    def call(self, inputs: Any) -> Any:
        for size, shape in self.shapes:
            ones = ops.ones(shape, "float32")
            self.kept[f"assign of {size}"].assign(ones + HALVED)
            self.kept[f"assign_add of {size}"].assign_add(ones * 256.0)
            self.kept[f"assign_sub of {size}"].assign_sub(ones * 257.0)
        return inputs


def _assigned(seen: Observation, case: Case, data: Data) -> None:
    """What weights are, and of which dtype, after a call and after predict."""
    entry = keras.Input(data.x.shape[1:], dtype="float32")
    moving = Moving(MOVED, dtype="mixed_bfloat16")
    model = keras.Model(entry, layer_of(case, data)(moving(entry)))
    for way in ("called", "predicted"):
        for weight in moving.kept.values():
            weight.assign(ops.ones(weight.shape, "float32"))
        if way == "called":
            model(x_of(data))
        else:
            model.predict(data.x.astype("float32"), batch_size=data.batch, verbose=0)
        for name, weight in moving.kept.items():
            value = weight.value
            seen.facts[f"dtype of {name}, {way}"] = keras.backend.standardize_dtype(value.dtype)
            seen.arrays[f"{name}, {way}"] = np.atleast_1d(to_float64(value))


printed(form_of)


def _nested(seen: Observation, case: Case, data: Data, ways: tuple[str, ...]) -> None:
    """What models give, and put together in which way, called and by predict on one batch."""
    layer = layer_of(case, data)
    given = {"first": data.x.astype("float32"), "second": data.x_of(1).astype("float32")}
    for name, form in NESTED.items():
        entries = map_structure(lambda _: keras.Input(data.x.shape[1:]), form)
        model = keras.Model(entries, map_structure(layer, entries))
        for way in ways:
            made = MADE[way](model)
            made.compile(run_eagerly=True, jit_compile=False)
            arrays = map_structure(lambda which: given[which], form)
            tensors = map_structure(ops.convert_to_tensor, arrays)
            results = {"called": made(tensors), "predicted": made.predict_on_batch(arrays)}
            for how, returned in results.items():
                whole = f"{name}, {way}, {how}"
                seen.facts[f"form of {whole}"] = form_of(returned, way)
                for which, output in zip(flatten(form), flatten(returned), strict=False):
                    record_array(seen, f"{whole}: {which}", output)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "optional": partial(_optional, ways=("as it is", "loaded", "from JSON")),
    "optional_cloned": partial(_optional, ways=("cloned",)),
    "optional_first": _optional_first,
    "contained": _contained,
    **{what: partial(_frozen, ways=ways) for what, ways in FROZEN.items()},
    **{what: partial(_nested, ways=ways) for what, ways in NESTINGS.items()},
    "cloned_onto": _cloned_onto,
    "cloned_onto_list": _cloned_onto_list,
    "by_hand": _by_hand,
    "shaped": _shaped,
    "assigned": _assigned,
}
