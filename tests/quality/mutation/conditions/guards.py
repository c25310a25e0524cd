"""The conditions under which a mutant can be made to act, each told from what code can see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

POWERS = tuple(2**k for k in range(11))
SIZES = ("units", "features", "batch", "timesteps")
POLICIES = (
    "float64",
    "float32",
    "float16",
    "bfloat16",
    "mixed_float16",
    "mixed_bfloat16",
)

Test = Callable[[Any], bool]


def _always(value: Any) -> bool:
    return True


def _above(limit: int) -> Test:
    return lambda number: bool(number > limit)


def _is(wanted: Any) -> Test:
    return lambda value: bool(value == wanted)


@dataclass(frozen=True)
class Guard:
    """A condition.

    Attributes:
        name: what ids call it.
        kind: what a report counts it under; guards of one kind differ in a number or a word.
        fact: what it asks of the place, see `sight`.
        holds: whether it is true, given the fact.
        possible: whether it can ever be true where the fact is so; what a path rules out cannot.
    """

    name: str
    kind: str
    fact: str
    holds: Test
    possible: Test = _always


def _sizes() -> list[Guard]:
    made: list[Guard] = []
    for size in SIZES:
        made += [Guard(f"{size}>{power}", f"{size} above", size, _above(power)) for power in POWERS]
        made.append(Guard(f"{size}=1", f"{size} is 1", size, _is(1)))
        made.append(Guard(f"{size}-odd", f"{size} odd", size, lambda n: n % 2 == 1))
    return made


def _word(name: str, kind: str, fact: str, word: str) -> Guard:
    return Guard(name, kind, fact, lambda words: word in words)


def _policies() -> list[Guard]:
    return [Guard(f"policy={name}", "dtype policy", "policy", _is(name)) for name in POLICIES]


GUARDS: dict[str, Guard] = {
    guard.name: guard
    for guard in (
        *_sizes(),
        Guard("second-call", "second call", "calls", lambda r: r.count > 1),
        Guard(
            "other-batch",
            "another batch size than before",
            "calls",
            lambda r: r.before is not None and r.before.batch != r.now.batch,
        ),
        Guard(
            "other-length",
            "another length than before",
            "calls",
            lambda r: r.before is not None and r.before.length != r.now.length,
            lambda r: r.now.length is not None,
        ),
        Guard(
            "train-after-infer",
            "training after inference",
            "calls",
            lambda r: r.before is not None and r.now.training and not r.before.training,
            lambda r: r.now.training,
        ),
        Guard(
            "infer-after-train",
            "inference after training",
            "calls",
            lambda r: r.before is not None and r.before.training and not r.now.training,
            lambda r: not r.now.training,
        ),
        Guard(
            "weights-changed",
            "after the weights changed",
            "calls",
            lambda r: r.changed,
            lambda r: bool(r.weights),
        ),
        _word("cloned", "made from a configuration", "origin", "cloned"),
        _word("reloaded", "after reload", "origin", "reloaded"),
        Guard("compiled", "inside a compiled function", "compiled", lambda yes: yes),
        Guard(
            "mask", "mask present", "mask", lambda word: word == "yes", lambda word: word == "yes"
        ),
        Guard(
            "no-mask", "mask absent", "mask", lambda word: word == "no", lambda word: word == "no"
        ),
        Guard("mask-ends-false", "mask ends in False", "mask end", lambda yes: yes),
        _word("nan", "NaN anywhere", "values", "nan"),
        _word("inf", "infinity anywhere", "values", "inf"),
        _word("huge", "magnitude above 1e4", "values", "huge"),
        _word("tiny", "magnitude below 1e-6", "values", "tiny"),
        Guard("states-set", "states not zero", "states", lambda yes: yes),
        *_policies(),
        Guard(
            "global-policy", "global policy set", "global policy", lambda name: name != "float32"
        ),
        Guard("cells>3", "more than 3 cells", "cells", _above(3)),
        Guard("weights>10", "more than 10 weights", "weights", _above(10)),
        Guard("layers>10", "more than 10 layers", "layers", _above(10)),
    )
}
