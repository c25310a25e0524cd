"""The scenario `grad`: gradients with respect to weights, input and initial states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import gradient_names, state_tree
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.shapes import cotangents
from keras_rnn_conformance.subject import build
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.trace import tracing
from keras_rnn_conformance.subject.trees import flatten

Sources = list[Any]
Call = Callable[[Any, list[Any]], list[Any]]
"""From the input and the initial states to everything that the layer returns."""

Pull = Callable[[keras.Layer, Call, Any, Sources, Sources, str], Sources]
"""(layer, call, x, states, cotangents, via) to the gradients of x, states and weights."""


@scenario("grad")
def grad(case: Case, data: Data) -> Observation:
    """Pull the cotangents of a call back through the layer."""
    layer = build.make(case, data)
    options = build.call_options(case, data)
    states = flatten(options.pop("initial_state", []))

    def call(x: Any, initial: list[Any]) -> list[Any]:
        nested = build.packed(state_tree(case), iter(initial)) if initial else []
        given = {"initial_state": nested} if initial else {}
        return list(flatten(layer(x, **given, **options)))

    dtype = COMPUTE[str(case["dtype"])]
    pulled = [build.tensor(array, dtype) for array in cotangents(case, data)]
    pull = PULLS[keras.config.backend()]
    with tracing() as ran:
        gradients = pull(layer, call, build.inputs(case, data), states, pulled, str(case["via"]))
    seen = Observation(path=ran.path, facts={"ran": ran.facts()})
    names = gradient_names(case, len(states))
    for name, gradient in zip(names, gradients, strict=True):
        record_array(seen, name, gradient)
    return seen


def _tensorflow(
    layer: keras.Layer, call: Call, x: Any, states: Sources, pulled: Sources, via: str
) -> Sources:
    import tensorflow as tf

    def gradients(x: Any, *rest: Any) -> Sources:
        states, pulled = list(rest[: len(rest) - count]), list(rest[len(rest) - count :])
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            returned = call(x, states)
        sources = [x, *states, *layer.trainable_variables]
        zero = tf.UnconnectedGradients.ZERO
        found = tape.gradient(returned, sources, pulled, unconnected_gradients=zero)
        return list(found)

    count = len(pulled)
    compiled = {"graph": False, "jit": True}
    run = tf.function(gradients, jit_compile=compiled[via]) if via in compiled else gradients
    return list(run(x, *states, *pulled))


def _jax(
    layer: keras.Layer, call: Call, x: Any, states: Sources, pulled: Sources, via: str
) -> Sources:
    import jax

    def returned(x: Any, states: Sources, weights: Sources) -> Sources:
        scope = zip(layer.trainable_variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(scope)):
            return call(x, states)

    def gradients(x: Any, states: Sources, weights: Sources, pulled: Sources) -> Sources:
        _, pull = jax.vjp(returned, x, states, weights)
        of_x, of_states, of_weights = pull(pulled)
        return [of_x, *of_states, *of_weights]

    weights = [variable.value for variable in layer.trainable_variables]
    # Without jit JAX would compile every operation of the gradient by itself, which takes longer.
    return list(jax.jit(gradients)(x, states, weights, pulled))


def _torch(
    layer: keras.Layer, call: Call, x: Any, states: Sources, pulled: Sources, via: str
) -> Sources:
    import torch

    leaves = [tensor.detach().requires_grad_(True) for tensor in [x, *states]]
    sources = [*leaves, *(variable.value for variable in layer.trainable_variables)]
    found = torch.autograd.grad(call(leaves[0], leaves[1:]), sources, pulled, allow_unused=True)
    return [
        torch.zeros_like(source) if gradient is None else gradient
        for source, gradient in zip(sources, found, strict=True)
    ]


PULLS: dict[str, Pull] = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
