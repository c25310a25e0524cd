"""Deeds of the scenario `edge` on what models and layers say of themselves, and what is kept."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.accounts import (
    ACTIVE,
    COUNTS,
    HALVES,
    MADE_OF_ONE,
    MINE,
    NORMED,
    OF_ONE,
    ORDERED,
    PACKAGES,
    PAIRED,
    PARTS,
    SCALED,
    SHAPED,
    SLOPE,
    SUMMED,
    TAKEN,
    TAKEN_FROM,
    filed,
    named,
)
from keras_rnn_conformance.cases.models.learning import large, numbers, scales
from keras_rnn_conformance.cases.models.nestings import form_of
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.described import described, read_again, takes
from keras_rnn_conformance.subject.scenarios.whole.structures import MADE
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of


class Parts(keras.layers.Layer):
    """Gives the halves of its features by name."""

    def call(self, inputs: Any) -> Any:
        half = inputs.shape[-1] // 2
        return {"first": inputs[..., :half], "second": inputs[..., half:]}

    def compute_output_shape(self, shape: Any) -> Any:
        half = shape[-1] // 2
        return {"first": (*shape[:-1], half), "second": (*shape[:-1], shape[-1] - half)}


def _summed_up(seen: Observation, case: Case, data: Data) -> None:
    """How many weights the summary of each model says that it has."""
    for name in SUMMED:
        if name == PARTS:
            entry = keras.Input(data.x.shape[1:])
            model = keras.Model(entry, Parts()(layer_of(case, data)(entry)))
        else:
            model = building.model(model_of(case, name), case, data)
        owners = [layer for layer in model.layers if layer.weights]
        owners[0].trainable = False
        for count in COUNTS:
            seen.facts[f"{count} params of {name}"] = counted(model, count)


@printed
def counted(model: keras.Model, count: str) -> str:
    """Whether the summary says how many weights of a kind a model has."""
    lines: list[str] = []
    options = {"expand_nested": True, "show_trainable": True, "line_length": 100}
    model.summary(print_fn=lambda line, **_: lines.append(line), **options)
    weights = {
        "Total": model.weights,
        "Trainable": model.trainable_weights,
        "Non-trainable": model.non_trainable_weights,
    }[count]
    wanted = sum(int(np.prod(weight.shape)) for weight in weights)
    said = re.search(rf"(?<![-\w]){count} params:\s*\D*?([\d,]+)", "\n".join(lines))
    number = int(said[1].replace(",", "")) if said else None
    return "as there are" if number == wanted else f"{number} for {wanted}"


def _functions(seen: Observation, case: Case, data: Data) -> None:
    """What a Function gives that begins at an operation, and how many operations it has."""
    entry, layer = keras.Input(data.x.shape[1:]), layer_of(case, data, return_sequences=True)
    sequence = layer(entry)
    middle = sequence * 2.0
    part = keras.Function(middle, middle + 1.0)
    whole = keras.Function(entry, middle)
    tensor = ops.convert_to_tensor(data.x.astype("float32"))
    record_array(seen, "output", part(whole(tensor)))
    entries = keras.layers.InputLayer
    seen.facts["operations"] = len([one for one in part.operations if not isinstance(one, entries)])


def _any_order(seen: Observation, case: Case, data: Data) -> None:
    x = ops.convert_to_tensor(numbers(data).astype("float32"))
    for kind, options in ORDERED.items():
        for key, ways in options.items():
            for way in ways:
                more = {"groups": 1} if kind == "GroupNormalization" else {}
                layer = getattr(keras.layers, kind)(**{key: way}, **more)
                layer.build(x.shape)
                if layer.weights:
                    layer.weights[0].assign(scales(data, SCALED[kind]))
                record_array(seen, f"{kind} with {key}={way}", layer(x))


def _normed_halves(seen: Observation, case: Case, data: Data) -> None:
    x = large(data).astype("float32")
    for kind, options in NORMED.items():
        for policy in HALVES:
            layer = getattr(keras.layers, kind)(dtype=policy, **options)
            record_array(seen, f"{kind} under {policy}", layer(ops.convert_to_tensor(x)))


def doubled(kind: Any) -> Any:
    """A class that doubles what another gives, and says so of its shape."""

    class Doubled(kind):
        def call(self, inputs: Any) -> Any:
            return ops.concatenate([super().call(inputs)] * 2, axis=-1)

        def compute_output_shape(self, input_shape: Any) -> Any:
            *most, last = super().compute_output_shape(input_shape)
            return (*most, 2 * last)

    return Doubled


def _shaped_otherwise(seen: Observation, case: Case, data: Data) -> None:
    """The shapes that layers foretell which double what others give."""
    for kind, options in SHAPED.items():
        plain = getattr(keras.layers, kind)
        shape = TAKEN_FROM.get(kind, TAKEN)
        dtype = "int32" if kind == "Embedding" else "float32"
        told = shapes_told(doubled(plain)(*options), plain(*options), shape, dtype)
        seen.facts[f"shape of {kind} as foretold"], seen.facts[f"shape of {kind}"] = told


@printed
def shapes_told(layer: Any, plain: Any, shape: Any, dtype: str) -> list[str]:
    """How the shapes that a doubling layer foretells and gives are to each other and to plain."""
    foretold = layer(keras.Input(shape, dtype=dtype)).shape[1:]
    given, single = (one(ops.ones((2, *shape), dtype)).shape[1:] for one in (layer, plain))
    right = tuple(given) == (*single[:-1], 2 * single[-1])
    return [
        "as it is" if foretold == given else str(foretold),
        "twice the last axis" if right else str(given),
    ]


def _named_mine(seen: Observation, case: Case, data: Data) -> None:
    """The names that objects have after JSON."""
    for fact, (name, needed) in named().items():
        seen.facts[fact] = name_after(attrgetter(name)(keras), needed)


@printed
def name_after(kind: Any, needed: dict[str, Any]) -> str:
    """The name that an object has out of its configuration, in a release that takes one."""
    try:
        made = kind(**needed, name=MINE)
    except (TypeError, ValueError):
        return MINE
    return str(read_again(made).name)


def _described_h5(seen: Observation, case: Case, data: Data) -> None:
    """What has become of layers in an .h5 file."""
    for fact, (name, arguments) in filed().items():
        kind = getattr(keras.layers, name)
        taken = {key: value for key, value in arguments.items() if takes(kind, key)}
        seen.facts[fact] = refiled(kind(**taken), name in PAIRED)


@printed
def refiled(layer: Any, pair: bool) -> str:
    """Whether a layer comes out of an .h5 file as it was."""
    dtype = "int32" if isinstance(layer, keras.layers.Embedding) else "float32"
    shape = TAKEN_FROM.get(type(layer).__name__, TAKEN)
    entries = [keras.Input(shape, dtype=dtype) for _ in range(2 if pair else 1)]
    heads = isinstance(layer, keras.layers.MultiHeadAttention)
    output = layer(*entries) if heads else layer(entries if pair else entries[0])
    model = keras.Model(entries, output)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.h5")
        try:
            model.save(path)
            loaded = keras.saving.load_model(path, compile=False)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    again = described(loaded.get_layer(layer.name))
    return "as they were" if again == described(layer) else f"{again} for {described(layer)}"


def first_alike(x: Any) -> Any:
    """An activation."""
    return 2.0 * x


def second_alike(x: Any) -> Any:
    """Another activation."""
    return 4.0 * x


def _layer_for_function(seen: Observation, case: Case, data: Data) -> None:
    """What layers are out of JSON whose activation is a layer."""
    for name, keys in ACTIVE.items():
        needed = {"filters": 2, "kernel_size": 1} if name == "Conv1D" else {"units": 2}
        for key in keys:
            given = {} if name == "Activation" else needed
            layer = getattr(keras.layers, name)(**given, **{key: leaky()})
            seen.facts[f"{key} of {name}"] = slope_after(layer, key)


@printed
def leaky() -> Any:
    """A layer that stands for a function."""
    return keras.layers.LeakyReLU(negative_slope=SLOPE)


@printed
def slope_after(layer: Any, key: str) -> Any:
    """What a layer has for the slope of its activation out of JSON."""
    try:
        return float(getattr(read_again(layer), key).negative_slope)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _one_of_one(seen: Observation, case: Case, data: Data) -> None:
    """How models are called whose one input is in something, and which they are made into."""
    for form in OF_ONE:
        entry = keras.Input(data.x.shape[1:], name="one")
        model = keras.Model(within(form, entry), within(form, layer_of(case, data)(entry)))
        for way in MADE_OF_ONE:
            made = MADE[way](model)
            seen.facts[f"input in {form}, {way}"] = form_of(made.input, way)
            seen.facts[f"output in {form}, {way}"] = form_of(made.output, way)


@printed
def within(form: str, tensor: Any) -> Any:
    """A tensor in a list, a tuple or a dictionary."""
    return {"a list": [tensor], "a tuple": (tensor,), "a dictionary": {"one": tensor}}[form]


def _alike(seen: Observation, case: Case, data: Data) -> None:
    """Which of two functions of one name a file gives back."""
    functions = dict(zip(PACKAGES, (first_alike, second_alike), strict=True))
    for package, function in functions.items():
        keras.saving.register_keras_serializable(package, "alike")(function)
    for package, function in functions.items():
        activation = keras.layers.Activation(function)
        model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data), activation])
        loaded = building.reloaded(model).layers[-1].activation
        seen.facts[f"function of {package}"] = given_back(loaded, function, package)


@printed
def given_back(loaded: Any, function: Any, package: str) -> str:
    """The package of a function, if that is what came out of a file."""
    return package if loaded is function else str(loaded)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "summed_up": _summed_up,
    "functions": _functions,
    "any_order": _any_order,
    "normed_halves": _normed_halves,
    "shaped_otherwise": _shaped_otherwise,
    "named_mine": _named_mine,
    "described_h5": _described_h5,
    "layer_for_function": _layer_for_function,
    "one_of_one": _one_of_one,
    "alike": _alike,
}
"""By deed, what is done."""
