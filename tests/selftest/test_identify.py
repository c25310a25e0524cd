"""`identify` names the convention that gives an output: orders of gates, biases, slopes, masks."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.exchange.numbers import numbers
from keras_rnn_conformance.identify import question as asked
from keras_rnn_conformance.identify.search import answer
from reference_impl import GRU, LSTM, SimpleRNN

UNITS, FEATURES, STEPS, BATCH = 3, 2, 4, 2
GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
LAYERS = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}
Arrays = list[np.ndarray[Any, Any]]


def numbers_of(layer: str, rows: int = 1, seed: int = 0) -> tuple[Arrays, Any]:
    """Weights in Keras's layout and an input."""
    random = np.random.default_rng(seed)
    wide = GATES[layer] * UNITS
    shapes = [(FEATURES, wide), (UNITS, wide), (wide,) if rows == 1 else (rows, wide)]
    weights = [np.round(random.uniform(-1, 1, shape), 3) for shape in shapes]
    return weights, np.round(random.uniform(-1, 1, (BATCH, STEPS, FEATURES)), 3)


def output_of(layer: str, weights: Arrays, x: Any, mask: Any = None, **options: Any) -> Any:
    """The outputs of all timesteps in float32."""
    found = LAYERS[layer](UNITS, return_sequences=True, **options)(x, weights, mask)
    return np.float32(found.sequence.value).astype(float)


def write(folder: Path, layer: str, weights: Arrays, x: Any, output: Any, **more: Any) -> Path:
    """A question as a file."""
    file = folder / "question.json"
    arrays = dict(zip(asked.WEIGHTS, map(numbers, weights), strict=False))
    value = {"layer": layer, "weights": arrays, "inputs": x.tolist(), "output": output.tolist()}
    file.write_text(json.dumps({**value, **more}), encoding="utf-8")
    return file


def sentences(file: Path) -> list[str]:
    """What is found, pairs joined."""
    found = answer(asked.read_question(file), 60)
    return [", and ".join(pair) for pair in found.explanations]


def reordered(weights: Arrays, order: tuple[int, ...]) -> Arrays:
    """What Keras computes with, if block k of the weights is read as gate order[k]."""
    places = [order.index(k) for k in range(len(order))]
    return [np.concatenate([np.split(w, len(order), -1)[p] for p in places], -1) for w in weights]


@pytest.mark.parametrize(
    ("layer", "order"),
    [
        (layer, order)
        for layer, gates in (("LSTM", "ifco"), ("GRU", "zrh"))
        for order in list(permutations(range(len(gates))))[1:]
    ],
)
def test_every_order_of_the_gates_is_named(
    layer: str, order: tuple[int, ...], tmp_path: Path
) -> None:
    weights, x = numbers_of(layer, 2 if layer == "GRU" else 1)
    output = output_of(layer, reordered(weights, order), x)
    gates = asked.GATES[layer]
    (found,) = sentences(write(tmp_path, layer, weights, x, output))
    assert found.startswith(f"gates in the order {', '.join(gates[k] for k in order)}, not")


