"""Laws of copies: configuration, files, clones, pickles."""

from __future__ import annotations

import copy
import json
import os
import pickle
import tempfile

import keras

from keras_rnn_conformance.own.kit import array, model_of, pairs, run
from keras_rnn_conformance.own.laws.registry import law


def same(copy_of, original, x):
    """The weights and the output of a copy that should have the weights of its original."""
    yield "number of weights", len(copy_of.weights), len(original.weights)
    for new, old in zip(copy_of.trainable_weights, original.trainable_weights, strict=True):
        yield f"weight {old.name}", array(new.value), array(old.value)
    yield from pairs("output", run(copy_of, x), run(original, x))


@law("from_config(get_config()) makes the same layer.")
def check_config(make, x, full, custom_objects):
    layer = make(**full)
    with keras.saving.custom_object_scope(custom_objects):
        again = type(layer).from_config(layer.get_config())
    again(keras.ops.convert_to_tensor(x))
    yield (
        "shapes of the weights",
        [w.shape for w in again.weights],
        [w.shape for w in layer.weights],
    )
    again.set_weights(layer.get_weights())
    yield from pairs("output", run(again, x), run(layer, x))


@law("A configuration goes through JSON, and makes the same layer.")
def check_json(make, x, full, custom_objects):
    layer = make(**full)
    text = json.dumps(keras.saving.serialize_keras_object(layer))
    again = keras.saving.deserialize_keras_object(json.loads(text), custom_objects=custom_objects)
    again(keras.ops.convert_to_tensor(x))
    yield "class", type(again).__name__, type(layer).__name__
    again.set_weights(layer.get_weights())
    yield from pairs("output", run(again, x), run(layer, x))


@law("A model that is saved and loaded is the same model.")
def check_keras_file(make, x, full, custom_objects):
    model = model_of(make(**full), x)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "model.keras")  # noqa: PTH118
        model.save(file)
        loaded = keras.models.load_model(file, custom_objects=custom_objects)
    yield from same(loaded, model, x)


@law("A file of weights brings a fresh layer to the same weights.")
def check_weights_file(make, fresh, x, full):
    model = model_of(make(**full), x)
    other = model_of(fresh(**full), x)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "model.weights.h5")  # noqa: PTH118
        model.save_weights(file)
        other.load_weights(file)
    yield from same(other, model, x)


@law("get_weights and set_weights bring a fresh layer to the same weights.")
def check_set_weights(make, fresh, x, full):
    layer, other = make(**full), fresh(**full)
    other(keras.ops.convert_to_tensor(x))
    other.set_weights(layer.get_weights())
    yield from same(other, layer, x)


@law("clone_model makes the same model, with weights of its own.")
def check_clone_model(make, x, full, custom_objects):
    model = model_of(make(**full), x)
    with keras.saving.custom_object_scope(custom_objects):
        clone = keras.models.clone_model(model)
    before = run(model, x)
    clone.set_weights(model.get_weights())
    yield from pairs("output", run(clone, x), before)
    for weight in clone.trainable_weights:
        weight.assign(array(weight.value) + 1)
    yield from pairs("output of the original, once the clone's weights move", run(model, x), before)


@law("deepcopy makes the same layer, with weights of its own.")
def check_deepcopy(make, x, full, custom_objects):
    layer = make(**full)
    with keras.saving.custom_object_scope(custom_objects):
        other = copy.deepcopy(layer)
    yield from same(other, layer, x)
    before = run(layer, x)
    for weight in other.trainable_weights:
        weight.assign(array(weight.value) + 1)
    yield from pairs("output of the original, once the copy's weights move", run(layer, x), before)


@law("pickle makes the same model.", needs="pickled")
def check_pickle(make, x, full, custom_objects):
    model = model_of(make(**full), x)
    with keras.saving.custom_object_scope(custom_objects):
        other = pickle.loads(pickle.dumps(model))  # noqa: S301
    yield from same(other, model, x)
