"""The scenario `fit`: one step of plain gradient descent on one batch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.training import LEARNING_RATE, targets
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import record_array, record_kept, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.further_arguments import built
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.scenarios.paths import as_batch, fed, functional_model
from keras_rnn_conformance.subject.scenarios.penalties import regularizers
from keras_rnn_conformance.subject.trace import tracing


@scenario("fit")
def fit(case: Case, data: Data) -> Observation:
    """Compile, take one step, record the loss and the weights."""
    layer = _layer(case, data)
    model = _model(case, data, layer)
    if case["what"] == "thawed":
        model.predict_on_batch(fed(case, data))
        layer.trainable = True
        _compile(case, model)
    before = [to_float64(variable) for variable in model.weights]
    with tracing() as ran:
        loss = _step(case, data, model)
    seen = Observation(path=ran.path, facts={"ran": ran.facts()})
    seen.facts["moved"] = [
        not np.array_equal(old, to_float64(variable))
        for old, variable in zip(before, model.weights, strict=True)
    ]
    for variable in layer.weights:
        record_array(seen, variable.name, variable)
    record_kept(seen, case, layer)
    seen.arrays["loss"] = np.asarray(loss, dtype=np.float64)
    return seen


def _layer(case: Case, data: Data) -> keras.Layer:
    """The layer, with regularizers or frozen, for good or at first, where the variant says so."""
    if case["what"] == "penalized":
        return built(case, data, **regularizers("weights"))
    layer = build.make(case, data)
    layer.trainable = case["what"] not in ("frozen", "thawed")
    return layer


def _model(case: Case, data: Data, layer: keras.Layer) -> keras.Model:
    """The layer as a model; behind a frozen one a layer that does train."""
    model = functional_model(case, data, layer)
    if case["what"] == "frozen":
        units = case.number("u")
        behind = classes.Dense(
            units, kernel_initializer=keras.initializers.Identity(), name="behind"
        )
        model = keras.Model(model.inputs, behind(model.outputs[0]))
    _compile(case, model)
    return model


def _compile(case: Case, model: keras.Model) -> None:
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=LEARNING_RATE),
        loss="mean_absolute_error",
        jit_compile=case["via"] == "jit",
    )


def _step(case: Case, data: Data, model: keras.Model) -> float:
    given, far = fed(case, data), targets(case, data).astype("float32")
    if case["what"] in ("batch", "thawed"):
        return _number(model.train_on_batch(given, far))
    if case["what"] == "stream":
        batches = ((*as_batch(given), far) for _ in range(1))
        history = model.fit(batches, steps_per_epoch=1, verbose=0)
    else:
        history = model.fit(given, far, batch_size=data.batch, shuffle=False, verbose=0)
    return _number(history.history["loss"][0])


def _number(loss: Any) -> float:
    return float(np.asarray(keras.ops.convert_to_numpy(loss)))
