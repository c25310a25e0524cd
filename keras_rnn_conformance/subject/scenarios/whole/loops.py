"""A training loop of the user's own, as Keras's guides write one for each backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.trees import flatten

Losses = list[Any]
Loop = Callable[[Any, Any, list[Any], bool], Losses]
"""(model, losses of the outputs, batches, whether a step is compiled) to the loss of each batch."""


@printed
def total_loss(losses: Any, y: Any, given: Any, weights: Any, added: Any) -> Any:
    """The sum of the losses of all outputs, and of what layers added."""
    counted = flatten(weights) or [None] * len(losses)
    terms = [
        share * loss(true, predicted, sample_weight=weight)
        for (loss, share), true, predicted, weight in zip(
            losses, flatten(y), flatten(given), counted, strict=True
        )
    ]
    return ops.sum(ops.stack([*terms, *added]))


@printed
def tensorflow_loop(model: Any, losses: Any, parts: list[Any], graph: bool) -> Losses:
    """Steps by a tape; the optimizer makes its variables in the first one."""
    import tensorflow as tf

    def step(x: Any, y: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            given = model(x, training=True)
            loss = total_loss(losses, y, given, weights, model.losses)
        gradients = tape.gradient(loss, model.trainable_weights)
        model.optimizer.apply(gradients, model.trainable_weights)
        return loss

    run = tf.function(step, reduce_retracing=True) if graph else step
    return [run(x, y, rest[0] if rest else []) for x, y, *rest in parts]


@printed
def jax_loop(model: Any, losses: Any, parts: list[Any], graph: bool) -> Losses:
    """Steps without a state, compiled; the variables have what they leave in the end."""
    import jax

    def lost(trained: Any, other: Any, x: Any, y: Any, weights: Any) -> Any:
        given, other, added = model.stateless_call(
            trained, other, x, training=True, return_losses=True
        )
        return total_loss(losses, y, given, weights, added), other

    pull = jax.value_and_grad(lost, has_aux=True)

    def step(state: Any, x: Any, y: Any, weights: Any) -> Any:
        trained, other, own = state
        (loss, other), gradients = pull(trained, other, x, y, weights)
        trained, own = model.optimizer.stateless_apply(own, gradients, trained)
        return loss, (trained, other, own)

    model.optimizer.build(model.trainable_variables)
    kept = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
    )
    state, each = [[variable.value for variable in group] for group in kept], []
    run = jax.jit(step)
    for x, y, *rest in parts:
        loss, state = run(state, x, y, rest[0] if rest else [])
        each.append(loss)
    for variables, values in zip(kept, state, strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    return each


@printed
def torch_loop(model: Any, losses: Any, parts: list[Any], graph: bool) -> Losses:
    """Steps by backward."""
    import torch

    each = []
    for x, y, *rest in parts:
        given = model(x, training=True)
        loss = total_loss(losses, y, given, rest[0] if rest else [], model.losses)
        model.zero_grad()
        loss.backward()
        gradients = [variable.value.grad for variable in model.trainable_weights]
        with torch.no_grad():
            model.optimizer.apply(gradients, model.trainable_weights)
        each.append(loss.detach())
    return each


LOOPS: dict[str, Loop] = {
    "tensorflow": tensorflow_loop,
    "jax": jax_loop,
    "torch": torch_loop,
}


def looped(model: Any, losses: Any, parts: list[Any], graph: bool) -> list[float]:
    """The loss of each batch, in the loop of the backend."""
    each = LOOPS[keras.config.backend()](model, losses, parts, graph)
    return [float(ops.convert_to_numpy(loss)) for loss in each]
