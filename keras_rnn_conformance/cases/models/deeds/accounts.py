"""Numbers and names of the deeds on what training tells, and on what is told of data and models."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_rnn_conformance.cases.models.described import LAYERS, OPTIMIZERS, Described

Array = np.ndarray[Any, Any]

ACCOUNTS: dict[str, str] = {
    "told_once": "the hooks of a PyDataset, counted, for each number of workers",
    "slow_data": "a PyDataset whose batch takes longer than its threads wait at once",
    "no_samples": "predict and evaluate on data without samples",
    "assessed": "metrics in evaluate, eagerly and compiled, where the last batch is smaller",
    "added_again": "losses that layers add, where a step of the user's own calls the model twice",
    "added_shared": "losses that a layer adds which a model calls twice",
    "compiled_within": "a compiled model inside one that is compiled otherwise",
    "printed": "what fit prints, and what callbacks print",
    "summed_up": "the summaries of models, with every option",
    "functions": "a Function that begins in the middle of a model",
    "any_order": "axes in any order, counted from the start and from the end",
    "normed_halves": "normalizations in half precision of numbers whose squares it cannot hold",
    "shaped_otherwise": "layers of the user's own that override compute_output_shape alone",
    "named_mine": "the names of layers, losses, metrics, optimizers and seeds, out of JSON",
    "described_h5": "layers with every argument, out of an .h5 file",
    "layer_for_function": "layers whose activation is a layer, out of JSON",
    "one_of_one": "models of lists, tuples and dictionaries of one, and what is made of them",
    "alike": "two functions of one name that are registered in two packages, in a file",
}
"""By name of a deed, what is done."""

DEAR = ("slow_data",)
"""Deeds for `thorough` alone, which have to wait."""

TRAINED = ("told_once", "slow_data", "added_again", "added_shared", "printed")
"""Deeds that fit a model."""

WORKERS = (0, 2)
EPOCHS = 2
BATCHES = {"training": 3, "validation": 2}
"""Of a PyDataset, how many batches an epoch has."""
PATIENCE = 5.5
"""For how many seconds a slow batch is waited for: longer than threads wait at once."""

EMPTY = ("arrays", "a PyDataset", "a generator")
ON_NOTHING = {"predict": "no predictions", "evaluate": "a number"}
"""By caller, what it may give where there is no sample, beside an error that says so."""
REFUSALS = ("empty", "length 0", "at least one", "no data", "no batch", "no sample", "0 sample")
"""What an error says of data without samples, in any of these words."""

HITS = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 1], [0, 1]], float)
TRUTHS = np.array([[1, 1], [1, 0], [0, 1], [0, 1], [1, 1], [0, 0]], float)
"""Predictions and truths: by sample and class, or by sample and timestep."""
SHARES: dict[str, Array] = {
    "sample": np.array([1.0, 2.0, 0.5, 4.0, 0.25, 0.75])[:, None] * np.ones((1, 2)),
    "timestep": np.array([1.0, 2.0, 0.5, 4.0, 0.25, 0.75])[:, None] * np.array([[1.0, 0.5]]),
}
"""By what a weight belongs to, the weights."""
TOGETHER = 4
"""How many samples a batch has; the last one has fewer."""
ASSESSED: dict[str, tuple[str, dict[str, Any]]] = {
    name.replace(" ", "_"): (name.split()[0], options)
    for name, options in {
        "BinaryAccuracy": {},
        "MeanSquaredError": {},
        "MeanAbsoluteError": {},
        "Precision": {},
        "Recall": {},
        "TruePositives": {},
        "FalseNegatives": {},
        "AUC": {},
        "AUC of one threshold": {"thresholds": [0.5]},
        "Precision of one threshold": {"thresholds": [0.25]},
    }.items()
}
"""By name of a metric, its class and options."""
COMPILED = ("eagerly", "compiled")

FACTORS = (0.5, 0.25)
"""By how much two layers add to the loss, each in two halves."""
AGAIN = (("evaluate", "eagerly"), ("train_on_batch", "compiled"), ("fit", "compiled"))
"""Who calls a model whose layers add to its loss, and how it is compiled."""
SHARED = ("by itself", "in TimeDistributed", "in a model")
"""How a layer that adds losses stands in a model that calls it twice."""
LATER = 2.0
"""By how much the second of its inputs is larger."""

GOALS = {"inside": "mean_absolute_error", "around": "mean_squared_error"}
"""By model, its loss: one stands inside the other. Its metric is the loss of the other one."""

PRINTING = (1, 2)
"""Values of verbose."""

SUMMED = ("translator", "twelve", "shared", "siamese", "wrapped", "nested_one", "partly", "parts")
PARTS = "parts"
"""The models of which a summary is given; the last one has a layer that gives a dictionary."""
COUNTS = ("Total", "Trainable", "Non-trainable")

NORMED: dict[str, dict[str, Any]] = {
    "LayerNormalization": {},
    "GroupNormalization": {"groups": 1},
}
"""By class, the options with which it normalizes each sample, or each timestep of it."""
HALVES = ("mixed_float16", "mixed_bfloat16")
LARGE = 8.0 * 64
"""Up to this size: float16 cannot hold the squares, and holds the numbers, as bfloat16 does."""

ORDERED: dict[str, dict[str, tuple[Any, ...]]] = {
    "LayerNormalization": {"axis": ([1, 2], [2, 1], (-2, -1), [-1, -2])},
    "UnitNormalization": {"axis": ((1, 2), (2, 1), (-2, -1), (-1, -2))},
    "Softmax": {"axis": ((1, 2), (2, 1), (-2, -1), (-1, -2))},
    "BatchNormalization": {"axis": (1, -2)},
    "GroupNormalization": {"axis": (2, -1)},
}
"""By class, the ways in which its axes are written, all of which are the same."""
SCALED: dict[str, tuple[int, ...]] = {
    "LayerNormalization": (1, 2),
    "BatchNormalization": (1,),
    "GroupNormalization": (2,),
}
"""By class that has weights, the axes along which they are."""
CUBE = (2, 4, 8)
"""The shape of what it is called on."""

SHAPED = {
    "Embedding": (3, 2),
    "Dense": (2,),
    "Dropout": (0.5,),
    "Activation": ("tanh",),
    "LayerNormalization": (),
    "Conv1D": (2, 1),
    "Masking": (),
    "Permute": ((1, 2),),
}
"""By class that is extended, its arguments: it gives the two last axes of what it takes."""

NAMED: dict[str, Described] = {
    "layers.": LAYERS,
    "losses.": {"Huber": ({}, {}), "CosineSimilarity": ({}, {}), "BinaryCrossentropy": ({}, {})},
    "metrics.": {"AUC": ({}, {}), "MeanIoU": ({"num_classes": 3}, {}), "Mean": ({}, {})},
    "optimizers.": {name: rest for name, rest in OPTIMIZERS.items() if "." not in name},
    "random.": {"SeedGenerator": ({"seed": 3}, {})},
}
"""By place in Keras, classes whose objects are given names."""
MINE = "mine"

ACTIVE: dict[str, tuple[str, ...]] = {
    "SimpleRNN": ("activation",),
    "LSTM": ("activation", "recurrent_activation"),
    "GRU": ("activation", "recurrent_activation"),
    "GRUCell": ("activation",),
    "Dense": ("activation",),
    "Conv1D": ("activation",),
    "Activation": ("activation",),
}
"""By class, the arguments that take a function, or a layer for one."""
SLOPE = 0.5
"""What the layer does below 0."""

OF_ONE = ("a list", "a tuple", "a dictionary")
MADE_OF_ONE = ("as it is", "from its configuration", "cloned", "from JSON", "loaded")
"""How the one input of a model is put, and what is made of such models."""

PACKAGES = ("first", "second")
"""Where functions of one name are registered."""

PAIRED = ("AdditiveAttention", "Attention", "Concatenate", "Dot", "MultiHeadAttention")
"""Layers that take two tensors: attention a query and a value."""
TAKEN_FROM = {"Embedding": (8,), "RepeatVector": (6,)}
"""By class, the shape of what it takes, without the batch."""
TAKEN = (8, 6)
"""The same of the others."""
LEFT_OUT = {"Conv1D": ("dilation_rate", "data_format"), "MaxPooling1D": ("data_format",)}
"""By class, arguments that do not go together with others, or not on every backend."""


def filed() -> dict[str, tuple[str, dict[str, Any]]]:
    """By fact, the layers that a file holds, and all their arguments."""
    return {
        f"arguments of {name}": (
            name,
            {
                key: value
                for key, value in {**needed, **optional}.items()
                if key not in LEFT_OUT.get(name, ())
            },
        )
        for name, (needed, optional) in LAYERS.items()
    }


def named() -> dict[str, tuple[str, dict[str, Any]]]:
    """By fact, the classes whose objects are named, and the arguments that they need."""
    return {
        f"name of {where}{name}": (f"{where}{name}", needed)
        for where, classes in NAMED.items()
        for name, (needed, _) in classes.items()
    }
