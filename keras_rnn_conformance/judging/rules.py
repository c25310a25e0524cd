"""Rules: documented statements with a permanent id, and the checks that hold a layer to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.base.observation import Observation, probe
from keras_rnn_conformance.cases.axes import GOVERNING
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices.sizes import large
from keras_rnn_conformance.cases.data import Data

if TYPE_CHECKING:
    from keras_rnn_conformance.expected.registry import Expected

FailureKind = Literal["value", "shape", "dtype", "structure", "error", "fact"]


@dataclass(frozen=True)
class At:
    """A fact by its place: what holds it, and its key there. Others may be equal to it."""

    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        return self.holder[self.key]


@dataclass(frozen=True, eq=False)
class Measure:
    """A number that a function of NumPy alone works out of arrays of the observation.

    Attributes:
        function: what scripts hold and call as the rule did.
        arrays: the names of the arrays that it is given.
        low: the least that it may be.
        high: the most that it may be.
        given: its other arguments, plain values.
    """

    function: Callable[..., float]
    arrays: tuple[str, ...]
    low: float
    high: float
    given: dict[str, Any] = field(default_factory=dict)

    def of(self, seen: Observation) -> float:
        """The number."""
        return self.function(*(seen.arrays[name] for name in self.arrays), **self.given)

    def holds(self, seen: Observation) -> bool:
        """Whether the number is within its bounds."""
        return self.low <= self.of(seen) <= self.high


@dataclass(frozen=True)
class Failure:
    """One place where a layer breaks a rule.

    Attributes:
        kind: which of its aspects is wrong.
        where: which output, sample, timestep and unit, in words.
        got: what Keras gave, printed.
        want: what the rule asks for, printed.
        error: the distance of a value, None where there is none.
        bound: the bound that the distance exceeds.
        name: the name of the array that differs, if one does.
        compared: what was held to what, and the bounds, where a failure says no more than that; a
            fact that others may be equal to, by its place; `!=` or `not in` if it must not be so;
            or the measure that is out of its bounds.
    """

    kind: FailureKind
    where: str
    got: str
    want: str
    error: float | None = None
    bound: float | None = None
    name: str = ""
    compared: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass
class Trial:
    """A case, its numbers, what was expected of it and what was seen.

    Attributes:
        budget: by array, the largest share of an error bound that was used.
        margins: by array, the largest error, and how far the bounds let `probe` of it move.
    """

    case: Case
    data: Data
    seen: Observation
    budget: dict[str, float] = field(default_factory=dict)
    margins: dict[str, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def want(self) -> Expected:
        from keras_rnn_conformance.expected.registry import expected

        return expected(self.case, self.data)

    def compare(self, names: Iterable[str] | None = None) -> Iterator[Failure]:
        """Hold the named arrays to the oracle's bounds; by default all that the calls return."""
        returned = [name for name in self.want.arrays if not name.startswith(KEPT)]
        for name in returned if names is None else names:
            yield from self.close(name, self.want.arrays[name].value, self.want.arrays[name].bound)

    def close(
        self, name: str, want: NDArray[np.float64], bound: NDArray[np.float64] | float = 0.0
    ) -> Iterator[Failure]:
        """Hold one array to values within a bound; a bound of 0 asks for equality."""
        got = self.seen.arrays.get(name)
        if got is None:
            yield Failure("structure", name, "nothing", "an array", name=name)
        elif got.shape != want.shape:
            yield Failure(
                "shape", name, str(got.shape), str(want.shape), name=name, compared=(got, want)
            )
        elif want.size:
            yield from self._within(name, got, want, np.broadcast_to(bound, want.shape))

    def _within(
        self,
        name: str,
        got: NDArray[np.float64],
        want: NDArray[np.float64],
        bound: NDArray[np.float64],
    ) -> Iterator[Failure]:
        # of what may have left the range of the precision nothing is asked
        same = (got == want) | (np.isnan(got) & np.isnan(want)) | np.isposinf(bound)
        with np.errstate(invalid="ignore"):  # infinities that agree
            error = np.where(same, 0.0, np.abs(got - want))
        outside = ~(error <= bound)
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(bound > 0, error / bound, np.where(error > 0, np.inf, 0.0))
        share = float(np.max(used)) if used.size else 0.0
        self.budget[name] = max(self.budget.get(name, 0.0), share if share == share else np.inf)
        self._keep_margin(name, float(np.max(error)), probe(bound))
        if outside.any():
            at = _first(outside)
            yield Failure(
                "value",
                place(name, at, want.shape),
                f"{got[at]:.9g}",
                f"{want[at]:.9g}",
                float(error[at]),
                float(bound[at]),
                name,
                (got, want, bound),
            )

    def _keep_margin(self, name: str, error: float, slack: float) -> None:
        worst, widest = self.margins.get(name, (0.0, 0.0))
        self.margins[name] = (max(worst, error), max(widest, slack))


