"""Numbers and names of the deeds that hold a promise over many models, callers and dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_rnn_conformance.cases.models.deeds import conditions
from keras_rnn_conformance.cases.models.deeds.accounts import ACCOUNTS, TRAINED
from keras_rnn_conformance.cases.models.deeds.around import AROUND
from keras_rnn_conformance.cases.models.deeds.breadth import BREADTH
from keras_rnn_conformance.cases.models.deeds.definitions import DEFINITIONS
from keras_rnn_conformance.cases.models.deeds.definitions import TRAINED as FED
from keras_rnn_conformance.cases.models.deeds.living import FITTED as LIVED
from keras_rnn_conformance.cases.models.deeds.living import LIVING
from keras_rnn_conformance.cases.models.optimizing import EXCLUDED, LONG_STEPPED

Array = np.ndarray[Any, Any]

PROMISES: dict[str, str] = {
    "made_of": "what models are made of, under a global policy too, whole and from the middle on",
    "refused": "inputs that a model does not take: None, too few, too many, of another shape",
    "refused_predict": "predict on such inputs, and then on those that the model takes",
    "compiled_copies": "a compiled model, copied in every way, and around one that was compiled",
    "misused": "arguments that the layers around a recurrent one do not take",
    "misused_axes": "axes that are not there",
    "misused_sizes": "sizes below 1 of what repeats and looks up",
    "scored": "metrics that count hits, of truths and hits of every dtype, and after a reset",
    "scored_errors": "metrics of errors, of numbers of every dtype, and after a reset",
    "picked": "attention of several heads where a mask leaves one key to each query",
    "written_goals": "losses and metrics of several outputs, written in every documented form",
    "stepped": "the ways to take an optimizer's step",
    "stepped_scaled": "the ways to take a step of a LossScaleOptimizer",
    "stepped_long": "many steps of every optimizer, with the options of its own",
    "stepped_excluded": "steps of an optimizer whose weight decay leaves every weight alone",
    "hooked": "the hooks of a callback, whoever calls the model and however it is compiled",
    "hooked_bundled": "the hooks of a callback, with several steps an execution",
    "hooked_data": "the hooks of a PyDataset in fit, for training and for validation",
    "interrupted": "a model whose fit a callback or its data ends with an error",
    "interrupted_predict": "a model whose evaluate or predict ends with an error",
    "made_in_thread": "a model that a thread is making while another one calls clear_session",
    "two_dtypes": "operations of a user's cell on tensors of two dtypes, in either order",
    **conditions.CONDITIONS,
    **BREADTH,
    **ACCOUNTS,
    **DEFINITIONS,
    **AROUND,
    **LIVING,
}
"""By name of a deed, what is done."""

SHAPED = ("called", "in a model", "called with no start", "in a model with no start")
"""How a layer is used whose shapes follow the arguments of its call; one of them is optional."""

POLICIES = ("float32", "mixed_bfloat16")
MADE_OF = ("translator", "twelve", "shared", "siamese", "wrapped", "steady", "partly")
"""Models without masks, which have operations of their own in a graph."""
CUT = {"twelve": "dense6", "wrapped": "both", "steady": "second", "partly": "both"}
"""By model of one chain, the layer behind whose output another model begins."""


TAKEN = {"refused": ("called",), "refused_predict": ("predict_on_batch", "predict")}
"""By deed, how a model is given inputs."""
UNTAKEN: dict[str, tuple[str, tuple[str | None, ...], str]] = {
    "None for the first input": ("listed", (None, "start"), "sequence"),
    "None for the last input": ("listed", ("x", None), "start"),
    "None under a key": ("keyed", ("x", None), "start"),
    "one of two inputs": ("listed", ("x",), "start"),
    "one of two keys": ("keyed", ("x",), "start"),
    "a tensor for a dictionary": ("keyed", (), "start"),
    "three inputs": ("listed", ("x", "start", "start"), "start"),
    "inputs in the other order": ("listed", ("start", "x"), "sequence"),
    "another number of features": ("listed", ("wide", "start"), "sequence"),
    "another number of features, by keys": ("keyed", ("wide", "start"), "sequence"),
    "another rank": ("listed", ("flat", "start"), "sequence"),
    "another length": ("listed", ("long", "start"), "sequence"),
}
"""By name, the model that is given what it does not take, and that; and which input must be named.
"""

_RATES = ("Dropout", "GaussianDropout", "SpatialDropout1D")
_HEADS = {"num_heads": 2, "key_dim": 2}
_CONV: dict[str, Any] = {"filters": 2, "kernel_size": 2}
MISUSED: dict[str, dict[str, tuple[tuple[str, ...], dict[str, Any]]]] = {
    "misused": {
        "a rate above 1": (_RATES, {"rate": 1.5}),
        "a rate below 0": (_RATES, {"rate": -0.5}),
        "a negative size of noise": (("Dropout",), {"rate": 0.5, "noise_shape": (None, -1, 1)}),
        "a number for the shape of noise": (("Dropout",), {"rate": 0.5, "noise_shape": 2}),
        "a negative deviation": (("GaussianNoise",), {"stddev": -1.0}),
        "a negative slope below 0": (("LeakyReLU", "ReLU"), {"negative_slope": -1.0}),
        "a threshold below 0": (("ReLU",), {"threshold": -1.0}),
        "the batch among the axes": (("Permute",), {"dims": (0, 1)}),
        "an axis that is missing": (("Permute",), {"dims": (1, 3)}),
        "a shape that does not fit": (("Reshape",), {"target_shape": (7, -1)}),
        "no heads": (("MultiHeadAttention",), {**_HEADS, "num_heads": 0}),
        "heads of no size": (("MultiHeadAttention",), {**_HEADS, "key_dim": 0}),
        "heads that cannot be shared out": (
            ("GroupQueryAttention",),
            {"head_dim": 2, "num_query_heads": 3, "num_key_value_heads": 2},
        ),
        "an unknown score": (("Attention",), {"score_mode": "product"}),
        "no units": (("Dense",), {"units": 0}),
        "a negative number of units": (("Dense",), {"units": -2}),
        "no filters": (("Conv1D",), {**_CONV, "filters": 0}),
        "no kernel": (("Conv1D",), {**_CONV, "kernel_size": 0}),
        "an unknown padding": (("Conv1D",), {**_CONV, "padding": "before"}),
        "strides and dilation": (("Conv1D",), {**_CONV, "strides": 2, "dilation_rate": 2}),
        "filters that groups do not divide": (("Conv1D",), {**_CONV, "filters": 3, "groups": 2}),
        "three sides": (("Cropping1D",), {"cropping": (1, 2, 3)}),
        "three sides of padding": (("ZeroPadding1D",), {"padding": (1, 2, 3)}),
        "more than there is": (("Cropping1D",), {"cropping": (3, 3)}),
        "an unknown order": (("Flatten",), {"data_format": "first"}),
        "no layer": (("TimeDistributed", "Bidirectional"), {"layer": "dense"}),
        "an unknown name": (("Activation",), {"activation": "no such"}),
    },
    "misused_sizes": {
        "no repetitions": (("RepeatVector",), {"n": 0}),
        "a negative number of repetitions": (("RepeatVector",), {"n": -1}),
        "a size of 0": (("UpSampling1D",), {"size": 0}),
        "no rows": (("Embedding",), {"input_dim": 0, "output_dim": 2}),
        "a negative number of rows": (("Embedding",), {"input_dim": -3, "output_dim": 2}),
        "no columns": (("Embedding",), {"input_dim": 3, "output_dim": 0}),
    },
    "misused_axes": {
        "dimension 5 of three": (("LayerNormalization", "BatchNormalization"), {"axis": 5}),
        "dimension -9 of three": (("LayerNormalization",), {"axis": -9}),
    },
}
"""By deed and name, layers with arguments that they do not take, made or called on (2, 4, 6)."""

COMPILED = ("Sequential", "functional", "around a compiled one")
COPYING = ("as it is", "cloned", "cloned within", "loaded", "from JSON", "pickled", "copied")
"""Compiled models, and what is made of them."""
RATE = 0.25
"""The learning rate that a copy must keep."""
SHARE = 0.5
"""The weight of the loss that it must keep."""

HITS = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 1], [0, 1]], bool)
TRUTHS = np.array([[1, 1], [1, 0], [0, 1], [0, 1], [1, 1], [0, 0]], bool)
WEIGHED = np.array([1.0, 2.0, 0.5, 4.0, 0.25, 0.75])
"""Predictions and truths of two classes, and the weights of their samples."""
DTYPES = ("bool", "uint8", "int32", "float16", "bfloat16", "float32")
WRITTEN = (
    *(f"a tensor of {of}" for of in DTYPES),
    "an array of bool",
    "an array of int64",
    "lists",
)
"""How truths and predictions are written."""
NUMBERS = tuple(way for way in WRITTEN if "bool" not in way)
"""How errors are written: truths have no differences."""
TIMES = ("at first", "after a reset")


COUNTS = ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
SCORED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "scored": (
        ("BinaryAccuracy", "Precision", "Recall", *COUNTS),
        WRITTEN,
    ),
    "scored_errors": (("MeanSquaredError", "MeanAbsoluteError"), NUMBERS),
}
"""By deed, the metrics and how the values are written."""

PICKED = ("bool", "int32", "float32", "bool of one sample", "bool of none", "bool for each head")
"""The dtypes and shapes of a mask of attention."""
ATTENDING: dict[str, tuple[int, ...] | None] = {
    "no attention_axes": None,
    "attention_axes 1": (1,),
    "attention_axes -2": (-2,),
    "attention_axes 2 of four": (2,),
    "attention_axes -2 of four": (-2,),
}
"""By name, the axes along which queries attend to keys."""


def masks_of(name: str) -> tuple[str, ...]:
    """How a mask is given: attention in a fourth dimension has no axis of heads to lay it along."""
    return PICKED[:3] if name.endswith("four") else PICKED


GOALS = {"later": "mean_squared_error", "earlier": "mean_absolute_error"}
"""By output, in the order of the model, its loss; its metric is that of the other one."""
SHARES = {"later": 1.0, "earlier": 0.5}
FORMED = ("list", "tuple", "dict", "turned dict")
"""How what belongs to the outputs is written."""
LIKE = {"list": FORMED, "dict": ("dict", "turned dict")}
"""By what the outputs of a model are, how losses, and targets, are written for it."""

_STEPPED: dict[str, dict[str, Any]] = {
    "SGD": {"kind": "SGD", "learning_rate": 0.125, "momentum": 0.5},
    "Adam": {"kind": "Adam", "learning_rate": 0.125},
}
STEPPED = {
    "stepped": _STEPPED,
    "stepped_scaled": {name: {**how, "initial_scale": 4.0} for name, how in _STEPPED.items()},
    "stepped_long": LONG_STEPPED,
    "stepped_excluded": EXCLUDED,
}
"""By deed, optimizers."""
STEPPING = ("apply with weights", "apply once built", "apply_gradients")
"""The ways to take a step of them."""
STEPS = {"stepped_long": 13, "stepped_excluded": 3}
"""By deed, how many steps, and else 2."""


def ways_of(deed: str) -> tuple[str, ...]:
    """The ways in which a deed takes steps."""
    return STEPPING[:1] if deed in STEPS else STEPPING


CALLING = ("fit", "evaluate", "predict")
HOOKED = {"hooked": ("eagerly", "compiled"), "hooked_bundled": ("bundled",)}
"""By deed, how the model is compiled."""
BATCHES, HELD, EPOCHS = 9, 2, 2
"""Batches of training and of validation, and epochs."""
BUNDLE = 2
"""How many steps an execution takes where they are bundled."""


INTERRUPTED = {"interrupted": ("fit",), "interrupted_predict": ("evaluate", "predict")}
"""By deed, what ends with an error."""
BREAKING = ("a callback", "the data")
"""What raises it, in the second batch."""

FITTED = (*HOOKED, "hooked_data", "interrupted", *conditions.FITTED, *TRAINED, *FED, *LIVED)
"""Deeds that fit a model."""

DIGITS = {"int16": 15, "int32": 31, "bfloat16": 8, "float16": 11, "float32": 24}
"""By dtype, how many binary digits a number has."""
OPERATIONS = ("add", "multiply", "maximum", "matmul", "concatenate", "where")
"""What a user's cell does to two tensors."""
