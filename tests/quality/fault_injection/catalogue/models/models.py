"""Whole models: neighbours that lose masks, losses that count padding, files that forget."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from tests.quality.fault_injection.faults import Garden, edge, fault, learnt


def _masks(what: str, layer: str, mask: str) -> str:
    return f"{layer}-seq0-state0-u2-t4-n3-in5-mask.{mask}-do.model-what.{what}"


def _without_mask(value: Any) -> Any:
    """The same numbers, without the mask that Keras attached to them."""
    return value if value is None else ops.convert_to_tensor(ops.convert_to_numpy(value))


# Neighbours


@fault(
    "Dense drops the mask",
    "Lets Dense hand no mask on.",
    "NEIGHBOUR-2",
    _masks("dense", "SimpleRNN", "gap"),
)
def _dense_drops_the_mask(garden: Garden) -> None:
    garden.put(keras.layers.Dense, "compute_mask", lambda self, inputs, mask: None)


@fault(
    "joins no masks",
    "Lets Concatenate hand on a mask that masks nothing.",
    "NEIGHBOUR-2",
    _masks("append_both", "SimpleRNN", "right"),
)
def _joins_no_masks(garden: Garden) -> None:
    def joined(original: Any, self: Any, inputs: Any, masks: Any) -> Any:
        found = original(self, inputs, masks)
        return found if found is None else ops.ones_like(found)

    garden.around(keras.layers.Concatenate, "compute_mask", joined)


@fault(
    "averages padding",
    "Lets GlobalAveragePooling1D count masked timesteps.",
    "NEIGHBOUR-1 NEIGHBOUR-3 NEIGHBOUR-4",
    _masks("average", "GRU", "gap"),
)
def _averages_padding(garden: Garden) -> None:
    garden.around(
        keras.layers.GlobalAveragePooling1D,
        "call",
        lambda call, self, inputs, mask=None: call(self, inputs),
    )


@fault(
    "attends to padding",
    "Lets Attention give weight to masked values.",
    "NEIGHBOUR-1 NEIGHBOUR-3",
    _masks("attend_value", "LSTM", "left"),
)
def _attends_to_padding(garden: Garden) -> None:
    def scores(original: Any, self: Any, scores: Any, *masks: Any, **options: Any) -> Any:
        return original(self, scores, v_mask=None, use_causal_mask=False)

    garden.around(keras.layers.Attention, "_calculate_score_mask", scores)


@fault(
    "silent",
    "Lets Flatten destroy a mask without a word.",
    "NEIGHBOUR-5",
    _masks("flatten_ends", "GRU", "gap"),
)
def _silent(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return original(self, *args, **options)

    garden.around(keras.layers.Flatten, "__call__", call)


# Losses, metrics, training

LOSS = learnt("mean_loss", "SimpleRNN", "left")


def _masking(garden: Garden, change: Any) -> None:
    """Let `change(arguments)` choose what mask and sample weights are joined by."""
    module = keras.src.losses.loss
    original = module.apply_mask
    garden.put(
        module,
        "apply_mask",
        lambda sample_weight, mask, dtype, reduction: original(
            **change(
                {
                    "sample_weight": sample_weight,
                    "mask": mask,
                    "dtype": dtype,
                    "reduction": reduction,
                }
            )
        ),
    )


@fault("loss of padding", "Counts masked timesteps in the loss.", "LEARN-1", LOSS)
def _loss_of_padding(garden: Garden) -> None:
    _masking(garden, lambda given: {**given, "mask": None})


@fault(
    "divides by all",
    "Divides the loss of unmasked timesteps by the number of all.",
    "LEARN-1",
    LOSS,
)
def _divides_by_all(garden: Garden) -> None:
    _masking(garden, lambda given: {**given, "reduction": "sum"})


@fault("metrics of padding", "Counts masked timesteps in metrics.", "LEARN-2", LOSS)
def _metrics_of_padding(garden: Garden) -> None:
    def update(
        original: Any, self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        return original(self, y_true, _without_mask(y_pred), sample_weight)

    garden.around(keras.metrics.MeanMetricWrapper, "update_state", update)


@fault("another name", "Reports its metrics under names with a prefix.", "LEARN-3", LOSS)
def _another_name(garden: Garden) -> None:
    def evaluate(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        return {f"eval_{k}": v for k, v in original(self, *args, **options).items()}

    garden.around(keras.Model, "evaluate", evaluate)


@fault(
    "validates the trained",
    "Assesses the first samples in validation, not the last.",
    "LEARN-4",
    learnt("set_aside_weighed", "LSTM", "first"),
)
def _validates_the_trained(garden: Garden) -> None:
    def fit(original: Any, self: Any, x: Any, y: Any, **options: Any) -> Any:
        split = options.pop("validation_split")
        kept, w = len(y) - round(split * len(y)), options.pop("sample_weight")
        first = slice(0, len(y) - kept)
        return original(
            self,
            x[:kept],
            y[:kept],
            sample_weight=w[:kept],
            validation_data=(x[first], y[first], w[first]),
            **options,
        )

    garden.around(keras.Model, "fit", fit)


@fault(
    "no momentum",
    "Lets SGD forget its momentum.",
    "LEARN-5",
    learnt("still_part", "SimpleRNN", "left"),
)
def _no_momentum(garden: Garden) -> None:
    garden.made(keras.optimizers.SGD, lambda made: setattr(made, "momentum", 0.0))


@fault(
    "accumulates nothing",
    "Takes each step at once, without accumulating gradients.",
    "LEARN-5",
    learnt("accumulated", "SimpleRNN", "right"),
)
def _accumulates_nothing(garden: Garden) -> None:
    garden.made(
        keras.optimizers.SGD, lambda made: setattr(made, "gradient_accumulation_steps", None)
    )


# Files


def loading(garden: Garden, then: Any) -> None:
    """Let `then(model)` have the last word when a model is loaded."""
    original = keras.saving.load_model

    def load(*args: Any, **options: Any) -> Any:
        model = original(*args, **options)
        then(model)
        return model

    garden.put(keras.saving, "load_model", load)


@fault(
    "forgets the optimizer",
    "Loads an optimizer whose momenta are zeros.",
    "LIFE-1",
    learnt("saved", "LSTM", "right"),
)
def _forgets_the_optimizer(garden: Garden) -> None:
    def forget(model: keras.Model) -> None:
        for variable in model.optimizer.variables[2:]:
            variable.assign(ops.zeros_like(variable))

    loading(garden, forget)


@fault(
    "loads in the order of letters",
    "Loads the tenth layer of a kind as the second.",
    "LIFE-1",
    learnt("twelve_saved", "SimpleRNN", "left"),
)
def _loads_in_the_order_of_letters(garden: Garden) -> None:
    def crossed(model: keras.Model) -> None:
        pair = [model.get_layer(f"dense{k}") for k in (10, 2)]
        numbers = [layer.get_weights() for layer in pair]
        for layer, weights in zip(pair, reversed(numbers), strict=True):
            layer.set_weights(weights)

    loading(garden, crossed)


@fault(
    "loads a head of zeros",
    "Loads the last layer with zeros for weights.",
    "EDGE-9 LIFE-2",
    " ".join((edge("decoder", "GRU"), learnt("saved", "LSTM", "right"))),
)
def _loads_a_head_of_zeros(garden: Garden) -> None:
    loading(
        garden,
        lambda model: model.layers[-1].set_weights(
            [np.zeros_like(w) for w in model.layers[-1].get_weights()]
        ),
    )
