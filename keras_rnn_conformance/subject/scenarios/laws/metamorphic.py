"""The scenario `twin`: the same numbers by two ways that must agree, without an oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject.calls import record_array, record_outputs, returned_names
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.scenarios.laws.independence import INDEPENDENT

Ways = tuple[list[Any], list[Any]]


@scenario("twin")
def twin(case: Case, data: Data) -> Observation:
    """Run both ways, record the first under the plain names, the second as its twin."""
    one, other = WAYS[str(case["what"])](case, data)
    seen, names = Observation(), returned_names(case)
    record_outputs(seen, tuple(one), names)
    for name, value in zip(names, other, strict=True):
        record_array(seen, f"twin {name}", value)
    return seen


def _called(case: Case, data: Data, x: Any, **options: Any) -> list[Any]:
    layer = build.make(plain(case), data)
    return list(layer(build.tensor(np.ascontiguousarray(x), "float32"), **options))


def _chunks(case: Case, data: Data) -> Ways:
    """The whole sequence, and its two parts with the states handed on."""
    middle = data.timesteps // 2
    first = _called(case, data, data.x[:, :middle])
    second = _called(case, data, data.x[:, middle:], initial_state=first[1:])
    joined = ops.concatenate([first[0], second[0]], axis=1)
    return _called(case, data, data.x), [joined, *second[1:]]


def _padding(case: Case, data: Data) -> Ways:
    """The sequence, and the sequence with masked noise behind it."""
    noise = data.x_of(1)
    mask = np.concatenate(
        [np.ones(data.x.shape[:2], bool), np.zeros(noise.shape[:2], bool)], axis=1
    )
    padded = _called(
        case, data, np.concatenate([data.x, noise], axis=1), mask=ops.convert_to_tensor(mask)
    )
    return _called(case, data, data.x), [padded[0][:, : data.timesteps], *padded[1:]]


def _unroll(case: Case, data: Data) -> Ways:
    """Looped, and unrolled."""
    return _called(case, data, data.x), _called(case.but(unroll=1), data, data.x)


def _reversal(case: Case, data: Data) -> Ways:
    """The reversed sequence forwards, and the sequence backwards."""
    return _called(case, data, data.x[:, ::-1]), _called(case.but(back=1), data, data.x)


def _sequences(case: Case, data: Data) -> Ways:
    """The last output of the whole sequence, and the output without return_sequences."""
    whole = _called(case, data, data.x)
    return [whole[0][:, -1], *whole[1:]], _called(case.but(seq=0), data, data.x)


def _implementation(case: Case, data: Data) -> Ways:
    """implementation=2, and implementation=1."""
    return _called(case, data, data.x), _called(case.but(impl=1), data, data.x)


def _rows(case: Case, data: Data) -> Ways:
    """The whole batch, and every sample by itself."""
    alone = [_called(case, data, data.x[i : i + 1]) for i in range(data.batch)]
    joined = [ops.concatenate(list(parts), axis=0) for parts in zip(*alone, strict=True)]
    return _called(case, data, data.x), joined


def _again(case: Case, data: Data) -> Ways:
    """The first call of a layer, and its third."""
    layer = build.make(plain(case), data)
    x = build.tensor(data.x, "float32")
    first = list(layer(x))
    layer(build.tensor(data.x_of(1), "float32"))
    return first, list(layer(x))


WAYS: dict[str, Callable[[Case, Data], Ways]] = {
    "chunks": _chunks,
    "padding": _padding,
    "unroll": _unroll,
    "reversal": _reversal,
    "sequences": _sequences,
    "implementation": _implementation,
    "rows": _rows,
    "again": _again,
    **INDEPENDENT,
}
