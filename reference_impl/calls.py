"""What is called on sequences: the checked arguments of a call, its result and its gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .bounded import Bounded, Precision, exact
from .cells import Quantity, States, Weights
from .errors import ReferenceInputError, counted, finite_array
from .tape import Tape, Traced

Steps = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Result:
    """What a layer computes.

    Attributes:
        sequence: the output of every timestep, (batch, timesteps, units), in the order in which
            Keras returns it: the order of processing.
        output: the last output, (batch, units).
        states: the last states, (batch, units) each: (h,) or (h, c); nested for `StackedRNN`.
        returned: what Keras returns under return_sequences and return_state, flat: the output,
            then the states.
    """

    sequence: Any
    output: Any
    states: tuple[Any, ...]
    returned: list[Any]


@dataclass(frozen=True)
class Part:
    """What belongs to one cell: its weights and its initial states."""

    weights: Weights
    states: States


@dataclass(frozen=True)
class Call:
    """The checked arguments of one call.

    Attributes:
        x: the input, time-major.
        parts: one `Part`, or a dict of them by name for layers made of layers.
        mask: time-major, or None.
    """

    x: Quantity
    parts: Any
    mask: Steps | None = None


class Recurrent(ABC):
    """What can be called on sequences: a layer, or layers put together."""

    precision: Precision

    @abstractmethod
    def run(self, call: Call) -> Result:
        """Loop over time; `call` may hold bounded or traced quantities."""

    def compute(self, call: Call) -> Result:
        """Run the call; a bound that overflows is infinite, which is no error."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.run(call)

    def pull_back(self, call: Call, cotangents: Sequence[Any]) -> dict[str, Bounded]:
        """Return the gradients of sum(cotangent * output) by the name of the quantity."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._pulled_back(call, cotangents)

    def _pulled_back(self, call: Call, cotangents: Sequence[Any]) -> dict[str, Bounded]:
        tape = Tape()
        leaves: dict[str, Traced] = {}

        def leaf(name: str, quantity: Bounded) -> Traced:
            leaves[name] = tape.trace(quantity)
            return leaves[name]

        traced = Call(leaf("inputs", call.x), mapped(call.parts, leaf), call.mask)
        returned = self.run(traced).returned
        given = counted("cotangents", cotangents, len(returned), "one per returned array")
        tape.pull(
            returned,
            [
                exact(finite_array(f"cotangents[{k}]", g, output.shape), self.precision)
                for k, (g, output) in enumerate(zip(given, returned, strict=True))
            ],
        )
        gradients = {name: traced.cotangent() for name, traced in leaves.items()}
        inputs = gradients["inputs"]
        rest = range(2, len(inputs.shape))
        return {**gradients, "inputs": inputs.transpose(1, 0, *rest)}


def mapped(parts: Any, leaf: Callable[[str, Bounded], Traced], prefix: str = "") -> Any:
    """Return `parts` with every quantity replaced by a leaf of the tape."""
    if isinstance(parts, dict):
        return {name: mapped(part, leaf, f"{prefix}{name}/") for name, part in parts.items()}
    weights = parts.weights
    named = {
        name: leaf(prefix + name, getattr(weights, name))
        for name in ("kernel", "recurrent_kernel", "bias")
        if getattr(weights, name) is not None
    }
    states = tuple(leaf(f"{prefix}initial_state/{k}", s) for k, s in enumerate(parts.states))
    return Part(replace(weights, **named), states)


def quantity(name: str, values: Any, shape: Sequence[int | None], precision: Precision) -> Bounded:
    """Return `values` as a checked quantity: exact, unless it brings its own bound."""
    if not isinstance(values, Bounded):
        return exact(finite_array(name, values, shape), precision)
    if values.precision != precision:
        raise ReferenceInputError(
            f"`{name}` is bounded for {values.precision.name}, the layer for {precision.name}"
        )
    finite_array(name, values.value, shape)
    return values


def input_in_time(x: Any, precision: Precision, axes: int = 3) -> Bounded:
    """Return the input (batch, timesteps, ...) of so many axes time-major."""
    checked = quantity("x", x, (None,) * axes, precision)
    return checked.transpose(1, 0, *range(2, axes))


def checked_mask(mask: Any, batch: int, timesteps: int) -> Steps | None:
    """Return `mask` time-major with a last axis of 1, or None."""
    if mask is None:
        return None
    array = np.asarray(mask)
    if array.dtype != np.bool_ or array.shape != (batch, timesteps):
        raise ReferenceInputError(
            f"`mask` must be bool of shape ({batch}, {timesteps}), "
            f"got {array.dtype} of shape {array.shape}"
        )
    steps: Steps = array.T[:, :, None]
    return steps
