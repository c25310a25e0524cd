"""Export, observe, judge: what goes through files is judged as what runs here."""

from __future__ import annotations

import json
import random
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from keras_rnn_conformance.base.observation import OWNERS, Observation, Raised
from keras_rnn_conformance.base.paths import FIXTURES, PACKAGE
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.exchange.export import line
from keras_rnn_conformance.exchange.judging import generation_of, judged
from keras_rnn_conformance.exchange.numbers import array, numbers
from keras_rnn_conformance.exchange.observations import seen_in, written
from keras_rnn_conformance.expected.registry import expected, of_generation
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.verdict import judge
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.rows import row_of
from keras_rnn_conformance.results.schema import SchemaFault

ROOT = FIXTURES.parent
PLAIN = [
    "LSTM-seq1-state1-u3-t5",
    "GRU-seq0-state1-u3-t5",
    "SimpleRNN-seq1-state0-u3-t5",
    "LSTM-seq1-state1-u3-t5-init.list",
    "GRU-seq0-state1-u3-t5-back1",
]
PARTS = [
    "LSTM-seq1-state1-u3-t5-as.bi-mask.gap",
    "SimpleRNN-seq0-state1-u3-t5-as.stack-init.list",
    "GRU-seq1-state1-u3-t5-as.rnn-act.callable",
    "LSTM-seq0-state0-u3-t1-as.cell",
    "ConvLSTM2D-seq1-state1-u3-t3-n2-in2-stride2",
    "TimeDistributed-seq0-state0-u3-t5",
    "SimpleRNN-seq1-state0-u3-t5-as.td-mask.left-maskby.masking",
    "LSTM-seq0-state1-u3-t5-as.rnn-stateful1-calls2",
]
"""Cases of what is made of several parts."""
LSTM = "LSTM-seq1-state1-u3-t5"


def exact(id: str, generation: str = "keras3") -> Observation:
    """What a layer would give that computes what the oracle expects."""
    case = Case.parse(id)
    with of_generation(generation):
        want = expected(case, Data(case))
    arrays = {name: bounded.value.copy() for name, bounded in want.arrays.items()}
    structure = f"tuple[{len(arrays)}]" if len(arrays) > 1 else "tensor"
    facts = {"ran": {"backend": "numpy", "gpu": False, "tried": [], "steps": None}}
    return Observation(arrays, dict.fromkeys(arrays, "float32"), structure, facts, path="generic")


def answers(
    path: Path, seen: dict[str, Observation], keras: str = "none", records: Any = ()
) -> Path:
    """A file of observations."""
    cases = {
        "format": "keras-rnn-conformance cases",
        "version": 1,
        "suite": "0.1.0",
        "profile": "smoke",
        "seed": 0,
        "shard": "",
        "chosen": True,
    }
    header = {
        "format": "keras-rnn-conformance observations",
        "version": 1,
        "cases": cases,
        "keras": keras,
        "backend": "torch.nn",
        "backend_version": "1",
        "python": "3.6.1",
        "numpy": "none",
        "platform": "",
        "device": "cpu",
        "configs": {},
        "records": records if records is None else list(records),
    }
    lines = [header, *({"id": id, **written(one)} for id, one in seen.items()), {"rows": len(seen)}]
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return path


@pytest.mark.parametrize("id", PLAIN)
def test_an_exported_case_holds_its_data_and_no_answer(id: str) -> None:
    case, exported = Case.parse(id), line(Case.parse(id), 0)
    data = Data(case)
    assert np.array_equal(array(exported["inputs"][0], "x"), data.x)
    for weight, want in zip(exported["weights"], data.weights(), strict=True):
        assert np.array_equal(array(weight, "w"), want)
    assert "output" not in exported
    assert exported["returns"][0] == "output"


def test_the_smoke_profile_is_exported_in_order_and_of_the_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "--profile", "smoke"]) == 0
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    ids = [case["id"] for case in lines[1:-1]]
    assert ids == sorted(case.id for case in suite.all_cases("smoke"))
    assert lines[-1] == {"rows": len(ids)}
    for each in lines:
        validator({"format": "cases", "id": "case", "rows": "footer"}, each).validate(each)


def validator(parts: dict[str, str], value: Any) -> jsonschema.Draft202012Validator:
    document = json.loads((FIXTURES / "exchange.schema.json").read_text())
    part = next(part for key, part in parts.items() if key in value)
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": document["$defs"]})


