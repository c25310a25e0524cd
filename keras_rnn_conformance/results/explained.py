"""Compare results with the known failures: show what they do not explain.

  keras-rnn-conformance explain results.jsonl
  keras-rnn-conformance explain 3.9-jax
  keras-rnn-conformance explain                  every recorded release

If the run did not finish, the rows so far are read from `results.jsonl.part`.

A case that a run of the profile would have today, and that the results lack, is counted as not
recorded. That is no error: the suite has grown since, and so it has where nothing is recorded of
a rule.

The exit status is 0 if every rule that broke is known to break, every known failure still fails,
no row is lost or is about a rule that its case is not held to, and the run finished; 1 otherwise;
and 2 if the input cannot be used.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.version import InvalidVersion

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.results.diff import visible
from keras_rnn_conformance.results.file import Results, Row
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.standing import (
    Standing,
    Stood,
    overall,
    standings,
    strangers,
)
from keras_rnn_conformance.results.store import find, lost, recorded


@dataclass(frozen=True)
class Judgement:
    """What known failures say of results.

    Attributes:
        name: of the results.
        counts: cases by what they came to, those among them that are not recorded.
        broken: by rule, the cases in which it broke and is not known to, the smallest first, each
            with what was got and wanted.
        mended: by the place of a known failure, the cases that pass though it covers them.
        faults: the cases without a verdict.
        stale: by rule, the cases that were held to it and would not be today.
        silent: by rule, in how many recorded cases nothing is recorded of it.
        unfinished: what to say of a run that did not come to its end; empty for one that did.
        lost: what to say of a recording that lacks rows that it had; empty for one that has them.
    """

    name: str
    counts: Counter[Standing] = field(default_factory=Counter)
    broken: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    mended: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    stale: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    silent: Counter[str] = field(default_factory=Counter)
    unfinished: str = ""
    lost: str = ""

    @property
    def ok(self) -> bool:
        contradicted = self.broken or self.mended or self.faults
        return not (contradicted or self.stale or self.unfinished or self.lost)


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "results",
        nargs="*",
        help="results files, or recorded releases such as 3.9-jax (default: all recorded ones)",
    )
    parser.add_argument(
        "--known-failures",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="your own known failures, in addition to the project's: see docs/known_failures.md",
    )
    parser.add_argument(
        "--only-known-failures",
        type=Path,
        metavar="FILE",
        help="known failures to use instead of the project's",
    )


def main(arguments: argparse.Namespace) -> int:
    """Print what is not explained."""
    files = known_failures.files(arguments.known_failures, arguments.only_known_failures)
    every = map(find, arguments.results) if arguments.results else _all_recorded()
    fine = True
    for results in every:
        judgement = explained(results, *files)
        fine = fine and judgement.ok
        for line in judgement_lines(judgement):
            print(visible(line))
    return 0 if fine else 1


def _all_recorded() -> Iterator[Results]:
    for backend in BACKENDS:
        yield from recorded(backend)


def explained(results: Results, *files: Path) -> Judgement:
    """Hold results to the known failures of their release and backend; by default the project's.

    Raises:
        FileFault: if they are about a case or a rule that there is not.
    """
    suite.modules()
    entries = entries_of(results, files or (known_failures.FILE,))
    judgement = Judgement(results.name, unfinished=results.unfinished, lost=lost(results))
    for id, row in sorted(results.rows.items(), key=lambda item: (len(item[0]), item[0])):
        case = _case(id, row, results)
        stood = standings(case, row, entries)
        judgement.counts[overall(stood)] += 1
        _note(case, row, stood, judgement)
    if missing := len(unrecorded(results)):
        judgement.counts[Standing.NOT_RECORDED] += missing
    return judgement


def contradicted(results: Results) -> set[str]:
    """The cases whose rows the project's known failures or the rules of today contradict."""
    suite.modules()
    entries = entries_of(results, (known_failures.FILE,))
    cases = {id: _case(id, row, results) for id, row in results.rows.items()}
    return {
        id
        for id, row in results.rows.items()
        if overall(standings(cases[id], row, entries)).contradicts or strangers(cases[id], row)
    }


