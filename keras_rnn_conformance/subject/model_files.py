"""A model in a file, as Keras reads it: its configuration, and its weights by layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


class UnreadableModel(ValueError):
    """Keras does not load the file; the message is the first line of what it says."""


def contents(path: Path) -> tuple[str, dict[str, Any], dict[str, list[NDArray[Any]]]]:
    """The class and the configuration of a model, and the weights of each of its layers.

    Returns:
        The name of the class, `get_config()`, and by name of a layer its `get_weights()`.

    Raises:
        UnreadableModel: if Keras does not load it.
    """
    try:
        model = keras.saving.load_model(str(path), compile=False)
        config = model.get_config()
        weights = {layer.name: layer.get_weights() for layer in model.layers}
    except Exception as error:  # whatever a file makes of Keras
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UnreadableModel(lines[0][:160]) from None
    arrays = {name: [np.asarray(w) for w in own] for name, own in weights.items()}
    return type(model).__name__, config, arrays
