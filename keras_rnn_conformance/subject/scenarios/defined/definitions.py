"""Deeds of the scenario `edge` on what has a definition, and on what numbers and words are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.definitions import (
    BEGUN,
    KEPT_AS,
    LOOKED,
    LOSSES,
    NUMBERED,
    OUT_OF_RANGE,
    PUT,
    RATE,
    RATED,
    READ_AS,
    REGIONS,
    SAID,
    SCORED,
    SLOPES,
    SPLITS,
    STEPPED,
    STEPS,
    TOGETHER,
    UNBUILT,
    WEIGHED,
    WEIGHTY,
    WINDOWS,
    WORDS,
    WORDY,
    WRITTEN,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.accounts.accounts import EAGERLY
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of


def _tensor(numbers: Any) -> Any:
    """Numbers as a tensor; classes stay integers."""
    given = np.asarray(numbers)
    return ops.convert_to_tensor(given.astype("int32" if given.dtype.kind == "i" else "float32"))


def _losses(seen: Observation, case: Case, data: Data) -> None:
    for name, (y, p, options) in {"losses_defined": LOSSES, "regions_defined": REGIONS}[
        str(case["what"])
    ].items():
        loss = getattr(keras.losses, name.split()[0])
        record_array(seen, name, loss(_tensor(y), _tensor(p), **options))


def _scores(seen: Observation, case: Case, data: Data) -> None:
    """What each metric says after two batches."""
    shares = WEIGHED.astype("float32")
    for name, (y, p, options) in SCORED.items():
        truths, hits = y.astype("float32"), p.astype("float32")
        metric = getattr(keras.metrics, name.split()[0])(**options)
        for part in (slice(TOGETHER), slice(TOGETHER, None)):
            metric.update_state(truths[part], hits[part], sample_weight=shares[part])
        record_array(seen, name, ops.reshape(metric.result(), (-1,)))


def _steps(seen: Observation, case: Case, data: Data) -> None:
    for name, options in STEPPED.items():
        weight = keras.Variable(BEGUN.astype("float32"))
        optimizer = getattr(keras.optimizers, name.split()[0])(learning_rate=RATE, **options)
        optimizer.build([weight])
        for slope in SLOPES:
            optimizer.apply([_tensor(slope)], [weight])
        record_array(seen, name, weight)


def _rates(seen: Observation, case: Case, data: Data) -> None:
    for name, options in RATED.items():
        made = getattr(keras.optimizers.schedules, name.split()[0])(**options)
        text = json.dumps(keras.optimizers.schedules.serialize(made))
        read = keras.optimizers.schedules.deserialize(json.loads(text))
        rates = [float(ops.convert_to_numpy(read(step))) for step in STEPS]
        seen.arrays[name] = np.asarray(rates)


def _numbers(seen: Observation, case: Case, data: Data) -> None:
    for name, (room, options) in NUMBERED.items():
        kind = getattr(getattr(keras, room), name)
        for key, value in options.items():
            for written in WRITTEN:
                number = getattr(np, written)(value)
                fact = f"{key} of {name} as {written}"
                seen.facts[fact] = taken(kind, {**options, key: number}, key)


@printed
def taken(kind: Any, given: dict[str, Any], key: str) -> Any:
    """The number that a class has in its configuration, in JSON, for one of NumPy's."""
    try:
        made = kind(**given)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    json.dumps(keras.saving.serialize_keras_object(made))
    return float(made.get_config().get(key, given[key]))


def _shapes(seen: Observation, case: Case, data: Data) -> None:
    for name, (options, given, _) in UNBUILT.items():
        foretold = getattr(keras.layers, name)(**options).compute_output_shape(given)
        seen.facts[name] = [None if size is None else int(size) for size in foretold]


def _texts(seen: Observation, case: Case, data: Data) -> None:
    for name, (options, _) in READ_AS.items():
        layer = keras.layers.TextVectorization(vocabulary=WORDS, **options)
        _keep(seen, name, layer, SAID)
    for name, (kind, options, looked, _) in LOOKED.items():
        _keep(seen, name, getattr(keras.layers, kind)(**options), looked)


