"""Ids name cases one to one, whatever the machine; what is no id is refused with a reason."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.cases.axes import AXES, CORE, LAYERS, OPTIONS
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.constraints.table import CONSTRAINTS
from keras_rnn_conformance.cases.data import Data, other_call
from keras_rnn_conformance.judging import suite


@pytest.mark.parametrize("profile", suite.PROFILES)
def test_every_case_reads_back_from_its_id(profile: str) -> None:
    cases = suite.all_cases(profile)
    ids = [case.id for case in cases]
    assert len(set(ids)) == len(ids)
    assert [Case.parse(id) for id in ids] == cases


def test_the_matrix_is_whole() -> None:
    matrix = suite.plan("default")["tests.conformance.layer.test_matrix"]
    assert len(matrix) >= 4 * 2 * 2 * 7 * 7


def test_a_larger_profile_holds_the_smaller() -> None:
    gate, smoke, default, thorough = (set(suite.all_cases(name)) for name in suite.PROFILES)
    assert smoke <= default <= thorough
    assert gate <= default


def test_every_other_call_of_a_history_is_a_case() -> None:
    histories = [case for case in suite.all_cases("thorough") if case["then"] != "none"]
    assert len({other_call(case, Data(case)).id for case in histories}) > 100


@settings(derandomize=True, database=None, max_examples=300)
@given(st.data())
def test_what_can_be_made_can_be_read(data: st.DataObject) -> None:
    layer = data.draw(st.sampled_from(LAYERS))
    chosen = data.draw(st.sets(st.sampled_from([axis.key for axis in OPTIONS]), max_size=5))
    axes = [axis for axis in AXES if axis.key in chosen or axis in CORE]
    options = {axis.key: data.draw(st.sampled_from(axis.values)) for axis in axes}
    try:
        case = Case.from_options(layer, options)
    except CaseError:
        return
    assert Case.parse(case.id) == case


@settings(derandomize=True, database=None, max_examples=300)
@given(st.text(alphabet="LSTMseqtau0135-._;$(){} \n\0é", max_size=40))
def test_any_text_is_a_case_or_an_error_of_one_line(text: str) -> None:
    try:
        assert Case.parse(text).id == text
    except CaseError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LSTM-seq1", "not the canonical id"),
        ("Lstm-seq0-state0-u3-t5", "unknown layer 'Lstm'"),
        ("LSTM-seq0-state0-u3-t5-mask.gaps", "cannot be 'gaps'"),
        ("LSTM-seq0-state0-u3-t5-colour.red", "unknown axis 'colour'"),
        ("LSTM-seq0-state0-u3-t5-after0", "LSTM has no 'after'"),
        ("LSTM-seq0-state0-u0-t5", "'u' (units"),
        ("LSTM-seq0-state0-u3-u3-t5", "sets 'u' twice"),
        ("LSTM-seq0-state0-t5-u3", "write 'LSTM-seq0-state0-u3-t5'"),
        ("LSTM-seq0-state0-u3-t5-zero1", "zero_output_for_mask says nothing without a mask"),
        ("LSTM-seq0-state0-u3-t5-../etc", "is not an option"),
        ("LSTM-seq0-state0-u3-t5" * 99, "at most"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(CaseError) as caught:
        Case.parse(text)
    assert said in str(caught.value)


def test_every_constraint_excludes_something_and_gives_a_reason() -> None:
    reasons = [constraint.reason for constraint in CONSTRAINTS]
    assert all(reasons)
    assert len(set(reasons)) == len(reasons)


def test_the_list_needs_no_keras() -> None:
    code = (
        "import sys; from keras_rnn_conformance.judging import suite; suite.all_cases('thorough');"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_module_whose_cases_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("test_mine")
    module.__file__ = "mine/test_mine.py"
    module.cases = lambda profile: iter([Case.of("SimpleRNN", impl=1)])  # type: ignore[attr-defined]
    monkeypatch.setattr(suite, "modules", lambda: (module,))
    with pytest.raises(
        FixtureFault, match=r"^mine/test_mine.py: cases\('smoke'\): SimpleRNN has no"
    ):
        suite.plan.__wrapped__("smoke")
