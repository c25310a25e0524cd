"""What models in files of older releases must compute: what they meant when they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.archive import (
    File,
    as_written,
    file_of,
    outputs_of,
    written,
)
from keras_rnn_conformance.cases.models.sources import fed
from keras_rnn_conformance.expected.registry import Expected, expectation
from keras_rnn_conformance.expected.scenarios.whole.models import oracle_of, weights_of
from reference_impl import GENERATIONS
from reference_impl.bounded import Bounded
from reference_impl.models.model import Given, Model, evaluate

RECURRENT = ("SimpleRNN", "LSTM", "GRU")
LAYOUT = ("time_major",)
"""Options that say how the input is laid out, and not what is computed of it."""


def model_in(file: File) -> Model:
    """The model of a file, whose defaults are those of its release."""
    model = oracle_of(file.model)
    nodes = [
        replace(node, options=_dated(node.kind, node.options, file.generation))
        for node in model.nodes
    ]
    return replace(model, nodes=tuple(nodes))


def _dated(kind: str, options: Mapping[str, Any], generation: str) -> dict[str, Any]:
    own = {key: value for key, value in options.items() if key not in LAYOUT}
    if "layer" in own:
        own["layer"] = (own["layer"][0], _dated(own["layer"][0], own["layer"][1], generation))
    if "cells" in own:
        own["cells"] = [(inner, _dated(inner, o, generation)) for inner, o in own["cells"]]
    if kind not in RECURRENT:
        return own
    if kind == "GRU":
        own.setdefault("reset_after", GENERATIONS[generation].reset_after)
    return {**own, "generation": generation}


def numbers_in(file: File, data: Data) -> dict[str, Array]:
    """The weights of a file by name, in the layout of a model that computes."""
    return weights_of(model_in(file), fed(file.model, data), written(data))


@expectation("file")
def loaded(case: Case, data: Data) -> Expected:
    """The outputs, and what the release computed, with the bounds of that."""
    file = file_of(case)
    outputs = _outputs(file, data)
    own = _outputs(file, written(data)) if data.seed else outputs
    recorded = {
        as_written(data) + name: (np.asarray(numbers), 2.0 * own[name].bound)
        for name, numbers in (outputs_of(file) or {}).items()
    }
    return Expected(outputs, list(outputs), {"recorded": recorded})


def _outputs(file: File, data: Data) -> dict[str, Bounded]:
    model = model_in(file)
    given = Given(fed(file.model, data), numbers_in(file, data))
    values = evaluate(model, given, "float32").values
    return {name: values[name] for name in model.outputs}
