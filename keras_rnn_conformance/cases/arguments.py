"""The constructor arguments that a case gives, in Keras's words, as plain values.

Only what departs from Keras's defaults: a default is left unsaid so that a changed default shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY

INPUT_DTYPES = {"same": "float32", "f16": "float16", "f64": "float64", "i32": "int32"}

_SHARED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "bias": ("use_bias", bool),
    "after": ("reset_after", bool),
    "act": ("activation", lambda name: None if name == "none" else name),
    "ract": ("recurrent_activation", lambda name: None if name == "none" else name),
    "impl": ("implementation", int),
    "drop": ("dropout", lambda percent: percent / 100),
    "rdrop": ("recurrent_dropout", lambda percent: percent / 100),
    "dtype": ("dtype", POLICY.get),
}
_SEQUENCE = {
    "seq": "return_sequences",
    "state": "return_state",
    "back": "go_backwards",
    "unroll": "unroll",
    "stateful": "stateful",
    "zero": "zero_output_for_mask",
}


def cell_arguments(case: Case) -> dict[str, Any]:
    """The arguments that a cell takes too; an activation by its name, None or `callable`."""
    return {
        name: convert(case[key])
        for key, (name, convert) in _SHARED.items()
        if key in case.departures
    }


def sequence_arguments(case: Case) -> dict[str, Any]:
    """The arguments that only a whole layer takes."""
    arguments: dict[str, Any] = {name: True for key, name in _SEQUENCE.items() if case[key]}
    if case["cudnn"] != "auto":
        arguments["use_cudnn"] = case["cudnn"] == "true"
    return arguments


def spelled(case: Case) -> set[str]:
    """The axes that the arguments speak for."""
    return {*_SHARED, *_SEQUENCE, "cudnn"} - {"dtype"}


def input_dtype(case: Case) -> str:
    """The dtype of the input: the policy's, unless the case says otherwise."""
    compute = COMPUTE[str(case["dtype"])]
    return compute if case["x"] == "same" else INPUT_DTYPES[str(case["x"])]


def masking_policy(case: Case) -> str:
    """The policy of a Masking in front: that of the layer, or that of floats of another dtype.

    The layer then casts what comes masked.
    """
    return input_dtype(case) if case["x"] in ("f16", "f64") else POLICY[str(case["dtype"])]
