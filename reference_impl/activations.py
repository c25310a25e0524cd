"""Activation functions with the error that they carry and the error that they make.

An element of the result is off by at most

    slope * incoming error + u (relative |f(x)| + absolute + per_input |x|)

`slope` bounds |f'| over the whole interval that the incoming error allows: |f'(x)| plus the
curvature times the error, plus the jumps of f' at the kinks inside the interval, and never more
than the Lipschitz constant. Where the interval holds a discontinuity of f, its height is added.

The second part is the function's own error, in units of the unit roundoff u, and covers the ways
in which implementations compute it:

* exp, expm1, log, log1p, erf: up to 2 ulp (Eigen, SLEEF u10 and u35, glibc, VML): 4 u. The erf
  inside oneDNN's gelu, which torch uses for tensors, errs by up to 12 u of 1 (measured near 3).
* tanh: clamped rational approximations (Eigen, XLA) err by up to 3 to 4 ulp, and by 1 - tanh of
  the clamp beyond it, which is 2.8e-7 = 4.6 u at XLA's single-precision 7.905: 8 u.
* sigmoid: 1 / (1 + exp(-x)) with exp to 4 u gives s(1-s) 4 u + 2 u s <= 3 u; (1 + tanh(x/2)) / 2
  gives 8 u / 2 + u <= 5 u, and absolute, also where the sigmoid itself is small: 5 u.
* softplus: TensorFlow returns x above, and exp(x) below, +-(log(eps) + 2), which costs
  log1p(exp(-|x|)) - 0 or exp(2x)/2 there: up to e^2 eps / 2 <= 8 u absolute.
* everything else is a few roundings of the terms in the function's definition, counted below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .bounded import Bounded
from .errors import Array

Function = Callable[[Array], Any]
Slope = Callable[[Array, Array], Any]


@dataclass(frozen=True)
class Elementwise:
    """An activation that maps each element alone.

    Attributes:
        function: f, on float64 arrays of any shape.
        derivative_from: f' from x and f(x).
        lipschitz: the supremum of |f'|.
        curvature: the supremum of |f''| away from the kinks.
        kinks: (place, height of the jump of f') pairs.
        jumps: (place, height of the jump of f) pairs.
        span, ceiling: the length of the range of f, and the supremum of |f|.
        relative, absolute, per_input: the function's own error, in u.
    """

    name: str
    function: Function
    derivative_from: Slope
    lipschitz: float = 1.0
    curvature: float = 0.0
    kinks: tuple[tuple[float, float], ...] = ()
    jumps: tuple[tuple[float, float], ...] = ()
    span: float = math.inf
    ceiling: float = math.inf
    relative: float = 0.0
    absolute: float = 0.0
    per_input: float = 0.0
    growth: Function | None = field(default=None, repr=False)

    def value(self, x: Array) -> Array:
        with np.errstate(over="ignore"):
            value: Array = self.function(np.asarray(x, np.float64))
        return value

    def derivative(self, x: Array) -> Array:
        """Return f'(x); at a kink, the derivative from one side."""
        x = np.asarray(x, np.float64)
        derivative: Array = self.derivative_from(x, self.value(x))
        return derivative

    def __call__(self, x: Any) -> Any:
        return x.apply(self)

    def evaluate(self, x: Bounded) -> Bounded:
        value = self.function(x.value)
        error = self._slope(x, value)
        error *= x.error
        error += self._own(x, np.abs(value) + error) * x.precision.u
        for place, height in self.jumps:
            error += height * _straddles(x, place)
        error += x.precision.tiny
        if self.span < math.inf:
            np.fmin(error, self.span, out=error)  # and never NaN, from 0 * inf
        return Bounded(value, error, x.precision, ceiling=self.ceiling)

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        value = self.function(x.value)
        slope = self.derivative_from(x.value, value)
        # The derivative is computed from f(x) as rounded, in a few operations on numbers of the
        # size of the Lipschitz constant and of the curvature times x.
        own = 8.0 + self.relative + self.absolute
        error = (self._bend(x) * x.error + self._kinked(x)) + own * x.precision.u * (
            self._scale(x) + self._bend(x) * np.abs(x.value)
        )
        for place, _ in self.jumps:
            error = np.where(_straddles(x, place), np.inf, error)
        return cotangent * Bounded(slope, error, x.precision)

    def _scale(self, x: Bounded) -> Any:
        return self.lipschitz if self.growth is None else self.growth(x.value + x.error)

    def _bend(self, x: Bounded) -> Any:
        return self.curvature if self.growth is None else self.growth(x.value + x.error)

    def _kinked(self, x: Bounded) -> Any:
        return sum(height * _straddles(x, place) for place, height in self.kinks)

    def _slope(self, x: Bounded, value: Array) -> Array:
        """Return a bound of |f'| over the interval of x, as a fresh array."""
        slope: Array
        if self.growth is not None:
            slope = self.growth(x.value + x.error)
            return slope
        slope = np.abs(self.derivative_from(x.value, value))
        if self.curvature:
            slope += self.curvature * x.error
        for place, height in self.kinks:
            slope += height * _straddles(x, place)
        return np.minimum(slope, self.lipschitz, out=slope)

    def _own(self, x: Bounded, reach: Array) -> Any:
        """Return the function's own error in u; `reach` bounds the |f(x)| that it starts from."""
        own: Any = self.absolute
        if self.relative:
            own = own + self.relative * reach
        if self.per_input:
            own = own + self.per_input * x.reach
        return own


def _straddles(x: Bounded, place: float) -> Any:
    return np.abs(x.value - place) <= x.error


@dataclass(frozen=True)
class Linear:
    """The activation `None` or "linear": the identity, which makes no error."""

    name: str = "linear"

    def value(self, x: Array) -> Array:
        return np.asarray(x, np.float64)

    def derivative(self, x: Array) -> Array:
        return np.ones_like(self.value(x))

    def __call__(self, x: Any) -> Any:
        return x

    def evaluate(self, x: Bounded) -> Bounded:
        return x

    def pull_back(self, x: Bounded, cotangent: Bounded) -> Bounded:
        return cotangent


def custom(
    value: Function,
    derivative: Function,
    *,
    lipschitz: float,
    curvature: float,
    name: str = "custom",
    **constants: Any,
) -> Elementwise:
    """Return an activation of your own.

    Args:
        value, derivative: f and f', elementwise on float64 arrays.
        lipschitz, curvature: the suprema of |f'| and |f''|.
        constants: the other attributes of `Elementwise`: kinks, jumps, span and the own error
            (`relative`, `absolute`, `per_input`; default 4 u of |f(x)|).
    """
    constants.setdefault("relative", 4.0)
    return Elementwise(name, value, lambda x, _: derivative(x), lipschitz, curvature, **constants)
