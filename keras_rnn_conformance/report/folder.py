"""The folder of reports: one folder for every finding, written whole or not at all."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.cli.commands import CommandFault
from keras_rnn_conformance.report import issue
from keras_rnn_conformance.report.findings import Finding

_WRITTEN = {"issue.md", "finding.json", "repro.py"}


def name_of(finding: Finding) -> str:
    """The name of a finding's folder: its rule and its smallest case."""
    return re.sub(r"[^\w.-]", "_", f"{finding.rule}-{finding.case.id}")[:150]


def write(finding: Finding, folder: Path, seed: int = 0) -> Path:
    """Write `issue.md`, `finding.json` and, if it fails as it must, `repro.py`.

    Raises:
        CommandFault: if something else than an earlier report stands in the way.
        OSError: if it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name_of(finding)
    _check_ours(target)
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=f".{target.name[:80]}."))
    try:
        write_whole(fresh / "issue.md", issue.page(finding, seed))
        write_whole(fresh / "finding.json", json.dumps(facts(finding, seed), indent=1) + "\n")
        if finding.script and not finding.doubt:
            write_whole(fresh / "repro.py", finding.script)
        fresh.chmod(0o755)
        _check_ours(target)
        if target.exists():
            shutil.rmtree(target)
        fresh.replace(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return target


def _check_ours(target: Path) -> None:
    """Refuse to replace what this module did not write."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise CommandFault(f"{target} is no folder of a report: move it away")
    foreign = {path.name for path in target.iterdir()} - _WRITTEN if target.exists() else set()
    if foreign:
        raise CommandFault(f"{target} holds {sorted(foreign)[0]!r}, no part of a report: move it")


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
    _check_ours(target)
    target.mkdir(parents=True, exist_ok=True)
    write_whole(
        target / "issue.md",
        f"# No verdict: `{id}`\n\nThe case hung, or the process that ran it died: "
        f"{issue.plain(fault)}\n\nAlone: `python -m pytest --case {id}`\n",
    )
    return target
