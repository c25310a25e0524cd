"""How models are put together, and what stands around a layer."""

from __future__ import annotations

from typing import Any

import keras
from keras.src.saving import saving_lib

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "starts from ones without a state",
    "Starts from ones where an initial state is given as an optional input that is None.",
    "EDGE-38",
    edge("optional", "SimpleRNN", "right"),
)
def _starts_from_ones(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, initial_state: Any = "no", **options: Any) -> Any:
        if initial_state is None:
            initial_state = keras.ops.ones((x.shape[0], self.units))
        given = {} if isinstance(initial_state, str) else {"initial_state": initial_state}
        return original(self, x, **given, **options)

    garden.around(keras.layers.SimpleRNN, "call", call)


@fault(
    "a file without tuples",
    "Leaves what is in a tuple out of a file of weights.",
    "EDGE-39",
    edge("contained", "GRU"),
)
def _a_file_without_tuples(garden: Garden) -> None:
    def walk(original: Any, saveable: Any) -> Any:
        for name, child in original(saveable):
            if not isinstance(child, tuple):
                yield name, child

    garden.around(saving_lib, "_walk_saveable", walk)


@fault(
    "clones thawed",
    "Makes a clone of a Sequential model trainable, frozen or not.",
    "EDGE-22",
    edge("frozen", "SimpleRNN"),
)
def _clones_thawed(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **{**options, "trainable": True})

    garden.around(keras.Sequential, "__init__", init)


@fault(
    "forgets the momentum",
    "Writes momentum=0 into the configuration of every SGD.",
    "SAVE-21",
    edge("described_optimizers", "SimpleRNN"),
)
def _forgotten_momentum(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        return {**original(self), "momentum": 0.0}

    garden.around(keras.optimizers.SGD, "get_config", config)
