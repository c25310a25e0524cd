"""The options of `mutate` for mutants that act under a condition only."""

from __future__ import annotations

import argparse
import functools
import warnings
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.pytest_plugin.recorder import shard_of
from keras_rnn_conformance.results.file import in_shard
from tests.quality.mutation import equivalent, reach, suites
from tests.quality.mutation.campaign import Ledger, Outcome, digest, survey
from tests.quality.mutation.conditions import conditional, spots
from tests.quality.mutation.conditions.conditional import ActTask, Sight, SightTask
from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.conditions.published import FILE, Published, tables
from tests.quality.mutation.conditions.structural import TITLES, of_backend
from tests.quality.mutation.mutants import Mutant, mutants
from tests.quality.mutation.running import STATE, STORE, Run, key_of, name_of_run
from tests.quality.mutation.suites import NAMES, Suite
from tests.quality.mutation.targets import files

CLAIMS = STORE / "equivalent-conditional.toml"
_DRY = 40
_SEERS = tuple(Path(__file__).with_name(f"{name}.py") for name in ("guards", "history", "sight"))


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    group = parser.add_argument_group(
        "mutants that act under a condition, and structural ones, which --conditional takes instead"
    )
    group.add_argument("--conditional", action="store_true", help="try these, a --sample of them")
    group.add_argument(
        "--guard",
        nargs="+",
        default=[],
        metavar="NAME",
        help="only under these guards, or of these structural operators; * stands for anything",
    )
    group.add_argument(
        "--shard",
        default="",
        metavar="K/N",
        help="only part K of N disjoint parts of the sample",
    )
    group.add_argument(
        "--again",
        action="store_true",
        help=f"the very mutants that {FILE.name} has figures of on this backend",
    )
    group.add_argument(
        "--tables", action="store_true", help=f"print {FILE.name} as Markdown, run nothing"
    )
    group.add_argument(
        "--spots",
        action="store_true",
        help="tell in how many cases each condition holds, by source, layer and scenario, and in "
        "which functions it never does; plant nothing",
    )


def main(arguments: argparse.Namespace) -> int:
    """Run the campaign; 1 if a mutant survives."""
    if arguments.tables:
        print(tables(Published.read(FILE)))
        return 0
    STATE.mkdir(parents=True, exist_ok=True)
    of = arguments.of
    bases, before = unguarded(of), Published.read(FILE).get(name_of_run(of))
    if arguments.ids or arguments.again:
        pool = before.pool if before else 0
        chosen = named(arguments.ids or (before.mutants if before else ()), bases)
    else:
        made = candidates(bases, arguments.jobs, of)
        wanted = spots.watched(made) if arguments.spots else made
        pool, chosen = len(made), choose(wanted, arguments)
    chosen = [mutant for mutant in chosen if in_shard(mutant.id, shard_of(arguments.shard))]
    if arguments.list:
        print("\n".join(f"{m.id}\t{m.member}\t{m.before}\t{m.after}" for m in chosen))
        return 0
    if arguments.spots:
        print(ConditionalRun("ours", arguments, ledger_path(of)).spots(chosen))
        return 0
    names = NAMES if arguments.suite == "both" else (arguments.suite,)
    for name in names:
        ConditionalRun(name, arguments, ledger_path(of)).go(chosen)
    outcomes = Ledger.open(ledger_path(of)).outcomes
    same = equivalents(chosen)
    published = Published.of(environment.describe(), pool, chosen, outcomes, same, before)
    print(tables({name_of_run(of): published}))
    left = survivors(published, chosen, outcomes)
    print("\n".join(left))
    if arguments.write:
        write_whole(FILE, Published.dump(Published.read(FILE) | {name_of_run(of): published}))
    return int(bool(left))


def survivors(
    published: Published, chosen: list[Mutant], outcomes: dict[tuple[str, str], Outcome]
) -> list[str]:
    """The mutants that no test of this suite noticed, a line each."""
    alive = [mutant for mutant in chosen if published.mutants.get(mutant.id, "-")[0] in "sn"]
    return [
        f"{mutant.id}\t{mutant.member}\t{outcomes[mutant.id, 'ours'].of} tests make it act\t"
        f"{mutant.before}\t{mutant.after}"
        for mutant in sorted(alive, key=lambda mutant: (conditional.kind_of(mutant), mutant.id))
    ]


def ledger_path(of: str) -> Path:
    """The file of the outcomes."""
    return STATE / f"{name_of_run(of)}-conditional.jsonl"


