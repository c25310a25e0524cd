"""The laws of a user's own layers find what is wrong, and nothing in what is right."""

from __future__ import annotations

from functools import cache

import keras
import pytest

from keras_rnn_conformance.own.judge import attempt
from keras_rnn_conformance.own.laws import LAWS
from keras_rnn_conformance.own.subject import Subject, kind_of
from tests.selftest.own.planted import PLANTED, Planted

BACKEND = keras.backend.backend()
BUILT_IN = ("SimpleRNN", "LSTM", "GRU", "SimpleRNNCell", "LSTMCell", "GRUCell")


def _planted() -> list[object]:
    return [
        pytest.param(name, one, id=f"{name}-{one.thing.__name__}")
        for name, all_of in PLANTED.items()
        for one in all_of
    ]


def test_every_law_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(LAWS)


@pytest.mark.parametrize(("name", "one"), _planted())
def test_a_law_finds_its_planted_fault(name: str, one: Planted) -> None:
    if BACKEND not in one.backends:
        pytest.skip(f"this fault cannot exist, or the law not be tried, on {BACKEND}")
    subject = _subject(one)
    assert subject.lacking(LAWS[name]) is None
    assert attempt(LAWS[name], subject, subject.sizes(LAWS[name])) is not None


@cache
def _subject(one: Planted) -> Subject:
    return Subject(one.thing, kind_of(one.thing), one.declared)
