"""Weights that are split over files, factored or quantized."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.legacy.saving import legacy_h5_format
from keras.src.saving import saving_lib

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "one file for all",
    "Looks for all weights in the first of several files.",
    "EDGE-29",
    edge("sharded", "GRU"),
)
def _one_file_for_all(garden: Garden) -> None:
    def get(original: Any, self: Any, path: str) -> Any:
        weights = self.sharding_config["weight_map"]
        first = next(iter(weights.values()))
        self.sharding_config["weight_map"] = dict.fromkeys(weights, first)
        return original(self, path)

    garden.around(saving_lib.ShardedH5IOStore, "get", get)


@fault(
    "weights in single precision",
    "Rounds weights of double precision that an .h5 file holds to single precision.",
    "SAVE-23",
    edge("digits", "LSTM"),
)
def _single_precision(garden: Garden) -> None:
    def load(original: Any, *args: Any, **options: Any) -> Any:
        values = original(*args, **options)
        return [np.asarray(value, "float32") for value in values]

    garden.around(legacy_h5_format, "load_subset_weights_from_hdf5_group", load)


@fault(
    "an .h5 file without a bias",
    "Reads zeros for the last weight of each layer from an .h5 file.",
    "SAVE-22",
    "SimpleRNN-seq1-state1-u3-t3-act.relu-back1-unroll1-do.legacy",
)
def _without_a_bias(garden: Garden) -> None:
    def load(original: Any, *args: Any, **options: Any) -> Any:
        values = original(*args, **options)
        return [*values[:-1], *(0 * last for last in values[-1:])]

    garden.around(legacy_h5_format, "load_subset_weights_from_hdf5_group", load)


@fault(
    "half of the factors",
    "Adds half of the product of LoRA's factors to the weights of a Dense.",
    "EDGE-30",
    edge("lora", "SimpleRNN"),
)
def _half_of_the_factors(garden: Garden) -> None:
    def enable(original: Any, self: Any, rank: int, *args: Any, **options: Any) -> None:
        original(self, rank, *args, **options)
        self.lora_alpha = rank / 2

    garden.around(keras.layers.Dense, "enable_lora", enable)


@fault(
    "three bits",
    "Gives an Embedding that is quantized to 4 bits numbers of 3.",
    "EDGE-31",
    edge("lora_int4", "GRU"),
)
def _three_bits(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: Any = None) -> Any:
        vectors = original(self, inputs, training=training)
        step = ops.max(ops.abs(vectors), axis=-1, keepdims=True) / 3
        return ops.round(vectors / step) * step

    garden.around(keras.layers.Embedding, "_int4_call", call)


@fault(
    "forgets the scale",
    "Lets a Dense with 8 bits forget how large its numbers were.",
    "EDGE-8",
    edge("quantized_whole", "LSTM"),
)
def _forgets_the_scale(garden: Garden) -> None:
    def quantize(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        self.kernel_scale.assign(ops.ones_like(self.kernel_scale))

    garden.around(keras.layers.Dense, "quantize", quantize)


@fault(
    "only for equals",
    "Loads no weights from a file into a model that has layers without weights.",
    "EDGE-28",
    edge("more_layers", "GRU"),
)
def _only_for_equals(garden: Garden) -> None:
    def load(original: Any, self: Any, path: Any, **options: Any) -> None:
        if all(layer.weights for layer in self.layers):
            original(self, path, **options)

    garden.around(keras.Model, "load_weights", load)
