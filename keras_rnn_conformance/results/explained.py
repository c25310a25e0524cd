"""Compare results with the known failures: show what they do not explain.

  keras-rnn-conformance explain results.jsonl
  keras-rnn-conformance explain 3.9-jax

If the run did not finish, the rows so far are read from `results.jsonl.part`.

The exit status is 0 if every rule that broke is known to break, every known failure still fails and
the run finished; 1 otherwise; and 2 if the input cannot be used.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import InvalidVersion

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.known_failures import sort_out
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.judging.verdict import Verdict
from keras_rnn_conformance.results.diff import visible
from keras_rnn_conformance.results.file import Results, Row
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.rows import failures_of
from keras_rnn_conformance.results.store import find

_OPEN = ("unexplained", "without a verdict")
"""What a row comes to that known failures contradict."""


@dataclass(frozen=True)
class Judgement:
    """What known failures say of results.

    Attributes:
        name: of the results.
        counts: cases by what they came to.
        broken: by rule, the cases in which it broke and is not known to, the smallest first, each
            with what was got and wanted.
        mended: by the place of a known failure, the cases that pass though it covers them.
        faults: the cases without a verdict.
        unfinished: what to say of a run that did not come to its end; empty for one that did.
    """

    name: str
    counts: Counter[str]
    broken: dict[str, list[tuple[str, str]]]
    mended: dict[str, list[str]]
    faults: list[str]
    unfinished: str = ""

    @property
    def ok(self) -> bool:
        return not (self.broken or self.mended or self.faults or self.unfinished)


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("results", help="a results file, or a recorded release such as 3.9-jax")
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
    judgement = explained(find(arguments.results), *files)
    for line in said(judgement):
        print(visible(line))
    return 0 if judgement.ok else 1


def explained(results: Results, *files: Path) -> Judgement:
    """Hold results to the known failures of their release and backend; by default the project's.

    Raises:
        FileFault: if they are about a case or a rule that there is not.
    """
    suite.modules()
    entries = _entries(results, files or (known_failures.FILE,))
    judgement = Judgement(
        results.name, Counter(), defaultdict(list), defaultdict(list), [], results.unfinished
    )
    for id, row in sorted(results.rows.items(), key=lambda item: (len(item[0]), item[0])):
        judgement.counts[_sort(_case(id, row, results), row, entries, judgement)] += 1
    return judgement


def contradicted(results: Results) -> set[str]:
    """The cases whose rows the project's known failures do not explain."""
    suite.modules()
    entries = _entries(results, (known_failures.FILE,))
    judgement = Judgement(results.name, Counter(), defaultdict(list), defaultdict(list), [])
    return {
        id
        for id, row in results.rows.items()
        if _sort(_case(id, row, results), row, entries, judgement) in _OPEN
    }


def _case(id: str, row: Row, results: Results) -> Case:
    rules = {*row.get("passed", ()), *row.get("failed", ())}
    for rule in sorted(rules - RULES.keys()):
        raise FileFault(f"{results.name}: {id}: unknown rule {rule!r}; see --list-rules")
    try:
        return Case.parse(id)
    except CaseError as error:
        raise FileFault(f"{results.name}: {error}") from None


def _entries(results: Results, files: tuple[Path, ...]) -> known_failures.KnownFailures:
    try:
        entries = known_failures.load_all(files, results.header["keras"], results.header["backend"])
        return replace(entries, strict=entries.strict and "layers" not in results.header)
    except InvalidVersion:
        return known_failures.KnownFailures()


def _sort(case: Case, row: Row, entries: known_failures.KnownFailures, judgement: Judgement) -> str:
    if "skipped" in row:
        return "not run"
    if "fault" in row:
        judgement.faults.append(f"{case.id}: {row['fault']}")
        return "without a verdict"
    unexpected, passes, explained = sort_out(_verdict(case, row), entries)
    for rule, failures in unexpected.items():
        first = failures[0]
        difference = f"{first.where}: got {first.got}, want {first.want}"
        judgement.broken[rule].append((case.id, difference))
    for entry in passes:
        judgement.mended[entry.place].append(case.id)
    if unexpected or passes:
        return "unexplained"
    return "known failures" if explained else "passed"


def _verdict(case: Case, row: Row) -> Verdict:
    return Verdict(case, Observation(), passed=row["passed"], failed=failures_of(row))


def _by_reason(faults: list[str]) -> dict[str, list[str]]:
    """The cases without a verdict, by what ended them."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        id, _, reason = fault.partition(": ")
        by_reason[reason].append(id)
    return by_reason


def said(judgement: Judgement) -> Iterator[str]:
    """The judgement in lines, the counts last."""
    for rule, cases in sorted(judgement.broken.items()):
        id, difference = cases[0]
        yield f"  {rule} breaks in {len(cases)}: {id}: {difference[:200]}"
    for place, ids in judgement.mended.items():
        yield f"  the known failure of {place} passes in {len(ids)}: {ids[0]}"
    for reason, ids in _by_reason(judgement.faults).items():
        yield f"  no verdict in {len(ids)}: {ids[0]}: {reason}"
    if judgement.unfinished:
        yield f"  {judgement.unfinished}"
    order = ("passed", "known failures", "unexplained", "without a verdict", "not run")
    counts = [f"{judgement.counts[key]} {key}" for key in order if judgement.counts[key]]
    yield f"{judgement.name}: {', '.join(counts)}"
