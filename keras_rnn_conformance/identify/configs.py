"""From the configuration of a Keras model to the model that the equations compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from reference_impl import PRECISIONS, Model, Node

_CONVOLUTION = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")
_GIVEN = (
    *("units", "activation", "recurrent_activation", "use_bias", "reset_after"),
    *("return_sequences", "return_state", "go_backwards", "zero_output_for_mask"),
    *_CONVOLUTION,
)
"""The arguments of a recurrent layer that bear on what a call gives."""
_MASKING = {"NotEqual", "Any", "LogicalAnd", "LogicalOr"}
"""The operations by which layers make the masks that they pass on."""
_PLAIN_CALLS = {"training": (None, False), "use_causal_mask": (None, False, True)}
"""What a call of a layer may be given beside tensors."""
MODELS = ("Functional", "Sequential", "Model")


class ConfigFault(CommandFault):
    """The model has what the equations do not; the message names it."""


def model_of(kind: str, config: Mapping[str, Any]) -> Model:
    """The model of a configuration, as `get_config()` gives it.

    Args:
        kind: the class of the model.

    Raises:
        ConfigFault: if it is no Functional or Sequential model, or has a layer that is called in a
            way for which there are no equations.
    """
    if kind not in MODELS:
        raise ConfigFault(f"a model of class {kind}: Functional and Sequential models are read")
    return _chain(config) if kind == "Sequential" else _graph(config)


def precision_of(config: Mapping[str, Any]) -> str:
    """The one precision in which all layers compute.

    Raises:
        ConfigFault: if they have several, or a policy without one.
    """
    policies = {_policy(layer["config"].get("dtype")) for layer in config["layers"]}
    policies.discard(None)
    if len(policies) != 1:
        raise ConfigFault(f"layers of several dtypes: {', '.join(sorted(map(str, policies)))}")
    (name,) = policies
    if name not in PRECISIONS or name == "bfloat16":
        raise ConfigFault(f"layers of dtype {name}: float32, float64 and float16 are computed")
    return str(name)


def _policy(dtype: Any) -> str | None:
    """The name of a policy; that of tokens and masks says nothing."""
    if isinstance(dtype, Mapping):
        dtype = dtype["config"].get("name")
    text = str(dtype)
    return None if dtype is None or text.startswith(("int", "uint", "bool")) else text


def _chain(config: Mapping[str, Any]) -> Model:
    nodes: list[Node] = []
    start = last = "input"
    for layer in config["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] == "InputLayer":
            start = last = name
            continue
        kind, options = layer_of(layer)
        nodes.append(Node(name, kind, options, (last,)))
        last = name
    return Model((start,), tuple(nodes), (last,))


def _graph(config: Mapping[str, Any]) -> Model:
    graph = _Graph({layer["config"]["name"]: layer for layer in config["layers"]})
    inputs = tuple(_tensor(place) for place in _places(config["input_layers"]))
    outputs = tuple(map(graph.visit, _places(config["output_layers"])))
    return Model(inputs, tuple(graph.nodes.values()), outputs)


@dataclass
class _Graph:
    """The calls behind the outputs, each after those whose tensors it takes.

    Attributes:
        layers: what Keras writes of every layer, by name.
        nodes: the calls so far, by name.
    """

    layers: Mapping[str, Mapping[str, Any]]
    nodes: dict[str, Node] = field(default_factory=dict)

    def visit(self, place: Any) -> str:
        """The name of a tensor, once the call that gives it is among the nodes."""
        layer, number, _ = place
        if number > 0:
            self.visit((layer, 0, 0))  # which has the weights
        name = _named(layer, number)
        if name not in self.nodes and self.layers[layer]["class_name"] != "InputLayer":
            self.nodes[name] = self._node(self.layers[layer], name, number)
        return _tensor(place)

    def _node(self, layer: Mapping[str, Any], name: str, number: int) -> Node:
        owner = layer["config"]["name"]
        kind, options = layer_of(layer)
        call = layer["inbound_nodes"][number]
        places = list(_tensors(call["args"]))
        mask: tuple[str | None, ...] | None = None
        plain: dict[str, Any] = {}
        for key, value in call.get("kwargs", {}).items():
            if key == "initial_state":
                places += _tensors(value)
            elif key == "mask":
                mask = self._mask(value, owner)
            elif key not in _PLAIN_CALLS or value not in _PLAIN_CALLS[key]:
                raise ConfigFault(f"layer {owner} is called with {key}=, which is not read")
            elif key == "use_causal_mask" and value:
                plain[key] = value
        inputs = tuple(map(self.visit, places))
        return Node(name, kind, options, inputs, plain, mask, owner if number else None)

    def _mask(self, value: Any, owner: str) -> tuple[str | None, ...] | None:
        """The inputs that are handed as masks; None for those that the tensors carry."""
        kinds = {self.layers[layer]["class_name"] for layer, _, _ in _tensors(value)}
        if kinds == {"InputLayer"}:
            return tuple(_tensor(place) for place in _tensors(value))
        if not kinds <= _MASKING:
            raise ConfigFault(f"layer {owner} is called with a mask that no layer makes")
        return None


def _named(name: str, number: int) -> str:
    return name if number == 0 else f"{name}@{number}"


def _tensors(value: Any) -> Iterator[Any]:
    """The places of the tensors of an argument, from the outside in."""
    if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"]
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif value is not None:
        raise ConfigFault(f"a layer is called on {str(value)[:40]!r}, which no layer gives")


def _places(value: Any) -> Iterator[Any]:
    """The tensors of `input_layers` or `output_layers`: each is [layer, call, number]."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if value and isinstance(value[0], str):
        yield value
    else:
        for item in value:
            yield from _places(item)


def _tensor(place: Any) -> str:
    layer, call, number = place
    name = _named(layer, call)
    return name if number == 0 else f"{name}:{number}"


def layer_of(layer: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The kind of a layer and its options, in the words of `reference_impl.models.model`.

    Args:
        layer: what Keras writes of it: its `class_name` and `config`.
    """
    kind, config = layer["class_name"], layer["config"]
    if kind in MODELS:
        return "Functional", {"model": model_of(kind, config)}
    if config.get("stateful"):
        raise ConfigFault(f"layer {config['name']} is stateful: its first states are in no file")
    if kind == "RNN":
        return _rnn(config)
    if kind == "Bidirectional":
        pair = {"layer": layer_of(config["layer"]), "merge_mode": config["merge_mode"]}
        if config.get("backward_layer"):
            pair["backward_layer"] = layer_of(config["backward_layer"])
        return kind, pair
    if kind == "TimeDistributed":
        return kind, {"layer": layer_of(config["layer"])}
    if kind == "Lambda":
        raise ConfigFault(f"layer {config['name']} is a Lambda, which has no equations")
    if "recurrent_initializer" in config:
        return kind, _given(config)
    return kind, {key: _plain(key, value) for key, value in config.items()}


def _rnn(config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    cell = config["cell"]
    stacked = cell["class_name"] == "StackedRNNCells"
    cells = cell["config"]["cells"] if stacked else [cell]
    kinds = [(own["class_name"].removesuffix("Cell"), _given(own["config"])) for own in cells]
    loop = {key: config[key] for key in _GIVEN if key in config}
    return "RNN", {"cells": kinds, **loop}


def _given(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(key, config[key]) for key in _GIVEN if key in config}


def _plain(key: str, value: Any) -> Any:
    if key.endswith("activation") and not isinstance(value, (str, type(None))):
        raise ConfigFault(f"the {key} {str(value)[:40]!r} is none of Keras's own")
    return value
