"""A model as plain data, and what it computes: outputs, masks and gradients.

A `Model` is a tuple of `Node`s in the order in which they are called. A tensor has a name: that of
an input, or that of the node that returns it ("lstm"), with the number of the output after a colon
where the node returns more than one ("lstm:1" is the first state). For example, a classifier of
padded sequences:

    Model(
        inputs=("tokens",),
        nodes=(
            Node("embedding", "Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True},
                 ("tokens",)),
            Node("lstm", "LSTM", {"units": 3}, ("embedding",)),
            Node("dense", "Dense", {"units": 2, "activation": "softmax"}, ("lstm",)),
        ),
        outputs=("dense",),
    )

A node's `options` are the arguments of Keras's constructor of that kind, except that what holds a
layer holds data: `Bidirectional` has {"layer": ("LSTM", {...})}, `RNN` {"cells": [("GRU", {...}),
...]}, `TimeDistributed` {"layer": (kind, options)}, `Functional` {"model": Model}, and `Lambda` the
names of a function of `neighbours.LAMBDAS` and of a mask of `neighbours.LAMBDA_MASKS`.

A weight is called "node/weight", by Keras's name of the weight and in Keras's layout:
"dense/kernel" (features, units), "lstm/recurrent_kernel", "bidirectional/forward/kernel",
"rnn/0/kernel" of the first cell, "td/kernel" of a wrapped Dense, "inner/dense/kernel" of a nested
model. A node with `layer` calls the layer of that earlier node again, weights included. Weights of
shape () have shape (1,) here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..bounded import PRECISIONS, Bounded, Precision, exact
from ..cells import Quantity
from ..errors import Array, ReferenceInputError, finite_array
from ..operations import total
from ..tape import Tape, Traced
from .attention import ATTENTIONS
from .heads import HEADS
from .lengths import LENGTHS
from .merges import MERGES
from .neighbours import KINDS, Kind, Mask, Outputs, Shape, Shapes, Site
from .normalization import NORMALIZATIONS
from .recurrence import RECURRENT, time_distributed


@dataclass(frozen=True)
class Node:
    """One call of one layer.

    Attributes:
        name: the name of its (first) output, and of its weights.
        kind: the class of the Keras layer.
        options: the arguments of the layer's constructor.
        inputs: the tensors that it is called on; for a recurrent layer the sequence, then the
            initial states, if any.
        call: the arguments of the call that are no tensors.
        mask_from: the inputs of the model that are passed as `mask`, one per input of the node,
            instead of the masks that the tensors carry; None within it for no mask.
        layer: the node whose layer is called again; None for one of its own.
        trainable: whether training moves its weights.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    call: Mapping[str, Any] = field(default_factory=dict)
    mask_from: tuple[str | None, ...] | None = None
    layer: str | None = None
    trainable: bool = True


@dataclass(frozen=True)
class Model:
    """A graph of layers; see the module's text.

    Attributes:
        inputs: the names of the inputs.
        nodes: the calls, in order.
        outputs: the tensors that the model returns.
    """

    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]


@dataclass
class Given:
    """What one evaluation starts from.

    Attributes:
        inputs: one array or quantity per input of the model; integer arrays stay what they are.
        weights: by name.
        masks: the masks that inputs of the model carry.
        training: whether the model is called with training=True.
        noise: what each dropout layer multiplies by, by node.
    """

    inputs: Mapping[str, Any]
    weights: Mapping[str, Any]
    masks: Mapping[str, Mask] = field(default_factory=dict)
    training: bool = False
    noise: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Computed:
    """What one evaluation computes.

    Attributes:
        values: every tensor by name, and every weight by "weight:NAME".
        masks: the mask of every tensor.
        updates: what the call assigned to weights, by name.
    """

    values: dict[str, Any] = field(default_factory=dict)
    masks: dict[str, Mask] = field(default_factory=dict)
    updates: dict[str, Quantity] = field(default_factory=dict)


def kind_of(node: Node) -> Kind:
    """Return the equations of a node's layer."""
    if node.kind == "Functional":
        return _functional(node.options["model"])
    if node.kind == "TimeDistributed":
        return _distributed(node)
    for table in (KINDS, LENGTHS, MERGES, NORMALIZATIONS, ATTENTIONS, HEADS, RECURRENT):
        if node.kind in table:
            return table[node.kind]
    raise ReferenceInputError(f"no equations for a layer of kind {node.kind!r}")


