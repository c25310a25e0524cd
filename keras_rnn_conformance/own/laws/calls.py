"""Laws of calling: again, compiled, without a trace in what belongs to the caller."""

from __future__ import annotations

import keras
import numpy as np

from keras_rnn_conformance.own.kit import array, filled, model_of, pairs, predicted, run
from keras_rnn_conformance.own.laws.registry import law


@law("A second call gives what a fresh layer gives.")
def check_second_call(make, x, full):
    layer = make(**full)
    run(layer, x)
    run(layer, 1 - x[:1])
    yield from pairs("output of the third call", run(layer, x), run(make(**full), x))


@law("Another number of timesteps in a second call is as in a first.", needs="longer")
def check_other_length(make, x, full, shortest):
    layer = make(**full)
    run(layer, x)
    fresh = make(x=x[:, :shortest], **full)
    yield from pairs("output", run(layer, x[:, :shortest]), run(fresh, x[:, :shortest]))


@law("A call leaves the caller's arrays as they were.")
def check_input_is_kept(make, x, full):
    layer, given = make(**full), x.copy()
    tensor = keras.ops.convert_to_tensor(x.copy())
    layer(given)
    layer(tensor)
    yield "the array that was given", given, x
    yield "the tensor that was given", array(tensor), x


@law(
    "A call leaves the caller's initial states as they were.",
    needs="initial_state own_initial_state",
)
def check_states_are_kept(make, x, full):
    layer = make(**full)
    own = layer.get_initial_state(batch_size=x.shape[0])
    before = [array(s) for s in keras.tree.flatten(own)]
    layer(keras.ops.convert_to_tensor(x), initial_state=own)
    after = [array(s) for s in keras.tree.flatten(own)]
    yield from pairs("initial state", after, before)


@law("A call leaves the weights as they were.")
def check_weights_are_kept(make, x, full):
    layer = make(**full)
    before = [array(w.value) for w in layer.trainable_weights]
    layer(keras.ops.convert_to_tensor(x))
    for weight, old in zip(layer.trainable_weights, before, strict=True):
        yield f"weight {weight.name}", array(weight.value), old


@law("Compiled (predict), a layer gives what it gives called.")
def check_compiled_equals_called(make, x, full):
    layer = make(**full)
    yield from pairs("output", predicted(model_of(layer, x), x), run(layer, x))


@law("Compiled with jit_compile=True, a layer gives what it gives called.", needs="jit")
def check_jit_equals_called(make, x, full):
    layer = make(**full)
    model = model_of(layer, x)
    model.compile(jit_compile=True)
    yield from pairs("output", predicted(model, x), run(layer, x))


@law("Compiled for any number of timesteps, a layer gives what it gives called.", needs="longer")
def check_compiled_for_any_length(make, x, full):
    layer = make(**full)
    inputs = keras.Input((None, *x.shape[2:]))
    model = keras.Model(inputs, keras.tree.flatten(layer(inputs)))
    for length in (x.shape[1], x.shape[1] - 1):
        part = x[:, :length]
        yield from pairs(f"output of {length} timesteps", predicted(model, part), run(layer, part))


@law("A layer first called in a model gives what one first called on numbers gives.")
def check_built_in_a_model(make, fresh, x, full):
    def in_a_model(**options):
        layer = fresh(**options)
        layer(keras.Input(x.shape[1:]))
        return layer

    model = model_of(in_a_model(**full), x)
    want = make(**full)
    for new, old in zip(model.trainable_weights, want.trainable_weights, strict=True):
        new.assign(array(old.value))
    yield from pairs("output", run(model, x), run(want, x))


@law("The same seed makes the same layer.")
def check_same_seed(fresh, x, full):
    one, other = (filled(fresh, x, keep_weights=True, **full) for _ in range(2))
    same = [
        np.array_equal(array(a.value), array(b.value))
        for a, b in zip(one.weights, other.weights, strict=True)
    ]
    yield "weights that are the same", sum(same), len(same)
