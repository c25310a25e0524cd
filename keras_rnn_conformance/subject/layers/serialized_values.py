"""What `get_config` and `from_config` make of single constructor arguments."""

from __future__ import annotations

import copy
import inspect
import itertools
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import keras

from keras_rnn_conformance.cases.api.serialized_arguments import (
    HANDED_ON,
    KEPT,
    MISSING,
    OF_CELL,
    beside,
    class_of,
)
from keras_rnn_conformance.cases.api.signatures import taken
from keras_rnn_conformance.cases.api.table import spelling
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.subject import classes as layers
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.trees import flatten

INNER = "inner"
"""The name of what a wrapper holds: a name of Keras's own counts up from layer to layer."""

_PENALTY = {"l1": 0.1328125, "l2": 0.2578125}

VALUES: dict[str, Callable[[], Any]] = {
    "units": lambda: 5,
    "filters": lambda: 5,
    "kernel_size": lambda: 3,
    "strides": lambda: 2,
    "padding": lambda: "same",
    "data_format": lambda: "channels_first",
    "dilation_rate": lambda: 2,
    "activation": lambda: "softsign",
    "recurrent_activation": lambda: "hard_sigmoid",
    "use_bias": lambda: False,
    "unit_forget_bias": lambda: False,
    "kernel_initializer": lambda: keras.initializers.RandomUniform(-0.2578125, 0.5078125, seed=3),
    "recurrent_initializer": lambda: keras.initializers.Orthogonal(gain=0.5078125, seed=4),
    "bias_initializer": lambda: keras.initializers.Constant(0.2578125),
    "kernel_regularizer": lambda: keras.regularizers.L1L2(**_PENALTY),
    "recurrent_regularizer": lambda: keras.regularizers.L1(0.3828125),
    "bias_regularizer": lambda: keras.regularizers.L2(0.5078125),
    "activity_regularizer": lambda: keras.regularizers.L1(0.6328125),
    "kernel_constraint": lambda: keras.constraints.MaxNorm(1.5078125, axis=1),
    "recurrent_constraint": lambda: keras.constraints.MinMaxNorm(
        0.2578125, 0.5078125, rate=0.7578125, axis=1
    ),
    "bias_constraint": lambda: keras.constraints.NonNeg(),
    "dropout": lambda: 0.25,
    "recurrent_dropout": lambda: 0.5,
    "seed": lambda: 7,
    "implementation": lambda: 1,
    "reset_after": lambda: False,
    "return_sequences": lambda: True,
    "return_state": lambda: True,
    "go_backwards": lambda: True,
    "stateful": lambda: True,
    "unroll": lambda: True,
    "zero_output_for_mask": lambda: True,
    "use_cudnn": lambda: True,
    "cell": lambda: layers.GRUCell(5, reset_after=False, dropout=0.25, name=INNER),
    "cells": lambda: [layers.GRUCell(5, name=INNER), layers.SimpleRNNCell(4, name="last")],
    "layer": lambda: layers.LSTM(5, use_bias=False, name=INNER),
    "merge_mode": lambda: "sum",
    "backward_layer": lambda: layers.GRU(5, go_backwards=True, reset_after=False, name="own"),
    "name": lambda: "kept",
    "dtype": lambda: "mixed_bfloat16",
    "trainable": lambda: False,
}
"""By argument, a value that is not the default; a number has digits that rounding would lose."""

ALSO: dict[str, Callable[[], Any]] = {
    "units": lambda: 1,
    "filters": lambda: 1,
    "activation": lambda: None,
    "recurrent_activation": lambda: None,
    "kernel_initializer": lambda: "he_normal",
    "recurrent_initializer": lambda: "identity",
    "bias_initializer": lambda: "ones",
    "kernel_regularizer": lambda: "l2",
    "recurrent_regularizer": lambda: "l1",
    "bias_regularizer": lambda: "l1",
    "activity_regularizer": lambda: "l2",
    "kernel_constraint": lambda: "non_neg",
    "recurrent_constraint": lambda: keras.constraints.UnitNorm(axis=1),
    "bias_constraint": lambda: "max_norm",
    "dropout": lambda: 0.328125,
    "recurrent_dropout": lambda: 1.0,
    "seed": lambda: 0,
    "cells": lambda: [layers.LSTMCell(5, name="z"), layers.LSTMCell(4, name="a")],
    "merge_mode": lambda: None,
    "backward_layer": lambda: layers.LSTM(3, go_backwards=True, seed=9, name="own"),
    "name": lambda: "Kept_2",
    "dtype": lambda: keras.mixed_precision.DTypePolicy("float16"),
}
"""By argument, another value: one that is empty or zero, or is written in another way."""

