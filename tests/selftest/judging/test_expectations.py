"""The oracle has an answer to every case, also where no Keras of today gets as far as asking it."""

from __future__ import annotations

import json
import re

import pytest

from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import Expected, expected
from keras_rnn_conformance.judging import suite

SCHEMA = json.loads((FIXTURES / "results.schema.json").read_text(encoding="utf-8"))
NAME = re.compile(SCHEMA["$defs"]["name"]["pattern"])


@pytest.fixture(scope="module")
def answers() -> dict[str, Expected | str]:
    """By case, what is expected; or the error that the oracle ended with."""
    return {case.id: _answer(Data(case)) for case in suite.all_cases("default")}


def _answer(data: Data) -> Expected | str:
    try:
        return expected(data.case, data)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def test_whatever_is_expected_can_be_computed(answers: dict[str, Expected | str]) -> None:
    """A known failure that ends in an error hides what would come after it, till it is mended."""
    assert {id: answer for id, answer in answers.items() if isinstance(answer, str)} == {}


def test_the_names_of_what_is_expected_can_be_read_from_results(
    answers: dict[str, Expected | str],
) -> None:
    wrong = {
        id: names
        for id, answer in answers.items()
        if isinstance(answer, Expected)
        and (names := [n for n in (*answer.arrays, *answer.facts) if not NAME.fullmatch(n)])
    }
    assert wrong == {}
