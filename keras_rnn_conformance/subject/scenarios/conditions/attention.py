"""Deeds about masks: of attention, together, and of layers that are called with one and another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.attending import (
    ATTENTION_DTYPES,
    HEADED,
    HEADS,
    SIZE,
    attended,
    attentions,
    masks_given,
    vectors,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed


def attention_of(kind: str, dtype: str) -> Any:
    """An attention layer; one that scales its scores has a weight for it."""
    if kind == "MultiHeadAttention":
        return keras.layers.MultiHeadAttention(HEADS, SIZE, dtype=dtype)
    if kind == "GroupQueryAttention":
        return keras.layers.GroupQueryAttention(SIZE, 2 * HEADS, HEADS, dtype=dtype)
    return getattr(keras.layers, kind)(dtype=dtype)


@printed
def attending(layer: Any, given: Any, pairs: Any, causal: bool, scores: bool = False) -> Any:
    """What attention gives, with its scores or without, of tensors that carry their masks."""
    options = {"use_causal_mask": causal, "return_attention_scores": scores}
    if type(layer).__name__ in ("Attention", "AdditiveAttention"):
        return layer([given[name] for name in ("query", "value", "key")], **options)
    if pairs is not None:
        options["attention_mask"] = pairs
    return layer(given["query"], given["value"], key=given["key"], **options)


def _picked_jointly(seen: Observation, case: Case, data: Data) -> None:
    """What attention gives where masks leave one key to a query, and its scores; and elsewhere."""
    layers = dict[tuple[str, str], Any]()
    for kind, dtype, lengths, masks in attentions(str(case["what"])):
        given = {
            name: ops.convert_to_tensor(array, dtype=dtype)
            for name, array in vectors(data, lengths).items()
        }
        if (kind, dtype) not in layers:
            layers[kind, dtype] = layer = attention_of(kind, dtype)
            shapes = [tuple(given[part].shape) for part in ("query", "value", "key")]
            layer.build(*shapes) if kind in HEADED else layer.build(shapes)
            for k, weight in enumerate(layer.weights):
                weight.assign(data.numbers(f"{kind} {k}", tuple(weight.shape), 16))
        arrays = masks_given(data, lengths, masks)
        pairs = ops.convert_to_tensor(arrays.pop("pairs")) if "pairs" in arrays else None
        carried = given | {name: build.Front(mask)(given[name]) for name, mask in arrays.items()}
        together = layers[kind, dtype], carried, pairs, "causal" in masks
        name = attended(kind, dtype, lengths, masks)
        output, scores = attending(*together, scores=True)
        record_array(seen, f"output of {name}, with scores", output)
        record_array(seen, f"output of {name}, the scores", scores)
        if kind in HEADED:
            carried = given | {n: build.Front(mask)(given[n]) for n, mask in arrays.items()}
            output = attending(layers[kind, dtype], carried, pairs, "causal" in masks)
            record_array(seen, f"output of {name}", output)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = dict.fromkeys(
    ATTENTION_DTYPES, _picked_jointly
)
