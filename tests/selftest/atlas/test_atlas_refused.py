"""What the atlas refuses, in one line, and that nothing is written then."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.atlas.command import NAME
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.results import store
from keras_rnn_conformance.results.file import Results
from tests.selftest.atlas.test_atlas import failure, saved
from tests.selftest.results.test_results import IDS, header, results

REFUSED: dict[str, Callable[[str], str]] = {
    "truncated": lambda text: text[:-30],
    "corrupt": lambda text: text.replace('"share":0.25', '"share":0.26', 1),
    "foreign": lambda text: '{"a": 1}\n',
    "empty": lambda text: "",
    "a path in an id": lambda text: text.replace(IDS[0], "../../etc/passwd", 1),
    "a huge number": lambda text: text.replace('"share":0.25', '"share":1e999', 1),
    "binary": lambda text: "\x00\xff",
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_spoilt_file_is_refused_and_nothing_is_written(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (name,) = saved(tmp_path, results())
    Path(name).write_bytes(REFUSED[how](Path(name).read_text()).encode("latin-1"))
    assert_refused(tmp_path, [name], Path(name).name, capsys)


def assert_refused(
    tmp_path: Path, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["atlas", str(tmp_path / "out"), *given]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and said in error and len(error) < 600, error
    assert not (tmp_path / "out").exists()


def renamed(id: str) -> Results:
    rows = dict(results().rows)
    rows[id] = {**rows.pop(IDS[0]), "id": id}
    return Results(header(), dict(sorted(rows.items())))


STRANGE: dict[str, tuple[list[Results], str]] = {
    "no case of the suite": ([renamed("LSTM-nonsense")], "no case of this suite"),
    "an unknown rule": (
        [Results(header(), {IDS[0]: {**results().rows[IDS[0]], "failed": {"NONE-1": failure()}}})],
        "no rule is called NONE-1",
    ),
    "a run twice": ([results(), results()], "given twice"),
    "other numbers": ([results(), results(keras="3.9.2", seed=7)], "different data seeds"),
    "not Keras": ([results(keras="mine")], "not a release of Keras"),
    "no backend's name": ([results(backend="../mxnet")], "backend is not of the form"),
}


@pytest.mark.parametrize("how", STRANGE)
def test_what_cannot_stand_on_the_page_is_refused(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    every, said = STRANGE[how]
    assert_refused(tmp_path, saved(tmp_path, *every), said, capsys)


def test_a_folder_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(tmp_path, ["--recorded", str(tmp_path)], "nothing is recorded there", capsys)


def test_a_spoilt_record_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = store.record([results()], tmp_path)
    path.write_text(path.read_text()[:-50])
    assert_refused(tmp_path, ["--recorded", str(tmp_path)], "record it again", capsys)


def test_without_jinja2_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "jinja2":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert_refused(tmp_path, saved(tmp_path, results()), "pip install '.[atlas]'", capsys)


def test_a_place_that_holds_something_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (name,) = saved(tmp_path, results())
    full, file, page = tmp_path / "full", tmp_path / "file", tmp_path / "page"
    full.mkdir()
    page.mkdir()
    (full / "thesis.tex").write_text("years of work")
    (page / NAME).write_text("<html>somebody's own</html>")
    file.write_text("a file")
    for out, said in (
        (full, "thesis.tex"),
        (page, NAME),
        (file, "Not a directory"),
        (file / "below", "Not a directory"),
    ):
        assert run(["atlas", str(out), name]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and said in error, error
    assert (page / NAME).read_text() == "<html>somebody's own</html>"
    assert [path.name for path in full.iterdir()] == ["thesis.tex"]


def test_a_page_that_cannot_be_written_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    names = saved(tmp_path, results())
    monkeypatch.setattr(Path, "replace", full)
    assert run(["atlas", str(tmp_path / "out"), *names]) == 2
    assert "No space left" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []
