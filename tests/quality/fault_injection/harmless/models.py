"""What a correct Keras may do otherwise in what surrounds its layers: files, training, copies."""

from __future__ import annotations

import json
import warnings
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.layers import GRU, LSTM, RNN, Bidirectional, Dense, Embedding, SimpleRNN, TimeDistributed

from tests.quality.fault_injection.catalogue.arguments.weights import constructed
from tests.quality.fault_injection.faults import Garden
from tests.quality.fault_injection.harmless import harmless

EDGE = "SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what"


@harmless(
    "turned configurations",
    "Writes its configurations in another order, with a key more that it takes back.",
    "LSTM-seq0-state0-u3-t3-as.td-do.keras GRU-seq0-state0-u3-t3-do.config-what.signature "
    "SimpleRNN-seq0-state0-u3-t3-as.bi-do.clone",
)
def _turned(garden: Garden) -> None:
    def turned(original: Any, self: Any) -> Any:
        return dict(reversed([*original(self).items(), ("written_by", 2)]))

    classes = (LSTM, GRU, SimpleRNN, Dense, Embedding, Bidirectional, TimeDistributed)
    constructed(garden, classes, lambda options: options.pop("written_by", None))
    for one in classes:
        garden.around(one, "get_config", turned)


@harmless(
    "more in files",
    "Writes more into the metadata of a .keras file, and more about what a layer was built for.",
    "LSTM-seq0-state0-u3-t3-as.td-do.keras",
)
def _more_in_files(garden: Garden) -> None:
    from keras.src.saving import saving_lib

    def serialized(original: Any, model: Any, *args: Any, **options: Any) -> Any:
        config, metadata = original(model, *args, **options)
        return config, json.dumps({**json.loads(metadata), "writer": {"build": 1}}, indent=1)

    def built_for(original: Any, self: Any) -> Any:
        config = original(self)
        return {**config, "written_by": "keras"} if isinstance(config, dict) else config

    def build(original: Any, self: Any, config: Any) -> Any:
        known = {key: value for key, value in (config or {}).items() if key != "written_by"}
        return original(self, known or config)

    if hasattr(saving_lib, "_serialize_model_as_json"):
        garden.around(saving_lib, "_serialize_model_as_json", serialized)
    garden.around(keras.Layer, "get_build_config", built_for)
    garden.around(keras.Layer, "build_from_config", build)


@harmless(
    "more to keep",
    "Keeps a variable more in optimizers and means, and says so in no place.",
    "SimpleRNN-seq0-state0-u2-t3-n5-in4-mask.right-do.learn-what.again",
)
def _more_to_keep(garden: Garden) -> None:
    def build(original: Any, self: Any, variables: Any) -> None:
        done = self.built
        original(self, variables)
        if not done:
            self.seen = self.add_variable((), "zeros", "int32", name="seen")

    def mean(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        self.batches = self.add_variable((), "zeros", dtype="int32", name="batches")

    garden.around(keras.optimizers.Adam, "build", build)
    garden.around(keras.metrics.Mean, "__init__", mean)


@harmless(
    "locked results",
    "Predicts arrays that cannot be written to.",
    f"{EDGE}.callers",
)
def _locked(garden: Garden) -> None:
    def locked(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        made = keras.tree.map_structure(np.array, original(self, *args, **options))
        for array in keras.tree.flatten(made):
            array.flags.writeable = False
        return made

    for caller in ("predict", "predict_on_batch"):
        garden.around(keras.Model, caller, locked)


@harmless(
    "logs of a class of its own",
    "Hands callbacks logs of a class derived from dict.",
    f"{EDGE}.printed",
)
def _logs(garden: Garden) -> None:
    class Logs(dict[str, Any]):
        pass

    def end(original: Any, self: Any, number: Any, logs: Any = None) -> Any:
        return original(self, number, Logs(logs) if type(logs) is dict else logs)

    for hook in ("on_epoch_end", "on_train_batch_end"):
        garden.around(keras.callbacks.CallbackList, hook, end)


@harmless(
    "copied states",
    "Copies the initial states that it is given.",
    "LSTM-seq1-state1-u3-t5-init.list GRU-seq0-state0-u2-t3-init.tensor",
)
def _copied_states(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        given = options.get("initial_state")
        if given is not None:
            options["initial_state"] = keras.tree.map_structure(_copied, given)
        return original(self, sequences, *args, **options)

    garden.around(RNN, "call", call)


def _copied(value: Any) -> Any:
    return ops.multiply(value, 1) if hasattr(value, "dtype") else value


@harmless(
    "warns of what will go",
    "Warns that compile and the layers will change, and shows its layers otherwise.",
    f"{EDGE}.printed LSTM-seq1-state1-u3-t5",
)
def _warns(garden: Garden) -> None:
    def compiled(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        warnings.warn("compile will take other arguments", FutureWarning, stacklevel=2)
        return original(self, *args, **options)

    trainer = next(one for one in keras.Model.__mro__ if "compile" in vars(one))
    garden.around(trainer, "compile", compiled)
    garden.put(keras.Layer, "__repr__", lambda self: f"<{type(self).__name__} {self.name!r}>")
    garden.put(keras.Layer, "__str__", lambda self: f"<{type(self).__name__} {self.name!r}>")
