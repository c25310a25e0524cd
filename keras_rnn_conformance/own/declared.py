"""What only the author of a layer can know, said once so that no law raises a false alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

Masks = Literal["none", "end", "any"]
MaskedOutput = Literal["repeated", "zero", "undefined"]
OPTIONS = (
    "return_sequences",
    "return_state",
    "go_backwards",
    "stateful",
    "unroll",
    "zero_output_for_mask",
    "initial_state",
    "mask",
    "dropout",
    "recurrent_dropout",
    "dtype",
)
"""What a layer may lack: arguments of its constructor and of its call."""
POLICIES = ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "float64")


@dataclass(frozen=True)
class Declared:
    """What a layer or cell promises beyond what can be seen by trying it.

    Every field has a default that fits a layer made like Keras's own. What a constructor or a
    `call` does not accept is found by trying, and needs no declaration.

    Attributes:
        output: `"first state"` if the output is the first state, `"other"` if it is not, None if
            nothing is promised.
        output_size: the size of the output's last axis, where it is not the first state's.
        masks: the masks that are supported: `"none"`, padding at the `"end"`, or `"any"`.
        masked_output: what stands in the output at a masked timestep: the last output
            `"repeated"`, `"zero"`, or `"undefined"`.
        lacks: options that the constructor accepts and the layer does not support.
        shortest: the least number of timesteps that the layer takes.
        step_shape: the shape of one timestep of the input where it is not one axis of features
            of any size, such as `(5, 2)` for a ConvLSTM1D, or `(3,)` for three features.
        causal: whether an output may depend only on the timesteps up to its own.
        units_independent: whether each unit computes without the other units.
        differentiable: whether gradients are those of the function that is computed; False for a
            straight-through estimator.
        handed_on: turns the list of returned states into the `initial_state` of the next call,
            where they are not the same thing.
        policies: the dtype policies that are supported.
        rounds: whether the layer rounds by itself (a quantizer), so that values under another
            dtype policy may differ by more than that policy's rounding errors.
        keep_weights: leave the weights at their initial values, instead of moving each a little.
        constrain: called with the path and the moved values of a weight, returns what the layer
            allows; the weights' own constraints are always kept.
        custom_objects: what loading needs beyond the classes of the layer and its cell.
        pickled: whether copies by `pickle` are promised.
    """

    output: Literal["first state", "other"] | None = None
    output_size: int | None = None
    masks: Masks = "any"
    masked_output: MaskedOutput = "repeated"
    lacks: tuple[str, ...] = ()
    shortest: int = 1
    step_shape: tuple[int, ...] | None = None
    causal: bool = True
    units_independent: bool = False
    differentiable: bool = True
    handed_on: Callable[[list[Any]], Any] | None = None
    policies: tuple[str, ...] = POLICIES
    rounds: bool = False
    keep_weights: bool = False
    constrain: Callable[[str, Any], Any] | None = None
    custom_objects: Mapping[str, Any] = field(default_factory=dict, hash=False)
    pickled: bool = True

    def __post_init__(self) -> None:
        _one_of("masks", self.masks, get_args(Masks))
        _one_of("masked_output", self.masked_output, get_args(MaskedOutput))
        _one_of("output", self.output, (None, "first state", "other"))
        for option in self.lacks:
            _one_of("lacks", option, OPTIONS)
        for policy in self.policies:
            _one_of("policies", policy, POLICIES)
        if self.shortest < 1:
            raise ValueError(f"Declared: shortest={self.shortest}; use a number of at least 1")


def declared(given: Declared | None, changes: Mapping[str, Any]) -> Declared:
    """What is declared, from an object, from keyword arguments, or neither.

    Raises:
        TypeError: if both are given, or a keyword is unknown.
    """
    if given is not None and changes:
        raise TypeError("declare by a Declared object or by keyword arguments, not by both")
    known = [f.name for f in fields(Declared)]
    for name in changes:
        if name not in known:
            raise TypeError(
                f"nothing called {name!r} can be declared; use one of {', '.join(known)}"
            )
    return given or Declared(**changes)


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"Declared: {name}={value!r}; use one of {', '.join(map(repr, allowed))}")
