"""Promises that could be broken under a condition alone: by what stands around, or by a size."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.models.deeds.conditions import FILLS, MAP_DEFAULTS
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer or two."""
    yield from model_edges.chosen(profile, model_edges.CONDITIONED)


deed_rule(
    "CTX-100",
    "What a layer is told about training in its call holds for it and for what is inside it; a "
    "layer that is told nothing goes by the call around it.",
    "told_training",
    "told_behind",
    "told_in_fit",
    "untold_in_fit",
    source="keras.layers.Layer.__call__: training, in order of priority; keras.Model.fit, evaluate "
    "and predict; guide: Making new layers and models via subclassing, training",
)

deed_rule(
    "CTX-101",
    "Stateless scopes and stateless_call may stand inside each other: none changes a variable, and "
    "each hands back what was changed inside it.",
    "scopes_within",
    source="keras.StatelessScope; keras.Layer.stateless_call: without any side effects",
)

deed_rule(
    "DTYPE-100",
    "A layer reads its weights in its own compute dtype, before and after it calls a layer of "
    "another dtype, and one that raises an error.",
    "casts_within",
    source="keras.dtype_policies.DTypePolicy; keras.Layer, dtype; guide: Mixed precision",
)

deed_rule(
    "NEIGHBOUR-100",
    "Where the masks of queries, keys, values, pairs and of causality together leave a query one "
    "key, attention gives its value, whatever the lengths and the dtype; elsewhere, no NaN.",
    "picked_jointly",
    "picked_in_half",
    source="keras.layers.Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention, "
    "call arguments: mask, attention_mask, use_causal_mask; guide: Understanding masking and "
    "padding",
)

deed_rule(
    "MASK-100",
    "A call uses the mask that it is given, however many masks of the same shape came and went "
    "before it.",
    "passing_masks",
    source="keras.layers.RNN, GlobalAveragePooling1D, call arguments: mask",
)

deed_rule(
    "NEIGHBOUR-102",
    "In training, BatchNormalization takes nothing under its mask into account, not even NaN, "
    "whatever the sizes are.",
    "spoilt_norm",
    source="keras.layers.BatchNormalization, call arguments: mask: masked elements are not taken "
    "into account for mean and variance computation",
)

deed_rule(
    "TIMEDIST-100",
    "TimeDistributed applies its layer to each timestep, in their order and however many there "
    "are, in training too and in half precision.",
    "many_slices",
    source="keras.layers.TimeDistributed: applies a layer to every temporal slice of an input",
)

deed_rule(
    "EDGE-100",
    "An Embedding finds the vector of every id of its table, of any integer dtype that holds it, "
    "in half precision and inside TimeDistributed too.",
    "wide_tokens",
    source="keras.layers.Embedding, input_dim; Input shape; mask_zero; "
    "keras.layers.TimeDistributed",
)

deed_rule(
    "DROP-100",
    "Dropout draws each sample, timestep, feature and unit by itself, however many there are.",
    "large_drops",
    source="keras.layers.Dropout, SpatialDropout1D, GaussianDropout, GaussianNoise; "
    "keras.layers.LSTM, dropout, recurrent_dropout",
)

deed_rule(
    "SAVE-100",
    "A copy or a file of a model keeps which of its parts are frozen: layers, cells, and what is "
    "inside wrappers and models.",
    "frozen_parts",
    source="keras.Layer, trainable; keras.Layer.get_config; keras.models.clone_model; "
    "keras.Model.save; guide: Transfer learning & fine-tuning",
)

deed_rule(
    "SAVE-101",
    "A file or a copy keeps weights that are zero, the largest and the smallest numbers of their "
    "dtype, or infinite.",
    *FILLS,
    source="keras.Model.save, save_weights, set_weights; keras.saving.load_model; "
    "keras.KerasSaveable.__reduce__",
)

deed_rule(
    "VALUES-100",
    "Weights that are zero are weights: a layer computes its equations with them, whatever their "
    "initializers and unit_forget_bias say.",
    "zero_weights",
    source="keras.Layer.set_weights; keras.layers.LSTM, unit_forget_bias: at initialization",
)

deed_rule(
    "SAVE-102",
    "load_weights loads the layers that fit, by their order or by their names, and with "
    "skip_mismatch leaves those alone that do not, wherever they stand.",
    "partial_files",
    source="keras.Model.load_weights, skip_mismatch; by_name of legacy .h5 files",
)

deed_rule(
    "DTYPE-101",
    "A map of policies answers a path by its entry, by the pattern that matches all of it, or by "
    "its default; so do its copies, and layers out of a file of a model.",
    *MAP_DEFAULTS,
    source="keras.dtype_policies.DTypePolicyMap",
)

deed_rule(
    "LEARN-100",
    "What a mask, sample weights or a share of the loss leave nothing of adds nothing to a loss or "
    "a metric, and moves no weight.",
    "nothing_counts",
    "nothing_trained",
    source="keras.losses.Loss, reduction, sample_weight; keras.metrics.Metric: sample_weight of 0 "
    "to mask values; keras.Model.compile, loss_weights; guide: Understanding masking and padding",
)
