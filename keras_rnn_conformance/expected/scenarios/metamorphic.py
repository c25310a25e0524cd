"""How far two ways to the same numbers may lie apart: the rounding errors of both."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import EXPECTATIONS, Expected, expectation
from reference_impl import Bounded


@expectation("twin")
def _twin(case: Case, data: Data) -> Expected:
    of = plain(case)
    if case["what"] == "reversal":
        of = of.but(back=1)
    if case["what"] == "sequences":
        of = of.but(seq=0)
    want = EXPECTATIONS["call"](of, data)
    both = {name: Bounded(a.value, 2 * a.bound, a.precision) for name, a in want.arrays.items()}
    return Expected(both, want.names)
