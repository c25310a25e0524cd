"""How far rounding can move the numbers of a law: measured on the layer itself, never tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_rnn_conformance.own.subject import Alteration

UNITS = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float32": 2.0**-24, "float64": 2.0**-53}
"""The unit roundoff of each dtype."""
DRAWS = 4
Evaluate = Callable[[Alteration], list[tuple[Any, ...]]]


def bounds(
    evaluate: Evaluate, plain: list[tuple[Any, ...]], terms: int, twin: bool, draws: int
) -> Iterator[list[float]]:
    """The bound of each of a law's comparisons, after each measurement; the last is the bound.

    Each is at least as large as the one before, so what is within an early one needs no further
    measurement.

    Both sides of a comparison are computed with rounding, in different orders. By backward error
    analysis, each is the exact result for slightly different weights and inputs: in a sum of m
    terms, each moves relatively by about sqrt(m) u, where u is the unit roundoff (Higham and Mary,
    A New Approach to Probabilistic Rounding Error Analysis, 2019). How far that moves the numbers
    of this layer is measured: the law is evaluated again with every weight and every number of the
    input moved that far, up or down at random, and the largest movement S of the expected array,
    in any place and any draw, is taken. (A rounding error is rarely as large as u, every move here
    is.) What a step rounds within itself, without weights, is measured too: by the distance E of
    the expected array from the same in float64, where the layer can compute so. The bound is twice
    the larger of S and E, since both sides err, and one rounding of the numbers themselves. A
    layer that jumps (a quantizer) shows it in S. Nothing here depends on the layer but by
    measurement.

    Args:
        evaluate: evaluates the law under an alteration, giving its comparisons.
        plain: those comparisons without an alteration.
        terms: m, the number of terms that one number is summed from.
        twin: whether the layer computes in float64.
        draws: how often weights and input are moved.
    """
    moved = [0.0] * len(plain)
    for seed in range(1, draws + 1):
        for unit in sorted({_unit(case) for case in plain}):
            apart = _distances(evaluate(Alteration(relative=terms**0.5 * unit, seed=seed)), plain)
            moved = [
                max(m, f) if _unit(case) == unit else m
                for m, f, case in zip(moved, apart, plain, strict=True)
            ]
        yield _of(moved, plain)
    if twin:
        wide = _distances(evaluate(Alteration(dtype="float64")), plain)
        moved = [
            m if _of_policy(case) else max(m, w)
            for m, w, case in zip(moved, wide, plain, strict=True)
        ]
        yield _of(moved, plain)


def _of(moved: list[float], plain: list[tuple[Any, ...]]) -> list[float]:
    return [2 * m + _own(case) for m, case in zip(moved, plain, strict=True)]


def _distances(other: list[tuple[Any, ...]], plain: list[tuple[Any, ...]]) -> list[float]:
    if len(other) != len(plain):  # the law compares other things there, so nothing was measured
        return [0.0] * len(plain)
    return [_distance(a[2], b[2]) for a, b in zip(other, plain, strict=True)]


def _distance(one: Any, other: Any) -> float:
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        return 0.0
    if one.shape != other.shape or not one.size:
        return 0.0
    with np.errstate(all="ignore"):
        error = np.abs(one.astype("float64") - other.astype("float64"))
    return float(np.nanmax(error)) if np.isfinite(error).any() else 0.0


def _unit(case: tuple[Any, ...]) -> float:
    return UNITS[case[3].get("precision", "float32") if len(case) > 3 else "float32"]


def _of_policy(case: tuple[Any, ...]) -> bool:
    """Whether a comparison is of two dtypes, which what float64 gives cannot judge."""
    return len(case) > 3 and "precision" in case[3]


def _own(case: tuple[Any, ...]) -> float:
    """One rounding of the largest number, and what the law says of its expected value."""
    want = case[2]
    if not isinstance(want, np.ndarray) or not want.size:
        return 0.0
    finite = np.abs(want.astype("float64"))[np.isfinite(want.astype("float64"))]
    largest = float(finite.max()) if finite.size else 0.0
    beyond = float(case[3].get("beyond", 0.0)) if len(case) > 3 else 0.0
    return 2 * _unit(case) * largest + beyond
