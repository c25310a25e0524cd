"""The oracle's equations in NumPy at the precision of the case: how much rounding really does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.alternatives.fault_model import scene_of

Round = Callable[[Any], Any]


@dataclass(frozen=True)
class Rounded:
    """An array that is rounded to a target precision after every operation."""

    value: Any
    rounding: Round

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def _like(self, value: Any) -> Rounded:
        return Rounded(self.rounding(value), self.rounding)

    def __add__(self, other: Any) -> Rounded:
        return self._like(self.value + _value(other))

    def __mul__(self, other: Any) -> Rounded:
        return self._like(self.value * _value(other))

    def __rsub__(self, other: Any) -> Rounded:
        return self._like(_value(other) - self.value)

    def __matmul__(self, other: Any) -> Rounded:
        return self._like(self.value @ _value(other))

    def apply(self, activation: Any) -> Rounded:
        return self._like(activation.value(self.value))

    def __getitem__(self, index: Any) -> Rounded:
        return Rounded(self.value[index], self.rounding)

    def __iter__(self) -> Iterator[Rounded]:
        return (self[k] for k in range(len(self.value)))

    def reshape(self, *shape: int) -> Rounded:
        return Rounded(self.value.reshape(shape), self.rounding)

    def transpose(self, *axes: int) -> Rounded:
        return Rounded(self.value.transpose(axes), self.rounding)


def _value(other: Any) -> Any:
    return other.value if isinstance(other, Rounded) else other


def bfloat16(value: Any) -> Any:
    """The nearest numbers of 8 significant bits."""
    words = np.asarray(value, np.float32).view(np.uint32)
    rounded = words + np.uint32(0x7FFF) + ((words >> np.uint32(16)) & np.uint32(1))
    return (rounded & np.uint32(0xFFFF0000)).view(np.float32).astype(np.float64)


def rounding_to(dtype: str) -> Round:
    """What rounds float64 arrays to a dtype, kept as float64."""
    if dtype == "bfloat16":
        return bfloat16
    return lambda value: np.asarray(value).astype(dtype).astype(np.float64)


def error_at_precision(case: Case, seed: int) -> float | None:
    """The largest error that NumPy makes at the precision of the case; None without a loop."""
    scene = scene_of(case, Data(case, seed))
    if scene is None or len(scene.xs) > 1 or scene.start is not None:
        return None
    layer, rounding = oracle(case), rounding_to(COMPUTE[str(case["dtype"])])
    x = scene.xs[0].transpose(1, 0, 2)
    part = layer.checked_part((x.shape[1], x.shape[2]), scene.weights, None, None, None)
    names = ("kernel", "recurrent_kernel", "bias")
    given = {
        n: Rounded(getattr(part.weights, n).value, rounding)
        for n in names
        if getattr(part.weights, n) is not None
    }
    cell = layer.cell(replace(part.weights, **given))
    projected = cell.project(Rounded(x[::-1] if scene.back else x, rounding))
    states: Sequence[Rounded] = [Rounded(s.value, rounding) for s in part.states]
    mask = None if scene.state_mask is None else scene.state_mask.T[:, :, None]
    for t in range(len(x)):
        _, new = cell.step(projected[:, t], tuple(states))
        if mask is not None:
            valid = (mask[::-1] if scene.back else mask)[t]
            new = [
                Rounded(np.where(valid, n.value, s.value), rounding)
                for n, s in zip(new, states, strict=True)
            ]
        states = list(new)
    want = expected(case.but(state=1), Data(case, seed))
    finals = [want.arrays[name].value for name in want.names[-len(states) :]]
    return max(float(np.abs(s.value - f).max()) for s, f in zip(states, finals, strict=True))
