"""The layers around a recurrent layer: what each computes, and what it does to a mask.

A rule of this table is a function of a `Site`: the inputs of one call of one layer, their masks,
the layer's weights by Keras's names and its arguments. It returns the outputs and their masks. The
sentences about masks are those of Keras's layers: `supports_masking` passes the mask on unchanged
unless `compute_mask` says otherwise, and a layer without it drops the mask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..activation_table import activation
from ..activations import Elementwise
from ..bounded import Precision, exact
from ..cells import Quantity
from ..errors import ReferenceInputError
from ..operations import Bools, data, entering, kept, lookup, mean, reciprocal, times, total

Mask = Bools | None
Shape = tuple[int, ...]
Shapes = dict[str, Shape]


@dataclass
class Site:
    """One call of one layer.

    Attributes:
        options: the arguments of the layer's constructor.
        call: the arguments of the call that are no tensors, such as `use_causal_mask`.
        inputs: the tensors that it is called on; indices of an Embedding are plain arrays.
        masks: one per input, None where there is none.
        weights: the layer's weights by Keras's names.
        training: whether the call is made with training=True.
        noise: what a dropout layer multiplies by, of the shape of its input; for a recurrent layer
            what multiplies its inputs and its states (a pair), for a model a dict by node.
        updates: what the call assigns to weights, by name; filled by the layer.
    """

    options: Mapping[str, Any]
    call: Mapping[str, Any]
    inputs: list[Any]
    masks: list[Mask]
    weights: Mapping[str, Quantity]
    precision: Precision
    training: bool = False
    noise: Any = None
    updates: dict[str, Quantity] = field(default_factory=dict)

    @property
    def x(self) -> Any:
        return self.inputs[0]

    @property
    def mask(self) -> Mask:
        return self.masks[0]

    def option(self, name: str, default: Any) -> Any:
        return self.options.get(name, default)


Outputs = tuple[list[Quantity], list[Mask]]


@dataclass(frozen=True)
class Kind:
    """One kind of layer.

    Attributes:
        run: the equations.
        weights: the shapes of its weights, in Keras's order, from its options and the shapes of
            its inputs.
        fixed: the names of the weights that are not trained.
    """

    run: Callable[[Site], Outputs]
    weights: Callable[[Mapping[str, Any], Sequence[Shape]], Shapes] = lambda options, shapes: {}
    fixed: tuple[str, ...] = ()


def one(output: Quantity, mask: Mask) -> Outputs:
    """Return the outputs of a layer that has one."""
    return [output], [mask]


def _embedding(site: Site) -> Outputs:
    """Rows of the matrix; with mask_zero, index 0 is masked out."""
    index = np.asarray(site.x)
    if not np.issubdtype(index.dtype, np.integer):
        raise ReferenceInputError(f"Embedding needs integer indices, got {index.dtype}")
    rows = site.weights["embeddings"].shape[0]
    if index.size and not (index.min() >= 0 and index.max() < rows):
        raise ReferenceInputError(f"indices must be between 0 and {rows - 1}")
    mask = index != 0 if site.option("mask_zero", False) else None
    return one(lookup(site.weights["embeddings"], index), mask)


def _masking(site: Site) -> Outputs:
    """Masked where every feature equals the value; there the output is 0.

    `mask_value` may hold one value for each feature. The input must be exact, as it is compared.
    """
    value = np.asarray(site.option("mask_value", 0.0), np.float64)
    mask = (data(site.x).value != value).any(-1)
    return one(kept(site.x, mask), mask)


def dense(x: Quantity, site: Site) -> Quantity:
    """Return activation(x @ kernel + bias) over the last axis."""
    terms = x.shape[-1] + 1
    kernel = entering(site.weights["kernel"], terms)
    y = x.reshape(math.prod(x.shape[:-1]), x.shape[-1]) @ kernel
    if "bias" in site.weights:
        y = y + entering(site.weights["bias"], terms, addend=True)
    y = y.reshape(*x.shape[:-1], kernel.shape[-1])
    return activation(site.option("activation", None))(y)


def _dense(site: Site) -> Outputs:
    return one(dense(site.x, site), site.mask)


def _dense_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    units = options["units"]
    bias: Shapes = {"bias": (units,)} if options.get("use_bias", True) else {}
    return {"kernel": (shapes[0][-1], units)} | bias


def _activation(site: Site) -> Outputs:
    return one(activation(site.options["activation"])(site.x), site.mask)


def _leaky(slope: float, ceiling: float | None = None) -> Elementwise:
    """Return max(x, 0) + slope min(x, 0), capped at `ceiling`."""
    top = math.inf if ceiling is None else ceiling
    kinks = [(0.0, 1.0 - slope)] if slope != 1.0 else []
    if ceiling is not None:
        kinks.append((ceiling, 1.0))
    return Elementwise(
        "leaky",
        lambda x: np.minimum(np.where(x > 0.0, x, slope * x), top),
        lambda x, _: np.where(x > 0.0, (x < top) * 1.0, slope),
        lipschitz=max(1.0, slope),
        kinks=tuple(kinks),
        relative=2.0,
    )


def _relu(site: Site) -> Outputs:
    slope, ceiling = site.option("negative_slope", 0.0), site.option("max_value", None)
    if site.option("threshold", 0.0):
        raise ReferenceInputError("ReLU with a threshold other than 0 is not defined here")
    return one(_leaky(slope, ceiling)(site.x), site.mask)


def _leaky_relu(site: Site) -> Outputs:
    return one(_leaky(site.option("negative_slope", 0.3))(site.x), site.mask)


def _prelu(site: Site) -> Outputs:
    """max(x, 0) + alpha min(x, 0), alpha a weight of the shape of one sample."""
    relu, leak = _leaky(0.0), _leaky(0.0)
    return one(relu(site.x) + leak(-1.0 * site.x) * (-1.0 * site.weights["alpha"]), site.mask)


def _elu(site: Site) -> Outputs:
    if site.option("alpha", 1.0) != 1.0:
        raise ReferenceInputError("ELU with an alpha other than 1 is not defined here")
    return one(activation("elu")(site.x), site.mask)


def _softmax(site: Site) -> Outputs:
    if site.option("axis", -1) not in (-1, len(site.x.shape) - 1):
        raise ReferenceInputError("Softmax over another axis than the last is not defined here")
    return one(activation("softmax")(site.x), site.mask)


def _noisy(site: Site) -> Outputs:
    """Dropout: the identity, and in training what the noise leaves: 0, or x / (1 - rate)."""
    if not site.training:
        return one(site.x, site.mask)
    if site.noise is None:
        raise ReferenceInputError("a dropout layer in training needs its `noise`")
    return one(site.x * np.broadcast_to(site.noise, site.x.shape), site.mask)


def _identity(site: Site) -> Outputs:
    return one(site.x, site.mask)


def _average(site: Site) -> Outputs:
    """The mean over the unmasked timesteps; the mask ends here."""
    x, keep = site.x, site.option("keepdims", False)
    if site.mask is None:
        return one(mean(x, (1,), keep), None)
    counts = site.mask.sum(1).reshape(-1, *(1,) * (len(x.shape) - 2)).astype(np.float64)
    summed = total(kept(x, site.mask), (1,))
    y = times(summed, reciprocal(exact(counts, site.precision)))
    return one(y.reshape(y.shape[0], 1, *y.shape[1:]) if keep else y, None)


# Without supports_masking: the mask is dropped.


def _flatten(site: Site) -> Outputs:
    x = site.x
    if site.option("data_format", None) == "channels_first" and len(x.shape) > 1:
        x = x.transpose(0, *range(2, len(x.shape)), 1)
    return one(x.reshape(x.shape[0], math.prod(x.shape[1:])), None)


def _reshape(site: Site) -> Outputs:
    x, target = site.x, list(site.options["target_shape"])
    if -1 in target:
        known = -math.prod(target)
        target[target.index(-1)] = math.prod(x.shape[1:]) // known
    return one(x.reshape(x.shape[0], *target), None)


def _permute(site: Site) -> Outputs:
    return one(site.x.transpose(0, *site.options["dims"]), None)


def _repeat(site: Site) -> Outputs:
    return one(site.x.stack([site.x] * site.options["n"], 1), None)


LAMBDAS: dict[str, Callable[[Quantity], Quantity]] = {
    "double": lambda x: x * 2.0,
    "reverse": lambda x: x[:, ::-1],
    "last": lambda x: x[:, -1],
    "same": lambda x: x,
}
LAMBDA_MASKS: dict[str, Callable[[Mask], Mask]] = {
    "keep": lambda mask: mask,
    "reverse": lambda mask: None if mask is None else mask[:, ::-1],
}


def _lambda(site: Site) -> Outputs:
    """A function of `LAMBDAS`; without `mask` (of `LAMBDA_MASKS`) the mask is dropped."""
    name = site.option("mask", None)
    mask = None if name is None else LAMBDA_MASKS[name](site.mask)
    return one(LAMBDAS[site.options["function"]](site.x), mask)


KINDS = {
    "Embedding": Kind(_embedding, lambda o, _: {"embeddings": (o["input_dim"], o["output_dim"])}),
    "Masking": Kind(_masking),
    "Dense": Kind(_dense, _dense_weights),
    "Activation": Kind(_activation),
    "ReLU": Kind(_relu),
    "LeakyReLU": Kind(_leaky_relu),
    "PReLU": Kind(_prelu, lambda _, shapes: {"alpha": shapes[0][1:]}),
    "ELU": Kind(_elu),
    "Softmax": Kind(_softmax),
    "Dropout": Kind(_noisy),
    "SpatialDropout1D": Kind(_noisy),
    "GaussianDropout": Kind(_noisy),
    "Identity": Kind(_identity),
    "ActivityRegularization": Kind(_identity),
    "GlobalAveragePooling1D": Kind(_average),
    "Flatten": Kind(_flatten),
    "Reshape": Kind(_reshape),
    "Permute": Kind(_permute),
    "RepeatVector": Kind(_repeat),
    "Lambda": Kind(_lambda),
}
