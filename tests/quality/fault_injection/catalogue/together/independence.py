"""Faults by which something matters that must not: masked timesteps, other samples, places."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRUCell

from tests.quality.fault_injection.catalogue.layer.loop import given, inner
from tests.quality.fault_injection.faults import Garden, fault

HIDING = "SimpleRNN-seq1-state1-u3-t4-n3-mask"
TWIN = "SimpleRNN-seq1-state1-u3-t4-n4"
DIRECTION = "SimpleRNN-seq1-state1-u2-t4-n4-as.bi-merge.none-do.twin-what.direction"


@fault(
    "mask by product",
    "Chooses between states by products with the mask.",
    "VALUES-1",
    f"{HIDING}.right-hold.nan {HIDING}.left-hold.inf",
)
def _mask_by_product(garden: Garden) -> None:
    def loop(original: Any, step: Any, x: Any, states: Any, **options: Any) -> Any:
        if options.get("mask") is not None:
            extra = ops.sum(x, axis=-1, keepdims=True) * ops.expand_dims(
                ops.cast(~ops.cast(options["mask"], "bool"), x.dtype), -1
            )
            states = [state + 0 * ops.sum(extra, axis=1) for state in states]
        return original(step, x, states, **options)

    inner(garden, loop)


@fault(
    "mean of what is masked",
    "Takes what masked timesteps hold into its scale.",
    "VALUES-1",
    f"{HIDING}.gap-hold.huge {HIDING}.right-hold.nan",
)
def _mean_of_what_is_masked(garden: Garden) -> None:
    given(garden, lambda x: ops.where(ops.max(ops.abs(x)) > 1e6, ops.zeros_like(x), x))


@fault(
    "clips large inputs",
    "Clips its input to ten thousand.",
    "VALUES-2",
    "SimpleRNN-seq1-state1-u3-t4-n3-mag.big",
)
def _clips_large_inputs(garden: Garden) -> None:
    given(garden, lambda x: ops.clip(x, -1e4, 1e4))


@fault(
    "small is nothing",
    "Takes what is smaller than a millionth for zero.",
    "VALUES-2",
    "SimpleRNN-seq1-state1-u3-t4-n3-mag.small",
)
def _small_is_nothing(garden: Garden) -> None:
    given(garden, lambda x: ops.where(ops.abs(x) < 1e-6, ops.zeros_like(x), x))


def _spread(garden: Garden, axis: int) -> None:
    """Let NaN in one place reach all places along an axis."""
    given(garden, lambda x: x + 0 * ops.sum(x, axis=axis, keepdims=True))


@fault(
    "NaN for all samples",
    "Lets NaN or infinity in one sample reach the others.",
    "TWIN-9",
    f"{TWIN}-hold.nan-do.twin-what.sample",
)
def _nan_for_all_samples(garden: Garden) -> None:
    _spread(garden, 0)


@fault(
    "largest of the batch",
    "Scales by the largest number of its batch.",
    "TWIN-9",
    f"{TWIN}-hold.huge-do.twin-what.sample",
)
def _largest_of_the_batch(garden: Garden) -> None:
    given(garden, lambda x: x / ops.maximum(1.0, ops.max(ops.abs(x)) / 1e6))


@fault(
    "looks ahead", "Adds a little of the timestep behind.", "TWIN-10", f"{TWIN}-do.twin-what.later"
)
def _looks_ahead(garden: Garden) -> None:
    given(garden, lambda x: x + 0.25 * ops.roll(x, -1, axis=1))


@fault(
    "neighbouring units",
    "Adds a little of each unit to the next.",
    "TWIN-11",
    "GRU-seq1-state1-u3-t3-n4-do.twin-what.unit",
)
def _neighbouring_units(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        output, states = original(self, *args, **options)
        return output + 0.125 * ops.roll(output, 1, axis=-1), states

    garden.around(GRUCell, "call", call)


def _directions(garden: Garden, place: int) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = list(original(self, *args, **options))
        if self.merge_mode is None and not hasattr(self, "merging"):
            given[place] = given[place] + 0.125 * given[place + 1]
        return tuple(given)

    garden.around(keras.layers.Bidirectional, "call", call)


@fault(
    "backward into forward",
    "Adds a little of the backward output to the forward one.",
    "TWIN-12",
    DIRECTION,
)
def _backward_into_forward(garden: Garden) -> None:
    _directions(garden, 0)


@fault(
    "backward state into forward",
    "Adds a little of the backward state to the forward one.",
    "TWIN-12",
    DIRECTION,
)
def _backward_state_into_forward(garden: Garden) -> None:
    _directions(garden, 2)


IMAGE = "ConvLSTM1D-seq1-state1-u2-t2-n4-hold.nan-do.twin-what.pixel"


@fault("NaN all over the image", "Lets NaN in one place reach the whole image.", "TWIN-13", IMAGE)
def _nan_all_over_the_image(garden: Garden) -> None:
    _spread(garden, 2)


@fault(
    "wraps the image round",
    "Adds a little of one edge of the image to the other.",
    "TWIN-13",
    IMAGE,
)
def _wraps_the_image_round(garden: Garden) -> None:
    given(garden, lambda x: x + 0.125 * ops.roll(x, 1, axis=2))
