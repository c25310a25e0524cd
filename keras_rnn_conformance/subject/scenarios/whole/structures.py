"""Deeds of the scenario `edge` about how models are put together: inputs, and layers they hold."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of


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


def taking(layer: Any, shape: Any, what: str, more: Any, dtype: str) -> keras.Model:
    """A model of a layer, with an input for an argument of its call that may be left out."""
    entries = [keras.Input(shape), keras.Input(more, dtype=dtype, optional=True)]
    return keras.Model(entries, layer(entries[0], **{what: entries[1]}))


MADE: dict[str, Callable[[keras.Model], keras.Model]] = {
    "as it is": lambda model: model,
    "loaded": building.reloaded,
    "from JSON": lambda model: building.twin(model, "json"),
    "cloned": lambda model: building.twin(model, "clone"),
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
        return {
            "an attribute": self.plain,
            "a list": self.listed[1],
            "a list, inserted": self.listed[0],
            "a list, appended": self.listed[2],
            "a tuple": self.together[0],
            "a tuple's end": self.together[1],
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

    def make() -> keras.layers.Layer:
        kind = getattr(keras.layers, case.layer)
        layer: keras.layers.Layer = kind(data.features, return_sequences=True)
        return layer

    own, other = Holder(make), Holder(make)
    model, twin = (keras.Sequential([keras.Input(data.x.shape[1:]), k]) for k in (own, other))
    with tempfile.TemporaryDirectory() as folder:
        model.save_weights(Path(folder) / "model.weights.h5")
        twin.load_weights(Path(folder) / "model.weights.h5")
    owned = {id(variable) for variable in model.trainable_variables}
    slots = own.slots()
    seen.facts["not its own"] = [
        name
        for name, layer in slots.items()
        if not all(id(variable) in owned for variable in layer.trainable_variables)
    ]
    seen.facts["not loaded"] = list(differing(slots, other.slots()))


def differing(these: dict[str, Any], those: dict[str, Any]) -> Iterator[str]:
    """The names of layers that have other weights."""
    for name, layer in these.items():
        pairs = zip(layer.get_weights(), those[name].get_weights(), strict=True)
        if not all(np.array_equal(one, other) for one, other in pairs):
            yield name


def _frozen(seen: Observation, case: Case, data: Data, ways: dict[str, tuple[str, ...]]) -> None:
    """Which copies train other weights than a model that was frozen, and one layer thawed again.

    As long as the model is not trainable, none of its weights is.
    """
    seen.facts["other weights"] = other = []
    for kind, of_kind in ways.items():
        layers = [layer_of(case, data), keras.layers.Dense(1)]
        model = keras.Sequential([keras.Input(data.x.shape[1:]), *layers])
        if kind == "functional":
            model = keras.Model(model.inputs, model.outputs)
        model.trainable = False
        model.layers[-1].trainable = True
        for way in of_kind:
            again = MADE[way](model)
            if _trained(again) != _trained(model):
                other.append(f"{kind}, {way}")


def _trained(model: keras.Model) -> list[bool]:
    """Of each weight, whether a training step changes it."""
    trained = {id(variable) for variable in model.trainable_weights}
    return [id(variable) in trained for variable in model.weights]


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "optional": partial(_optional, ways=("as it is", "loaded", "from JSON")),
    "optional_cloned": partial(_optional, ways=("cloned",)),
    "contained": _contained,
    "frozen": partial(
        _frozen, ways={"Sequential": ("cloned",), "functional": ("loaded", "from JSON")}
    ),
    "frozen_otherwise": partial(
        _frozen, ways={"Sequential": ("loaded", "from JSON"), "functional": ("cloned",)}
    ),
}
