"""What users do with models: threads, resets, exports, dtypes, steps and losses of their own."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
from keras import ops

from tests.quality.fault_injection.catalogue.models.models import loading
from tests.quality.fault_injection.faults import Garden, edge, fault, learnt


def _floatx(layer: str, dtype: str) -> str:
    return f"{layer}-seq0-state0-u2-t4-n3-in5-mask.right-{dtype}-do.edge-what.floatx"


OWN = ("LSTM", "right")
OWN_SEEN = ("LSTM", "left")
ADDED = ("GRU", "right")
"""The layers and masks of courses, by lot."""


@fault(
    "one input for all threads",
    "Keeps its input where other threads find it.",
    "EDGE-7",
    edge("threads", "LSTM", "right"),
)
def _one_input_for_all_threads(garden: Garden) -> None:
    latest: list[Any] = [None]

    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        latest[0] = sequences
        time.sleep(0.01)
        return original(self, latest[0], *args, **options)

    garden.around(keras.layers.LSTM, "call", call)


@fault(
    "resets no layer",
    "Has a reset_state of models that does nothing.",
    "EDGE-1",
    edge("reset_model", "GRU"),
)
def _resets_no_layer(garden: Garden) -> None:
    garden.put(keras.Model, "reset_state", lambda self: None)


@fault(
    "serves no states",
    "Exports a stateful layer that starts every call from zeros.",
    "EDGE-10",
    edge("exported", "LSTM"),
)
def _serves_no_states(garden: Garden) -> None:
    def export(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.layers[0].stateful = False
        return original(self, *args, **options)

    garden.around(keras.Sequential, "export", export)


@fault(
    "serves other weights",
    "Exports a model with half of each weight.",
    "EDGE-10",
    edge("exported", "LSTM"),
)
def _serves_other_weights(garden: Garden) -> None:
    def export(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.set_weights([weight / 2 for weight in self.get_weights()])
        return original(self, *args, **options)

    garden.around(keras.Sequential, "export", export)


@fault(
    "predicts in float32",
    "Lets predict give float32 whatever the dtype.",
    "EDGE-11",
    _floatx("GRU", "bf16"),
)
def _predicts_in_float32(garden: Garden) -> None:
    garden.around(
        keras.Model,
        "predict",
        lambda predict, self, *args, **options: np.asarray(
            predict(self, *args, **options), "float32"
        ),
    )


@fault(
    "inputs in float32",
    "Makes an Input of float32 whatever the dtype.",
    "EDGE-11",
    _floatx("GRU", "bf16"),
)
def _inputs_in_float32(garden: Garden) -> None:
    original = keras.Input
    garden.put(
        keras, "Input", lambda *args, **options: original(*args, **{"dtype": "float32", **options})
    )


@fault(
    "resets after each batch",
    "Lets a stateful layer start every batch from zeros.",
    "EDGE-12",
    edge("stateful_fit", "GRU"),
)
def _resets_after_each_batch(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        for state in self.states:
            state.assign(ops.zeros_like(state))
        return original(self, *args, **options)

    garden.around(keras.layers.GRU, "call", call)


@fault(
    "never resets",
    "Has a reset_state of layers that does nothing.",
    "EDGE-12",
    edge("stateful_fit", "LSTM"),
)
def _never_resets(garden: Garden) -> None:
    garden.put(keras.layers.RNN, "reset_state", lambda self: None)


@fault(
    "constant states lost",
    "Starts a model with constant states from zeros.",
    "EDGE-13",
    edge("constant_states", "LSTM"),
)
def _constant_states_lost(garden: Garden) -> None:
    garden.around(
        keras.layers.LSTM,
        "call",
        lambda call, self, sequences, initial_state=None, **options: call(
            self, sequences, **options
        ),
    )


@fault(
    "constant mask lost in the file",
    "Loads a model with a constant mask without it.",
    "EDGE-13",
    edge("constant_mask", "SimpleRNN", "right"),
)
def _constant_mask_lost(garden: Garden) -> None:
    def unmasked(model: keras.Model) -> None:
        layer = model.layers[-1]
        whole = layer.call
        layer.call = lambda sequences, **options: whole(sequences)

    loading(garden, unmasked)


@fault(
    "own steps unused",
    "Trains by the steps of Keras where the user has others.",
    "LEARN-6",
    learnt("own_step", *OWN),
)
def _own_steps_unused(garden: Garden) -> None:
    def fit(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.train_step = lambda *own, **more: keras.Model.train_step(self, *own, **more)
        return original(self, *args, **options)

    garden.around(keras.Model, "fit", fit)


@fault(
    "own loss unused",
    "Trains by the loss of compile where the user has another.",
    "LEARN-1 LEARN-5",
    learnt("own_step", *OWN),
)
def _own_loss_unused(garden: Garden) -> None:
    def fit(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.compute_loss = lambda *own, **more: keras.Model.compute_loss(self, *own, **more)
        return original(self, *args, **options)

    garden.around(keras.Model, "fit", fit)


@fault(
    "assessed twice",
    "Takes each step of evaluate twice.",
    "LEARN-6",
    learnt("own_step_seen", *OWN_SEEN),
)
def _assessed_twice(garden: Garden) -> None:
    def evaluate(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        original(self, *args, **options)
        return original(self, *args, **options)

    garden.around(keras.Model, "evaluate", evaluate)


@fault(
    "added losses dropped",
    "Trains without what layers add to the loss.",
    "LEARN-1",
    learnt("added_loss_seen", *ADDED),
)
def _added_losses_dropped(garden: Garden) -> None:
    garden.put(keras.Layer, "add_loss", lambda self, loss: None)
