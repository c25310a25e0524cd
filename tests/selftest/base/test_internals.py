"""A Keras that has moved what it does not document is judged all the same."""

from __future__ import annotations

import importlib
import re
from types import SimpleNamespace
from typing import Any

import keras
import pytest

from keras_rnn_conformance.base.paths import PACKAGE
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.verdict import conduct
from keras_rnn_conformance.subject import internals, trace

PRIVATE = re.compile(r"from keras\.src|import_module\(f?\"keras\.src|\._flatten_layers")


def test_one_file_reaches_into_keras() -> None:
    reaching = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if PRIVATE.search(path.read_text(encoding="utf-8"))
    }
    assert reaching == {"internals.py"}


def test_a_backend_module_that_is_elsewhere_has_nothing_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert not vars(internals.backend_module())


def test_what_cannot_be_traced_is_judged_without_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    suite.modules()
    monkeypatch.setattr(trace, "_BACKEND", SimpleNamespace())
    monkeypatch.setattr(trace, "_NATIVE", None)
    for id, rule in (("LSTM-seq1-state1-u3-t5", "VALUE-2"), ("GRU-seq0-state0-u2-t3", "VALUE-3")):
        verdict = conduct(Case.parse(id))
        assert rule in verdict.passed and verdict.ok, verdict.failed


def test_layers_within_are_those_that_keras_lists() -> None:
    layers = [
        keras.layers.LSTM(2),
        keras.layers.Bidirectional(keras.layers.GRU(2)),
        keras.layers.RNN([keras.layers.LSTMCell(2), keras.layers.SimpleRNNCell(2)]),
    ]
    for layer in layers:
        hidden = SimpleNamespace(**{k: v for k, v in vars(layer).items() if k != "_layers"})
        listed = {id(inner) for inner in internals.layers_within(layer)}
        assert {id(inner) for inner in internals.layers_within(hidden)} - {id(hidden)} == (
            listed - {id(layer)}
        )
