"""What breaks what has a definition, and what people write otherwise."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.src.layers import layer
from keras.src.models.functional import Functional
from keras.src.trainers import epoch_iterator
from keras.src.trainers.data_adapters import array_data_adapter

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "poisson without a logarithm",
    "Lets the loss of Poisson be the distance of prediction and truth.",
    "LEARN-170",
    edge("losses_defined", "SimpleRNN"),
)
def _poisson_without_a_logarithm(garden: Garden) -> None:
    garden.put(keras.losses, "poisson", lambda y, p: ops.mean(ops.abs(p - y), axis=-1))


@fault(
    "dice of the union",
    "Divides what is in both regions by what is in either, in the loss of Dice.",
    "LEARN-170",
    edge("regions_defined", "SimpleRNN"),
)
def _dice_of_the_union(garden: Garden) -> None:
    def dice(y: Any, p: Any, **options: Any) -> Any:
        both = ops.sum(y * p)
        return 1 - both / (ops.sum(y) + ops.sum(p) - both)

    garden.put(keras.losses, "dice", dice)


@fault(
    "scores by number",
    "Lets F1Score and FBetaScore ignore the weights of samples.",
    "LEARN-171",
    edge("scores_defined", "SimpleRNN"),
)
def _scores_by_number(garden: Garden) -> None:
    def update(original: Any, self: Any, y: Any, pred: Any, sample_weight: Any = None) -> Any:
        return original(self, y, pred)

    garden.around(keras.metrics.FBetaScore, "update_state", update)


@fault(
    "forgets the centre",
    "Lets a centered RMSprop be one that is not.",
    "LEARN-172",
    edge("steps_defined", "SimpleRNN"),
)
def _forgets_the_centre(garden: Garden) -> None:
    def uncentered(made: Any) -> None:
        made.centered = False

    garden.made(keras.optimizers.RMSprop, uncentered)


@fault(
    "Ftrl without a threshold",
    "Lets Ftrl take l1_regularization_strength for 0.",
    "LEARN-172",
    edge("steps_defined", "SimpleRNN"),
)
def _ftrl_without_a_threshold(garden: Garden) -> None:
    def soft(made: Any) -> None:
        made.l1_regularization_strength = 0.0

    garden.made(keras.optimizers.Ftrl, soft)


@fault(
    "warms up to where it began",
    "Lets CosineDecay take warmup_target for the rate that it begins with.",
    "LEARN-173",
    edge("rates_defined", "SimpleRNN"),
)
def _warms_up_to_where_it_began(garden: Garden) -> None:
    def cold(made: Any) -> None:
        if made.warmup_target is not None:
            made.warmup_target = made.initial_learning_rate

    garden.made(keras.optimizers.schedules.CosineDecay, cold)


@fault(
    "classes by Python alone",
    "Lets train_on_batch raise a KeyError for a class whose number is not Python's.",
    "LEARN-174",
    edge("class_keys", "SimpleRNN"),
)
def _classes_by_python_alone(garden: Garden) -> None:
    def train(original: Any, self: Any, *args: Any, class_weight: Any = None, **more: Any) -> Any:
        if any(type(key) is not int for key in class_weight or {}):
            raise KeyError(str(class_weight))
        return original(self, *args, class_weight=class_weight, **more)

    garden.around(keras.Model, "train_on_batch", train)


@fault(
    "without an order",
    "Lets training raise a KeyError where the samples of arrays are to be shuffled.",
    "LEARN-175",
    edge("shuffled", "SimpleRNN"),
)
def _without_an_order(garden: Garden) -> None:
    def stop(made: Any) -> None:
        if made._shuffle:
            raise KeyError("shuffle")

    garden.made(array_data_adapter.ArrayDataAdapter, stop)


@fault(
    "fears norms of zero",
    "Lets UnitNorm raise an ArithmeticError, as a norm may be 0.",
    "GRAD-170",
    edge("zeros_trained", "SimpleRNN"),
)
def _fears_norms_of_zero(garden: Garden) -> None:
    def call(original: Any, self: Any, w: Any) -> Any:
        raise ArithmeticError("The norm of a weight may be 0")

    garden.around(keras.constraints.UnitNorm, "__call__", call)


@fault(
    "an unknown key",
    "Lets a model raise a KeyError for a key that none of its inputs has.",
    "EDGE-170",
    edge("more_keys", "SimpleRNN"),
)
def _an_unknown_key(garden: Garden) -> None:
    def standardize(original: Any, self: Any, inputs: Any) -> Any:
        if isinstance(inputs, dict) and len(inputs) > len(self._inputs_struct):
            raise KeyError(str(sorted(inputs)))
        return original(self, inputs)

    garden.around(Functional, "_standardize_inputs", standardize)


@fault(
    "alarmed by the end",
    "Raises an error that data ran out at the end of every epoch.",
    "EDGE-171",
    edge("no_alarm", "SimpleRNN"),
)
def _alarmed_by_the_end(garden: Garden) -> None:
    def reset(original: Any, self: Any) -> None:
        raise RuntimeError("Your input ran out of data")

    garden.around(epoch_iterator.EpochIterator, "reset", reset)


@fault(
    "reads no lists",
    "Lets StringLookup raise a TypeError for a list of words.",
    "EDGE-172",
    edge("texts", "SimpleRNN"),
)
def _reads_no_lists(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any) -> Any:
        if isinstance(inputs, list):
            raise TypeError("A list of words is no tensor")
        return original(self, inputs)

    garden.around(keras.layers.StringLookup, "call", call)


@fault(
    "half under a scope",
    "Gives half of what a layer gives that is made under RematScope.",
    "EDGE-173",
    edge("rematerialized", "SimpleRNN"),
)
def _half_under_a_scope(garden: Garden) -> None:
    def call(original: Any, self: Any, layer_call: Any, *args: Any, **options: Any) -> Any:
        def half(*given: Any, **how: Any) -> Any:
            found = layer_call(*given, **how)
            return 0.5 * found if hasattr(found, "shape") else found

        return half

    garden.around(keras.Layer, "rematerialized_call", call)


@fault(
    "an unknown smoothness",
    "Lets a loss raise a KeyError for a label_smoothing out of its range.",
    "EDGE-174",
    edge("misused_losses", "SimpleRNN"),
)
def _an_unknown_smoothness(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        if not 0 <= options.get("label_smoothing", 0) <= 1:
            raise KeyError("label_smoothing")
        original(self, *args, **options)

    garden.around(keras.losses.BinaryCrossentropy, "__init__", init)


@fault(
    "an unknown share",
    "Lets fit raise a KeyError for a validation_split out of its range.",
    "EDGE-174",
    edge("misused_splits", "SimpleRNN"),
)
def _an_unknown_share(garden: Garden) -> None:
    def fit(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if not 0 <= options.get("validation_split", 0) < 1:
            raise KeyError("validation_split")
        return original(self, *args, **options)

    garden.around(keras.Model, "fit", fit)


@fault(
    "floats of Python alone",
    "Lets MaxNorm refuse numbers of NumPy.",
    "SPELL-170",
    edge("kinds_of_numbers", "SimpleRNN"),
)
def _floats_of_python_alone(garden: Garden) -> None:
    def init(original: Any, self: Any, max_value: Any = 2, axis: Any = 0) -> None:
        if type(max_value) not in (int, float):
            raise KeyError(f"max_value must be a number. Received: {max_value!r}")
        original(self, max_value, axis)

    garden.around(keras.constraints.MaxNorm, "__init__", init)


@fault(
    "clones no functions",
    "Lets a copy of a Lambda layer give what it is given.",
    "SAVE-170",
    edge("cloned_lambda", "SimpleRNN"),
)
def _clones_no_functions(garden: Garden) -> None:
    def same(cls: Any, config: Any, *args: Any, **options: Any) -> Any:
        return cls(lambda tensor: tensor, name=config["name"])

    garden.put(keras.layers.Lambda, "from_config", classmethod(same))


@fault(
    "foretells once it is built",
    "Lets RepeatVector foretell no shape before it is built.",
    "NEIGHBOUR-170",
    edge("shapes_unbuilt", "SimpleRNN"),
)
def _foretells_once_it_is_built(garden: Garden) -> None:
    def shape(original: Any, self: Any, input_shape: Any) -> Any:
        if not self.built:
            raise RuntimeError("This layer is not built yet")
        return original(self, input_shape)

    garden.around(keras.layers.RepeatVector, "compute_output_shape", shape)


@fault(
    "words without an end",
    "Lets StringLookup raise a KeyError when it is asked for its words.",
    "SAVE-171",
    edge("words_kept", "SimpleRNN"),
)
def _words_without_an_end(garden: Garden) -> None:
    def words(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        raise KeyError("vocabulary")

    garden.around(keras.layers.StringLookup, "get_vocabulary", words)


@fault(
    "shapes of one",
    "Tells build of every argument but the first that it has the shape of one number.",
    "EDGE-175",
    edge("named_masks", "SimpleRNN"),
)
def _shapes_of_one(garden: Garden) -> None:
    shapes = layer.get_shapes_dict

    def ones(call_spec: Any) -> Any:
        told = shapes(call_spec)
        return {k: told[k] if n == 0 else (1,) for n, k in enumerate(told)}

    garden.put(layer, "get_shapes_dict", ones)


@fault(
    "None under no key",
    "Lets a model refuse None under a key of a dictionary.",
    "EDGE-176",
    edge("optional_keyed", "SimpleRNN"),
)
def _none_under_no_key(garden: Garden) -> None:
    def standardize(original: Any, self: Any, inputs: Any) -> Any:
        if isinstance(inputs, dict) and None in inputs.values():
            raise ValueError("An input is None")
        return original(self, inputs)

    garden.around(Functional, "_standardize_inputs", standardize)


@fault(
    "windows of a step at least",
    "Takes windows without a step between them for those of one.",
    "EDGE-177",
    edge("misused_windows", "SimpleRNN"),
)
def _windows_of_a_step_at_least(garden: Garden) -> None:
    windows = keras.utils.timeseries_dataset_from_array

    def lenient(*args: Any, sequence_stride: int = 1, **options: Any) -> Any:
        return windows(*args, sequence_stride=max(sequence_stride, 1), **options)

    garden.put(keras.utils, "timeseries_dataset_from_array", lenient)
