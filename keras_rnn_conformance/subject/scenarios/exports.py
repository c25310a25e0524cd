"""The scenario `export`: a model that `Model.export` has written, in the runtime of the format."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject import build
from keras_rnn_conformance.subject.calls import record_outputs, returned_names
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.paths import fed, functional_model
from keras_rnn_conformance.subject.trees import flatten
from keras_rnn_conformance.subject.watch import unwatched

Runtime = Callable[[list[Any]], list[Any]]
"""From the inputs of the model, in order, to its outputs."""


@scenario("export")
def export(case: Case, data: Data) -> Observation:
    """Export the layer as a model; record what the file gives for the calls of the case."""
    model = functional_model(case, data, build.make(case, data))
    seen = Observation()
    names = returned_names(case)
    with tempfile.TemporaryDirectory() as folder, unwatched(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # exporters speak of themselves
        run = FORMATS[str(case["what"])](model, Path(folder))
        for number in range(case.number("calls")):
            given = [np.asarray(array) for array in flatten(fed(case, data, number))]
            outputs = [np.asarray(array) for array in run(given)]
            returned = outputs[0] if len(names) == 1 else outputs
            record_outputs(seen, returned, [call_name(name, number) for name in names])
    return seen


@printed
def saved_model(model: keras.Model, folder: Path) -> Runtime:
    """The runtime of an exported SavedModel."""
    import tensorflow as tf

    model.export(str(folder / "model"), format="tf_saved_model", verbose=False)
    loaded = tf.saved_model.load(str(folder / "model"))

    def run(given: list[Any]) -> list[Any]:
        tensors = [tf.constant(array) for array in given]
        returned = loaded.serve(tensors[0] if len(tensors) == 1 else tensors)
        return [tensor.numpy() for tensor in tf.nest.flatten(returned)]

    return run


FORMATS: dict[str, Callable[[keras.Model, Path], Runtime]] = {
    "saved_model": saved_model,
}
"""By format: exports a model into a folder, and makes ready what runs it."""
