"""The recurrent layers of this package as layers of a model, and the wrapper TimeDistributed.

A recurrent layer takes the mask of its input, whether or not it is given initial states. With
return_sequences its output has that mask; states never have one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..bounded import Bounded
from ..calls import Call, mapped
from ..cells import Quantity
from ..conv import ConvLSTM
from ..errors import ReferenceInputError
from ..layers import GRU, LSTM, Layer, SimpleRNN
from ..operations import data, entering
from ..tape import Traced
from ..wrappers import Bidirectional, StackedRNN
from .neighbours import Kind, Mask, Outputs, Shape, Shapes, Site

NAMES = ("kernel", "recurrent_kernel", "bias")
# What changes no result once the noise is given.
ELSEWHERE = (
    "dropout",
    "recurrent_dropout",
    "seed",
    "stateful",
    "trainable",
    "unroll",
    "use_cudnn",
)
SIMPLE: dict[str, Callable[..., Layer]] = {
    "SimpleRNN": SimpleRNN,
    "LSTM": LSTM,
    "GRU": GRU,
    "ConvLSTM1D": lambda **options: ConvLSTM(1, **options),
    "ConvLSTM2D": lambda **options: ConvLSTM(2, **options),
    "ConvLSTM3D": lambda **options: ConvLSTM(3, **options),
}


def simple(kind: str, options: Mapping[str, Any], precision: str) -> Layer:
    """Return the layer of one cell; an LSTM's unit_forget_bias and the like change nothing here."""
    given = {name: value for name, value in options.items() if name not in ELSEWHERE}
    return SIMPLE[kind](**given, precision=precision)


def _split(site: Site) -> tuple[Quantity, list[Quantity] | None]:
    """Return the input and the initial states, which are the inputs after it."""
    return site.inputs[0], site.inputs[1:] or None


def _run(site: Site, layer: Any, call: Call, masks: list[Mask]) -> Outputs:
    """Run the layer with the quantities of the site in place of the plain numbers of `call`."""
    x, states = _split(site)
    waiting = list(states or ())

    def leaf(name: str, plain: Bounded) -> Quantity:
        if "initial_state/" in name:
            zero = x.tape.trace(plain) if isinstance(x, Traced) else plain
            return waiting.pop(0) if states else zero
        addend = name.endswith("bias")
        return entering(site.weights[name], plain.terms, addend)

    in_time = x.transpose(1, 0, *range(2, len(x.shape)))
    parts = mapped(call.parts, leaf)
    returned = layer.run(replace(call, x=in_time, parts=parts)).returned
    return returned, masks + [None] * (len(returned) - len(masks))


def _values(quantities: Sequence[Quantity] | None) -> Any:
    return None if quantities is None else [data(q).value for q in quantities]


def _numbers(site: Site, prefix: str = "") -> list[Any]:
    names = [prefix + name for name in NAMES if prefix + name in site.weights]
    return [data(site.weights[name]).value for name in names]


def _noise(site: Site, count: int) -> tuple[Any, Any]:
    """Return what multiplies inputs and states: one each, or one each per layer."""
    if not site.training or site.noise is None:
        return (None, None) if count == 1 else ((None,) * count, (None,) * count)
    inputs, states = site.noise
    return inputs, states


def _single(kind: str) -> Kind:
    def run(site: Site) -> Outputs:
        layer = simple(kind, site.options, site.precision.name)
        x, states = _split(site)
        call = layer.checked(
            data(x).value, _numbers(site), site.mask, _values(states), *_noise(site, 1)
        )
        return _run(site, layer, call, [site.mask if layer.return_sequences else None])

    def weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
        layer = simple(kind, options, "float64")
        return _named(layer, (shapes[0][0], *shapes[0][2:]))

    return Kind(run, weights)


def _named(layer: Layer, inputs_shape: Shape, prefix: str = "") -> Shapes:
    shapes = layer.weight_shapes(inputs_shape)
    return {prefix + name: shape for name, shape in zip(NAMES, shapes, strict=False)}


def _cells(options: Mapping[str, Any], precision: str) -> list[Layer]:
    return [simple(kind, own, precision) for kind, own in options["cells"]]


def _stack(site: Site) -> Outputs:
    """RNN of several cells: `cells` is a list of (layer kind, its options)."""
    layers = _cells(site.options, site.precision.name)
    rest = {k: v for k, v in site.options.items() if k not in ("cells", *ELSEWHERE)}
    stack = StackedRNN(layers, **rest)
    x, states = _split(site)
    flat = _values(states)
    start = None if flat is None else [[flat.pop(0) for _ in range(c.state_count)] for c in layers]
    numbers = [_numbers(site, f"{k}/") for k in range(len(layers))]
    noise = _noise(site, len(layers))
    call = stack.checked(data(x).value, numbers, site.mask, start, *noise)
    return _run(site, stack, call, [site.mask if stack.return_sequences else None])


def _stack_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    named: Shapes = {}
    features = shapes[0][-1]
    for k, layer in enumerate(_cells(options, "float64")):
        named |= _named(layer, (shapes[0][0], features), f"{k}/")
        features = layer.units
    return named


def _pair(options: Mapping[str, Any], precision: str) -> Bidirectional:
    kind, own = options["layer"]
    back_kind, back = options.get("backward_layer", (kind, {**own, "go_backwards": True}))
    forward, backward = simple(kind, own, precision), simple(back_kind, back, precision)
    return Bidirectional(forward, backward, options.get("merge_mode", "concat"))


def _bidirectional(site: Site) -> Outputs:
    """`layer` and `backward_layer` are (kind, options); the default is the first one reversed."""
    pair = _pair(site.options, site.precision.name)
    x, states = _split(site)
    weights = (_numbers(site, "forward/"), _numbers(site, "backward/"))
    noise = _noise(site, 2)
    call = pair.checked(data(x).value, weights, site.mask, _values(states), *noise)
    mask = site.mask if pair.forward.return_sequences else None
    return _run(site, pair, call, [mask] * (2 if pair.merge_mode is None else 1))


def _pair_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    pair = _pair(options, "float64")
    inputs_shape = (shapes[0][0], *shapes[0][2:])
    return _named(pair.forward, inputs_shape, "forward/") | _named(
        pair.backward, inputs_shape, "backward/"
    )


RECURRENT = {kind: _single(kind) for kind in SIMPLE} | {
    "RNN": Kind(_stack, _stack_weights),
    "Bidirectional": Kind(_bidirectional, _pair_weights),
}


def time_distributed(kind: Kind, site: Site) -> Outputs:
    """Apply a layer to each timestep of the input, and the timestep's mask with it.

    The wrapped layer's mask for timestep t is mask[:, t]; the output has the mask of the input.
    """
    steps = []
    for t in range(site.x.shape[1]):
        mask = None if site.mask is None else site.mask[:, t]
        inner = replace(
            site,
            inputs=[site.x[:, t]],
            masks=[mask],
            weights={**site.weights, **site.updates},
            noise=site.noise[:, t] if isinstance(site.noise, np.ndarray) else site.noise,
        )
        outputs, _ = kind.run(inner)
        if len(outputs) != 1:
            raise ReferenceInputError("TimeDistributed needs a layer of one output")
        steps.append(outputs[0])
    return [steps[0].stack(steps, 1)], [site.mask]
