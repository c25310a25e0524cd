"""What stands around a recurrent layer, with a value for every argument that its class takes.

By class, as it is called in Keras: first the arguments without a default, then the others, with a
value that is not the default; many numbers are none that 32 bits can hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keras_rnn_conformance.cases.models.deeds.described_more import ENCODERS, MEASURES, READERS

Arguments = dict[str, Any]
Described = dict[str, tuple[Arguments, Arguments]]

_LEARNING = {
    "learning_rate": 0.3,
    "weight_decay": 0.1,
    "clipnorm": 1.0,
    "clipvalue": 0.6,
    "global_clipnorm": 2.0,
    "use_ema": True,
    "ema_momentum": 0.6,
    "ema_overwrite_frequency": 3,
    "loss_scale_factor": 8.0,
    "gradient_accumulation_steps": 2,
}
_MOMENTS = {"beta_1": 0.6, "beta_2": 0.7, "epsilon": 0.1}
_SUM = {"reduction": "sum"}
_LOGITS = {"from_logits": True}
_SMOOTH = {**_LOGITS, "label_smoothing": 0.3, "axis": 1}
_FOCAL = {**_SMOOTH, "alpha": 0.6, "gamma": 1.0}
_WEIGHTS = ("kernel", "bias")
_STORED = {
    f"{weight}_{what}": value
    for weight in _WEIGHTS
    for what, value in (("initializer", "ones"), ("regularizer", "l2"), ("constraint", "non_neg"))
}
_SCALED = {
    "center": False,
    "scale": False,
    "epsilon": 0.3,
    "beta_initializer": "ones",
    "gamma_initializer": "zeros",
    "beta_regularizer": "l2",
    "gamma_regularizer": "l2",
    "beta_constraint": "non_neg",
    "gamma_constraint": "non_neg",
}
_WINDOW = {"strides": 2, "padding": "same", "data_format": "channels_first"}

LOSSES: Described = {
    "BinaryCrossentropy": ({}, {**_SMOOTH, **_SUM}),
    "BinaryFocalCrossentropy": ({}, {**_FOCAL, **_SUM, "apply_class_balancing": True}),
    "CategoricalCrossentropy": ({}, {**_SMOOTH, **_SUM}),
    "CategoricalFocalCrossentropy": ({}, {**_FOCAL, **_SUM}),
    "CategoricalHinge": ({}, _SUM),
    "CosineSimilarity": ({}, {"axis": 1, **_SUM}),
    "Hinge": ({}, _SUM),
    "Huber": ({}, {"delta": 0.6, **_SUM}),
    "KLDivergence": ({}, _SUM),
    "LogCosh": ({}, _SUM),
    "MeanAbsoluteError": ({}, _SUM),
    "MeanSquaredError": ({}, _SUM),
    "Poisson": ({}, _SUM),
    "SparseCategoricalCrossentropy": ({}, {**_LOGITS, "ignore_class": 0, "axis": 1, **_SUM}),
}
METRICS: Described = {
    "AUC": ({}, {"num_thresholds": 7, "curve": "PR", "multi_label": True, **_LOGITS}),
    "BinaryAccuracy": ({}, {"threshold": 0.3}),
    "BinaryCrossentropy": ({}, {**_LOGITS, "label_smoothing": 0.3}),
    "CategoricalCrossentropy": ({}, _SMOOTH),
    "CosineSimilarity": ({}, {"axis": 1}),
    "F1Score": ({}, {"average": "micro", "threshold": 0.3}),
    "MeanIoU": (
        {"num_classes": 3},
        {"ignore_class": 0, "sparse_y_true": False, "sparse_y_pred": False, "axis": 1},
    ),
    "Precision": ({}, {"thresholds": 0.3, "top_k": 2, "class_id": 1}),
    "Recall": ({}, {"thresholds": 0.3, "top_k": 2, "class_id": 1}),
    "SparseCategoricalCrossentropy": ({}, {**_LOGITS, "axis": 1, "ignore_class": 0}),
    "SparseTopKCategoricalAccuracy": ({}, {"k": 2, "from_sorted_ids": True}),
    "TopKCategoricalAccuracy": ({}, {"k": 2}),
}
OPTIMIZERS: Described = {
    "SGD": ({}, {**_LEARNING, "momentum": 0.6, "nesterov": True}),
    "RMSprop": ({}, {**_LEARNING, "rho": 0.6, "momentum": 0.6, "epsilon": 0.3, "centered": True}),
    "Adam": ({}, {**_LEARNING, **_MOMENTS, "amsgrad": True}),
    "AdamW": ({}, {**_LEARNING, **_MOMENTS, "amsgrad": True}),
    "Adagrad": ({}, {**_LEARNING, "initial_accumulator_value": 0.6, "epsilon": 0.3}),
    "Adadelta": ({}, {**_LEARNING, "rho": 0.6, "epsilon": 0.3}),
    "Adamax": ({}, {**_LEARNING, **_MOMENTS}),
    "Nadam": ({}, {**_LEARNING, **_MOMENTS}),
    "schedules.ExponentialDecay": (
        {"initial_learning_rate": 1.0, "decay_steps": 2, "decay_rate": 0.6},
        {"staircase": True},
    ),
    "schedules.CosineDecay": (
        {"initial_learning_rate": 1.0, "decay_steps": 2},
        {"alpha": 0.6, "warmup_target": 2.0, "warmup_steps": 3},
    ),
    "schedules.PiecewiseConstantDecay": ({"boundaries": [1], "values": [1.0, 0.6]}, {}),
}
WEIGHTS: Described = {
    "regularizers.L1": ({}, {"l1": 0.6}),
    "regularizers.L2": ({}, {"l2": 0.6}),
    "regularizers.L1L2": ({}, {"l1": 0.6, "l2": 0.3}),
    "regularizers.OrthogonalRegularizer": ({}, {"factor": 0.6, "mode": "columns"}),
    "constraints.MaxNorm": ({}, {"max_value": 1.0, "axis": 1}),
    "constraints.MinMaxNorm": ({}, {"min_value": 0.6, "max_value": 2.0, "rate": 0.6, "axis": 1}),
    "constraints.UnitNorm": ({}, {"axis": 1}),
    "initializers.Constant": ({}, {"value": 2.0}),
    "initializers.Identity": ({}, {"gain": 2.0}),
    "initializers.Orthogonal": ({}, {"gain": 2.0, "seed": 3}),
    "initializers.RandomNormal": ({}, {"mean": 1.0, "stddev": 0.6, "seed": 3}),
    "initializers.RandomUniform": ({}, {"minval": -1.0, "maxval": 1.0, "seed": 3}),
    "initializers.TruncatedNormal": ({}, {"mean": 1.0, "stddev": 0.6, "seed": 3}),
    "initializers.VarianceScaling": (
        {},
        {"scale": 2.0, "mode": "fan_avg", "distribution": "uniform", "seed": 3},
    ),
    "initializers.GlorotUniform": ({}, {"seed": 3}),
}
LAYERS: Described = {
    "Activation": ({"activation": "tanh"}, {}),
    "ActivityRegularization": ({}, {"l1": 0.6, "l2": 0.3}),
    "AdditiveAttention": ({}, {"use_scale": False, "dropout": 0.6}),
    "Attention": ({}, {"use_scale": True, "score_mode": "concat", "dropout": 0.6, "seed": 3}),
    "BatchNormalization": (
        {},
        {**_SCALED, "axis": 1, "momentum": 0.6, "moving_mean_initializer": "ones",
         "moving_variance_initializer": "zeros"},
    ),
    "Concatenate": ({}, {"axis": 1}),
    "Conv1D": (
        {"filters": 2, "kernel_size": 3},
        {**_WINDOW, **_STORED, "activation": "tanh", "use_bias": False, "groups": 2,
         "dilation_rate": 3, "activity_regularizer": "l2"},
    ),
    "Cropping1D": ({}, {"cropping": (2, 3)}),
    "Dense": (
        {"units": 2},
        {**_STORED, "activation": "tanh", "use_bias": False, "activity_regularizer": "l2"},
    ),
    "Dot": ({"axes": 1}, {"normalize": True}),
    "Dropout": ({"rate": 0.6}, {"noise_shape": (None, 1, None), "seed": 3}),
    "ELU": ({}, {"alpha": 0.6}),
    "Embedding": (
        {"input_dim": 3, "output_dim": 2},
        {
            "embeddings_initializer": "ones",
            "embeddings_regularizer": "l2",
            "embeddings_constraint": "non_neg",
            "mask_zero": True,
        },
    ),
    "Flatten": ({}, {"data_format": "channels_first"}),
    "GaussianDropout": ({"rate": 0.6}, {"seed": 3}),
    "GaussianNoise": ({"stddev": 0.6}, {"seed": 3}),
    "GlobalAveragePooling1D": ({}, {"data_format": "channels_first", "keepdims": True}),
    "GlobalMaxPooling1D": ({}, {"data_format": "channels_first", "keepdims": True}),
    "GroupNormalization": ({}, {**_SCALED, "groups": 2, "axis": 1}),
    "LayerNormalization": ({}, {**_SCALED, "axis": 1}),
    "LeakyReLU": ({}, {"negative_slope": 0.6}),
    "Masking": ({}, {"mask_value": 0.6}),
    "MaxPooling1D": ({}, {**_WINDOW, "pool_size": 3, "strides": 4}),
    "MultiHeadAttention": (
        {"num_heads": 2, "key_dim": 3},
        {**_STORED, "value_dim": 2, "dropout": 0.6, "use_bias": False, "output_shape": (4,),
         "attention_axes": (1,), "seed": 3},
    ),
    "PReLU": ({}, {"alpha_initializer": "ones", "alpha_regularizer": "l2",
                   "alpha_constraint": "non_neg", "shared_axes": [1]}),
    "Permute": ({"dims": (2, 1)}, {}),
    "ReLU": ({}, {"max_value": 2.0, "negative_slope": 0.6, "threshold": 0.3}),
    "RepeatVector": ({"n": 3}, {}),
    "Reshape": ({"target_shape": (2, -1)}, {}),
    "Softmax": ({}, {"axis": 1}),
    "SpatialDropout1D": ({"rate": 0.6}, {"seed": 3}),
    "UnitNormalization": ({}, {"axis": 1}),
    "UpSampling1D": ({}, {"size": 3}),
    "ZeroPadding1D": ({}, {"padding": (2, 3)}),
}  # fmt: skip

GROUPS: dict[str, tuple[str, Described]] = {
    "described_losses": ("losses.", LOSSES),
    "described_metrics": ("metrics.", METRICS),
    "described_optimizers": ("optimizers.", OPTIMIZERS),
    "described_weights": ("", WEIGHTS),
    "described_layers": ("layers.", LAYERS),
    "described_readers": ("layers.", READERS),
    "described_encoders": ("layers.", ENCODERS),
    "described_measures": ("", MEASURES),
}
"""By deed, where in Keras its classes are, and these."""

ROUNDED = ("regularizers.L1", "regularizers.OrthogonalRegularizer")
"""Those of which every release keeps fewer digits than it is given."""

WITH_VARIABLES = tuple(OPTIMIZERS)
"""Those whose numbers are variables of 32 bits, as learning rates are."""

OF_CLASS = {
    f"{where}{name}": arguments
    for where, classes in list(GROUPS.values())[:-3]
    for name, arguments in classes.items()
}
"""By class, where in Keras it is, its arguments; only those that every release has."""

ALONE = {
    "layers.Conv1D": ("dilation_rate",),
    **dict.fromkeys(
        (f"optimizers.{name}" for name in OPTIMIZERS), ("clipvalue", "global_clipnorm")
    ),
}
"""By class, arguments that may not stand beside all the others."""


def company_of(name: str, arguments: Arguments) -> Arguments:
    """The arguments of a class that may stand beside each other."""
    apart = ALONE.get(name, ())
    return {key: value for key, value in arguments.items() if key not in apart}


KEPT = "kept"
"""What is said of an argument that a configuration has."""


def described_arguments(deed: str) -> dict[str, tuple[str, str]]:
    """Of the classes of a deed, each argument: by the words for it, the class and its name."""
    where, classes = GROUPS[deed]
    return {
        f"argument {key} of keras.{where}{name}": (f"{where}{name}", key)
        for name, (needed, optional) in classes.items()
        for key in (*needed, *optional)
    }


def arguments_of(deed: str, name: str) -> tuple[Arguments, Arguments]:
    """The arguments of a class of a deed, by where in Keras it is."""
    where, classes = GROUPS[deed]
    return classes[name.removeprefix(where)]


def exact_numbers(deed: str) -> Iterator[tuple[str, float]]:
    """Arguments that a configuration holds exactly, and their numbers, by class: `a.B.argument`."""
    for name, (_, optional) in OF_CLASS.items():
        rounded, variable = name in ROUNDED, name.rpartition(".")[2] in WITH_VARIABLES
        if not variable and rounded == (deed == "exact_penalties"):
            for key, value in optional.items():
                if isinstance(value, float):
                    yield f"{name}.{key}", value
