"""Choose the cases of the gate profile again, by evidence.

--measure plants mutants of Keras's recurrent sources, conditional ones too, and notes for each
which cases of the default profile notice it; a run can be stopped, and goes on where it was. Half
of the mutants are held out: no choice looks at them, and mutate --profile gate tells how many of
them the gate notices.

--choose RESULTS... takes what was measured on all backends so far, and the results of the default
profile (--results) for what each case checks and how long it takes, and writes
fixtures/cases/gate.txt: every rule is in it, and it takes a share of the default profile's seconds,
averaged over these backends. The same measurements give the same file.

--join RESULTS... keeps the cases that are chosen, and adds the cheapest ones for the rules that
came after them; it needs no matrix.

  KERAS_BACKEND=numpy keras-rnn-conformance gate --measure --sample 300
  keras-rnn-conformance gate --choose numpy.jsonl tensorflow.jsonl
  keras-rnn-conformance gate --join numpy.jsonl tensorflow.jsonl
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from keras_rnn_conformance.base.appended import keep
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.gate import FILE, dump, gate
from keras_rnn_conformance.cli.commands import natural, positive
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import rules_of
from keras_rnn_conformance.results.file import Results, Row
from keras_rnn_conformance.results.file import load as load_results
from tests.quality.gate import matrix
from tests.quality.gate.choose import Candidate, cheapest, chosen, items_of
from tests.quality.mutation import suites
from tests.quality.mutation.campaign import Campaign
from tests.quality.mutation.conditions import conditional, conditional_command
from tests.quality.mutation.running import STATE, key_of, killers, name_of_run

FOLDER = STATE.with_name("gate")
SHARE = 0.08
"""What the cases of the gate may take of the seconds of the default profile, backends averaged."""
_STEADY = 0.002
"""Seconds of any case beside what Keras does in it: a collected item, and the comparison."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--measure", action="store_true", help="extend the matrix of this backend")
    what.add_argument("--choose", nargs="+", type=Path, metavar="RESULTS", help="write the file")
    what.add_argument("--join", nargs="+", type=Path, metavar="RESULTS", help="add new rules")
    parser.add_argument(
        "--sample", type=natural, default=300, metavar="N", help="how many mutants (300; 0: all)"
    )
    parser.add_argument(
        "--at-most", type=positive, default=120, metavar="N", help="cases tried on each (120)"
    )
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="processes (1)")
    parser.set_defaults(profile="default", believe=True, of="recurrent")


def main(arguments: argparse.Namespace) -> int:
    """Measure, or choose."""
    if arguments.measure:
        return measure(arguments)
    if arguments.join:
        return join([load_results(path) for path in arguments.join])
    return choose([load_results(path) for path in arguments.choose])


def measure(arguments: argparse.Namespace) -> int:
    """Extend the matrix of the active backend by the lines that it lacks."""
    STATE.mkdir(parents=True, exist_ok=True)
    made = conditional_command.candidates(conditional_command.unguarded(), arguments.jobs)
    mutants = conditional.balanced(made, arguments.sample)
    tests = suites.made("ours", "default", STATE / "scratch")
    key = key_of("ours", "default")
    ledger = conditional_command.ledger_path(arguments.of)
    run = conditional_command.ConditionalRun("ours", arguments, ledger)
    campaign = Campaign(tests, run.reach_of(tests, key, mutants), key, known=killers("ours"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name_of_run()}.jsonl"
    before = matrix.load(path)
    left = [mutant for mutant in mutants if mutant.id not in before]
    print(f"{len(mutants)} mutants, {len(mutants) - len(left)} measured before", flush=True)
    for i, line in enumerate(matrix.lines(campaign, left, arguments.at_most, arguments.jobs), 1):
        keep(path, line)
        print(f"{i}/{len(left)} {line.mutant}: {len(line.noticed)} of {line.tried}", flush=True)
    return 0


def choose(results: Sequence[Results]) -> int:
    """Write the file of the gate."""
    lines = [line for path in sorted(FOLDER.glob("*.jsonl")) for line in matrix.load(path).values()]
    if not lines:
        raise CommandFault(f"nothing was measured: {FOLDER} holds no matrix; use --measure")
    noticing: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for test in line.noticed if matrix.trained(line.mutant) else ():
            noticing[test].add(line.mutant)
    cases = chosen(list(candidates(results, noticing)))
    write_whole(FILE, dump(cases))
    held = len({line.mutant for line in lines if matrix.trained(line.mutant)})
    print(f"{FILE.name}: {len(cases)} cases, by {held} mutants; the others are held out")
    return 0


def join(results: Sequence[Results]) -> int:
    """Add to the file the cheapest cases of the rules that no case of the gate bears on."""
    suite.modules()  # which register the rules
    before = gate()
    held = {("rule", rule.id) for case in before for rule in rules_of(case)}
    new = [replace(one, items=one.items - held) for one in candidates(results, {})]
    joined = [one.case for one in cheapest(new, ("rule",))]
    write_whole(FILE, dump([*before, *joined]))
    print(f"{FILE.name}: {len(before)} cases and {len(joined)} more")
    return 0


def candidates(results: Sequence[Results], noticing: dict[str, set[str]]) -> Iterable[Candidate]:
    """The cases of the default profile that were judged, with what each covers."""
    default = suite.all_cases("default")
    allowed = [SHARE * sum(_seconds(one.rows.get(case.id)) for case in default) for one in results]
    for case in default:
        rows = [one.rows.get(case.id) for one in results]
        judged = [row for row in rows if row and "passed" in row]
        if judged:
            cost = fmean(_seconds(row) / most for row, most in zip(rows, allowed, strict=True))
            yield Candidate(case, cost, _covered(case, judged, noticing))


def _seconds(row: Row | None) -> float:
    return sum(row["seconds"].values()) + _STEADY if row and "seconds" in row else 0.0


def _covered(
    case: Case, rows: Collection[Row], noticing: dict[str, set[str]]
) -> frozenset[tuple[str, ...]]:
    """What a case covers; one that fails somewhere is there for its rules alone."""
    rules = {rule for row in rows for rule in (*row["passed"], *row["failed"])}
    if any(row["failed"] for row in rows):
        return frozenset(("rule", rule) for rule in rules)
    return items_of(case, rules, noticing.get(case.id, ()))
