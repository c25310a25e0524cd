"""The end of a run with failures, at one glance: each cause, how often, and how to see more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keras_rnn_conformance.base.paths import COMMAND, JUDGE
from keras_rnn_conformance.report import issue
from keras_rnn_conformance.report.findings import Finding

if TYPE_CHECKING:
    from keras_rnn_conformance.pytest_plugin.reports import Reports

SHOWN = 5
"""Findings that are shown, each in three lines."""
_LONGEST = 160


def lines(reports: Reports) -> Iterator[str]:
    """What the failures of a run come down to, the largest cause first."""
    found = reports.found
    ordered = sorted(found.findings, key=lambda finding: -len(finding.ids))
    for finding in ordered[:SHOWN]:
        yield from _finding(finding, reports)
    if len(ordered) > SHOWN:
        where = f", in {reports.path}" if reports.path is not None else ""
        yield f"and {_count(len(ordered) - SHOWN, 'more finding')}{where}"
    yield from _mended(reports)
    yield from _without_verdict(reports)
    yield from reports.unwritten
    if reports.failing and not reports.seconds:
        yield f"not examined, as --examine=0 asks: {_count(len(reports.failing), 'case')}"
    if found.gone:
        shown = ", ".join(found.gone[:3])
        yield f"failed once, and not again: {_count(len(found.gone), 'case')}, such as {shown}"
    if reports.interrupted:
        yield from _interrupted(reports)
    if found.defects:
        yield (
            f"not examined, by a defect of the suite: {_count(len(found.defects), 'case')}: "
            f"{found.defects[0][:_LONGEST]}"
        )
    if found.left:
        yield (
            f"not examined for lack of time: {_count(len(found.left), 'more failing case')}, such "
            f"as {found.left[0]}; --examine=SECONDS gives more time"
        )


def _finding(finding: Finding, reports: Reports) -> Iterator[str]:
    yield f"{len(finding.ids):5} x {finding.rule}: {issue.title(finding)}"
    breaks = "smallest" if finding.shrunk.minimal else "smallest found in the time"
    yield f"        {breaks}: {JUDGE} --case {finding.case.id}"
    where = reports.folders.get(finding.ids[0])
    if where is not None:
        yield f"        {where}/{'issue.md' if finding.doubt else 'repro.py'}"
    else:
        yield f"        report and script: {COMMAND} report {finding.case.id}"


def _mended(reports: Reports) -> Iterator[str]:
    for entry, ids in reports.mended.items():
        yield f"{len(ids):5} x {entry}: holds though it is known to fail, such as in {ids[0]}"


def _without_verdict(reports: Reports) -> Iterator[str]:
    for id, fault in list(reports.faults.items())[:SHOWN]:
        yield f"no verdict: {id}: {fault[:120]}"
    if len(reports.faults) > SHOWN:
        yield f"no verdict: {_count(len(reports.faults) - SHOWN, 'more case')}"


def _interrupted(reports: Reports) -> Iterator[str]:
    text = "interrupted: nothing was examined"
    if reports.path is not None:
        text += f"; {reports.path}/done-*.jsonl names what failed, running-*.txt what was running"
    yield text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
