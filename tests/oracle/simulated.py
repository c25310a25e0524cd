"""Arithmetic that errs: every elementary operation is rounded, at random or with intent.

A `Simulated` array goes through the oracle's own equations in place of a `Bounded` one, with
float64 for exact arithmetic and an explicit rounding after each addition, multiplication and
function. A dot product is a loop over its terms, in an order drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import reference_impl as ref
from reference_impl.calls import Call, Part, mapped
from reference_impl.tape import Tape
from tests.oracle.drawn import Array

# Returns the rounding errors, in units of u, of an array of results: between -1 and 1.
Rounding = Callable[[Array], Any]

SIGNIFICANT_BITS = {"float32": 24, "float16": 11, "bfloat16": 8}


class Noise:
    """One way of rounding, and the position in the sequence of operations."""

    def __init__(self, precision: ref.Precision, rounding: Rounding, seed: int = 0) -> None:
        self.precision = precision
        self.bits = SIGNIFICANT_BITS[precision.name]
        self.rounding = rounding
        self.random = np.random.Generator(np.random.PCG64(seed))
        self.operation = 0

    def rounded(self, value: Array) -> Array:
        return value * (1.0 + 2.0**-self.bits * self.rounding(value))


class Nearest(Noise):
    """The format's own rounding: to nearest, ties to even."""

    def __init__(self, precision: ref.Precision, seed: int = 0) -> None:
        super().__init__(precision, lambda value: 0.0, seed)

    def rounded(self, value: Array) -> Array:
        fraction, exponent = np.frexp(value)
        return np.ldexp(np.rint(np.ldexp(fraction, self.bits)), exponent - self.bits)


def at_random(precision: ref.Precision, seed: int) -> Noise:
    random = np.random.Generator(np.random.PCG64(seed))
    return Noise(precision, lambda value: random.uniform(-1, 1, value.shape), seed)


def extreme(precision: ref.Precision, seed: int) -> Noise:
    random = np.random.Generator(np.random.PCG64(seed))
    return Noise(precision, lambda value: random.choice([-1.0, 1.0], value.shape), seed)


def one_way(precision: ref.Precision, way: float) -> Noise:
    """Return rounding that always goes up, or always down."""
    return Noise(precision, lambda value: way * np.sign(value))


class Intent(Noise):
    """Rounding that pushes one output in one direction, as its derivatives say."""

    def __init__(self, precision: ref.Precision, pushes: list[Array]) -> None:
        super().__init__(precision, self._push)
        self.pushes = pushes

    def _push(self, value: Array) -> Any:
        return self.pushes[self.operation] * np.sign(value)


class Simulated:
    """An array whose every operation is rounded by its `noise`."""

    __array_ufunc__ = None

    def __init__(self, value: Array, noise: Noise) -> None:
        self.value = value
        self.noise = noise
        self.precision = noise.precision
        self.shape = value.shape

    def _then(self, value: Array) -> Simulated:
        self.noise.operation += 1
        return Simulated(value, self.noise)

    def _rounded(self, value: Array) -> Simulated:
        return self._then(self.noise.rounded(value))

    def __add__(self, other: Any) -> Simulated:
        return self._rounded(self.value + _value(other))

    __radd__ = __add__

    def __rsub__(self, other: Any) -> Simulated:
        return self._rounded(_value(other) - self.value)

    def __mul__(self, other: Any) -> Simulated:
        return self._rounded(self.value * _value(other))

    __rmul__ = __mul__

    def __matmul__(self, other: Any) -> Simulated:
        rounded, total = self.noise.rounded, None
        for k in self.noise.random.permutation(self.shape[-1]):
            term = rounded(self.value[..., k, None] * other.value[..., k, None, :])
            total = term if total is None else rounded(total + term)
        assert total is not None
        return self._then(total)

    def apply(self, activation: Any) -> Simulated:
        """Err by as much as the activation states that implementations do.

        A hair less: adding the error below rounds in float64, and so does stating it.
        """
        value = activation.value(self.value)
        exact = ref.Bounded(self.value, 0.0, self.precision)
        own = activation.evaluate(exact).bound * (1 - 2.0**-20)
        wish = self.noise.rounding(value)
        sign = np.sign(value) if isinstance(self.noise, Intent) else 1.0
        return self._then(value + wish * sign * own)

    def __iter__(self) -> Iterator[Simulated]:
        return (self[k] for k in range(self.shape[0]))

    def __getitem__(self, index: Any) -> Simulated:
        return self._then(self.value[index])

    def reshape(self, *shape: int) -> Simulated:
        return self._then(self.value.reshape(shape))

    def transpose(self, *axes: int) -> Simulated:
        return self._then(self.value.transpose(axes))

    def where(self, condition: Any, other: Any) -> Simulated:
        return self._then(np.where(condition, self.value, _value(other)))

    @staticmethod
    def concatenate(parts: Sequence[Simulated], axis: int) -> Simulated:
        return parts[0]._then(np.concatenate([part.value for part in parts], axis))

    @staticmethod
    def stack(parts: Sequence[Simulated], axis: int) -> Simulated:
        return parts[0]._then(np.stack([part.value for part in parts], axis))


def _value(other: Any) -> Any:
    return other.value if isinstance(other, (Simulated, ref.Bounded)) else other


def simulate(layer: Any, call: Call, noise: Noise) -> ref.Result:
    """Run the layer's equations in erring arithmetic."""

    def leaf(_: str, quantity: ref.Bounded) -> Any:
        return Simulated(quantity.value, noise)

    x = leaf("inputs", call.x)
    parts: Part = mapped(call.parts, leaf)
    result: ref.Result = layer.run(Call(x, parts, call.mask))
    return result


def intent(layer: Any, call: Call, element: tuple[int, ...]) -> Intent:
    """Return the rounding that pushes one element of the last output up, to first order."""
    tape = Tape()
    parts = mapped(call.parts, lambda _, quantity: tape.trace(quantity))
    leaves = len(tape.record)
    x = tape.trace(call.x)
    result = layer.run(Call(x, parts, call.mask))
    wanted = np.zeros(result.output.shape)
    wanted[element] = 1.0
    tape.pull([result.output], [ref.Bounded(wanted, 0.0, layer.precision)])
    operations = tape.record[leaves + 1 :]
    return Intent(layer.precision, [np.sign(op.cotangent().value) for op in operations])