def _keep(seen: Observation, name: str, layer: Any, given: list[Any]) -> None:
    """What a layer and one like it make of words."""
    twin = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    for way, one in zip(KEPT_AS, (layer, twin), strict=True):
        for put, words in zip(PUT, (given, np.array(given)), strict=True):
            seen.facts[f"{name} of {put}, {way}"] = ids(one, words)


@printed
def ids(layer: Any, given: Any) -> Any:
    """What a layer makes of words, in lists."""
    try:
        return np.asarray(keras.ops.convert_to_numpy(layer(given))).astype(int).tolist()
    except ValueError as error:
        return f"ValueError: {error}"


def _words_kept(seen: Observation, case: Case, data: Data) -> None:
    """The words of a lookup, and what the words of a text weigh, out of a file."""
    for name, words in WORDY.items():
        seen.facts[name] = words_of(words)
    layer = keras.layers.TextVectorization(output_mode="tf_idf")
    layer.set_vocabulary(WORDS[:2], idf_weights=[0.5, 0.25])
    text = [" ".join((WORDS[0], WORDS[0], WORDS[1]))]
    seen.facts[WEIGHTY] = weighed(layer, text)


@printed
def words_of(words: list[str]) -> Any:
    """The words of a lookup that comes out of a file; or why it does not come out."""
    layer = keras.layers.StringLookup()
    layer.set_vocabulary(words)
    try:
        found = building.reloaded(keras.Sequential([layer])).layers[0].get_vocabulary()
    except ValueError as error:
        return f"ValueError: {error}"
    return [str(word) for word in found[1:]]


@printed
def weighed(layer: Any, text: Any) -> Any:
    """What a layer out of a file makes of a text; or why it does not come out."""
    try:
        found = building.reloaded(keras.Sequential([layer])).layers[0](text)
    except ValueError as error:
        return f"ValueError: {error}"
    return np.asarray(keras.ops.convert_to_numpy(found)).astype(float).tolist()


def _misused_windows(seen: Observation, case: Case, data: Data) -> None:
    for name, asked in WINDOWS.items():
        seen.facts[name] = windows_of(asked)


@printed
def windows_of(asked: dict[str, int]) -> str:
    """Whether windows of ten timesteps are refused."""
    try:
        keras.utils.timeseries_dataset_from_array(np.arange(10), None, 3, **asked)
    except ValueError:
        return "refused"
    return "taken"


def _misused(seen: Observation, case: Case, data: Data) -> None:
    for name, (kind, options) in OUT_OF_RANGE.items():
        seen.facts[name] = loss_of(getattr(keras.losses, kind), options)


@printed
def loss_of(kind: Any, options: dict[str, Any]) -> str:
    """Whether a loss is refused, when it is made or called."""
    try:
        halves = np.full((2, 2), 0.5, "float32")
        kind(**options)(halves, halves)
    except ValueError:
        return "refused"
    return "taken"


def _misused_splits(seen: Observation, case: Case, data: Data) -> None:
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    model.compile("sgd", "mean_squared_error", **EAGERLY)
    x, y = data.x.astype("float32"), data.states(1)[0].astype("float32")
    for name, share in SPLITS.items():
        seen.facts[name] = split_of(model, x, y, share)


@printed
def split_of(model: keras.Model, x: Any, y: Any, share: float) -> str:
    """Whether fit refuses to set a share aside."""
    try:
        model.fit(x, y, validation_split=share, verbose=0)
    except ValueError:
        return "refused"
    return "taken"


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "losses_defined": _losses,
    "regions_defined": _losses,
    "scores_defined": _scores,
    "steps_defined": _steps,
    "rates_defined": _rates,
    "kinds_of_numbers": _numbers,
    "shapes_unbuilt": _shapes,
    "words_kept": _words_kept,
    "misused_windows": _misused_windows,
    "texts": _texts,
    "misused_losses": _misused,
    "misused_splits": _misused_splits,
}
