"""Vectors with answers and layouts: a runtime is judged by files, and wrong orders are seen."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import chain, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_rnn_conformance.base.paths import FIXTURES, ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.exchange.export import Manner, exported, header, line
from keras_rnn_conformance.exchange.layouts import GATES, laid_out
from keras_rnn_conformance.exchange.numbers import array
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.results.lines import dumps
from keras_rnn_conformance.results.schema import check

LSTM, GRU, GRU_BEFORE = (
    "LSTM-seq1-state1-u3-t5",
    "GRU-seq1-state1-u3-t5",
    "GRU-seq1-state1-u3-t5-after0",
)
SIMPLE = "SimpleRNN-seq1-state1-u3-t5"
MASKED = "LSTM-seq1-state1-u3-t5-mask.gap"
Observer = Callable[[Path, Path], None]


def written(folder: Path, lines: Iterable[dict[str, Any]], name: str = "vectors.json") -> Path:
    """A file of cases that holds these lines."""
    rows, path = list(lines), folder / name
    texts = [dumps(header(chosen=True)), *map(dumps, rows), dumps({"rows": len(rows)})]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def vectors(*ids: str, layouts: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The cases as an observer gets them, with answers."""
    return [line(Case.parse(id), 0, Manner(True, layouts)) for id in ids]


