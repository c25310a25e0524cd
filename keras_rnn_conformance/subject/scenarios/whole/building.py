"""From a model as plain data to Keras layers and models, with the numbers of the case in them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import POLICY
from keras_rnn_conformance.cases.models.parts import OWN_LOSS, Part, Whole
from keras_rnn_conformance.cases.models.sources import SOURCES, fed, filled, number
from keras_rnn_conformance.subject.trees import flatten


class OwnLoss(keras.layers.Layer):
    """Passes on what it gets, with its mask, and adds a share of its mean squared norm."""

    def __init__(self, factor: float, **named: Any) -> None:
        super().__init__(**named)
        self.factor, self.supports_masking = factor, True

    def call(self, inputs: Any) -> Any:
        count = ops.cast(ops.shape(inputs)[0], inputs.dtype)
        half = 0.5 * self.factor * ops.sum(ops.square(inputs)) / count
        self.add_loss([half, half])
        return inputs


Layers = dict[str, keras.layers.Layer]
CHEAP = ("SimpleRNN", "LSTM", "GRU")

LAMBDAS: dict[str, Callable[..., Any]] = {
    "double": lambda x: x * 2.0,
    "reverse": lambda x: ops.flip(x, axis=1),
    "last": lambda x: x[:, -1],
    "same": lambda x: x,
}
LAMBDA_MASKS: dict[str, Callable[..., Any]] = {
    "keep": lambda x, mask=None: mask,
    "reverse": lambda x, mask=None: None if mask is None else ops.flip(mask, axis=1),
}


def make_layer(kind: str, options: Mapping[str, Any], **named: Any) -> keras.layers.Layer:
    """One layer of the given kind, by the constructor of Keras."""
    own = {**options, **named}
    if kind == "Functional":
        return _functional(own.pop("model"), **own)
    if kind == "Sequential":
        layers = [make_layer(inner, o, name=name) for name, inner, o in own.pop("layers")]
        own.pop("dtype", None)  # Sequential takes none: its layers keep theirs
        return keras.Sequential(layers, **own)
    if kind == OWN_LOSS:
        return OwnLoss(**own)
    if kind == "RNN":
        cells = [getattr(keras.layers, f"{inner}Cell")(**o) for inner, o in own.pop("cells")]
        return keras.layers.RNN(cells, **own)
    if kind == "Lambda":
        own["function"] = LAMBDAS[own["function"]]
        own["mask"] = LAMBDA_MASKS[own["mask"]] if "mask" in own else None
    for key in ("layer", "backward_layer"):
        if key in own:
            inner, o = own[key]
            own[key] = make_layer(inner, o)
    own |= _objects(own)
    if kind in CHEAP:  # the default initializers are dear, and the weights are set right after
        own = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros", **own}
    made: keras.layers.Layer = getattr(keras.layers, kind)(**own)
    return made


def _objects(own: dict[str, Any]) -> dict[str, Any]:
    """The options that stand for objects of Keras."""
    made: dict[str, Any] = {}
    if "penalty" in own:
        weight, factor = own.pop("penalty")
        made[f"{weight}_regularizer"] = keras.regularizers.L2(factor)
    if isinstance(value := own.get("mask_value"), np.ndarray):
        made["mask_value"] = ops.convert_to_tensor(value)
    return made


def _functional(whole: Whole, **named: Any) -> keras.Model:
    """A model to be called inside another one."""
    inputs = {name: keras.Input(shape) for name, shape in whole.shapes.items()}
    layers = layers_of(whole)
    tensors = dict(inputs)
    for part in whole.parts:
        tensors |= call(part, layers, tensors)
    outputs = [tensors[name] for name in whole.outputs]
    entries = list(inputs.values())
    return keras.Model(
        entries[0] if len(entries) == 1 else entries,
        outputs[0] if len(outputs) == 1 else outputs,
        **named,
    )


def layers_of(whole: Whole, dtype: str | None = None) -> Layers:
    """The layers of a model by the names of the parts that make them."""
    built: Layers = {}
    for part in whole.parts:
        if part.layer is None:
            policy = {} if dtype is None else {"dtype": dtype}
            layer = make_layer(part.kind, part.options, name=part.name, **policy)
            if not part.trainable:  # set to True it would reach the layers inside, too
                layer.trainable = False
            built[part.name] = layer
    return built


def call(
    part: Part, layers: Layers, tensors: Mapping[str, Any], by_hand: bool = False
) -> dict[str, Any]:
    """Call the layer of a part; what it returns, by the names of the tensors.

    Args:
        by_hand: whether a recurrent layer is given the mask of its input as an argument.
    """
    given, options = arguments(part, layers, tensors, by_hand)
    return by_place(part, layers[part.layer or part.name](*given, **options))


def by_place(part: Part, returned: Any) -> dict[str, Any]:
    """What the layer of a part returns, by the names of the tensors."""
    tensors = enumerate(flatten(returned))
    return {part.name if k == 0 else f"{part.name}:{k}": tensor for k, tensor in tensors}


def arguments(
    part: Part, layers: Layers, tensors: Mapping[str, Any], by_hand: bool = False
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the layer of a part is called with."""
    layer = layers[part.layer or part.name]
    given = [tensors[name] for name in part.inputs]
    options: dict[str, Any] = dict(part.call)
    if part.mask_from is not None:
        masks = [None if name is None else tensors[name] for name in part.mask_from]
        options["mask"] = masks[0] if len(masks) == 1 else masks
    recurrent = isinstance(layer, (keras.layers.RNN, keras.layers.Bidirectional))
    if by_hand and recurrent and "mask" not in options:
        options["mask"] = getattr(given[0], "_keras_mask", None)
    states = given[1:] if recurrent else []
    if states:
        options["initial_state"], given = states, given[:1]
    together = given[0] if len(given) == 1 else given
    return (tuple(given) if _headed(layer) else (together,)), options


