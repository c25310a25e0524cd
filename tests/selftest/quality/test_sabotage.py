"""The suite can fail: every fault of the catalogue is caught by the rules that it names."""

from __future__ import annotations

import pytest

from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES
from tests.quality.fault_injection import table
from tests.quality.fault_injection.faults import Fault, catalogue

suite.modules()
FAULTS = list(catalogue().values())


def rows() -> list[table.Row]:
    return [table.row(fault) for fault in FAULTS]


def test_the_catalogue_is_large() -> None:
    assert len(FAULTS) >= 150


def test_every_fault_says_in_a_sentence_what_is_wrong() -> None:
    assert not [fault.name for fault in FAULTS if not fault.sentence.endswith(".")]


def test_the_rules_named_exist() -> None:
    assert not {rule for fault in FAULTS for rule in fault.rules} - set(RULES)


def test_without_a_fault_every_case_of_the_catalogue_passes() -> None:
    assert not table.sound(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_fault_is_caught(fault: Fault) -> None:
    row = table.row(fault)
    if row.missed and table.lacks(fault):
        pytest.skip(table.lacks(fault))
    assert not row.missed, f"{fault.sentence} Only these rules noticed: {sorted(row.fired)}"


def test_every_rule_catches_a_fault() -> None:
    assert not table.faultless(rows())


def test_no_rule_fires_on_everything() -> None:
    assert not table.blunt(rows())


def test_planting_leaves_nothing_behind() -> None:
    for fault in FAULTS:
        table.row(fault)
    assert not table.sound(FAULTS[-3:])


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print(table.text(rows()))
    printed = capsys.readouterr().out
    assert all(fault.name in printed for fault in FAULTS)
    assert all(rule in printed for rule in RULES)
