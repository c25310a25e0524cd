"""More of what stands around a recurrent layer, of releases that need not have all of it.

By class, as in `described`: the arguments without a default, and the others.
"""

from __future__ import annotations

from typing import Any

Described = dict[str, tuple[dict[str, Any], dict[str, Any]]]

_KERNELS = {"filters": 2, "kernel_size": 3}
_STEPS = {"strides": 2, "padding": "same", "activation": "tanh", "use_bias": False}
_WORDS = {"vocabulary": ["the", "cat"]}
_LOOKUP = {"mask_token": "", "oov_token": "?", "num_oov_indices": 2}
_HITS = {"num_thresholds": 7}
_MOVES = {"learning_rate": 0.3, "weight_decay": 0.1, "clipnorm": 1.0}

READERS: Described = {
    "AlphaDropout": ({"rate": 0.6}, {"noise_shape": (None, 1, None), "seed": 3}),
    "AveragePooling1D": ({"pool_size": 3}, {"strides": 4, "padding": "same"}),
    "Conv1DTranspose": ({**_KERNELS, "strides": 2}, {"padding": "same", "output_padding": 1}),
    "DepthwiseConv1D": ({"kernel_size": 3}, {**_STEPS, "depth_multiplier": 2}),
    "Discretization": ({"bin_boundaries": [0.0, 1.0]}, {"output_mode": "one_hot"}),
    "EinsumDense": (
        {"equation": "abc,cd->abd", "output_shape": (None, 2)},
        {"activation": "tanh", "bias_axes": "d", "kernel_regularizer": "l2"},
    ),
    "GroupQueryAttention": (
        {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2},
        {"dropout": 0.6, "use_bias": False, "kernel_regularizer": "l2", "seed": 3},
    ),
    "Hashing": ({"num_bins": 3}, {"mask_value": "", "salt": 5, "output_mode": "one_hot"}),
    "IntegerLookup": (
        {"vocabulary": [10, 20]},
        {"mask_token": 0, "oov_token": -2, "num_oov_indices": 2, "output_mode": "count"},
    ),
    "LayerNormalization": ({}, {"rms_scaling": True}),
    "Normalization": ({"mean": 1.0, "variance": 2.0}, {"axis": 1, "invert": True}),
    "RMSNormalization": ({}, {"axis": 1, "epsilon": 0.3}),
    "Rescaling": ({"scale": 0.6}, {"offset": 0.3}),
    "SeparableConv1D": (_KERNELS, {**_STEPS, "depth_multiplier": 2}),
    "StringLookup": (_WORDS, {**_LOOKUP, "output_mode": "count", "encoding": "latin-1"}),
    "TextVectorization": (
        _WORDS,
        {
            "standardize": "lower",
            "split": "character",
            "ngrams": 2,
            "output_mode": "multi_hot",
        },
    ),
}
"""Layers that read words and numbers, and others in front of a recurrent one."""

ENCODERS: Described = {
    "CategoryEncoding": ({"num_tokens": 3}, {"output_mode": "one_hot", "sparse": True}),
}
"""Those of which an argument was always lost."""

MEASURES: Described = {
    "losses.Tversky": ({}, {"alpha": 0.6, "beta": 0.3, "axis": 1}),
    "losses.Dice": ({}, {"axis": 1, "reduction": "sum"}),
    "losses.SquaredHinge": ({}, {"reduction": "sum"}),
    "losses.MeanAbsolutePercentageError": ({}, {"reduction": "sum"}),
    "metrics.FBetaScore": ({}, {"average": "micro", "beta": 0.6, "threshold": 0.3}),
    "metrics.R2Score": ({}, {"class_aggregation": None, "num_regressors": 2}),
    "metrics.BinaryIoU": ({}, {"target_class_ids": [1], "threshold": 0.3}),
    "metrics.OneHotIoU": (
        {"num_classes": 3, "target_class_ids": [0, 1]},
        {"ignore_class": 2, "sparse_y_pred": True, "axis": 1},
    ),
    "metrics.PrecisionAtRecall": ({"recall": 0.6}, {**_HITS, "class_id": 1}),
    "metrics.RecallAtPrecision": ({"precision": 0.6}, {**_HITS, "class_id": 1}),
    "metrics.SensitivityAtSpecificity": ({"specificity": 0.6}, {**_HITS, "class_id": 1}),
    "metrics.SpecificityAtSensitivity": ({"sensitivity": 0.6}, {**_HITS, "class_id": 1}),
    "metrics.TruePositives": ({}, {"thresholds": 0.3}),
    "metrics.LogCoshError": ({}, {"dtype": "float64"}),
    "optimizers.Ftrl": (
        {},
        {
            **_MOVES,
            "learning_rate_power": -0.6,
            "initial_accumulator_value": 0.6,
            "l1_regularization_strength": 0.6,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.6,
            "beta": 0.3,
        },
    ),
    "optimizers.Lion": ({}, {**_MOVES, "beta_1": 0.6, "beta_2": 0.7}),
    "optimizers.Adafactor": (
        {},
        {
            **_MOVES,
            "beta_2_decay": -0.6,
            "epsilon_1": 0.3,
            "epsilon_2": 0.6,
            "clip_threshold": 2.0,
            "relative_step": False,
        },
    ),
    "optimizers.schedules.PolynomialDecay": (
        {"initial_learning_rate": 1.0, "decay_steps": 2},
        {"end_learning_rate": 0.3, "power": 2.0, "cycle": True},
    ),
    "optimizers.schedules.InverseTimeDecay": (
        {"initial_learning_rate": 1.0, "decay_steps": 2, "decay_rate": 0.6},
        {"staircase": True},
    ),
    "optimizers.schedules.CosineDecayRestarts": (
        {"initial_learning_rate": 1.0, "first_decay_steps": 2},
        {"t_mul": 3.0, "m_mul": 0.6, "alpha": 0.3},
    ),
    "initializers.GlorotNormal": ({}, {"seed": 3}),
    "initializers.HeNormal": ({}, {"seed": 3}),
    "initializers.HeUniform": ({}, {"seed": 3}),
    "initializers.LecunNormal": ({}, {"seed": 3}),
    "initializers.LecunUniform": ({}, {"seed": 3}),
}
"""Losses, metrics, optimizers, schedules and initializers."""
