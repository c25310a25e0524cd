"""The scenario `masks`: which masks come out of a layer, and a model of layers under a mask."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import input_dtype
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import flat, returned
from keras_rnn_conformance.cases.data import Data, Weights
from keras_rnn_conformance.cases.masking import marked, model_weights
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import noted, printed, scenario
from keras_rnn_conformance.subject.trees import flatten


class Probe(keras.layers.Layer):
    """Keeps the mask that reaches it."""

    mask: Any = None

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self.mask = mask
        return inputs


@scenario("masks")
def masks(case: Case, data: Data) -> Observation:
    """Ask for the masks, see which are carried, or run a model."""
    code = {"computed": _computed, "carried": _carried, "model": _model}
    return code[str(case["what"])](case, data)


def _computed(case: Case, data: Data) -> Observation:
    """What compute_mask answers, flat."""
    layer, seen = build.make(case, data), Observation()
    inputs = build.inputs(case, data)
    mask = None if data.mask is None else ops.convert_to_tensor(data.mask)
    asked: tuple[Any, Any] = (inputs, mask)
    if case["init"] == "list":
        states = build.initial_state(case, data)
        asked = ([inputs, *states], [mask, *[None] * len(states)])
    given = layer.compute_mask(*asked)
    seen.facts["answer"] = answered(layer, *asked)
    items = list(given) if isinstance(given, (list, tuple)) else [given]
    carried = {}
    for place, name in enumerate(flat(returned(case))):
        noted(f"carries {name}", answers(layer, *asked, place))
        carried[name] = items[place] if place < len(items) else None
    _record(seen, carried)
    return seen


@printed
def answered(layer: Any, inputs: Any, mask: Any) -> Any:
    """How an answer of compute_mask is nested, whatever the containers."""

    def nested(given: Any) -> Any:
        if isinstance(given, (list, tuple)):
            return [nested(item) for item in given]
        return None if given is None else "mask"

    return nested(layer.compute_mask(inputs, mask))


@printed
def answers(layer: Any, inputs: Any, mask: Any, place: int) -> bool:
    """Whether compute_mask answers a mask for an output."""
    given = layer.compute_mask(inputs, mask)
    items = given if isinstance(given, (list, tuple)) else [given]
    return place < len(items) and items[place] is not None


@printed
def mask_of(array: Any) -> Any:
    """The mask with which an array reaches the next layer."""
    probe = Probe()
    probe(array)
    return probe.mask


@printed
def carries_mask(array: Any) -> bool:
    """Whether an array reaches the next layer with a mask."""
    return mask_of(array) is not None


def _carried(case: Case, data: Data) -> Observation:
    """The mask with which each returned array reaches the next layer."""
    layer, seen = build.make(case, data), Observation()
    inputs = build.inputs(case, data)
    if data.mask is None or case["maskby"] == "both":
        arrays = flatten(layer(inputs, **build.call_options(case, data)))
    else:
        arrays = flatten(layer(build.Front(data.mask)(inputs)))
    probed = {}
    for name, array in zip(flat(returned(case)), arrays, strict=True):
        carries = carries_mask(array)
        noted(f"carries {name}", carries)
        probed[name] = mask_of(array) if carries else None
    _record(seen, probed)
    return seen


def _record(seen: Observation, carried: dict[str, Any]) -> None:
    seen.facts["carry"] = [name for name, mask in carried.items() if mask is not None]
    for name in seen.facts["carry"]:
        record_array(seen, name, carried[name])
    seen.dtypes.clear()


def _model(case: Case, data: Data) -> Observation:
    """The model over the masked batch, and over each sample without its masked timesteps."""
    seen = Observation()
    assert data.mask is not None
    layers = model_layers(case, data)
    model = keras.Sequential([_entry(case, data), *layers])
    record_array(seen, "padded", model(_fed(case, data)))
    short = [_short(case, data, layers, sample) for sample in range(data.batch)]
    record_array(seen, "short", ops.concatenate(short, axis=0))
    return seen


def _short(case: Case, data: Data, layers: list[keras.Layer], sample: int) -> Any:
    assert data.mask is not None
    values = np.ascontiguousarray(data.x[sample][data.mask[sample]][None])
    value = build.tensor(values, input_dtype(case))
    for layer in layers:
        value = layer(value)
    return value


def _entry(case: Case, data: Data) -> keras.Layer:
    if case["maskby"] == "embedding":
        return build.embedding_layer(case, data.x)
    return build.masking_layer(case, data)


def _fed(case: Case, data: Data) -> Any:
    if case["maskby"] == "embedding":
        return ops.convert_to_tensor(build.token_ids(data), dtype="int32")
    return build.tensor(marked(case, data.x, data), input_dtype(case))


def model_layers(case: Case, data: Data) -> list[keras.Layer]:
    """A recurrent layer, two directions, a dense layer at every timestep, a recurrent layer."""
    first, ahead, back, dense, last = model_weights(case, data)
    kind, units = getattr(classes, case.layer), data.units
    plain = build.cheap_initializers()
    own = {
        "unroll": bool(case["unroll"]),
        "go_backwards": bool(case["back"]),
        "zero_output_for_mask": bool(case["zero"]),
    }
    both = classes.Bidirectional(kind(units, return_sequences=True, **plain))
    dense_layer = classes.Dense(units, activation="tanh")
    layers = [
        (kind(units, return_sequences=True, **own, **plain), first, data.features),
        (both, (*ahead, *back), units),
        (classes.TimeDistributed(dense_layer), dense, 2 * units),
        (kind(units, **plain), last, units),
    ]
    return [_built(layer, weights, fan_in, data) for layer, weights, fan_in in layers]


def _built(layer: keras.Layer, weights: Weights, fan_in: int, data: Data) -> keras.Layer:
    layer.build((None, data.timesteps, fan_in))
    build.set_weights(layer, weights)
    return layer
