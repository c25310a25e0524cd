"""Rows are kept as they come: those so far can be read after any death, and are never whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cli.commands import run as command
from keras_rnn_conformance.results.file import Results, merge
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.partial import Part, beside, load_part
from keras_rnn_conformance.results.store import find
from tests.selftest.results.test_results import IDS, header, results
from tests.selftest.sessions import PYTEST, settings

CASES = (
    "LSTM-seq1-state1-u3-t5",
    "LSTM-seq0-state1-u2-t3",
    "SimpleRNN-seq1-state1-u3-t5",
    "GRU-seq1-state1-u3-t5",
)
AT = "SimpleRNN-seq1-state1-u3-t5"


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """What is left of a run that was killed in its ninth case."""
    part = Part(beside(tmp_path / "r.jsonl"))
    part.head({**header(), "configs": {}}, 9)
    rows = list(results().rows.values())
    part.add(rows[0])
    part.head(header(), 9)
    for row in rows[:0:-1][:7]:
        part.add(row)
    part.close()
    return tmp_path / "r.jsonl"


def test_the_rows_so_far_are_read(cut: Path) -> None:
    found = find(str(cut))
    assert found == find(f"{cut}.part")
    assert len(found.rows) == 8 and list(found.rows) == sorted(found.rows)
    assert found.header == header(chosen=True)
    assert found.unfinished == "incomplete: the run did not end, 8 of 9 rows"


def test_a_cut_at_any_byte_costs_one_line(cut: Path) -> None:
    part = beside(cut)
    data = part.read_bytes()
    first = data.index(b"\n") + 1
    for size in range(first, len(data), 97):
        part.write_bytes(data[:size])
        rows = [line for line in data[:size].split(b"\n")[:-1] if b'"format"' not in line]
        assert len(load_part(part).rows) == len(rows)
    for size in (0, 1, first - 1):
        part.write_bytes(data[:size])
        with pytest.raises(FileFault, match="before its first case"):
            load_part(part)


def test_a_cut_run_is_never_taken_for_a_whole_one(
    cut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole.jsonl"
    results().save(whole)
    assert command(["diff", str(whole), str(cut)]) == 1
    assert "incomplete: the run did not end, 8 of 9 rows" in capsys.readouterr().out
    assert command(["explain", str(cut)]) == 1
    assert "incomplete: the run did not end, 8 of 9 rows" in capsys.readouterr().out
    assert command(["atlas", str(tmp_path / "page"), str(cut)]) == 2
    assert command(["merge", f"{cut}.part", "-o", str(tmp_path / "out")]) == 2
    with pytest.raises(FileFault, match="incomplete"):
        find(str(cut)).save(tmp_path / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "page").exists()


def test_an_older_file_is_not_read_for_the_run_that_was_cut(cut: Path) -> None:
    results().save(cut)
    with pytest.raises(FileFault, match="older than the last run"):
        find(str(cut))


def test_the_last_row_of_a_case_counts(tmp_path: Path) -> None:
    part = Part(tmp_path / "r.part")
    part.head(header(), 1)
    part.add({"id": IDS[0], "fault": "the first"})
    part.add({"id": IDS[0], "fault": "the second"})
    part.close()
    assert load_part(part.path).rows == {IDS[0]: {"id": IDS[0], "fault": "the second"}}


def test_what_is_no_part_stays(tmp_path: Path) -> None:
    mine = tmp_path / "r.jsonl.part"
    mine.write_text("my notes\n")
    with pytest.raises(FileFault, match="in the way"):
        Part(mine)
    assert mine.read_text() == "my notes\n"


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    first = Part(tmp_path / "r.part")
    first.head(header(), 1)
    with pytest.raises(FileFault, match="another run"):
        Part(tmp_path / "r.part")
    assert load_part(first.path).planned == 1
    first.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_the_rows_and_not_the_run(tmp_path: Path) -> None:
    part = Part(tmp_path / "r.part")
    part.head(header(), 1)
    part._file.close()
    part._file = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115
    part.add({"id": IDS[0], "fault": "x"})
    part.add({"id": IDS[1], "fault": "x"})
    assert "No space" in part.fault
    assert load_part(part.path).rows == {}


def recorded(path: Path, how: str, *options: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for id in CASES for word in ("--case", id)]
    arguments = [
        *PYTEST,
        "-p",
        "tests.selftest.ending",
        *chosen,
        f"--results={path}",
        *options,
    ]
    env = settings(ENDING=how, ENDING_AT=AT)
    return subprocess.run(
        arguments, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.mark.parametrize("how", ["kill", "segfault", "interrupt"])
def test_a_run_that_dies_leaves_its_rows(tmp_path: Path, how: str) -> None:
    path = tmp_path / "r.jsonl"
    ended = recorded(path, how)
    assert ended.returncode == {"kill": -9, "segfault": -11, "interrupt": 2}[how]
    assert not path.exists()
    found = find(str(path))
    assert set(found.rows) <= {*CASES} - {AT} and found.planned == len(CASES)
    assert found.rows and "VALUE-2" in next(iter(found.rows.values()))["passed"]
    assert found.header["configs"] and found.header["device"] != "none"


def test_a_worker_that_dies_leaves_a_case_without_a_verdict(tmp_path: Path) -> None:
    ended = recorded(tmp_path / "r.jsonl", "kill", "-n", "2")
    assert ended.returncode == 1
    (counts,) = (line for line in ended.stdout.splitlines() if line.startswith("cases: "))
    assert counts.startswith("cases: 3 passed, 0 known failures, 1 without a verdict, 0 not run")
    assert "0 failed" not in ended.stdout
    found = find(str(tmp_path / "r.jsonl"))
    assert set(found.rows) == {*CASES} and "crashed" in found.rows[AT]["fault"]
    assert [path.name for path in tmp_path.iterdir()] == ["r.jsonl"]
    assert merge([Results({**found.header, "shard": "1/1"}, found.rows)]).rows == found.rows
