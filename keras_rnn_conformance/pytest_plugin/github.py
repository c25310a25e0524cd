"""GitHub Actions: a summary of the step and annotations, cut to the size that is shown."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.pytest_plugin.reports import Reports
from keras_rnn_conformance.report import issue

LARGEST = 900_000
"""A step summary may have 1 MiB."""
ANNOTATIONS = 10
"""GitHub shows as many of a step."""


class GitHub:
    """Writes the summary and the annotations, where there is someone to read them."""

    def __init__(self, reports: Reports) -> None:
        self.reports = reports

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(summary(self.reports))
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for line in annotation_lines(self.reports):
                print(line, file=sys.__stdout__, flush=True)


def summary(reports: Reports) -> str:
    """The findings, and every failing case by rule, in Markdown."""
    counts = f"{len(reports.failing)} failing cases, {len(reports.faults)} without a verdict"
    judged = [*map(str, replaced.chosen.values()), f"Keras {environment.keras_release()}"]
    parts = [f"### {', '.join(judged)} on {environment.backend()}: {counts}\n\n"]
    for finding in reports.examination.findings:
        parts.append(
            f"#### {issue.plain(issue.title(finding))}\n\n"
            f"{issue.body(finding, reports.session.seed)}\n"
            f"{len(finding.ids)} cases, such as `{finding.ids[0]}`.\n\n"
        )
    parts += [
        f"- no verdict: `{id}`: {issue.plain(fault)}\n" for id, fault in reports.faults.items()
    ]
    if not reports.examination.findings:
        parts += [
            f"- `{id}` breaks {', '.join(f['broken'])}\n" for id, f in reports.failing.items()
        ]
    return cut(parts)


def cut(parts: list[str], largest: int = LARGEST) -> str:
    """As many of the parts as fit, never half of one."""
    kept, size = [], 0
    for part in parts:
        size += len(part.encode())
        if size > largest - 100:
            kept.append("\nThe rest was cut: see the folder of reports.\n")
            break
        kept.append(part)
    return "".join(kept)


def annotation_lines(reports: Reports) -> list[str]:
    """One error a finding, or a case where nothing was examined."""
    errors = [
        (issue.title(f), RULES[f.rule].sentence, f.case.id) for f in reports.examination.findings
    ]
    if not errors:
        errors = [
            (", ".join(f["broken"]), "breaks a documented rule", id)
            for id, f in reports.failing.items()
        ]
    return [
        f"::error title={_escaped(title, True)}::{_escaped(f'{id}: {text}')}"
        for title, text, id in errors[:ANNOTATIONS]
    ]


def _escaped(text: str, within: bool = False) -> str:
    """A text as a workflow command takes it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if within else text
