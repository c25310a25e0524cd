"""What does not matter: one place is given other numbers, and only what may depend on it changes.

Each way returns what comes of the plain numbers, and what comes of the others, in which all that
depends on the changed place is put back: the two must be equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain
from keras_rnn_conformance.cases.data import HELD_NUMBERS, Data
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.trees import flatten

Array = np.ndarray[Any, Any]
Ways = tuple[list[Any], list[Any]]
Index = tuple[Any, ...]
LAST = slice(-1, None)


def _results(case: Case, data: Data, x: Array, weights: list[Array] | None = None) -> list[Any]:
    layer = build.make(plain(case), data)
    if weights is not None:
        build.set_weights(layer, weights)
    return flatten(layer(build.tensor(x, "float32"), **_training(case)))


def _training(case: Case) -> dict[str, Any]:
    return {"training": True} if case["train"] else {}


def _other(case: Case, data: Data, place: Index) -> Array:
    """The input with something else in one place."""
    x = data.x.copy()
    held = HELD_NUMBERS.get(str(case["hold"]))
    x[place] = data.x_of(1)[place] if held is None else held
    return x


def _spared(plain: list[Any], other: list[Any], free: Callable[[int], Index | None]) -> Ways:
    """Both, the second with the places of each result that may differ taken from the first."""
    one, two = ([np.array(ops.convert_to_numpy(a)) for a in each] for each in (plain, other))
    for i, array in enumerate(two):
        if (place := free(i)) is not None:
            array[place] = one[i][place]
    return [build.tensor(a, "float32") for a in one], [build.tensor(a, "float32") for a in two]


def _of_input(case: Case, data: Data, place: Index, free: Callable[[int], Index | None]) -> Ways:
    plainly, otherwise = data.x, _other(case, data, place)
    return _spared(_results(case, data, plainly), _results(case, data, otherwise), free)


def _sample(case: Case, data: Data) -> Ways:
    """Another last sample."""
    return _of_input(case, data, (LAST,), lambda i: (LAST,))


def _later(case: Case, data: Data) -> Ways:
    """Another last timestep: outputs before it stay."""
    whole = (slice(None),)
    return _of_input(case, data, (slice(None), LAST), lambda i: whole if i else (slice(None), LAST))


def _pixel(case: Case, data: Data) -> Ways:
    """Another last place of an image; within t timesteps it reaches no further than t places."""
    place = (..., LAST, slice(None))
    reach = slice(-1 - data.timesteps, None)
    return _of_input(case, data, place, lambda i: (..., reach, slice(None)))


def _unit(case: Case, data: Data) -> Ways:
    """Other weights of the last unit, which no unit reads."""
    units = data.units
    kernel, recurrent, bias = (array.copy() for array in data.weights())
    recurrent[-1] = 0
    before = [kernel.copy(), recurrent.copy(), bias.copy()]
    for array, other in zip((kernel, recurrent, bias), data.weights("later "), strict=True):
        array[..., units - 1 :: units] = other[..., units - 1 :: units]
    recurrent[-1] = 0
    one, two = (_results(case, data, data.x, w) for w in (before, [kernel, recurrent, bias]))
    return _spared(one, two, lambda i: (..., LAST))


def _direction(case: Case, data: Data) -> Ways:
    """Other weights of the backward layer: what the forward layer gives stays."""
    mine, other = data.all_weights(), data.all_weights("later ")
    one, two = (_results(case, data, data.x, [*mine[0], *back[1]]) for back in (mine, other))
    half = (len(one) - 2) // 2
    forward = (0, *range(2, 2 + half))
    return _spared(one, two, lambda i: None if i in forward else (...,))


def _spreads(case: Case, data: Data) -> Ways:
    """NaN in one timestep of the last sample, and the plain results with NaN where it must be."""
    first, rest = (LAST, 1), slice(1, None)
    x = data.x.copy()
    x[first] = math.nan
    one, two = _results(case, data, x), _results(case, data, data.x)
    want = [np.array(ops.convert_to_numpy(array)) for array in two]
    want[0][(LAST, slice(None) if case["as"] == "bi" else rest)] = math.nan
    if case["as"] == "bi":
        want[0] = _both_ways(want[0], two[0], data)
    for state in want[1:]:
        state[LAST] = math.nan
    return one, [build.tensor(array, "float32") for array in want]


def _both_ways(spoilt: Array, plain: Any, data: Data) -> Array:
    """Forward outputs are spoilt from the second timestep on, backward ones up to it."""
    units, whole = data.units, np.array(ops.convert_to_numpy(plain))
    spoilt[-1, 0, :units] = whole[-1, 0, :units]
    spoilt[-1, 2:, units:] = whole[-1, 2:, units:]
    return spoilt


def _empty(case: Case, data: Data) -> Ways:
    """The whole batch, and the same where a batch of no samples gives what fits in front of it."""
    nothing, whole = (_results(case, data, x) for x in (data.x[:0], data.x))
    shapes = [(0, *some.shape[1:]) for some in whole]
    fits = [tuple(none.shape) == shape for none, shape in zip(nothing, shapes, strict=True)]
    pairs = zip(nothing, whole, fits, strict=True)
    return whole, [some if fit else none for none, some, fit in pairs]


def _recovers(case: Case, data: Data) -> Ways:
    """A fresh layer, and one that had a call on nothing but such numbers, and was reset."""
    layer = build.make(plain(case), data)
    spoilt = np.full(data.x.shape, HELD_NUMBERS[str(case["hold"])])
    layer(build.tensor(spoilt, "float32"), **_training(case))
    if case["stateful"]:
        layer.reset_state()
    again = layer(build.tensor(data.x, "float32"), **_training(case))
    return _results(case, data, data.x), flatten(again)


INDEPENDENT: dict[str, Callable[[Case, Data], Ways]] = {
    "sample": _sample,
    "later": _later,
    "unit": _unit,
    "direction": _direction,
    "pixel": _pixel,
    "spreads": _spreads,
    "recovers": _recovers,
    "empty": _empty,
}
