"""What a misuse must come to: an error that names the argument, and no damage."""

from __future__ import annotations

from keras_rnn_conformance.cases.api.misuses import MISUSES, Misuse
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected import reduction
from keras_rnn_conformance.expected.calls import Expected, expectation


def misuse_of(case: Case) -> Misuse:
    """The misuse of a case."""
    return MISUSES[str(case["what"])]


def inner(case: Case) -> Case:
    """The correct call that follows the misuse, as a case of a layer of the oracle."""
    options = {key: value for key, value in case.options if key not in ("do", "what")}
    return Case.from_options(case.layer, options)


@expectation("bad")
def _bad(case: Case, data: Data) -> Expected:
    right = inner(case)
    return Expected({"output": reduction.output(right, Data(right, data.seed))})
