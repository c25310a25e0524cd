"""The scenario `file`: a model, or its weights, out of a file that an older release wrote."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.archive import (
    FOLDER,
    File,
    as_written,
    file_of,
    laid_out,
    written,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.trees import flatten


@scenario("file")
def file(case: Case, data: Data) -> Observation:
    """Load it and compute; then save what was loaded, load that, and compute again."""
    seen, wanted = Observation(facts={"came": "arrays"}), file_of(case)
    try:
        model = _loaded(wanted, case, data)
        again = building.reloaded(model) if wanted.whole else None  # before a call moves any state
        _record(seen, "", model, wanted, data)
        if again is not None:
            _record(seen, "again: ", again, wanted, data)
        if as_written(data):
            _record(seen, as_written(data), _loaded(wanted, case, data), wanted, written(data))
    except Exception as error:
        seen.facts["came"] = Raised.of(error).brief()
        seen.facts["refusal"] = str(error)
    return seen


def _loaded(wanted: File, case: Case, data: Data) -> keras.Model:
    path = FOLDER / wanted.path
    if wanted.whole:
        return keras.saving.load_model(path, compile=False)
    model = building.model(wanted.model, case, data.with_other_weights())
    model.load_weights(path)
    return model


def _record(seen: Observation, prefix: str, model: keras.Model, wanted: File, data: Data) -> None:
    given = building.in_order(building.tensors_of(laid_out(wanted, data)))
    outputs: list[Any] = flatten(model(given))
    for name, output in zip(wanted.model.outputs, outputs, strict=True):
        record_array(seen, prefix + name, output)
