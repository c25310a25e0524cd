"""ONNX nodes in onnxruntime are judged through files alone, and wrong gate orders are seen."""

from __future__ import annotations

import runpy
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.exchange.judging import judged

LSTM, GRU = "LSTM-seq1-state1-u3-t5", "GRU-seq1-state1-u3-t5"
RUN = (
    *(LSTM, GRU, "SimpleRNN-seq1-state1-u3-t5", "GRU-seq1-state1-u3-t5-after0"),
    *("LSTM-seq1-state1-u3-t5-back1", "GRU-seq1-state1-u3-t5-after0-bias0"),
    *("LSTM-seq1-state1-u3-t5-init.list", "LSTM-seq1-state1-u3-t5-mask.right-zero1"),
    *("GRU-seq0-state1-u3-t5-mask.right", "GRU-seq1-state1-u3-t5-act.relu"),
)
LEFT = (
    *("LSTM-seq1-state1-u3-t5-mask.gap", "LSTM-seq1-state1-u3-t5-mask.right"),
    *("GRU-seq0-state1-u3-t5-mask.right-back1", "LSTM-seq1-state1-u3-t5-f16"),
    *("GRU-seq1-state1-u3-t5-act.celu", "LSTM-seq1-state1-u3-t5-do.grad"),
)


@pytest.fixture
def observer() -> dict[str, Any]:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    return runpy.run_path(str(ROOT / "examples" / "observe_onnx.py"))


def exported(folder: Path, *ids: str) -> Path:
    cases = folder / "cases.json"
    assert run(["export", "-o", str(cases), *[word for id in ids for word in ("--case", id)]]) == 0
    return cases


def test_onnxruntime_is_judged_through_files_alone(
    observer: dict[str, Any], tmp_path: Path
) -> None:
    cases, observations = exported(tmp_path, *RUN, *LEFT), tmp_path / "observations.json"
    observer["main"](str(cases), str(observations))
    assert run(["judge", str(observations)]) == 0
    rows = judged(observations).rows
    assert [id for id in rows if "skipped" not in rows[id]] == sorted(RUN)
    for id in RUN:
        assert rows[id]["failed"] == {}
        assert any(name in rows[id]["arrays"] for name in ("output", "hidden state"))


@pytest.mark.parametrize(("layer", "id"), [("LSTM", LSTM), ("GRU", GRU)])
def test_every_wrong_order_of_the_gates_is_seen(
    layer: str, id: str, observer: dict[str, Any], tmp_path: Path
) -> None:
    cases, observations = exported(tmp_path, id), tmp_path / "observations.json"
    right = observer["GATES"][layer]
    for order in permutations(right):
        observer["GATES"][layer] = list(order)
        observer["main"](str(cases), str(observations))
        failed = judged(observations).rows[id]["failed"]
        assert bool(failed) == (list(order) != right), order
