"""Which other releases and backends have a finding, by the recorded results; its known causes."""

from __future__ import annotations

from dataclasses import dataclass

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures
from keras_rnn_conformance.report.findings import Finding
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.store import recorded

FEW = 50
"""Of the cases of a finding, how many are looked up."""


@dataclass(frozen=True)
class Affected:
    """What the recorded results of one backend say of a finding.

    Attributes:
        backend: the backend.
        failing: the releases in which one of its cases breaks the same rule in the same kind.
        sound: the releases that ran one of its cases, none of which breaks it.
    """

    backend: str
    failing: tuple[str, ...]
    sound: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Of which of the releases that ran it this is true; nothing of those that did not."""
        tried = len(self.failing) + len(self.sound)
        some = f"{len(self.failing)} of the {tried} releases"
        which = "the one release" if tried == 1 else f"all {tried} releases"
        count = which if not self.sound else some
        text = f"{self.backend}: {count} tried ({', '.join(self.failing)})"
        return f"{text}; not in {', '.join(self.sound)}" if self.sound else text


def affected(finding: Finding) -> list[Affected]:
    """The backends on which a recorded release has the finding."""
    backends = []
    for backend in BACKENDS:
        try:
            results = recorded(backend)
        except FileFault:
            continue
        by_release = {r.header["keras"]: _has(finding, r) for r in results}
        failing = tuple(release for release, has in by_release.items() if has)
        sound = tuple(release for release, has in by_release.items() if has is False)
        if failing:
            backends.append(Affected(backend, failing, sound))
    return backends


def _has(finding: Finding, results: Results) -> bool | None:
    """Whether a release has the finding; None if it ran none of its cases."""
    tried = [
        row.get("failed", {}).get(finding.rule, {"kinds": ()})["kinds"]
        for id in [finding.case.id, *finding.ids[:FEW]]
        if "passed" in (row := results.rows.get(id, {}))
    ]
    return any(finding.failure.kind in kinds for kinds in tried) if tried else None


def entries_of(finding: Finding) -> list[known_failures.Entry]:
    """The known failures that speak of the finding, of whatever release and backend."""
    try:
        entries = known_failures.read(known_failures.FILE)
    except known_failures.KnownFailuresError:
        return []
    for cases in ([finding.case], [Case.parse(id) for id in finding.ids[:FEW]]):
        # A case may have options that other entries are about; the smallest has none too many.
        matching = [
            e
            for e in entries
            if e.about(finding.rule)
            and finding.failure.kind in e.kinds
            and any(map(e.matches, cases))
        ]
        if matching:
            return matching
    return []


def here(finding: Finding) -> list[known_failures.Entry]:
    """The known failures of this release and backend that speak of the finding."""
    release, backend = environment.describe()["keras"], environment.backend()
    return [
        e
        for e in entries_of(finding)
        if e.on(backend) and e.keras.contains(release, prereleases=True)
    ]


def causes(finding: Finding) -> list[str]:
    """The reasons that the known failures of this release and backend give."""
    return list(dict.fromkeys(entry.reason for entry in here(finding)))


def upstream(finding: Finding) -> list[str]:
    """The addresses of the issues in which the finding is reported already."""
    urls = dict.fromkeys(entry.upstream for entry in here(finding))
    return [address for address in urls if address.startswith("https://")]
