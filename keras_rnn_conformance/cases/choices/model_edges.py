"""The cases of what users do with layers beside calling and training them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.deeds.accounts import ACCOUNTS
from keras_rnn_conformance.cases.models.deeds.accounts import DEAR as WAITING
from keras_rnn_conformance.cases.models.deeds.around import AROUND
from keras_rnn_conformance.cases.models.deeds.breadth import BREADTH
from keras_rnn_conformance.cases.models.deeds.definitions import DEFINITIONS
from keras_rnn_conformance.cases.models.deeds.exporting import IN_FORMAT
from keras_rnn_conformance.cases.models.deeds.living import LIVING
from keras_rnn_conformance.cases.models.described import GROUPS
from keras_rnn_conformance.cases.models.edges import OPTIONAL, WALKS

SIZES: dict[str, int | str] = {"u": 2, "t": 4, "n": 3, "in": 5, "do": "edge"}
MASKED = (
    "ragged",
    "numpy_units",
    "threads",
    "floatx",
    "floatx_called",
    "constant_mask",
    "tokens",
    "stray_token",
    "by_hand",
    "reduced",
    *WALKS,
    *OPTIONAL,
    *IN_FORMAT,
)
DTYPES = {
    ("floatx", "LSTM"): "f64",
    ("floatx", "GRU"): "bf16",
    ("floatx_called", "LSTM"): "f64",
    ("floatx_called", "SimpleRNN"): "f64",
    ("counted_in", "LSTM"): "f64",
}
LAYERS = {
    "reset_model": "GRU",
    "reset_given": "LSTM",
    "own_layer": "LSTM SimpleRNN",
    "no_timesteps": "GRU LSTM",
    "ragged": "GRU",
    "numpy_units": "SimpleRNN LSTM",
    "threads": "LSTM",
    "quantized": "SimpleRNN",
    "decoder": "GRU",
    "exported": "LSTM",
    "floatx": "LSTM GRU",
    "floatx_called": "LSTM SimpleRNN",
    "stateful_fit": "GRU LSTM",
    "constant_states": "LSTM",
    "constant_mask": "SimpleRNN",
    "constants": "SimpleRNN",
    "tokens": "LSTM GRU",
    "stray_token": "SimpleRNN",
    "learned_start": "SimpleRNN",
    "noise": "SimpleRNN",
    "misfit": "GRU",
    "shared_within": "LSTM",
    "saved_within": "GRU",
    "odd_dtype": "LSTM GRU",
    "rebuilt": "GRU",
    "padded": "SimpleRNN",
    "callbacks": "GRU",
    "paired": "SimpleRNN",
    "own_slices": "GRU",
    "two_slices": "LSTM",
    "joined_slices": "GRU",
    "sequence_loss": "LSTM",
    "held_up": "SimpleRNN",
    "state_paths": "LSTM GRU",
    "more_layers": "GRU",
    "of_subclass": "LSTM",
    "sharded": "GRU",
    "lora": "SimpleRNN",
    "lora_int4": "GRU",
    "quantized_whole": "LSTM",
    "callers": "LSTM",
    "callers_trained": "SimpleRNN",
    "callers_eager": "SimpleRNN",
    "callers_bundled": "LSTM",
    "counted": "SimpleRNN",
    "counted_trained": "SimpleRNN",
    "counted_eager": "SimpleRNN",
    "counted_bundled": "SimpleRNN",
    "single": "LSTM",
    "stateful_eager": "LSTM",
    "stateful_bundled": "SimpleRNN",
    "windows": "SimpleRNN",
    "optional": "GRU SimpleRNN",
    "optional_cloned": "SimpleRNN",
    "optional_first": "GRU",
    "contained": "GRU",
    "frozen": "SimpleRNN",
    "frozen_otherwise": "SimpleRNN",
    **dict.fromkeys(GROUPS, "SimpleRNN"),
}

PUT_TOGETHER = {
    "cloned_onto": "GRU",
    "cloned_onto_list": "SimpleRNN",
    "by_hand": "GRU",
    "shaped": "SimpleRNN",
    "assigned": "SimpleRNN",
    "quantized_table": "SimpleRNN",
    "rebuilt_merges": "GRU",
    "attended_h5": "SimpleRNN",
    "dotted_h5": "GRU",
    "unfit": "SimpleRNN",
    "told": "GRU",
    "counted_in": "SimpleRNN LSTM",
    "named_files": "GRU",
    "reduced": "SimpleRNN",
    "misshapen": "GRU",
    "registered": "LSTM",
    "own_metric": "SimpleRNN",
    "assessed_files": "GRU",
    "exact_numbers": "SimpleRNN",
    "exact_penalties": "SimpleRNN",
    "digits": "LSTM",
    "digits_h5": "GRU",
    "nested": "GRU",
    "nested_copies": "SimpleRNN",
    "nested_pickled": "LSTM",
    "inputs_alone": "LSTM",
    "inputs_loaded": "SimpleRNN",
}
"""Deeds about how models and layers are put together."""

PROMISED = {
    "made_of": "GRU",
    "refused": "SimpleRNN",
    "refused_predict": "SimpleRNN",
    "compiled_copies": "SimpleRNN",
    "misused": "SimpleRNN",
    "misused_axes": "SimpleRNN",
    "misused_sizes": "SimpleRNN",
    "scored": "SimpleRNN",
    "scored_errors": "SimpleRNN",
    "picked": "SimpleRNN",
    "written_goals": "SimpleRNN",
    "stepped": "SimpleRNN",
    "stepped_scaled": "SimpleRNN",
    "stepped_long": "SimpleRNN",
    "stepped_excluded": "SimpleRNN",
    "hooked": "SimpleRNN",
    "hooked_bundled": "SimpleRNN",
    "hooked_data": "SimpleRNN",
    "interrupted": "SimpleRNN",
    "interrupted_predict": "SimpleRNN",
    "made_in_thread": "LSTM",
    "two_dtypes": "SimpleRNN",
}
"""Deeds that hold a promise over many models, callers and dtypes."""

EXPORTED = {
    "exported_saved_model": "GRU",
    "exported_onnx": "LSTM",
    "exported_openvino": "LSTM",
    "exported_litert": "LSTM",
    "exported_torch": "LSTM",
    "exported_each": "LSTM",
    "exported_joined": "SimpleRNN",
    "exported_fed": "LSTM",
    "exported_kinds": "LSTM",
    "archived": "GRU",
    "served_again": "SimpleRNN",
}
"""Deeds that export models."""
CONDITIONED = {
    "told_training": "LSTM",
    "told_behind": "SimpleRNN",
    "told_in_fit": "SimpleRNN",
    "untold_in_fit": "SimpleRNN",
    "scopes_within": "SimpleRNN",
    "casts_within": "GRU",
    "frozen_parts": "SimpleRNN",
    "extremes": "LSTM",
    "extremes_h5": "LSTM",
    "zero_weights": "LSTM GRU",
    "partial_files": "GRU",
    "policy_maps": "SimpleRNN",
    "policy_maps_unsaid": "SimpleRNN",
    "nothing_counts": "SimpleRNN",
    "nothing_trained": "GRU",
    "picked_jointly": "SimpleRNN",
    "picked_in_half": "SimpleRNN",
    "passing_masks": "LSTM",
    "spoilt_norm": "SimpleRNN",
    "many_slices": "SimpleRNN",
    "wide_tokens": "SimpleRNN",
    "large_drops": "SimpleRNN LSTM",
}
"""Deeds whose promise could be broken under a condition alone."""

BROAD = {**dict.fromkeys(BREADTH, "SimpleRNN"), "copied_drops": "SimpleRNN LSTM"}
"""Deeds that hold a promise over every rank, axis, argument and dtype."""

SURROUNDING = {**dict.fromkeys((*AROUND, *LIVING), "SimpleRNN"), "policies_kept": "LSTM"}
"""Deeds on what stands around a layer, and on what a model lives through."""

ACCOUNTED = dict.fromkeys(ACCOUNTS, "SimpleRNN")
"""Deeds on what training tells, and on what is told of data and models."""

DEFINED = dict.fromkeys(DEFINITIONS, "SimpleRNN")
"""Deeds on what has a definition, and on what people write otherwise."""

DEAR = ("callers_eager", "callers_bundled", *WAITING)
"""Deeds for `thorough` alone: others show nearly the same, and cost less."""


def chosen(profile: str, deeds: Mapping[str, str] = LAYERS) -> Iterator[Case]:
    """Each deed with one or two layers."""
    for what, layers in deeds.items():
        every = profile == "thorough" or (profile == "default" and what not in DEAR)
        for layer in layers.split() if every else ():
            mask = "right" if what in MASKED else "none"
            dtype = DTYPES.get((what, layer), "f32")
            yield Case.of(layer, **SIZES, mask=mask, dtype=dtype, what=what)