def _headed(layer: keras.layers.Layer) -> bool:
    """Whether query and value are arguments of their own."""
    heads = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
    return isinstance(layer, heads)


def every_tensor(
    whole: Whole, layers: Layers, tensors: Mapping[str, Any], by_hand: bool = False
) -> dict[str, Any]:
    """Call all layers in order; every tensor that one returns, by name."""
    made: dict[str, Any] = {}
    for part in whole.parts:
        made |= call(part, layers, {**tensors, **made}, by_hand)
    return made


STATIC = ("PReLU", "Dot")
"""Layers that ask for the number of timesteps."""


def _counts_timesteps(part: Part) -> bool:
    """Whether a layer asks for the number of timesteps; one that normalizes along them does."""
    over_time = part.kind.endswith("Normalization") and part.options.get("axis") == 1
    return part.kind in STATIC or over_time


def symbolic(whole: Whole, data: Data, static: bool = False) -> dict[str, Any]:
    """Inputs of a model by name; the batch is open, and timesteps are unless `static`."""
    known = static or any(map(_counts_timesteps, whole.parts))
    inputs = {}
    for name in whole.inputs:
        array = SOURCES[name](data)
        shape: list[int | None] = list(array.shape[1:])
        if not known and array.ndim > 1 and shape[0] == data.timesteps and name != "single":
            shape[0] = None
        inputs[name] = keras.Input(shape, dtype=_dtype(array), name=name)
    return inputs


def _dtype(array: np.ndarray[Any, Any]) -> str:
    return {"b": "bool", "i": "int32"}.get(array.dtype.kind, "float32")


