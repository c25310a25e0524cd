"""What moved between two results: found, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.results.compare import Difference, compare, contrast, raised
from keras_rnn_conformance.results.diff import as_json, markdown, text
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.rows import row_of, skipped_row
from tests.selftest.results.test_results import IDS, header, results, verdict


def changed(id: str = IDS[0], **changes: Any) -> Results:
    """The plain results with some keys of one row changed."""
    made = results()
    made.rows[id] = {**made.rows[id], "digest": "0" * 16, **changes}
    return made


def kinds(difference: Difference) -> list[tuple[str, str, int]]:
    return [(g.kind, g.subject, len(g.changes)) for g in difference.groups]


def array(**changes: Any) -> dict[str, Any]:
    return {"output": {**results().rows[IDS[0]]["arrays"]["output"], **changes}}


def test_nothing_moves_between_two_runs() -> None:
    slower = results(date="2027-01-01T00:00:00Z")
    assert compare(results(), slower).groups == ()


def test_rounding_does_not_count_as_a_moved_value() -> None:
    before = results().rows[IDS[0]]["arrays"]["output"]
    near, far = (before["sum"] + factor * before["rounding"] for factor in (1.9, 2.1))
    assert kinds(compare(results(), changed(arrays=array(digest="f" * 16, sum=near)))) == []
    moved = compare(results(), changed(arrays=array(digest="f" * 16, sum=far)))
    assert kinds(moved) == [("values", "LSTM", 1)]


FAILURE = {"kinds": ["value"], "where": "output", "got": "1", "want": "2", "places": 1}
MOVES: dict[str, tuple[dict[str, Any], tuple[str, str, int]]] = {
    "dtype": ({"arrays": array(dtype="float16")}, ("dtype", "output of LSTM", 1)),
    "shape": ({"arrays": array(shape=[3, 2])}, ("shape", "output of LSTM", 1)),
    "lost": ({"arrays": {}}, ("structure", "output of LSTM", 1)),
    "structure": ({"structure": "list[1]"}, ("structure", "of LSTM", 1)),
    "path": ({"path": "fused"}, ("path", "of LSTM", 1)),
    "fact": ({"facts": {"weights": [["b", [1]]]}}, ("fact", "weights of LSTM", 1)),
    "error": (
        {"raised": {"class": "TypeError", "message": "no"}},
        ("error", "no error to TypeError", 1),
    ),
    "no warning": ({"warnings": []}, ("warnings", "UserWarning: lstm at 0x...", 1)),
    "broken": ({"passed": [], "failed": {"RUN-1": FAILURE}}, ("broken", "RUN-1", 1)),
    "new rule": ({"failed": {"VALUE-2": FAILURE}}, ("new", "VALUE-2", 1)),
}


@pytest.mark.parametrize("how", MOVES)
def test_what_moved_is_named_and_nothing_else(how: str) -> None:
    changes, want = MOVES[how]
    assert kinds(compare(results(), changed(**changes))) == [want]


def test_what_one_of_two_ways_to_look_cannot_see_has_not_moved() -> None:
    seen = changed(facts={"weights": [["b", [1]]], "spec": 1}, path="generic")
    blind = changed(facts={"weights": [["b", [2]]]}, path="", digest="1" * 16)
    blind.header["judged"] = "files"
    assert kinds(compare(blind, seen)) == [("fact", "weights of LSTM", 1)]
    blind.header["judged"] = "live"
    assert [kind for kind, *_ in kinds(compare(blind, seen))] == ["fact", "fact", "path"]


def test_long_values_are_shown_from_where_they_differ() -> None:
    same = list(range(100))
    was, now = contrast([*same, "old"], [*same, "new"])
    assert was.endswith('98, 99, "old"]') and now.endswith('98, 99, "new"]')
    assert was.startswith("...") and len(was) < 60
    assert contrast("a", ["b"]) == ("a", '["b"]')
    assert contrast("x" * 200, "x" * 201) == ("..." + "x" * 40, "..." + "x" * 41)


def test_what_was_broken_and_holds_is_fixed() -> None:
    row = results().rows[IDS[5]]
    mended = changed(IDS[5], failed={}, passed=[*row["passed"], "VALUE-2"])
    assert kinds(compare(results(), mended)) == [("fixed", "VALUE-2", 1)]


def test_changed_defaults_are_named_with_the_cases_that_leave_them_unsaid() -> None:
    old = results(configs={"LSTM": {"recurrent_activation": "hard_sigmoid", "lost": 1}})
    new = results(configs={"LSTM": {"recurrent_activation": "sigmoid", "got": {"deep": 2}}})
    for id in (IDS[0], IDS[1]):
        new.rows[id] = {
            **new.rows[id],
            "digest": "0" * 16,
            "arrays": array(digest="1" * 16, sum=99),
        }
    difference = compare(old, new)
    assert kinds(difference) == [
        ("default", "recurrent_activation of LSTM", 1),
        ("config", "got.deep of LSTM", 1),
        ("config", "lost of LSTM", 1),
        ("values", "LSTM", 2),
    ]
    assert "leaves recurrent_activation to its default" in "\n".join(text(difference))


def test_a_case_counts_once_however_many_of_its_arrays_moved() -> None:
    output = array()["output"]
    far = array(digest="1" * 16, sum=99)["output"]
    before = changed(arrays={"output": output, "hidden state": output})
    after = changed(arrays={"output": far, "hidden state": far}, digest="1" * 16)
    assert compare(before, after).groups[0].ids == [IDS[0]]
    assert "LSTM, 1 case\n" in "\n".join(text(compare(before, after)))


def test_cases_that_one_lacks_count_only_if_both_selected_the_same() -> None:
    fewer = Results.of(header(), list(results().rows.values())[1:])
    assert kinds(compare(results(), fewer)) == [("gone", "cases", 1)]
    chosen = Results.of(header(chosen=True), fewer.rows.values())
    assert compare(results(), chosen).groups == ()
    assert "different selections" in compare(results(), chosen).notes[0]


def test_a_case_that_no_longer_runs_is_gone() -> None:
    halted = results()
    halted.rows[IDS[0]] = skipped_row(IDS[0], "no such layer")
    assert kinds(compare(results(), halted)) == [("gone", "verdicts", 1)]


def test_the_smallest_case_is_the_example() -> None:
    moved = results()
    for id in IDS:
        if "arrays" in moved.rows[id]:
            moved.rows[id] = row_of(verdict(id, value=0.75))
    values = next(g for g in compare(results(), moved).groups if g.kind == "values")
    assert values.smallest.id == "LSTM-seq0-state0-u1-t1"


def test_other_numbers_are_not_comparable() -> None:
    with pytest.raises(FileFault, match="data seeds"):
        compare(results(), results(seed=1))


def test_markup_and_terminal_codes_in_a_file_stay_harmless() -> None:
    evil = "<img src=x onerror=alert(1)> `|` \x1b[2J\u202e"
    difference = compare(results(), changed(raised={"class": "E", "message": evil}))
    for form in (text, markdown):
        out = "\n".join(form(difference))
        assert out.isascii() and "\x1b" not in out
    assert "- after: `` E: <img" in "\n".join(markdown(difference)), "quoted, as code"
    assert json.loads("\n".join(as_json(difference)))["changes"][0]["kind"] == "error"


def test_an_error_of_a_layer_is_shown_by_what_it_says_and_where() -> None:
    message = (
        "Exception encountered when calling LSTMCell.call().\n\n"
        "\x1b[1mlist index out of range\x1b[0m\n\n"
        "Arguments received by LSTMCell.call():\n  * inputs=array(...)"
    )
    error = {"class": "IndexError", "message": message}
    lines = list(text(compare(results(), changed(raised=error))))
    assert "  after   IndexError: list index out of range (in LSTMCell.call())" in lines
    assert raised({"class": "E", "message": "another"}) == "E: another"


def test_a_case_is_named_once_with_the_backend_that_shows_it() -> None:
    moved = changed(facts={"weights": [["b", [1]]]})
    moved.header["backend"] = "jax"
    lines = list(text(compare(results(), moved)))
    assert [line for line in lines if IDS[0] in line] == [
        f"  alone   KERAS_BACKEND=jax python -m pytest --case {IDS[0]}"
    ]
    assert any(line.startswith("  note: a fact is what") for line in lines)


def test_the_exit_status_says_whether_anything_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same, other, bad = (str(tmp_path / name) for name in ("a", "b", "c"))
    results().save(Path(same))
    changed(path="fused").save(Path(other))
    Path(bad).write_text("{}\n")
    assert run(["diff", same, same]) == 0
    assert "nothing moved" in capsys.readouterr().out
    assert [run(["diff", same, other, *form]) for form in ([], ["--markdown"], ["--json"])] == [
        1
    ] * 3
    assert run(["diff", same, bad]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(["diff", same, "3.999"]) == 2
