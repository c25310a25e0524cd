"""The scenario `model`: what each layer of a whole model returns, padded and not."""

from __future__ import annotations

from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.parts import MASKING, Part, Whole
from keras_rnn_conformance.cases.models.sources import model_of, short, spoilt
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import noted, printed, scenario
from keras_rnn_conformance.subject.scenarios.mask_propagation import carries_mask, mask_of
from keras_rnn_conformance.subject.scenarios.whole import building


@scenario("model")
def whole_model(case: Case, data: Data) -> Observation:
    """Call the layers of a model one after the other.

    Then again on the samples in the opposite order, and on one without padding.
    """
    whole, seen = model_of(case), Observation()
    layers = building.eager_layers(whole, case, data)
    made = building.every_tensor(whole, layers, building.tensors_of(spoilt(whole, data)))
    for name, value in made.items():
        record_array(seen, name, value)
    turned = {name: array[::-1] for name, array in spoilt(whole, data).items()}
    again = building.every_tensor(whole, layers, building.tensors_of(turned))
    for name in whole.outputs:
        record_array(seen, f"turned: {name}", again[name])
    seen.facts["masked"] = _masks(seen, made)
    seen.facts["computed masks"] = _computed(seen, whole, layers, data, made)
    seen.facts["foretold"] = _foretold(whole, layers, data)
    tensors = {**building.tensors_of(spoilt(whole, data)), **made}
    seen.facts["told"] = {}
    for part in whole.parts:
        seen.facts["told"] |= _told(part, layers, tensors)
    if whole.padding:
        given = building.every_tensor(whole, layers, building.tensors_of(short(whole, data)))
        for name in whole.outputs:
            record_array(seen, f"short: {name}", given[name])
    return seen


def _computed(
    seen: Observation, whole: Whole, layers: building.Layers, data: Data, made: dict[str, Any]
) -> list[str]:
    """Record the mask that compute_mask gives of what each layer was called on; which have one."""
    tensors, masked = {**building.tensors_of(spoilt(whole, data)), **made}, list[str]()
    for part in whole.parts:
        if part.kind in MASKING and part.mask_from is None:
            given = building.in_order({name: tensors[name] for name in part.inputs})
            layer = layers[part.layer or part.name]
            mask = layer.compute_mask(given, masks_of(given))
            noted(f"computes {part.name}", computes_mask(layer, given))
            if mask is not None:
                masked.append(part.name)
                record_array(seen, f"computed mask of {part.name}", mask)
                del seen.dtypes[f"computed mask of {part.name}"]
    return masked


@printed
def computes_mask(layer: Any, given: Any) -> bool:
    """Whether a layer says that what it makes of something has a mask."""
    return layer.compute_mask(given, masks_of(given)) is not None


@printed
def masks_of(given: Any) -> Any:
    """The mask of a tensor, or those of a list of tensors."""
    return [mask_of(one) for one in given] if isinstance(given, list) else mask_of(given)


def _foretold(whole: Whole, layers: building.Layers, data: Data) -> dict[str, list[str]]:
    """The shape, but for the batch, and the dtype of each symbolic output; or the error."""
    try:
        made = building.every_tensor(whole, layers, building.symbolic(whole, data, static=True))
    except Exception as error:
        return {"error": [Raised.of(error).brief()]}
    return {name: told_of(tensor) for name, tensor in made.items()}


@printed
def told_of(tensor: Any) -> list[str]:
    """The shape of a tensor, but for the batch, and its dtype."""
    return [*map(str, tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype)]


def _told(part: Part, layers: building.Layers, tensors: dict[str, Any]) -> dict[str, list[str]]:
    """The shape and the dtype that a layer tells of what it would give of tensors; or the error."""
    given, options = building.arguments(part, layers, tensors)
    options.pop("mask", None)
    try:
        told = layers[part.layer or part.name].compute_output_spec(*given, **options)
    except Exception as error:
        return {part.name: [Raised.of(error).brief()]}
    return {name: told_of(spec) for name, spec in building.by_place(part, told).items()}


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
