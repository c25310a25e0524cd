"""What the oracle says of an exported model: what it says of the layer that is called."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import EXPECTATIONS, Expected, expectation


@expectation("export")
def exported(case: Case, data: Data) -> Expected:
    """The calls of the layer, without what only the layer itself could tell: its kept states."""
    want = EXPECTATIONS["call"](case, data)
    kept = want.facts.pop("kept", [])
    want.arrays = {name: array for name, array in want.arrays.items() if name not in kept}
    return want
