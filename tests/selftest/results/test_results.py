"""Results: written, read with every doubt, sharded and merged."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.observation import Observation, Raised, probe, steady
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import Verdict
from keras_rnn_conformance.results import file, lines, schema
from keras_rnn_conformance.results.file import Results, in_shard, load, merge
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.rows import fault_row, row_of, skipped_row
from keras_rnn_conformance.results.schema import SchemaFault

IDS = [f"LSTM-seq0-state0-u{u}-t{t}" for u in (1, 2, 3) for t in (1, 2, 5)]


def header(**changes: Any) -> dict[str, Any]:
    plain = {
        "format": file.FORMAT,
        "version": file.VERSION,
        "suite": "0.1.0",
        "keras": "3.15.1",
        "backend": "numpy",
        "backend_version": "2.4.6",
        "python": "3.11.7",
        "numpy": "2.4.6",
        "platform": "Linux x86_64",
        "device": "cpu",
        "profile": "smoke",
        "seed": 0,
        "shard": "",
        "chosen": False,
        "generation": "keras3",
        "judged": "live",
        "date": "2026-11-24T00:00:00Z",
        "configs": {"LSTM": {"units": 1}},
    }
    return {**plain, **changes}


def verdict(id: str, value: float = 0.5, failed: bool = False) -> Verdict:
    seen = Observation(
        {"output": np.full((2, 3), value)},
        {"output": "float32"},
        "tensor",
        {"weights": [["a", [1]]]},
        warnings=["UserWarning: lstm_17 at 0x7f00aa00bb11"],
    )
    failures = {"VALUE-2": [Failure("value", "output", "1", "2", 0.1, 1e-6, "output")]}
    return Verdict(
        Case.parse(id),
        seen,
        ["RUN-1"],
        failures if failed else {},
        {"output": 0.25},
        {"output": (1e-8, 1e-6)},
        {"keras": 0.01, "judging": 0.02},
    )


def results(**changes: Any) -> Results:
    rows = [row_of(verdict(id)) for id in IDS]
    rows[3] = skipped_row(IDS[3], "no float64 arithmetic")
    rows[4] = fault_row(IDS[4], "the process died")
    rows[5] = row_of(verdict(IDS[5], failed=True))
    return Results.of(header(**changes), rows)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    results().save(tmp_path / "r.jsonl")
    return tmp_path / "r.jsonl"


def test_a_file_reads_back_as_it_was_written(written: Path) -> None:
    again = load(written)
    assert again == results()
    assert list(again.rows) == sorted(IDS)


def test_the_order_of_the_workers_does_not_show(tmp_path: Path) -> None:
    rows = list(results().rows.values())
    random.Random(1).shuffle(rows)  # noqa: S311
    assert list(Results.of(header(), rows).lines()) == list(results().lines())


def test_seconds_and_date_are_all_that_differs_between_two_runs() -> None:
    slower = Results.of(header(date="2027-01-01T00:00:00Z"), results().rows.values())
    for row in slower.rows.values():
        row["seconds"] = {"keras": 9.0}
    assert list(slower.timeless().lines()) == list(results().timeless().lines())
    footer, other = (json.loads(list(r.lines())[-1]) for r in (slower, results()))
    assert footer["digest"] == other["digest"], "it tells no time"
    assert footer["whole"] != other["whole"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_shards_are_disjoint_and_merge_into_the_whole(count: int) -> None:
    whole = results()
    shards = [
        Results.of(
            header(shard=f"{k}/{count}"),
            [row for id, row in whole.rows.items() if in_shard(id, f"{k}/{count}")],
        )
        for k in range(1, count + 1)
    ]
    assert sum(len(shard.rows) for shard in shards) == len(whole.rows)
    assert list(merge(shards[::-1]).lines()) == list(whole.lines())


@pytest.mark.parametrize(
    ("shards", "said"),
    [
        ([{"shard": "1/2"}], "all shards"),
        ([{"shard": "1/2"}, {"shard": "1/2"}], "each once"),
        ([{"shard": "1/2"}, {"shard": "2/2", "keras": "3.9.2"}], "differ in keras"),
    ],
)
def test_what_cannot_be_merged_is_refused(shards: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(FileFault, match=said):
        merge([Results.of(header(**change), []) for change in shards])


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


HOSTILE: dict[str, Callable[[str], str]] = {
    "no footer": lambda text: text[: text.rindex("\n", 0, -1) + 1],
    "half a line": lambda text: text[:-20],
    "empty": lambda text: "",
    "binary": lambda text: "\x00\xff\xfe",
    "foreign": lambda text: '{"a": 1}\n',
    "an array": lambda text: "[1, 2]\n",
    "another format": lambda text: text.replace("conformance results", "conformance cases"),
    "a changed digit": lambda text: text.replace('"share":0.25', '"share":0.26', 1),
    "a lost row": lambda text: "".join([*text.splitlines(True)[:3], text.splitlines(True)[-1]]),
    "rows out of order": lambda text: "".join(
        [*(rows := text.splitlines(keepends=True))[:1], rows[2], rows[1], *rows[3:]]
    ),
    "a path in an id": lambda text: text.replace(IDS[0], "../../etc/passwd", 1),
    "markup in an id": lambda text: text.replace(IDS[0], "<script>alert(1)</script>", 1),
    "markup in a name": lambda text: text.replace('"output":', '"<b>":', 1),
    "a newline in an id": lambda text: text.replace(IDS[0], IDS[0] + "\\n", 1),
    "a huge number": lambda text: text.replace('"share":0.25', '"share":1e999', 1),
    "a number of ten thousand digits": lambda text: text.replace("0.25", "9" * 10_000, 1),
    "a number of a thousand digits": lambda text: text.replace("0.25", "9" * 1000, 1),
    "a huge number in a fact": lambda text: text.replace('"facts":{', '"facts":{"a":1e999,', 1),
    "a terminal code": lambda text: text.replace('"facts":{', '"facts":{"\\u001b[2J":1,', 1),
    "NaN": lambda text: text.replace('"share":0.25', '"share":NaN', 1),
    "a negative count": lambda text: text.replace('"shape":[2,3]', '"shape":[-1,3]', 1),
    "a repeated key": lambda text: text.replace('"id":', '"id":"a","id":', 1),
    "an unknown key": lambda text: text.replace('"id":', '"__proto__":1,"id":', 1),
    "a nested bomb": lambda text: text.replace('"facts":{', '"facts":{"a":' + "[" * 100_000, 1),
    "an unknown version": lambda text: text.replace('"version":2', '"version":3', 1),
    "an older version": lambda text: text.replace('"version":2', '"version":1', 1),
    "a release edited by hand": lambda text: text.replace('"keras":"3.15.1"', '"keras":"3.14.1"'),
    "a date edited by hand": lambda text: text.replace("2026-11-24", "2026-11-25", 1),
    "a default edited by hand": lambda text: text.replace('{"units":1}', '{"units":2}', 1),
    "seconds edited by hand": lambda text: text.replace('"keras":0.01', '"keras":0.02', 1),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(written: Path, how: str) -> None:
    written.write_bytes(HOSTILE[how](written.read_text()).encode("latin-1"))
    with pytest.raises(FileFault) as refused:
        load(written)
    said = str(refused.value)
    assert str(written) in said
    assert "\n" not in said and len(said) < 500 + len(str(written)), said


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandFault, match="No such file"):
        load(tmp_path / "none.jsonl")


def test_what_is_written_is_of_the_schema(written: Path) -> None:
    for line in lines_of(written):
        value = json.loads(line)
        part = next(part for key, part in file.PARTS.items() if key in value)
        validator(part).validate(value)


def validator(part: str) -> jsonschema.Draft202012Validator:
    document = json.loads((FIXTURES / "results.schema.json").read_text())
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": document["$defs"]})


JUNK = [None, True, -1, 1.5, "", "<x>", "a" * 3000, [], {}, [1], {"a": 1}, 10**12]


@pytest.mark.parametrize("seed", range(200))
def test_the_reader_agrees_with_the_jsonschema_package(seed: int) -> None:
    """Any one value of any line replaced by junk: both accept, or both refuse."""
    draw = random.Random(seed)  # noqa: S311
    value: Any = json.loads(draw.choice(list(results().lines())))
    part = next(part for key, part in file.PARTS.items() if key in value)
    spoil(value, draw)
    try:
        schema.check("results", part)(value, "")
        accepted = True
    except SchemaFault:
        accepted = False
    assert accepted == validator(part).is_valid(value), value


def spoil(value: Any, draw: random.Random) -> None:
    while True:
        key = draw.choice(list(value)) if isinstance(value, dict) else draw.randrange(len(value))
        inner = value[key]
        if isinstance(inner, (dict, list)) and inner and draw.random() < 0.7:
            value = inner
            continue
        if isinstance(value, dict) and draw.random() < 0.2:
            del value[key]
        else:
            value[key] = draw.choice(JUNK)
        return


def test_rows_hold_nothing_that_differs_from_run_to_run() -> None:
    assert row_of(verdict(IDS[0]))["warnings"] == ["UserWarning: lstm at 0x..."]
    assert steady("layer 'lstm_12' of model_3") == "layer 'lstm' of model"
    assert steady('layer "conv_lstm2d_9"') == 'layer "conv_lstm2d"'
    assert steady("LSTM-seq0-u3 got 0.5_000") == "LSTM-seq0-u3 got 0.5_000"
    assert steady("one of {'valid', 'a', 'same'}.") == "one of {'a', 'same', 'valid'}."
    assert steady("{'valid': 'a', 'b': 1}") == "{'valid': 'a', 'b': 1}"


def test_a_row_says_what_was_raised() -> None:
    one = verdict(IDS[0])
    one.seen.error = Raised("ValueError", ("ValueError",), "no\nsuch" + "x" * 5000)
    raised = row_of(one)["raised"]
    assert raised["class"] == "ValueError" and len(raised["message"]) == 2000


def test_numbers_that_json_lacks_are_null() -> None:
    row = row_of(verdict(IDS[0], value=float("nan")))
    assert row["arrays"]["output"]["sum"] is None and row["arrays"]["output"]["largest"] is None


def test_a_probe_sees_every_change_and_every_swap() -> None:
    array = np.arange(1.0, 25.0).reshape(4, 6)
    before = probe(array)
    for i in range(24):
        changed = array.copy()
        changed.flat[i] += 1
        assert probe(changed) != before
        swapped = array.copy()
        swapped.flat[[i, (i + 1) % 24]] = swapped.flat[[(i + 1) % 24, i]]
        assert probe(swapped) != before


def test_writing_to_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandFault, match="No such file"):
        lines.write(tmp_path / "no" / "x", ["{}"])
