"""What is expected of one array where it follows from others of the same run, such as masks."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.data import Array
from keras_rnn_conformance.cases.streams import drawn_by
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import judge
from keras_rnn_conformance.report.script.text import Lines, NoText, Plan

OTHERWISE: tuple[Callable[[Array], Array], ...] = (
    lambda array: array + 1.0,
    np.zeros_like,
    lambda array: array[::-1],
    lambda array: (array + 1.0) * (np.arange(array.size).reshape(array.shape) % 2),
)
"""What else might have come."""


def premises(plan: Plan, failure: Failure, seen: Observation) -> list[str]:
    """The arrays in whose place others would make something else expected."""
    if not _matter(plan, failure, seen, [*seen.arrays]):
        return []
    return [key for key in seen.arrays if _matter(plan, failure, seen, [key])]


def _matter(plan: Plan, failure: Failure, seen: Observation, keys: list[str]) -> bool:
    """Whether what is expected is something else if other numbers come for some arrays."""
    for change in OTHERWISE:
        others = {key: np.asarray(change(np.atleast_1d(seen.arrays[key]))) for key in keys}
        others = {key: array.reshape(seen.arrays[key].shape) for key, array in others.items()}
        try:
            changed = replace(seen, arrays={**seen.arrays, **others})
            failed = judge(plan.case, changed, plan.seed).failed.get(plan.rule, [])
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return True
        wants = [f.compared[1] for f in failed if f.name == failure.name and f.compared]
        if any(not np.array_equal(want, failure.compared[1], equal_nan=True) for want in wants):
            return True
    return False


def same_as_here(texts: list[str], keys: list[str], seen: Observation) -> Lines:
    """Nothing is compared where other numbers come than those that it was written for."""
    if any(not np.isfinite(seen.arrays[key]).all() for key in keys):
        raise NoText("what is expected follows from other numbers of the same run")
    sums = [zlib.crc32(np.ascontiguousarray(seen.arrays[key]).tobytes()) for key in keys]
    return [
        "# what is expected is so where these come, which are drawn",
        f"drawn = [{', '.join(texts)}]",
        f"if [zlib.crc32(np.ascontiguousarray(one).tobytes()) for one in drawn] != {sums}:",
        "    raise SystemExit  # this Keras draws others: there is nothing to compare",
    ]


def with_draws(plan: Plan, lines: Lines) -> Lines:
    """Statements that draw what the case drew: seeds that nobody gives come from Python's."""
    seeded = f"random.seed({drawn_by(plan.case.id, plan.seed)!r})"
    return lines if seeded in lines else ["import random", seeded, *lines]
