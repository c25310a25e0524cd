"""What the defaults of this release are: the configuration of every layer made with none given.

It is Keras's own layers that are asked, even where `--layer` has replaced them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import keras

from keras_rnn_conformance.base.observation import steady
from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, RECURRENT


@cache
def default_configs() -> dict[str, Any]:
    """By layer, `get_config()` without the name; layers that the release lacks are left out."""
    made = {
        name: _config(name) for name in (*RECURRENT, *CONVOLUTIONAL) if hasattr(keras.layers, name)
    }
    return {name: config for name, config in made.items() if config}


def _config(name: str) -> dict[str, Any]:
    sizes = (1, 1) if name in CONVOLUTIONAL else (1,)
    config = getattr(keras.layers, name)(*sizes).get_config()
    config.pop("name", None)
    plain: dict[str, Any] = json.loads(steady(json.dumps(config, default=str)))
    return plain
