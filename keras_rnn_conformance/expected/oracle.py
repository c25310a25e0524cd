"""The reference layer of a case, and the states that it starts from."""

from __future__ import annotations

from typing import Any

import reference_impl as ref
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.expected.registry import GENERATION


def initial_state(case: Case, data: Data) -> Any:
    """The initial states that a case hands over, None without any."""
    if case["init"] == "none":
        return None
    if case["init"] == "layer":
        encoder = oracle(case.but(mask="none", maskby="arg", zero=0, unroll=0))
        return encoder(data.x, data.weights("encoder ")).states
    return data.states(len(state_names(case.layer)))


def oracle(case: Case, layer: str = "", **changes: Any) -> Any:
    """The reference layer that a case describes."""
    layer = layer or case.layer
    options: dict[str, Any] = {
        "activation": activation(str(case["act"])),
        "use_bias": bool(case["bias"]),
        "return_sequences": bool(case["seq"]),
        "return_state": bool(case["state"]),
        "go_backwards": bool(case["back"]),
        "zero_output_for_mask": bool(case["zero"]),
        "precision": COMPUTE[str(case["dtype"])],
        "generation": GENERATION.get(),
    }
    if layer != "SimpleRNN" and "ract" in case.departures:
        options["recurrent_activation"] = activation(str(case["ract"]))
    if layer == "GRU":
        options["reset_after"] = bool(case["after"])
    return getattr(ref, layer)(case.number("u"), **{**options, **changes})


def activation(name: str) -> Any:
    """The oracle's argument for an activation axis value.

    The callable is the hard sigmoid of Keras 2, which no name of Keras 3 stands for.
    """
    if name == "callable":
        return ref.activation("hard_sigmoid", generation="keras2.0")
    return None if name == "none" else name
