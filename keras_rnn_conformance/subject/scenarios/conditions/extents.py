"""Deeds about many timesteps, tokens, samples and features, and about one mask after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import GATES
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.attending import (
    masks_passed,
    norm_weights,
    normed,
    sliced,
    sliced_weights,
)
from keras_rnn_conformance.cases.models.deeds.conditions import (
    COMPUTING,
    CROSSED,
    DROPPED,
    DROPPING,
    EPSILON,
    EXTENDED,
    LOOKING,
    MOMENTUM,
    NORMED,
    PASSING,
    ROWS,
    SLICED,
    SLICES,
    TOKENS,
    ids_of,
)
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.mask_propagation import mask_of
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of
from keras_rnn_conformance.subject.watch import unwatched


def _passing_masks(seen: Observation, case: Case, data: Data) -> None:
    """What layers give, one mask after the other, none of which anybody keeps."""
    cell = getattr(keras.layers, f"{case.layer}Cell")(data.units, **build.cheap_initializers())
    whole = keras.layers.RNN(cell)
    whole.build(data.x.shape)
    build.set_weights(whole, data.weights())
    layers = {
        "the layer": layer_of(case, data),
        "RNN of its cell": whole,
        "GlobalAveragePooling1D": keras.layers.GlobalAveragePooling1D(),
    }
    for name in PASSING:
        with unwatched():  # what is looked at would be kept
            given = one_by_one(layers[name], x_of(data), masks_passed(data, name))
        for k, output in enumerate(given):
            seen.arrays[f"output of {name} with mask {k}"] = np.asarray(output, np.float64)


@printed
def one_by_one(layer: Any, x: Any, masks: Any) -> list[Any]:
    """What a layer gives of the same numbers with each mask; its memory goes to the next one."""
    found = []
    for k in range(len(masks)):
        mask = ops.convert_to_tensor(masks[k].copy())
        found.append(ops.convert_to_numpy(layer(ops.copy(x), mask=mask)).tolist())
        del mask
    return found


def _many_slices(seen: Observation, case: Case, data: Data) -> None:
    """What TimeDistributed gives of many timesteps, and what moves in training."""
    weights = sliced_weights(data)
    for name in SLICED:
        kind = name.split()[0]
        for policy in COMPUTING:
            for count in SLICES:
                inner = slice_layer(kind, policy, data.features, MOMENTUM, EPSILON)
                each = keras.layers.TimeDistributed(inner, dtype=policy)
                x = ops.convert_to_tensor(sliced(data, count), dtype="float32")
                each.build(tuple(x.shape))
                inner.set_weights([weights[one.name].astype("float32") for one in inner.weights])
                where = f"{name} of {count} timesteps in {policy}"
                if "training" not in name:
                    record_array(seen, f"output of {where}", each(x))
                    continue
                with unwatched():  # whose weights move
                    record_array(seen, f"output of {where}", each(x, training=True))
                moved = f"value of the mean of {count} timesteps in {policy}"
                record_array(seen, moved, inner.moving_mean.value)


@printed
def slice_layer(kind: str, policy: str, features: int, momentum: float, epsilon: float) -> Any:
    """A layer that is applied to each timestep."""
    if kind == "Dense":
        return keras.layers.Dense(3, dtype=policy)
    if kind == "BatchNormalization":
        return keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon, dtype=policy)
    entry = keras.Input((features,))
    return keras.Model(entry, keras.layers.Dense(3, dtype=policy)(entry))


def _spoilt_norm(seen: Observation, case: Case, data: Data) -> None:
    """What a normalization makes in training of numbers with NaN where nothing counts."""
    for name, shape in NORMED.items():
        x, kept = normed(data, name, shape)
        spoilt = np.where(kept[..., None], x, np.nan).astype("float32")
        layer = slice_layer("BatchNormalization", "float32", shape[-1], MOMENTUM, EPSILON)
        layer.build(shape)
        weights = norm_weights(data, name, shape[-1])
        layer.set_weights([weights[one.name].astype("float32") for one in layer.weights])
        with unwatched():  # whose weights move
            given = layer(
                ops.convert_to_tensor(spoilt), mask=ops.convert_to_tensor(kept), training=True
            )
        counting = np.where(kept[..., None], to_float64(given), 0.0)
        seen.arrays[f"output {name}"] = counting
        record_array(seen, f"value of the mean {name}", layer.moving_mean.value)
        record_array(seen, f"value of the variance {name}", layer.moving_variance.value)


def _wide_tokens(seen: Observation, case: Case, data: Data) -> None:
    """The vectors and the masks of ids of every integer dtype."""
    for policy in COMPUTING:
        embedding = keras.layers.Embedding(ROWS, 2, mask_zero=True, dtype=policy)
        embedding.build((None, None))
        embedding.embeddings.assign(spelt(ROWS))
        each = keras.layers.TimeDistributed(embedding, dtype=policy)
        for dtype in TOKENS:
            entry = keras.Input((None,), dtype=dtype)
            looks = (embedding, each, keras.Model(entry, embedding(entry)))
            ids = np.asarray([ids_of(dtype)], dtype)
            for way, look in zip(LOOKING, looks, strict=True):
                given = ids[..., None] if way == "in TimeDistributed" else ids
                vectors = look(ops.convert_to_tensor(given))
                where = f"{dtype} in {policy}, {way}"
                record_array(seen, f"output for {where}", vectors)
                if way == "alone":
                    record_array(seen, f"mask for {where}", mask_of(vectors))


@printed
def spelt(rows: int) -> Any:
    """Vectors of two numbers that spell their places."""
    places = np.arange(rows)
    return np.stack([places // 256, places % 256], axis=1).astype("float32")


def _large_drops(seen: Observation, case: Case, data: Data) -> None:
    """How many samples, timesteps or features are dropped as others are."""
    for kind in DROPPING:
        layer = getattr(keras.layers, kind)(0.5)
        for axis, (name, shape) in enumerate(EXTENDED.items()):
            if kind == "SpatialDropout1D" and name == "timesteps":
                continue
            drawn = layer(ops.ones(shape), training=True)
            seen.facts[f"number of {name} alike of {kind}"] = alike(drawn, axis)
    for what in DROPPED:
        for axis, (name, sizes) in enumerate(CROSSED.items()):
            drawn = _what_is_dropped(case, what, sizes)
            seen.facts[f"number of {name} alike of the {what}"] = alike(drawn, axis)


@printed
def alike(drawn: Any, axis: int) -> int:
    """How many rows along an axis are those of others."""
    rows = np.moveaxis(ops.convert_to_numpy(drawn), axis, 0)
    rows = rows.reshape(len(rows), -1)
    return len(rows) - len(np.unique(rows, axis=0))


def _what_is_dropped(case: Case, what: str, shape: tuple[int, int]) -> Any:
    """What a recurrent layer gives that copies its input, or its hidden state, as it is left."""
    samples, units = shape
    gated: dict[str, Any] = {} if case.layer == "SimpleRNN" else {"recurrent_activation": None}
    rate = "dropout" if what == "input" else "recurrent_dropout"
    options = {**gated, "activation": None, rate: 0.5, **build.cheap_initializers()}
    layer = getattr(keras.layers, case.layer)(units, **options)
    features = units if what == "input" else 1
    layer.build((samples, 1, features))
    kernel, recurrent, bias = (0.0 * weight for weight in layer.get_weights())
    gates, place = GATES[case.layer], {"SimpleRNN": 0, "LSTM": 2, "GRU": 2}[case.layer]
    copied = kernel if what == "input" else recurrent
    copied.reshape(-1, gates, units)[:, place] = np.eye(units)
    open_gates = {"SimpleRNN": (), "LSTM": (0, 3), "GRU": (1,)}[case.layer]
    for gate in open_gates:
        bias.reshape(-1, gates, units)[0, gate] = 1.0
    layer.set_weights([kernel, recurrent, bias])
    x = ops.ones((samples, 1, features)) if what == "input" else ops.zeros((samples, 1, 1))
    start = [ops.ones((samples, units)), ops.zeros((samples, units))]
    states = start if case.layer == "LSTM" else start[:1]
    return layer(x, initial_state=states, training=True)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "passing_masks": _passing_masks,
    "spoilt_norm": _spoilt_norm,
    "many_slices": _many_slices,
    "wide_tokens": _wide_tokens,
    "large_drops": _large_drops,
}
