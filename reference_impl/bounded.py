"""Arrays that carry a bound of the error that a computation at a target precision makes.

The model of arithmetic is the usual one (Higham, Accuracy and Stability of Numerical Algorithms,
2nd ed., section 2.2): fl(a op b) = (a op b)(1 + d) with |d| <= u, plus at most `tiny` where the
result underflows. A sum of n products, in any order, fused or not, in one piece or in several, is
off by at most ((1 + u)^n - 1) times the sum of the magnitudes (ibid., section 3.1). A target that
accumulates in a wider format than it stores stays within the same bound.

Each operation returns the float64 result and

    carried + u (|result| + carried) + tiny

where `carried` is what the errors of the operands can do to the exact result, products of errors
included: at u = 2^-8 they are not small. Where a result, or a partial sum of one, can leave the
range of the target, nothing is said of it: the bound is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .errors import Array

Error = Any  # an Array, or the float 0.0 for an exact quantity


class Activation(Protocol):
    """What the equations need of an activation."""

    @property
    def name(self) -> str: ...

    def value(self, x: Array) -> Array:
        """Return f(x)."""
        ...

    def __call__(self, x: Any) -> Any:
        """Return f(x) of a bounded or a traced array."""
        ...

    def evaluate(self, x: Bounded) -> Bounded:
        """Return f(x) and its bound."""
        ...

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        """Return the cotangent of x: the cotangent of f(x) times the Jacobian of f at x."""
        ...


@dataclass(frozen=True)
class Precision:
    """A target precision.

    Attributes:
        name: the dtype's name.
        u: the unit roundoff, the target's and the oracle's together.
        tiny: the largest absolute error of one result that underflows.
        largest: the largest finite number.
    """

    name: str
    u: float
    tiny: float
    largest: float


# The oracle computes in float64 itself: what that errs is part of the bound.
OWN = 2.0**-53

# tiny: the smallest normal number, since targets flush to zero; float16 is computed in float32 and
# keeps its subnormals, so there it is their spacing.
PRECISIONS = {
    precision.name: precision
    for precision in (
        Precision("float64", 2.0**-53 + OWN, 2.0**-1022, (2 - 2.0**-52) * 2.0**1023),
        Precision("float32", 2.0**-24 + OWN, 2.0**-126, (2 - 2.0**-23) * 2.0**127),
        Precision("bfloat16", 2.0**-8 + OWN, 2.0**-126, (2 - 2.0**-7) * 2.0**127),
        Precision("float16", 2.0**-11 + OWN, 2.0**-24, (2 - 2.0**-10) * 2.0**15),
    )
}


@cache
def gamma(precision: Precision, terms: int) -> float:
    """The relative error of a sum of `terms` products in any order: (1 + u)^(terms + 1) - 1.

    The one extra rounding is that of the sum into the format in which it is stored.
    """
    return math.expm1((terms + 1) * math.log1p(precision.u))


@dataclass(frozen=True)
class Window:
    """Which places of the input a convolution sees from each place of its output.

    Attributes:
        places: (output places, k): the input place under each of the k taps, or one past the last.
        returns: (input places, k): the output place that sees the input place through each tap.
    """

    places: npt.NDArray[np.intp]
    returns: npt.NDArray[np.intp]


class Bounded:
    """A float64 array and the error bound of its computation at a target precision.

    Attributes:
        value: the result in float64.
        error: the bound, an array that broadcasts to the shape of `value`, or 0.0 where exact.
        precision: the target.
        terms: the number of products in the longest sum into which an implementation may fold a
            product with this array (the weights of a layer share one such sum).
        ceiling: a magnitude that the computed quantity never exceeds, whatever the error.
    """

    __slots__ = ("_reach", "ceiling", "error", "precision", "terms", "value")
    __array_ufunc__ = None  # ndarray + Bounded must reach __radd__

    def __init__(
        self,
        value: Array,
        error: Error,
        precision: Precision,
        terms: int = 1,
        ceiling: float = math.inf,
    ) -> None:
        self.value = value
        self.error = error
        self.precision = precision
        self.terms = terms
        self.ceiling = ceiling
        self._reach: Array | None = None

    @property
    def bound(self) -> Array:
        """The error bound, an array of the shape of `value`; inf where nothing can be said."""
        bound = np.broadcast_to(self.error, self.value.shape)
        return np.where(np.isnan(bound), np.inf, bound)

    @property
    def exact(self) -> bool:
        """Whether the quantity is an input, known without error."""
        return isinstance(self.error, float)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def reach(self) -> Array:
        """The largest magnitude that the computed quantity can have."""
        if self._reach is None:
            reach = np.abs(self.value)
            if not self.exact:
                reach += self.error
            self._reach = reach if self.ceiling == math.inf else np.minimum(reach, self.ceiling)
        return self._reach

    def __repr__(self) -> str:
        return f"Bounded({self.value!r}, bound={self.bound!r}, {self.precision.name})"

    def _lift(self, other: Any) -> Bounded:
        if isinstance(other, Bounded):
            return other
        return Bounded(np.asarray(other, np.float64), 0.0, self.precision)

    def rounded_to(self, precision: Precision) -> Bounded:
        """Return the same numbers after one rounding to another precision."""
        return Bounded(self.value, self.bound, precision)._rounded(self.value, self.bound)

    def _rounded(self, value: Array, carried: Error) -> Bounded:
        error = np.abs(value)
        error += carried
        error *= self.precision.u
        error += carried
        error += self.precision.tiny
        _leave_open(error, np.abs(value) + error, self.precision)
        return Bounded(value, error, self.precision)

    def __add__(self, other: Any) -> Bounded:
        other = self._lift(other)
        return self._rounded(self.value + other.value, self.error + other.error)

    __radd__ = __add__

    def __neg__(self) -> Bounded:
        return Bounded(-self.value, self.error, self.precision)

    def __sub__(self, other: Any) -> Bounded:
        other = self._lift(other)
        return self._rounded(self.value - other.value, self.error + other.error)

    def __rsub__(self, other: Any) -> Bounded:
        return self._lift(other) - self

    def __mul__(self, other: Any) -> Bounded:
        other = self._lift(other)
        # |ab - AB| <= |a - A| |B| + |a| |b - B|: the computed a enters, so let a be the factor that
        # has a ceiling (a gate), which keeps what it lets through from growing.
        gate, passed = (other, self) if other.ceiling < self.ceiling else (self, other)
        carried = gate.error * np.abs(passed.value)
        if not passed.exact:
            carried = carried + gate.reach * passed.error
        return self._rounded(self.value * other.value, carried)

    __rmul__ = __mul__

    def __matmul__(self, other: Bounded) -> Bounded:
        terms = max(self.value.shape[-1], other.terms)
        spread = self.reach * gamma(self.precision, terms)
        spread += self.error
        error = spread @ other.reach
        if not other.exact:
            error += np.abs(self.value) @ other.error
        error += terms * self.precision.tiny
        highest = np.max(self.reach, initial=0.0) * np.max(other.reach, initial=0.0) * terms
        if not highest <= self.precision.largest:
            _leave_open(error, self.reach @ other.reach + error, self.precision)
        return Bounded(self.value @ other.value, error, self.precision)

    def apply(self, activation: Activation) -> Bounded:
        """Return the activation of this array."""
        return activation.evaluate(self)

    # The operations below move numbers and make no error.

    def _moved(self, move: Callable[[Array], Array]) -> Bounded:
        error = self.error if self.exact else move(np.broadcast_to(self.error, self.shape))
        return Bounded(move(self.value), error, self.precision, self.terms)

    def __getitem__(self, index: Any) -> Bounded:
        error = self.error if self.exact else self.error[index]
        return Bounded(self.value[index], error, self.precision, self.terms, self.ceiling)

    def __iter__(self) -> Iterator[Bounded]:
        return (self[k] for k in range(len(self.value)))

    def reshape(self, *shape: int) -> Bounded:
        return self._moved(lambda array: array.reshape(shape))

    def transpose(self, *axes: int) -> Bounded:
        return self._moved(lambda array: array.transpose(axes))

    def where(self, condition: npt.NDArray[np.bool_], other: Bounded) -> Bounded:
        """Return this array where `condition` holds and `other` elsewhere."""
        value = np.where(condition, self.value, other.value)
        if self.exact and other.exact:
            return Bounded(value, 0.0, self.precision)
        return Bounded(value, np.where(condition, self.error, other.error), self.precision)

    @staticmethod
    def concatenate(parts: Sequence[Bounded], axis: int) -> Bounded:
        """Join `parts` along an axis that they have."""
        value = np.concatenate([part.value for part in parts], axis)
        error: Error = 0.0
        if not all(part.exact for part in parts):
            error = np.concatenate([_full(part) for part in parts], axis)
        return Bounded(value, error, parts[0].precision, parts[0].terms)

    @staticmethod
    def stack(parts: Sequence[Bounded], axis: int) -> Bounded:
        """Join `parts` along a new axis."""
        shape = parts[0].shape
        grown = (*shape[:axis], 1, *shape[axis:])
        return Bounded.concatenate([part.reshape(*grown) for part in parts], axis)

    def gather(self, index: npt.NDArray[np.intp]) -> Bounded:
        """Return the patches (..., len(index), k * channels) of (..., places, channels).

        Row p of `index` (patches, k) holds the k places of patch p; a place past the end is zero.
        """

        def patches(array: Array) -> Array:
            zero = np.zeros((*array.shape[:-2], 1, array.shape[-1]))
            taken = np.concatenate([array, zero], -2)[..., index, :]
            return taken.reshape(*array.shape[:-2], len(index), -1)

        return self._moved(patches)

    def convolve(self, kernel: Bounded, window: Window) -> Bounded:
        """Return the convolution of (..., batch, places, channels) with (gates, k * channels, m).

        Returns:
            (gates, batch, patches, m).
        """
        patches = self.gather(window.places)
        *lead, batch, count, size = patches.shape
        rows = patches.reshape(*lead, batch * count, size) @ kernel
        return rows.reshape(-1, batch, count, kernel.shape[-1])

    def sum(self, axes: tuple[int, ...]) -> Bounded:
        """Return the sum over `axes`, the bound holding for any order of summation."""
        terms = math.prod(self.shape[axis] for axis in axes)
        spread = self.reach * gamma(self.precision, terms) + self.error
        error = np.asarray(spread.sum(axes) + terms * self.precision.tiny)
        _leave_open(error, self.reach.sum(axes) + error, self.precision)
        return Bounded(self.value.sum(axes), error, self.precision)


def _leave_open(error: Array, magnitude: Array, precision: Precision) -> None:
    """Make the bound infinite where a magnitude can leave the range of the target."""
    beyond = ~(magnitude <= precision.largest)
    if beyond.any():
        error[beyond] = np.inf


def exact(values: Array, precision: Precision) -> Bounded:
    """Return `values` as an input: known without error."""
    return Bounded(values, 0.0, precision)


def weight(values: Array, precision: Precision, terms: int) -> Bounded:
    """Return `values` as a weight that enters sums of up to `terms` products."""
    return Bounded(values, 0.0, precision, terms)


def addend(values: Array, precision: Precision, terms: int) -> Bounded:
    """Return `values` as a bias of sums of up to `terms` products.

    A sum that starts from the bias rounds it once for each product: that goes into its bound.
    """
    return Bounded(values, np.abs(values) * gamma(precision, terms), precision, terms)


def _full(part: Bounded) -> Array:
    return np.broadcast_to(part.error, part.shape)
