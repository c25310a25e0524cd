"""An exported model computes what the model computes, in the runtime of its format."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.models.deeds.exporting import IN_FORMAT
from keras_rnn_conformance.judging.deeds import deed_rule
from keras_rnn_conformance.judging.rules import value_rule

FORMS = (
    Case.of("LSTM", seq=1, state=1, t=3),
    Case.of("GRU", seq=1, t=3, mask="gap"),
    Case.of("SimpleRNN", seq=1, state=1, t=3, as_="bi"),
    Case.of("GRU", t=3, after=0, back=1),
    Case.of("LSTM", seq=1, state=1, t=3, init="list"),
    Case.of("LSTM", seq=1, t=3, as_="stack"),
    Case.of("LSTM", t=3, stateful=1, calls=2),
    Case.of("GRU", seq=1, t=3, act="relu", ract="hard_sigmoid", bias=0),
    Case.of("SimpleRNN", seq=1, t=3, n=2, unroll=1, mask="right"),
    Case.of("GRU", seq=1, t=3, n=2, mask="right", maskby="embedding"),
    Case.of("LSTM", seq=1, t=3, n=4, in_=4, mask="left", maskby="masking", zero=1),
    Case.of("GRU", seq=1, t=3, as_="bi", own=1, merge="sum"),
    Case.of("ConvLSTM1D", seq=1, t=2, kern=3),
)
"""Layers whose export takes code of its own."""
OPEN = (
    Case.of("LSTM", seq=1, t=3, static="batch"),
    Case.of("GRU", t=3, static="none", mask="gap"),
    Case.of("SimpleRNN", seq=1, t=3, as_="bi", static="none"),
)
"""Models of an unknown number of samples, or of timesteps too."""
MORE = (
    Case.of("SimpleRNN", t=2, n=2),
    Case.of("LSTM", seq=1, state=1, t=2, n=2, unroll=1),
    Case.of("GRU", seq=1, state=1, t=3, n=2, init="list", mask="left"),
    Case.of("GRU", t=3, seq=1, n=2, as_="list"),
    Case.of("LSTM", seq=1, t=3, static="batch", n=2, calls=2, then="batch"),
    Case.of("GRU", seq=1, state=1, t=3, static="time", calls=2, then="length"),
    Case.of("SimpleRNN", t=2, n=2, static="none", calls=2, then="length"),
    Case.of("GRU", t=3, n=2, stateful=1, calls=2),
    Case.of("GRU", seq=1, t=3, n=2, drop=50),
    Case.of("LSTM", t=2, n=2, drop=50, rdrop=25, unroll=1),
)
"""The same in formats in which a loop, a state or an open size is written in ways of their own."""
CHOSEN = {
    "saved_model": (0, 1, 2, 3, 4, 13),
    "onnx": (0, 3, 16),
    "openvino": (8, 16),
    "litert": (3, 17),
    "torch": (0, 3, 13),
}
"""Those of the default profile, by format."""
UNSIGNED = (Case.of("LSTM", seq=1, t=3, static="batch"), Case.of("GRU", t=3, n=2, mask="left"))
"""Models that were never called, and are exported without a signature."""


def cases(profile: str) -> Iterator[Case]:
    """Every form in every format; fewer in the default profile."""
    yield from model_edges.chosen(profile, model_edges.EXPORTED)
    if profile == "smoke":
        return
    for name in CHOSEN:
        for number, form in enumerate((*FORMS, *OPEN, *MORE)):
            if profile == "thorough" or number in CHOSEN[name]:
                yield form.but(do="export", what=name)
    if profile == "thorough":
        for form in UNSIGNED:
            yield form.but(do="export", what="onnx_unsigned")


def exported(case: Case) -> bool:
    """The cases of the scenario `export`."""
    return case["do"] == "export"


value_rule(
    "EXPORT-1",
    "An exported model, run in the runtime of its format, computes what its layers document.",
    source="keras.Model.export; guide: Save, serialize, and export models",
    applies=exported,
)

deed_rule(
    "EXPORT-2",
    "An exported model of many layers computes what they document: masks reach the layers behind, "
    "and states those that start from them.",
    *IN_FORMAT,
    source="keras.Model.export; guide: Save, serialize, and export models; guide: Masking and "
    "padding with Keras",
)

deed_rule(
    "EXPORT-3",
    "A SavedModel has the inputs and outputs of its model, put together alike, and its weights at "
    "the time; a model whose inputs are not known, or an unknown format, is refused.",
    "exported_kinds",
    source="keras.Model.export, input_signature, format; keras.export.ExportArchive.add_endpoint",
)

deed_rule(
    "EXPORT-4",
    "The endpoints of an ExportArchive compute what their functions do; the first is the default, "
    "and collections of variables keep their order.",
    "archived",
    source="keras.export.ExportArchive; add_endpoint, track, add_variable_collection, write_out",
)

deed_rule(
    "EXPORT-5",
    "A TFSMLayer computes what the endpoint of its file does, in training that of "
    "call_training_endpoint, and with its own weights.",
    "served_again",
    source="keras.layers.TFSMLayer, call_endpoint, call_training_endpoint; Example",
)
