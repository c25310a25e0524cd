"""Deeds about what copies and files keep: which parts train, all weights, and maps of policies."""

from __future__ import annotations

import copy
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.attending import zeroed
from keras_rnn_conformance.cases.models.deeds.conditions import (
    FILLED,
    FILLS,
    FLAGGED,
    GIVER,
    MAP_DEFAULTS,
    MAP_WAYS,
    POLICY_MAP,
    POLICY_PATHS,
    TAKERS,
    TAKING,
    filled_as,
    loaded_from,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.promises import COPIED
from keras_rnn_conformance.subject.scenarios.whole.stored_weights import AGAIN
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of

OUT = {**COPIED, "from h5": AGAIN["an .h5 file"]}


def _frozen_parts(seen: Observation, case: Case, data: Data) -> None:
    """Which weights train in copies of models with frozen parts, and then in these themselves."""
    for name, ways in FLAGGED.items():
        model = (_chain if name == "a chain" else _nest)(case.layer, data.x.shape[1:])
        before = flags(model)
        for way in ways:
            seen.facts[f"training weights of {name}, {way}"] = differing(OUT[way](model), before)
        seen.facts[f"training weights of {name}, in the end"] = differing(model, before)
        seen.facts[f"frozen weights of {name}"] = before.count(False)


def _chain(kind: str, shape: tuple[int, ...]) -> keras.Model:
    """A chain of layers, every other one frozen."""
    own, of_layer = keras.layers, getattr(keras.layers, kind)
    each = own.TimeDistributed(own.Dense(2))
    both = own.Bidirectional(of_layer(2, return_sequences=True))
    still = own.Bidirectional(of_layer(2, return_sequences=True))
    first, normal, last = own.Dense(3), own.BatchNormalization(), of_layer(2)
    middle = of_layer(3, return_sequences=True)
    entry = keras.Input(shape)
    model = keras.Sequential([entry, first, middle, normal, each, both, still, last, own.Dense(1)])
    for frozen in (first, normal, each.layer, both.forward_layer, still, last):
        frozen.trainable = False
    return model


def _nest(kind: str, shape: tuple[int, ...]) -> keras.Model:
    """A model of cells and models, of which parts are frozen."""
    own = keras.layers
    of_layer, of_cell = getattr(own, kind), getattr(own, f"{kind}Cell")
    inside = keras.Input(shape)
    recurrent, dense = of_layer(5, return_sequences=True), own.Dense(shape[-1])
    inner = keras.Model(inside, dense(recurrent(inside)), name="inner")
    chained = own.Dense(3)
    chain = keras.Sequential([keras.Input(shape), chained, own.Dense(4)], name="chain")
    cells = [of_cell(3), of_cell(2)]
    alone = of_cell(2)
    entry = keras.Input(shape)
    x = own.RNN(cells, return_sequences=True)(chain(inner(entry)))
    x = own.RNN(alone)(x)
    model = keras.Model(entry, own.Dense(1)(x))
    for frozen in (recurrent, chained, cells[1], alone):
        frozen.trainable = False
    return model


@printed
def flags(model: Any) -> list[bool]:
    """Whether each weight of a model trains."""
    trained = {id(variable) for variable in model.trainable_weights}
    return [id(variable) in trained for variable in model.weights]


@printed
def differing(model: Any, before: list[bool]) -> str:
    """The numbers of the weights that train in a copy alone, or in the original alone."""
    pairs = zip(flags(model), before, strict=True)
    others = [number for number, (one, other) in enumerate(pairs) if one != other]
    return ", ".join(map(str, others)) or "as they were"


def _extremes(seen: Observation, case: Case, data: Data) -> None:
    """How many weights of zero, or as large or small as can be, each way of copying changes."""
    kind = getattr(keras.layers, case.layer)
    for dtype, ways in FILLS[str(case["what"])].items():
        ones: dict[str, Any] = {"bias_initializer": "ones", "dtype": dtype}
        if case.layer == "LSTM":
            ones["unit_forget_bias"] = False
        cheap = {"recurrent_initializer": "ones"}  # the default one has no 16 bits everywhere
        layers = [kind(2, return_sequences=True, **cheap, **ones) for _ in FILLED]
        model = keras.Sequential([keras.Input(data.x.shape[1:]), *layers])
        for what, layer in zip(FILLED, layers, strict=True):
            layer.set_weights([extreme(weight, what) for weight in layer.get_weights()])
        for way in ways:
            again = AGAIN[way](model)
            for what, layer, other in zip(FILLED, layers, again.layers, strict=True):
                seen.facts[filled_as(dtype, what, way)] = changed(layer, other)


@printed
def extreme(weight: Any, what: str) -> Any:
    """An array like a weight, of numbers that are zero, the largest, the smallest or infinite."""
    bits = {"float64": 64, "float32": 32, "bfloat16": 16}[str(weight.dtype)]
    exponent = 11 if bits == 64 else 8
    fraction = bits - 1 - exponent
    largest = ((2**exponent - 2) << fraction) + 2**fraction - 1
    pattern = {
        "zero": 0,
        "largest": largest,
        "smallest": 1 << fraction,
        "infinite": (2**exponent - 1) << fraction,
    }
    whole = np.full(weight.shape, pattern[what], f"uint{bits}")
    if what != "zero":
        whole.reshape(-1)[::2] |= np.asarray(1 << (bits - 1), whole.dtype)
    return whole.view(weight.dtype)


@printed
def changed(layer: Any, other: Any) -> int:
    """How many weights of two layers differ, in a digit or in their dtype."""
    pairs = zip(layer.get_weights(), other.get_weights(), strict=True)
    return sum(a.dtype != b.dtype or a.tobytes() != b.tobytes() for a, b in pairs)


def _zero_weights(seen: Observation, case: Case, data: Data) -> None:
    """What a layer gives whose weights are zero, one of them or all, in inference and training."""
    for forget in (True, False) if case.layer == "LSTM" else (True,):
        options = {} if forget else {"unit_forget_bias": False, "bias_initializer": "ones"}
        for name, weights in zeroed(data.weights()).items():
            layer = layer_of(case, data, **options)
            build.set_weights(layer, weights)
            where = f"{name} zero{'' if forget else ', without unit_forget_bias'}"
            record_array(seen, f"output with {where}", layer(x_of(data)))
            record_array(seen, f"output in training with {where}", layer(x_of(data), training=True))


def _partial_files(seen: Observation, case: Case, data: Data) -> None:
    """Which layers of models have which weights of a file of another model."""
    giver = _taker(case, data, tuple((name, 3) for name in GIVER), 1.0)
    with tempfile.TemporaryDirectory() as folder:
        paths = {kind: Path(folder) / f"model.{kind}" for kind in ("h5", "weights.h5")}
        giver.save(paths["h5"])
        giver.save_weights(paths["weights.h5"])
        for way, takers in TAKING.items():
            for name in takers:
                taker = _taker(case, data, TAKERS[name], -1.0)
                how: dict[str, Any] = {"by_name": True} if way.startswith("by name") else {}
                how |= {"skip_mismatch": True} if "skipping" in way else {}
                taker.load_weights(paths["weights.h5" if ".weights" in way else "h5"], **how)
                for layer in loaded_from(way, name):
                    seen.facts[f"weights of {layer}, {way}, {name}"] = came_from(
                        taker.get_layer(layer), giver
                    )
                for layer in {one for one, _ in TAKERS[name]} - set(loaded_from(way, name)):
                    kept = taker.get_layer(layer).get_weights()[0]
                    seen.facts[f"kernel of {layer}, {way}, {name}"] = bool((kept < 0.0).all())


def _taker(case: Case, data: Data, layers: tuple[tuple[str, int], ...], sign: float) -> keras.Model:
    """A recurrent layer and Dense layers, with weights of one sign, each layer its own."""
    (first, units), *others = layers
    whole = [getattr(keras.layers, case.layer)(units, name=first)]
    whole += [
        keras.layers.Dense(units or 3, use_bias=bool(units), name=name) for name, units in others
    ]
    model = keras.Sequential([keras.Input(data.x.shape[1:]), *whole])
    for number, layer in enumerate(model.layers, 1):
        layer.set_weights([0.0 * weight + sign * number for weight in layer.get_weights()])
    return model


@printed
def came_from(layer: Any, giver: Any) -> str:
    """The layer of another model that has the weights of a layer."""
    for other in giver.layers:
        pairs = [layer.get_weights(), other.get_weights()]
        if all(a.shape == b.shape and (a == b).all() for a, b in zip(*pairs, strict=False)):
            return str(other.name)
    return "none"


def _policy_maps(seen: Observation, case: Case, data: Data) -> None:
    """What maps of policies say of paths, and copies of them; and the layers of a copied model."""
    for default in MAP_DEFAULTS[str(case["what"])]:
        for way in MAP_WAYS:
            made = MAPPED[way](policy_map(default))
            said = [made[path].name for path in POLICY_PATHS]
            seen.facts[f"policies of a map of {default}, {way}"] = said
    if case["what"] == "policy_maps":
        for way in ("as it is", "loaded", "from JSON", "cloned"):
            seen.facts[f"dtypes of heads, {way}"] = COPIED_HEADS[way](_heads(data))


@printed
def policy_map(default: str | None) -> Any:
    """A map of policies."""
    policies = keras.dtype_policies
    made = policies.DTypePolicyMap(None if default is None else policies.DTypePolicy(default))
    for path, name in POLICY_MAP.items():
        made[path] = policies.DTypePolicy(name)
    return made


MAPPED: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda made: made,
    "from its configuration": lambda made: type(made).from_config(made.get_config()),
    "from JSON": lambda made: keras.saving.deserialize_keras_object(
        json.loads(json.dumps(keras.saving.serialize_keras_object(made)))
    ),
    "copied": copy.deepcopy,
    "pickled": lambda made: pickle.loads(pickle.dumps(made)),  # noqa: S301  (its own)
}
"""By way, what is made of a map."""


