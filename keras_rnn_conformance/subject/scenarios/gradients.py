"""The scenario `grad`: gradients with respect to weights, input and initial states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import gradient_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.scenarios.table import DERIVATIVES
from keras_rnn_conformance.cases.shapes import build_shape, cotangents
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.laws.derivatives import along
from keras_rnn_conformance.subject.trace import tracing
from keras_rnn_conformance.subject.trees import flatten, map_structure

Sources = list[Any]
Options = dict[str, Any]

Pull = Callable[[Any, Any, Options, Options, Sources, str, list[int | None]], Sources]
"""(layer, x, states, options, cotangents, via, sizes) to the gradients of x, states and weights.

`states` has the initial states as an option of the call, if there are any; `sizes` are those of x,
where they are known.
"""


@scenario("grad")
def grad(case: Case, data: Data) -> Observation:
    """Pull the cotangents of a call back through the layer, or follow a direction of its input."""
    if case["what"] in DERIVATIVES:
        return along(case, data)
    layer = build.make(case, data)
    options = build.call_options(case, data)
    states = {key: options.pop(key) for key in ("initial_state",) if key in options}
    dtype = COMPUTE[str(case["dtype"])]
    pulled = [build.tensor(array, dtype) for array in cotangents(case, data)]
    pull = PULLS[keras.config.backend()]
    with tracing() as ran:
        x, via = build.inputs(case, data), str(case["via"])
        sizes = list(build_shape(case, data))
        gradients = pull(layer, x, states, options, pulled, via, sizes)
    seen = Observation(path=ran.path, facts={"ran": ran.facts()})
    names = gradient_names(case, len(flatten(states)))
    for name, gradient in zip(names, gradients, strict=True):
        record_array(seen, name, gradient)
    return seen


@printed
def tensorflow_gradients(
    layer: Any,
    x: Any,
    states: Options,
    options: Options,
    pulled: Sources,
    via: str,
    sizes: list[int | None],
) -> Sources:
    """The gradients by a tape, in a compiled function where the case asks for one.

    Sizes that are not known stay open in it: of the input, and with it of what is pulled back.
    """
    import tensorflow as tf

    def gradients(x: Any, states: Options, pulled: Sources) -> Sources:
        with tf.GradientTape() as tape:
            tape.watch([x, *flatten(states)])
            returned = flatten(layer(x, **states, **options))
        sources = [x, *flatten(states), *layer.trainable_variables]
        zero = tf.UnconnectedGradients.ZERO
        return list(tape.gradient(returned, sources, pulled, unconnected_gradients=zero))

    def opened(tensor: Any) -> Any:
        return tf.TensorSpec([*[None] * (len(tensor.shape) - 1), tensor.shape[-1]], tensor.dtype)

    compiled = {"graph": False, "jit": True}
    if via == "graph" and None in sizes:
        given = [tf.TensorSpec(sizes, x.dtype), *map_structure(opened, [states, pulled])]
        return list(tf.function(gradients, input_signature=given)(x, states, pulled))
    run = tf.function(gradients, jit_compile=compiled[via]) if via in compiled else gradients
    return list(run(x, states, pulled))


@printed
def jax_gradients(
    layer: Any,
    x: Any,
    states: Options,
    options: Options,
    pulled: Sources,
    via: str,
    sizes: list[int | None],
) -> Sources:
    """The gradients by vjp, compiled: JAX would compile each operation of them by itself."""
    import jax

    def returned(x: Any, states: Options, weights: Sources) -> Sources:
        scope = zip(layer.trainable_variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(scope)):
            return flatten(layer(x, **states, **options))

    def gradients(x: Any, states: Options, weights: Sources, pulled: Sources) -> Sources:
        _, pull = jax.vjp(returned, x, states, weights)
        of_x, of_states, of_weights = pull(pulled)
        return [of_x, *flatten(of_states), *of_weights]

    weights = [variable.value for variable in layer.trainable_variables]
    return list(jax.jit(gradients)(x, states, weights, pulled))


@printed
def torch_gradients(
    layer: Any,
    x: Any,
    states: Options,
    options: Options,
    pulled: Sources,
    via: str,
    sizes: list[int | None],
) -> Sources:
    """The gradients by autograd; those of what the result does not depend on are zero."""
    import torch

    x, states = map_structure(lambda t: t.detach().requires_grad_(True), (x, states))
    returned = flatten(layer(x, **states, **options))
    weights = (variable.value for variable in layer.trainable_variables)
    sources = [x, *flatten(states), *weights]
    computed = torch.autograd.grad(returned, sources, pulled, allow_unused=True)
    return [
        torch.zeros_like(source) if gradient is None else gradient
        for source, gradient in zip(sources, computed, strict=True)
    ]


PULLS: dict[str, Pull] = {
    "tensorflow": tensorflow_gradients,
    "jax": jax_gradients,
    "torch": torch_gradients,
}
