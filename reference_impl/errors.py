"""The one error of the oracle, and the checks that raise it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class ReferenceInputError(ValueError):
    """An argument that the equations do not define an answer for."""


def finite_array(name: str, values: Any, shape: Sequence[int | None]) -> Array:
    """Return `values` as a float64 array of `shape` (None: any size but 0).

    Raises:
        ReferenceInputError: naming the argument, the shape expected and the shape received.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ReferenceInputError(f"`{name}` must be numeric, got {values!r:.80}") from error
    wanted = "(" + ", ".join(">0" if size is None else str(size) for size in shape) + ")"
    fits = array.ndim == len(shape) and all(
        got == size if size is not None else got > 0
        for got, size in zip(array.shape, shape, strict=True)
    )
    if not fits:
        raise ReferenceInputError(f"`{name}` must have shape {wanted}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ReferenceInputError(f"`{name}` must be finite, got infinite or NaN values")
    return array


def positive_int(name: str, value: Any) -> int:
    """Return `value` if it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ReferenceInputError(f"`{name}` must be a positive integer, got {value!r}")
    return int(value)


def one_of(name: str, value: Any, allowed: Sequence[Any]) -> Any:
    """Return `value` if it is one of `allowed`."""
    if value not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        raise ReferenceInputError(f"`{name}` must be one of {choices}, got {value!r}")
    return value


def counted(name: str, values: Any, count: int, what: str) -> list[Any]:
    """Return `values` as a list of exactly `count` elements; `what` says what they are."""
    if not isinstance(values, (list, tuple)):
        raise ReferenceInputError(f"`{name}` must be a list of {what}, got {type(values).__name__}")
    if len(values) != count:
        raise ReferenceInputError(f"`{name}` must hold {count} arrays ({what}), got {len(values)}")
    return list(values)
