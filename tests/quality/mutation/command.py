"""Plant small faults into the installed Keras, one at a time, and see which ones the suite notices.

The faults are made from the recurrent sources of Keras (layers and the loop of the active backend;
code that only runs on GPUs is left out), or --of its surroundings: what calls, masks, trains and
keeps the layers of a model; or --of what exports models. A mutant is run against the cases of the
profile that reach the changed line until one fails; --suite both does the same with Keras's own
tests of these sources.

--conditional takes, in their place, faults that act under a condition only, or that change the
structure: which, says --list. A test is tried on one if it makes it act; a fault that acts in no
test counts as a survivor. Their figures are kept in fixtures/mutation/conditional.json.

A run can be stopped and started again, and continues where it was; its progress is kept in
reports/mutation. `--write` stores the report under fixtures/mutation.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.cli.commands import natural, positive
from keras_rnn_conformance.judging import suite
from tests.quality.mutation import report, suites
from tests.quality.mutation.campaign import Ledger, sample
from tests.quality.mutation.conditions import conditional_command
from tests.quality.mutation.conditions.conditional import balanced
from tests.quality.mutation.equivalent import Claim, claimed, load
from tests.quality.mutation.mutants import Mutant, mutants
from tests.quality.mutation.running import STATE, STORE, Run, key_of, ledger_path, name_of_run
from tests.quality.mutation.suites import NAMES
from tests.quality.mutation.targets import SETS, files


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--suite", choices=(*NAMES, "both"), default="both", help="the tests to run (both)"
    )
    parser.add_argument(
        "--of", choices=tuple(SETS), default="recurrent", help="the sources to mutate (recurrent)"
    )
    parser.add_argument("--profile", choices=suite.PROFILES, default="default", help="our cases")
    parser.add_argument(
        "--sample",
        type=natural,
        default=0,
        metavar="N",
        help="try N mutants, always the same (0: all)",
    )
    parser.add_argument(
        "--files",
        nargs="+",
        default=[],
        metavar="NAME",
        help="only sources with this in their name",
    )
    parser.add_argument("--ids", nargs="+", default=[], metavar="ID", help="only these mutants")
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="processes at a time (1)"
    )
    parser.add_argument(
        "--at-most",
        type=natural,
        default=0,
        metavar="N",
        help="give up on a mutant after N tests; a later run without it goes on (0: try all)",
    )
    parser.add_argument(
        "--believe",
        action="store_true",
        help="trust the kills and the reach that an earlier version of the suite had, and the "
        "reach that it has on another backend",
    )
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--write", action="store_true", help="keep the report in fixtures/mutation")
    conditional_command.configure(parser)


def main(arguments: argparse.Namespace) -> int:
    """Run the campaign; 1 if a mutant survives, or an equivalent one is killed after all."""
    if arguments.conditional or arguments.tables:
        return conditional_command.main(arguments)
    of = arguments.of
    every = all_mutants(of)
    made = reached(every, arguments) if SETS[of].scenarios else every
    chosen = choose(made, arguments)
    if arguments.list:
        print("\n".join(f"{m.id}\t{m.member}\t{m.before}\t{m.after}" for m in chosen))
        return 0
    STATE.mkdir(parents=True, exist_ok=True)
    names = NAMES if arguments.suite == "both" else (arguments.suite,)
    claims = equivalents(every)
    doubtful_first = sorted(chosen, key=lambda mutant: mutant.id in claims)
    for name in names:
        Run(name, arguments, ledger_path(of)).go(doubtful_first)
    ledger = Ledger.open(ledger_path(of))
    wanted = {mutant.id for mutant in chosen}
    kept = {id: claim for id, claim in claims.items() if id in wanted}
    results = report.Results(environment.describe(), len(made), chosen, ledger.outcomes, kept)
    stored = STORE / f"{name_of_run(of)}.json"
    return conclude(results, names[0], stored if arguments.write else None)


def conclude(results: report.Results, suite_name: str, path: Path | None) -> int:
    """Print the report, keep it in a file if one is given, and say whether all is well."""
    print(report.text(results, suite_name))
    if path is not None:
        write_whole(path, report.document(results))
    refuted = results.refuted()
    if refuted:
        raise CommandFault(f"equivalent.toml calls these equivalent: {', '.join(refuted)}: killed")
    return int(bool(results.survivors(suite_name)))


def all_mutants(of: str) -> list[Mutant]:
    """Every mutant of a set of sources of the installed Keras on the active backend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return [mutant for file in files(environment.backend(), of) for mutant in mutants(file)]


def choose(made: list[Mutant], arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants that the arguments ask for."""
    unknown = set(arguments.ids) - {mutant.id for mutant in made}
    if unknown:
        raise CommandFault(f"no such mutant: {', '.join(sorted(unknown))}; see --list")
    named = [mutant for mutant in made if not arguments.ids or mutant.id in arguments.ids]
    within = [
        mutant
        for mutant in named
        if not arguments.files or any(part in mutant.file for part in arguments.files)
    ]
    if not within:
        raise CommandFault("no source of that name; see the file names in --list")
    spread = SETS[arguments.of].scenarios
    return (balanced if spread else sample)(within, arguments.sample)


def reached(made: list[Mutant], arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants on a line that a case of this suite runs."""
    STATE.mkdir(parents=True, exist_ok=True)
    tests = suites.made("ours", arguments.profile, STATE / "scratch", arguments.of)
    run = Run("ours", arguments, ledger_path(arguments.of))
    known = run.reach_of(tests, key_of("ours", arguments.profile), made)
    return [mutant for mutant in made if known.of(mutant)]


def equivalents(made: list[Mutant]) -> dict[str, Claim]:
    """The claims of fixtures/mutation/equivalent.toml about this release."""
    return claimed(load(environment.keras_release()), made, environment.backend())


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
