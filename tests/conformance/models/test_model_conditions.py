"""Promises that could be broken under a condition alone: by what stands around, or by a size."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer or two."""
    yield from model_edges.chosen(profile, model_edges.CONDITIONED)


deed_rule(
    "CTX-100",
    "What a layer is told about training in its call holds for it and for what is inside it; a "
    "layer that is told nothing goes by the call around it.",
    "told_training",
    "told_behind",
    "told_in_fit",
    "untold_in_fit",
    source="keras.layers.Layer.__call__: training, in order of priority; keras.Model.fit, evaluate "
    "and predict; guide: Making new layers and models via subclassing, training",
)

deed_rule(
    "CTX-101",
    "Stateless scopes and stateless_call may stand inside each other: none changes a variable, and "
    "each hands back what was changed inside it.",
    "scopes_within",
    source="keras.StatelessScope; keras.Layer.stateless_call: without any side effects",
)

deed_rule(
    "DTYPE-100",
    "A layer reads its weights in its own compute dtype, before and after it calls a layer of "
    "another dtype, and one that raises an error.",
    "casts_within",
    source="keras.dtype_policies.DTypePolicy; keras.Layer, dtype; guide: Mixed precision",
)
