"""Every statement in the text of an issue is true of the results, on planted faults."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.known_failures import FILE, KnownFailures, load
from keras_rnn_conformance.judging.verdict import conduct
from keras_rnn_conformance.report import issue
from keras_rnn_conformance.report.affected_releases import Affected, affected, upstream
from keras_rnn_conformance.report.behaviour import LONGEST_TITLE, cut, listed, needs_of, tell_apart
from keras_rnn_conformance.report.command import of_entries
from keras_rnn_conformance.report.diagnosis import still
from keras_rnn_conformance.report.failure_signature import fails_alike, unexpected
from keras_rnn_conformance.report.findings import Finding, add_script, examine
from keras_rnn_conformance.report.shrink import KEPT, _flips
from keras_rnn_conformance.report.wording import words
from keras_rnn_conformance.results.store import recorded
from tests.quality.fault_injection.faults import catalogue, planted

suite.modules()
FAULTS = catalogue()
ROOT = Path(__file__).resolve().parents[2]
ANY = unexpected(KnownFailures())
OURS = ("oracle", "budget", "what it needs", "iff ", "diagnosis", "the suite")
"""Words that a maintainer of Keras does not know from Keras."""

PLANTED = {
    "SimpleRNN unbiased": "SimpleRNN-seq1-state1-u2-t3",
    "LSTM hidden for carry": "LSTM-seq1-state1-u3-t5",
    "GRU never resets": "GRU-seq1-state0-u2-t3",
    "unmasked": "LSTM-seq1-state1-u2-t3-mask.gap",
    "never zeros": "SimpleRNN-seq1-state0-u2-t3-mask.gap-zero1",
    "forwards always": "GRU-seq1-state0-u2-t3-back1",
    "stateless": "LSTM-seq1-state0-u2-t3-stateful1-calls2",
    "states never": "SimpleRNN-seq1-state1-u2-t3",
}


@pytest.fixture(scope="module", params=PLANTED)
def found(request: pytest.FixtureRequest) -> tuple[str, Finding]:
    """The fault, and the finding to which its case comes down."""
    with planted(FAULTS[request.param]):
        (finding,) = examine([Case.parse(PLANTED[request.param])], ANY).findings
    return request.param, finding


def test_what_it_occurs_with_and_what_avoids_it_hold(found: tuple[str, Finding]) -> None:
    fault, finding = found
    case, needs = finding.case, needs_of(finding)
    text = issue.needed(finding)
    with planted(FAULTS[fault]):
        alike = fails_alike(finding.way, ANY, 0)
        assert alike(case)
        flips = {said: (avoiding, other) for said, avoiding, other in _flips(case)}
        for need in needs:
            avoiding, other = flips[need]
            assert not alike(other)
            assert need in text
            of_several = f"{avoiding} instead of {need}"
            alone = f"not with {avoiding} instead".replace("with no mask instead", "without a mask")
            assert (of_several if len(needs) > 1 else alone) in text
    own = {words(key, value) for key, value in case.departures.items() if key not in KEPT}
    assert set(needs) <= own | {words(k, case[k]) for k in ("seq", "state", "mask")}


def test_only_what_departs_from_no_default_occurs_with_the_defaults(
    found: tuple[str, Finding],
) -> None:
    _, finding = found
    claimed = "with the default arguments" in issue.needed(finding)
    assert claimed == (
        not finding.shrunk.needs and not finding.case.departures.keys() - {"n", "in"}
    )


def test_further_explanations_hold_in_the_smallest_case(found: tuple[str, Finding]) -> None:
    fault, finding = found
    with planted(FAULTS[fault]):
        seen = conduct(finding.case).seen
    for other in finding.diagnosis.others:
        assert still(finding.case, 0, seen, (other,))
        assert "gate" not in other or finding.case.layer != "SimpleRNN"


def test_a_text_is_in_the_words_of_keras(found: tuple[str, Finding]) -> None:
    _, finding = found
    text = issue.body(finding)
    assert [word for word in OURS if word in text.lower()] == []
    headings = re.findall(r"^### (\w+)$", text, re.M)
    assert [h for h in headings if h != "Cause"] == [
        "Reproduction",
        "Actual",
        "Expected",
        "Environment",
    ]
    assert f"pytest --case {finding.case.id}" in text


def test_titles_are_whole_sentences_and_differ(found: tuple[str, Finding]) -> None:
    fault, finding = found
    title = issue.title(finding)
    assert title.startswith(finding.case.layer) and len(title) <= LONGEST_TITLE
    assert re.search(r" (returns|has|raises|gives|loses) ", title), (fault, title)
    for option in needs_of(finding):
        assert option in title or option.startswith("return_") or " and more " in title


def test_two_findings_never_have_one_title(found: tuple[str, Finding]) -> None:
    _, finding = found
    other = replace(finding, shrunk=replace(finding.shrunk, case=finding.case.but(u=9)))
    tell_apart([finding, other])
    titles = [issue.title(finding), issue.title(other)]
    tell_apart([finding, other])
    assert titles == [issue.title(finding), issue.title(other)]
    assert titles[1] == f"{titles[0]} [{other.case.id}]"
    assert len(titles[0]) <= LONGEST_TITLE


def test_the_numbers_are_those_that_the_script_prints(tmp_path: Path) -> None:
    planter = tmp_path / "plant.py"
    planter.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import runpy\n"
        "from tests.quality.fault_injection.faults import catalogue, planted\n"
        "with planted(catalogue()['SimpleRNN unbiased']):\n"
        "    runpy.run_path(sys.argv[1], run_name='__main__')\n",
        encoding="utf-8",
    )
    with planted(FAULTS["SimpleRNN unbiased"]):
        (finding,) = examine([Case.parse("SimpleRNN-seq1-state1-u2-t3")], ANY).findings
        add_script(finding, 0, [str(planter)])
    assert not finding.doubt and finding.output.startswith("AssertionError")
    actual = issue.body(finding).partition("### Actual")[2].partition("### Expected")[0]
    assert finding.output in actual
    numbers = re.findall(r"-?\d+\.\d{6,}", actual)
    assert numbers and all(number in finding.output for number in numbers)


def test_affected_releases_are_those_that_broke_the_rule() -> None:
    case = Case.parse("LSTM-seq1-state1-u2-t3-ract.sparsemax")
    known = load(FILE, "3.15.1", "numpy")
    entries = [e for e in known.entries if e.covers(case)]
    covered = [c for c in suite.all_cases("default") for e in entries if e.covers(c)]
    (finding,) = examine(covered[:1], of_entries(entries), seconds=60.0).findings
    told = affected(finding)
    assert told
    for one in told:
        for results in recorded(one.backend):
            release = results.header["keras"]
            rows = [results.rows.get(id, {}) for id in (finding.case.id, *finding.ids)]
            broke = any(finding.rule in row.get("failed", {}) for row in rows)
            ran = any("passed" in row for row in rows)
            assert (release in one.failing) == broke
            assert (release in one.sound) == (ran and not broke)
    assert {one.backend for one in told} <= {*BACKENDS}
    text, page = issue.body(finding), issue.page(finding)
    assert all(issue.plain(one.sentence, 900) in text for one in told)
    assert upstream(finding) == ["https://github.com/keras-team/keras/issues/23425"]
    assert "This still occurs with Keras" in text
    assert "add this as a comment to https://github.com/keras-team/keras/issues/23425" in page
    assert "issues/new" not in page


def test_a_release_that_was_not_tried_is_not_called_sound() -> None:
    some = Affected("numpy", ("3.9.0", "3.10.0"), ("3.8.0",)).sentence
    assert some == "numpy: 2 of the 3 releases tried (3.9.0, 3.10.0); not in 3.8.0"
    assert Affected("jax", ("3.9.0",), ()).sentence == "jax: the one release tried (3.9.0)"


def test_dropout_of_one_is_said_to_be_given() -> None:
    case = next(
        c
        for c in suite.all_cases("default")
        if c.layer == "LSTM" and c["drop"] == 100 and c["as"] == "layer"
    )
    found = examine([case], ANY).findings
    for finding in found:
        assert "default arguments" not in issue.needed(finding)
        assert "dropout=1.0" in issue.needed(finding)
    assert "LSTM with dropout=1.0 drops nothing in training" in map(issue.title, found)


def test_an_option_without_which_another_case_fails_is_not_needed(
    found: tuple[str, Finding],
) -> None:
    _, finding = found
    needs = needs_of(finding)
    before, finding.ids = finding.ids, [finding.case.id]
    assert set(needs) <= set(finding.shrunk.needs)
    for need in finding.shrunk.needs:
        avoiding = next(o for said, _, o in _flips(finding.case) if said == need)
        finding.ids = [avoiding.id]
        assert need not in needs_of(finding)
    finding.ids = before


def test_cut_texts_end_behind_a_word() -> None:
    text = " ".join(["word"] * 100)
    assert re.fullmatch(r"(word )+\.\.\.", cut(text, 60))
    assert cut("short\nline") == "short line"
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
