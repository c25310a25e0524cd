"""The stored covering arrays hold every possible pair and triple, and regenerate byte by byte."""

from __future__ import annotations

import pytest

from keras_rnn_conformance.cases.choices import covering


@pytest.mark.parametrize(("name", "strength"), covering.ARRAYS.items())
def test_every_possible_combination_is_held(name: str, strength: int) -> None:
    held = set().union(*(covering.held(case, strength) for case in covering.stored(name)))
    assert set(covering.tuples(strength)) <= held


def test_pairs_regenerate() -> None:
    pytest.importorskip("allpairspy", reason="the covering-array library is an extra of the tests")
    assert covering.array(2) == covering.stored("pairs")
