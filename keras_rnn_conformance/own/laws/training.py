"""Laws of training: derivatives, dropout, a step of fit."""

from __future__ import annotations

import keras
import numpy as np

from keras_rnn_conformance.own.kit import array, model_of, pairs, run
from keras_rnn_conformance.own.laws.registry import law


def derivatives(layer, x, factors):
    """The gradients of sum(factors * output) by `x` and by each trainable weight."""
    variables = layer.trainable_weights
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(keras.tree.flatten(layer(x))[0] * factors)
        return tape.gradient(loss, [x, *(v.value for v in variables)])
    if keras.backend.backend() == "torch":
        x = keras.ops.convert_to_tensor(x).clone().requires_grad_(True)
        for variable in variables:
            variable.value.grad = None
        loss = (keras.tree.flatten(layer(x))[0] * keras.ops.convert_to_tensor(factors)).sum()
        loss.backward()
        return [x.grad, *(v.value.grad for v in variables)]
    import jax

    rest = [v.value for v in layer.non_trainable_variables]

    def loss_of(x, values):
        returned, _ = layer.stateless_call(values, rest, x)
        return (keras.tree.flatten(returned)[0] * factors).sum()

    by_x, by_values = jax.grad(loss_of, (0, 1))(
        keras.ops.convert_to_tensor(x), [v.value for v in variables]
    )
    return [by_x, *by_values]


@law("Gradients are those that differences of the output give.", needs="gradients differentiable")
def check_gradients(make, x, widest, full):
    options = {k: v for k, v in full.items() if k != "return_state"}
    layer = make(**widest, **options)
    x = x.astype(widest.get("dtype", "float32"))
    generator = np.random.default_rng(2)
    factors = generator.uniform(0.5, 1, run(layer, x)[0].shape).astype(x.dtype)
    gradients = derivatives(layer, x, factors)
    weights = layer.trainable_weights
    step = 2.0**-13 if widest else 2.0**-7
    for i, gradient in enumerate(gradients):
        name = f"gradient by {weights[i - 1].name if i else 'the input'}"
        yield f"{name}, present", gradient is not None, True
        value = array(weights[i - 1].value) if i else x
        direction = generator.uniform(-1, 1, value.shape).astype(value.dtype)

        def loss(h, i=i, value=value, direction=direction):
            moved = value + h * direction
            if i:
                weights[i - 1].assign(moved)
            return float((run(layer, x if i else moved)[0].astype("float64") * factors).sum())

        one, two = ((loss(h) - loss(-h)) / (2 * h) for h in (step, 2 * step))
        loss(0.0)
        got = (
            float((array(gradient).astype("float64") * direction).sum())
            if gradient is not None
            else 0
        )
        yield f"{name}, along a direction", np.array(got), np.array(one), {"beyond": abs(two - one)}


@law(
    "One step of fit goes through, with a finite loss and finite weights, and moves some weight.",
    needs="gradients",
)
def check_fit(make, x):
    layer = make()
    before = [array(w.value) for w in layer.trainable_weights]
    model = model_of(layer, x)
    model.compile("sgd", "mse", jit_compile=False)
    target = 2 * np.ones_like(run(layer, x)[0])
    history = model.fit(x, target, batch_size=len(x), epochs=1, verbose=0)
    yield "loss is finite", bool(np.isfinite(history.history["loss"][-1])), True
    after = [array(w.value) for w in layer.trainable_weights]
    for weight, new in zip(layer.trainable_weights, after, strict=True):
        yield f"finite numbers in weight {weight.name}", bool(np.isfinite(new).all()), True
    moved = any((new != old).any() for new, old in zip(after, before, strict=True))
    yield "a weight moved", moved, bool(before)


@law("Training alone changes nothing where there is no dropout.", needs="training no_dropout")
def check_training_without_dropout(make, x, full):
    layer = make(**full)
    yield from pairs("output", run(layer, x, training=True), run(layer, x, training=False))


@law("Dropout does nothing in inference.", needs="dropout training")
def check_dropout_in_inference(make, x, full):
    layer = make(dropout=0.5, **full)
    yield from pairs("output", run(layer, x, training=False), run(make(**full), x))
    run(layer, x, training=True)
    yield from pairs("output after training", run(layer, x), run(make(**full), x))


@law("Dropout is drawn anew in every call in training.", needs="dropout training")
def check_dropout_in_training(make, x, full):
    wide = np.concatenate([x + 1] * 8)  # so that two draws agree once in thousands of years
    layer = make(dropout=0.5, **full)
    one, two = run(layer, wide, training=True)[0], run(layer, wide, training=True)[0]
    yield "output of two calls differs", bool((one != two).any()), True
    yield "output differs from inference", bool((one != run(layer, wide)[0]).any()), True


@law(
    "recurrent_dropout does nothing in inference and is drawn anew in training.",
    needs="recurrent_dropout training longer",
)
def check_recurrent_dropout(make, x, full):
    layer = make(recurrent_dropout=0.5, **full)
    yield from pairs("output", run(layer, x), run(make(**full), x))
    wide = np.concatenate([x + 1] * 8)
    one, two = run(layer, wide, training=True)[0], run(layer, wide, training=True)[0]
    yield "output of two calls differs", bool((one != two).any()), True
