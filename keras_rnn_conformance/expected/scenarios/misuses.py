"""What a misuse must come to: an error that names the argument, and no damage."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import inner
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected import reduced_outputs
from keras_rnn_conformance.expected.registry import Expected, expectation


@expectation("bad")
def _bad(case: Case, data: Data) -> Expected:
    right = inner(case)
    return Expected({"output": reduced_outputs.output(right, Data(right, data.seed))})
