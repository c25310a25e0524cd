"""Errors in units in the last place, from the rows of results."""

from __future__ import annotations

import math
from dataclasses import dataclass

from keras_rnn_conformance.results.file import Row
from keras_rnn_conformance.results.rows import EPSILON


@dataclass(frozen=True)
class Error:
    """The largest error of an array.

    Attributes:
        absolute: the distance from the oracle's value.
        ulp: the same in units in the last place of the largest number of the array, in the dtype
            that the array has.
        share: the largest part of an error bound that was used; None where there was none.
    """

    absolute: float
    ulp: float
    share: float | None


def error_of(row: Row, name: str) -> Error | None:
    """The error of one array of a row; None where none was measured."""
    array = row.get("arrays", {}).get(name, {})
    absolute, largest = array.get("error"), array.get("largest")
    epsilon = EPSILON.get(array.get("dtype", ""))
    if absolute is None or not largest or epsilon is None:
        return None
    unit = math.ldexp(epsilon, math.frexp(largest)[1] - 1)
    ulp = absolute / unit if unit else math.inf
    return Error(absolute, ulp, array.get("share")) if math.isfinite(ulp) else None


def worst_error(row: Row) -> Error | None:
    """The error of the array that is the most units in the last place away."""
    errors = [error for name in row.get("arrays", {}) if (error := error_of(row, name))]
    return max(errors, key=lambda error: error.ulp, default=None)


def digits(value: float | None, count: int = 3) -> float | None:
    """A number to so many significant digits."""
    return None if value is None else float(f"{value:.{count}g}")