@pytest.mark.parametrize("layer", LAYERS)
def test_what_keras_gives_is_within_rounding(
    layer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, x = numbers_of(layer, 2 if layer == "GRU" else 1)
    file = write(tmp_path, layer, weights, x, output_of(layer, weights, x))
    assert run(["identify", str(file)]) == 0
    assert "within rounding: 0" in capsys.readouterr().out


def test_what_no_convention_gives_is_none_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, x = numbers_of("LSTM")
    output = output_of("LSTM", weights, x)
    output[0, 1, 2] += 0.01
    file = write(tmp_path, "LSTM", weights, x, output)
    assert run(["identify", str(file), "--seconds", "1"]) == 1
    said = capsys.readouterr().out
    assert "off by 0.01 at [0, 1, 2]" in said
    assert "none of the" in said


def test_the_rounding_of_a_lower_precision_is_told_from_a_convention(tmp_path: Path) -> None:
    weights, x = numbers_of("LSTM")
    output = output_of("LSTM", weights, x)
    output = np.float16(output).astype(float)
    found = answer(asked.read_question(write(tmp_path, "LSTM", weights, x, output)), 0)
    assert (found.explanations, found.coarser) == ((), "float16")


def _tensorflow_1(folder: Path) -> Path:
    """LSTMCell of TensorFlow 1: i c f o, and 1 added to the forget gate's bias."""
    weights, x = numbers_of("LSTM")
    read = reordered(weights, (0, 2, 1, 3))
    read[2][UNITS : 2 * UNITS] += 1
    return write(folder, "LSTM", weights, x, output_of("LSTM", read, x))


def _cudnn_order(folder: Path) -> Path:
    weights, x = numbers_of("GRU", 2)
    output = output_of("GRU", reordered(weights, (1, 0, 2)), x)
    return write(folder, "GRU", weights, x, output)


def _first_row(folder: Path) -> Path:
    """A GRU that knows no reset_after, and one row of its bias."""
    weights, x = numbers_of("GRU", 2)
    single = [*weights[:2], weights[2][0]]
    return write(folder, "GRU", weights, x, output_of("GRU", single, x, reset_after=False))


def _summed(folder: Path) -> Path:
    """One bias that is the sum of both, outside of the reset gate."""
    weights, x = numbers_of("GRU", 2)
    bias = np.stack([weights[2].sum(0), 0 * weights[2][0]])
    return write(folder, "GRU", weights, x, output_of("GRU", [*weights[:2], bias], x))


def _bias_lost(folder: Path) -> Path:
    weights, x = numbers_of("GRU", 2)
    bias = np.stack([weights[2][0], 0 * weights[2][0]])
    return write(folder, "GRU", weights, x, output_of("GRU", [*weights[:2], bias], x))


def _twice(folder: Path) -> Path:
    """The bias as W's and as R's."""
    weights, x = numbers_of("LSTM")
    return write(folder, "LSTM", weights, x, output_of("LSTM", [*weights[:2], 2 * weights[2]], x))


def _reading_order(folder: Path) -> Path:
    weights, x = numbers_of("LSTM")
    output = output_of("LSTM", weights, x, go_backwards=True)[:, ::-1]
    return write(folder, "LSTM", weights, x, output, arguments={"go_backwards": True})


def _slope(folder: Path) -> Path:
    weights, x = numbers_of("LSTM")
    hard = {"recurrent_activation": "hard_sigmoid"}
    output = output_of("LSTM", weights, x, generation="tfkeras2", **hard)
    return write(folder, "LSTM", weights, x, output, arguments=hard)


def _default_of_keras_2(folder: Path) -> Path:
    weights, x = numbers_of("LSTM")
    output = output_of(
        "LSTM", weights, x, generation="keras2.0", recurrent_activation="hard_sigmoid"
    )
    return write(folder, "LSTM", weights, x, output)


def _no_mask(folder: Path) -> Path:
    weights, x = numbers_of("LSTM")
    mask = [[1, 1, 0, 0], [1, 1, 1, 0]]
    return write(folder, "LSTM", weights, x, output_of("LSTM", weights, x), mask=mask)


def _reset_before(folder: Path) -> Path:
    weights, x = numbers_of("GRU", 2)
    weights[2][1] = weights[2][0]
    single = [*weights[:2], weights[2].sum(0)]
    return write(folder, "GRU", weights, x, output_of("GRU", single, x, reset_after=False))


REPORTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "keras#10179: weights of TensorFlow 1": (
        _tensorflow_1,
        "gates in the order i, c, f, o, not i, f, c, o, as in TensorFlow 1's LSTMCell, "
        "and 1 added to the bias of the forget gate",
    ),
    "keras#8720: the gates of cuDNN": (_cudnn_order, "gates in the order r, z, h"),
    "tfjs#2442: a second row that is not read": (_first_row, "for its one bias the first row"),
    "coremltools#1124: one bias for two": (_summed, "one bias: the sum of both rows"),
    "hls4ml#594: a bias that is lost": (_bias_lost, "the first row of the bias alone"),
    "keras-onnx#98: a bias that is counted twice": (_twice, "the bias added twice"),
    "onnxruntime#4187: outputs in reading order": (_reading_order, "reversed order of time"),
    "tensorflow#65381: the slope of hard_sigmoid": (_slope, "slope 1/5"),
    "the default activation of Keras 2.0": (_default_of_keras_2, "hard_sigmoid with slope 1/5"),
    "a converter without masks": (_no_mask, "the mask ignored"),
    "reset before the product": (_reset_before, "before the product, and for its one bias the sum"),
}


