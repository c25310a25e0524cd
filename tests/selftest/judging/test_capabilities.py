"""What a backend cannot do is not run, and the reason says what is missing."""

from __future__ import annotations

from functools import partial
from operator import ne

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.formats import FORMATS
from keras_rnn_conformance.judging import capabilities

PLAIN = Case.of("LSTM", seq=1, t=3, do="export", what="onnx")


def reason(case: Case, backend: str) -> str:
    """Why a case is not run; empty if it is."""
    lacking = capabilities.lacking(case, backend)
    return lacking.reason(case, backend) if lacking else ""


@pytest.fixture(autouse=True)
def _everything_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "importable", lambda module: True)
    monkeypatch.setattr(environment, "keras_release", lambda: "3.15.1")


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_written_by_its_backends_alone(name: str) -> None:
    for backend in BACKENDS:
        why = reason(PLAIN.but(what=name), backend)
        assert (why == "") == (backend in FORMATS[name].writers), backend
        assert not why or why.endswith("alone")


@pytest.mark.parametrize(
    ("name", "backend"),
    [(name, backend) for name, row in FORMATS.items() for backend in row.writers],
)
def test_a_package_that_is_missing_is_a_reason(
    name: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = FORMATS[name].writers[backend]
    for missing in writer.modules:
        monkeypatch.setattr(capabilities, "importable", partial(ne, missing))
        why = reason(PLAIN.but(what=name), backend)
        assert missing in why
        assert writer.extra in why


def test_an_older_release_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "keras_release", lambda: "3.7.0")
    assert reason(PLAIN, "tensorflow").endswith("since Keras 3.8")


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
@pytest.mark.parametrize("static", ["batch", "time", "none"])
def test_litert_has_no_unknown_sizes(backend: str, static: str) -> None:
    case = PLAIN.but(what="litert", static=static)
    assert reason(case, backend) == FORMATS["litert"].writers[backend].unsized != ""


def test_every_extra_that_a_reason_names_is_there() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = {writer.extra for row in FORMATS.values() for writer in row.writers.values()} - {""}
    assert [extra for extra in named if f"\n{extra} = [" not in project] == []
