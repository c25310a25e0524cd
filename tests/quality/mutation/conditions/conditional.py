"""Mutants that act only sometimes: which there are, which are tried, and which tests see them act.

A guard is tried where a dry run, Keras's own recurrent tests and the smoke profile, has shown that
code can tell the fact that it asks for. Whether the suite ever makes it true is another matter.
"""

from __future__ import annotations

import ast
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.reading import TextFault, json_document
from tests.quality.mutation import children
from tests.quality.mutation.campaign import ProbeTask, digest
from tests.quality.mutation.conditions import history, planted
from tests.quality.mutation.conditions.guards import GUARDS, Guard
from tests.quality.mutation.conditions.sight import View, fact_of
from tests.quality.mutation.conditions.structural import STRUCTURAL, helper, local_variables
from tests.quality.mutation.mutants import Mutant, blocks, compiled, members
from tests.quality.mutation.plant import replace_member
from tests.quality.mutation.reach import Probe, Reach
from tests.quality.mutation.targets import keras_root

Sight = dict[str, dict[int, set[str]]]
"""By source and line, the kinds of guards that can be told there."""

_PLACES = "places"


def kind_of(mutant: Mutant) -> str:
    """What a report counts a mutant under: the kind of its guard, or its operator."""
    return GUARDS[mutant.guard].kind if mutant.guard else mutant.operator


def pool(mutants: Iterable[Mutant], sight: Sight) -> Iterator[Mutant]:
    """Every structural mutant, and every mutant under every guard that can be told at its place."""
    for mutant in mutants:
        if mutant.operator in STRUCTURAL:
            yield mutant
        if mutant.guardable:
            seen = sight.get(mutant.file, {})
            kinds = set[str]().union(*(seen.get(line, ()) for line in mutant.lines))
            yield from (mutant.under(name) for name, one in GUARDS.items() if one.kind in kinds)


def balanced(mutants: Iterable[Mutant], count: int) -> list[Mutant]:
    """`count` mutants (0: all) by a hash of their names: one of each kind and source in turn.

    The same ones every time; a larger sample begins with the smaller.
    """
    groups: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        groups[f"{kind_of(mutant)} {mutant.file}"].append(mutant)
    ordered = [
        sorted(groups[name], key=lambda mutant: digest(mutant.id))
        for name in sorted(groups, key=digest)
    ]
    taken = [mutant for turn in zip_longest(*ordered) for mutant in turn if mutant is not None]
    return taken[:count] if count else taken


@dataclass
class SightTask:
    """Run tests and tell which kinds of guards can be told on which lines."""

    fault: Callable[[str], str]
    tests: list[str]
    files: tuple[str, ...]
    _found: Sight = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def work(self, tell: children.Tell) -> None:
        history.install()
        root = keras_root()
        watched = {str(root / file): file for file in self.files}
        for test in self.tests:
            news: list[list[Any]] = []
            tracer = _tracer(watched, self._looker(news))
            threading.settrace(tracer)
            sys.settrace(tracer)
            try:
                self.fault(test)
            finally:
                sys.settrace(None)
                threading.settrace(None)
            tell(news)

    def allowance(self, fact_of: list[Any]) -> float:
        return 600.0

    def _looker(self, news: list[list[Any]]) -> Callable[[str, FrameType], None]:
        """What looks at each line once a test, and notes what was not known of it."""
        seen: set[tuple[str, int]] = set()

        def look(file: str, frame: FrameType) -> None:
            place = file, frame.f_lineno
            if place not in seen:
                seen.add(place)
                known = self._found[file][frame.f_lineno]
                kinds = visible(View(dict(frame.f_locals), frame.f_back), known)
                known |= kinds
                news.extend([file, frame.f_lineno, kind] for kind in sorted(kinds))

        return look


def visible(view: View, known: set[str]) -> set[str]:
    """The kinds of guards, beside those known, that are told and possible at a place."""
    facts: dict[str, Any] = {}
    return {
        guard.kind
        for guard in GUARDS.values()
        if guard.kind not in known and _can(guard, view, facts)
    }


def _can(guard: Guard, view: View, facts: dict[str, Any]) -> bool:
    if guard.fact not in facts:
        facts[guard.fact] = fact_of(guard.fact, view)
    value = facts[guard.fact]
    return value is not None and bool(guard.possible(value))


