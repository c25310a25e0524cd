"""Write the report of failing cases: diagnosis, smallest case, standalone script, issue text.

  keras-rnn-conformance report LSTM-seq1-state1-u3-t5-mask.gap
  keras-rnn-conformance report --known reports

Reports are printed, or written to the folder given by `--into`. `--known` writes a report for every
known failure of the installed Keras on its backend.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import claim
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.streams import data_seed
from keras_rnn_conformance.judging import capabilities, known_failures, readiness, suite
from keras_rnn_conformance.judging.known_failures import KnownFailures
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import Verdict
from keras_rnn_conformance.report import folder, issue
from keras_rnn_conformance.report.behaviour import tell_apart
from keras_rnn_conformance.report.failure_signature import Failing, unexpected
from keras_rnn_conformance.report.findings import Examination, Finding, add_script, examine


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="the id of a failing case")
    parser.add_argument("--into", type=Path, metavar="DIR", help="write a folder for every finding")
    parser.add_argument(
        "--known", type=Path, metavar="OUT", help="write the reports of all known failures"
    )
    parser.add_argument("--rule", metavar="RULE", help="with --known: only those of this rule")
    parser.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="NAME=MODULE:CLASS",
        help="a class in place of Keras's, as for `test`",
    )
    parser.add_argument(
        "--data-seed", type=data_seed, default=0, metavar="N", help="key of the numbers (default 0)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=600.0,
        metavar="N",
        help="how long to look for the causes (default 600)",
    )


def main(arguments: argparse.Namespace) -> int:
    """Write the reports; 1 if a case does not fail."""
    if bool(arguments.ids) == bool(arguments.known):
        raise CommandFault("give the id of a case, or --known OUT")
    if arguments.rule and not arguments.known:
        raise CommandFault("--rule goes with --known")
    if arguments.layer and arguments.known:
        raise CommandFault("--known is about Keras's own layers; leave out --layer")
    replaced.choose(arguments.layer)
    try:
        cases = [Case.parse(id) for id in arguments.ids]
    except CaseError as error:
        raise CommandFault(str(error)) from None
    for place in (arguments.into, arguments.known):
        if place is not None:
            claim(place, "reports")
    environment.check()
    readiness.ready()
    _load_replacements()
    suite.modules()
    if arguments.known:
        return _known(arguments)
    seed, seconds = arguments.data_seed, arguments.seconds
    result = examine(cases, unexpected(KnownFailures()), seed, seconds, each=seconds / len(cases))
    tell_apart(result.findings)
    return _finish(result, arguments.into, arguments.data_seed)


def _load_replacements() -> None:
    from keras_rnn_conformance.subject import classes

    classes.load()


def _finish(result: Examination, into: Path | None, seed: int) -> int:
    for finding in result.findings:
        add_script(finding, seed)
        if into is None:
            print(issue.page(finding, seed))
        else:
            print(f"{folder.write(finding, into, seed)}  {issue.title(finding)}", flush=True)
    for defect in result.defects:
        print(f"{defect} (a defect of the suite)")
    for id in result.gone:
        print(f"{id}: does not fail")
    for id in result.left:
        print(f"{id}: not examined, the time was up; see --seconds")
    return 1 if result.gone or result.left or result.defects else 0


def _known(arguments: argparse.Namespace) -> int:
    release = environment.keras_release()
    entries = known_failures.load(known_failures.FILE, release, environment.backend())
    backend = environment.backend()
    able = [c for c in suite.all_cases("default") if capabilities.lacking(c, backend) is None]
    cases, status = able, 0
    reasons: dict[str, list[known_failures.Entry]] = {}
    chosen = [e for e in entries.entries if arguments.rule in (None, e.rule)]
    if not chosen:
        raise CommandFault(
            f"no known failure of {arguments.rule} here; the rules with one are "
            f"{', '.join(sorted({e.rule for e in entries.entries}))}"
        )
    for entry in chosen:
        reasons.setdefault(entry.reason, []).append(entry)
    findings: list[Finding] = []
    for same in reasons.values():
        covered = [case for case in cases if any(entry.covers(case) for entry in same)]
        if covered:
            simplest = sorted(covered, key=lambda c: (len(c.departures), len(c.id), c.id))[:12]
            examination = examine(
                simplest, of_entries(same), arguments.data_seed, arguments.seconds
            )
            others = [e for e in entries.entries if e.reason != same[0].reason]
            examination.gone = [  # what fails for another reason alone is in that one's findings
                id for id in examination.gone if not any(e.covers(Case.parse(id)) for e in others)
            ]
            written = {(f.rule, f.case) for f in findings}  # one case may have two causes
            examination.findings = [
                f for f in examination.findings if (f.rule, f.case) not in written
            ]
            findings += examination.findings
            tell_apart(findings)
            status |= _finish(examination, arguments.known, arguments.data_seed)
    return status


def of_entries(entries: list[known_failures.Entry]) -> Failing:
    """The failures that one of the entries explains."""

    def failing(verdict: Verdict) -> dict[str, list[Failure]]:
        return {
            rule: failures
            for rule, failures in verdict.failed.items()
            if any(
                e.about(rule) and e.matches(verdict.case) and e.explains(failures) for e in entries
            )
        }

    return failing
