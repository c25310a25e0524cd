"""The numbers of a case: bound by hash, exact in every dtype, and of no hidden symmetry."""

from __future__ import annotations

import numpy as np
import pytest

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data, mask_of
from keras_rnn_conformance.cases.masking import mark
from keras_rnn_conformance.cases.streams import GRID
from keras_rnn_conformance.judging import suite

PINNED = {
    "LSTM-seq1-state1-u3-t5": "61c5c910c3b24768",
    "GRU-seq0-state1-u16-t8-after0": "cb89a5b6c4dde518",
    "SimpleRNN-seq1-state0-u2-t5-n4-in3-mask.gap-back1": "e7e1b7e773c45ac1",
}
MATRIX = suite.plan("default")["tests.conformance.layer.test_matrix"]


@pytest.mark.parametrize("id", PINNED)
def test_the_numbers_of_a_case_never_change(id: str) -> None:
    assert Data(Case.parse(id)).digest() == PINNED[id]


def test_another_seed_gives_other_numbers() -> None:
    case = Case.parse("LSTM-seq1-state1-u3-t5")
    assert Data(case, 1).digest() != Data(case).digest()
    assert Data(case, 1).x.shape == Data(case).x.shape


def test_a_twin_differs_in_its_weights_alone() -> None:
    case = Case.of("LSTM", t=3, n=4, in_=4, mask="gap", maskby="marked", calls=2)
    data, twin = Data(case), Data(case).with_other_weights()
    pairs = [*zip(data.weights(), twin.weights(), strict=True), (data.table, twin.table)]
    assert not any(np.array_equal(own, other) for own, other in pairs)
    assert np.array_equal(data.table, data.x)
    assert all(np.array_equal(data.x_of(call), twin.x_of(call)) for call in (0, 1))
    assert mark(case, data) == mark(case, twin)


def test_every_number_is_exact_in_sixteen_bits() -> None:
    for case in MATRIX[::17]:
        data = Data(case)
        for array in (data.x, *data.weights(), *data.states(2)):
            scaled = array * GRID
            assert np.array_equal(scaled, np.round(scaled))
            # bfloat16 has eight significant bits
            assert np.abs(scaled).max() <= 256
            assert np.all(array != 0)


def test_no_two_sizes_are_equal_by_accident_and_one_occurs_in_each() -> None:
    sizes = [(d.batch, d.timesteps, d.features, d.units) for d in map(Data, MATRIX)]
    for batch, timesteps, features, units in sizes:
        assert len({batch, features, units}) == 3
        assert len({batch, features, timesteps}) == 3
    for column in zip(*sizes, strict=True):
        assert 1 in column


def test_weights_have_no_symmetry() -> None:
    for case in MATRIX:
        kernel, recurrent, bias = Data(case).weights()
        gates = recurrent.shape[1] // recurrent.shape[0]
        if case.number("u") > 1:
            split = np.split(recurrent, gates, axis=1)
            assert any(not np.array_equal(gate, gate.T) for gate in split)
        assert np.unique(bias).size > 1 or bias.size == 1
        assert np.unique(kernel).size > 1 or kernel.size == 1


@pytest.mark.parametrize("pattern", ["right", "left", "gap", "alt", "first", "row", "ragged"])
def test_a_mask_pattern_masks_something_and_not_everything(pattern: str) -> None:
    mask = mask_of(pattern, 4, 5)
    assert mask.any()
    assert not mask.all()
    assert len({tuple(row) for row in mask.tolist()}) > 1


def test_the_extreme_masks() -> None:
    assert mask_of("ones", 2, 3).all()
    assert not mask_of("all", 2, 3).any()