def _heads(data: Data) -> keras.Model:
    """A model of attention whose parts have policies by their paths."""
    policies = keras.dtype_policies
    made = policies.DTypePolicyMap(policies.DTypePolicy("float32"))
    made["heads/query"] = policies.DTypePolicy("mixed_bfloat16")
    made["heads/.*_output"] = policies.DTypePolicy("mixed_float16")
    entry = keras.Input(data.x.shape[1:])
    attention = keras.layers.MultiHeadAttention(2, 3, dtype=made, name="heads")
    return keras.Model(entry, attention(entry, entry))


@printed
def compute_dtypes(model: Any) -> list[str]:
    """In which dtypes the query, the key, the value and the output of heads are computed."""
    heads = model.get_layer("heads")
    parts = heads.query_dense, heads.key_dense, heads.value_dense, heads.output_dense
    return [str(part.compute_dtype) for part in parts]


COPIED_HEADS: dict[str, Callable[[Any], list[str]]] = {
    "as it is": compute_dtypes,
    "loaded": lambda model: compute_dtypes(building.reloaded(model)),
    "from JSON": lambda model: compute_dtypes(building.TWINS["json"](model)),
    "cloned": lambda model: compute_dtypes(building.TWINS["clone"](model)),
}
"""By way, the dtypes in a copy of a model."""


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "frozen_parts": _frozen_parts,
    **dict.fromkeys(FILLS, _extremes),
    "zero_weights": _zero_weights,
    "partial_files": _partial_files,
    **dict.fromkeys(MAP_DEFAULTS, _policy_maps),
}
