"""Plain values as Python text, exactly."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.streams import GRID

MANY = 8
"""Of how many numbers that are all the same an array has them written once."""

_SPECIAL = re.compile(r"(?<![\w.])(nan|inf)(?![\w.])")


def literal(array: np.ndarray[Any, Any]) -> str:
    """An array as an expression of NumPy, in its own dtype."""
    kind = str(array.dtype)
    named = "" if kind in ("float64", "int64", "bool") else f', "{kind}"'
    if array.size == 0 or (array.size > 3 and not array.any() and not np.signbit(array).any()):
        named = {"bool": ", bool", "int64": ", int"}.get(kind, named)
        return f"np.zeros({array.shape}{named})"
    if array.size > MANY and array.dtype.kind in "bif" and (array == array.flat[0]).all():
        value = _SPECIAL.sub(r"np.\1", repr(array.flat[0].item()))
        return f"np.full({array.shape}, {value}{named})"
    if array.dtype.kind == "b" and array.size > 3:
        return f"np.array({nested(array.astype(int))}, bool)"
    if array.dtype.kind != "f":
        return f"np.array({_text(array)}{named})"
    with np.errstate(invalid="ignore", over="ignore"):
        wide = array.astype(np.float64)
        whole = np.isfinite(wide).all() and not (np.signbit(wide) & (wide == 0)).any()
        if whole and (wide == np.round(wide)).all() and np.abs(wide).max(initial=0) < 1e6:
            return f"np.array({nested(wide)}{named or ', float'})"
        if whole and (wide * GRID == np.round(wide * GRID)).all() and np.abs(wide).max() < 1e6:
            return f"np.array({nested(wide * GRID)}{named}) / {GRID}"
    return f"np.array({_text(array)}{named})"


def nested(array: Any) -> str:
    """Whole numbers in nested lists."""
    return str(np.round(np.asarray(array, float)).astype(int).tolist())


def _text(array: np.ndarray[Any, Any]) -> str:
    return _SPECIAL.sub(r"np.\1", str(array.tolist()))


def number(value: Any) -> str:
    """A number or a word."""
    if isinstance(value, np.generic):
        return f"np.{type(value).__name__}({value.item()!r})"
    if isinstance(value, float) and value != value:
        return "np.nan"
    if isinstance(value, str) and not {'"', "\\"} & {*value} and value.isprintable():
        return f'"{value}"'
    return _SPECIAL.sub(r"np.\1", repr(value)) if isinstance(value, float) else repr(value)
