"""Every rule is numbered, sourced and checked by some case; the page of the rules is current."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.cli import history, keras_bugs, rulebook
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.rules import RULES, rule, rules_of
from keras_rnn_conformance.judging.verdict import NAME, check_names
from keras_rnn_conformance.releases.table import KERAS3

DEFAULT = suite.all_cases("default")


def test_every_case_checks_a_rule_and_every_rule_has_a_case() -> None:
    checked = Counter[str]()
    for case in DEFAULT:
        rules = rules_of(case)
        assert rules, case.id
        checked.update(rule.id for rule in rules)
    assert set(checked) == set(RULES)


def test_the_values_of_a_case_are_held_to_one_rule() -> None:
    for case in DEFAULT:
        assert sum(rule.values for rule in rules_of(case)) <= 1, case.id


def test_every_call_is_held_to_the_oracle() -> None:
    for case in DEFAULT:
        if case["do"] == "call":
            assert any(rule.values for rule in rules_of(case)), case.id


@pytest.mark.parametrize("id", sorted(RULES))
def test_a_rule_is_a_sentence_with_a_source(id: str) -> None:
    assert re.fullmatch(r"[A-Z]+-[1-9][0-9]*", id)
    assert RULES[id].sentence.endswith(".")
    assert RULES[id].source


def test_an_id_is_given_once() -> None:
    with pytest.raises(ValueError, match="defined twice"):
        rule("RUN-1", "Again.", source="none", applies=lambda case: True)(lambda trial: iter(()))


def test_the_page_is_current() -> None:
    assert rulebook.FILE.read_text() == rulebook.page(), "run `keras-rnn-conformance rules`"


def test_the_page_of_keras_bugs_is_current_and_has_every_cause() -> None:
    page = keras_bugs.FILE.read_text(encoding="utf-8")
    assert page == keras_bugs.page(), "run `keras-rnn-conformance bugs`"
    entries = known_failures.read(known_failures.FILE)
    assert page.count("\n### ") == len({entry.reason for entry in entries})


def test_the_page_of_the_history_is_current_and_has_every_release() -> None:
    page = history.FILE.read_text(encoding="utf-8")
    assert page == history.page(), "run `keras-rnn-conformance history`"
    for release in KERAS3:
        assert f"| {release} |" in page


def test_what_is_recorded_has_names_that_results_can_hold() -> None:
    seen = Observation(facts={"a user's own": 1})
    with pytest.raises(ValueError, match="a user's own"):
        check_names(seen)
    schema = json.loads((FIXTURES / "results.schema.json").read_text("utf-8"))["$defs"]["name"]
    assert f"^{NAME.pattern.replace('{1,200}', '+')}$" == schema["pattern"]
    assert schema["maxLength"] == 200
