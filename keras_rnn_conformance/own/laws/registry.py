"""One record a law: its name, its sentence, what it needs, its sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sizes:
    """The size of what a law is tried on; `units` are None where the factory fixes them."""

    units: int | None = 4
    timesteps: int = 5
    batch: int = 3
    features: int = 2


LONG = Sizes(timesteps=70)
WIDE = Sizes(units=72, timesteps=3, batch=70, features=67)


@dataclass(frozen=True)
class Law:
    """A rule that needs no equations, with the function that tries it.

    `function` takes what it needs by name (`make`, `fresh`, `make_cell`, `x`, and what is
    declared or seen of the layer) and yields what must be equal: a place, the value found, the
    value expected, and at most a dict: `precision`, the dtype whose rounding errors are allowed, or
    `beyond`, an error that the expected value has of itself.
    """

    name: str
    sentence: str
    function: Callable[..., Iterator[tuple[Any, ...]]]
    needs: tuple[str, ...]
    sizes: Sizes
    cells_only: bool


LAWS: dict[str, Law] = {}


def law(
    sentence: str, *, needs: str = "", sizes: Sizes | None = None, cells_only: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a law; `needs` names what the layer must have for it, by spaces."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        LAWS[name] = Law(
            name, sentence, function, tuple(needs.split()), sizes or Sizes(), cells_only
        )
        return function

    return register
