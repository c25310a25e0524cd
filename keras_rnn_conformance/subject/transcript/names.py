"""What a value of a transcript is called."""

from __future__ import annotations

import re

from keras_rnn_conformance.subject.transcript.nodes import Node, can_change

WORDS = {"Functional": "model", "Sequential": "model"}
LAYERS = (
    "SimpleRNN",
    "LSTM",
    "GRU",
    "RNN",
    "Bidirectional",
    "TimeDistributed",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
)


def word(node: Node) -> str:
    """A name for a value."""
    kind = type(node.real).__name__
    if kind in LAYERS:
        return "layer"
    if kind in WORDS:
        return WORDS[kind]
    if any(base.__name__ == "Model" for base in type(node.real).__mro__):
        return "model"
    if kind == "KerasTensor":
        entry = node.kind == "call" and node.parts[0].path() == "keras.Input"
        return "inputs" if entry else "symbolic"
    if node.kind == "attribute" and str(node.parts[1]).isidentifier():
        return str(node.parts[1]).lstrip("_")
    if hasattr(node.real, "shape") and hasattr(node.real, "dtype"):
        return "given" if node.effect else "array"
    if isinstance(node.real, (list, tuple)):
        return "given"
    if can_change(node.real):
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    return "value"
