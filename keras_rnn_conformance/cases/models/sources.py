"""What models are fed, and the numbers of their weights: the same for Keras and the oracle."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data, largest_weight
from keras_rnn_conformance.cases.models.parts import HALF, LONG, Whole, resolved, vocabulary
from keras_rnn_conformance.cases.models.table import MODELS
from keras_rnn_conformance.cases.streams import GRID

Mask = NDArray[np.bool_]


def model_of(case: Case, name: str = "") -> Whole:
    """The model that a case names, or another one, with the layer and the sizes of the case."""
    model = MODELS[name or str(case["what"])]
    sizes = case.number("u"), Data(case).features, vocabulary(case.number("t"))
    return resolved(model, case.layer, *sizes)


def lot(name: str, count: int) -> int:
    """A number below `count` that the name draws: a new row of a table moves no other one."""
    return zlib.crc32(name.encode()) % count


def mask_of(data: Data) -> Mask:
    """The mask of the case, (batch, timesteps); all true without one."""
    return np.ones(data.lead, bool) if data.mask is None else data.mask


def _other(data: Data) -> Mask:
    return mask_of(data)[::-1]


def _shortened(data: Data) -> Mask:
    """The mask of the case, and the last timestep of the first sample masked in any case."""
    mask = mask_of(data).copy()
    mask[:1, -1:] = False
    return mask


def _tokens(data: Data, name: str, mask: Mask) -> NDArray[np.intp]:
    """Tokens, 0 where masked; two samples have the same, so that gradients of tokens add up."""
    drawn = np.abs(data.numbers(name, data.lead, vocabulary(data.timesteps) - 1)) * GRID
    drawn[1:2] = drawn[:1]
    return np.where(mask, drawn, 0).astype(np.intp)


SOURCES: dict[str, Callable[[Data], NDArray[Any]]] = {
    "tokens": lambda data: _tokens(data, "tokens", mask_of(data)),
    "others": lambda data: _tokens(data, "others", _other(data)),
    "x": lambda data: np.where(mask_of(data)[..., None], data.x, 0.0),
    "marks": lambda data: np.where(mask_of(data)[..., None], data.x, np.arange(data.features)),
    "late": lambda data: np.where(mask_of(data)[..., None], _late(data), 0.0),
    "halves": lambda data: np.where(_shortened(data)[..., None], data.x, HALF),
    "counts": lambda data: np.where(_shortened(data)[..., None], data.x, np.arange(data.features)),
    "plain": lambda data: data.x_of(1),
    "noisy": lambda data: data.x_of(2),
    "spoilt": lambda data: data.x_of(2),
    "single": lambda data: data.x_of(3)[:, 0],
    "mask": lambda data: mask_of(data),
    "parts": lambda data: _parts(data),
}
"""By name of an input, its numbers.

tokens, others: 0 where masked, by the mask and by that of the samples in the opposite order; x:
zeros where masked; late: and in all features but the last one; marks: 0, 1, 2, ... where masked;
halves: -0.5 where masked, as one timestep always is; counts: 0, 1, 2, ... in the same places;
plain: no timestep is masked; noisy: whose mask is an argument; spoilt: and whose masked timesteps
the function of that name fills with NaN; single: one vector a sample; mask: the mask itself; parts:
sequences of two sequences each, or of many.
"""

PADDED: dict[str, Callable[[Data], Mask]] = {
    "tokens": mask_of,
    "others": _other,
    "x": mask_of,
    "late": mask_of,
    "marks": mask_of,
    "halves": _shortened,
    "counts": _shortened,
    "noisy": mask_of,
    "spoilt": mask_of,
    "mask": mask_of,
}
"""By name of an input with timesteps, those that count."""


def _late(data: Data) -> Array:
    """Zeros in all features but the last one, and none there."""
    x = np.zeros_like(data.x)
    x[..., -1] = np.where(data.x[..., -1] == 0, 1.0, data.x[..., -1])
    return x


def _parts(data: Data) -> Array:
    """(batch, parts, timesteps, features): of each part, timesteps masked by zeros.

    By the mask and by that of the samples in the opposite order, in turn.
    """
    mask, parts = mask_of(data), range(2 if data.timesteps < LONG else LONG)
    masks = [mask[::-1] if k % 2 else mask for k in parts]
    every = np.stack([data.x_of(k) for k in parts], axis=1)
    return np.where(np.stack(masks, axis=1)[..., None], every, 0.0)


def fed(model: Whole, data: Data) -> dict[str, NDArray[Any]]:
    """The inputs of a model, by name."""
    return {name: SOURCES[name](data) for name in model.inputs}


def spoilt(model: Whole, data: Data) -> dict[str, NDArray[Any]]:
    """The inputs as Keras gets them: NaN where a mask says that nothing of it counts."""
    whole = np.where(mask_of(data)[..., None], 0.0, np.nan)
    return {k: a + whole if k == "spoilt" else a for k, a in fed(model, data).items()}


def shortest(data: Data) -> int:
    """The sample with the fewest timesteps that count, but one at least."""
    counts = np.minimum(mask_of(data).sum(1), _other(data).sum(1))
    return int(np.argmin(np.where(counts, counts, data.timesteps + 1)))


def short(model: Whole, data: Data) -> dict[str, NDArray[Any]]:
    """The shortest sample alone, without what is masked."""
    row = shortest(data)
    return {
        name: array[row : row + 1][:, PADDED[name](data)[row]]
        if name in PADDED
        else array[row : row + 1]
        for name, array in fed(model, data).items()
    }


def part_of(model: Whole, data: Data) -> dict[str, NDArray[Any]]:
    """What a model is fed, but for a sample and for the first timestep."""
    lead = data.lead
    return {
        name: array[:-1, 1:] if array.shape[: len(lead)] == lead else array[:-1]
        for name, array in fed(model, data).items()
    }


def number(data: Data, name: str, shape: tuple[int, ...]) -> Array:
    """The numbers of a weight, by its name in the model; scales and variances are positive."""
    own = name.rpartition("/")[2]
    name = f"{name} of a twin" if data.twin else name
    if own in ("gamma", "moving_variance"):
        return 0.5 + np.abs(data.numbers(name, shape, GRID))
    return data.numbers(name, shape, largest_weight(own, shape))


FAR = 1024.0
"""What the row of token 0 of an Embedding holds where padding should change nothing."""


def filled(model: Whole, name: str, array: Array) -> Array:
    """The numbers of a weight, with `FAR` in the row of masked tokens where nobody may see it."""
    if not (model.padding and name.endswith("embeddings")):
        return array
    return np.concatenate([np.full_like(array[:1], FAR), array[1:]])