def checked_by_javascript(cases: Path, observations: Path) -> subprocess.CompletedProcess[str]:
    """What the checker says."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    command = [node, str(ROOT / "examples" / "check_vectors.mjs"), str(cases), str(observations)]
    return subprocess.run(command, text=True, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("id", [LSTM, MASKED, f"{GRU}-as.bi", f"{SIMPLE}-calls2"])
def test_an_answer_is_what_the_oracle_says_with_its_bound(id: str) -> None:
    (given,), case = vectors(id), Case.parse(id)
    want = expected(case, Data(case)).arrays
    assert set(given["answers"]) >= set(given["returns"])
    for name, answer in given["answers"].items():
        assert np.array_equal(array(answer, name), want[name].value)
        bound = array({**answer, "data": answer["bound"]}, name)
        assert np.array_equal(bound, want[name].bound) and (bound > 0).any()


def test_cases_with_answers_and_layouts_are_of_the_schema(tmp_path: Path) -> None:
    manner = Manner(True, ("torch",))
    chosen = [Case.parse(id) for id in (LSTM, MASKED, f"{LSTM}-do.grad", f"{GRU}-as.bi")]
    for number, text in enumerate(exported(header(chosen=True), chosen, manner)):
        part = "cases" if number == 0 else "footer" if "rows" in json.loads(text) else "case"
        check("exchange", part)(json.loads(text), text[:80])


def test_orders_of_gates_are_those_that_they_name() -> None:
    data = Data(Case.parse(LSTM))
    weights = list(chain(*data.all_weights()))
    i, f, c, o = np.split(weights[0], 4, axis=-1)
    for order in ("iofc", "iofg"):
        named = laid_out("LSTM", order, weights)
        assert [name for name, _ in named] == ["kernel", "recurrent_kernel", "bias"]
        assert np.array_equal(named[0][1], np.concatenate([i, o, f, c], axis=-1))
    kernel = Data(Case.parse(GRU)).weights()[0]
    z, r, h = np.split(kernel, 3, axis=-1)
    for order in ("rzn", "rzh"):
        laid = laid_out("GRU", order, Data(Case.parse(GRU)).weights())[0][1]
        assert np.array_equal(laid, np.concatenate([r, z, h], axis=-1))


def test_an_order_goes_for_the_layer_whose_gates_it_names() -> None:
    lstm, gru, simple = vectors(LSTM, GRU, SIMPLE, layouts=("zrn",))
    assert gru["layout"] == "zrn"
    assert "layout" not in lstm and "layout" not in simple
    torch = vectors(LSTM, GRU, SIMPLE, f"{LSTM}-as.bi", layouts=("torch",))
    assert [each.get("layout") for each in torch] == ["torch", "torch", "torch", None]


@pytest.mark.parametrize("id", [LSTM, GRU, SIMPLE, f"{GRU}-bias0"])
def test_the_layout_of_torch_is_what_its_layers_hold(id: str) -> None:
    pytest.importorskip("torch")
    observer = runpy.run_path(str(ROOT / "examples" / "observe_torch.py"))
    layer = observer["make"](line(Case.parse(id), 0), Data(Case.parse(id)).x.shape[-1])
    (given,) = vectors(id, layouts=("torch",))
    held = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    assert {weight["name"] for weight in given["weights"]} == set(held)
    for weight in given["weights"]:
        assert np.array_equal(array(weight, "w"), held[weight["name"]])


@pytest.mark.parametrize("id", [LSTM, GRU, GRU_BEFORE, SIMPLE])
def test_the_layout_of_onnx_is_what_its_nodes_take(id: str) -> None:
    for needed in ("onnx", "onnxruntime"):
        pytest.importorskip(needed)
    observer = runpy.run_path(str(ROOT / "examples" / "observe_onnx.py"))
    held = observer["weights"](line(Case.parse(id), 0))
    (given,) = vectors(id, layouts=("onnx",))
    assert [weight["name"] for weight in given["weights"]] == list(held)
    for weight in given["weights"]:
        assert np.array_equal(array(weight, "w"), held[weight["name"]])


@pytest.mark.parametrize("layout", ["keras", "iofx", "ifc", "ifcoo", "zr", ""])
def test_a_layout_that_there_is_not_ends_in_one_line(
    layout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "--case", LSTM, "--layout", layout]) == 2
    told = capsys.readouterr()
    assert told.out == "" and f"--layout {layout}: neither torch, onnx nor an order" in told.err


def test_observers_leave_layouts_alone_that_they_do_not_know(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    cases = written(tmp_path, vectors(LSTM, layouts=("iofc",)))
    observations = tmp_path / "observations.json"
    runpy.run_path(str(ROOT / "examples" / "observe_torch.py"))["main"](
        str(cases), str(observations)
    )
    assert "not in Keras's layout" in observations.read_text(encoding="utf-8")
    assert run(["identify", str(cases), str(observations)]) == 2


def perfect(one: dict[str, Any], error: float = 0.0) -> dict[str, Any]:
    """An observation that is off by a share of the bound everywhere."""
    arrays = {}
    for name, answer in one["answers"].items():
        pairs = zip(answer["data"], answer["bound"], strict=True)
        values = [value + error * bound for value, bound in pairs]
        arrays[name] = {"dtype": "float32", "shape": answer["shape"], "data": values}
    return {"id": one["id"], "arrays": arrays, "structure": "tensor"}


def test_the_checker_in_javascript_knows_bounds_shapes_and_what_is_missing(tmp_path: Path) -> None:
    given = vectors(LSTM, MASKED, GRU, SIMPLE, GRU_BEFORE)
    cases = written(tmp_path, given)
    good = written(tmp_path, (perfect(one, 0.9) for one in given), "good.json")
    done = checked_by_javascript(cases, good)
    assert (done.returncode, done.stdout) == (0, "5 compared, 0 not run, 0 wrong\n"), done
    off, reshaped, lacking, not_a_number, left = (perfect(one) for one in given)
    off["arrays"] = perfect(given[0], 1.1)["arrays"]
    reshaped["arrays"]["output"]["shape"] = [4, 5, 3]
    del lacking["arrays"]["hidden state"]
    not_a_number["arrays"]["output"]["data"][1] = "nan"
    left = {"id": left["id"], "skipped": "no such layer"}
    bad = written(tmp_path, [off, reshaped, lacking, not_a_number, left], "bad.json")
    done = checked_by_javascript(cases, bad)
    assert done.returncode == 1 and "4 compared, 1 not run, 4 wrong" in done.stdout, done
    for told in ("output at [0, 0, 0]: got ", "has the shape", "is missing", "[0, 0, 1]: got NaN"):
        assert told in done.stdout
    nothing = written(tmp_path, [left], "nothing.json")
    assert checked_by_javascript(cases, nothing).returncode == 2


def tfjs() -> Observer:
    """TensorFlow.js, where `npm install --prefix build/tfjs @tensorflow/tfjs` has put it."""
    node, home = shutil.which("node"), ROOT / "build" / "tfjs"
    if node is None or not (home / "node_modules" / "@tensorflow" / "tfjs").is_dir():
        pytest.skip("TensorFlow.js: npm install --prefix build/tfjs @tensorflow/tfjs")

    def observe(cases: Path, observations: Path) -> None:
        command = [node, str(ROOT / "examples" / "observe_tfjs.mjs"), str(cases), str(observations)]
        subprocess.run(command, check=True, cwd=home, timeout=120, capture_output=True)

    return observe


def onednn() -> Observer:
    """oneDNN, where its headers and those of nlohmann's JSON are found by the compiler."""
    compiler, target = shutil.which("g++"), ROOT / "build" / "observe_onednn"
    source = ROOT / "examples" / "observe_onednn.cpp"
    libraries = f"{sys.prefix}/lib"
    given = [f"-I{sys.prefix}/include", f"-L{libraries}", f"-Wl,-rpath,{libraries}"]
    if compiler is None:
        pytest.skip("oneDNN: no g++ on this machine")
    target.parent.mkdir(exist_ok=True)
    command = [compiler, "-std=c++17", str(source), "-o", str(target), *given, "-ldnnl"]
    made = subprocess.run(command, capture_output=True, check=False, timeout=300, text=True)
    if made.returncode:
        pytest.skip("oneDNN: pip install onednn-devel-cpu-gomp, and nlohmann-json3-dev")

    def observe(cases: Path, observations: Path) -> None:
        subprocess.run([str(target), str(cases), str(observations)], check=True, timeout=120)

    return observe


