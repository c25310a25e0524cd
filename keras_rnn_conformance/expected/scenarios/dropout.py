"""What dropout must do: the training output under the masks that were read; their statistics."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from keras_rnn_conformance.cases import dropout_masks, reduction
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.expected import reduced_outputs
from keras_rnn_conformance.expected.registry import Expected, expectation
from keras_rnn_conformance.expected.scenarios.initial_weights import FEW
from reference_impl import Bounded


def masks_of(case: Case, data: Data, arrays: dict[str, Array]) -> list[dropout_masks.Masks]:
    """The masks that were read, for each direction."""
    count = range(len(dropout_masks.readers(case)))
    return [
        dropout_masks.decode(case, data, [arrays[f"{name}probe {i}"] for i in count])
        for name in reduction.directions(case)
    ]


def training_output(case: Case, data: Data, masks: list[dropout_masks.Masks]) -> Bounded:
    """The output under masks that are the same at every timestep."""
    return reduced_outputs.output(case, data, [_pair(case, one) for one in masks])


def _pair(case: Case, masks: dropout_masks.Masks) -> tuple[Any, Any]:
    inputs = None if case["drop"] == 0 else _as_float32(masks.inputs)
    recurrent = None if case["rdrop"] == 0 else _as_float32(masks.recurrent)
    return inputs, recurrent


def _as_float32(mask: Array) -> Any:
    rounded = mask.astype(np.float32).astype(np.float64)
    return list(rounded) if len(rounded) > 1 else rounded[0]


@expectation("train")
def _train(case: Case, data: Data) -> Expected:
    if case["what"] != "edges":
        return Expected({"output": reduced_outputs.output(case, data)})
    count = dropout_masks.gates(case)
    rows = len(reduction.by_pixel(case, reduction.feed(case, data), 2))
    inputs = np.full((count, rows, reduction.width(case, data)), float(case["drop"] == 0))
    recurrent = np.full((count, rows, case.number("u")), float(case["rdrop"] == 0))
    return Expected(
        {"output": training_output(case, data, [dropout_masks.Masks(inputs, recurrent, 0.0)])}
    )


def shared(case: Case) -> bool:
    """Whether the gates share one input mask."""
    return case["impl"] == 2 and case["rdrop"] == 0 and not reduction.rank(case)


@cache
def kept_range(count: int, rate: float) -> tuple[int, int]:
    """The numbers of kept elements out of `count` outside of which false alarms lie.

    The two tails of the binomial distribution with probability 1 - rate have less than `FEW`.
    """
    probabilities = [math.exp(_log_probability(k, count, 1 - rate)) for k in range(count + 1)]
    return _tail(probabilities), count - _tail(probabilities[::-1])


def _tail(probabilities: list[float]) -> int:
    total = 0.0
    for k, probability in enumerate(probabilities):
        total += probability
        if total > FEW / 2:
            return k
    return len(probabilities) - 1


def _log_probability(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log(1 - p)
