"""The stored covering arrays hold every possible pair and triple, and regenerate byte by byte."""

from __future__ import annotations

import pytest

from tests.harness import cover


@pytest.mark.parametrize(("name", "strength"), cover.ARRAYS.items())
def test_every_possible_combination_is_held(name: str, strength: int) -> None:
    held = set().union(*(cover.held(case, strength) for case in cover.stored(name)))
    assert set(cover.tuples(strength)) <= held


def test_pairs_regenerate() -> None:
    pytest.importorskip("allpairspy", reason="the covering-array library is an extra of the tests")
    assert cover.array(2) == cover.stored("pairs")