def haiku() -> Observer:
    """Haiku, where it is installed."""
    pytest.importorskip("haiku", reason="pip install dm-haiku")
    observer = runpy.run_path(str(ROOT / "examples" / "observe_haiku.py"))
    return lambda cases, observations: observer["main"](str(cases), str(observations))


@pytest.fixture(params=[tfjs, onednn, haiku])
def observer(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_runtimes_give_what_the_vectors_say_and_wrong_orders_do_not(
    observer: Observer, tmp_path: Path
) -> None:
    right = vectors(LSTM, GRU_BEFORE, f"{LSTM}-back1-init.list")
    wrong = []
    for id, layer in ((LSTM, "LSTM"), (GRU_BEFORE, "GRU")):
        for order in map("".join, permutations(GATES[layer])):
            if order != GATES[layer]:
                (one,) = vectors(id, layouts=(order,))
                assert one.pop("layout") == order  # a runtime that takes it for Keras's
                wrong.append({**one, "id": f"{id}-{order}"})
    cases, observations = written(tmp_path, [*right, *wrong]), tmp_path / "observations.json"
    observer(cases, observations)
    done = checked_by_javascript(cases, observations)
    assert f"{len(right) + 28} compared, 0 not run, 28 wrong" in done.stdout
    seen = {text.split(":")[0] for text in done.stdout.splitlines()}
    assert {one["id"] for one in wrong} <= seen and not seen & {one["id"] for one in right}
    cases = written(tmp_path, right)
    observer(cases, observations)
    assert run(["judge", str(observations)]) == 0


def test_the_page_of_vectors_names_every_observer_and_layout() -> None:
    page = (ROOT / "docs" / "vectors.md").read_text(encoding="utf-8")
    for path in (ROOT / "examples").glob("observe_*"):
        assert f"`{path.name}`" in page
    assert (FIXTURES / "exchange.schema.json").read_text(encoding="utf-8").count('"layout"') == 1