FAMILIES = ("activation", "initializer", "regularizer", "constraint", "dropout")
"""What the names of arguments end in that take the same values."""

_NEEDED: dict[str, Callable[[], dict[str, Any]]] = {
    "RNN": lambda: {"cell": layers.LSTMCell(3, name=INNER)},
    "StackedRNNCells": lambda: {"cells": [layers.LSTMCell(3, name=INNER)]},
    "Bidirectional": lambda: {"layer": layers.LSTM(3, name=INNER)},
    "TimeDistributed": lambda: {"layer": layers.Dense(3, name=INNER)},
}
_HELD: dict[str, tuple[str, type[keras.Layer]]] = {
    "RNN": ("cell", layers.SimpleRNNCell),
    "StackedRNNCells": ("cells", layers.SimpleRNNCell),
    "TimeDistributed": ("layer", layers.Dense),
    "Bidirectional": ("backward_layer", layers.LSTM),
}
"""By class, the argument that is held as it is given, and what it may be."""


@cache
def default(name: str) -> keras.Layer:
    """An object of the class with what its constructor asks for."""
    return made(name)


def made(name: str, /, **options: Any) -> keras.Layer:
    """An object of the named class, with what its constructor asks for, and the options."""
    convolution = {"filters": 3, "kernel_size": 2} if name.startswith("Conv") else {"units": 3}
    needed = _NEEDED.get(name, lambda: convolution)()
    return getattr(layers, name)(**{"name": "named", **needed, **options})


def argument(case: Case) -> dict[str, Any]:
    """What the original, the rebuilt and a default object say of one argument.

    The argument is given alone; with another value, if it has one; and beside all the others.
    """
    name = str(case["what"])
    facts = _told(case, name, {name: VALUES[name]()})
    if name in ALSO:
        facts["also"] = _told(case, name, {name: ALSO[name]()})
    kind = class_of(case)
    together = {key: VALUES[key]() for key in taken(kind, beside(kind, name))}
    facts["beside"] = _told(case, name, together)
    return facts


def _told(case: Case, name: str, options: dict[str, Any]) -> dict[str, Any]:
    kind = class_of(case)
    original, standard = made(kind, **options), default(kind)
    objects = {"given": original, "kept": _rebuilt(original), "default": standard}
    held = _held_as(name)
    facts = {key: described(attribute(one, held)) for key, one in objects.items()}
    if name in OF_CELL.get(kind, ()):
        made_so = {"layer": original, "cell": original.cell, "default cell": standard.cell}
        facts["configured"] = {
            key: json.loads(json.dumps(one.get_config().get(spelling(name), MISSING)))
            for key, one in made_so.items()
        }
    return facts


def _rebuilt(original: keras.Layer) -> keras.Layer:
    return type(original).from_config(json.loads(json.dumps(original.get_config())))


def _held_as(argument: str) -> str:
    """The attribute that holds an argument."""
    return "dtype_policy" if argument == "dtype" else spelling(argument)


@printed
def attribute(layer: keras.Layer, name: str) -> Any:
    """What a layer or its cell holds under a name."""
    if name == "layer" and isinstance(layer, layers.Bidirectional):
        return layer.forward_layer
    return getattr(layer if hasattr(layer, name) else layer.cell, name)


@printed
def described(value: Any) -> Any:
    """A value as plain data: objects by class, configuration and content, functions by name."""
    if isinstance(value, (list, tuple)):
        return [described(item) for item in value]
    if hasattr(value, "get_config"):
        config = json.loads(json.dumps(value.get_config(), default=str))
        return [type(value).__name__, config, *_content(value)]
    return getattr(value, "__name__", value)


