"""What a model is made of: calls of layers, in order, as plain data.

The subject makes Keras layers of it and the oracle a `reference_impl.Model`; what the fields mean
is told there. `RECURRENT` stands for the layer of the case, and the sizes `U`, `W`, `F` and `V` for
its units, one more, the features of the input, and the tokens that there are, so that one row of a
table makes a model of each recurrent layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

RECURRENT = "Recurrent"
U, W, F, V = "units", "units + 1", "features", "vocabulary"
COUNTED = "0, 1, 2, ..."
"""One number for each feature of the input."""
AS_ARRAY = "an array of 0, 1, 2, ..."
"""The same as a tensor of the backend."""
HALF = -0.5
"""A fraction that stands for timesteps that do not count."""
OWN_LOSS = "OwnLoss"
"""A layer of the user's own that adds `factor` of the mean squared norm of what it passes on."""
MERGES = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
MASKING = ("Masking", "Embedding", "Lambda", *MERGES)
"""Layers that may make another mask of what they are called on."""
VOCABULARY = 12
LONG = 16
"""From so many timesteps on all of a case is large: what layers do to few may be wrong for many."""


@dataclass(frozen=True)
class Part:
    """One call of one layer; see `reference_impl.models.model.Node`, which has the same fields."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    call: Mapping[str, Any] = field(default_factory=dict)
    mask_from: tuple[str | None, ...] | None = None
    layer: str | None = None
    trainable: bool = True


@dataclass(frozen=True)
class Whole:
    """A model.

    Attributes:
        inputs: the names of its inputs: for a whole model, those of `sources.SOURCES`.
        parts: the calls, in order.
        outputs: the tensors that it returns.
        shapes: of a model inside another one, the shape of each input without the batch.
        padding: whether padding changes no output, as each layer of it leaves masked timesteps
            out and no layer drops the mask before the last one that has timesteps.
    """

    inputs: tuple[str, ...]
    parts: tuple[Part, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    padding: bool = True


def whole(*parts: Part, outputs: str = "", padding: bool = True, **shapes: Any) -> Whole:
    """Join parts: one that names no input takes the output of the one before it.

    Args:
        outputs: the names of the outputs, separated by spaces; the last part's is the default.
    """
    joined: list[Part] = []
    for part in parts:
        joined.append(part if part.inputs else replace(part, inputs=(joined[-1].name,)))
    made = {part.name for part in joined}
    given = [n for p in joined for n in (*p.inputs, *(p.mask_from or ())) if n is not None]
    outside = dict.fromkeys(name for name in given if name.partition(":")[0] not in made)
    inputs = tuple(shapes) if shapes else tuple(outside)
    return Whole(
        inputs, tuple(joined), tuple((outputs or joined[-1].name).split()), shapes, padding
    )


def vocabulary(timesteps: int) -> int:
    """How many tokens there are: in a long case more than a byte counts."""
    return VOCABULARY if timesteps < LONG else LONG * timesteps


def resolved(
    model: Whole, layer: str, units: int, features: int, tokens: int = VOCABULARY
) -> Whole:
    """The model with the recurrent layer and the sizes of a case."""
    sizes: dict[str, Any] = {U: units, W: units + 1, F: features, V: tokens}
    sizes[COUNTED] = tuple(range(features))
    sizes[AS_ARRAY] = np.arange(features, dtype="float32")

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return layer if value == RECURRENT else sizes.get(value, value)
        if isinstance(value, (list, tuple)):
            return type(value)(map(put, value))
        if isinstance(value, Mapping):
            return {key: put(item) for key, item in value.items()}
        return (
            resolved(value, layer, units, features, tokens) if isinstance(value, Whole) else value
        )

    parts = tuple(replace(p, kind=put(p.kind), options=put(p.options)) for p in model.parts)
    return replace(model, parts=parts, shapes=put(model.shapes))


# Short ways to write the parts of the tables


def part(name: str, kind: str, *inputs: str, **options: Any) -> Part:
    """A call of a layer of Keras; a name in capitals and quotes is no option."""
    return Part(name, kind, options, inputs)


def recurrent(name: str, *inputs: str, **options: Any) -> Part:
    """The recurrent layer of the case, which returns the last output."""
    return Part(name, RECURRENT, {"units": U, **options}, inputs)


def sequence(name: str, *inputs: str, **options: Any) -> Part:
    """The recurrent layer of the case, which returns all outputs, of `W` units."""
    return Part(name, RECURRENT, {"units": W, "return_sequences": True, **options}, inputs)


def embedding(name: str = "embedding", source: str = "tokens", mask_zero: bool = True) -> Part:
    """Vectors of `W` features for the tokens of a source; token 0 is masked."""
    return part(name, "Embedding", source, input_dim=V, output_dim=W, mask_zero=mask_zero)


DENSE = ("Dense", {"units": U, "activation": "tanh"})
STILL_DENSE = ("Dense", {**DENSE[1], "trainable": False})
OVER_TIME = whole(part("dense", "Dense", "x", units=W, activation="tanh"), x=(None, W))
ENCODER = whole(recurrent("inside", "s"), s=(None, W))
