"""What a thing holds, by which a script tells that it changed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def held(thing: Any) -> Any:
    """What a list or an array holds: of a list, which things."""
    if isinstance(thing, list):
        return [id(item) for item in thing]
    return np.array(keras.ops.convert_to_numpy(thing)).tolist()
