"""Judge the observations in a file, by what names and defaults meant in the release that made them.

The rows are like those of a live run. A rule about a fact that the observer does not record is not
judged; each row names the rules that were.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from keras_rnn_conformance.base.files import beside
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.exchange.observations import Observed, load, seen_in
from keras_rnn_conformance.expected.registry import of_generation
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.verdict import judge
from keras_rnn_conformance.results.file import FORMAT, VERSION, Header, Results, Row
from keras_rnn_conformance.results.lines import FileFault
from keras_rnn_conformance.results.rows import row_of, skipped_row
from keras_rnn_conformance.results.schema import SchemaFault


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("observations", type=Path, help="what an observer wrote")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write a results file")


def main(arguments: argparse.Namespace) -> int:
    """Judge a file; exit status 1 if a rule is broken."""
    results = judged(arguments.observations)
    if arguments.output:
        results.save(arguments.output)
    broken, stream = 0, beside(arguments.output)
    for row in results.rows.values():
        for rule, failure in row.get("failed", {}).items():
            broken += 1
            difference = f"got {failure['got']}, want {failure['want']}"
            print(
                f"{row['id']}: {rule}: {failure['where']}: {difference}".encode(
                    "ascii", "replace"
                ).decode(),
                file=stream,
            )
    skipped = sum("skipped" in row for row in results.rows.values())
    counts = f"{len(results.rows)} cases, {skipped} not run, {broken} broken rules"
    print(f"{results.name}: {counts}", file=stream)
    return 1 if broken else 0


def judged(path: Path) -> Results:
    """The results of a file of observations.

    Raises:
        FileFault: if the file cannot be used.
    """
    observed = load(path)
    suite.modules()
    try:
        with of_generation(generation_of(observed.header["keras"])):
            rows = [_row(id, line, observed) for id, line in observed.lines.items()]
    except (CaseError, SchemaFault) as error:
        raise FileFault(f"{path}: {error}") from None
    return Results.of(_header(observed), rows)


def _row(id: str, line: dict[str, Any], observed: Observed) -> Row:
    case = Case.parse(id)
    if "skipped" in line:
        return skipped_row(id, line["skipped"])
    seen = seen_in(line, observed.header["records"])
    try:
        verdict = judge(case, seen, observed.header["cases"]["seed"])
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        # no schema says what the facts of every scenario are: the rules that read them find out
        raised = f"{type(error).__name__}: {error}"[:160]
        raise SchemaFault(f"{id}: its rules cannot read what was observed: {raised!r}") from None
    verdict.seconds["keras"] = line.get("seconds", 0.0)
    return row_of(verdict)


def generation_of(release: str) -> str:
    """The generation that a release belongs to; what is not Keras is held to Keras 3's."""
    try:
        version = Version(release)
    except InvalidVersion:
        return "keras3"
    bounds = (("2.3", "keras2.0"), ("2.4", "keras2.3"), ("3.0.dev0", "tfkeras2"))
    return next((name for bound, name in bounds if version < Version(bound)), "keras3")


def _header(observed: Observed) -> Header:
    given, cases = observed.header, observed.header["cases"]
    same = (
        "keras",
        "backend",
        "backend_version",
        "python",
        "numpy",
        "platform",
        "device",
        "configs",
    )
    planned = {case.id for case in suite.all_cases(cases["profile"])}
    return {
        "format": FORMAT,
        "version": VERSION,
        "suite": SUITE,
        **{key: given[key] for key in same},
        **{key: cases[key] for key in ("profile", "seed", "shard")},
        "chosen": not cases["shard"] and observed.lines.keys() != planned,
        "generation": generation_of(given["keras"]),
        "judged": "files",
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
