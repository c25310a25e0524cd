"""Which other releases and backends have a finding, where recorded or known failures say so."""

from __future__ import annotations

from collections.abc import Iterable

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.store import recorded

FEW = 50
"""Of the cases of a finding, how many are looked up."""


def elsewhere(finding: Finding) -> list[str]:
    """Sentences: of the recorded results, and of the known failures of the project."""
    return [text for text in (_recorded(finding), _known(finding)) if text]


def _ids(finding: Finding) -> list[str]:
    return [finding.case.id, *finding.ids[:FEW]]


def _recorded(finding: Finding) -> str:
    rules, ids, found = {finding.rule, *finding.rules}, _ids(finding), []
    for backend in BACKENDS:
        try:
            results = recorded(backend)
        except FileFault:
            continue
        has = [
            any(rules & set(r.rows.get(id, {}).get("failed", {})) for id in ids) for r in results
        ]
        if any(has):
            found.append(f"{runs([r.header['keras'] for r in results], has)} on {backend}")
    return f"Recorded with Keras {'; '.join(found)}." if found else ""


def runs(releases: list[str], has: list[bool]) -> str:
    """The releases that have something, neighbours as a range: `3.0.5 to 3.9.2, 3.11.3`."""
    spans: list[list[str]] = []
    before = False
    for release, one in zip(releases, has, strict=True):
        if one and before:
            spans[-1].append(release)
        elif one:
            spans.append([release])
        before = one
    return ", ".join(s[0] if len(s) == 1 else f"{s[0]} to {s[-1]}" for s in spans)


def entries_of(finding: Finding) -> list[known_failures.Entry]:
    """The known failures that speak of the finding, of whatever release and backend."""
    try:
        entries = known_failures.read(known_failures.FILE)
    except known_failures.KnownFailuresError:
        return []
    for cases in ([finding.case], [Case.parse(id) for id in finding.ids[:FEW]]):
        # A case may have options that other entries are about; the smallest has none too many.
        found = [
            e
            for e in entries
            if e.about(finding.rule)
            and finding.failure.kind in e.kinds
            and any(map(e.matches, cases))
        ]
        if found:
            return found
    return []


def causes(finding: Finding) -> list[str]:
    """The reasons that the known failures of this release and backend give."""
    release, backend = environment.version("keras", "keras-nightly"), environment.backend()
    here = [
        e
        for e in entries_of(finding)
        if backend in e.backends and e.keras.contains(release, prereleases=True)
    ]
    return list(dict.fromkeys(f"{e.reason} ({e.upstream})" for e in here))


def _known(finding: Finding) -> str:
    by_release: dict[str, set[str]] = {}
    for entry in entries_of(finding):
        by_release.setdefault(str(entry.keras), set()).update(entry.backends)
    where = "; ".join(
        f"{release or 'any'} on {_ordered(names)}" for release, names in by_release.items()
    )
    return f"Known with Keras {where}." if where else ""


def _ordered(names: Iterable[str]) -> str:
    return ", ".join(sorted(names, key=list(BACKENDS).index))
