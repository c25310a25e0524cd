"""Sessions that end in the middle, in parallel, or with a thousand failures."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from keras_rnn_conformance.base.paths import ROOT
from tests.selftest.sessions import PYTEST, settings

IDS = (
    "LSTM-seq1-state1-u3-t5",
    "LSTM-seq0-state1-u2-t3",
    "GRU-seq1-state1-u3-t5",
    "SimpleRNN-seq1-state1-u3-t5",
)
AT = IDS[2]


def session(reports: Path, *arguments: str, **others: str) -> subprocess.CompletedProcess[str]:
    """Run a pytest session that reports into a folder."""
    command = [
        *PYTEST,
        "-p",
        "no:randomly",
        f"--reports={reports}",
        *arguments,
    ]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=settings(**others),
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )


def ending(
    reports: Path, how: str, *arguments: str, plugin: str = "tests.selftest.ending"
) -> subprocess.CompletedProcess[str]:
    """Run the cases, of which one ends the process."""
    chosen = [word for id in IDS for word in ("--case", id)]
    return session(reports, "-p", plugin, *chosen, *arguments, ENDING=how, ENDING_AT=AT)


def done(reports: Path) -> set[str]:
    """The cases that the journals say are done."""
    lines = [line for path in reports.glob("done-*.jsonl") for line in path.open(encoding="utf-8")]
    return {json.loads(line)["id"] for line in lines}


@pytest.mark.parametrize("how", ["kill", "segfault", "interrupt"])
def test_a_session_that_ends_says_what_was_running(tmp_path: Path, how: str) -> None:
    ended = ending(tmp_path / "reports", how)
    assert ended.returncode == {"kill": -9, "segfault": -11, "interrupt": 2}[how]
    assert (tmp_path / "reports" / "running-main.txt").read_text(encoding="utf-8").strip() == AT
    assert done(tmp_path / "reports") <= {*IDS} - {AT}


@pytest.mark.parametrize("how", ["kill", "segfault"])
def test_a_worker_that_dies_costs_one_case(tmp_path: Path, how: str) -> None:
    ended = ending(tmp_path / "reports", how, "-n", "2")
    assert ended.returncode == 1, ended.stdout
    assert done(tmp_path / "reports") >= {*IDS} - {AT}
    page = (tmp_path / "reports" / f"no-verdict-{AT}" / "issue.md").read_text(encoding="utf-8")
    assert AT in page and "crashed" in page
    assert f"no verdict: {AT}" in ended.stdout


def test_a_hang_is_a_finding(tmp_path: Path) -> None:
    ended = ending(tmp_path / "reports", "hang", "--case-timeout=3")
    assert ended.returncode == 1
    page = (tmp_path / "reports" / f"no-verdict-{AT}" / "issue.md").read_text(encoding="utf-8")
    assert "ran longer" in page
    assert done(tmp_path / "reports") == {*IDS}
    assert f"no verdict: {AT}" in ended.stdout


def test_workers_report_as_one_process_does(tmp_path: Path) -> None:
    chosen = [word for id in IDS for word in ("--case", id)]
    session(
        tmp_path / "reports",
        "-p",
        "tests.selftest.broken_layer",
        "-n",
        "2",
        *chosen,
        f"--junitxml={tmp_path / 'junit.xml'}",
    )
    (found,) = (tmp_path / "reports").glob("*/finding.json")
    assert json.loads(found.read_text(encoding="utf-8"))["cases"] == sorted(IDS[:2])
    tree = ElementTree.parse(tmp_path / "junit.xml")  # noqa: S314  (written by this test)
    kept = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in tree.iter("testcase")
    }
    assert set(kept) == {*IDS}
    for id in IDS[:2]:
        assert {"case", "rule", "error", "bound", "repro"} <= set(kept[id]), kept[id]
        assert kept[id]["case"] == id and kept[id]["rule"] == "VALUE-2"


def test_hundreds_of_failures_are_a_handful_of_findings(tmp_path: Path) -> None:
    modules = (
        "layer/test_loop",
        "wrappers/test_bidirectional",
    )
    ended = session(
        tmp_path / "reports",
        "-p",
        "tests.selftest.planted_fault",
        *(f"tests/conformance/{name}.py" for name in modules),
        FAULT="one step late",
    )
    assert int(re.search(r"(\d+) failed", ended.stdout)[1]) >= 200  # type: ignore[index]
    assert len(list((tmp_path / "reports").glob("*/issue.md"))) <= 6
    assert "defect of the suite" not in ended.stdout
    summary = ended.stdout.partition("= FAILURES =")[2]
    assert len(summary.splitlines()) < 60


def test_one_command_reports_the_known_failures(tmp_path: Path) -> None:
    reports, empty = tmp_path / "reports", tmp_path / "empty"
    empty.mkdir()
    command = [
        "-m",
        "keras_rnn_conformance",
        "report",
        "--known",
        str(reports),
        "--rule",
        "STACK-2",
    ]
    subprocess.run([sys.executable, *command], cwd=ROOT, env=settings(), check=True, timeout=600)
    facts = [json.loads(p.read_text(encoding="utf-8")) for p in reports.glob("*/finding.json")]
    assert facts
    for path, fact in zip(reports.glob("*/finding.json"), facts, strict=True):
        assert fact["rule"] == "STACK-2" and fact["minimal"] and not fact["not_reproduced"]
        page = path.with_name("issue.md").read_text(encoding="utf-8")
        assert "### Cause" in page and "Keras releases in which the same was seen" in page
        command = [sys.executable, str(path.with_name("repro.py"))]
        alone = subprocess.run(
            command, cwd=empty, text=True, capture_output=True, check=False, timeout=300
        )
        assert "AssertionError: STACK-2: what is returned: expected" in alone.stderr
