"""The numbers of a case: weights, inputs, masks and states, the same on every machine.

Every number is a multiple of 1/64 of at most 7 significant bits, so that it is exact in float16,
bfloat16, float32 and float64. The numbers come from SHAKE-256, an extendable-output function,
keyed by the data seed, the shape of the case and the name of the field: adding a field or an
option never changes the numbers of another.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.cases.axis_values import CHANGING
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    Piece,
    extended,
    leading_shape,
    pieces,
    rank,
    step_shape,
    weight_shapes,
)
from keras_rnn_conformance.cases.streams import GRID, grid, stream

Array = NDArray[np.float64]
Weights = tuple[Array, ...]

HELD_NUMBERS = {"nan": math.nan, "inf": math.inf, "huge": 2.0**100}
"""By value of the axis `hold`, what stands where nothing should matter."""

MAGNITUDES = {
    "one": (1.0, 1.0),
    "big": (2.0**20, 2.0**-20),
    "small": (2.0**-24, 2.0**24),
    "tiny": (2.0**-130, 1.0),
    "full": (2.0**12, 1.0),
    "minus": (-0.0, 1.0),
    "loud": (1.0, 1.0),
    "faint": (1.0, 1.0),
    "slight": (2.0**-24, 1.0),
    "fine": (1.0, 1.0),
}
"""By value of the axis `mag`, factors of the input and of the kernel that it meets.

