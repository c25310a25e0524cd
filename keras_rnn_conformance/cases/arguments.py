"""The constructor arguments that a case gives, in Keras's words, as plain values.

Only what departs from Keras's defaults: a default is left unsaid so that a changed default shows.
"""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.cases.axes import AXES
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY

INPUT_DTYPES = {"same": "float32", "f16": "float16", "f64": "float64", "i32": "int32"}


def cell_arguments(case: Case) -> dict[str, Any]:
    """The arguments that a cell takes too; an activation by its name, None or `callable`."""
    return _given(case, "cell")


def sequence_arguments(case: Case) -> dict[str, Any]:
    """The arguments that only a whole layer takes."""
    return _given(case, "layer")


def _given(case: Case, taker: str) -> dict[str, Any]:
    unsaid = ("dtype",) if case["dtypeby"] == "config" else ()
    return {
        axis.gives.name: axis.gives.convert(case[axis.key])
        for axis in AXES
        if axis.gives
        and axis.gives.of == taker
        and case[axis.key] != axis.default
        and axis.key not in unsaid
    }


def spelled(case: Case) -> set[str]:
    """The axes that the arguments speak for."""
    return {axis.key for axis in AXES if axis.gives} - {"dtype"}


def input_dtype(case: Case) -> str:
    """The dtype of the input: the policy's, unless the case says otherwise."""
    compute = COMPUTE[str(case["dtype"])]
    return compute if case["x"] == "same" else INPUT_DTYPES[str(case["x"])]


def masking_policy(case: Case) -> str:
    """The policy of a Masking in front: that of the layer, or that of floats of another dtype.

    The layer then casts what comes masked.
    """
    return input_dtype(case) if case["x"] in ("f16", "f64") else POLICY[str(case["dtype"])]
