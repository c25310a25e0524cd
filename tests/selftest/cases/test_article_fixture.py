"""The article's fixtures, and that each rule about them can fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.constraints.article import CALLS
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.article import FOLDER, listing, load
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.expected.scenarios.article import MEANING
from keras_rnn_conformance.judging.verdict import judge
from tests.conformance.models.test_article import cases

FILES = ("listings.json", "recorded.json")
LISTING4 = "LSTM-seq1-state1-u1-t3-n1-in2-do.article-what.listing4"
PRINTED4 = "LSTM-seq1-state1-u1-t3-n1-in2-do.article-what.printed4"
LISTING5 = "LSTM-seq1-state1-u4-t5-in4-do.article-what.listing5"


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_fixtures_are_as_the_schema_says(name: str) -> None:
    jsonschema.Draft202012Validator(read("schema.json")).validate(read(name))


def test_the_schema_refuses_what_it_does_not_know() -> None:
    for name, change in (
        ("listings.json", {"kind": "records"}),
        ("recorded.json", {"digits": 0}),
        ("recorded.json", {"remark": "none"}),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(read("schema.json")).validate({**read(name), **change})


def test_printed_decimals_are_read_with_half_a_unit_of_their_last_digit() -> None:
    output, _, carry = load().listings[4].printed
    assert output.decimals.value.ravel().tolist() == [0.00767819, 0.01597687, 0.02480672]
    assert carry.decimals.half_unit == 0.5e-8
    assert carry.dtype == "float32"


def test_recorded_numbers_have_nine_digits_though_trailing_zeros_are_not_written() -> None:
    record = next(r for r in load().records if r.layer == "GRU" and r.generation == "keras2.0")
    assert record.output.value.ravel().tolist() == [0.0148155568, 0.0275580417, 0.03920874]
    assert np.allclose(record.output.half_unit, 0.5e-10, rtol=1e-12, atol=0)


def drop(*keys: Any) -> Callable[[Any], None]:
    """A change of a document: the item at the end of the path goes away."""

    def change(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]

    return change


def put(value: Any, *keys: Any) -> Callable[[Any], None]:
    """A change of a document: the item at the end of the path becomes `value`."""

    def change(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("listings.json", drop("common", "units"), "'units' is missing"),
        ("listings.json", drop("listings", 2), "expected listings 1 to 5"),
        (
            "listings.json",
            put("[[0.1] [0.2]]", "listings", 1, "printed", 0, "text"),
            "shape (1, 1)",
        ),
        ("listings.json", put([2, 2], "common", "input_shape"), "reshape"),
        ("listings.json", put(None, "statements"), "not subscriptable"),
        ("recorded.json", drop("records", 0, "carry"), "'carry' is missing"),
        ("recorded.json", drop("records", 0, "output", 0), "does not hold 3 numbers"),
        ("recorded.json", put("x", "records", 0, "output", 0), "could not convert"),
    ],
)
def test_a_corrupt_fixture_is_one_clear_error(
    name: str, change: Callable[[Any], None], says: str, tmp_path: Path
) -> None:
    folder = copied(tmp_path)
    document = read(name)
    change(document)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(FixtureFault) as fault:
        load(folder)
    message = str(fault.value)
    assert message.startswith(f"{folder / name}: ")
    assert says in message
    assert "\n" not in message


def test_a_file_that_is_missing_or_no_json_is_one_clear_error(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "recorded.json").write_text("{", encoding="utf-8")
    with pytest.raises(FixtureFault, match=r"recorded\.json: not JSON \(Expecting property name"):
        load(folder)
    (folder / "recorded.json").unlink()
    with pytest.raises(FixtureFault, match=r"recorded\.json: No such file"):
        load(folder)


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "article"))


def test_ids_and_fixtures_agree_about_the_calls() -> None:
    for number, item in load().listings.items():
        seq, state = CALLS[str(number)]
        wanted = {"return_sequences": seq, "return_state": state}
        assert dict(item.arguments) == {name: True for name, on in wanted.items() if on}


def test_every_listing_and_variant_is_a_case() -> None:
    whats = {str(case["what"]) for case in cases("default")}
    assert {f"listing{number}" for number in load().listings} <= whats
    assert {what[:-1] for what in whats} == set(MEANING)
    assert {listing(case).number for case in cases("smoke")} == set(load().listings)


@pytest.mark.parametrize(
    "text",
    [
        LISTING4.replace("u1", "u3"),
        LISTING4.replace("seq1", "seq0"),
        LISTING4.replace("in2", "in2-back1"),
        LISTING5.replace("in4", "in2"),
        PRINTED4.replace("LSTM", "SimpleRNN"),
        "ConvLSTM2D" + LISTING4[4:],
    ],
)
def test_what_is_no_listing_is_refused(text: str) -> None:
    with pytest.raises(CaseError, match="the article's"):
        Case.parse(text)


def perfect(text: str) -> tuple[Case, Observation]:
    """An observation that the oracle itself could have made."""
    case = Case.parse(text)
    data = Data(case)
    want = expected(case, data)
    arrays = {name: array.value.copy() for name, array in want.arrays.items()}
    for name in want.names:
        if f"forced {name}" in arrays:
            arrays[f"whole {name}"] = arrays[f"forced {name}"].copy()
    for name, value in zip(
        ("kernel", "recurrent_kernel", "bias"), want.facts.get("weights", []), strict=False
    ):
        arrays[f"weights/{name}"] = value
    dtypes = dict.fromkeys(arrays, "float32")
    return case, Observation(arrays=arrays, dtypes=dtypes, structure=f"list[{len(want.names)}]")


def broken(text: str, break_it: Callable[[Observation], None]) -> list[str]:
    case, seen = perfect(text)
    break_it(seen)
    return sorted(judge(case, seen).failed)


@pytest.mark.parametrize("text", [LISTING4, PRINTED4, LISTING5])
def test_what_is_right_passes(text: str) -> None:
    assert broken(text, lambda seen: None) == []


def nudge(name: str, by: float) -> Callable[[Observation], None]:
    def break_it(seen: Observation) -> None:
        seen.arrays[name] = seen.arrays[name] + by

    return break_it


def same_carry(seen: Observation) -> None:
    seen.arrays["carry"] = seen.arrays["hidden state"]


def one_tensor(seen: Observation) -> None:
    seen.structure = "tensor"


def half_precision(seen: Observation) -> None:
    seen.dtypes["output"] = "float16"


@pytest.mark.parametrize(
    ("text", "break_it", "rules"),
    [
        (LISTING4, nudge("weights/bias", -1.0), ["ARTICLE-1"]),
        (LISTING4, one_tensor, ["ARTICLE-2"]),
        (LISTING4, half_precision, ["ARTICLE-2"]),
        (LISTING4, nudge("hidden state", 1e-8), ["ARTICLE-3"]),
        (LISTING4, same_carry, ["ARTICLE-3", "ARTICLE-4"]),
        (LISTING4, nudge("carry", 1e-6), ["ARTICLE-4"]),
        (PRINTED4, nudge("carry", 1e-6), ["ARTICLE-4", "ARTICLE-5"]),
        (LISTING5, nudge("output", 1e-3), ["ARTICLE-6"]),
        (LISTING5, nudge("forced carry", 1e-3), ["ARTICLE-7"]),
    ],
)
def test_each_rule_catches_what_breaks_it(
    text: str, break_it: Callable[[Observation], None], rules: list[str]
) -> None:
    assert broken(text, break_it) == rules


def test_a_corrupt_fixture_ends_a_run_before_it_starts(tmp_path: Path) -> None:
    for name in ("tests", "keras_rnn_conformance", "reference_impl", "fixtures"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    file = tmp_path / "fixtures" / "article" / "recorded.json"
    file.write_text("[]", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2"],
        cwd=tmp_path,
        text=True,
        check=False,
        timeout=120,
        capture_output=True,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.strip().splitlines() == [
        f"ERROR: {file}: list indices must be integers or slices, not str"
    ]
