"""The suite: the conformance modules, and the cases of each profile."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.base.paths import CONFORMANCE, CONFORMANCE_PACKAGE
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.gate import gate
from keras_rnn_conformance.judging.rules import RULES, governing

GATE = "gate"
PROFILES = (GATE, "smoke", "default", "thorough")
_NESTED = PROFILES[1:]
FOLDER = CONFORMANCE


@cache
def modules() -> tuple[ModuleType, ...]:
    """The conformance modules, by name whatever their folder; importing them registers rules."""
    paths = sorted(FOLDER.rglob("test_*.py"), key=lambda path: path.stem)
    return tuple(importlib.import_module(name_of(path)) for path in paths)


def name_of(path: Path) -> str:
    """The name of the conformance module in a file."""
    return ".".join((CONFORMANCE_PACKAGE, *path.relative_to(FOLDER).with_suffix("").parts))


def fingerprint() -> str:
    """A hash of the rules and what they say, by which results know the suite that made them."""
    modules()
    text = "\n".join(f"{id} {rule.sentence}" for id, rule in sorted(RULES.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def plan(profile: str) -> dict[str, tuple[Case, ...]]:
    """The cases of a profile, by the name of the module that holds them; each case only once.

    A larger profile holds the smaller ones, and the default profile the gate.

    Raises:
        FixtureFault: if a module puts together what cannot be, or the gate is no list of cases.
    """
    if profile == GATE:
        chosen = set(gate())
        return {
            name: tuple(case for case in cases if case in chosen)
            for name, cases in plan("default").items()
        }
    seen: dict[Case, str] = {}
    for module in modules():
        for name in _NESTED[: _NESTED.index(profile) + 1]:
            for case in _cases(module, name):
                seen.setdefault(case, module.__name__)
    by_module: dict[str, list[Case]] = {module.__name__: [] for module in modules()}
    for case, name in seen.items():
        by_module[name].append(case)
    return {name: tuple(cases) for name, cases in by_module.items()}


def _cases(module: ModuleType, profile: str) -> Iterator[Case]:
    try:
        yield from module.cases(profile)
    except CaseError as error:
        raise FixtureFault(f"{module.__file__}: cases({profile!r}): {error}") from None


def all_cases(profile: str) -> list[Case]:
    """Every case of a profile, in the order of their modules."""
    modules_of_profile = plan(profile)
    return [case for cases in modules_of_profile.values() for case in cases]


def strongest_first(profile: str) -> dict[Case, int]:
    """The place of each case in a run: the gate's in their order, then those of smoke."""
    cases = dict.fromkeys([*gate(), *all_cases("smoke"), *all_cases(profile)])
    return {case: place for place, case in enumerate(cases)}


@cache
def home(case: Case) -> str:
    """The module under which a case is shown: that of the most similar case of any profile.

    A module without rules of its own combines the options of other subjects, and is no subject.
    """
    planned = plan(PROFILES[-1])
    whole = {known: name for name, cases in planned.items() for known in cases}
    if case in whole:
        return whole[case]
    subjects = {
        module.__name__
        for module in modules()
        if hasattr(module, "rule") or hasattr(module, "value_rule")
    }
    homes = {known: name for known, name in whole.items() if name in subjects}

    def likeness(other: Case) -> tuple[bool, ...]:
        return (
            other["do"] == case["do"],
            other["what"] == case["what"],
            governing(other) == governing(case),
            other.layer == case.layer,
        )

    return homes[max(homes, key=likeness)]
