"""What a layer computes under a global setting: what one computes that is told the same itself."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain, unset
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import EXPECTATIONS, Expected, expectation


@expectation("settings")
def _settings(case: Case, data: Data) -> Expected:
    if case["what"] == "random":
        return Expected()
    plain_case = plain(case)
    usual = unset(case)
    want = EXPECTATIONS["call"](plain_case, Data(plain_case, data.seed))
    without = EXPECTATIONS["call"](usual, Data(usual, data.seed)).arrays
    for when in ("later",) if case["what"] == "floatx" else ("earlier", "later"):
        want.arrays |= {f"{when} {name}": without[name] for name in want.names}
    return want


@expectation("written")
def _written(case: Case, data: Data) -> Expected:
    plain_case = plain(case)
    return EXPECTATIONS["call"](plain_case, Data(plain_case, data.seed))
