"""What the oracle says of whole models: every tensor, its mask, and the weights by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.models.parts import OWN_LOSS, Part, Whole
from keras_rnn_conformance.cases.models.sources import fed, filled, model_of, number
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import Bounded
from reference_impl.models.model import Computed, Given, Model, Node, evaluate, weight_shapes
from reference_impl.models.neighbours import Mask


def oracle_of(whole: Whole) -> Model:
    """The model in the oracle's words."""
    return Model(whole.inputs, tuple(map(_node, whole.parts)), whole.outputs)


def _node(part: Part) -> Node:
    kind, options = _layer(part.kind, part.options)
    own = {f.name: getattr(part, f.name) for f in fields(part)}
    return Node(**{**own, "kind": kind, "options": options})


def _layer(kind: str, options: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The kind and the options of a layer; a Sequential is a model of one chain."""
    if kind == "Sequential":
        nodes, last = [], "input"
        for name, inner, own in options["layers"]:
            nodes.append(_node(Part(name, inner, own, (last,))))
            last = name
        return "Functional", {"model": Model(("input",), tuple(nodes), (last,))}
    if kind == OWN_LOSS:
        return "Identity", {}
    if kind == "Functional":
        return kind, {"model": oracle_of(options["model"])}
    if "layer" in options:
        return kind, {**options, "layer": _layer(*options["layer"])}
    return kind, options


def weights_of(model: Model, inputs: Mapping[str, Any], data: Data) -> dict[str, Array]:
    """The numbers of all weights, by name; those of no dimension as arrays of one number."""
    shapes = weight_shapes(model, {name: array.shape for name, array in inputs.items()})
    return {name: np.atleast_1d(number(data, name, shape)) for name, shape in shapes.items()}


def posed(whole: Whole, data: Data) -> tuple[Model, Given]:
    """The model in the oracle's words, with its inputs and weights."""
    model, inputs = oracle_of(whole), fed(whole, data)
    return model, Given(inputs, weights_of(model, inputs, data))


@expectation("model")
def tensors(case: Case, data: Data) -> Expected:
    """Every tensor that a layer of the model returns, and the mask that it carries.

    What masked rows of an Embedding hold is large; `facts["clean"]` are the outputs without that.
    """
    whole = model_of(case)
    model, given = posed(whole, data)

    def computed(numbers: Mapping[str, Array]) -> Computed:
        return evaluate(model, replace(given, weights=numbers), COMPUTE[str(case["dtype"])])

    outputs = computed({name: filled(whole, name, array) for name, array in given.weights.items()})
    kinds = {node.name: node.kind for node in model.nodes}
    made = {
        name: _left_open(value, outputs.masks[name]) if kinds.get(name) == "Softmax" else value
        for name, value in outputs.values.items()
        if name not in whole.inputs and not name.startswith("weight:")
    }
    clean = computed(given.weights) if whole.padding else outputs
    return Expected(
        made,
        list(made),
        {
            "masks": {name: outputs.masks[name] for name in made},
            "clean": {name: clean.values[name] for name in whole.outputs},
        },
    )


def _left_open(shares: Bounded, mask: Mask) -> Bounded:
    """Shares of which those at masked timesteps may be any: nothing says what they are."""
    if mask is None:
        return shares
    valid = np.broadcast_to(mask[..., None], shares.shape)
    middle = Bounded(np.full(shares.shape, 0.5), np.ones(shares.shape), shares.precision)
    return shares.where(valid, middle)
