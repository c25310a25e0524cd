"""The folder of reports: one folder for every finding, written whole or not at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import made_of, making, mark, spoken, write_whole
from keras_rnn_conformance.base.paths import JUDGE
from keras_rnn_conformance.report import issue
from keras_rnn_conformance.report.findings import Finding

FILES = {"issue.md", "finding.json", "repro.py"}
"""What the folder of a finding holds, beside the marker."""


def name_of(finding: Finding) -> str:
    """The name of a finding's folder: its rule and its smallest case."""
    return re.sub(r"[^\w.-]", "_", f"{finding.rule}-{finding.case.id}")[:150]


def write(finding: Finding, folder: Path, seed: int = 0) -> Path:
    """Write `issue.md`, `finding.json` and, if it fails as it must, `repro.py`."""
    target = folder / name_of(finding)
    _check_free(target)
    texts = {
        "issue.md": issue.page(finding, seed),
        "finding.json": json.dumps(facts(finding, seed), indent=1) + "\n",
    }
    if finding.script and not finding.doubt:
        texts["repro.py"] = finding.script
    return _written(target, texts)


def _check_free(target: Path) -> None:
    """Refuse a place that is taken by what no report wrote."""
    taken = target.exists() or target.is_symlink()
    if taken and (made_of(target) or {}).get("made") != "report":
        raise CommandFault(f"{target}: was not written by a report; move it away")


def _listed(target: Path) -> set[str]:
    """The files that an earlier report wrote, by the marker of its folder."""
    listed = (made_of(target) or {}).get("files")
    return {name for name in FILES if isinstance(listed, list) and name in listed}


def _written(target: Path, texts: dict[str, str]) -> Path:
    """Write the files of a finding; of an earlier report only the files that it wrote go.

    Raises:
        CommandFault: if the place is taken by what no report wrote, or cannot be written.
    """
    made = {"made": "report", "files": sorted(texts)}
    if not target.exists() and not target.is_symlink():
        with making(target, made) as fresh:
            for name, text in texts.items():
                write_whole(fresh / name, text)
        return target
    _check_free(target)
    files = _listed(target)
    for name in texts:
        if name not in files and (target / name).exists():
            raise CommandFault(f"{target / name}: was not written by a report; move it away")
    with spoken(target):
        for name in sorted(files - texts.keys()):
            (target / name).unlink(missing_ok=True)
    for name, text in texts.items():
        write_whole(target / name, text)
    mark(target, made)
    return target


def facts(finding: Finding, seed: int = 0) -> dict[str, Any]:
    """A finding as plain data."""
    first = finding.failure
    return {
        "rule": finding.rule,
        "rules": sorted(finding.rules | {finding.rule}),
        "kind": first.kind,
        "case": finding.case.id,
        "minimal": finding.shrunk.minimal,
        "needs": finding.shrunk.needs,
        "diagnosis": list(finding.diagnosis.sentences),
        "others": list(finding.diagnosis.others),
        "text": finding.diagnosis.text,
        "where": first.where,
        "got": first.got,
        "want": first.want,
        "error": first.error,
        "bound": first.bound,
        "not_reproduced": finding.doubt or None,
        "cases": sorted(finding.ids),
        "seed": seed,
        "environment": issue.environment_of(),
    }


def write_fault(id: str, fault: str, folder: Path) -> Path:
    """Write what is known of a case that ended without a verdict: it hung, or its process died."""
    target = folder / f"no-verdict-{id}"[:150]
    text = (
        f"# No verdict: `{id}`\n\nThe case hung, or the process that ran it died: "
        f"{issue.plain(fault)}\n\nAlone: `{JUDGE} --case {id}`\n"
    )
    return _written(target, {"issue.md": text})
