"""Numbers and names of the deeds on what a model lives through: many inputs, goals and epochs."""

from __future__ import annotations

import math
from typing import Any

LIVING: dict[str, str] = {
    "keyed_many": "models of several inputs that are given by name, in any order",
    "grown": "a Sequential that is called, extended and cut, and called again",
    "many_goals": "models of several outputs, each with a weight of its loss",
    "many_classes": "a step with a weight for each of many classes",
    "watched_epochs": "callbacks that are told of losses, some of which are no numbers",
    "frozen_later": "a BatchNormalization that is trained, frozen, and thawed",
    "orthogonal": "orthogonal matrices of any shape and gain",
    "handed_over": "weights that are set from arrays, and read, which are overwritten afterwards",
}
"""By name of a deed, what is done."""

FITTED = ("many_classes",)
"""Those that fit a model."""

INPUTS = (2, 3, 5)
"""How many inputs a model has."""
ORDERS = ("in their order", "turned", "by name")
"""In which order they are given."""


def names_in(order: str, many: int) -> list[str]:
    """The names of inputs in an order, in which no name stands where the alphabet puts it."""
    names = [f"input_{'cabed'[place]}" for place in range(many)]
    return {"turned": names[::-1], "by name": sorted(names)}.get(order, names)


GROWTH = (2.0, 4.0, 0.5, 8.0)
"""By how much each further layer of a model makes its input larger."""
GROWING = ("with an input", "without one")

GOALS = (2, 3, 5)
"""How many outputs a model has."""
SHARES = (0.5, 2.0, 0.25, 4.0, 8.0)
"""The weights of their losses."""
EXAMPLES = 8

CLASSES = 13
"""How many classes there are, each with a weight."""

TOLD = (8.0, 6.0, math.nan, 6.0, 5.75, 5.9375, 5.9375, 5.9375, 5.5, 5.5, 5.5, 5.5, 5.5, 5.5, 5.5)
"""The losses of epochs, of which callbacks are told."""
STOPPING: dict[str, dict[str, Any]] = {
    "patience 2": {"patience": 2},
    "patience 3": {"patience": 3},
    "patience 2 from epoch 3": {"patience": 2, "start_from_epoch": 3},
    "patience 2 and a difference of 1": {"patience": 2, "min_delta": 1.0},
}
"""By name, the arguments of EarlyStopping, which gives the best weights back."""
COOLING = (0, 2, 3, 5)
"""Values of cooldown of ReduceLROnPlateau."""


def bests(start: int = 0, least: float = 0.0) -> list[int]:
    """The epochs whose loss is better than all before, by more than a least difference."""
    found: list[int] = []
    best = math.inf
    for epoch, loss in enumerate(TOLD):
        if epoch >= start and loss < best - least:
            best = loss
            found.append(epoch)
    return found


def stopped(patience: int, start_from_epoch: int = 0, min_delta: float = 0.0) -> list[int]:
    """The last epoch of a training that stops, and the best one until then."""
    better = bests(start_from_epoch, min_delta)
    ends = [*better[1:], len(TOLD) + patience]
    best = next(b for b, later in zip(better, ends, strict=True) if later > b + patience)
    return [best + patience, best]


STEADY = ("trained", "trained again", "frozen", "frozen again", "thawed")
"""What is done to a normalization, one after the other."""

GAINS = (1.0, 2.0, 0.25)
MATRICES = {"tall": (70, 5), "wide": (5, 70), "square": (9, 9), "of four axes": (3, 2, 4, 5)}
"""By word, shapes of weights."""

SETTING = ("set_weights", "assign", "Variable", "get_weights")
"""The ways in which weights and arrays meet."""
