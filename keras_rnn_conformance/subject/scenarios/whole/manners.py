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
    COUNTING,
    NAMES,
    TOLD,
    UNFIT,
    VALUES,
    counted,
)
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.subject.calls import record_array, to_float64
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
        return type(error).__name__
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
    """What models compute out of files of every name, as text and as a path."""
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            for kind in (str, Path):
                path = kind(Path(folder) / f"{kind.__name__}_{name}")
                model.save(path)
                record_array(
                    seen, f"{name}, {kind.__name__}", keras.saving.load_model(path)(x_of(data))
                )


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "unfit": _unfit,
    "told": _told,
    "counted_in": _counted,
    "named_files": _named,
}
