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

from keras_rnn_conformance.cases.axis_values import MARKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain
from keras_rnn_conformance.cases.data import HELD_NUMBERS, Data
from keras_rnn_conformance.cases.masking import marked
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.trees import flatten, map_structure

Array = np.ndarray[Any, Any]
Ways = tuple[list[Any], list[Any]]
Index = tuple[Any, ...]
LAST = slice(-1, None)


def _results(case: Case, data: Data, x: Array, weights: list[Array] | None = None) -> list[Any]:
    layer = build.make(plain(case), data)
    if weights is not None:
        build.set_weights(layer, weights)
    return _called(layer, case, data, x)


def _called(layer: Any, case: Case, data: Data, x: Array) -> list[Any]:
    """What a call gives, with the mask and the initial states of as many samples as there are."""
    options = build.call_options(plain(case), data)
    for name in {"mask", "initial_state"} & options.keys():
        options[name] = map_structure(lambda one: one[: len(x)], options[name])
    given = build.tensor(x, "float32")
    if case["maskby"] in MARKS and len(x):
        given = build.masking_layer(case, data)(build.tensor(marked(case, x, data), "float32"))
    return flatten(layer(given, **options))


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
    mask = np.ones(data.x.shape[:2], bool) if data.mask is None else data.mask
    step = 1 + int(np.argmax(mask[-1, 1:]))
    x = data.x.copy()
    x[LAST, step] = math.nan
    one, two = _results(case, data, x), _results(case, data, data.x)
    want = [np.array(ops.convert_to_numpy(array)) for array in two]
    if mask[-1, step]:
        _spoil(case, want, step, mask)
    return one, [build.tensor(array, "float32") for array in want]


def _spoil(case: Case, want: list[Array], step: int, mask: Array) -> None:
    """Put NaN where that of a timestep of the last sample must be."""
    sequence, *states = want
    both = case["as"] == "bi"
    units = sequence.shape[-1] // 2 if both else sequence.shape[-1]
    sequence[-1, step:, :units] = math.nan
    sequence[-1, : step + 1, units:] = math.nan
    if case["zero"] or both:
        sequence[~mask] = 0
    for state in states:
        state[LAST] = math.nan


def _empty(case: Case, data: Data) -> Ways:
    """The whole batch, and the same where a batch of no samples gives what fits in front of it."""
    nothing, whole = (_results(case, data, x) for x in (data.x[:0], data.x))
    return whole, [fitting(none, some) for none, some in zip(nothing, whole, strict=True)]


@printed
def fitting(none: Any, some: Any) -> Any:
    """Results of some samples, where those of no samples fit in front of them; else the latter."""
    return some if tuple(none.shape) == (0, *some.shape[1:]) else none


def _recovers(case: Case, data: Data) -> Ways:
    """A fresh layer, and one that had a call on nothing but such numbers, and was reset."""
    layer = build.make(plain(case), data)
    spoilt = np.full(data.x.shape, HELD_NUMBERS[str(case["hold"])])
    _called(layer, case, data, spoilt)
    if case["stateful"]:
        layer.reset_state()
    return _results(case, data, data.x), _called(layer, case, data, data.x)


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
