"""The gate: what the stored choice holds, and how one is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base.appended import keep
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.gate import gate
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES, rules_of
from tests.quality.gate import matrix
from tests.quality.gate.choose import Candidate, cheapest, chosen

STRONG, WEAK, SLOW = (Case.parse(f"LSTM-seq0-state0-u{units}-t2") for units in (1, 2, 3))


def test_every_rule_is_in_the_gate() -> None:
    default = {rule.id for case in suite.all_cases("default") for rule in rules_of(case)}
    held = {rule.id for case in suite.all_cases("gate") for rule in rules_of(case)}
    missing = sorted(default - held)
    assert not missing, f"new rules join by gate --join RESULTS: {', '.join(missing)}"
    assert default <= RULES.keys()


def test_the_gate_is_small_and_names_each_case_once() -> None:
    cases = gate()
    assert len(set(cases)) == len(cases) <= 800


def test_the_strongest_cases_run_first() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--profile=default"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    shown = [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert shown[: len(gate())] == [case.id for case in gate()]


def mutants(*names: str) -> frozenset[tuple[str, ...]]:
    return frozenset(("mutant", name) for name in names)


def test_the_cheapest_cover_is_chosen_and_the_strongest_case_comes_first() -> None:
    candidates = [
        Candidate(WEAK, 0.3, mutants("a")),
        Candidate(SLOW, 0.9, mutants("a", "b", "c")),
        Candidate(STRONG, 0.3, mutants("b", "c")),
    ]
    assert chosen(candidates) == [STRONG, WEAK]


def test_what_is_left_goes_to_what_is_noticed_once() -> None:
    candidates = [Candidate(WEAK, 0.2, mutants("a")), Candidate(STRONG, 0.3, mutants("a"))]
    assert set(chosen(candidates)) == {WEAK, STRONG}


def test_a_cover_that_takes_too_long_is_refused() -> None:
    with pytest.raises(CommandFault, match=r"1\.50 times the seconds allowed"):
        chosen([Candidate(WEAK, 0.7, mutants("a")), Candidate(SLOW, 0.8, mutants("b"))])


def test_both_forms_of_a_mutant_are_in_one_half() -> None:
    ids = [f"layers/rnn/lstm.py:{line}:8:ArithmeticSwap" for line in range(200)]
    halves = {id: matrix.trained(id) for id in ids}
    assert {matrix.trained(f"{id}@odd units") == half for id, half in halves.items()} == {True}
    assert 60 < sum(halves.values()) < 140


def test_the_matrix_survives_a_cut(tmp_path: Path) -> None:
    file = tmp_path / "matrix.jsonl"
    line = matrix.Line("lstm.py:1:1:Swap", 3, [STRONG.id])
    keep(file, line)
    with file.open("a", encoding="utf-8") as open_file:
        open_file.write('{"mutant": "lstm.py')
    assert matrix.load(file) == {line.mutant: line}


def test_new_rules_join_by_their_cheapest_cases() -> None:
    candidates = [
        Candidate(WEAK, 0.3, frozenset({("rule", "NEW-1"), ("value", "u", "2")})),
        Candidate(SLOW, 0.9, frozenset({("rule", "NEW-1")})),
        Candidate(STRONG, 0.1, mutants("a")),
    ]
    assert cheapest(candidates, ("rule",)) == [candidates[0]]
    assert cheapest(candidates[2:], ("rule",)) == []
