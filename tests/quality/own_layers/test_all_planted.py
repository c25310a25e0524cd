"""The whole catalogue of planted faults, and Keras's own layers: `tox -e own-layers`."""

from __future__ import annotations

import keras
import pytest

from keras_rnn_conformance import check_cell, check_layer
from tests.selftest.own.planted import Planted, finds, planted_here

BUILT_IN = ("SimpleRNN", "LSTM", "GRU", "SimpleRNNCell", "LSTMCell", "GRUCell")
ROWS = [
    pytest.param(name, one, id=f"{name}-{one.subject.__name__}")
    for name, all_of in planted_here().items()
    for one in all_of
]


@pytest.mark.parametrize(("name", "one"), ROWS)
def test_a_law_finds_its_planted_fault(name: str, one: Planted) -> None:
    """Each law finds every fault that is planted for it."""
    assert finds(name, one)


@pytest.mark.parametrize("name", BUILT_IN)
def test_keras_own_layers_keep_every_law(name: str) -> None:
    """No law fails on a layer of Keras's own, but by a fault of Keras's."""
    check = check_cell if name.endswith("Cell") else check_layer
    outcomes = check(getattr(keras.layers, name), on_fail="return")
    assert [o for o in outcomes if o.status == "failed"] == []
    assert sum(o.status == "passed" for o in outcomes) > 45