def _first(outside: NDArray[np.bool_]) -> tuple[int, ...]:
    """The first differing place, by timestep before sample where there are timesteps."""
    places = np.argwhere(outside)
    order = sorted(
        map(tuple, places.tolist()), key=lambda p: (p[1], p[0], p[2:]) if len(p) > 2 else p
    )
    return order[0]


def place(name: str, at: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """A place of an array in words."""
    axes = {3: ("sample", "timestep", "unit"), 2: ("sample", "unit")}.get(len(shape))
    if axes is None or "/" in name:
        return f"{name}[{', '.join(map(str, at))}]"
    return f"{name}, " + ", ".join(f"{axis} {i}" for axis, i in zip(axes, at, strict=True))


Check = Callable[[Trial], Iterator[Failure]]


@dataclass(frozen=True)
class Rule:
    """A documented statement about recurrent layers.

    Attributes:
        id: permanent, such as `STATE-2`.
        sentence: the statement, in one plain sentence.
        source: the docstring, page or paper that it comes from.
        since: the first release that it holds for.
        applies: the cases that can break it.
        check: yields a failure for each place where a trial breaks it.
        values: whether the check is the comparison of all arrays with the oracle's; a case has
            at most one such rule.
    """

    id: str
    sentence: str
    source: str
    since: str
    applies: Callable[[Case], bool]
    check: Check
    values: bool = False


KEPT = "kept "
"""What the name of a state that a layer keeps between its calls begins with."""

RULES: dict[str, Rule] = {}


def rule(
    id: str, sentence: str, *, source: str, applies: Callable[[Case], bool], since: str = "3.0"
) -> Callable[[Check], Check]:
    """Register the decorated check under a permanent rule id.

    Raises:
        ValueError: if the id is taken.
    """

    def register(check: Check) -> Check:
        if id in RULES:
            raise ValueError(f"rule {id} is defined twice")
        RULES[id] = Rule(id, sentence, source, since, applies, check)
        _ids_of.cache_clear()
        return check

    return register


def value_rule(
    id: str, sentence: str, *, source: str, applies: Callable[[Case], bool], since: str = "3.0"
) -> None:
    """Register a rule whose check is that every array lies within the oracle's bounds."""
    rule(id, sentence, source=source, applies=applies, since=since)(Trial.compare)
    RULES[id] = replace(RULES[id], values=True)


@cache
def governing(case: Case) -> str:
    """The axis whose rule the values of a case are held to; empty for the plain equations.

    It is `size` for a call that is large in any dimension, whatever its options.
    """
    if case.layer == "TimeDistributed":
        return "as"
    if case["do"] == "call" and large(case):
        return "size"
    departures = case.departures
    return next((key for key in GOVERNING if key in departures), "")


def governs(*keys: str, do: str = "call") -> Callable[[Case], bool]:
    """A predicate: the values of the case are governed by one of the named axes."""
    return lambda case: case["do"] == do and governing(case) in keys


def in_order(id: str) -> tuple[str, int]:
    """What ids are sorted by: their subject, and the number as a number."""
    subject, _, number = id.rpartition("-")
    return subject, int(number)


def rules_of(case: Case) -> list[Rule]:
    """The rules that a case checks, in the order of their ids."""
    return [RULES[id] for id in _ids_of(case)]


@cache
def _ids_of(case: Case) -> tuple[str, ...]:
    """Asked for once, until a further rule is registered."""
    return tuple(id for id in sorted(RULES) if RULES[id].applies(case))
