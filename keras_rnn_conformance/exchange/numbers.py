"""Arrays as JSON: a shape, and the numbers in row-major order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.results.schema import SchemaFault


def numbers(array: NDArray[Any]) -> dict[str, Any]:
    """An array as a JSON value; what JSON has no number for is written `nan`, `inf` or `-inf`."""
    flat = np.ravel(array)
    values = flat.astype(int).tolist() if array.dtype == bool else flat.tolist()
    return {"shape": list(array.shape), "data": [_plain(value) for value in values]}


def _plain(value: float) -> float | int | str:
    if not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) and abs(value) < 2**53 and value else value


def array(value: dict[str, Any], name: str) -> NDArray[np.float64]:
    """The array that a checked JSON value stands for.

    Raises:
        SchemaFault: if there are not as many numbers as the shape says.
    """
    flat = np.array([float(item) for item in value["data"]], dtype=np.float64)
    if flat.size != math.prod(value["shape"]):
        raise SchemaFault(f"{name}: {flat.size} numbers for the shape {value['shape']}")
    return flat.reshape(value["shape"])
