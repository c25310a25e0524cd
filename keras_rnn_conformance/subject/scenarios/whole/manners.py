"""Deeds of the scenario `edge` on manners: what merges refuse, models tell and metrics count in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.models.manners import (
    ASSESSED,
    COUNTING,
    MISLOADED,
    NAMES,
    REDUCTIONS,
    REFUSED,
    SAID,
    SCALE,
    TOLD,
    UNFIT,
    VALUES,
    counted,
)
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.cases.streams import GRID
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.errors import caught_as
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of


def _unfit(seen: Observation, case: Case, data: Data) -> None:
    """The error of each merge of what does not fit."""
    for name, (kinds, options, shapes) in UNFIT.items():
        given = [ops.ones(shape) for shape in shapes]
        for kind in kinds:
            layer = getattr(keras.layers, kind)(**options)
            seen.facts[f"{kind} of {name}"] = refused(layer, given[0] if len(given) == 1 else given)


@printed
def refused(layer: Any, given: Any) -> str:
    """The class of the error of a call."""
    try:
        layer(given)
    except Exception as error:
        return caught_as(error)
    return "none"


def _told(seen: Observation, case: Case, data: Data) -> None:
    """What models say of the shapes that they take and give, and of their weights."""
    for name in TOLD:
        model = building.model(model_of(case, name), case, data, static=True)
        seen.facts[f"{name}: inputs"] = sizes(model.input_shape)
        seen.facts[f"{name}: outputs"] = sizes(model.output_shape)
        foretold = model.compute_output_shape(model.input_shape)
        seen.facts[f"{name}: outputs foretold"] = sizes(foretold)
        seen.facts[f"{name}: names"] = [tensor.name for tensor in model.inputs]
        seen.facts[f"{name}: parameters"] = model.count_params()


@printed
def sizes(shapes: Any) -> list[list[Any]]:
    """A shape, or those of a list, without the batch."""
    many = shapes if isinstance(shapes[0], (list, tuple)) else [shapes]
    return [list(shape[1:]) for shape in many]


def _counted(seen: Observation, case: Case, data: Data) -> None:
    """What metrics give for values of other dtypes, in two goes, and again after a reset."""
    dtype = COMPUTE[str(case["dtype"])]
    values, weights = counted(dtype)
    for kind in COUNTING:
        for of in VALUES[dtype]:
            metric = getattr(keras.metrics, kind)(dtype=dtype)
            tensor = ops.convert_to_tensor(values.astype(of))
            for way, more in (("plain", {}), ("weighed", {"sample_weight": weights})):
                metric.reset_state()
                for part in (slice(0, 3), slice(3, None)):
                    some = {key: array[part] for key, array in more.items()}
                    metric.update_state(*updated(kind, tensor[part]), **some)
                seen.arrays[f"{kind} of {of}, {way}"] = np.atleast_1d(to_float64(metric.result()))


@printed
def updated(kind: str, values: Any) -> tuple[Any, ...]:
    """What a metric is updated with: the values, or the values and zeros."""
    return (values,) if kind in ("Mean", "Sum") else (ops.zeros_like(values), values)


def _named(seen: Observation, case: Case, data: Data) -> None:
    """What models compute out of files of every name; one layer of theirs has a number alone."""
    entry, scaled = keras.Input(data.x.shape[1:]), keras.layers.Attention(score_mode="concat")
    model = keras.Model(entry, [layer_of(case, data)(entry), scaled([entry, entry])])
    scaled.concat_score_weight.assign(SCALE)
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            for kind in (str, Path):
                path = kind(Path(folder) / f"{kind.__name__}_{name}")
                model.save(path)
                again = keras.saving.load_model(path)
                output, _ = again(x_of(data))
                record_array(seen, f"{name}, {kind.__name__}", output)
            seen.facts[f"scale in {name}"] = float(again.layers[-1].get_weights()[0])


def _dotted(seen: Observation, case: Case, data: Data) -> None:
    """Whether a model with attention computes the same out of its file."""
    entry = keras.Input(data.x.shape[1:])
    model = keras.Model(entry, layer_of(case, data)(keras.layers.Attention()([entry, entry])))
    again = building.reloaded(model, "h5")
    first, second = (to_float64(made(x_of(data))) for made in (model, again))
    seen.facts["the same out of its file"] = bool(np.array_equal(first, second))


def _assessed(seen: Observation, case: Case, data: Data) -> None:
    """What a compiled model reports out of its file, however loss and metrics were said."""
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    x, y = data.x.astype("float32"), data.states(1)[0].astype("float32")
    own = np.abs(data.numbers("weights sample", (data.batch,), 2 * GRID)).astype("float32")
    for way in SAID:
        loss, plain, weighed = said(way == "by name")
        model.compile(loss=loss, metrics=[plain], weighted_metrics=[weighed], jit_compile=False)
        for ending in ("keras", "h5"):
            again = building.reloaded(model, ending)
            logs = again.evaluate(x, y, sample_weight=own, verbose=0, return_dict=True)
            for name, value in logs.items():
                seen.arrays[f"{name}, {way}, {ending}"] = np.atleast_1d(value).astype(np.float64)


@printed
def said(by_name: bool) -> tuple[Any, Any, Any]:
    """A loss, a metric and one that counts by sample weights, as names or as objects."""
    if by_name:
        return "mean_squared_error", "mean_absolute_error", "mean_squared_error"
    return (
        keras.losses.MeanSquaredError(),
        keras.metrics.MeanAbsoluteError(),
        keras.metrics.MeanSquaredError(),
    )


def _reduced(seen: Observation, case: Case, data: Data) -> None:
    """What losses make of sequences, called by themselves."""
    assert data.mask is not None
    y, weights = (
        data.x_of(1).astype("float32"),
        data.numbers("weights timestep", data.lead, 2 * GRID),
    )
    own = np.abs(weights).astype("float32")
    masked = build.Front(data.mask)
    for reduction in REDUCTIONS:
        loss = keras.losses.MeanSquaredError(reduction=reduction)
        for way, given, more in (
            ("plain", x_of(data), None),
            ("weighed", x_of(data), own),
            ("masked", masked(x_of(data)), None),
            ("both", masked(x_of(data)), own.copy()),
        ):
            value = loss(y, given, sample_weight=more)
            seen.arrays[f"{reduction}, {way}"] = np.atleast_1d(to_float64(value))


def _misshapen(seen: Observation, case: Case, data: Data) -> None:
    """The errors of values and files of other shapes than a weight has."""
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    for k, weight in enumerate(model.weights):
        one = np.ones(weight.shape, "float32")
        seen.facts[f"a number of weight {k}"] = refused(weight.assign, one.sum())
        seen.facts[f"one row of weight {k}"] = refused(weight.assign, one[:1])
        more = [np.concatenate([w, w]) if j == k else w for j, w in enumerate(model.get_weights())]
        seen.facts[f"two of weight {k}"] = refused(model.set_weights, more)
    kind = getattr(keras.layers, case.layer)
    other = keras.Sequential([keras.Input(data.x.shape[1:]), kind(data.units + 1)])
    with tempfile.TemporaryDirectory() as folder:
        for name in MISLOADED:
            path = Path(folder) / name
            model.save_weights(path) if "weights" in name else model.save(path)
            seen.facts[name] = refused(other.load_weights, path)


class Doubling(keras.layers.Layer):
    """Multiplies by a factor that its configuration keeps."""

    def __init__(self, factor: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return self.factor * inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def _registered(seen: Observation, case: Case, data: Data) -> None:
    """What models with a layer of the user's own compute out of files, however it is known."""
    mine = type("Mine", (Doubling,), {})

    def halve(inputs: Any) -> Any:
        return 0.5 * inputs

    entry = keras.Input(data.x.shape[1:])
    model = keras.Model(entry, layer_of(case, data)(mine(2.0)(entry)))
    known = keras.saving.get_custom_objects()
    before = dict(known)
    with tempfile.TemporaryDirectory() as folder:
        paths = {ending: Path(folder) / f"model.{ending}" for ending in ("keras", "h5")}
        for path in paths.values():
            model.save(path)
        for ending, path in paths.items():
            load = keras.saving.load_model
            seen.facts[REFUSED[1] if ending == "keras" else REFUSED[2]] = (
                refused(load, path) != "none"
            )
            record_array(seen, f"handed over, {ending}", load(path, {"Mine": mine})(x_of(data)))
            scoped = loaded_in_scope(path, {"Mine": mine})
            record_array(seen, f"in a scope, {ending}", scoped(x_of(data)))
        try:
            register = keras.saving.register_keras_serializable("manners")
            seen.facts[REFUSED[0]] = refused(register, type("Bare", (), {})) == "ValueError"
            register(mine)
            register(halve)
            half = keras.Model(entry, layer_of(case, data)(keras.layers.Activation(halve)(entry)))
            for ending in paths:
                again = building.reloaded(half, ending)
                record_array(seen, f"registered function, {ending}", again(x_of(data)))
            for ending, path in paths.items():
                model.save(path)
                record_array(seen, f"registered, {ending}", load(path)(x_of(data)))
        finally:
            known.clear()
            known.update(before)


