"""The smallest case that fails in the same way, and which of its options the failure needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from keras_rnn_conformance.cases.axes import BY_KEY, CONVOLUTIONAL, OPTIONS, RECURRENT, Value
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.table import BY_NAME
from keras_rnn_conformance.report.wording import words

Fails = Callable[[Case], bool]

KEPT = ("do", "what", "u", "t", "in", "n", "mask")
"""What is not simply moved to its default: the scenario; and sizes and masks, which come last."""


@dataclass
class Shrunk:
    """The end of a shrinking.

    Attributes:
        case: the smallest case.
        tried: how many cases were run.
        minimal: whether every further single step was tried and does not fail in the same way.
        needs: the options that the failure needs: with any of them at its default it is gone.
        avoids: for each of them, the default that avoids the failure.
    """

    case: Case
    tried: int = 0
    minimal: bool = True
    needs: list[str] = field(default_factory=list)
    avoids: dict[str, str] = field(default_factory=dict)


def steps(case: Case) -> Iterator[Case]:
    """Every case that is one step smaller, the largest simplifications first."""
    if case.layer in RECURRENT:
        for layer in RECURRENT[: RECURRENT.index(case.layer)]:
            yield from valid(layer, dict(case.options))
    if case["init"] != "none":
        yield from _simpler(case, "init")
    for axis in reversed(OPTIONS):
        if axis.key in case.departures and axis.key not in KEPT:
            yield from changed(case, axis.key, axis.default)
    yield from _two_at_once(case)
    for key in ("state", "seq"):
        if case[key]:
            yield from changed(case, key, 0)
    for number in range(1, case.number("calls")):
        yield from changed(case, "calls", number)
    yield from _smaller(case)
    yield from _simpler_masks(case)


def _simpler_masks(case: Case) -> Iterator[Case]:
    if case["maskby"] == "embedding":
        yield from changed(case, "maskby", "masking")
    if case["mask"] != "none":
        yield from changed(case, "mask", "none")
        yield from _simpler(case, "mask")


def _simpler(case: Case, key: str) -> Iterator[Case]:
    """The case with each value of an axis that is simpler than its own."""
    order = BY_KEY[key].simpler
    for value in order[: order.index(case[key])] if case[key] in order else order:
        yield from changed(case, key, value)


def _two_at_once(case: Case) -> Iterator[Case]:
    """Options that only make sense together."""
    for pair in (
        ("mask", "zero"),
        ("mask", "maskby"),
        ("as", "merge"),
        ("as", "own"),
        ("reset", "stateful"),
    ):
        if all(key in case.departures for key in pair):
            options = {key: BY_KEY[key].default for key in pair}
            yield from valid(case.layer, {**dict(case.options), **options})


def _smaller(case: Case) -> Iterator[Case]:
    if case["what"] in BY_NAME[str(case["do"])].sampled:
        return  # with fewer numbers the rules would not hold
    data = Data(case)
    now = {"u": data.units, "t": data.timesteps, "in": data.features, "n": data.batch}
    if case.layer in CONVOLUTIONAL:
        now["kern"] = case.number("kern")
    for key, size in now.items():
        for smaller in range(1, size):
            yield from changed(case, key, smaller)


def changed(case: Case, key: str, value: Value) -> Iterator[Case]:
    """The case with another value for one option, if there is such a case."""
    yield from valid(case.layer, {**dict(case.options), key: value})


def valid(layer: str, options: dict[str, Value]) -> Iterator[Case]:
    """The case of a layer with those of the options that it has, if there is such a case."""
    known = {k: v for k, v in options.items() if layer in BY_KEY[k].layers}
    try:
        yield Case.from_options(layer, known)
    except CaseError:
        return


def shrink(case: Case, fails: Fails, seconds: float = 30.0) -> Shrunk:
    """Go from case to smaller case while `fails` holds, to where no step does; then find the needs.

    Args:
        fails: whether a case fails in the same way.
        seconds: when to stop; the result then says that it is not minimal.
    """
    end = time.monotonic() + seconds
    known: dict[Case, bool] = {case: True}

    def check(smaller: Case) -> bool:
        if smaller not in known:
            known[smaller] = fails(smaller)
        return known[smaller]

    minimal, moved = True, True
    while moved and minimal:
        moved = False
        for smaller in steps(case):
            if time.monotonic() > end:
                minimal = False
                break
            if check(smaller):
                case, moved = smaller, True
                break
    result = Shrunk(case, minimal=minimal)
    for text, avoiding, other in _flips(case):
        if not check(other):
            result.needs.append(text)
            result.avoids[text] = avoiding
    result.tried = len(known)
    return result


def _flips(case: Case) -> Iterator[tuple[str, str, Case]]:
    """Each remaining option in words, the words for its default, and the case with that."""
    for axis in OPTIONS:
        if axis.key in KEPT[:2] or axis.key not in case.departures or axis.key in ("in", "n"):
            continue
        flipped = list(changed(case, axis.key, axis.default))
        if axis.key == "mask" and not flipped:
            flipped = list(changed(case, "mask", "ones"))
        for other in flipped:
            yield words(axis.key, case[axis.key]), words(axis.key, other[axis.key]), other
    for key in ("seq", "state"):
        for other in changed(case, key, 1 - case.number(key)):
            yield words(key, case[key]), words(key, other[key]), other
