"""What a misuse must come to: an error that names the argument, and no damage."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.pixels import by_pixel
from keras_rnn_conformance.expected.compositions import called
from keras_rnn_conformance.expected.registry import Expected, expectation


@expectation("bad")
def _bad(case: Case, data: Data) -> Expected:
    (output,) = called(case, data)
    return Expected({"output": by_pixel(case, output, 2 if case["seq"] else 1)})
