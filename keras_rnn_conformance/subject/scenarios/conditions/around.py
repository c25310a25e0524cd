"""Deeds on what stands around a layer: of any size and sign, of its own policy and seed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.accounts import PAIRED, TAKEN, TAKEN_FROM, filed
from keras_rnn_conformance.cases.models.deeds.around import (
    BATCHES,
    CALLS,
    CLASSES,
    COUNTED,
    DRAWN,
    GIVEN,
    KEEPERS,
    KEPT_BY,
    LOSS_SHAPES,
    LOST,
    MANY_CLASSES,
    OUTER,
    OWN,
    REDUCED,
    ROUNDS,
    SEED,
    SEEDED,
    SIGNS,
    rearranging,
)
from keras_rnn_conformance.cases.models.deeds.numbers_around import (
    classes,
    counted,
    lost,
    rearranged,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.described import described, takes


def tensor(array: Any) -> Any:
    """Numbers as a tensor of float32."""
    return ops.convert_to_tensor(array.astype("float32"))


def _rearranged(seen: Observation, case: Case, data: Data) -> None:
    """What layers make of sequences whose numbers they only move, choose, add or count."""
    for name, (kind, options, shapes) in rearranging().items():
        layer = getattr(keras.layers, kind)(**options)
        for sign in SIGNS:
            given = [tensor(one) for one in rearranged(data, name, shapes, sign)]
            output = layer(given if len(given) > 1 else given[0])
            record_array(seen, f"output of {name}, {sign}", output)


def _lost(seen: Observation, case: Case, data: Data) -> None:
    """The values of losses."""
    for (name, (kind, options)), where in product(LOST.items(), LOSS_SHAPES):
        truths, told = map(tensor, lost(data, where))
        for reduction in REDUCED:
            loss = getattr(keras.losses, kind)(**options, reduction=reduction)
            record_array(seen, f"value of {name} {where}, {reduction}", loss(truths, told))


def _scored_long(seen: Observation, case: Case, data: Data) -> None:
    """What metrics say after each batch, from the start and after each reset."""
    batches = [tuple(map(tensor, counted(data, number))) for number in range(len(BATCHES))]
    for kind in COUNTED:
        metric = getattr(keras.metrics, kind)()
        for time in ROUNDS:
            for many, batch in enumerate(batches, 1):
                if kind == "Mean":
                    metric.update_state(ops.mean(batch[1], axis=-1))
                elif kind == "Sum":
                    metric.update_state(ops.sum(batch[1], axis=-1))
                else:
                    metric.update_state(*batch)
                record_array(seen, f"value of {kind} of {many} batches {time}", metric.result())
            metric.reset_state()


def _keeper(name: str, kind: str, dtype: str) -> Any:
    """A layer, and what is inside it, of one policy."""
    own, cheap = keras.layers, build.cheap_initializers()
    if name == "the layer":
        return getattr(own, kind)(2, dtype=dtype, **cheap)
    if name == "its cell":
        return own.RNN(getattr(own, f"{kind}Cell")(2, dtype=dtype, **cheap), dtype=dtype)
    if name == "Bidirectional":
        return own.Bidirectional(getattr(own, kind)(2, dtype=dtype, **cheap), dtype=dtype)
    if name == "TimeDistributed":
        return own.TimeDistributed(own.Dense(2, dtype=dtype), dtype=dtype)
    if name == "Embedding":
        return own.Embedding(5, 2, dtype=dtype)
    return own.Dense(2, dtype=dtype)


def _policies_kept(seen: Observation, case: Case, data: Data) -> None:
    """Whether layers, and what is inside them, have their policies under another global one."""
    before = keras.config.dtype_policy()
    for name, own in product(KEEPERS, OWN):
        layer = _keeper(name, case.layer, own)
        shape, dtype = ((4,), "int32") if name == "Embedding" else ((4, 3), "float32")
        model = keras.Sequential([keras.Input(shape, dtype=dtype), layer])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            for way in KEPT_BY:
                try:
                    keras.config.set_dtype_policy(OUTER)
                    again = again_by(way, model, layer, path)
                finally:
                    keras.config.set_dtype_policy(before)
                seen.facts[f"policies of {name} of {own}, {way}"] = policies(again)


@printed
def again_by(way: str, model: Any, layer: Any, path: Any) -> Any:
    """A layer that is made again."""
    if way == "from its configuration":
        return type(layer).from_config(layer.get_config())
    if way == "from JSON":
        return keras.saving.deserialize_keras_object(
            json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
        )
    if way == "cloned":
        return keras.models.clone_model(model).layers[0]
    return keras.saving.load_model(path).layers[0]


@printed
def policies(layer: Any) -> list[str]:
    """The policies of a layer and of what is inside it."""
    names = ("layer", "forward_layer", "backward_layer", "cell")
    inside = [getattr(layer, name) for name in names if hasattr(layer, name)]
    inside += getattr(layer, "cells", [])
    return sorted({layer.dtype_policy.name, *(name for one in inside for name in policies(one))})


def _drawn_again(seen: Observation, case: Case, data: Data) -> None:
    """What layers with a seed draw, call after call; and of which channels a batch of one is."""
    x = ops.ones(DRAWN)
    for kind, options in SEEDED.items():
        one, twin = (getattr(keras.layers, kind)(**options, seed=SEED) for _ in range(2))
        drawn, other = ([draw(layer, x) for _ in range(CALLS)] for layer in (one, twin))
        alike = len(drawn) - len({text for text, _ in drawn})
        seen.facts[f"number of calls alike of {kind}"] = alike
        same = sum(a == b for (a, _), (b, _) in zip(drawn, other, strict=True))
        seen.facts[f"number of calls as of a twin of {kind}"] = same
    channels = np.asarray([draw(one, x)[1] for _ in range(CALLS)])[:, 0]
    partly = (channels != channels[:, :1]).any(1)
    seen.facts["number of channels dropped in part"] = int(partly.sum())
    seen.facts["number of kinds of channels"] = len(np.unique(channels))


@printed
def draw(layer: Any, x: Any) -> tuple[str, Any]:
    """What a layer makes of something in training, as text and as numbers."""
    given = ops.convert_to_numpy(layer(x, training=True)).astype("float64")
    return str(given.tolist()), given


def masked(x: Any, mask: Any = None) -> Any:
    """A function of the user's own that takes a mask."""
    return x if mask is None else x * ops.cast(mask[..., None], x.dtype)