def _content(value: Any) -> list[dict[str, Any]]:
    """What an object that is no layer holds beside its configuration, which may have lost it."""
    if isinstance(value, (keras.layers.Layer, keras.DTypePolicy)):
        return []
    plain = {k: v for k, v in vars(value).items() if isinstance(v, (int, float, str, tuple))}
    return [{k: v for k, v in sorted(plain.items()) if not k.startswith("_") and k != "seed"}]


def again(case: Case) -> dict[str, Any]:
    """What `from_config` leaves of the configuration that it was given."""
    layer = made(class_of(case))
    config = layer.get_config()
    before = copy.deepcopy(config)
    type(layer).from_config(config)
    return {"before": sorted(before), "after": sorted(config), "same": before == config}


def equal(case: Case) -> dict[str, Any]:
    """What is left of each two arguments of a family that are given one and the same value."""
    kind, facts = class_of(case), {}
    for names in families(kind).values():
        for one, other in itertools.combinations(names, 2):
            original = made(kind, **dict.fromkeys((one, other), VALUES[one]()))
            rebuilt = _rebuilt(original)
            facts[f"{one} and {other}"] = [
                [described(attribute(layer, _held_as(name))) for name in (one, other)]
                for layer in (original, rebuilt)
            ]
    return {"equal": facts}


def families(kind: str) -> dict[str, list[str]]:
    """The arguments of a class by what they take: what their names end in, True or False."""
    found: dict[str, list[str]] = {}
    for name in taken(kind, KEPT[kind]):
        if name == "use_cudnn":  # it is lost by itself, as its own cases say
            continue
        ending = name.rpartition("_")[2]
        if ending in FAMILIES or isinstance(VALUES[name](), bool):
            found.setdefault(ending if ending in FAMILIES else "flag", []).append(name)
    return found


def strangers(case: Case) -> dict[str, Any]:
    """The classes that a layer holds, and that it holds once `from_config` has been told of them.

    They are in no module, so that nothing but `custom_objects` can lead to them.
    """
    name = class_of(case)
    argument, base = _HELD[name]
    first, second = (type(f"Strange{i}", (base,), {}) for i in (1, 2))
    options = {"go_backwards": True} if base is layers.LSTM else {}
    given = [first(3, name=INNER, **options), second(3, name="last", **options)]
    needed = {argument: given if argument == "cells" else given[0]}
    layer = made(name, **needed)
    config = json.loads(json.dumps(layer.get_config()))
    objects = {one.__name__: one for one in (first, second)}
    rebuilt = type(layer).from_config(config, custom_objects=objects)
    return {
        key: [type(held).__name__ for held in flatten(getattr(one, argument))]
        for key, one in (("held", layer), ("rebuilt", rebuilt))
    }


def handed(case: Case) -> dict[str, Any]:
    """What both directions of a Bidirectional hold of each argument of the layer it is made of.

    They are made of its configuration: what is lost in that one is lost for them too.
    """
    values = {}
    for name in taken(case.layer, HANDED_ON[case.layer]):
        layer = made(case.layer, **{name: VALUES[name]()})
        rebuilt = type(layer).from_config(layer.get_config())
        both = layers.Bidirectional(layer)
        values[name] = [
            described(attribute(one, _held_as(name)))
            for one in (rebuilt, both.forward_layer, both.backward_layer)
        ]
    return {"handed": values}


def signature(case: Case) -> dict[str, Any]:
    """The arguments that the constructor names."""
    return {"signature": named_by(getattr(keras.layers, class_of(case)))}


@printed
def named_by(kind: Any, *, needed: bool = False) -> list[str]:
    """The arguments that a constructor names; or those alone that it cannot do without."""
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    return [p.name for p in named if not needed or p.default is p.empty]


ABOUT: dict[str, Callable[[Case], dict[str, Any]]] = {
    "argument": argument,
    "again": again,
    "equal": equal,
    "strangers": strangers,
    "handed": handed,
    "signature": signature,
}
