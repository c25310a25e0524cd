"""Faults in what stands around a layer, and in what a model lives through."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "adds four at most",
    "Lets Add leave out all tensors behind the fourth.",
    "NEIGHBOUR-140",
    edge("rearranged", "SimpleRNN"),
)
def _adds_four_at_most(garden: Garden) -> None:
    garden.around(keras.layers.Add, "call", lambda call, self, inputs: call(self, inputs[:4]))


@fault(
    "pads with zeros before a maximum",
    "Lets MaxPooling1D give no number below zero.",
    "NEIGHBOUR-140",
    edge("rearranged", "SimpleRNN"),
)
def _pads_with_zeros(garden: Garden) -> None:
    garden.around(
        keras.layers.MaxPooling1D,
        "call",
        lambda call, self, inputs: ops.maximum(call(self, inputs), 0.0),
    )


@fault(
    "one delta for all",
    "Lets Huber take 1 for delta, whatever it is given.",
    "LEARN-140",
    edge("lost", "SimpleRNN"),
)
def _one_delta_for_all(garden: Garden) -> None:
    def init(original: Any, self: Any, *given: Any, **options: Any) -> None:
        original(self, *given, **{**options, "delta": 1.0})

    garden.around(keras.losses.Huber, "__init__", init)


@fault(
    "never counts anew",
    "Lets Mean keep its count where its state is reset.",
    "LEARN-141",
    edge("scored_long", "SimpleRNN"),
)
def _never_counts_anew(garden: Garden) -> None:
    garden.put(keras.metrics.Mean, "reset_state", lambda self: self.total.assign(0.0))


@fault(
    "decays all the same",
    "Lets optimizers forget which weights are excluded from weight decay.",
    "LEARN-142",
    edge("stepped_long", "SimpleRNN"),
)
def _decays_all_the_same(garden: Garden) -> None:
    def exclude(self: Any, var_list: Any = None, var_names: Any = None) -> None:
        return None

    garden.put(keras.optimizers.AdamW, "exclude_from_weight_decay", exclude)


@fault(
    "momentum about no mean",
    "Lets RMSprop with momentum forget that it is centered.",
    "LEARN-142",
    edge("stepped_long", "SimpleRNN"),
)
def _momentum_about_no_mean(garden: Garden) -> None:
    def forget(made: Any) -> None:
        made.centered = made.centered and not made.momentum

    garden.made(keras.optimizers.RMSprop, forget)


@fault(
    "two shares at most",
    "Lets compile take 1 for the weights of the losses from the third on.",
    "LEARN-143",
    edge("many_goals", "SimpleRNN"),
)
def _two_shares_at_most(garden: Garden) -> None:
    def compiled(original: Any, self: Any, *given: Any, **options: Any) -> None:
        shares = options.get("loss_weights")
        if isinstance(shares, list):
            options["loss_weights"] = [*shares[:2], *(1.0 for _ in shares[2:])]
        original(self, *given, **options)

    garden.around(keras.Model, "compile", compiled)


@fault(
    "the policy of the day",
    "Lets a Dense that is made again have the global policy, if that is not float32.",
    "DTYPE-140",
    edge("policies_kept", "LSTM"),
)
def _the_policy_of_the_day(garden: Garden) -> None:
    def init(original: Any, self: Any, *given: Any, **options: Any) -> None:
        if keras.config.dtype_policy().name != "float32":
            options["dtype"] = None
        original(self, *given, **options)

    garden.around(keras.layers.Dense, "__init__", init)


@fault(
    "one draw for a seed",
    "Lets GaussianNoise with a seed add the same noise at every call.",
    "DROP-140",
    edge("drawn_again", "SimpleRNN"),
)
def _one_draw_for_a_seed(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: bool = False) -> Any:
        if self.seed is not None:
            self.seed_generator.state.assign([self.seed, 0])
        return original(self, inputs, training=training)

    garden.around(keras.layers.GaussianNoise, "call", call)


@fault(
    "remembers the mask",
    "Lets Lambda keep the mask of a call among its arguments.",
    "LIFE-140",
    edge("described_after", "SimpleRNN"),
)
def _remembers_the_mask(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        if mask is not None:
            self.arguments["mask"] = mask
        return original(self, inputs, mask=mask, training=training)

    garden.around(keras.layers.Lambda, "call", call)


@fault(
    "inputs as they come",
    "Lets a model take inputs in the order in which a dictionary gives them.",
    "LIFE-141",
    edge("keyed_many", "SimpleRNN"),
)
def _inputs_as_they_come(garden: Garden) -> None:
    def called(original: Any, self: Any, inputs: Any, *given: Any, **options: Any) -> Any:
        named = isinstance(inputs, dict) and isinstance(self.input, list)
        return original(self, list(inputs.values()) if named else inputs, *given, **options)

    garden.around(keras.Model, "__call__", called)


@fault(
    "finished once called",
    "Lets a Sequential that was called take a further layer without using it.",
    "LIFE-142",
    edge("grown", "SimpleRNN"),
)
def _finished_once_called(garden: Garden) -> None:
    def add(original: Any, self: Any, layer: Any, *given: Any, **options: Any) -> None:
        if len(self.layers) < 2:
            original(self, layer, *given, **options)

    garden.around(keras.Sequential, "add", add)


@fault(
    "no number is best",
    "Lets ModelCheckpoint write a file where the loss is no number.",
    "LIFE-143",
    edge("watched_epochs", "SimpleRNN"),
)
def _no_number_is_best(garden: Garden) -> None:
    def ended(original: Any, self: Any, epoch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        original(self, epoch, {**(logs or {}), "loss": loss if np.isfinite(loss) else -1e9})

    garden.around(keras.callbacks.ModelCheckpoint, "on_epoch_end", ended)


@fault(
    "never freezes again",
    "Lets BatchNormalization go by its batch in training, if it once did.",
    "LIFE-144",
    edge("frozen_later", "SimpleRNN"),
)
def _never_freezes_again(garden: Garden) -> None:
    once: set[int] = set()

    def call(original: Any, self: Any, inputs: Any, *given: Any, **options: Any) -> Any:
        if options.get("training") and (self.trainable or id(self) in once):
            once.add(id(self))
            before, self._trainable = self._trainable, True
            try:
                return original(self, inputs, *given, **options)
            finally:
                self._trainable = before
        return original(self, inputs, *given, **options)

    garden.around(keras.layers.BatchNormalization, "call", call)


@fault(
    "wide without a gain",
    "Lets Orthogonal leave the gain out where there are fewer rows than columns.",
    "INIT-140",
    edge("orthogonal", "SimpleRNN"),
)
def _wide_without_a_gain(garden: Garden) -> None:
    def drawn(original: Any, self: Any, shape: Any, dtype: Any = None) -> Any:
        found = original(self, shape, dtype=dtype)
        return found if int(np.prod(shape[:-1])) >= shape[-1] else found / self.gain

    garden.around(keras.initializers.Orthogonal, "__call__", drawn)


@fault(
    "classes by columns",
    "Lets to_categorical read the classes of timesteps one timestep after the other.",
    "EDGE-140",
    edge("one_hot", "SimpleRNN"),
)
def _classes_by_columns(garden: Garden) -> None:
    def vectors(original: Any, x: Any, num_classes: Any = None) -> Any:
        classes = np.asarray(x)
        turned = classes.T.reshape(classes.shape) if classes.ndim == 2 else classes
        return original(turned, num_classes)

    original = keras.utils.to_categorical
    garden.put(
        keras.utils, "to_categorical", lambda x, num_classes=None: vectors(original, x, num_classes)
    )


@fault(
    "reads the arrays of the caller",
    "Lets a layer take the weights that set_weights was given as they are at each call.",
    "ALIAS-140",
    edge("handed_over", "SimpleRNN"),
)
def _reads_the_arrays_of_the_caller(garden: Garden) -> None:
    handed: dict[int, Any] = {}
    own = keras.Variable.value

    def later(original: Any, self: Any, weights: Any) -> None:
        original(self, weights)
        handed.update(zip(map(id, self.weights), weights, strict=True))

    def read(self: Any) -> Any:
        array = handed.pop(id(self), None)  # an assignment reads the value, too
        if array is not None:
            self.assign(array)
            handed[id(self)] = array
        return own.fget(self)

    garden.around(keras.layers.SimpleRNN, "set_weights", later)
    garden.put(keras.Variable, "value", property(read))
