"""How what a layer returns changes along a direction of its input, by ways beyond a gradient.

With a direction w and the Jacobian J of what is returned by the input, each of them gives J w: a
gradient pulled back once more, a product with the whole Jacobian, and forward mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import flat, returned
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.shapes import direction
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.trees import flatten

Along = Callable[[Any, Any, dict[str, Any], Any, str, str], list[Any]]
"""(layer, x, options, w, way, via) to J w of everything that is returned."""


def along(case: Case, data: Data) -> Observation:
    """Record J w of everything that the layer returns."""
    layer, options = build.make(case, data), build.call_options(case, data)
    w = build.tensor(direction(data), COMPUTE[str(case["dtype"])])
    run = ALONG[keras.config.backend()]
    changes = run(layer, build.inputs(case, data), options, w, str(case["what"]), str(case["via"]))
    seen = Observation()
    for name, change in zip(flat(returned(case)), changes, strict=True):
        record_array(seen, name, change)
    return seen


@printed
def tensorflow_along(
    layer: Any, x: Any, options: dict[str, Any], w: Any, way: str, via: str
) -> list[Any]:
    """By tapes or by the forward accumulator, compiled to a graph where the case asks for it."""
    import tensorflow as tf

    def twice(x: Any, w: Any) -> list[Any]:
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                tape.watch(x)
                made = flatten(layer(x, **options))
            pulled = [tf.zeros_like(each) for each in made]
            outer.watch(pulled)
            gradient = tape.gradient(made, x, pulled)
        return list(outer.gradient(gradient, pulled, w))

    def jacobian(x: Any, w: Any) -> list[Any]:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            made = flatten(layer(x, **options))
        return [tf.tensordot(tape.jacobian(each, x), w, len(x.shape)) for each in made]

    def forward(x: Any, w: Any) -> list[Any]:
        with tf.autodiff.ForwardAccumulator(x, w) as accumulator:
            made = flatten(layer(x, **options))
        return [accumulator.jvp(each) for each in made]

    run = {"twice": twice, "jacobian": jacobian, "forward": forward}[way]
    return list((tf.function(run) if via == "graph" else run)(x, w))


@printed
def jax_along(layer: Any, x: Any, options: dict[str, Any], w: Any, way: str, via: str) -> list[Any]:
    """By vjp of a vjp, by jacrev or by jvp, compiled."""
    import jax
    import jax.numpy as jnp

    def made(x: Any) -> list[Any]:
        return flatten(layer(x, **options))

    def twice(x: Any, w: Any) -> list[Any]:
        values, pull = jax.vjp(made, x)
        _, pull_again = jax.vjp(lambda pulled: pull(pulled)[0], [0.0 * v for v in values])
        return list(pull_again(w)[0])

    def jacobian(x: Any, w: Any) -> list[Any]:
        return [jnp.tensordot(each, w, x.ndim) for each in jax.jacrev(made)(x)]

    def forward(x: Any, w: Any) -> list[Any]:
        return list(jax.jvp(made, (x,), (w,))[1])

    run = {"twice": twice, "jacobian": jacobian, "forward": forward}[way]
    return list(jax.jit(run)(x, w))


@printed
def torch_along(
    layer: Any, x: Any, options: dict[str, Any], w: Any, way: str, via: str
) -> list[Any]:
    """By autograd twice, by its Jacobian or by dual tensors."""
    import torch
    from torch.autograd import forward_ad

    def made(x: Any) -> tuple[Any, ...]:
        return tuple(flatten(layer(x, **options)))

    if way == "forward":
        with forward_ad.dual_level():
            values = made(forward_ad.make_dual(x, w))
            return [forward_ad.unpack_dual(value).tangent for value in values]
    if way == "jacobian":
        each = torch.autograd.functional.jacobian(made, x)
        return [torch.tensordot(jacobian, w, x.ndim) for jacobian in each]
    x = x.detach().requires_grad_(True)
    values = made(x)
    pulled = [torch.zeros_like(value, requires_grad=True) for value in values]
    (gradient,) = torch.autograd.grad(values, x, pulled, create_graph=True)
    return list(torch.autograd.grad(gradient, pulled, w))


ALONG: dict[str, Along] = {
    "tensorflow": tensorflow_along,
    "jax": jax_along,
    "torch": torch_along,
}
