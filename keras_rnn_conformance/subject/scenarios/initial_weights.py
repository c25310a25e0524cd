"""The scenario `init`: the weights of a layer that nobody has set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.api.signatures import takes
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.pixels import by_pixel
from keras_rnn_conformance.cases.scenarios.initial_weights import (
    CONSTANTS,
    GAIN,
    WORDS,
    numbers_of,
)
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import facts_of, paths_of, record_array
from keras_rnn_conformance.subject.layers.further_arguments import called, fresh, output_of
from keras_rnn_conformance.subject.layers.serialized_values import VALUES
from keras_rnn_conformance.subject.registry import printed, scenario

ARGUMENTS = {
    "kernel": "kernel_initializer",
    "recurrent_kernel": "recurrent_initializer",
    "bias": "bias_initializer",
}


@scenario("init")
def init(case: Case, data: Data) -> Observation:
    """Make a layer with the initializers of the variant, and record its weights."""
    seen = Observation()
    VARIANTS.get(str(case["what"]), _given)(seen, case, data)
    return seen


def initializers(case: Case, data: Data) -> dict[str, Any]:
    """The three initializer arguments of a variant; an LSTM adds nothing of its own to them."""
    kinds: dict[str, Callable[[str], Any]] = {
        "words": lambda name: WORDS[name][0],
        "objects": lambda name: keras.initializers.Constant(CONSTANTS[name]),
    }
    names = [name for name in ARGUMENTS if name != "bias" or case["bias"]]
    values = numbers_of(case, data)

    def own(name: str) -> Any:
        return _callable(values[name])

    make = kinds.get(str(case["what"]), own)
    return {**{ARGUMENTS[name]: make(name) for name in names}, **no_forget_bias(case)}


def _callable(values: Any) -> Callable[..., Any]:
    def initialize(shape: Any, dtype: Any = None) -> Any:
        assert tuple(shape) == values.shape, f"asked for {shape}, not {values.shape}"
        return ops.convert_to_tensor(values, dtype=dtype)

    return initialize


def no_forget_bias(case: Case) -> dict[str, Any]:
    """The argument that leaves the bias of an LSTM to its own initializer."""
    return {"unit_forget_bias": False} if takes(case.layer, "unit_forget_bias") else {}


def _given(seen: Observation, case: Case, data: Data) -> None:
    layer = fresh(case, data, outer={"name": "named"}, **initializers(case, data))
    layer.build(build_shape(case, data))
    record(seen, layer)
    if case["as"] in ("layer", "cell"):
        first = layer.get_initial_state(batch_size=data.batch)
        seen.facts["first states"] = [
            [list(state.shape), float(ops.max(ops.abs(state)))] for state in first
        ]


def _standard(seen: Observation, case: Case, data: Data) -> None:
    for name in ("", "second ", "repeated "):
        if name != "second ":
            keras.utils.set_random_seed(1 + data.seed)
        layer = fresh(case, data, outer={"name": "named"})
        layer.build(build_shape(case, data))
        record(seen, layer, name)


def _forget(seen: Observation, case: Case, data: Data) -> None:
    constant = keras.initializers.Constant(CONSTANTS["bias"])
    layer = fresh(case, data, bias_initializer=constant, unit_forget_bias=True)
    layer.build(build_shape(case, data))
    record(seen, layer)


def _beside(seen: Observation, case: Case, data: Data) -> None:
    """The default initializers, beside every argument of the cell that is none of them."""
    names = [
        f"{weight}_{kind}"
        for weight in ("kernel", "recurrent", "bias")
        for kind in ("regularizer", "constraint")
    ]
    given = {name: VALUES[name]() for name in (*names, "dropout", "recurrent_dropout", "seed")}
    layer = fresh(case, data, outer={"name": "named"}, **given)
    layer.build(build_shape(case, data))
    record(seen, layer)


def _scaled(seen: Observation, case: Case, data: Data) -> None:
    orthogonal = keras.initializers.Orthogonal(gain=GAIN)
    layer = fresh(case, data, outer={"name": "named"}, recurrent_initializer=orthogonal)
    layer.build(build_shape(case, data))
    record(seen, layer)


def _again(seen: Observation, case: Case, data: Data) -> None:
    layer = fresh(case, data, outer={"name": "named"}, **initializers(case, data))
    layer.build(build_shape(case, data))
    layer.build(build_shape(case, data))
    record(seen, layer)


def _oncall(seen: Observation, case: Case, data: Data) -> None:
    layer = fresh(case, data, outer={"name": "named"}, **initializers(case, data))
    seen.facts["built before"] = layer.built
    record_array(seen, "output", output_of(called(case, data, layer)))
    seen.arrays["output"] = by_pixel(case, seen.arrays["output"], 1)
    record(seen, layer)


def _frozen(seen: Observation, case: Case, data: Data) -> None:
    inside = {"trainable": False} if case["what"] == "inside" else {}
    outside = {} if inside else {"trainable": False}
    layer = fresh(case, data, outer={"name": "named", **outside}, **inside)
    layer.build(build_shape(case, data))
    seen.facts["frozen"] = trainability(layer)
    seen.facts["frozen inside"] = trainability(keras.Sequential([layer]))
    seen.facts["frozen parameters"] = layer.count_params()
    layer.trainable = True
    seen.facts["thawed"] = trainability(layer)
    record(seen, layer)


def _asked(seen: Observation, case: Case, data: Data) -> None:
    """Record with which dtype each initializer is called, for the whole weight or a part of it."""
    asked: dict[str, list[str | None]] = {}

    def recording(name: str) -> Callable[..., Any]:
        def initialize(shape: Any, dtype: Any = None) -> Any:
            given = None if dtype is None else keras.backend.standardize_dtype(dtype)
            asked.setdefault(name, []).append(given)
            return ops.zeros(shape, dtype=dtype)

        return initialize

    names = [name for name in ARGUMENTS if name != "bias" or case["bias"]]
    given = {ARGUMENTS[name]: recording(name) for name in names}
    layer = fresh(case, data, outer={"name": "named"}, **given)
    layer.build(build_shape(case, data))
    seen.facts["asked"] = {name: sorted({*map(str, asked[name])}) for name in asked}
    record(seen, layer)


@printed
def trainability(layer: keras.Layer) -> list[list[str]]:
    """The names of trainable and other weights; those among the variables too, if they differ."""
    weights = (layer.trainable_weights, layer.non_trainable_weights)
    own = {id(variable) for variable in layer.weights}
    variables = [
        [variable for variable in kept if id(variable) in own]
        for kept in (layer.trainable_variables, layer.non_trainable_variables)
    ]
    names, among = (
        [[variable.name for variable in kept] for kept in both] for both in (weights, variables)
    )
    return names if among == names else [*names, *among]


def _weights(seen: Observation, case: Case, data: Data) -> None:
    """Weights that are handed to Bidirectional: those of the forward layer, then the others."""
    one = [value.astype("float32") for value in numbers_of(case, data).values()]
    layer = fresh(case, data, outer={"name": "named", "weights": [*one, *one]})
    layer.build(build_shape(case, data))
    record(seen, layer)


VARIANTS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "standard": _standard,
    "forget": _forget,
    "again": _again,
    "oncall": _oncall,
    "frozen": _frozen,
    "asked": _asked,
    "inside": _frozen,
    "weights": _weights,
    "beside": _beside,
    "scaled": _scaled,
}


def record(seen: Observation, layer: keras.Layer, prefix: str = "") -> None:
    """Record every weight by its name, and what can be said of them all."""
    half = len(layer.weights) // 2 if isinstance(layer, classes.Bidirectional) else 99
    for i, variable in enumerate(layer.weights):
        direction = "backward_" if i >= half else ""
        record_array(seen, f"{prefix}{direction}{variable.name}", variable.value)
    seen.facts["weights"] = facts_of(layer.weights)
    seen.facts["trainability"] = trainability(layer)
    seen.facts["count"] = layer.count_params()
    seen.facts["paths"] = paths_of(layer.weights)
    seen.facts["built"] = layer.built