LAID_OUT = ("axis", "data_format")
"""Arguments whose other values not every backend computes with."""


def _described_after(seen: Observation, case: Case, data: Data) -> None:
    """Whether a call leaves configurations as they were."""
    own = ("Lambda", {"function": masked})
    for fact, (name, arguments) in {**filed(), "arguments of Lambda": own}.items():
        kind = getattr(keras.layers, name)
        taken = {key: value for key, value in arguments.items() if takes(kind, key)}
        for key in LAID_OUT:
            taken.pop(key, None)
        seen.facts[fact] = called_between(kind(**taken), name in PAIRED)


@printed
def called_between(layer: Any, pair: bool) -> str:
    """What a configuration is after calls of a layer that is built: in training, or with a mask."""
    shape = (2, *TAKEN_FROM.get(type(layer).__name__, TAKEN))
    dtype = "int32" if isinstance(layer, keras.layers.Embedding) else "float32"
    x = ops.ones(shape, dtype=dtype)
    heads = isinstance(layer, keras.layers.MultiHeadAttention)
    given = ((x, x) if heads else ([x, x],)) if pair else (x,)
    layer(*given)
    before = described(layer)
    if isinstance(layer, keras.layers.Lambda):
        layer(x, mask=ops.ones(shape[:2], dtype="bool"))
    else:
        layer(*given, training=True)
    after = described(layer)
    return "as they were" if after == before else f"{after} for {before}"


def _one_hot(seen: Observation, case: Case, data: Data) -> None:
    """Classes as vectors."""
    for name, given, (word, many) in product(CLASSES, GIVEN, MANY_CLASSES.items()):
        found = classes(data, name)
        written = found.tolist() if given == "lists" else found
        vectors = keras.utils.to_categorical(written, many)
        seen.arrays[f"output of {name} in {given}, {word}"] = np.asarray(vectors, np.float64)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "rearranged": _rearranged,
    "lost": _lost,
    "scored_long": _scored_long,
    "policies_kept": _policies_kept,
    "drawn_again": _drawn_again,
    "described_after": _described_after,
    "one_hot": _one_hot,
}
"""By deed, what is done."""