def tensors_of(arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    """The arrays as tensors of the backend, by name."""
    return {name: ops.convert_to_tensor(a, dtype=_dtype(a)) for name, a in arrays.items()}


def in_order(values: Mapping[str, Any]) -> Any:
    """What a model of these inputs is called on: a list, or the only one."""
    items = list(values.values())
    return items[0] if len(items) == 1 else items


def reloaded(model: keras.Model, ending: str = "keras") -> keras.Model:
    """What comes out of a whole file of a model."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / f"model.{ending}")
        return keras.saving.load_model(Path(folder) / f"model.{ending}")


def twin(model: keras.Model, way: str) -> keras.Model:
    """A model that a way of `TWINS` makes of another one, with its weights."""
    made = TWINS[way](model)
    made.set_weights(model.get_weights())
    return made


TWINS: dict[str, Callable[[keras.Model], keras.Model]] = {
    "clone": lambda model: keras.models.clone_model(model),
    "clone within": lambda model: keras.models.clone_model(model, recursive=True),
    "json": lambda model: keras.models.model_from_json(model.to_json()),
    "config": lambda model: type(model).from_config(model.get_config()),
}
"""By way, a model of the same layers with weights of its own."""


def model(
    whole: Whole,
    case: Case,
    data: Data,
    static: bool = False,
    kind: type[keras.Model] | None = None,
    before: bool = False,
    by_hand: bool = False,
    key: Callable[[str], str] | None = None,
) -> keras.Model:
    """The functional model of a case, with its numbers as weights.

    Args:
        kind: the class of the model; the user's own, or Keras's.
        before: whether its layers have been called before, for no model.
        by_hand: whether recurrent layers are given the masks of their inputs as arguments.
        key: what makes of a name the key of a tensor, for a model of dictionaries.
    """
    layers = layers_of(whole, POLICY[str(case["dtype"])] if case["dtype"] != "f32" else None)
    if before:
        every_tensor(whole, layers, symbolic(whole, data, static))
    inputs = symbolic(whole, data, static)
    made = every_tensor(whole, layers, inputs, by_hand)
    outputs = {name: made[name] for name in whole.outputs}
    ends = [
        in_order(ends) if key is None else {key(name): tensor for name, tensor in ends.items()}
        for ends in (inputs, outputs)
    ]
    joined = (kind or keras.Model)(*ends)
    put_numbers(whole, joined, data)
    return joined


def put_numbers(whole: Whole, made: keras.Model, data: Data) -> None:
    """Give every weight its numbers."""
    for name, variable in named_weights(whole, made.get_layer):
        variable.assign(number(data, name, tuple(variable.shape)).astype("float32"))


def eager_layers(whole: Whole, case: Case, data: Data) -> Layers:
    """The layers of a case, built by a call on one sample, with the numbers of the case."""
    layers = layers_of(whole, POLICY[str(case["dtype"])] if case["dtype"] != "f32" else None)
    every_tensor(whole, layers, tensors_of({n: a[:1] for n, a in fed(whole, data).items()}))
    for name, variable in named_weights(whole, layers.__getitem__):
        numbers = filled(whole, name, number(data, name, tuple(variable.shape)))
        variable.assign(numbers.astype("float32"))
    return layers


def named_weights(
    whole: Whole, layer_of: Callable[[str], keras.layers.Layer]
) -> Iterator[tuple[str, Any]]:
    """Every weight with its name in the oracle: that of the part, a slash, and Keras's own."""
    for part in whole.parts:
        if part.layer is None:
            yield from _named(part.name, layer_of(part.name))


def _named(prefix: str, layer: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(layer, keras.layers.Bidirectional):
        yield from _named(f"{prefix}/forward", layer.forward_layer)
        yield from _named(f"{prefix}/backward", layer.backward_layer)
    elif isinstance(layer, keras.layers.TimeDistributed):
        yield from _named(prefix, layer.layer)
    elif isinstance(layer, keras.Model):
        for inner in layer.layers:
            yield from _named(f"{prefix}/{inner.name}", inner)
    elif isinstance(cell := getattr(layer, "cell", None), keras.layers.StackedRNNCells):
        for k, inner in enumerate(cell.cells):
            yield from _named(f"{prefix}/{k}", inner)
    else:
        for variable in layer.weights:
            inner = f"{variable.path}".split("/")[-2 if _headed(layer) else -1 :]
            yield "/".join((prefix, *inner)), variable
