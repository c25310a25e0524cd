"""Deeds of the scenario `edge` that export models, and use what was exported."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.exporting import (
    CHANGED,
    COLLECTED,
    ENDPOINTS,
    IN_FORMAT,
    KINDS,
    MODELS,
    NESTED_OUTPUTS,
    SIGNED,
    TURNS,
)
from keras_rnn_conformance.cases.models.nestings import form_of
from keras_rnn_conformance.cases.models.sources import fed, model_of, part_of
from keras_rnn_conformance.cases.scenarios.formats import FORMATS
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.errors import caught_as
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.exports import quiet_folder, running, sizes
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of
from keras_rnn_conformance.subject.trees import flatten, map_structure


def _models(seen: Observation, case: Case, data: Data) -> None:
    """What models give in the runtime of a format; in other sizes too, if they are open."""
    variant = IN_FORMAT[str(case["what"])]
    row = FORMATS[variant]
    for name in MODELS[str(case["what"])]:
        whole = model_of(case, name)
        model = building.model(whole, case, data, static=row.sized)
        options = {"input_signature": sizes(model, fed(whole, data))} if row.sized else {}
        with running(model, variant, options) as run:
            for size, arrays in (("", fed(whole, data)), (" of a part", part_of(whole, data))):
                if size and row.sized:
                    continue
                given = [np.asarray(arrays[x.name], x.dtype) for x in model.inputs]
                for key, output in zip(whole.outputs, run(given), strict=True):
                    record_array(seen, f"{key} of {name}{size}", output)


@printed
class Own(keras.Model):
    """A model of the user's own, which calls a layer on each of its inputs."""

    def __init__(self, layer: keras.layers.Layer) -> None:
        super().__init__()
        self.layer = layer

    def call(self, inputs: Any) -> Any:
        return keras.tree.map_structure(self.layer, inputs)


@printed
def of_kind(kind: str, layer: keras.layers.Layer, arrays: Any) -> keras.Model:
    """A model that calls a layer on each of its inputs, which are put together as these are."""
    if kind == "subclass":
        model = Own(layer)
        model(keras.tree.map_structure(keras.ops.convert_to_tensor, arrays))
        return model
    entries = keras.tree.map_structure(lambda array: keras.Input(array.shape[1:]), arrays)
    return keras.Model(entries, keras.tree.map_structure(layer, entries))


@printed
def served(folder: str, *given: Any, endpoint: str = "serve") -> Any:
    """What an endpoint of a SavedModel gives, from arrays to arrays."""
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    returned = getattr(loaded, endpoint)(*tf.nest.map_structure(tf.constant, given))
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), returned)


def _kinds(seen: Observation, case: Case, data: Data) -> None:
    """What models of every kind give out of a SavedModel; and what is left of the model."""
    layer = layer_of(case, data)
    given = {"first": data.x.astype("float32"), "second": data.x_of(1).astype("float32")}
    for kind, names in KINDS.items():
        for name in names:
            form = NESTED_OUTPUTS[name]
            arrays = map_structure(lambda which: given[which], form)
            model = of_kind(kind, layer, arrays)
            with quiet_folder() as folder:
                model.export(folder, verbose=False)
                returned = served(folder, arrays)
            seen.facts[f"form of {kind}, {name}"] = form_of(returned, "")
            for which, output in zip(flatten(form), flatten(returned), strict=False):
                record_array(seen, f"{kind}, {name}: {which}", output)
    _exported_again(seen, layer, given["first"])
    for name, error in refusals(data.features).items():
        seen.facts[f"error of {name}"] = error


def _exported_again(seen: Observation, layer: keras.layers.Layer, x: Any) -> None:
    """A model of dropout that says its signature; and once more, over its file, after a change."""
    model = keras.Sequential([keras.layers.Dropout(0.5), layer])
    model(x)
    for name, signature in signatures(x).items():
        with quiet_folder() as folder:
            model.export(folder, verbose=False, input_signature=[signature])
            record_array(seen, f"signed by {name}", served(folder, x))
            if name != SIGNED[0]:
                continue
            layer.set_weights([weight * CHANGED for weight in layer.get_weights()])
            record_array(seen, "the model, changed", model(x))
            model.export(folder, verbose=False)
            record_array(seen, "exported once more", served(folder, x))
            layer.set_weights([weight / CHANGED for weight in layer.get_weights()])


@printed
def signatures(x: Any) -> dict[str, Any]:
    """The ways to say what a model takes."""
    return {
        "an InputSpec": keras.InputSpec(dtype="float32", shape=(None, *x.shape[1:])),
        "a KerasTensor": keras.KerasTensor(x.shape, "float32"),
        "a tensor": keras.ops.convert_to_tensor(x),
    }


@printed
def error_of(deed: Callable[[], Any]) -> str:
    """The class of the error that something ends with."""
    try:
        deed()
    except Exception as error:
        return caught_as(error)
    return "none"


@printed
def refusals(features: int) -> dict[str, str]:
    """The errors of models that cannot be exported."""
    entry = keras.Input((None, features))
    built = keras.Model(entry, keras.layers.Dense(1)(entry))
    deeds = {
        "a Sequential that is not built": (keras.Sequential([keras.layers.Dense(1)]), {}),
        "a subclass that was never called": (Own(keras.layers.Dense(1)), {}),
        "an unknown format": (built, {"format": "no such"}),
    }
    with tempfile.TemporaryDirectory() as folder:
        return {
            name: error_of(partial(model.export, f"{folder}/{name}", verbose=False, **options))
            for name, (model, options) in deeds.items()
        }