def evaluate(model: Model, given: Given, precision: str = "float64") -> Computed:
    """Return every tensor, mask and update of one call of the model."""
    target = PRECISIONS[precision]
    ready = replace(
        given,
        inputs={name: _quantity(name, given.inputs[name], target) for name in model.inputs},
        weights={name: _quantity(name, w, target) for name, w in given.weights.items()},
    )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return _with_weights(_walk(model, ready, target), ready)


def rounded_in(model: Model, given: Given, name: str, precision: str = "float32") -> Computed:
    """Return one call in which the layer of one node rounds, and all others compute in float64.

    The bounds say what that layer alone does to every tensor behind it. Those of all layers add up
    to the bounds of `evaluate`, but for products of errors.
    """
    target, fine = PRECISIONS[precision], PRECISIONS["float64"]
    ready = replace(
        given,
        inputs={key: _quantity(key, given.inputs[key], fine) for key in model.inputs},
        weights={key: _quantity(key, w, fine) for key, w in given.weights.items()},
    )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return _walk(model, ready, fine, coarse=(name, target))


def differentiate(
    model: Model,
    given: Given,
    loss: Callable[[Computed], Quantity],
    precision: str = "float64",
) -> tuple[Computed, Quantity, dict[str, Bounded]]:
    """Return what the model computes, the loss, and its gradients by weight and by input.

    Args:
        loss: the sum to differentiate, a traced quantity of one element, from what the model
            computes.
    """
    target = PRECISIONS[precision]
    tape, leaves = Tape(), {}

    def leaf(name: str, value: Any) -> Any:
        ready = _quantity(name, value, target)
        if isinstance(ready, Bounded):
            leaves[name] = ready = tape.trace(ready)
        return ready

    traced = replace(
        given,
        inputs={name: leaf(name, given.inputs[name]) for name in model.inputs},
        weights={name: leaf(name, value) for name, value in given.weights.items()},
    )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        computed = _with_weights(_walk(model, traced, target), traced)
        value = loss(computed)
        tape.pull([value], [exact(np.ones(value.shape), target)])
        return computed, value, {name: got.cotangent() for name, got in leaves.items()}


def _with_weights(computed: Computed, given: Given) -> Computed:
    computed.values |= {f"weight:{name}": value for name, value in given.weights.items()}
    return computed


def weighed_sum(cotangents: Mapping[str, Array]) -> Callable[[Computed], Quantity]:
    """Return the loss sum(cotangent * tensor) over the named tensors."""

    def loss(computed: Computed) -> Quantity:
        parts = [computed.values[name] * array for name, array in cotangents.items()]
        sums = [total(p, tuple(range(len(p.shape)))).reshape(1) for p in parts]
        whole = sums[0]
        for part in sums[1:]:
            whole = whole + part
        return whole

    return loss


def weight_shapes(model: Model, shapes: Mapping[str, Shape]) -> Shapes:
    """Return the shapes of all weights by name, in the order of the nodes and of Keras.

    Args:
        shapes: the shapes of the inputs, batch included.
    """
    indices = {node.inputs[0] for node in model.nodes if node.kind == "Embedding"}
    masks = {name for node in model.nodes for name in node.mask_from or ()}
    kinds = dict.fromkeys(masks - {None}, bool)
    inputs = {
        name: np.zeros(shape, np.intp)
        if name in indices
        else np.ones(shape, kinds.get(name, float))
        for name, shape in shapes.items()
    }
    by_name: Shapes = {}
    target = PRECISIONS["float64"]
    ready = {name: _quantity(name, value, target) for name, value in inputs.items()}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _walk(model, Given(ready, {}), target, by_name)
    return by_name


def is_trained(model: Model, name: str) -> bool:
    """Return whether training moves the weight called `name`."""
    owner, _, rest = name.partition("/")
    node = _named(model, owner)
    if not node.trainable:
        return False
    if node.kind == "Functional":
        return is_trained(node.options["model"], rest)
    return rest not in kind_of(node).fixed


def _named(model: Model, name: str) -> Node:
    for node in model.nodes:
        if node.name == name:
            return node
    raise ReferenceInputError(f"the model has no node {name!r}")


def _quantity(name: str, value: Any, target: Precision) -> Any:
    if isinstance(value, (Bounded, Traced)):
        return value
    array = np.asarray(value)
    if array.dtype == np.bool_ or np.issubdtype(array.dtype, np.integer):
        return array
    return exact(np.atleast_1d(finite_array(name, array, array.shape)), target)