def unrecorded(results: Results) -> list[Case]:
    """The cases that a whole run of the same profile would have today and the results lack."""
    header = results.header
    if header["chosen"] or header["shard"] or results.unfinished or "layers" in header:
        return []
    return [case for case in suite.all_cases(header["profile"]) if case.id not in results.rows]


def entries_of(results: Results, files: tuple[Path, ...]) -> known_failures.KnownFailures:
    """The known failures of the release and the backend of some results."""
    try:
        entries = known_failures.load_all(files, results.header["keras"], results.header["backend"])
        strict = entries.strict and "layers" not in results.header
        return replace(entries, strict=strict, seed=results.header["seed"])
    except InvalidVersion:
        return known_failures.KnownFailures()


def _case(id: str, row: Row, results: Results) -> Case:
    rules = {*row.get("passed", ()), *row.get("failed", ())}
    for rule in sorted(rules - RULES.keys()):
        raise FileFault(f"{results.name}: {id}: unknown rule {rule!r}; see --list-rules")
    try:
        return Case.parse(id)
    except CaseError as error:
        raise FileFault(f"{results.name}: {error}") from None


def _note(case: Case, row: Row, stood: dict[str, Stood], judgement: Judgement) -> None:
    """Keep what there is to say of a case."""
    if "fault" in row:
        judgement.faults.append(f"{case.id}: {row['fault']}")
    for rule, one in stood.items():
        if one.standing is Standing.UNEXPLAINED and one.failures:
            first = one.failures[0]
            difference = f"{first.where}: got {first.got}, want {first.want}"
            judgement.broken[rule].append((case.id, difference))
        elif one.standing is Standing.PASSES:
            for entry in one.entries:
                judgement.mended[entry.place].append(case.id)
        elif one.standing is Standing.NOT_RECORDED:
            judgement.silent[rule] += 1
    for rule in strangers(case, row):
        judgement.stale[rule].append(case.id)


def _by_reason(faults: list[str]) -> dict[str, list[str]]:
    """The cases without a verdict, by what ended them."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        id, _, reason = fault.partition(": ")
        by_reason[reason].append(id)
    return by_reason


def judgement_lines(judgement: Judgement) -> Iterator[str]:
    """The judgement in lines, the counts last."""
    for rule, cases in sorted(judgement.broken.items()):
        id, difference = cases[0]
        yield f"  {rule} breaks in {len(cases)}: {id}: {difference[:200]}"
    for place, ids in judgement.mended.items():
        yield f"  the known failure of {place} passes in {len(ids)}: {ids[0]}"
    for reason, ids in _by_reason(judgement.faults).items():
        yield f"  no verdict in {len(ids)}: {ids[0]}: {reason}"
    for rule, ids in sorted(judgement.stale.items()):
        yield f"  stale: {len(ids)} rows are about {rule}, to which they are not held: {ids[0]}"
    for fault in filter(None, (judgement.unfinished, judgement.lost)):
        yield f"  {fault}"
    if judgement.silent:
        rules = sorted(judgement.silent, key=lambda rule: (-judgement.silent[rule], rule))
        more = f" and {len(rules) - 3} more" if len(rules) > 3 else ""
        yield f"  nothing is recorded of {', '.join(rules[:3])}{more} in some of these cases"
    order = (Standing.HOLDS, Standing.KNOWN, Standing.PASSES, Standing.UNEXPLAINED)
    counts = [
        standing.counted(judgement.counts[standing])
        for standing in (*order, Standing.NOT_RUN, Standing.NOT_RECORDED)
        if judgement.counts[standing]
    ]
    yield f"{judgement.name}: {', '.join(counts)}"
