"""The suite can keep silent: no rule fires for what a correct Keras may change."""

from __future__ import annotations

import pytest

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.verdict import conduct
from tests.quality.fault_injection import table
from tests.quality.fault_injection.faults import Fault, planted
from tests.quality.fault_injection.harmless import every

suite.modules()


@pytest.mark.parametrize("change", every().values(), ids=lambda change: change.name)
def test_no_rule_fires(change: Fault) -> None:
    with planted(change):
        assert not table.fired(change.cases), change.sentence


def test_a_loop_of_another_name_is_told_and_not_judged() -> None:
    with planted(every()["another loop"]):
        verdict = conduct(Case.parse("SimpleRNN-seq1-state1-u3-t5-unroll1"))
    assert verdict.ok
    assert set(verdict.unjudged) == {"PATH-2"}
    assert "trace.py" in verdict.unjudged["PATH-2"]