def _walk(
    model: Model,
    given: Given,
    target: Precision,
    by_name: Shapes | None = None,
    coarse: tuple[str, Precision] | None = None,
) -> Computed:
    """Call every node in order; with `by_name`, make weights up and note their shapes.

    Args:
        coarse: a node that has a precision of its own.
    """
    masks: dict[str, Mask] = {name: given.masks.get(name) for name in model.inputs}
    computed = Computed({name: given.inputs[name] for name in model.inputs}, masks)
    for node in model.nodes:
        owner = node if node.layer is None else _named(model, node.layer)
        site = _site(node, owner, given, computed, target)
        kind = kind_of(owner)
        site.weights = _weights(
            owner.name, kind, site, {**given.weights, **computed.updates}, by_name
        )
        if coarse is not None:
            _set_precision(site, coarse[1] if node.name == coarse[0] else target)
        outputs, own_masks = kind.run(site)
        for k, (output, mask) in enumerate(zip(outputs, own_masks, strict=True)):
            tensor = node.name if k == 0 else f"{node.name}:{k}"
            computed.values[tensor], computed.masks[tensor] = output, mask
        computed.updates |= {f"{owner.name}/{k}": v for k, v in site.updates.items()}
    return computed


def _set_precision(site: Site, precision: Precision) -> None:
    """Compute a call at a precision, whatever the precision of what it is called on."""

    def ready(value: Any) -> Any:
        if not isinstance(value, Bounded):
            return value
        return Bounded(value.value, value.error, precision, value.terms, value.ceiling)

    site.precision = precision
    site.inputs = [ready(value) for value in site.inputs]
    site.weights = {name: ready(value) for name, value in site.weights.items()}


def _site(node: Node, owner: Node, given: Given, computed: Computed, target: Precision) -> Site:
    for name in node.inputs:
        if name not in computed.values:
            raise ReferenceInputError(f"{node.name!r} is called on {name!r}, which comes later")
    masks = [computed.masks[name] for name in node.inputs]
    if node.mask_from is not None:
        masks = [None if name is None else given.inputs[name] for name in node.mask_from]
    # a frozen BatchNormalization runs as at inference; the other layers do not change
    frozen = not owner.trainable and owner.kind in NORMALIZATIONS
    return Site(
        options=owner.options,
        call=node.call,
        inputs=[computed.values[name] for name in node.inputs],
        masks=masks,
        weights={},
        precision=target,
        training=given.training and not frozen,
        noise=given.noise.get(node.name)
        if node.kind != "Functional"
        else _below(node.name, given.noise),
    )


def _weights(
    name: str, kind: Kind, site: Site, given: Mapping[str, Any], by_name: Shapes | None
) -> Mapping[str, Quantity]:
    own = _below(name, given)
    wanted = kind.weights(site.options, [tuple(x.shape) for x in site.inputs])
    if by_name is not None:
        by_name |= {f"{name}/{weight}": shape for weight, shape in wanted.items()}
        return {
            weight: exact(np.full(shape or (1,), 0.125), site.precision)
            for weight, shape in wanted.items()
        }
    for weight, shape in wanted.items():
        got = own[weight].shape if weight in own else "none"
        if got != (shape or (1,)):
            raise ReferenceInputError(f"weight {name}/{weight} must have shape {shape}, got {got}")
    return own


def _below(name: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries "name/rest" of a mapping, by their rest."""
    start = f"{name}/"
    return {k[len(start) :]: v for k, v in mapping.items() if k.startswith(start)}


def _functional(model: Model) -> Kind:
    """Return a model as a layer: it takes the masks of its inputs, and has those of its outputs."""

    def run(site: Site) -> Outputs:
        given = Given(
            dict(zip(model.inputs, site.inputs, strict=True)),
            site.weights,
            dict(zip(model.inputs, site.masks, strict=True)),
            site.training,
            site.noise or {},
        )
        computed = _walk(model, given, site.precision)
        site.updates |= computed.updates
        outputs = [computed.values[name] for name in model.outputs]
        return outputs, [computed.masks[name] for name in model.outputs]

    return Kind(
        run,
        lambda _, shapes: weight_shapes(model, dict(zip(model.inputs, shapes, strict=True))),
    )


def _distributed(node: Node) -> Kind:
    kind, options = node.options["layer"]
    inner = kind_of(Node(node.name, kind, options))

    def run(site: Site) -> Outputs:
        return time_distributed(inner, replace(site, options=options))

    def weights(_: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
        return inner.weights(options, [(shapes[0][0], *shapes[0][2:])])

    return Kind(run, weights, inner.fixed)
