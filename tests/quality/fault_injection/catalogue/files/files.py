"""Files of older releases: loaders that refuse them, or read them in another way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.quality.fault_injection.faults import Garden, fault

BEFORE = "GRU-seq0-state0-u2-t4-n3-in5-do.file-what.before_h5_2_2_5"
AFTER = "GRU-seq0-state0-u2-t4-n3-in5-do.file-what.after_h5_2_2_5"
BARE = "LSTM-seq0-state0-u2-t4-n3-in5-do.file-what.both_bare_2_3_1"
WEIGHTS = "LSTM-seq0-state0-u2-t4-n3-in5-do.file-what.both_weights_2_15_0"


def _loading(garden: Garden, ending: str, then: Callable[[Any], Any]) -> None:
    """Let `then(model)` have the last word when a file of an ending is loaded."""
    original = keras.saving.load_model

    def load(path: Any, *args: Any, **options: Any) -> Any:
        model = original(path, *args, **options)
        if Path(path).name.endswith(ending):
            then(model)
        return model

    garden.put(keras.saving, "load_model", load)


@fault("refuses a file of old", "Loads no .h5 file.", "FILES-1", BEFORE)
def _refuses_a_file_of_old(garden: Garden) -> None:
    def refuse(model: Any) -> None:
        raise ValueError("File format not supported")

    _loading(garden, ".h5", refuse)


@fault("refuses weights of old", "Reads weights from .weights.h5 alone.", "FILES-1", BARE)
def _refuses_weights_of_old(garden: Garden) -> None:
    def load(original: Any, self: Any, path: Any, *args: Any, **options: Any) -> None:
        if not str(path).endswith(".weights.h5"):
            raise ValueError("The filename must end in `.weights.h5`")
        original(self, path, *args, **options)

    garden.around(keras.Model, "load_weights", load)


@fault(
    "old gates crossed",
    "Takes the reset gate of an old GRU for its update gate.",
    "FILES-2 FILES-3",
    BEFORE,
)
def _old_gates_crossed(garden: Garden) -> None:
    def cross(model: Any) -> None:
        layer = model.get_layer("first")
        layer.set_weights(
            [
                np.concatenate([w[..., n : 2 * n], w[..., :n], w[..., 2 * n :]], axis=-1)
                for w in layer.get_weights()
                for n in [w.shape[-1] // 3]
            ]
        )

    _loading(garden, ".h5", cross)


@fault(
    "both ways crossed",
    "Loads the backward weights of Bidirectional for the forward ones.",
    "FILES-2 FILES-3",
    f"{BARE} {WEIGHTS}",
)
def _both_ways_crossed(garden: Garden) -> None:
    def load(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        layer = self.get_layer("first")
        weights = layer.get_weights()
        layer.set_weights(weights[3:] + weights[:3])

    garden.around(keras.Model, "load_weights", load)


@fault(
    "saves old weights as zeros",
    "Saves what was loaded from .h5 without its weights.",
    "FILES-4",
    BEFORE,
)
def _saves_old_weights_as_zeros(garden: Garden) -> None:
    _loading(
        garden,
        ".keras",
        lambda model: model.set_weights([np.zeros_like(w) for w in model.get_weights()]),
    )


@fault(
    "saves old activations as the default",
    "Forgets, when saved anew, that a gate is another.",
    "FILES-4",
    AFTER,
)
def _saves_old_activations(garden: Garden) -> None:
    def forget(model: Any) -> None:
        model.get_layer("first").cell.recurrent_activation = keras.activations.tanh

    _loading(garden, ".keras", forget)
