"""Deeds about masks: of attention, together, and of layers that are called with one and another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.attending import (
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
from keras_rnn_conformance.subject.registry import printed


def attention_of(kind: str, dtype: str) -> Any:
    """An attention layer; one that scales its scores has a weight for it."""
    if kind == "MultiHeadAttention":
        return keras.layers.MultiHeadAttention(HEADS, SIZE, dtype=dtype)
    if kind == "GroupQueryAttention":
        return keras.layers.GroupQueryAttention(SIZE, 2 * HEADS, HEADS, dtype=dtype)
    return getattr(keras.layers, kind)(dtype=dtype)


@printed
class Marked(keras.layers.Layer):
    """Passes on what it gets, with a mask that it is given."""

    def __init__(self, mask: Any, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking, self.mask = True, mask

    def call(self, inputs: Any) -> Any:
        return inputs * 1.0

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.mask


@printed
def attending(layer: Any, given: Any, masks: Any, causal: bool, scores: bool = False) -> Any:
    """What attention gives, with its scores or without, of tensors that carry their masks."""
    carried = {
        name: Marked(masks[name], dtype=layer.compute_dtype)(tensor) if name in masks else tensor
        for name, tensor in given.items()
    }
    options = {"use_causal_mask": causal, "return_attention_scores": scores}
    if hasattr(layer, "score_mode") or "Additive" in type(layer).__name__:
        return layer([carried[name] for name in ("query", "value", "key")], **options)
    if "pairs" in masks:
        options["attention_mask"] = masks["pairs"]
    return layer(carried["query"], carried["value"], key=carried["key"], **options)


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
            attending(layer, given, {}, False)
            for k, weight in enumerate(layer.weights):
                weight.assign(data.numbers(f"{kind} {k}", tuple(weight.shape), 16))
        tensors = {
            name: ops.convert_to_tensor(mask)
            for name, mask in masks_given(data, lengths, masks).items()
        }
        together = layers[kind, dtype], given, tensors, "causal" in masks
        name = attended(kind, dtype, lengths, masks)
        if kind in HEADED:
            record_array(seen, f"output of {name}", attending(*together))
        output, scores = attending(*together, scores=True)
        record_array(seen, f"output with scores of {name}", output)
        record_array(seen, f"output of scores of {name}", scores)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = dict.fromkeys(
    ATTENTION_DTYPES, _picked_jointly
)
