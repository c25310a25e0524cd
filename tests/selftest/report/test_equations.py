"""The few lines of NumPy that scripts hold compute what the oracle computes."""

from __future__ import annotations

import numpy as np
import pytest

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import returned
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.script import equations

OPTIONS = ("", "-bias0", "-back1", "-mask.gap", "-mask.left-zero1-back1", "-init.list")
DERIVED = [
    f"{layer}-seq{seq}-state1-u3-t5{options}"
    for layer in equations.STEPS
    for seq in (0, 1)
    for options in OPTIONS
]


@pytest.mark.parametrize("id", DERIVED)
def test_what_a_script_derives_is_what_the_oracle_says(id: str) -> None:
    case = Case.parse(id)
    data = Data(case)
    derived = equations.derivation(case, data)
    assert derived is not None
    function, given = derived
    found = function(**given)
    for name in returned(case):
        part = equations.part_of(case, str(name))
        value = found[2][part[1]] if len(part) > 1 else found[part[0]]
        want = expected(case, data).arrays[str(name)]
        assert (np.abs(value - want.value) <= want.bound + 1e-12).all(), name


@pytest.mark.parametrize(
    "id",
    [
        "LSTM-seq1-state1-u3-t5-act.relu",
        "GRU-seq1-state1-u3-t5-after0",
        "LSTM-seq1-state1-u3-t5-as.bi",
    ],
)
def test_what_they_have_not_is_left_to_the_oracle(id: str) -> None:
    case = Case.parse(id)
    assert equations.derivation(case, Data(case)) is None
