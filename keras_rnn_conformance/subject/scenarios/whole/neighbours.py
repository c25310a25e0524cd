"""The scenario `model`: what each layer of a whole model returns, padded and not."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.parts import Whole
from keras_rnn_conformance.cases.models.sources import model_of, short, spoilt
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import noted, scenario
from keras_rnn_conformance.subject.scenarios.mask_propagation import carries_mask, mask_of
from keras_rnn_conformance.subject.scenarios.whole import building


@scenario("model")
def whole_model(case: Case, data: Data) -> Observation:
    """Call the layers of a model one after the other; then again on a sample without padding."""
    whole, seen = model_of(case), Observation()
    layers = building.eager_layers(whole, case, data)
    made = building.every_tensor(whole, layers, building.tensors_of(spoilt(whole, data)))
    for name, value in made.items():
        record_array(seen, name, value)
    seen.facts["masked"] = _masks(seen, made)
    seen.facts["foretold"] = _foretold(whole, layers, data)
    if whole.padding:
        given = building.every_tensor(whole, layers, building.tensors_of(short(whole, data)))
        for name in whole.outputs:
            record_array(seen, f"short: {name}", given[name])
    return seen


def _foretold(whole: Whole, layers: building.Layers, data: Data) -> dict[str, list[str]]:
    """The shape, but for the batch, and the dtype of each symbolic output; or the error."""
    try:
        made = building.every_tensor(whole, layers, building.symbolic(whole, data, static=True))
    except Exception as error:
        return {"error": [Raised.of(error).brief()]}
    return {
        name: [*map(str, tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype)]
        for name, tensor in made.items()
    }


def _masks(seen: Observation, made: dict[str, Any]) -> list[str]:
    """Record the mask that each tensor carries; which do."""
    carrying = []
    for name, value in made.items():
        carries = carries_mask(value)
        noted(f"carries {name}", carries)
        if carries:
            carrying.append(name)
            record_array(seen, f"mask of {name}", mask_of(value))
            del seen.dtypes[f"mask of {name}"]
    return carrying
