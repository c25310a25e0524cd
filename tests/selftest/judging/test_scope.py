"""The page of what is judged: true, complete, and found by the words of a user."""

from __future__ import annotations

import pytest

from keras_rnn_conformance.cli import scope_page
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.judging.scope import QUESTIONS, about, citing
from keras_rnn_conformance.pytest_plugin import listing


@pytest.fixture(autouse=True)
def _rules() -> None:
    suite.modules()


def test_the_page_is_current() -> None:
    assert scope_page.FILE.read_text("utf-8") == scope_page.page(), (
        "run `keras-rnn-conformance scope`"
    )


def test_every_rule_answers_a_question() -> None:
    assert {id for question in QUESTIONS for id in question.ids} == RULES.keys()


def test_every_word_of_rules_is_a_rule_or_a_subject() -> None:
    known = {*RULES, *(id.rpartition("-")[0] for id in RULES)}
    for question in QUESTIONS:
        assert set(question.rules.split()) <= known, question.text


def test_what_is_not_judged_has_a_reason() -> None:
    rest = [question for question in QUESTIONS if not question.rules]
    assert len(rest) > 5
    for question in rest:
        assert question.answer.startswith(("No", "Not ")), question.text


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (".h5", "FILES-1"),
        ("H5 file", "FILES-2"),
        ("reset_state", "EDGE-1"),
        ("cudnn", "CUDNN-1"),
        ("mask_zero", "NEIGHBOUR-3"),
        ("sample weights", "LEARN-1"),
        ("pickle", "LIFE-1"),
        ("float16", "DTYPE-1"),
        ("add_loss", "LEARN-1"),
    ],
)
def test_words_of_a_user_find_rules(words: str, rule: str) -> None:
    assert rule in {id for question in about(words) for id in question.ids}


@pytest.mark.parametrize("words", ["tensorboard", "tpu", "accuracy", "seconds", "keras 2"])
def test_what_is_not_judged_is_found_too(words: str) -> None:
    assert any(word in q.answer for q in about(words) for word in ("Not ", "No: ", "not "))


def test_covers_prints_the_answer_and_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert listing.covers("time_major") == 0
    said = capsys.readouterr().out
    assert "Does it check my .h5 file?\n  yes: FILES-1, FILES-2, FILES-3, FILES-4\n" in said
    assert listing.covers("zebra") == 0
    assert "nothing here speaks of 'zebra'" in capsys.readouterr().out


def test_covers_cites_rules_that_no_question_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert "EDGE-7" in citing("threads")
    listing.covers("threads")
    assert "rules that name 'threads':\n  EDGE-7" in capsys.readouterr().out