def _tracer(watched: dict[str, str], look: Callable[[str, FrameType], None]) -> Any:
    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            look(watched[frame.f_code.co_filename], frame)
        return local

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        return local if frame.f_code.co_filename in watched else None

    return enter


def dry_run(tasks: Sequence[SightTask], jobs: int) -> Sight:
    """What can be told where, by the tests of all tasks."""
    found: Sight = defaultdict(lambda: defaultdict(set))
    for _, messages, _ in children.conduct(tasks, jobs):
        for file, line, kind in (news for message in messages for news in message):
            found[file][line].add(kind)
    return found


def dump_sight(sight: Sight) -> str:
    """The text that `load_sight` reads."""
    plain = {
        file: {str(line): sorted(kinds) for line, kinds in sorted(lines.items())}
        for file, lines in sorted(sight.items())
    }
    return json.dumps(plain, separators=(",", ":"))


def load_sight(path: Path) -> Sight:
    """The sight of an earlier dry run.

    Raises:
        CommandFault: if the file keeps none.
    """
    try:
        return {
            file: {int(line): set(kinds) for line, kinds in lines.items()}
            for file, lines in json_document(path, TextFault).items()
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise CommandFault(f"{path} keeps no sight, remove it: {str(error)[:80]!r}") from None


@dataclass
class Acting(Reach):
    """Which tests make which mutants act, in place of which lines they run.

    Attributes:
        numbers: by mutant id, its number in the probes.
    """

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, mutant: Mutant) -> list[str]:
        """The green tests in which the mutant acts."""
        able = self._tests.get(self.numbers[mutant.id], ())
        return [test for test in able if not self.probes[test].fault]

    @cached_property
    def _tests(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        for test, probe in self.probes.items():
            for number in probe.lines.get(_PLACES, ()):
                found[number].append(test)
        return found


def acting(found: Reach, mutants: Sequence[Mutant]) -> Acting:
    """Probes of mutants, as `ActTask` makes them, for these mutants in this order."""
    numbers = {mutant.id: i for i, mutant in enumerate(mutants)}
    return Acting(found.probes, found.files, numbers)


@dataclass
class ActTask(ProbeTask):
    """Run tests on a Keras that notes where mutants would act, and does nothing else."""

    mutants: Sequence[Mutant] = ()

    def work(self, tell: children.Tell) -> None:
        for file, member, code in watching(self.mutants):
            replace_member(file, member, code)
        history.install()
        numbers = {mutant.id: i for i, mutant in enumerate(self.mutants)}
        for test in self.tests:
            planted.acting.clear()
            start = time.perf_counter()
            fault = self.suite.fault(test)
            seconds = round(time.perf_counter() - start, 4)
            acted = sorted(numbers[id] for id in planted.acting)
            tell([test, asdict(Probe({_PLACES: acted}, seconds, fault))])


def watching(mutants: Iterable[Mutant]) -> Iterator[tuple[str, str, CodeType]]:
    """The functions that hold mutants, with a look at all guards before each of their statements.

    Yields:
        The source, the function's name, and its code.
    """
    wanted: dict[str, dict[str, list[Mutant]]] = defaultdict(lambda: defaultdict(list))
    for mutant in mutants:
        wanted[mutant.file][mutant.member].append(mutant)
    for file, within in wanted.items():
        path = keras_root() / file
        for node, holder in members(ast.parse(path.read_text(encoding="utf-8"))):
            name = f"{holder}.{node.name}" if holder else node.name
            if name in within:
                _watch(node, within[name])
                yield file, name, compiled(node, holder, str(path))


def _watch(member: ast.FunctionDef, mutants: list[Mutant]) -> None:
    places: dict[tuple[int, int], list[ast.expr]] = defaultdict(list)
    for mutant in mutants:
        pair = ast.Tuple([ast.Constant(mutant.id), ast.Constant(mutant.guard)], ast.Load())
        places[mutant.place.lineno, mutant.place.col_offset].append(pair)
    for block in list(blocks(member)):
        for i in reversed(range(len(block.statements))):
            statement = block.statements[i]
            if pairs := places.get((statement.lineno, statement.col_offset)):
                watched = ast.Tuple(list(pairs), ast.Load())
                look = ast.Expr(helper(statement, "see", watched, local_variables()))
                block.statements.insert(i, ast.copy_location(look, statement))
