"""A place that cannot be written to is one line, and what is not ours is left where it is."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import claim
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.report import folder, issue
from keras_rnn_conformance.report.findings import Finding
from tests.quality.mutation import command

pytest_plugins = ["pytester"]
CASE = "--case=LSTM-seq1-state1-u3-t5"


class Named:
    """A finding of which only the name is needed."""

    rule, script, doubt = "MASK-1", "", ""

    class case:  # noqa: N801 stands for an attribute
        id = "LSTM-seq1-state1-u3-t5"


def _file(path: Path) -> None:
    path.write_text("mine")


def _link(path: Path) -> None:
    other = path.parent / "other"
    other.mkdir()
    (other / "mine").write_text("mine")
    path.symlink_to(other)


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "mine").write_text("mine")


@pytest.mark.parametrize("make", [_file, _link, _folder])
def test_a_report_replaces_no_file_of_the_user(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding: Finding = Named()  # type: ignore[assignment]
    monkeypatch.setattr(issue, "page", lambda *_: "")
    monkeypatch.setattr(folder, "facts", lambda *_: {})
    make(tmp_path / folder.name_of(finding))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CommandFault, match="move it"):
        folder.write(finding, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("make", [_file, _link, _folder])
def test_a_fault_replaces_no_file_of_the_user(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "no-verdict-ID")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CommandFault, match="move it"):
        folder.write_fault("ID", "a fault", tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_where_nothing_can_be_made_mutate_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setattr(command, "STATE", tmp_path / "taken" / "mutation")
    monkeypatch.setattr(command, "all_mutants", list)
    monkeypatch.setattr(command, "choose", lambda made, arguments: made)
    assert run(["mutate", "--suite", "ours"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_process_there_is_no_campaign(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["mutate", "--jobs", "0"])
    assert ended.value.code == 2
    assert "must be at least 1" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--reports={}", "--write-known-failures={}"])
def test_a_place_of_another_kind_is_refused_before_the_first_case(
    option: str, tmp_path: Path, pytester: pytest.Pytester
) -> None:
    place = tmp_path / "taken"
    place.write_text("mine") if "reports" in option else place.mkdir()
    done = pytester.runpytest_subprocess(
        f"--rootdir={ROOT}",
        f"-c={ROOT / 'pyproject.toml'}",
        CASE,
        option.format(place),
        str(ROOT / "tests" / "conformance"),
    )
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert len(done.stderr.str().strip().splitlines()) == 1
    done.stderr.fnmatch_lines([f"ERROR: {option.partition('=')[0]}: {place}*"])


def test_a_full_disk_ends_the_journal_and_not_the_verdicts(
    tmp_path: Path, pytester: pytest.Pytester
) -> None:
    claim(tmp_path / "reports", "reports")
    (tmp_path / "reports" / "running-main.txt").symlink_to("/dev/full")
    done = pytester.runpytest_subprocess(
        f"--rootdir={ROOT}",
        f"-c={ROOT / 'pyproject.toml'}",
        "-p",
        "no:cacheprovider",
        CASE,
        f"--reports={tmp_path / 'reports'}",
        str(ROOT / "tests" / "conformance"),
    )
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["--reports: *: No space left on device"])
    assert "Traceback" not in done.stdout.str() + done.stderr.str()


def test_environments_at_a_file_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("mine")
    place = f"--environments={tmp_path / 'taken'}"
    assert run(["record", "3.15.1-numpy", place]) != 0
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert str(tmp_path / "taken") in out + err
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_disk_that_is_full_or_read_only_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "build/record")

    monkeypatch.setattr("keras_rnn_conformance.releases.record.main", main)
    assert run(["record"]) == 2
    said = capsys.readouterr().err
    assert said == "keras-rnn-conformance record: build/record: Read-only file system\n"
