"""The command that judges a GPU says what was not run where there is none, and how far it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cli import gpu
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.judging.capabilities import CAPABILITIES

PLAIN = Case.of("LSTM", seq=1, t=2)


def test_without_a_gpu_the_cases_are_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"torch": "cpu", "jax": "", "tensorflow": "cpu"}
    monkeypatch.setattr(gpu, "device", places.get)
    assert run(["gpu"]) == 0
    count = len(gpu.needing())
    assert capsys.readouterr().out.splitlines() == [
        "torch: cpu",
        "jax: not installed",
        "tensorflow: cpu",
        f"no GPU: {count} of {count} cases were not run",
    ]
    assert run(["gpu", "--required", "--backend", "torch"]) == 1
    page = (ROOT / "docs" / "backends.md").read_text(encoding="utf-8")
    assert f"`no GPU: {count} of {count} cases were not run`" in page


def test_the_cases_are_those_that_need_a_gpu_and_those_that_take_its_kernels() -> None:
    cases = gpu.needing()
    on_gpu = [capability for capability in CAPABILITIES if capability.device == "gpu"]
    assert on_gpu
    assert all(any(capability.needs(case) for case in cases) for capability in on_gpu)
    assert {case.layer for case in cases if case["cudnn"] == "auto"} >= {"LSTM", "GRU"}


def test_each_backend_that_sees_a_gpu_has_its_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[tuple[str, float]] = []

    def judge(name: str, cases: list[Case], seconds: float, results: Path | None) -> int:
        given.append((name, seconds))
        return int(name == "jax")

    monkeypatch.setattr(gpu, "device", lambda name: "cpu" if name == "torch" else "gpu:0")
    monkeypatch.setattr(gpu, "judge", judge)
    assert run(["gpu", "--minutes", "4"]) == 1
    (first, half), (second, rest) = given
    assert (first, second) == ("jax", "tensorflow")
    assert half <= 120
    assert rest <= 240


def test_the_cases_are_judged_and_the_fused_ones_counted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert gpu.judge("numpy", [PLAIN], 300, tmp_path) == 0
    out = capfd.readouterr().out
    assert "cases: 1 passed, 0 known failures, 0 failed, 0 not run" in out
    assert out.endswith("numpy: 0 of 1 cases took cuDNN\n")
    assert (tmp_path / "gpu-numpy.jsonl").is_file()


def test_what_the_time_does_not_suffice_for_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert gpu.judge("numpy", [PLAIN], 0.0, None) == pytest.ExitCode.INTERRUPTED
    assert "numpy: stopped after 0 seconds; the other cases were not run" in capfd.readouterr().out


def test_a_backend_that_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "torch", ("no_such_module", "none"))
    assert gpu.device("torch") == ""
