"""Whole sessions with failures: few findings, a short summary, safe texts, ends in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.base.timeout import CaseTimeout, limited
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.known_failures import KnownFailures, read
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.pytest_plugin import github
from keras_rnn_conformance.report import issue
from keras_rnn_conformance.report.affected_releases import entries_of
from keras_rnn_conformance.report.failure_signature import unexpected
from keras_rnn_conformance.report.findings import Finding, examine
from keras_rnn_conformance.report.shrink import Shrunk
from tests.quality.fault_injection.catalogue.layer import equations, loop, masks, returns, states  # noqa: F401
from tests.quality.fault_injection.faults import FAULTS, planted
from tests.selftest.sessions import PYTEST, settings

suite.modules()
IDS = ("LSTM-seq1-state1-u3-t5", "LSTM-seq0-state1-u2-t3", "GRU-seq1-state1-u3-t5")


@pytest.fixture(scope="module")
def broken() -> Finding:
    with planted(FAULTS["LSTM hidden for carry"]):
        cases = [Case.of("LSTM", seq=seq, state=1, u=2, t=t) for seq in (0, 1) for t in (3, 5)]
        found = examine(cases, unexpected(KnownFailures()))
    assert len(found.findings) == 1
    return found.findings[0]


def test_failures_of_one_cause_are_one_finding(broken: Finding) -> None:
    assert len(broken.ids) == 4
    assert broken.case.id == "LSTM-seq0-state0-u1-t2-n1-in1"


def test_the_link_holds_the_issue(broken: Finding) -> None:
    broken.script = "print()\n" * 5000
    address = urlsplit(issue.link(broken))
    assert len(address.geturl()) <= issue.LONGEST_LINK
    asked = parse_qs(address.query)
    assert asked["title"] == [issue.title(broken)]
    assert asked["body"][0].count("```") % 2 == 0
    broken.script = ""


@pytest.mark.parametrize(
    "text", ["a `b` <script>|", "[x](javascript:y)", "@someone #1 ***", "a\nb\x1b[0m"]
)
def test_texts_of_keras_stay_texts(text: str) -> None:
    shown = issue.plain(text)
    for mark in ("`", "<", "|", "[", "@", "*"):
        assert shown.count(mark) == shown.count("\\" + mark)
    assert "\n" not in shown and "\x1b" not in shown
    assert issue.fenced("```").startswith("````")


def test_step_summaries_are_cut_between_parts() -> None:
    kept = github.cut(["x" * 400, "y" * 400, "z" * 400], 1000)
    assert "y" in kept and "z" not in kept.split("The rest")[0]


def test_a_session_writes_findings_proposals_properties_and_a_short_summary(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.selftest.broken_layer",
        "-p",
        "no:cacheprovider",
        f"--reports={tmp_path / 'reports'}",
        f"--junitxml={tmp_path / 'junit.xml'}",
        f"--write-known-failures={tmp_path / 'known.toml'}",
    ]
    for id in IDS:
        command += ["--case", id]
    step = {
        "GITHUB_STEP_SUMMARY": str(tmp_path / "step.md"),
        "GITHUB_ACTIONS": "true",
        "CI": "true",
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=settings(**step),
        text=True,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    assert len(done.stdout.splitlines()) < 60
    assert done.stdout.count("\nalone python") == 1, "the text of one failure, once"
    assert "1 more failed, shown with -v: LSTM-" in done.stdout
    assert "2 x VALUE-2" in done.stdout and "::error title=" in done.stdout
    (found,) = (tmp_path / "reports").glob("*/finding.json")
    facts = json.loads(found.read_text())
    assert facts["cases"] == sorted(IDS[:2])
    assert facts["not_reproduced"], "a fresh process has the sound Keras"
    assert "hidden state in the place of the carry" in (tmp_path / "step.md").read_text()
    assert [entry.rule for entry in read(tmp_path / "known.toml")] == ["VALUE-2"]
    tree = ElementTree.parse(tmp_path / "junit.xml")  # noqa: S314  (written by this test)
    written = tree.findall(".//property[@name='repro']")
    assert {p.get("value") for p in written} == {str(found.parent)}


def test_a_hang_is_ended_and_names_the_case() -> None:
    with pytest.raises(CaseTimeout, match="LSTM-x ran longer"), limited("LSTM-x", 0.2):
        time.sleep(5)


def test_a_killed_session_leaves_its_journal(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    command = [
        *PYTEST,
        "--profile=smoke",
        f"--reports={reports}",
        "-k",
        "SimpleRNN",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as session:
        done = reports / "done-main.jsonl"
        end = time.monotonic() + 120
        while time.monotonic() < end and session.poll() is None:
            if done.exists() and done.read_text().count("\n") >= 3:
                break
            time.sleep(0.05)
        session.kill()
    lines = [json.loads(line) for line in done.read_text().splitlines()]
    assert len(lines) >= 3
    Case.parse((reports / "running-main.txt").read_text().strip())


def test_a_known_failure_is_explained_by_its_own_entries_alone() -> None:
    case = Case.of("SimpleRNN", seq=0, u=1, t=2, n=1, in_=1, mask="right", zero=1)
    finding = Finding.__new__(Finding)
    finding.shrunk, finding.rule = Shrunk(case), "MASK-4"
    finding.failure = Failure("value", "output", "0", "1", name="output")
    finding.ids = ["SimpleRNN-seq0-state0-u2-t4-n3-mask.right-maskby.masking-zero1-init.list"]
    entries = entries_of(finding)
    assert entries
    assert all(entry.matches(case) for entry in entries)
