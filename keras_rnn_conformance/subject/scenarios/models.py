"""The scenario `model`: a whole model that returns what each of its layers does, padded and not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.parts import Whole
from keras_rnn_conformance.cases.models.sources import fed, filled, model_of, short
from keras_rnn_conformance.subject import models
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.scenarios.mask_propagation import Probe
from keras_rnn_conformance.subject.trees import flatten


@scenario("model")
def whole_model(case: Case, data: Data) -> Observation:
    """Call a model that returns what each of its layers does; then on a sample without padding."""
    whole, seen = model_of(case), Observation()
    open_ends = replace(whole, outputs=tuple(_tensors(whole)))
    model = models.model(open_ends, case, data)
    for name, variable in models.named_weights(whole, model):
        variable.assign(filled(whole, name, ops.convert_to_numpy(variable)))
    given = flatten(model(models.in_order(models.tensors_of(fed(whole, data)))))
    made = dict(zip(open_ends.outputs, given, strict=True))
    for name, value in made.items():
        record_array(seen, name, value)
    seen.facts["masked"] = _masks(seen, made)
    if whole.padding:
        given = flatten(model(models.in_order(models.tensors_of(short(whole, data)))))
        for name, value in zip(open_ends.outputs, given, strict=True):
            if name in whole.outputs:
                record_array(seen, f"short: {name}", value)
    return seen


def _tensors(whole: Whole) -> Iterator[str]:
    """Everything that a layer returns, by name; of states, those that the model uses."""
    used = {name for part in whole.parts for name in part.inputs} | {*whole.outputs}
    for part in whole.parts:
        yield part.name
        yield from (name for name in sorted(used) if name.startswith(f"{part.name}:"))


def _masks(seen: Observation, made: dict[str, Any]) -> list[str]:
    """Record the mask that each tensor carries; which do."""
    carrying = []
    for name, value in made.items():
        probe = Probe()
        probe(value)
        if probe.mask is not None:
            carrying.append(name)
            record_array(seen, f"mask of {name}", probe.mask)
            del seen.dtypes[f"mask of {name}"]
    return carrying