@pytest.mark.parametrize("report", REPORTS)
def test_the_cause_of_a_report_is_named(report: str, tmp_path: Path) -> None:
    rebuilt, said = REPORTS[report]
    found = sentences(rebuilt(tmp_path))
    assert any(said in sentence for sentence in found), found


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such layer": ({"layer": "RNN"}, "layer must be one of SimpleRNN, LSTM, GRU"),
    "an unknown key": ({"kernel": []}, "unknown keys ['kernel']"),
    "no array": ({"inputs": [[1], [1, 2]]}, "inputs is no array of numbers"),
    "an axis too few": ({"inputs": [[1, 2]]}, "inputs must be (batch, timesteps, features)"),
    "another output": ({"output": [[1.0]]}, "output must be (2, 4, 3) or (2, 3)"),
    "NaN": ({"output": float("nan")}, "output holds NaN"),
    "a mask of another size": ({"mask": [[1]]}, "mask must be (2, 4)"),
    "no precision": ({"dtype": "float8"}, "dtype must be one of float64"),
    "no activation": ({"arguments": {"activation": "tanhh"}}, "tanhh"),
    "weights without names": ({"weights": {"W": [1]}}, "weights must be kernel"),
    "states of another size": ({"initial_state": [[[1.0]]]}, "every state must be (2, 3)"),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_cannot_be_used_is_said_in_a_line(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, said = WRONG[how]
    weights, x = numbers_of("LSTM")
    file = write(tmp_path, "LSTM", weights, x, output_of("LSTM", weights, x))
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}), encoding="utf-8")
    assert run(["identify", str(file)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"layer": "LSTM"}'])
def test_what_is_no_question_is_said_in_a_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "question.json"
    file.write_text(text, encoding="utf-8")
    assert run(["identify", str(file)]) == run(["identify", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_a_file_of_observations_is_asked_about_case_by_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases, observations = tmp_path / "cases.json", tmp_path / "observations.json"
    ids = ("GRU-seq1-state1-u2-t3-mask.gap", "LSTM-seq1-state0-u2-t3")
    chosen = [word for id in ids for word in ("--case", id)]
    assert run(["export", *chosen, "-o", str(cases)]) == 0
    head, *lines, foot = map(json.loads, cases.read_text().splitlines())
    header = {
        "format": "keras-rnn-conformance observations",
        "version": 1,
        "cases": head,
        "keras": "none",
        "backend": "mine",
        "backend_version": "1",
        "python": "3",
        "numpy": "2",
        "platform": "any",
        "device": "cpu",
        "configs": {},
        "records": [],
    }
    observed = []
    for line in lines:
        batch, *_ = line["inputs"][0]["shape"]
        known = {key: line[key] for key in ("layer", "arguments", "weights")}
        blank = {"inputs": line["inputs"][0], "output": np.zeros((batch, 3, 2)).tolist()}
        question = asked.question_of({**known, **blank}, line["id"])
        result = asked.layer_of(question)(question.x, question.weights)  # without its mask
        arrays = {"output": result.sequence, "hidden state": result.states[0]}
        made = {
            name: {"dtype": "float32", **numbers(np.float32(array.value))}
            for name, array in arrays.items()
            if name in line["returns"]
        }
        observed.append({"id": line["id"], "arrays": made, "structure": "tensor"})
    rows = [header, *observed, foot]
    observations.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run(["identify", str(cases), str(observations)]) == 1
    said = capsys.readouterr().out
    assert f"{ids[0]}: the mask ignored" in said
    assert f"{ids[1]}: within rounding" in said
    assert run(["identify", str(cases), str(observations), "--case", ids[1]]) == 0