All but the zeros are powers of two, under which no product of the two changes; some inputs of
`tiny` are subnormal in single precision.
"""
STATES = {"loud": 2.0**20, "faint": 2.0**-30}
"""By value of the axis `mag`, the factor of the initial states."""

DIGITS = {"f32": 1.0 + 2.0**-9 + 2.0**-14, "f64": 1.0 + 2.0**-9 + 2.0**-14 + 2.0**-30}
"""By dtype, the factor of every number where `mag` is `fine`: no smaller dtype holds these."""

MARK, NEAR = 1.0, 1.0 + 2.0**-23
"""What Masking masks where `maskby` is `near`, and the next number in single precision."""

_SIZES = (1, 2, 4, 5, 6, 7, 3)


@dataclass(frozen=True)
class Data:
    """The numbers of one case; every array is made when it is first asked for.

    Attributes:
        case: whose numbers these are.
        seed: the data seed, 0 unless `--data-seed` says otherwise.
        prefix: what the names of the weights begin with.
        afresh: what the names of the initial states begin with.
        twin: whether the weights, and they alone, are other numbers: a layer made with them is
            configured and fed like the one of the case.
    """

    case: Case
    seed: int = 0
    prefix: str = ""
    twin: bool = False
    afresh: str = ""

    @cached_property
    def key(self) -> str:
        case = self.case
        return f"{case.layer}-u{case['u']}-t{case['t']}-n{case['n']}-in{case['in']}"

    @cached_property
    def _choice(self) -> NDArray[np.uint32]:
        return stream(0, self.key, "sizes", 2)

    @cached_property
    def features(self) -> int:
        """The size of the last axis of the input; never equal to another size by accident."""
        given = self.case.number("in")
        return given or self._pick(int(self._choice[0]), {self.units, self.timesteps})

    @cached_property
    def batch(self) -> int:
        """The number of samples; never equal to another size by accident."""
        given = self.case.number("n")
        if given:
            return given
        return self._pick(int(self._choice[1]), {self.units, self.timesteps, self.features})

    @staticmethod
    def _pick(word: int, taken: set[int]) -> int:
        free = [size for size in _SIZES if size not in taken]
        return free[word % len(free)]

    @property
    def units(self) -> int:
        return self.case.number("u")

    @property
    def timesteps(self) -> int:
        return self.case.number("t")

    def numbers(self, field: str, shape: tuple[int, ...], largest: int) -> Array:
        """Grid numbers for a named field of the given shape."""
        return _numbers(self.seed, self.key, field, shape, largest)

    @property
    def _weight_seed(self) -> int:
        return self.seed + self.twin

    def with_other_weights(self) -> Data:
        """The same inputs, masks and states, and other weights."""
        return Data(self.case, self.seed, twin=True)

    @property
    def lead(self) -> tuple[int, ...]:
        """The axes that the input shares with its mask: (batch, timesteps) of most layers."""
        return leading_shape(self.case, self.batch, self.timesteps)

    @cached_property
    def x(self) -> Array:
        """The input, (batch, timesteps, features) of most layers; one number in eight is larger.

        A cell of a scenario that is called step by step has a timestep for each call.
        """
        step = step_shape(self.case, self.features)
        if extended(self.case) and (rank(self.case) or self.case["as"] == "cell"):
            steps = self.case.number("calls") if self.case["as"] == "cell" else self.timesteps
            return self.numbers("feed", (self.batch, steps, *step), 96)
        return self._near(self._spread("x", (*self.lead, *step)))

    def x_of(self, call: int) -> Array:
        """The input of the first, second, … call; no two calls share numbers."""
        return self._near(self._spread(f"x{call}", self.x.shape)) if call else self.x

    @property
    def table(self) -> Array:
        """The vectors that an Embedding in front holds as its weights: the input, but a twin's."""
        return self._spread("x", self.x.shape, self._weight_seed)

    def call(self, number: int) -> Data:
        """The numbers of the first, second, … call, which may have other sizes or weights."""
        if not (number % 2 and self.case["then"] != "none"):
            return self
        afresh = "later " if self.case["then"] == "restate" else ""
        other = Data(
            other_call(self.case, self), self.seed, weights_prefix(self.case), afresh=afresh
        )
        other.__dict__["key"] = self.key
        return other

    def handed(self, call: int) -> Array:
        """The input of a call as it is handed over, with whatever masked timesteps hold."""
        x = self.x_of(call)
        if self.case["hold"] == "numbers" or self.mask is None:
            return x
        counts = self.mask.reshape(*self.mask.shape, *[1] * (x.ndim - self.mask.ndim))
        return np.where(counts, x, HELD_NUMBERS[str(self.case["hold"])])

    def _near(self, x: Array) -> Array:
        """The input, of which timesteps nearly hold the mark where the case wants that.

        Two in three do: in all features by the least step; or but for one feature. In the others
        the differences from the mark add up to zero.
        """
        if self.case["maskby"] != "near":
            return x
        row, step, feature = np.indices(x.shape)
        kind, size = (row + step) % 3, x.shape[-1]
        alone = np.where(feature == (row - step) % size, x, MARK)
        even = MARK + np.where(feature % 2, -0.5, 0.5) * (feature < size // 2 * 2)
        even = even if size > 1 else NEAR  # one number alone has nothing to add up with
        return np.select([kind == 0, kind == 1], [np.full(x.shape, NEAR), alone], even)

    def _spread(self, field: str, shape: tuple[int, ...], seed: int | None = None) -> Array:
        seed = self.seed if seed is None else seed
        base = _numbers(seed, self.key, field, shape, 96)
        loud = stream(seed, self.key, f"{field}/loud", math.prod(shape)).reshape(shape) % 8 == 0
        factor = MAGNITUDES[str(self.case["mag"])][0] * self._digits
        spread = factor * np.where(loud, 2 * base, base) if factor else np.full(shape, factor)
        return np.sign(spread) * np.ceil(np.abs(spread)) if self.case["x"] == "i32" else spread

    def weights(
        self,
        name: str = "",
        kind: str = "",
        fan_in: int = 0,
        units: int = 0,
        cell: str = "",
        first: bool = True,
    ) -> Weights:
        """The weights of the cell with the given name, in Keras's order and layout.

        The kernel of the first cell, which meets the input, makes up for its magnitude.
        """
        shapes = weight_shapes(
            self.case, kind or self.case.layer, fan_in or self.features, units or self.units, cell
        )
        name = self.prefix + name
        made = {field: self._weight(name, field, shape) for field, shape in shapes.items()}
        if first and self.case["mag"] != "one":
            made["kernel"] = MAGNITUDES[str(self.case["mag"])][1] * made["kernel"]
        return tuple(self._digits * array for array in made.values())

    def _weight(self, name: str, field: str, shape: tuple[int, ...]) -> Array:
        seed, largest = self._weight_seed, largest_weight(field, shape)
        array = _numbers(seed, self.key, name + field, shape, largest)
        if field == "recurrent_kernel" and _symmetric(array):
            # nobody would see it transposed
            array = _numbers(seed, self.key, f"{name}{field} again", shape, largest)
        return array

    def all_weights(self, name: str = "") -> list[Weights]:
        """The weights of every cell that the case is made of."""
        each: list[Weights] = []
        for piece, fan_in in zip(pieces(self.case), self.fan_ins, strict=True):
            if piece.relay:
                each.append(relay_weights(fan_in, piece.units))
                continue
            own, first = name + piece.prefix, not each or self.case["as"] == "bi"
            each.append(self.weights(own, piece.layer, fan_in, piece.units, piece.cell, first))
        return each

    @property
    def fan_ins(self) -> list[int]:
        """How many features reach each cell that the case is made of."""
        parts = pieces(self.case)
        if self.case["as"] == "bi":
            return [self.features] * len(parts)
        return [self.features, *(piece.units for piece in parts[:-1])]

    @property
    def width(self) -> int:
        """How many features reach the first cell that computes something."""
        each = zip(pieces(self.case), self.fan_ins, strict=True)
        return next(fan_in for piece, fan_in in each if not piece.relay)

    def judged(self, name: str = "") -> list[tuple[Piece, int, Weights]]:
        """Each piece that computes something, the features that reach it, and its weights."""
        whole = zip(pieces(self.case), self.fan_ins, self.all_weights(name), strict=True)
        return [(piece, fan_in, own) for piece, fan_in, own in whole if not piece.relay]

    def with_own(self, weights: Sequence[Sequence[Array]]) -> list[Array]:
        """Every weight in Keras's order, with the given ones for the pieces that are judged.

        Those of a plain layer become those of a convolution with a kernel of one pixel.
        """
        own, flat = iter(weights), []
        for piece, usual in zip(pieces(self.case), self.all_weights(), strict=True):
            given = usual if piece.relay else next(own)
            flat += [w.reshape(shape.shape) for w, shape in zip(given, usual, strict=True)]
        return flat

    def states(self, count: int, units: int = 0, name: str = "initial_state") -> list[Array]:
        """`count` states of shape (batch, units)."""
        shape = (self.batch, units or self.units)
        return [self.state(f"{name}{i}", shape) for i in range(count)]

    def state(self, field: str, shape: tuple[int, ...]) -> Array:
        """Numbers for an initial state."""
        numbers = self.numbers(f"{self.afresh}{field}", shape, 64)
        return STATES.get(str(self.case["mag"]), 1.0) * self._digits * numbers

    @property
    def _digits(self) -> float:
        return DIGITS[str(self.case["dtype"])] if self.case["mag"] == "fine" else 1.0

    @cached_property
    def mask(self) -> NDArray[np.bool_] | None:
        """The mask, (batch, timesteps), true where a timestep counts; None without one."""
        pattern = str(self.case["mask"])
        if pattern == "none":
            return None
        return mask_of(pattern, math.prod(self.lead[:-1]), self.timesteps).reshape(self.lead)

    def digest(self) -> str:
        """A hash that binds the input, the mask and the weights."""
        weights = [array for cell in self.all_weights() for array in cell]
        arrays = [self.x, *weights] + ([] if self.mask is None else [self.mask])
        whole = hashlib.sha256()
        for array in arrays:
            whole.update(repr(array.shape).encode())
            whole.update(np.asarray(array * GRID).astype("<i4").tobytes())
        return whole.hexdigest()[:16]


def relay_weights(fan_in: int, units: int) -> Weights:
    """The weights of a linear SimpleRNNCell that hands its input on, the last feature twice."""
    kernel = np.eye(fan_in, units)
    kernel[-1, fan_in:] = 1.0
    return kernel, np.zeros((units, units)), np.zeros(units)


def _numbers(seed: int, key: str, field: str, shape: tuple[int, ...], largest: int) -> Array:
    return grid(stream(seed, key, field, math.prod(shape)), largest, shape)


_UNMASKED: dict[str, int | str] = {"mask": "none", "zero": 0, "hold": "numbers", "maskas": "bool"}
"""What a call without a mask lacks beside it."""


def other_call(case: Case, data: Data) -> Case:
    """The case of every other call of a history."""
    changed: dict[str, dict[str, int | str]] = {
        "batch": {"n": data.batch + 2},
        "length": {"t": data.timesteps + 2},
        "dtype": {"x": "f16" if case["x"] == "f64" else "f64"},
        "train": {"train": 1 - case.number("train")},
        "both": {"n": data.batch + 2, "train": 1 - case.number("train")},
        "mask": _UNMASKED if case["mask"] != "none" else {"mask": "right"},
        "state": {"init": "list" if case["init"] == "none" else "none"},
        "remask": {"mask": other_mask(case)},
    }
    sizes = {"n": data.batch, "t": data.timesteps, "in": data.features}
    return case.but(**{**sizes, **changed.get(str(case["then"]), {})})


def other_mask(case: Case) -> str:
    """The mask of every other call where it is another one: none of its samples begins masked."""
    padded = "left" if case["back"] == 1 else "right"
    return "gap" if case["mask"] == padded else padded


def weights_prefix(case: Case) -> str:
    """What the names of the weights of every other call begin with."""
    return "later " if case["then"] in CHANGING else ""


def _symmetric(kernel: Array) -> bool:
    """Whether every gate of a recurrent kernel, (units, gates * units), equals its transpose."""
    units = kernel.shape[0]
    if kernel.ndim != 2 or units == 1:
        return False
    gates = np.split(kernel, kernel.shape[1] // units, axis=1)
    return all(np.array_equal(gate, gate.T) for gate in gates)


def largest_weight(field: str, shape: tuple[int, ...]) -> int:
    """The largest numerator of a weight.

    A sum over the inputs stays of order one. What a recurrent kernel makes of an error in the
    state shrinks from step to step, whatever the signs: else no bound holds over many timesteps.
    """
    inputs = math.prod(shape[:-1])
    if field == "bias":
        return 48
    if field == "recurrent_kernel":
        return max(3, round(100 / inputs))
    return max(8, round(80 / math.sqrt(inputs)))


def mask_of(pattern: str, batch: int, timesteps: int) -> NDArray[np.bool_]:
    """The named mask pattern, (batch, timesteps); rows differ wherever the pattern leaves room."""
    row, step = np.indices((batch, timesteps))
    valid = np.maximum(1, timesteps - 1 - row % max(1, timesteps - 1))
    patterns = {
        "ones": np.ones((batch, timesteps), dtype=bool),
        "right": step < valid,
        "left": step >= timesteps - valid,
        "gap": (step != 1 + row % max(1, timesteps - 2)) | (step == 0),
        "alt": (step + row) % 2 == 0,
        "first": step > row % max(1, timesteps - 1),
        "row": (step < valid) & (row > 0),
        "all": np.zeros((batch, timesteps), dtype=bool),
        "ragged": step < timesteps - row % timesteps,
    }
    return patterns[pattern]


def slices(x: Array) -> Array:
    """(batch, 2, timesteps, features), for TimeDistributed: the input, and its negative."""
    return np.stack([x, -x], axis=1)


def slice_masks(data: Data) -> NDArray[np.bool_] | None:
    """(batch, 2, timesteps): the mask, and the mask from the last timestep to the first."""
    return None if data.mask is None else np.stack([data.mask, data.mask[:, ::-1]], axis=1)
