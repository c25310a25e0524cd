"""Reading the dropout masks of a layer from outside, through its output.

A fresh layer with the same seed draws the same masks. Given linear activations, inputs and hidden
states of ones, and a kernel whose row `j` holds 2^j in the columns of one gate and nothing
elsewhere, every output unit is the sum of the mask elements times their powers of two: a number
that spells the whole mask. Codes of the recurrent mask stand above those of the input mask. Units
take turns in reading the gates, so that one call reads them all; not so for a GRU that resets
before the product, where the reset gate of every unit reaches every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.axis_values import TRAINS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import GATES
from keras_rnn_conformance.cases.data import Array, Data

_LSTM_BIASES = ((0, 0, 1, 1), (0, 0, 0, 1), (1, 0, 0, 1), (1, 0, 1, 0))
_GRU_BIASES = ((0, 0, 0), (0, 0, 0), (0, 1, 0))
"""By the gate that is read, the biases that hold the others at 0 or 1."""


@dataclass(frozen=True)
class Masks:
    """The masks of one direction, as factors of what they multiply.

    Attributes:
        inputs: (gates, batch, features).
        recurrent: (gates, batch, units).
        residue: how far the readings are from any pair of masks of zeros and 1 / (1 - rate).
    """

    inputs: Array
    recurrent: Array
    residue: float


def turns(case: Case) -> range:
    """The numbers of the calls whose masks are read: of a case without a history the first."""
    return range(case.number("calls") if case["then"] != "none" else 1)


def trains(case: Case, number: int) -> bool:
    """Whether a call is one in training, as all are but where every other one is something else."""
    return not (case["then"] in TRAINS and number % 2)


def gates(case: Case) -> int:
    """The number of gates that have a mask of their own or share one."""
    return GATES[case.layer]


def scales(case: Case) -> tuple[float, float]:
    """What the kept elements of the input and of the hidden state are multiplied by."""
    return tuple(1.0 / (1.0 - case.number(key) / 100) for key in ("drop", "rdrop"))  # type: ignore[return-value]


def readers(case: Case) -> list[Any]:
    """For each probe, the gate that each unit reads."""
    units, count = np.arange(case.number("u")), gates(case)
    if (case.layer == "GRU" and not case["after"]) or len(units) < count:
        return [np.full(units.shape, gate) for gate in range(count)]
    return [units % count]


def weights(case: Case, data: Data, read: Any) -> list[Array]:
    """Weights of a linear plain layer whose units spell the gates that they read."""
    units, count = np.arange(case.number("u")), gates(case)
    kernel = np.zeros((data.width, count, len(units)))
    recurrent = np.zeros((len(units), count, len(units)))
    kernel[:, read, units] = 2.0 ** np.arange(data.width)[:, None]
    recurrent[:, read, units] = 2.0 ** _recurrent_places(case, data)[:, None]
    if _behind_candidate(case, read):
        recurrent[:, 2, :] = np.eye(len(units))
    bias = _bias(case, read) if count > 1 else np.zeros(units.shape)
    return [kernel.reshape(len(kernel), -1), recurrent.reshape(len(recurrent), -1), bias]


def _behind_candidate(case: Case, read: Any) -> bool:
    """Whether the reset gate is read where it shows through the candidate alone."""
    return case.layer == "GRU" and not case["after"] and read[0] == 1


def _recurrent_places(case: Case, data: Data) -> Any:
    return np.arange(case.number("u")) + data.width + 2.0


def _bias(case: Case, read: Any) -> Array:
    held = np.array(_GRU_BIASES if case.layer == "GRU" else _LSTM_BIASES, np.float64)[read].T
    if case.layer != "GRU" or not case["after"]:
        return held.ravel()
    second = np.zeros(held.shape)
    second[2, read == 1] = 1.0
    return np.stack([held.ravel(), second.ravel()])


def decode(case: Case, data: Data, readings: list[Array]) -> Masks:
    """The masks that the readings of each probe, (batch, units), spell."""
    codes: dict[int, list[Array]] = {gate: [] for gate in range(gates(case))}
    for read, reading in zip(readers(case), readings, strict=True):
        if _behind_candidate(case, read):
            codes[1] += _through_candidate(case, data, reading)
            continue
        for unit, gate in enumerate(read):
            codes[gate].append(reading[:, unit])
    bits = [_digits(case, data, each[0]) for each in codes.values()]
    residues = [residue for _, residue in bits]
    residues += [float(np.ptp(each, axis=0).max()) for each in codes.values()]
    masks = np.stack([one for one, _ in bits])
    low, high = scales(case)
    features = data.width
    return Masks(masks[..., :features] * low, masks[..., features:] * high, max(residues))


def _through_candidate(case: Case, data: Data, reading: Array) -> list[Array]:
    """The largest and the smallest code that units spell whose candidate was kept.

    Where none was kept the reset gate multiplies nothing, and the row counts as all kept.
    """
    low, high = scales(case)
    places = 2.0 ** np.arange(data.width), 2.0 ** _recurrent_places(case, data)
    unknown = low * places[0].sum() + high * places[1].sum()
    spelt = np.where(reading > 0, reading / high, np.nan)
    spelt[~(reading > 0).any(axis=1)] = unknown
    return [np.nanmax(spelt, axis=1), np.nanmin(spelt, axis=1)]


def _digits(case: Case, data: Data, codes: Array) -> tuple[Array, float]:
    low, high = scales(case)
    base = 2.0 ** (data.width + 2)
    # More than the resolution, of 8 units, in these terms; less than codes of inputs leave free.
    upper = np.floor(codes / (high * base) + 2.0**-10)
    lower = np.rint((codes - upper * high * base) / low)
    residue = np.abs(codes - upper * high * base - lower * low).max()
    inputs = _bits(lower, data.width)
    return np.concatenate([inputs, _bits(upper, case.number("u"))], axis=1), float(residue)


def _bits(numbers: Array, count: int) -> Array:
    return ((numbers.astype(np.int64)[:, None] >> np.arange(count)) & 1).astype(np.float64)


def resolution(case: Case, data: Data) -> float:
    """The rounding error that a float32 reading may have."""
    largest = max(scales(case)) * 2.0 ** (data.width + 2 + case.number("u"))
    return float(largest * 2.0**-21)


SEED = 20


SEEDS = {
    "first": SEED,
    "twin": SEED,
    "other": SEED + 1,
    "unseeded": None,
    "as unseeded": None,
    "nought": 0,
    "as nought": 0,
}
"""By layer of the variant `seed`, its seed."""