def test_what_goes_through_files_gives_the_row_of_a_live_run(tmp_path: Path) -> None:
    seen = {id: exact(id) for id in PLAIN}
    seen[PLAIN[0]].arrays["output"][0, 0, 0] += 0.125
    seen[PLAIN[1]] = Observation(error=Raised("ValueError", ("ValueError", "Exception"), "no"))
    seen[PLAIN[2]].arrays["output"][0, 0, 0] = np.nan
    seen[PLAIN[3]].changed, seen[PLAIN[4]].changed = [], [OWNERS[0]]
    rows = judged(answers(tmp_path / "o", seen, "3.15.1", None)).rows
    for id, one in seen.items():
        live = row_of(judge(Case.parse(id), one))
        assert {**rows[id], "seconds": 0} == {**live, "seconds": 0}


def test_every_scenario_has_its_oracle_where_no_keras_is(tmp_path: Path) -> None:
    """In a process that never ran a case, which is what judges files."""
    id = "SimpleRNN-seq1-state1-u3-t4-n3-do.twin-what.again"
    want = exact("SimpleRNN-seq1-state1-u3-t4-n3").arrays
    arrays = {f"{way}{name}": array.copy() for way in ("", "twin ") for name, array in want.items()}
    arrays["twin output"][0, 0, 0] += 0.125
    path = answers(tmp_path / "o", {id: Observation(arrays=arrays)}, "3.15.1", None)
    command = [sys.executable, "-m", "keras_rnn_conformance", "judge", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and f"{id}: TWIN-8: twin output" in done.stdout, done


def test_what_nobody_gave_a_seed_is_drawn_alike_whatever_ran_before() -> None:
    from keras_rnn_conformance.subject.observing import observe

    case = Case.parse("SimpleRNN-seq0-state0-u3-t2-do.init-what.frozen")
    first = observe(case, Data(case)).digest()
    random.seed(1)
    assert observe(case, Data(case)).digest() == first
    assert observe(case, Data(case, 1)).digest() != first


def test_a_rule_without_its_facts_is_not_judged(tmp_path: Path) -> None:
    row = judged(answers(tmp_path / "o", {LSTM: exact(LSTM)})).rows[LSTM]
    assert row["failed"] == {}
    assert {"VALUE-2", "STATE-1", "STRUCT-2", "DTYPE-1"} <= set(row["passed"])
    assert "WEIGHT-1" not in row["passed"]
    row = judged(answers(tmp_path / "o", {LSTM: exact(LSTM)}, records=["weights"])).rows[LSTM]
    assert "WEIGHT-1" in row["failed"]


@pytest.mark.parametrize(
    ("release", "generation"),
    [
        ("2.0.5", "keras2.0"),
        ("2.2.5", "keras2.0"),
        ("2.3.0", "keras2.3"),
        ("2.4.3", "tfkeras2"),
        ("2.15.0", "tfkeras2"),
        ("3.0.5", "keras3"),
        ("3.16.0.dev2026", "keras3"),
        ("none", "keras3"),
    ],
)
def test_a_release_is_held_to_the_meaning_of_its_generation(
    tmp_path: Path, release: str, generation: str
) -> None:
    assert generation_of(release) == generation
    for other in ("keras2.0", "keras3"):
        right = judged(answers(tmp_path / "o", {LSTM: exact(LSTM, other)}, release))
        same = (generation == "keras2.0") == (other == "keras2.0")
        assert ("VALUE-2" in right.rows[LSTM]["failed"]) is not same


SPOILT: dict[str, Callable[[str], str]] = {
    "cut off": lambda text: text[: text.rindex("{")],
    "no such case": lambda text: text.replace(LSTM, "LSTM-seq7"),
    "a path": lambda text: text.replace(LSTM, "../../x"),
    "too few numbers": lambda text: text.replace('"shape": [', '"shape": [7, '),
    "a text for a number": lambda text: text.replace('"data": [', '"data": ["x", '),
    "huge": lambda text: text.replace('"data": [', '"data": [1e999, '),
    "another file": lambda text: text.replace("conformance observations", "conformance cases"),
    "twice": lambda text: "".join([*(rows := text.splitlines(True))[:2], *rows[1:]]),
    "empty": lambda text: "",
}


@pytest.mark.parametrize("how", SPOILT)
def test_spoilt_observations_are_refused_in_one_line(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = answers(tmp_path / "o", {LSTM: exact(LSTM)})
    path.write_text(SPOILT[how](path.read_text()))
    with pytest.raises(FileFault):
        judged(path)
    assert run(["judge", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "value", [[], [0.5, -1.25], [float("nan"), float("inf"), float("-inf"), -0.0]]
)
def test_numbers_survive_the_file(value: list[float]) -> None:
    given = np.array(value)
    back = array(json.loads(json.dumps(numbers(given), allow_nan=False)), "a")
    assert np.array_equal(back, given, equal_nan=True)
    assert np.array_equal(np.signbit(back), np.signbit(given))


def test_numbers_and_shape_must_agree() -> None:
    with pytest.raises(SchemaFault, match="2 numbers for the shape"):
        array({"shape": [3], "data": [1, 2]}, "a")


def test_an_observation_survives_the_file() -> None:
    seen = exact(LSTM)
    seen.facts, seen.path, seen.warnings = {"a": [1]}, "unrolled", ["UserWarning: w"]
    back = seen_in(json.loads(json.dumps(written(seen))), None)
    assert back.digest() == seen.digest() and back.warnings == seen.warnings


def test_torch_is_judged_through_files_alone(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    cases, observations = tmp_path / "cases.json", tmp_path / "observations.json"
    chosen = [word for id in PLAIN for word in ("--case", id)]
    assert run(["export", "-o", str(cases), *chosen]) == 0
    example = runpy.run_path(str(ROOT / "examples" / "observe_torch.py"))
    example["main"](str(cases), str(observations))
    assert run(["judge", str(observations)]) == 0
    rows = judged(observations).rows
    values = [rule for row in rows.values() for rule in row["passed"] if rule.startswith("VALUE")]
    assert len(rows) == 5 and len(values) >= 3


def test_the_single_file_observer_needs_nothing_of_the_suite_and_no_new_python() -> None:
    text = (PACKAGE / "standalone" / "observer.py").read_text()
    assert "import tests" not in text and "from tests" not in text
    compile_for_old_python(text)


def compile_for_old_python(text: str) -> None:
    import ast

    ast.parse(text, feature_version=(3, 6))


def test_the_single_file_observer_sees_what_the_suite_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("keras")
    cases = tmp_path / "cases.json"
    plain = [*PLAIN, "LSTM-seq1-state0-u3-t5-mask.gap", "GRU-seq0-state1-u3-t5-stateful1-calls2"]
    ids = [*plain, *PARTS]
    assert run(["export", "-o", str(cases), *[w for id in ids for w in ("--case", id)]]) == 0
    observer = runpy.run_path(str(PACKAGE / "standalone" / "observer.py"))
    assert observer["main"](["observer", str(cases), str(tmp_path / "one")]) == 0
    assert run(["observe", str(cases), "-o", str(tmp_path / "two")]) == 0
    one, two = (judged(tmp_path / name).rows for name in ("one", "two"))
    for id in ids:
        assert "skipped" not in one[id], id
        assert one[id]["failed"] == {rule: two[id]["failed"][rule] for rule in one[id]["failed"]}
        assert id in PARTS or not two[id]["failed"]  # Keras has known failures of parts
        for key in ("arrays", "structure"):
            assert one[id][key] == two[id][key]
        shared = one[id]["facts"].keys() & two[id]["facts"].keys()
        assert "weights" in shared
        assert all(one[id]["facts"][name] == two[id]["facts"][name] for name in shared)


def test_what_is_made_and_called_is_written_down_but_for_classes_of_ones_own() -> None:
    called = [case for case in suite.all_cases("default") if case["do"] == "call"]
    written_down = [case for case in called if "weights" in line(case, 0)]
    assert len(written_down) >= 0.9 * len(called)
    for case in {*called} - {*written_down}:
        many = max(case.number("u"), case.number("in")) > 100 or case["as"] == "td"
        assert case.layer == "RNN" or many, case.id


def test_a_file_that_is_no_file_of_cases_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_text("{}\n")
    assert run(["observe", str(tmp_path / "x"), "-o", str(tmp_path / "y")]) == 2
    assert not (tmp_path / "y").exists()
    assert "x, line 1" in capsys.readouterr().err
