"""From the matrix to the gate: a weighted set cover, then an order.

What has to be covered, once by some case each, in as few seconds as possible: every rule, and every
mutant of the half to learn from that any case notices. What is left of the seconds goes, in turn,
to the case that adds most for its own: values and scenarios that no chosen case has yet, mutants
that one alone notices, pairs of values.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.axes import AXES
from keras_rnn_conformance.cases.case import Case

Item = tuple[str, ...]
"""Something to cover: a mutant, a rule, a value, a pair of values."""

_PAIR = 0.01
_SOLVER = {"node_limit": 2000, "mip_rel_gap": 0.02}


@dataclass(frozen=True)
class Candidate:
    """A case that may become one of the gate.

    Attributes:
        case: the case.
        cost: its share of what the gate may take.
        items: what it covers.
    """

    case: Case
    cost: float
    items: frozenset[Item]


def items_of(case: Case, rules: Iterable[str], mutants: Iterable[str]) -> frozenset[Item]:
    """What a case covers beside pairs."""
    values = {("value", axis.key, str(case[axis.key])) for axis in AXES}
    kinds = {("layer", case.layer), ("what", str(case["do"]), str(case["what"]))}
    return frozenset(
        {*values, *kinds, *(("rule", rule) for rule in rules), *(("mutant", id) for id in mutants)}
    )


def chosen(candidates: Sequence[Candidate]) -> list[Case]:
    """The cases of the gate, those that notice most in the least time first.

    Raises:
        CommandFault: if there is no choice that takes no more than the seconds allowed.
    """
    kept = cheapest(candidates, ("rule", "mutant"))
    spent = sum(one.cost for one in kept)
    if spent > 1:
        raise CommandFault(f"what has to be covered takes {spent:.2f} times the seconds allowed")
    _fill(candidates, kept, 1 - spent)
    return [one.case for one in _ordered(kept)]


def cheapest(candidates: Sequence[Candidate], kinds: Iterable[str]) -> list[Candidate]:
    """The cheapest candidates that cover all items of these kinds that any of them covers."""
    every = set().union(*(one.items for one in candidates))
    needed = sorted(item for item in every if item[0] in set(kinds))
    if not needed:
        return []
    number = {item: i for i, item in enumerate(needed)}
    holds = lil_array((len(needed), len(candidates)))
    for column, one in enumerate(candidates):
        for item in one.items & number.keys():
            holds[number[item], column] = 1
    solved = milp(
        c=np.array([one.cost for one in candidates]),
        constraints=LinearConstraint(holds.tocsr(), lb=1),
        integrality=np.ones(len(candidates)),
        bounds=Bounds(0, 1),
        options=_SOLVER,
    )
    if solved.x is None:
        raise CommandFault(f"the cover could not be solved: {solved.message}")
    return [one for one, taken in zip(candidates, solved.x, strict=True) if taken > 0.5]


def _fill(candidates: Sequence[Candidate], kept: list[Candidate], left: float) -> None:
    """Spend what is left on the candidates that add most for their seconds."""
    covered = Counter(item for one in kept for item in one.items)
    pairs = {pair for one in kept for pair in _pairs(one.case)}
    taken = {one.case for one in kept}
    waiting = [one for one in candidates if one.case not in taken]

    def gain(one: Candidate) -> float:
        most = {"mutant": 1, "rule": 0}
        new = sum(covered[item] <= most.get(item[0], 0) for item in one.items)
        return (new + _PAIR * len(_pairs(one.case) - pairs)) / one.cost

    while fitting := [one for one in waiting if one.cost <= left]:
        best = max(fitting, key=lambda one: (gain(one), one.case.id))
        if not gain(best):
            return
        kept.append(best)
        waiting = [one for one in fitting if one is not best]
        covered.update(best.items)
        pairs |= _pairs(best.case)
        left -= best.cost


@cache
def _pairs(case: Case) -> frozenset[tuple[str, ...]]:
    """Pairs of a layer and a value, and of two values that depart from the defaults."""
    values = sorted(f"{key}{value}" for key, value in case.departures.items())
    return frozenset(itertools.combinations([case.layer, *values], 2))


def _ordered(kept: Sequence[Candidate]) -> list[Candidate]:
    """Each time the one that notices most mutants not noticed yet for its seconds."""
    weights: Mapping[str, float] = {"mutant": 1.0, "rule": 0.1}
    open_items = set().union(*(one.items for one in kept))
    waiting, order = list(kept), list[Candidate]()
    while waiting:
        best = max(
            waiting,
            key=lambda one: (
                sum(weights.get(item[0], 0.0) for item in one.items & open_items) / one.cost,
                -one.cost,
                one.case.id,
            ),
        )
        waiting.remove(best)
        order.append(best)
        open_items -= best.items
    return order
