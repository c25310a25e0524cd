"""The scenario `reuse`: one layer or cell that has several places, or several uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import sequence_arguments
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import SHARED_CELLS, pieces
from keras_rnn_conformance.cases.construction import Given, cell_of
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import record_array, record_outputs, returned_names
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.scenarios.paths import entry, functional_model, sequence_array
from keras_rnn_conformance.subject.trace import tracing
from keras_rnn_conformance.subject.trees import flatten


@scenario("reuse")
def reuse(case: Case, data: Data) -> Observation:
    """Use it in every place, and record what each gives."""
    seen = Observation()
    with tracing() as ran:
        REUSES[str(case["what"])](seen, case, data)
    seen.path, seen.facts["ran"] = ran.path, ran.facts()
    return seen


def _record(seen: Observation, case: Case, prefix: str, given: Any) -> None:
    record_outputs(seen, given, [prefix + name for name in returned_names(case)])


def _single(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def _shared(seen: Observation, case: Case, data: Data) -> None:
    """Two calls in one functional model, on two inputs."""
    layer = build.make(case, data)
    one, other = entry(case, data), entry(case, data)
    results = [flatten(layer(one)), flatten(layer(other))]
    model = keras.Model([one, other], [*results[0], *results[1]])
    given = model.predict([sequence_array(case, data, 0), sequence_array(case, data, 1)], verbose=0)
    half = len(given) // 2
    _record(seen, case, "", _single(list(given[:half])))
    _record(seen, case, "second: ", _single(list(given[half:])))


def _lengths(seen: Observation, case: Case, data: Data) -> None:
    """One model of unknown length, on the sequence, then without its last timestep."""
    model = functional_model(case, data, build.make(case, data))
    x = sequence_array(case, data, 0)
    _record(seen, case, "", model.predict(x, verbose=0))
    _record(seen, case, "second: ", model.predict(x[:, :-1], verbose=0))


def _places(seen: Observation, case: Case, data: Data) -> None:
    """One cell several times in a stack."""
    cell = build.made(cell_of(case, pieces(case)[0], Given()))
    layer = classes.RNN([cell] * SHARED_CELLS, **sequence_arguments(case))
    layer.build(build_shape(case, data))
    build.set_weights(layer, data.weights())
    given = flatten(layer(build.inputs(case, data), **build.call_options(case, data)))
    names = ["output", *(f"state {i}" for i in range(len(given) - 1))]
    for name, value in zip(names, given, strict=True):
        record_array(seen, name, value)


def _chain(seen: Observation, case: Case, data: Data) -> None:
    """One layer on what it gave itself, in a functional model."""
    layer = build.make(case.but(seq=1, state=0), data)
    x = entry(case, data)
    model = keras.Model(x, layer(layer(x)))
    given = model.predict(sequence_array(case, data, 0), verbose=0)
    record_array(seen, "output", given if case["seq"] else given[:, -1])


def _models(seen: Observation, case: Case, data: Data) -> None:
    """One layer in two models; then the first of them sets its weights."""
    layer = build.make(case, data)
    first, second = (functional_model(case, data, layer) for _ in range(2))
    x, other = (sequence_array(case, data, number) for number in (0, 1))
    _record(seen, case, "", first.predict(x, verbose=0))
    _record(seen, case, "second: ", second.predict(other, verbose=0))
    build.set_weights(first, build.every_weight(data.with_other_weights()))
    _record(seen, case, "third: ", second.predict(other, verbose=0))


REUSES: dict[str, Callable[[Observation, Case, Data], None]] = {
    "shared": _shared,
    "lengths": _lengths,
    "places": _places,
    "chain": _chain,
    "models": _models,
}
