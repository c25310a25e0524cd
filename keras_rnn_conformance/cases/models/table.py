"""The models that cases are made of: one row, one model.

Most have a neighbour between two recurrent layers behind an Embedding that masks: whether the mask
gets through to the last layer, and what the neighbour makes of masked timesteps, shows in the end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras_rnn_conformance.cases.models.parts import (
    AS_ARRAY,
    COUNTED,
    DENSE,
    ENCODER,
    HALF,
    RECURRENT,
    F,
    Part,
    U,
    W,
    Whole,
    embedding,
    part,
    recurrent,
    sequence,
    whole,
)
from keras_rnn_conformance.cases.models.trained import TRAINED


def _between(kind: str, padding: bool = True, **options: Any) -> Whole:
    """A neighbour between two recurrent layers, the first one behind an Embedding."""
    neighbour = part("neighbour", kind, **options)
    return whole(embedding(), sequence("first"), neighbour, recurrent("last"), padding=padding)


def _before(kind: str, padding: bool = True, **options: Any) -> Whole:
    """A neighbour between an Embedding and a recurrent layer."""
    neighbour = part("neighbour", kind, **options)
    return whole(embedding(), neighbour, recurrent("last"), padding=padding)


def _behind(kind: str, padding: bool = True, **options: Any) -> Whole:
    """A neighbour that ends a model."""
    return whole(
        embedding(), sequence("first"), part("neighbour", kind, **options), padding=padding
    )


_PLACES = ("first", "second", "third")


def _merged(kind: str, *ways: str, padding: bool = True, **options: Any) -> Whole:
    """Sequences, each masked or not, that are merged, and a recurrent layer behind them."""
    masks = {"masked": "tokens", "same": "tokens", "other": "others"}
    sequences = tuple(
        embedding(name, masks[way]) if way in masks else part(name, "Dense", "plain", units=W)
        for name, way in zip(_PLACES, ways, strict=False)
    )
    merge = part("neighbour", kind, *_PLACES[: len(ways)], **options)
    return whole(*sequences, merge, recurrent("last"), padding=padding)


def _attention(kind: str, query: str, value: str, **options: Any) -> Whole:
    """A sequence that attends to another one; masks of either, both or none."""
    return _merged(kind, query, value, **options)


_SCORES = {"return_attention_scores": True}
_CAUSAL = {"use_causal_mask": True}
_HEADS = {"num_heads": 2, "key_dim": 2}
_GROUPS = {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 2}

_INNER = whole(
    part("dense", "Dense", "x", units=U, activation="tanh"),
    part("scale", "LayerNormalization"),
    x=(W,),
)
_TWO = whole(
    sequence("left", "a"),
    part("right", "Dense", "b", units=W),
    part("sum", "Multiply", "left", "right"),
    a=(None, W),
    b=(None, W),
)
_FED = replace(_TWO, shapes={"a": (None, F), "b": (None, F)})

NEIGHBOURS: dict[str, Whole] = {
    # where a mask comes from
    "embedded": whole(embedding(), recurrent("last")),
    "unmasked": whole(embedding(mask_zero=False), recurrent("last"), padding=False),
    "by_masking": whole(part("masking", "Masking", "x"), sequence("first"), recurrent("last")),
    "by_last_feature": whole(part("masking", "Masking", "late"), recurrent("last")),
    "by_vector": whole(part("masking", "Masking", "marks", mask_value=COUNTED), recurrent("last")),
    "by_array": whole(
        part(
            "chain",
            "Sequential",
            "counts",
            layers=[("m", "Masking", {"mask_value": AS_ARRAY}), ("r", RECURRENT, {"units": W})],
        ),
    ),
    "by_fraction": whole(
        part(
            "chain",
            "Sequential",
            "halves",
            layers=[("m", "Masking", {"mask_value": HALF}), ("r", RECURRENT, {"units": W})],
        ),
    ),
    # layers that keep it
    "dense": _between("Dense", units=U, activation="relu"),
    "dropout": _between("Dropout", rate=0.5),
    "spatial": _before("SpatialDropout1D", rate=0.5),
    "gaussian": _before("GaussianDropout", rate=0.5),
    "activation": _before("Activation", activation="sigmoid"),
    "relu": _before("ReLU", negative_slope=0.25),
    "leaky": _before("LeakyReLU"),
    "prelu": _before("PReLU", padding=False),
    "elu": _before("ELU"),
    "softmaxed": _before("Softmax"),
    "identity": _before("Identity"),
    "penalty": _before("ActivityRegularization", l2=0.25),
    "layernorm": _between("LayerNormalization"),
    "norm_over_time": _before("LayerNormalization", padding=False, axis=(-2, -1)),
    "batchnorm": _between("BatchNormalization"),
    "layernorm_unscaled": _between("LayerNormalization", scale=False, epsilon=0.25),
    "layernorm_uncentered": _between("LayerNormalization", center=False),
    "batchnorm_unscaled": _between("BatchNormalization", scale=False, epsilon=0.25),
    "batchnorm_uncentered": _between("BatchNormalization", center=False),
    "layernorm_steps": _between("LayerNormalization", padding=False, axis=1),
    "batchnorm_steps": _between("BatchNormalization", padding=False, axis=1),
    "kept_lambda": _between("Lambda", function="double", mask="keep"),
    "turned_lambda": _before("Lambda", function="reverse", mask="reverse"),
    "turned_mask": _before("Lambda", function="same", mask="reverse", padding=False),
    "cells": _between(
        "RNN", cells=[(RECURRENT, {"units": U}), ("GRU", {"units": W})], return_sequences=True
    ),
    "both_ways": _between(
        "Bidirectional", layer=(RECURRENT, {"units": U, "return_sequences": True})
    ),
    "both_summed": _before(
        "Bidirectional", merge_mode="sum", layer=(RECURRENT, {"units": U, "return_sequences": True})
    ),
    "each_dense": _between("TimeDistributed", layer=DENSE),
    "each_norm": _before("TimeDistributed", layer=("BatchNormalization", {})),
    "each_sequential": _before(
        "TimeDistributed",
        layer=("Sequential", {"layers": [("d", *DENSE), ("e", "Dense", {"units": W})]}),
    ),
    "each_model": _before("TimeDistributed", layer=("Functional", {"model": _INNER})),
    "each_sequence": whole(
        part("masking", "Masking", "parts"),
        part("neighbour", "TimeDistributed", layer=(RECURRENT, {"units": W})),
        padding=False,
    ),
    "each_norm_of_parts": whole(
        part("masking", "Masking", "parts"),
        part("neighbour", "TimeDistributed", layer=("LayerNormalization", {})),
        part("each", "TimeDistributed", layer=(RECURRENT, {"units": W})),
        padding=False,
    ),
    # layers that end it, as documented
    "average": _behind("GlobalAveragePooling1D"),
    "average_kept": _behind("GlobalAveragePooling1D", keepdims=True),
    "last_output": whole(embedding(), recurrent("first"), part("dense", "Dense", units=W)),
    "lambda_ends": _before("Lambda", function="double", padding=False),
    "reshape_ends": _before("Reshape", target_shape=(-1, W), padding=False),
    "permute_ends": _before("Permute", dims=(1, 2), padding=False),
    "flatten_ends": whole(embedding(), sequence("first"), part("flat", "Flatten"), padding=False),
    "flatten_first": whole(
        embedding(),
        part("flat", "Flatten", data_format="channels_first"),
        part("repeat", "RepeatVector", n=2),
        recurrent("last"),
        padding=False,
    ),
    "repeated": whole(
        embedding(), recurrent("first"), part("repeat", "RepeatVector", n=W), sequence("last")
    ),
    # layers that change how many timesteps there are
    "lengths": whole(
        embedding(),
        part("padded", "ZeroPadding1D", padding=(5, 1)),
        part("cropped", "Cropping1D", cropping=(3, 0)),
        part("cut", "Cropping1D", cropping=(0, 2)),
        part("repeated", "UpSampling1D", size=3),
        part("averaged", "AveragePooling1D", pool_size=2),
        part("largest", "MaxPooling1D", pool_size=3, strides=2),
        recurrent("last"),
        padding=False,
    ),
    "convolved": whole(
        part("before", "Conv1D", "plain", filters=W, kernel_size=3, padding="causal"),
        part("around", "Conv1D", filters=U, kernel_size=2, padding="same", activation="tanh"),
        part("within", "Conv1D", filters=W, kernel_size=3, strides=2),
        sequence("first"),
        part("largest", "GlobalMaxPooling1D"),
        padding=False,
    ),
    "join_recurrent": whole(
        embedding(),
        sequence("first"),
        sequence("second", "embedding"),
        part("neighbour", "Concatenate", "first", "second"),
        recurrent("last"),
    ),
    # merges
    "join_both": _merged("Concatenate", "masked", "other", padding=False),
    "join_same": _merged("Concatenate", "masked", "same"),
    "join_one": _merged("Concatenate", "masked", "bare", padding=False),
    "join_second": _merged("Concatenate", "bare", "other", padding=False),
    "join_none": _merged("Concatenate", "bare", "bare", padding=False),
    "join_sizes": whole(
        embedding(),
        part("one", "Dense", "plain", units=1),
        part("neighbour", "Concatenate", "embedding", "one"),
        recurrent("last"),
        padding=False,
    ),
    "append_both": _merged("Concatenate", "masked", "other", axis=1),
    "append_one": _merged("Concatenate", "masked", "bare", axis=1),
    "append_second": _merged("Concatenate", "bare", "other", axis=1),
    "append_none": _merged("Concatenate", "bare", "bare", axis=1, padding=False),
    "append_before_last": _merged("Concatenate", "masked", "other", axis=-2),
    "add_same": _merged("Add", "masked", "same"),
    "add_both": _merged("Add", "masked", "other", padding=False),
    "add_one": _merged("Add", "masked", "bare", padding=False),
    "subtract_both": _merged("Subtract", "masked", "other", padding=False),
    "average_both": _merged("Average", "masked", "other", padding=False),
    "average_one": _merged("Average", "masked", "bare", padding=False),
    "multiply_both": _merged("Multiply", "masked", "other", padding=False),
    "multiply_one": _merged("Multiply", "masked", "bare", padding=False),
    "maximum_both": _merged("Maximum", "masked", "other", padding=False),
    "minimum_both": _merged("Minimum", "masked", "other", padding=False),
    "join_three": _merged("Concatenate", "masked", "same", "other", padding=False),
    "append_three": _merged("Concatenate", "masked", "bare", "other", axis=1),
    "add_three": _merged("Add", "masked", "same", "other", padding=False),
    "average_three": _merged("Average", "masked", "same", "other", padding=False),
    "multiply_three": _merged("Multiply", "masked", "same", "other", padding=False),
    "maximum_three": _merged("Maximum", "masked", "same", "other", padding=False),
    "add_last": _merged("Add", "masked", "other", "bare", padding=False),
    "dot_features": _merged("Dot", "masked", "other", padding=False, axes=2),
    "dot_last": _merged("Dot", "masked", "other", padding=False, axes=(-1, -1)),
    "dot_crossed": whole(
        embedding("first", "tokens"),
        embedding("second", "others"),
        part("turned", "Permute", dims=(2, 1)),
        part("neighbour", "Dot", "first", "turned", axes=(2, 1)),
        recurrent("last"),
        padding=False,
    ),
    "dot_normed": _merged("Dot", "masked", "other", padding=False, axes=2, normalize=True),
    # attention
    "attend_both": _attention("Attention", "masked", "other"),
    "attend_value": _attention("Attention", "bare", "other"),
    "attend_query": _attention("Attention", "masked", "bare"),
    "attend_concat": _attention(
        "Attention", "masked", "other", score_mode="concat", use_scale=True
    ),
    "attend_causal": whole(
        embedding(),
        Part("neighbour", "Attention", {}, ("embedding", "embedding"), {"use_causal_mask": True}),
        recurrent("last"),
    ),
    "additive_both": _attention("AdditiveAttention", "masked", "other"),
    "additive_value": _attention("AdditiveAttention", "bare", "other", use_scale=False),
    "scores": whole(
        embedding(),
        Part("dots", "Attention", {}, ("embedding", "embedding"), {**_SCORES, **_CAUSAL}),
        Part("sums", "AdditiveAttention", {}, ("dots", "embedding"), _SCORES),
        recurrent("last"),
    ),
    "heads": whole(
        embedding("first"),
        embedding("second", "others"),
        part("joined", "Concatenate", "first", "second", axis=1),
        Part("neighbour", "MultiHeadAttention", _HEADS, ("first", "joined"), _SCORES),
        recurrent("last"),
    ),
    "heads_causal": whole(
        part("first", "Dense", "plain", units=W),
        Part("scored", "MultiHeadAttention", _HEADS, ("first", "first"), {**_SCORES, **_CAUSAL}),
        Part("fused", "MultiHeadAttention", _HEADS, ("scored", "scored"), _CAUSAL),
        Part("shared", "GroupQueryAttention", _GROUPS, ("fused", "fused"), {**_SCORES, **_CAUSAL}),
        recurrent("last"),
        padding=False,
    ),
    "heads_shared": whole(
        embedding(),
        Part("causal", "MultiHeadAttention", _HEADS, ("embedding", "embedding"), _CAUSAL),
        Part("shared", "GroupQueryAttention", _GROUPS, ("causal", "embedding")),
        recurrent("last"),
    ),
    # models within, states, and masks that are handed over
    "nested_one": whole(
        embedding(),
        part("wide", "Dense", "plain", units=W),
        part("inner", "Functional", "embedding", "wide", model=_TWO),
        recurrent("last"),
        padding=False,
    ),
    "nested_both": whole(
        embedding(),
        embedding("again"),
        part("inner", "Functional", "embedding", "again", model=_TWO),
        recurrent("last"),
    ),
    "nested_masks": whole(
        Part(
            "inner", "Functional", {"model": _FED}, ("noisy", "plain"), mask_from=("mask", "mask")
        ),
        recurrent("last"),
        padding=False,
    ),
    "encoder_within": whole(
        embedding(), part("inner", "Functional", model=ENCODER), part("dense", "Dense", units=W)
    ),
    "sequential": _before(
        "Sequential",
        layers=[("d", *DENSE), ("r", RECURRENT, {"units": W, "return_sequences": True})],
    ),
    "gru_states": whole(
        embedding("a"),
        part("encoder", "GRU", units=W, return_state=True),
        embedding("b", "others"),
        part("decoder", "GRU", "b", "encoder:1", units=W, return_sequences=True),
        recurrent("last"),
        outputs="last encoder:1",
    ),
    "lstm_states": whole(
        embedding("a"),
        part("encoder", "LSTM", units=W, return_state=True),
        embedding("b", "others"),
        part("decoder", "LSTM", "b", "encoder:1", "encoder:2", units=W, return_sequences=True),
        recurrent("last"),
        outputs="last encoder:2",
    ),
    "by_argument": whole(
        Part(
            "first",
            RECURRENT,
            {"units": W, "return_sequences": True},
            ("noisy",),
            mask_from=("mask",),
        ),
        recurrent("last"),
    ),
    "spoilt": whole(
        Part(
            "first",
            RECURRENT,
            {"units": W, "return_sequences": True},
            ("spoilt",),
            mask_from=("mask",),
        ),
        recurrent("last"),
    ),
    "called_twice": whole(
        embedding("a", "tokens"),
        embedding("b", "others"),
        sequence("one", "a"),
        Part("two", RECURRENT, {}, ("b",), layer="one"),
        part("joined", "Concatenate", "one", "two", axis=1),
        recurrent("last"),
    ),
    "spoilt_average": whole(
        Part("neighbour", "GlobalAveragePooling1D", {}, ("spoilt",), mask_from=("mask",)),
    ),
}
"""Models whose layers are called, whose masks are looked at, and which are fed padded sequences."""

MODELS: dict[str, Whole] = {**NEIGHBOURS, **TRAINED}
