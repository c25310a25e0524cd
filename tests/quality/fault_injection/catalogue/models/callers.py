"""Callers of a model that leave something behind, or take something away."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "predicts without a trace",
    "Puts the states of a layer back to what they were before predict.",
    "EDGE-34",
    edge("callers", "LSTM", "right"),
)
def _predicts_without_a_trace(garden: Garden) -> None:
    def predict(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        states = [s for layer in self.layers for s in getattr(layer, "states", None) or ()]
        before = [state.numpy() for state in states]
        given = original(self, *args, **options)
        for state, value in zip(states, before, strict=True):
            state.assign(value)
        return given

    garden.around(keras.Model, "predict", predict)


@fault(
    "assesses in training",
    "Calls a model in training wherever it is to be called in inference.",
    "EDGE-34",
    edge("counted", "SimpleRNN", "right"),
)
def _assesses_in_training(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if options.get("training") is False:
            options["training"] = True
        return original(self, *args, **options)

    garden.around(keras.Model, "__call__", call)


@fault(
    "assesses all batches together",
    "Lets test_on_batch report the mean over all batches since the last evaluate.",
    "LEARN-7",
    edge("single", "LSTM", "right"),
)
def _assesses_all_batches_together(garden: Garden) -> None:
    def assess(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.__dict__["reset_metrics"] = lambda: None
        try:
            return original(self, *args, **options)
        finally:
            del self.__dict__["reset_metrics"]

    garden.around(keras.Model, "test_on_batch", assess)


@fault(
    "late windows",
    "Lets windows of every second timestep, or of fewer, begin one timestep late.",
    "EDGE-35",
    edge("windows", "SimpleRNN"),
)
def _late_windows(garden: Garden) -> None:
    def cut(original: Any, data: Any, *args: Any, **options: Any) -> Any:
        late = np.roll(data, -1, axis=0) if options.get("sampling_rate", 1) > 1 else data
        return original(late, *args, **options)

    garden.around(keras.utils, "timeseries_dataset_from_array", cut)
