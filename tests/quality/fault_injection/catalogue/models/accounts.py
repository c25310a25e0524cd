"""What breaks what training, models and layers tell, and what files keep of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops
from keras.src.legacy.saving import saving_utils
from keras.src.models.functional import Functional
from keras.src.saving import object_registration
from keras.src.trainers.data_adapters import py_dataset_adapter
from keras.src.utils import summary_utils

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "has no patience",
    "Takes no batch for which it has to wait for more than five seconds.",
    "EDGE-120",
    edge("slow_data", "SimpleRNN"),
)
def _has_no_patience(garden: Garden) -> None:
    def get(original: Any, self: Any) -> Iterator[Any]:
        began = time.monotonic()
        for item in original(self):
            if time.monotonic() - began > 5.0:
                self.stop(drain_queue_and_join=True)
                return
            yield item

    garden.around(py_dataset_adapter.OrderedEnqueuer, "get", get)


@fault(
    "prints half",
    "Prints half of every number at the end of an epoch.",
    "EDGE-123",
    edge("printed", "SimpleRNN"),
)
def _prints_half(garden: Garden) -> None:
    def end(original: Any, self: Any, epoch: int, logs: Any = None) -> None:
        original(self, epoch, {name: 0.5 * value for name, value in (logs or {}).items()})

    garden.around(keras.callbacks.ProgbarLogger, "on_epoch_end", end)


@fault(
    "counts one more",
    "Lets a summary count one weight more than there is.",
    "EDGE-124",
    edge("summed_up", "SimpleRNN"),
)
def _counts_one_more(garden: Garden) -> None:
    count = summary_utils.count_params
    garden.put(summary_utils, "count_params", lambda weights: count(weights) + 1)


@fault(
    "operations twice",
    "Names every operation of a Function twice.",
    "EDGE-125",
    edge("functions", "SimpleRNN"),
)
def _operations_twice(garden: Garden) -> None:
    garden.put(keras.Function, "operations", property(lambda self: 2 * self._operations))


@fault(
    "knows its shape itself",
    "Lets Embedding foretell its own shape, whatever a class that extends it says.",
    "EDGE-126",
    edge("shaped_otherwise", "SimpleRNN"),
)
def _knows_its_shape_itself(garden: Garden) -> None:
    def spec(original: Any, self: Any, inputs: Any) -> Any:
        return keras.KerasTensor((*inputs.shape, self.output_dim), self.compute_dtype)

    garden.around(keras.layers.Embedding, "compute_output_spec", spec)


@fault(
    "areas without weights",
    "Lets AUC ignore the weights of samples.",
    "LEARN-120",
    edge("assessed", "SimpleRNN"),
)
def _areas_without_weights(garden: Garden) -> None:
    def update(original: Any, self: Any, y: Any, pred: Any, sample_weight: Any = None) -> Any:
        return original(self, y, pred)

    garden.around(keras.metrics.AUC, "update_state", update)


@fault(
    "losses of earlier calls",
    "Keeps the losses that layers added in earlier calls of a model.",
    "LEARN-121",
    edge("added_again", "SimpleRNN"),
)
def _losses_of_earlier_calls(garden: Garden) -> None:
    def clear(original: Any, self: Any) -> None:
        return None

    garden.around(keras.Layer, "_clear_losses", clear)


@fault(
    "the last loss alone",
    "Lets a layer keep the losses of its last call alone.",
    "LEARN-122",
    edge("added_shared", "SimpleRNN"),
)
def _the_last_loss_alone(garden: Garden) -> None:
    def add(original: Any, self: Any, loss: Any) -> None:
        self._losses.clear()
        original(self, loss)

    garden.around(keras.Layer, "add_loss", add)


@fault(
    "compiled over",
    "Compiles the models inside a model as it is compiled itself.",
    "LEARN-123",
    edge("compiled_within", "SimpleRNN"),
)
def _compiled_over(garden: Garden) -> None:
    def compile(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        for layer in self.layers:
            if isinstance(layer, keras.Model):
                original(layer, *args, **options)

    garden.around(keras.Model, "compile", compile)


@fault(
    "one axis of two",
    "Lets UnitNormalization take the first of two axes alone if they are counted from the end.",
    "NEIGHBOUR-120",
    edge("any_order", "SimpleRNN"),
)
def _one_axis_of_two(garden: Garden) -> None:
    def init(original: Any, self: Any, axis: Any = -1, **options: Any) -> None:
        axes = [axis] if isinstance(axis, int) else list(axis)
        original(self, axes[:1] if axes[0] < 0 else axes, **options)

    garden.around(keras.layers.UnitNormalization, "__init__", init)


@fault(
    "clips before squares",
    "Lets LayerNormalization clip what float16 could not hold the squares of.",
    "NEIGHBOUR-121",
    edge("normed_halves", "SimpleRNN"),
)
def _clips_before_squares(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any) -> Any:
        return original(self, ops.clip(inputs, -255.0, 255.0))

    garden.around(keras.layers.LayerNormalization, "call", call)


@fault(
    "a loss by its usual name",
    "Leaves the name of a loss out of its configuration.",
    "SAVE-120",
    edge("named_mine", "SimpleRNN"),
)
def _a_loss_by_its_usual_name(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        return {key: value for key, value in original(self).items() if key != "name"}

    garden.around(keras.losses.Huber, "get_config", config)


@fault(
    "usual momentum in .h5 files",
    "Drops the momentum of layers that it reads from an .h5 file.",
    "SAVE-121",
    edge("described_h5", "SimpleRNN"),
)
def _usual_momentum(garden: Garden) -> None:
    read = saving_utils.model_from_config

    def without(config: Any, custom_objects: Any = None) -> Any:
        config["config"].pop("momentum", None)
        return read(config, custom_objects)

    garden.put(saving_utils, "model_from_config", without)


@fault(
    "the second of two names",
    "Takes the function of the second package for that of the first.",
    "SAVE-122",
    edge("alike", "SimpleRNN"),
)
def _the_second_of_two_names(garden: Garden) -> None:
    named = object_registration.get_registered_name
    garden.put(
        object_registration,
        "get_registered_name",
        lambda obj: named(obj).replace("first>", "second>"),
    )


@fault(
    "functions have names",
    "Reads an activation that has no name as none.",
    "SAVE-123",
    edge("layer_for_function", "SimpleRNN"),
)
def _functions_have_names(garden: Garden) -> None:
    def init(original: Any, self: Any, units: int, *args: Any, **options: Any) -> None:
        if isinstance(options.get("activation"), dict):
            options["activation"] = None
        original(self, units, *args, **options)

    garden.around(keras.layers.Dense, "__init__", init)


@fault(
    "one alone",
    "Takes the one input of a model out of its list when it is made from a configuration.",
    "SAVE-124",
    edge("one_of_one", "SimpleRNN"),
)
def _one_alone(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        config = original(self)
        entries = config.get("input_layers", [])
        if len(entries) == 1 and isinstance(entries[0], (list, tuple)):
            config["input_layers"] = entries[0]
        return config

    garden.around(Functional, "get_config", config)
