"""What is right of few timesteps, samples and calls, and wrong of many."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tests.quality.fault_injection.faults import Garden, edge, fault, learnt

FEW = 8


def _large(what: str, layer: str, mask: str) -> str:
    return f"{layer}-seq0-state0-u9-t17-n11-in13-mask.{mask}-do.model-what.{what}"


@fault(
    "looks ahead in the end",
    "Lets MultiHeadAttention forget its causal mask where there are more than 8 timesteps.",
    "NEIGHBOUR-1",
    _large("heads_causal", "LSTM", "right"),
)
def _looks_ahead_in_the_end(garden: Garden) -> None:
    def call(original: Any, self: Any, query: Any, *given: Any, **options: Any) -> Any:
        if query.shape[1] is not None and query.shape[1] > FEW:
            options["use_causal_mask"] = False
        return original(self, query, *given, **options)

    garden.around(keras.layers.MultiHeadAttention, "call", call)


@fault(
    "few tokens",
    "Lets Embedding take the tokens from 16 on for the 15th.",
    "NEIGHBOUR-1",
    _large("append_both", "SimpleRNN", "right"),
)
def _few_tokens(garden: Garden) -> None:
    garden.around(
        keras.layers.Embedding,
        "call",
        lambda call, self, inputs: call(self, ops.minimum(inputs, 15)),
    )


@fault(
    "normalizes padding of many",
    "Lets BatchNormalization count masked timesteps in batches of more than 8 samples.",
    "LEARN-1 LEARN-5",
    "LSTM-seq0-state0-u2-t17-n37-in4-mask.first-do.learn-what.norm_step",
)
def _normalizes_padding_of_many(garden: Garden) -> None:
    def moments(original: Any, self: Any, inputs: Any, mask: Any) -> Any:
        many = inputs.shape[0] is not None and inputs.shape[0] > FEW
        return original(self, inputs, None if many else mask)

    garden.around(keras.layers.BatchNormalization, "_moments", moments)


@fault(
    "forgets after three calls",
    "Halves the momentum of BatchNormalization after three calls in training.",
    "LEARN-5",
    learnt("norm_steps", "LSTM", "right"),
)
def _forgets_after_three_calls(garden: Garden) -> None:
    def moments(original: Any, self: Any, inputs: Any, mask: Any) -> Any:
        self.times = getattr(self, "times", 0) + 1
        if self.times == 4:
            self.momentum /= 2.0
        return original(self, inputs, mask)

    garden.around(keras.layers.BatchNormalization, "_moments", moments)


@fault(
    "zeros on the other side",
    "Lets ZeroPadding1D swap the sides.",
    "NEIGHBOUR-1",
    "LSTM-seq0-state0-u2-t4-n3-in5-mask.right-do.model-what.lengths",
)
def _zeros_on_the_other_side(garden: Garden) -> None:
    garden.made(
        keras.layers.ZeroPadding1D, lambda made: setattr(made, "padding", made.padding[::-1])
    )


@fault(
    "assessed on what was",
    "Keeps the validation data of the first fit for the later ones.",
    "LEARN-4",
    learnt("again_seen", "GRU", "first"),
)
def _assessed_on_what_was(garden: Garden) -> None:
    kept: list[Any] = []

    def fit(original: Any, self: Any, *given: Any, **options: Any) -> Any:
        kept.append(options["validation_data"])
        return original(self, *given, **{**options, "validation_data": kept[0]})

    garden.around(keras.Model, "fit", fit)


@fault(
    "the best of two epochs",
    "Lets EarlyStopping keep no weights after the second epoch.",
    "EDGE-33",
    edge("callbacks", "GRU"),
)
def _the_best_of_two_epochs(garden: Garden) -> None:
    def ended(original: Any, self: Any, epoch: int, logs: Any = None) -> None:
        before = self.best_weights
        original(self, epoch, logs)
        if epoch > 1:
            self.best_weights = before

    garden.around(keras.callbacks.EarlyStopping, "on_epoch_end", ended)
