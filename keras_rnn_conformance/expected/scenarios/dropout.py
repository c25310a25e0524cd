"""What dropout must do: the training output under the masks that were read; their statistics."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name, judged, rank, space
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.pixels import by_pixel
from keras_rnn_conformance.cases.scenarios import dropout_masks
from keras_rnn_conformance.expected.compositions import Dropout, called
from keras_rnn_conformance.expected.registry import Expected, expectation
from keras_rnn_conformance.expected.scenarios.initial_weights import FEW
from reference_impl import Bounded


def masks_of(
    case: Case, data: Data, arrays: dict[str, Array], number: int = 0
) -> list[dropout_masks.Masks]:
    """The masks that were read of a call, for each direction."""
    count = range(len(dropout_masks.readers(case)))
    read = [
        [arrays[call_name(f"{piece.prefix}probe {i}", number)] for i in count]
        for piece in judged(case)
    ]
    return [dropout_masks.decode(case, data.call(number), each) for each in read]


def every_mask(case: Case, data: Data, arrays: dict[str, Array]) -> list[dropout_masks.Masks]:
    """The masks that were read of all calls in training, for each direction."""
    return [
        masks
        for number in dropout_masks.turns(case)
        if dropout_masks.trains(case, number)
        for masks in masks_of(case, data, arrays, number)
    ]


def output_of_call(case: Case, data: Data, arrays: dict[str, Array], number: int) -> Bounded:
    """The output of a call under the masks that were read of it, or of none in inference."""
    turn, training = data.call(number), dropout_masks.trains(case, number)
    masks = masks_of(case, data, arrays, number) if training else []
    return training_output(turn.case, turn, masks)


def training_output(case: Case, data: Data, masks: list[dropout_masks.Masks]) -> Bounded:
    """The output under masks that are the same at every timestep; pixels in the batch."""
    return _output(case, data, [_pair(case, data, one) for one in masks])


def _output(case: Case, data: Data, dropout: Dropout = ()) -> Bounded:
    (output,) = called(case, data, dropout)
    return by_pixel(case, output, 2 if case["seq"] else 1)


def _pair(case: Case, data: Data, masks: dropout_masks.Masks) -> tuple[Any, Any]:
    inputs = None if case["drop"] == 0 else _taken(case, data, masks.inputs)
    recurrent = None if case["rdrop"] == 0 else _taken(case, data, masks.recurrent)
    return inputs, recurrent


def _taken(case: Case, data: Data, mask: Array) -> Any:
    """A mask, (gates, batch, features), as the reference takes it: pixels in their places."""
    rounded = mask.astype(np.float32).astype(np.float64)
    images = rounded.reshape(len(mask), data.batch, *space(case), mask.shape[-1])
    return list(images) if len(images) > 1 else images[0]


@expectation("train")
def _train(case: Case, data: Data) -> Expected:
    if case["what"] == "acts":
        return Expected()
    if case["what"] != "edges":
        return Expected({"output": _output(case, data)})
    count, samples = dropout_masks.gates(case), data.batch * math.prod(space(case))
    kept = float(case["drop"] == 0), float(case["rdrop"] == 0)
    masks = [
        dropout_masks.Masks(
            np.full((count, samples, fan_in), kept[0]),
            np.full((count, samples, piece.units), kept[1]),
            0.0,
        )
        for piece, fan_in, _ in data.judged()
    ]
    return Expected({"output": training_output(case, data, masks)})


def alike(given: Array, other: Array, axes: tuple[int, ...], part: int, parts: int) -> int:
    """In how many places all numbers along some axes are the same, in one part of the last axis."""
    unlike = np.split(given != other, parts, -1)[part]
    return int((~unlike.any(axes)).sum())


def shared(case: Case) -> bool:
    """Whether the gates share one input mask."""
    return case["impl"] == 2 and case["rdrop"] == 0 and not rank(case)


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
