"""Global settings that are not heard, or are heard by what they are not for."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import RNN, SimpleRNN

from tests.quality.fault_injection.faults import Garden, fault

POLICY = "SimpleRNN-seq1-state1-u3-t3-mf16-do.settings-what.policy"
FLOATX = "SimpleRNN-seq1-state1-u3-t3-bf16-do.settings-what.floatx"
EPSILON = "SimpleRNN-seq1-state1-u3-t3-mask.gap-do.settings-what.epsilon"
FORMAT = "SimpleRNN-seq1-state1-u3-t3-mask.right-do.settings-what.format"
RANDOM = "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop50-rdrop50-do.settings-what.random"


@fault(
    "deaf to the policy",
    "Is of float32 where no dtype is said.",
    "SETTING-1 SETTING-2",
    f"{POLICY} {FLOATX}",
)
def _deaf_to_the_policy(garden: Garden) -> None:
    garden.around(
        SimpleRNN,
        "__init__",
        lambda made, self, *args, **options: made(self, *args, **{"dtype": "float32", **options}),
    )


@fault(
    "half a policy",
    "Computes in float32 under a mixed policy that is set globally.",
    "SETTING-1",
    POLICY,
)
def _half_a_policy(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        mixed = keras.config.dtype_policy().name.startswith("mixed")
        original(self, *args, **({"dtype": "float32", **options} if mixed else options))

    garden.around(SimpleRNN, "__init__", init)


def outputs(garden: Garden, change: Any) -> None:
    """Let `change(tensor)` have the last word on everything that a layer returns."""
    garden.around(
        RNN,
        "call",
        lambda call, *args, **options: keras.tree.map_structure(change, call(*args, **options)),
    )


@fault(
    "policy of the day",
    "Returns what the global policy computes in when it is called.",
    "SETTING-4",
    POLICY,
)
def _policy_of_the_day(garden: Garden) -> None:
    outputs(garden, lambda value: ops.cast(value, keras.config.dtype_policy().compute_dtype))


@fault("epsilon added", "Adds epsilon to its outputs.", "SETTING-3 SETTING-4", EPSILON)
def _epsilon_added(garden: Garden) -> None:
    outputs(garden, lambda value: value + (keras.config.epsilon() - 1e-7))


@fault(
    "channels first",
    "Turns its outputs where image_data_format is channels_first.",
    "SETTING-3 SETTING-4",
    FORMAT,
)
def _channels_first(garden: Garden) -> None:
    first = "channels_first"
    outputs(
        garden,
        lambda value: ops.flip(value) if keras.config.image_data_format() == first else value,
    )


@fault(
    "deaf to the seed",
    "Draws from a generator of its own, whatever set_random_seed says.",
    "SETTING-5",
    RANDOM,
)
def _deaf_to_the_seed(garden: Garden) -> None:
    garden.put(keras.utils, "set_random_seed", lambda seed: None)


@fault("seed of the process", "Ignores a seed of its own.", "SETTING-5", RANDOM)
def _seed_of_the_process(garden: Garden) -> None:
    garden.around(
        SimpleRNN,
        "__init__",
        lambda made, self, *args, **options: made(self, *args, **{**options, "seed": None}),
    )
