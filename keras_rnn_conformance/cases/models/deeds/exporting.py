"""Numbers and names of the deeds that export models, and use what was exported."""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.cases.models.nestings import NESTED
from keras_rnn_conformance.cases.scenarios.formats import FORMATS

_MANY = (
    "embedded",
    "by_masking",
    "batchnorm",
    "cells",
    "both_ways",
    "twelve",
)
"""Models of many layers, of masks that are made, merged and given, of states that are handed on."""
_SOME = ("by_masking", "heads", "lstm_states", "translator", "each_dense")

IN_FORMAT = {
    **{f"exported_{variant}": variant for variant in FORMATS if variant != "onnx_unsigned"},
    "exported_each": "saved_model",
    "exported_joined": "saved_model",
    "exported_fed": "saved_model",
}
"""By deed, the format that models of many layers are exported to."""
MODELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(IN_FORMAT, _SOME),
    "exported_saved_model": _MANY,
    "exported_each": ("wrapped", "each_dense", "each_norm"),
    "exported_fed": ("lstm_states", "translator", "by_argument", "nested_masks", "heads"),
    "exported_joined": ("append_both", "called_twice", "join_same"),
}
"""By deed, the models; TimeDistributed and Concatenate are parts of the last."""
SAVED = ("exported_kinds", "archived")
"""The deeds that export to a SavedModel besides."""

EXPORTING: dict[str, str] = {
    **{deed: f"models of many layers in {FORMATS[v].title}" for deed, v in IN_FORMAT.items()},
    "exported_each": "models with TimeDistributed in a SavedModel",
    "exported_fed": "models of several inputs, of which some are masks, in a SavedModel",
    "exported_joined": "models with Concatenate, whose mask joins masks, in a SavedModel",
    "exported_kinds": "models of every kind in a SavedModel; models that cannot be exported",
    "archived": "an ExportArchive of several endpoints and of collections of variables",
    "served_again": "an exported model as a layer of another one: TFSMLayer",
}
"""By name of a deed, what is done."""

NESTED_OUTPUTS: dict[str, Any] = {
    name: form for name, form in NESTED.items() if name != "a list in a dictionary"
}
"""How inputs and outputs are put together; TensorFlow's signatures nest no outputs deeper."""
KINDS: dict[str, tuple[str, ...]] = {
    "functional": tuple(NESTED_OUTPUTS),
    "subclass": ("a tensor", "a tuple", "a dictionary out of order"),
}
"""By the kind of a model, how its inputs are put together."""
SIGNED = ("an InputSpec", "a KerasTensor", "a tensor")
"""How a caller says what a model takes."""
ENDPOINTS = ("called", "doubled", "started")
"""The endpoints of an archive."""
COLLECTED = 17
"""The variables of a collection, of which each holds its number."""
TURNS = ("", ", again", ", once more")
"""How often a TFSMLayer is called, in inference and in training by turns."""
CHANGED = 0.5
"""What every weight is multiplied by after a model was exported."""
UNEXPORTED = (
    "a Sequential that is not built",
    "a subclass that was never called",
    "an unknown format",
)
UNARCHIVED = (
    "a name that is taken",
    "no signature",
    "no endpoint",
    "a layer that is not built",
    "what is no layer",
    "a variable alone",
    "arrays",
)
UNSERVED = (
    "an endpoint that is missing",
    "an endpoint of training that is missing",
    "a configuration that is not trusted",
)
"""What is refused with a ValueError."""
