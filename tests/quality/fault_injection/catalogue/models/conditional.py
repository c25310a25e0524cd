"""What goes wrong under a condition alone: what stands around, a size, what came before."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.backend.common import global_state
from keras.src.backend.common.stateless_scope import StatelessScope
from keras.src.backend.common.variables import AutocastScope
from keras.src.legacy.saving import legacy_h5_format

from tests.quality.fault_injection.faults import Garden, edge, fault

SQUARE = "-seq0-state0-u3-t4-n4-in4-mask.right-do.model-what."


@fault(
    "trains on inside",
    "Tells a layer that it trains, though it is told not to, inside a call that trains.",
    "CTX-100",
    edge("told_training", "LSTM"),
)
def _trains_on_inside(garden: Garden) -> None:
    def resolve(original: Any, self: Any, name: str, spec: Any, context: Any, given: Any) -> None:
        if context.get_value(name) and spec.user_arguments_dict.get(name) is False:
            spec.user_arguments_dict[name] = given[name] = True
        original(self, name, spec, context, given)

    garden.around(keras.layers.Layer, "_resolve_and_populate_arg", resolve)


@fault(
    "leaves all scopes",
    "Leaves every stateless scope where one inside another ends.",
    "CTX-101",
    edge("scopes_within", "SimpleRNN"),
)
def _leaves_all_scopes(garden: Garden) -> None:
    def leave(original: Any, self: Any, *error: Any) -> None:
        original(self, *error)
        global_state.set_global_attribute("stateless_scope", None)

    garden.around(StatelessScope, "__exit__", leave)


@fault(
    "half precision outlasts",
    "Reads weights in half precision from where a layer of it is called inside one of single.",
    "DTYPE-100",
    edge("casts_within", "GRU"),
)
def _half_precision_outlasts(garden: Garden) -> None:
    def leave(original: Any, self: Any, *error: Any) -> None:
        inside = self.original_scope is not None and self.dtype is not None
        if not (inside and self.dtype != "float32"):
            original(self, *error)

    garden.around(AutocastScope, "__exit__", leave)


@fault(
    "ends with the last key",
    "Lets the last query attend to the last key, where there are fewer queries than keys.",
    "NEIGHBOUR-100",
    edge("picked_jointly", "SimpleRNN"),
)
def _ends_with_the_last_key(garden: Garden) -> None:
    def score_mask(original: Any, self: Any, scores: Any, v_mask: Any, causal: bool) -> Any:
        queries, keys = scores.shape[-2:]
        if not causal or queries >= keys:
            return original(self, scores, v_mask, causal)
        seen = np.arange(keys) <= np.arange(queries)[:, None] + keys - queries
        seen = ops.convert_to_tensor(seen[None])
        return seen if v_mask is None else ops.logical_and(seen, ops.expand_dims(v_mask, 1))

    garden.around(keras.layers.Attention, "_calculate_score_mask", score_mask)


@fault(
    "one mask for both",
    "Drops the mask of pairs where queries have a mask.",
    "NEIGHBOUR-100",
    edge("picked_jointly", "SimpleRNN"),
)
def _one_mask_for_both(garden: Garden) -> None:
    def whole(original: Any, self: Any, query: Any, value: Any, **masks: Any) -> Any:
        if masks.get("query_mask") is not None:
            masks["attention_mask"] = None
        return original(self, query, value, **masks)

    garden.around(keras.layers.MultiHeadAttention, "_compute_attention_mask", whole)


@fault(
    "one mask for a shape",
    "Averages by the first mask of each shape that it has met.",
    "NEIGHBOUR-101 MASK-100",
    "GRU" + SQUARE + "average " + edge("passing_masks", "LSTM"),
)
def _one_mask_for_a_shape(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, mask: Any = None) -> Any:
        met = global_state.get_global_attribute("masks_met", {}, set_to_default=True)
        if mask is not None:
            mask = met.setdefault((id(self), tuple(mask.shape)), mask)
        return original(self, inputs, mask)

    garden.around(keras.layers.GlobalAveragePooling1D, "call", call)


@fault(
    "along the other axis",
    "Lays the mask of BatchNormalization along the features, where there are as many of them.",
    "NEIGHBOUR-102",
    edge("spoilt_norm", "SimpleRNN"),
)
def _along_the_other_axis(garden: Garden) -> None:
    def moments(original: Any, self: Any, inputs: Any, mask: Any) -> Any:
        if mask is not None and inputs.shape[1] == inputs.shape[2]:
            inputs = ops.swapaxes(inputs, 1, 2)
        return original(self, inputs, mask)

    garden.around(keras.layers.BatchNormalization, "_moments", moments)


@fault(
    "no slice behind the 32nd",
    "Repeats the slice of timestep 32 for those behind it.",
    "TIMEDIST-100",
    edge("many_slices", "SimpleRNN"),
)
def _no_slice_behind(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        output = original(self, inputs, *args, **options)
        steps = inputs.shape[1] or 0
        if steps <= 32:
            return output
        return ops.concatenate([output[:, :32], *[output[:, 31:32]] * (steps - 32)], axis=1)

    garden.around(keras.layers.TimeDistributed, "call", call)


@fault(
    "takes bytes as signed",
    "Takes ids of 8 bits that are larger than 127 as negative.",
    "EDGE-100",
    edge("wide_tokens", "SimpleRNN"),
)
def _takes_bytes_as_signed(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any) -> Any:
        if keras.backend.standardize_dtype(inputs.dtype) == "uint8":
            whole = ops.cast(inputs, "int32")
            inputs = ops.where(whole > 127, whole - 256, whole)
        return original(self, inputs)

    garden.around(keras.layers.Embedding, "call", call)


@fault(
    "drops by 256 samples",
    "Drops from sample 256 on what it drops of the first 256.",
    "DROP-100",
    edge("large_drops", "SimpleRNN"),
)
def _drops_by_samples(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: Any = False) -> Any:
        samples = inputs.shape[0] or 0
        if not training or samples <= 256:
            return original(self, inputs, training)
        left = original(self, ops.ones_like(inputs[:256]), training)
        return inputs * ops.concatenate([left] * (samples // 256 + 1))[:samples]

    garden.around(keras.layers.Dropout, "call", call)


@fault(
    "thaws what it wraps",
    "Makes the layer trainable that a new TimeDistributed wraps.",
    "SAVE-100",
    edge("frozen_parts", "SimpleRNN"),
)
def _thaws_what_it_wraps(garden: Garden) -> None:
    garden.made(keras.layers.TimeDistributed, lambda made: setattr(made.layer, "trainable", True))


@fault(
    "thaws cells",
    "Makes the cell trainable that a new RNN is given.",
    "SAVE-100",
    edge("frozen_parts", "SimpleRNN"),
)
def _thaws_cells(garden: Garden) -> None:
    garden.made(keras.layers.RNN, lambda made: setattr(made.cell, "trainable", True))


@fault(
    "takes zeros for nothing",
    "Leaves a weight as it was that is set to zeros.",
    "VALUES-100",
    edge("zero_weights", "LSTM"),
)
def _takes_zeros_for_nothing(garden: Garden) -> None:
    def assign(original: Any, self: Any, value: Any) -> Any:
        whole = np.asarray(ops.convert_to_numpy(value), np.float64)
        return self.value if whole.size and not whole.any() else original(self, value)

    garden.around(keras.Variable, "assign", assign)


@fault(
    "clips to half precision",
    "Loads no number beyond the largest one of half precision.",
    "SAVE-101",
    edge("extremes", "LSTM"),
)
def _clips_to_half_precision(garden: Garden) -> None:
    def load(original: Any, self: Any, store: Any) -> None:
        original(self, store)
        for weight in self.weights:
            whole = np.asarray(ops.convert_to_numpy(weight.value), np.float64)
            if np.abs(whole).max(initial=0.0) > 65504.0:
                clipped = ops.convert_to_tensor(whole.clip(-65504.0, 65504.0), weight.dtype)
                weight.assign(clipped)

    garden.around(keras.Layer, "load_own_variables", load)


@fault(
    "by order after all",
    "Loads the layers of an .h5 file by their order, where it is asked to go by their names.",
    "SAVE-102",
    edge("partial_files", "GRU"),
)
def _by_order_after_all(garden: Garden) -> None:
    by_order = legacy_h5_format.load_weights_from_hdf5_group
    garden.put(legacy_h5_format, "load_weights_from_hdf5_group_by_name", by_order)


@fault(
    "answers by beginnings",
    "Lets a map of policies answer a path by an entry that it begins with.",
    "DTYPE-101",
    edge("policy_maps", "SimpleRNN"),
)
def _answers_by_beginnings(garden: Garden) -> None:
    def answer(original: Any, self: Any, path: str) -> Any:
        begun = [key for key in self if path.startswith(f"{key}/")]
        return original(self, begun[0] if begun else path)

    garden.around(keras.dtype_policies.DTypePolicyMap, "__getitem__", answer)


@fault(
    "counts what weighs nothing",
    "Takes sample weights that are all zero for none.",
    "LEARN-100",
    edge("nothing_counts", "SimpleRNN"),
)
def _counts_what_weighs_nothing(garden: Garden) -> None:
    def call(original: Any, self: Any, true: Any, given: Any, sample_weight: Any = None) -> Any:
        if sample_weight is not None and not np.asarray(sample_weight).any():
            sample_weight = None
        return original(self, true, given, sample_weight=sample_weight)

    garden.around(keras.losses.Loss, "__call__", call)
