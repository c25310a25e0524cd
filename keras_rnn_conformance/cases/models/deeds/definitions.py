"""Numbers and names of the deeds on what has a definition, and on what people write otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

DEFINITIONS: dict[str, str] = {
    "losses_defined": "the functions of losses, called on samples",
    "regions_defined": "the losses that compare regions",
    "scores_defined": "metrics over two batches of weighed samples",
    "steps_defined": "three steps of each optimizer and of its options",
    "rates_defined": "schedules of the learning rate, out of JSON, at several steps",
    "more_keys": "dictionaries with more keys than a model has inputs",
    "class_keys": "weights of classes by keys of every kind",
    "zeros_trained": "training steps where padding is zeros, through what divides by a norm",
    "shuffled": "the order of samples in epochs, and training after a seed",
    "no_alarm": "warnings of training on sound data, whatever gives it",
    "kinds_of_numbers": "numbers of NumPy for those that penalties, rates and layers take",
    "cloned_lambda": "a model with a function without a name, cloned",
    "texts": "texts and words that become the ids of an Embedding",
    "words_kept": "words of lookups, out of a file",
    "named_masks": "a layer of the user's own whose arguments end like masks",
    "optional_keyed": "a dictionary of inputs of which one is optional, and None",
    "misused_windows": "windows of no step, or from beyond the data",
    "shapes_unbuilt": "compute_output_shape of layers that are not built yet",
    "rematerialized": "models under RematScope, called and trained",
    "misused_losses": "numbers out of the range that losses document",
    "misused_splits": "shares for validation out of the range that fit documents",
}
"""By name of a deed, what is done."""

TRAINED = (
    "class_keys",
    "zeros_trained",
    "shuffled",
    "no_alarm",
    "rematerialized",
    "misused_splits",
)
"""Deeds that fit a model."""

CHANCES = np.array([[32, 18, 14], [8, 46, 10], [16, 8, 40], [4, 20, 40]]) / 64
"""By sample and class, shares of one."""
PARTS = np.array([[40, 8, 20], [56, 12, 4], [16, 48, 36], [28, 60, 10]]) / 64
"""By sample and class, chances each by itself."""
CLASSES = np.array([0, 2, 1, 2])
ONE_HOT = np.eye(3)[CLASSES]
SIGNS = 2 * ONE_HOT - 1
SIZES = np.array([[32, 12, 40], [9, 60, 20], [50, 3, 16], [24, 36, 12]]) / 64
"""What is measured: all of it above 0, and below 1."""
MEASURES = np.array([[-40, 70, 20], [56, -12, 4], [-16, 48, -90], [28, 60, -10]]) / 64
"""What is predicted of it, of either sign."""
WEIGHED = np.array([1.0, 2.0, 0.5, 0.25])
TOGETHER = 2
"""How many samples a batch has."""

LOSSES: dict[str, tuple[Array, Array, dict[str, Any]]] = {
    "binary_crossentropy": (ONE_HOT, PARTS, {}),
    "binary_crossentropy of smooth labels": (ONE_HOT, PARTS, {"label_smoothing": 0.25}),
    "binary_focal_crossentropy": (ONE_HOT, PARTS, {"gamma": 2.0}),
    "binary_focal_crossentropy of balanced classes": (
        ONE_HOT,
        PARTS,
        {"gamma": 1.0, "apply_class_balancing": True, "alpha": 0.75},
    ),
    "categorical_crossentropy": (ONE_HOT, CHANCES, {}),
    "categorical_crossentropy of smooth labels": (ONE_HOT, CHANCES, {"label_smoothing": 0.25}),
    "categorical_focal_crossentropy": (ONE_HOT, CHANCES, {"alpha": 0.5, "gamma": 2.0}),
    "sparse_categorical_crossentropy": (CLASSES, CHANCES, {}),
    "categorical_hinge": (ONE_HOT, MEASURES, {}),
    "hinge": (SIGNS, MEASURES, {}),
    "squared_hinge": (SIGNS, MEASURES, {}),
    "cosine_similarity": (SIZES, MEASURES, {}),
    "huber": (SIZES, MEASURES, {"delta": 0.5}),
    "kl_divergence": (SIZES, CHANCES, {}),
    "log_cosh": (SIZES, MEASURES, {}),
    "mean_absolute_error": (SIZES, MEASURES, {}),
    "mean_absolute_percentage_error": (SIZES, MEASURES, {}),
    "mean_squared_error": (SIZES, MEASURES, {}),
    "mean_squared_logarithmic_error": (SIZES, PARTS, {}),
    "poisson": (SIZES, PARTS, {}),
}
"""By name, truths, predictions and options of a loss; the first word is its function."""
REGIONS: dict[str, tuple[Array, Array, dict[str, Any]]] = {
    "dice": (ONE_HOT, PARTS, {}),
    "tversky": (ONE_HOT, PARTS, {"alpha": 0.75, "beta": 0.25}),
}

SCORED: dict[str, tuple[Array, Array, dict[str, Any]]] = {
    "RootMeanSquaredError": (SIZES, MEASURES, {}),
    "CosineSimilarity": (SIZES, MEASURES, {}),
    "CategoricalAccuracy": (ONE_HOT, CHANCES, {}),
    "TopKCategoricalAccuracy": (ONE_HOT, CHANCES, {"k": 2}),
    "R2Score of each": (SIZES, PARTS, {"class_aggregation": None}),
    "R2Score": (SIZES, PARTS, {}),
    "F1Score of each": (ONE_HOT, CHANCES, {"average": None}),
    "F1Score macro": (ONE_HOT, CHANCES, {"average": "macro"}),
    "F1Score micro": (ONE_HOT, PARTS, {"average": "micro", "threshold": 0.5}),
    "FBetaScore weighted": (ONE_HOT, CHANCES, {"average": "weighted", "beta": 2.0}),
    "OneHotMeanIoU": (ONE_HOT, CHANCES, {"num_classes": 3}),
}
"""By name, truths, predictions and options of a metric; the first word is its class."""

BEGUN = np.array([1.0, -2.0, 0.5])
SLOPES = np.array([[8, 16, -24], [-16, 8, 32], [24, -8, 16]]) / 64
"""A weight, and its gradients in three steps."""
RATE = 0.125
_DECAY = {"weight_decay": 0.25}
STEPPED: dict[str, dict[str, Any]] = {
    "SGD with momentum": {"momentum": 0.75},
    "SGD of Nesterov": {"momentum": 0.75, "nesterov": True},
    "RMSprop": {"rho": 0.75},
    "RMSprop with momentum": {"rho": 0.75, "momentum": 0.5},
    "RMSprop centered": {"rho": 0.75, "centered": True},
    "Adam with amsgrad": {"beta_2": 0.5, "amsgrad": True},
    "AdamW": _DECAY,
    "Adamax": {},
    "Nadam": {},
    "Adagrad": {"initial_accumulator_value": 0.25},
    "Adadelta": {"rho": 0.75, "epsilon": 0.0625},
    "Ftrl": {
        "initial_accumulator_value": 0.25,
        "l1_regularization_strength": 0.0625,
        "l2_regularization_strength": 0.125,
    },
    "Lion": {"beta_1": 0.75, "beta_2": 0.5},
}
"""By name, the options of an optimizer; the first word is its class."""

STEPS = (1, 5, 9, 15, 30)
_FROM = {"initial_learning_rate": 0.5, "decay_steps": 10}
RATED: dict[str, dict[str, Any]] = {
    "ExponentialDecay": {**_FROM, "decay_rate": 0.5},
    "ExponentialDecay by stairs": {**_FROM, "decay_rate": 0.5, "staircase": True},
    "InverseTimeDecay": {**_FROM, "decay_rate": 0.5},
    "InverseTimeDecay by stairs": {**_FROM, "decay_rate": 0.5, "staircase": True},
    "PolynomialDecay": {**_FROM, "end_learning_rate": 0.125, "power": 2.0},
    "PolynomialDecay in cycles": {**_FROM, "end_learning_rate": 0.125, "cycle": True},
    "PiecewiseConstantDecay": {"boundaries": [3, 9], "values": [1.0, 0.5, 0.125]},
    "CosineDecay": {**_FROM, "alpha": 0.25},
    "CosineDecay warmed up": {**_FROM, "alpha": 0.25, "warmup_target": 1.0, "warmup_steps": 5},
    "CosineDecayRestarts": {
        "initial_learning_rate": 0.5,
        "first_decay_steps": 4,
        "t_mul": 2.0,
        "m_mul": 0.5,
        "alpha": 0.25,
    },
}
"""By name, the options of a schedule; the first word is its class."""

BETWEEN = ("apart", "before", "between", "behind")
"""Where a key stands by its name that the model of two inputs does not know, or none."""
CALLERS = ("call", "predict", "predict_on_batch")

KEYED = ("int64 of NumPy", "text")
"""How the number of a class is written that has a weight."""
HEAVY = 4.0

ZEROS: dict[str, tuple[str, dict[str, Any]]] = {
    "UnitNormalization": ("layers", {}),
    "CosineSimilarity": ("losses", {}),
    "UnitNorm": ("constraints", {}),
    "clipnorm": ("clipping", {"clipnorm": 0.5}),
}
"""By name, what zeros go through on their way to the loss, and what meets weights of zero."""

ORDERED = 12
"""How many samples are put in order: by chance no two orders are the same."""
SEEDED = ("of no seed", "of a seed")

GIVING = ("arrays", "a generator", "a generator in steps", "a PyDataset", "validation data")
"""What gives the data of a training that goes on to its end."""

NUMBERED: dict[str, tuple[str, dict[str, float]]] = {
    "L1": ("regularizers", {"l1": 0.25}),
    "L2": ("regularizers", {"l2": 0.25}),
    "L1L2": ("regularizers", {"l1": 0.25, "l2": 0.5}),
    "OrthogonalRegularizer": ("regularizers", {"factor": 0.25}),
    "MaxNorm": ("constraints", {"max_value": 0.5}),
    "MinMaxNorm": ("constraints", {"min_value": 0.25, "max_value": 0.5, "rate": 0.5}),
    "RandomUniform": ("initializers", {"minval": -0.5, "maxval": 0.5}),
    "RandomNormal": ("initializers", {"mean": 0.25, "stddev": 0.5}),
    "Dropout": ("layers", {"rate": 0.5}),
    "GaussianNoise": ("layers", {"stddev": 0.5}),
    "LeakyReLU": ("layers", {"negative_slope": 0.5}),
    "LayerNormalization": ("layers", {"epsilon": 0.5}),
    "BatchNormalization": ("layers", {"momentum": 0.5, "epsilon": 0.5}),
    "Huber": ("losses", {"delta": 0.5}),
    "BinaryCrossentropy": ("losses", {"label_smoothing": 0.5}),
}
"""By class, its place in Keras and numbers that it takes."""
WRITTEN = ("float32", "float64")
"""The kinds of NumPy in which they are written."""

UNBUILT: dict[str, tuple[dict[str, Any], tuple[int, ...], tuple[int, ...]]] = {
    "SimpleRNN": ({"units": 2}, (3, 4, 6), (3, 2)),
    "LSTM": ({"units": 2, "return_sequences": True}, (3, 4, 6), (3, 4, 2)),
    "GRU": ({"units": 2}, (3, 4, 6), (3, 2)),
    "Dense": ({"units": 2}, (3, 4, 6), (3, 4, 2)),
    "EinsumDense": ({"equation": "abc,cd->abd", "output_shape": (None, 2)}, (3, 4, 6), (3, 4, 2)),
    "Embedding": ({"input_dim": 5, "output_dim": 2}, (3, 4), (3, 4, 2)),
    "Conv1D": ({"filters": 2, "kernel_size": 3}, (3, 4, 6), (3, 2, 2)),
    "Conv1DTranspose": ({"filters": 2, "kernel_size": 3}, (3, 4, 6), (3, 6, 2)),
    "SeparableConv1D": ({"filters": 2, "kernel_size": 3}, (3, 4, 6), (3, 2, 2)),
    "LayerNormalization": ({}, (3, 4, 6), (3, 4, 6)),
    "BatchNormalization": ({}, (3, 4, 6), (3, 4, 6)),
    "GroupNormalization": ({"groups": 2}, (3, 4, 6), (3, 4, 6)),
    "Masking": ({}, (3, 4, 6), (3, 4, 6)),
    "RepeatVector": ({"n": 5}, (3, 6), (3, 5, 6)),
    "Permute": ({"dims": (2, 1)}, (3, 4, 6), (3, 6, 4)),
    "Reshape": ({"target_shape": (-1, 3)}, (3, 4, 6), (3, 8, 3)),
    "Flatten": ({}, (3, 4, 6), (3, 24)),
    "Cropping1D": ({"cropping": 1}, (3, 4, 6), (3, 2, 6)),
    "ZeroPadding1D": ({"padding": 1}, (3, 4, 6), (3, 6, 6)),
    "UpSampling1D": ({"size": 2}, (3, 4, 6), (3, 8, 6)),
    "AveragePooling1D": ({"pool_size": 2}, (3, 4, 6), (3, 2, 6)),
    "MaxPooling1D": ({"pool_size": 2}, (3, 4, 6), (3, 2, 6)),
    "GlobalAveragePooling1D": ({}, (3, 4, 6), (3, 6)),
    "GlobalMaxPooling1D": ({}, (3, 4, 6), (3, 6)),
    "UnitNormalization": ({}, (3, 4, 6), (3, 4, 6)),
    "Softmax": ({}, (3, 4, 6), (3, 4, 6)),
    "PReLU": ({}, (3, 4, 6), (3, 4, 6)),
    "Dropout": ({"rate": 0.5}, (3, 4, 6), (3, 4, 6)),
    "SpatialDropout1D": ({"rate": 0.5}, (3, 4, 6), (3, 4, 6)),
}
"""By class, its options, the shape of what it takes, and that of what it gives."""

WORDS = ["the", "cat", "sat"]
SAID = ["The cat, the dog!", "sat"]
VOCABULARY = ["", "[UNK]", *WORDS]
READ_AS: dict[str, tuple[dict[str, Any], list[list[int]]]] = {
    "ids": ({"output_sequence_length": 5}, [[2, 3, 2, 1, 0], [4, 0, 0, 0, 0]]),
    "ids cut off": ({"output_sequence_length": 2}, [[2, 3], [4, 0]]),
    "words and pairs": (
        {"ngrams": (1, 2), "split": "whitespace"},
        [[2, 3, 2, 1, 1, 1, 1], [4, 0, 0, 0, 0, 0, 0]],
    ),
    "many hits": ({"output_mode": "multi_hot"}, [[1, 1, 1, 0], [0, 0, 0, 1]]),
    "counts": ({"output_mode": "count"}, [[1, 2, 1, 0], [0, 0, 0, 1]]),
}
"""By name, the options of a TextVectorization, and what it makes of what is said."""
LOOKED: dict[str, tuple[str, dict[str, Any], list[Any], list[int]]] = {
    "words": ("StringLookup", {"vocabulary": WORDS}, ["sat", "dog", "the"], [3, 0, 1]),
    "words and a mask": (
        "StringLookup",
        {"vocabulary": WORDS, "mask_token": ""},
        ["sat", "", "dog", "the"],
        [4, 0, 1, 2],
    ),
    "numbers": ("IntegerLookup", {"vocabulary": [10, 20]}, [20, 7, 10], [2, 0, 1]),
    "numbers and a mask": (
        "IntegerLookup",
        {"vocabulary": [10, 20], "mask_token": 0},
        [20, 0, 7, 10],
        [3, 0, 1, 2],
    ),
    "ids of ids": ("IntegerLookup", {"vocabulary": [10, 20], "invert": True}, [2, 1], [20, 10]),
}
"""By name, a class, its options, what is looked up, and the ids."""
KEPT_AS = ("as it is", "out of its configuration")
PUT = ("a list", "an array")

WORDY = {
    "plain words": ["cat", "sat"],
    "words of blanks": [" cat", "sat ", "  "],
    "words of marks": ["c,t", "s:t", "#"],
    "words of returns": ["cat\r", "sat"],
    "words of breaks": ["cat\x0bsat", "sat"],
}
"""By name, words that a vocabulary has, each of them on one line."""
WEIGHTY = "weights of words"
ENDING = ("loss_mask", "time_mask")
"""Arguments of a call, of which the shapes are told by their names."""
WINDOWS = {
    "no step between windows": {"sequence_stride": 0},
    "no step in a window": {"sampling_rate": 0},
    "from before the data": {"start_index": -1},
    "to beyond the data": {"end_index": 11},
    "to before they begin": {"start_index": 5, "end_index": 3},
}
"""By name, what timeseries_dataset_from_array is asked for of ten timesteps."""

OUT_OF_RANGE = {
    "label_smoothing above 1, of classes": ("CategoricalCrossentropy", {"label_smoothing": 1.5}),
    "label_smoothing below 0, of classes": ("CategoricalCrossentropy", {"label_smoothing": -0.5}),
    "label_smoothing above 1, of halves": ("BinaryCrossentropy", {"label_smoothing": 1.5}),
}
SPLITS = {"validation_split above 1": 1.5, "validation_split below 0": -0.5}
