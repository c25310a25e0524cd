"""What the equations of a whole model need beyond `+`, `*` and `@`, on bounded or traced arrays.

Each function takes and returns quantities (`Bounded` or `Traced`) and, like the operators, gives
the float64 result, the bound of the error that a computation at the target precision makes, and,
when traced, the cotangents of its operands.

A function that is monotone is bounded over the whole interval that its argument's error allows, so
that division, roots and logarithms stay honest near the end of their domain: where the interval
reaches it, the bound is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .activations import Elementwise
from .bounded import Bounded, Precision, exact, gamma
from .cells import Quantity
from .errors import Array
from .tape import Traced

Bools = npt.NDArray[np.bool_]


def constant(value: Any, precision: Precision) -> Bounded:
    """Return a constant of the definition, which the target rounds once: 1e-3, or 1/3."""
    array = np.atleast_1d(np.asarray(value, np.float64))
    return Bounded(array, np.abs(array) * precision.u, precision)


def data(quantity: Quantity) -> Bounded:
    """Return the bounded array of a quantity."""
    return quantity.data if isinstance(quantity, Traced) else quantity


def times(a: Quantity, b: Quantity) -> Quantity:
    """Return a * b, whichever of the two is traced."""
    return b * a if isinstance(b, Traced) and not isinstance(a, Traced) else a * b


def plus(a: Quantity, b: Quantity) -> Quantity:
    """Return a + b, whichever of the two is traced."""
    return b + a if isinstance(b, Traced) and not isinstance(a, Traced) else a + b


def minus(a: Quantity, b: Quantity) -> Quantity:
    """Return a - b, whichever of the two is traced."""
    if not isinstance(b, Traced):
        return a + -b
    if not isinstance(a, Traced):
        return b.tape.trace(a - b.data, lambda g: b.give(-g))

    def pull(g: Bounded) -> None:
        a.give(g)
        b.give(-g)

    return a.tape.trace(a.data - b.data, pull)


@dataclass(frozen=True)
class Monotone:
    """A monotone function of x > 0 with a monotone slope.

    Attributes:
        function, slope: f and f'.
        relative: f's own error, in u of |f(x)|.
    """

    name: str
    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    relative: float

    def value(self, x: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.function(np.asarray(x, np.float64))

    def __call__(self, x: Quantity) -> Quantity:
        return x.apply(self)

    def evaluate(self, x: Bounded) -> Bounded:
        return self._over_interval(self.value, x, self.relative)

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        # the slope is computed from f(x) as rounded, in up to three operations
        return cotangent * self._over_interval(self.slope, x, 2.0 * self.relative + 3.0)

    @staticmethod
    def _over_interval(f: Callable[[Array], Array], x: Bounded, relative: float) -> Bounded:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            value = f(x.value)
            ends = [f(np.maximum(x.value + side * x.bound, 0.0)) for side in (-1.0, 1.0)]
            carried = np.maximum(np.abs(ends[0] - value), np.abs(ends[1] - value))
            error = carried + relative * x.precision.u * (np.abs(value) + carried)
            error = error + x.precision.tiny
            error = np.where(np.abs(value) + error <= x.precision.largest, error, np.inf)
        return Bounded(value, error, x.precision)


# The errors of exp and log are those of `activations`: 4 u. Some implementations take a reciprocal
# square root to 2 ulp, and refine it: 4 u for the root, 1 for the division.
reciprocal = Monotone("reciprocal", lambda x: 1.0 / x, lambda x: -1.0 / (x * x), 1.0)
root = Monotone("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x), 4.0)
logarithm = Monotone("log", np.log, lambda x: 1.0 / x, 4.0)
absolute = Elementwise("abs", np.abs, lambda x, _: np.sign(x), kinks=((0.0, 2.0),))


def clip(low: float, high: float) -> Elementwise:
    """Return the function that clips to [low, high], the ends being rounded to the target."""
    return Elementwise(
        "clip",
        lambda x: np.clip(x, low, high),
        lambda x, _: ((x > low) & (x < high)) * 1.0,
        kinks=((low, 1.0), (high, 1.0)),
        relative=1.0,
    )


def divide(a: Quantity, b: Quantity) -> Quantity:
    """Return a / b for b > 0."""
    return times(a, reciprocal(b))


def total(x: Quantity, axes: tuple[int, ...], keep: bool = False) -> Quantity:
    """Return the sum over `axes`; `keep` leaves them with size 1."""
    axes = tuple(axis % len(x.shape) for axis in axes)
    kept = tuple(1 if k in axes else size for k, size in enumerate(x.shape))
    summed = data(x).sum(axes)
    result = summed.reshape(*kept) if keep else summed
    if not isinstance(x, Traced):
        return result

    def pull(g: Bounded) -> None:
        wide = g.reshape(*kept)
        x.give(
            Bounded(
                np.broadcast_to(wide.value, x.shape),
                np.broadcast_to(wide.error, x.shape),
                g.precision,
            )
        )

    return x.tape.trace(result, pull)


def mean(x: Quantity, axes: tuple[int, ...], keep: bool = False) -> Quantity:
    """Return the mean over `axes`."""
    count = math.prod(x.shape[axis] for axis in axes)
    return total(x, axes, keep) * constant(1.0 / count, x.precision)


def lookup(table: Quantity, index: npt.NDArray[np.intp]) -> Quantity:
    """Return the rows of `table` (rows, size) at `index`; its cotangent sums over repeated rows."""
    result = data(table)[index]
    if not isinstance(table, Traced):
        return result
    places = np.zeros((table.shape[0], index.size))
    places[index.ravel(), np.arange(index.size)] = 1.0

    def pull(g: Bounded) -> None:
        flat = g.reshape(index.size, table.shape[1])
        table.give(exact(places, g.precision) @ flat)

    return table.tape.trace(result, pull)


def larger(a: Quantity, b: Quantity) -> Quantity:
    """Return the elementwise maximum; where the bounds leave open which, so does the cotangent."""
    x, y = data(a), data(b)
    first = x.value >= y.value
    unsure = np.abs(x.value - y.value) <= x.bound + y.bound
    error = np.where(unsure, np.maximum(x.bound, y.bound), np.where(first, x.bound, y.bound))
    result = Bounded(np.maximum(x.value, y.value), error, x.precision)
    tape = next((q.tape for q in (a, b) if isinstance(q, Traced)), None)
    if tape is None:
        return result

    def pull(g: Bounded) -> None:
        zero = exact(np.zeros(g.shape), g.precision)
        swing = np.where(unsure, g.reach, 0.0)
        for side, chosen in ((a, first), (b, ~first)):
            if isinstance(side, Traced):
                part = g.where(chosen, zero)
                side.give(Bounded(part.value, part.bound + swing, g.precision))

    return tape.trace(result, pull)


def either(a: Quantity, b: Quantity) -> Quantity:
    """Return `a` with a bound that also covers computing the same number as `b` does.

    Two formulas of one number may differ in what their roundings do; backends use both. The
    cotangents are those of `a`.
    """
    x, y = data(a), data(b)
    result = Bounded(x.value, np.maximum(x.bound, y.bound + np.abs(x.value - y.value)), x.precision)
    return a.tape.trace(result, a.give) if isinstance(a, Traced) else result


def zeros_like(x: Quantity) -> Bounded:
    """Return exact zeros of the shape of `x`."""
    return exact(np.zeros(x.shape), x.precision)


def kept(x: Quantity, condition: Bools, other: float = 0.0) -> Quantity:
    """Return `x` where `condition` (of its leading axes) holds, and a number elsewhere."""
    wide = trailing(condition, len(x.shape))
    filler = exact(np.full(x.shape, other), x.precision)
    return x.where(np.broadcast_to(wide, x.shape), filler)


def trailing(mask: Any, axes: int) -> Any:
    """Return an array with axes of size 1 appended until it has so many."""
    return mask.reshape(*mask.shape, *(1,) * (axes - mask.ndim))


def entering(weight: Quantity, terms: int, addend: bool = False) -> Quantity:
    """Return a weight as it enters sums of up to `terms` products, or starts them as an addend.

    See `bounded.weight` and `bounded.addend`; a weight that training moved keeps its error.
    """
    plain = data(weight)
    error = plain.error
    if addend:
        error = error + np.abs(plain.value) * gamma(plain.precision, terms)
    entered = Bounded(plain.value, error, plain.precision, terms)
    return weight.tape.trace(entered, weight.give) if isinstance(weight, Traced) else entered