def unguarded(of: str = "recurrent") -> list[Mutant]:
    """Every plain and every structural mutant of a set of sources on the active backend.

    What is shown equivalent without a guard is so under one, and is left out.
    """
    backend = environment.backend()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        plain = [mutant for file in files(backend, of) for mutant in mutants(file)]
        made = [m for file in files(backend, of) for m in mutants(file, of_backend(backend))]
    every = equivalent.load(environment.keras_release())
    claims = equivalent.claimed(every, plain, backend)
    return [*(mutant for mutant in plain if mutant.id not in claims), *made]


def named(ids: Iterable[str], bases: list[Mutant]) -> list[Mutant]:
    """The mutants of these ids, whether or not a dry run has shown their guards to be of use."""
    by_id = {mutant.id: mutant for mutant in bases}
    parts = {id: id.partition("@") for id in ids}
    unknown = [
        id
        for id, (base, at, guard) in parts.items()
        if base not in by_id or (at and (guard not in GUARDS))
    ]
    if unknown:
        raise CommandFault(f"no such mutant: {', '.join(unknown)}; see --list")
    if not parts:
        raise CommandFault(f"{FILE.name} names no mutant of this run: take a --sample")
    return [by_id[base].under(guard) if guard else by_id[base] for base, _, guard in parts.values()]


def equivalents(chosen: list[Mutant]) -> set[str]:
    """The chosen mutants that are shown to change nothing that is documented."""
    backend = environment.backend()
    claims = [
        claim
        for claim in equivalent.load(environment.keras_release(), CLAIMS)
        if not claim.backends or backend in claim.backends
    ]
    return {mutant.id for mutant in chosen if any(claim.covers(mutant) for claim in claims)}


def candidates(bases: list[Mutant], jobs: int, of: str = "recurrent") -> list[Mutant]:
    """Every structural mutant and every guarded one."""
    return list(conditional.pool(bases, sight(jobs, of)))


def sight(jobs: int, of: str) -> Sight:
    """What code can tell where: from an earlier dry run of this version, or from one made now."""
    texts = [path.read_text(encoding="utf-8") for path in _SEERS]
    path = STATE / f"{name_of_run(of)}-sight-{digest(key_of('ours', 'smoke'), *texts)}.json"
    if not path.exists():
        print("dry run: what can be told on which line", flush=True)
        tasks = [
            SightTask(tests.fault, chunk, files(environment.backend(), of))
            for tests in (suites.made(name, "smoke", STATE / "scratch", of) for name in NAMES)
            for chunk in _chunks(tests.tests())
        ]
        write_whole(path, conditional.dump_sight(conditional.dry_run(tasks, jobs)))
    return conditional.load_sight(path)


def _chunks(tests: list[str]) -> Iterator[list[str]]:
    return (tests[i : i + _DRY] for i in range(0, len(tests), _DRY))


def choose(pool: list[Mutant], arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants that the arguments ask for."""
    names = (*GUARDS, *TITLES)
    for wanted in arguments.guard:
        if not any(fnmatchcase(name, wanted) for name in names):
            raise CommandFault(
                f"no guard or structural operator is called {wanted}: there are {', '.join(names)}"
            )
    within = [
        mutant
        for mutant in pool
        if (not arguments.guard or _asked(mutant, arguments.guard))
        and (not arguments.files or any(part in mutant.file for part in arguments.files))
    ]
    if not within:
        raise CommandFault("no such mutant: see the files and guards in --list")
    return conditional.balanced(within, arguments.sample)


def _asked(mutant: Mutant, patterns: list[str]) -> bool:
    name = mutant.guard or mutant.operator
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class ConditionalRun(Run):
    """A run in which a test is tried on a mutant if it makes the mutant act."""

    def reach_of(self, tests: Suite, key: str, chosen: list[Mutant]) -> reach.Reach:
        """Which tests make which mutants act; --believe trusts what an earlier version saw."""
        of, these = self.arguments.of, digest(*(mutant.id for mutant in chosen))
        key = digest(key, these)
        path = STATE / f"{name_of_run(of)}-{self.name}-acting-{these}.json"
        known = reach.load(path, None if self.arguments.believe else key)
        task = functools.partial(ActTask, mutants=chosen)
        steps = survey(tests, known, files(environment.backend(), of), self.arguments.jobs, task)
        found = self.probed(tests, known, steps, path, key)
        return conditional.acting(found, chosen)

    def spots(self, chosen: list[Mutant]) -> str:
        """In which tests the guards of mutants hold, as tables."""
        tests = suites.made(self.name, self.arguments.profile, STATE / "scratch")
        key = key_of(self.name, self.arguments.profile)
        return spots.report(conditional.acting(self.reach_of(tests, key, chosen), chosen), chosen)
