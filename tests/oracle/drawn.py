"""Layers and numbers drawn for the tests of the oracle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import reference_impl as ref

Array = npt.NDArray[np.float64]

KINDS = ("SimpleRNN", "LSTM", "GRU", "GRU before")
GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3, "GRU before": 3}
STATES = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1, "GRU before": 1}


def fixed_search() -> None:
    """Make hypothesis search the same examples on every run."""
    settings.register_profile(
        "oracle",
        derandomize=True,
        database=None,
        print_blob=True,
        deadline=None,
        max_examples=40,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("oracle")


def layer(kind: str, units: int, **options: Any) -> Any:
    """Return the oracle's layer of a kind."""
    if kind.startswith("GRU"):
        options["reset_after"] = kind == "GRU"
        return ref.GRU(units, **options)
    return getattr(ref, kind)(units, **options)


@dataclass
class Numbers:
    """The numbers of one call: what a layer of `kind` with these sizes is given.

    Attributes:
        scale: how far the sum of the magnitudes of a column of the recurrent kernel may reach.
    """

    kind: str
    units: int
    timesteps: int
    features: int = 3
    batch: int = 2
    seed: int = 0
    use_bias: bool = True
    scale: float = 1.0
    x: Array = field(init=False)
    weights: list[Array] = field(init=False)
    states: list[Array] = field(init=False)
    mask: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.Generator(np.random.PCG64(self.seed))
        wide = GATES[self.kind] * self.units
        self.x = self.uniform(1.5, self.batch, self.timesteps, self.features)
        self.weights = [
            self.uniform(1.5 / np.sqrt(self.features), self.features, wide),
            self.uniform(2.0 * self.scale / self.units, self.units, wide),
        ]
        if self.use_bias:
            rows = (2, wide) if self.kind == "GRU" else (wide,)
            self.weights.append(self.uniform(0.75, *rows))
        self.states = [self.uniform(1, self.batch, self.units) for _ in range(STATES[self.kind])]
        self.mask = self.random.random((self.batch, self.timesteps)) > 0.35

    def uniform(self, reach: float, *shape: int) -> Array:
        return self.random.uniform(-reach, reach, shape)

    def in_float32(self) -> Numbers:
        """Make every number a float32 number, so that no cast to float32 rounds."""

        def cast(array: Array) -> Array:
            return array.astype(np.float32).astype(np.float64)

        self.x, self.weights = cast(self.x), [cast(weight) for weight in self.weights]
        self.states = [cast(state) for state in self.states]
        return self

    def drop(self, size: int) -> Array:
        """Return a dropout mask of rate 1/2."""
        return np.where(self.random.random((self.batch, size)) > 0.5, 2.0, 0.0)

    def drops(self) -> tuple[list[Array], list[Array]]:
        """Return dropout masks for every gate: of the inputs and of the hidden state."""
        gates = range(GATES[self.kind])
        return (
            [self.drop(self.features) for _ in gates],
            [self.drop(self.units) for _ in gates],
        )


@st.composite
def drawn_numbers(draw: st.DrawFn, max_timesteps: int = 7) -> Numbers:
    """Draw the numbers of a small call of any kind of layer."""
    return Numbers(
        kind=draw(st.sampled_from(KINDS)),
        units=draw(st.integers(1, 5)),
        timesteps=draw(st.integers(1, max_timesteps)),
        features=draw(st.integers(1, 4)),
        batch=draw(st.integers(1, 4)),
        seed=draw(st.integers(0, 2**32 - 1)),
        use_bias=draw(st.booleans()),
        scale=draw(st.sampled_from([0.5, 1.0, 2.0])),
    )