@printed
def loaded_in_scope(path: Path, known: dict[str, Any]) -> keras.Model:
    """A model out of a file, in a scope in which the user's own classes are known."""
    with keras.saving.custom_object_scope(known):
        return keras.saving.load_model(path)


class Samples(keras.metrics.Metric):
    """Counts samples in a variable that a dictionary holds."""

    def __init__(self, name: str = "samples") -> None:
        super().__init__(name=name)
        self.kept = {"seen": self.add_variable(shape=(), initializer="zeros", name="seen")}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        count = ops.cast(ops.shape(y_pred)[0], "float32")
        self.kept["seen"].assign(self.kept["seen"] + count)

    def result(self) -> Any:
        return ops.convert_to_tensor(self.kept["seen"])


def _own_metric(seen: Observation, case: Case, data: Data) -> None:
    """What a metric of the user's own counts in evaluate, time and again."""
    metric = Samples()
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    model.compile(loss="mse", metrics=[metric], jit_compile=False)
    x, y = data.x.astype("float32"), np.zeros((data.batch, data.units), "float32")
    for k in range(ASSESSED):
        logs = model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True)
        seen.facts[f"samples, time {k}"] = int(logs["samples"])
    seen.facts["variables"] = len(metric.variables)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "unfit": _unfit,
    "told": _told,
    "counted_in": _counted,
    "named_files": _named,
    "assessed_files": _assessed,
    "dotted_h5": _dotted,
    "reduced": _reduced,
    "misshapen": _misshapen,
    "registered": _registered,
    "own_metric": _own_metric,
}