def _archived(seen: Observation, case: Case, data: Data) -> None:
    """The endpoints and the collections of an archive; and what it refuses."""
    x, start = data.x.astype("float32"), data.states(1)[0].astype("float32")
    layer = layer_of(case, data)
    with quiet_folder() as folder:
        archived(layer, data.features, data.units).write_out(folder, verbose=False)
        for name in ENDPOINTS:
            given = (x, start) if name == "started" else (x,)
            record_array(seen, name, served(folder, *given, endpoint=name))
        record_array(seen, "served by default", served_by_default(folder, x))
        seen.facts |= {f"the file has {name}": fact for name, fact in told(folder, layer).items()}
    refusing = archived(layer, data.features, data.units)
    for name, error in misuses(refusing, layer).items():
        seen.facts[f"error of {name}"] = error


@printed
def served_by_default(folder: str, x: Any) -> Any:
    """What the default signature of a SavedModel gives."""
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    (returned,) = loaded.signatures["serving_default"](tf.constant(x)).values()
    return returned.numpy()


@printed
def told(folder: str, layer: keras.layers.Layer) -> dict[str, Any]:
    """What a file of an archive has beside its endpoints."""
    import tensorflow as tf

    loaded = tf.saved_model.load(folder)
    wanted = [keras.ops.convert_to_numpy(weight.value) for weight in layer.weights[::-1]]
    kept = [variable.numpy() for variable in loaded.turned_round]
    return {
        "signatures": sorted(loaded.signatures),
        "trainable weights": len(loaded.trainable_variables),
        "as many weights as the layer": len(loaded.variables) == len(layer.variables),
        "a collection in its order": all(map(np.array_equal, kept, wanted)),
        "many variables": [float(variable.numpy()) for variable in loaded.many],
    }


@printed
def archived(layer: keras.layers.Layer, features: int, units: int) -> Any:
    """An archive of three endpoints and two collections of variables."""
    model = keras.Sequential([keras.Input((None, features)), layer])
    sequences = keras.InputSpec(shape=(None, None, features), dtype="float32")
    states = keras.InputSpec(shape=(None, units), dtype="float32")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("called", model.call, [sequences])
    archive.add_endpoint("doubled", lambda x: 2.0 * model(x), [sequences])
    archive.add_endpoint(
        "started", lambda x, start: layer(x, initial_state=start), [sequences, states]
    )
    archive.add_variable_collection("turned_round", layer.weights[::-1])
    numbers = [keras.Variable(float(number)) for number in range(COLLECTED)]
    archive.add_variable_collection("many", numbers)
    return archive


@printed
def misuses(archive: Any, layer: keras.layers.Layer) -> dict[str, str]:
    """The errors of an archive for what it does not take."""
    spec = [keras.InputSpec(shape=(None, None, 5), dtype="float32")]
    deeds = {
        "a name that is taken": lambda: archive.add_endpoint("called", layer, spec),
        "no signature": lambda: archive.add_endpoint("unsigned", layer),
        "no endpoint": lambda: keras.export.ExportArchive().write_out("nowhere"),
        "a layer that is not built": lambda: archive.track(keras.layers.Dense(1)),
        "what is no layer": lambda: archive.track("a layer"),
        "a variable alone": lambda: archive.add_variable_collection("one", layer.weights[0]),
        "arrays": lambda: archive.add_variable_collection("two", layer.get_weights()),
    }
    return {name: error_of(deed) for name, deed in deeds.items()}


def _served_again(seen: Observation, case: Case, data: Data) -> None:
    """What a TFSMLayer gives: by each endpoint, in a model, and with other weights."""
    x = keras.ops.convert_to_tensor(data.x, dtype="float32")
    with quiet_folder() as folder:
        archive = archived(layer_of(case, data), data.features, data.units)
        archive.write_out(folder, verbose=False)
        layer = keras.layers.TFSMLayer(folder, "called", "doubled")
        again = keras.layers.TFSMLayer.from_config(layer.get_config(), safe_mode=False)
        seen.facts |= {f"error of {n}": e for n, e in unserved(folder, layer).items()}
    for turn in TURNS:
        record_array(seen, f"called{turn}", layer(x))
        record_array(seen, f"doubled in training{turn}", layer(x, training=True))
    entry = keras.Input((None, data.features))
    record_array(seen, "in a model", keras.Model(entry, layer(entry)).predict_on_batch(data.x))
    record_array(seen, "out of its configuration", again(x))
    record_array(seen, "doubled out of its configuration", again(x, training=True))
    seen.facts["trainable weights"] = len(layer.trainable_weights)
    layer.set_weights([weight * CHANGED for weight in layer.get_weights()])
    record_array(seen, "changed", layer(x))


@printed
def unserved(folder: str, layer: keras.layers.Layer) -> dict[str, str]:
    """The errors of a TFSMLayer for what it does not take."""
    kind = keras.layers.TFSMLayer
    deeds = {
        "an endpoint that is missing": lambda: kind(folder, "no such"),
        "an endpoint of training that is missing": lambda: kind(folder, "called", "no such"),
        "a configuration that is not trusted": lambda: kind.from_config(layer.get_config()),
    }
    return {name: error_of(deed) for name, deed in deeds.items()}


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **dict.fromkeys(IN_FORMAT, _models),
    "exported_kinds": _kinds,
    "archived": _archived,
    "served_again": _served_again,
}
