"""What merges refuse, models tell, metrics count in, losses reduce, and files hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend
from keras.src.layers.merging.base_merge import Merge
from keras.src.legacy.saving import saving_utils
from keras.src.losses import loss as losses
from keras.src.metrics import reduction_metrics

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "computes no mask",
    "Lets compute_mask of Masking give nothing; its call sets the mask as before.",
    "MASK-40",
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-mask.gap-do.model-what.by_masking",
)
def _computes_no_mask(garden: Garden) -> None:
    def compute_mask(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        return None

    garden.around(keras.layers.Masking, "compute_mask", compute_mask)


@fault(
    "takes one for all",
    "Lets a merge take one tensor for a list of it.",
    "EDGE-60",
    edge("unfit", "SimpleRNN"),
)
def _takes_one_for_all(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, **options: Any) -> Any:
        return original(self, inputs if isinstance(inputs, list) else [inputs, inputs], **options)

    garden.around(Merge, "__call__", call)


@fault(
    "tells no list",
    "Lets a model of several inputs tell the shape of its first one alone.",
    "EDGE-61",
    edge("told", "GRU"),
)
def _tells_no_list(garden: Garden) -> None:
    first = property(lambda self: self.inputs[0].shape)
    garden.put(keras.src.models.functional.Functional, "input_shape", first)


@fault(
    "counts in halves",
    "Lets metrics add values up in the dtype that these have.",
    "LEARN-20",
    edge("counted_in", "SimpleRNN"),
)
def _counts_in_halves(garden: Garden) -> None:
    def reduce(original: Any, values: Any, sample_weight: Any, reduce_fn: Any, dtype: Any) -> Any:
        own = backend.standardize_dtype(values.dtype)
        return original(values, sample_weight, reduce_fn, own if "16" in own else dtype)

    garden.around(reduction_metrics, "reduce_to_samplewise_values", reduce)


@fault(
    "reduces anyway",
    "Sums the values of a loss that is not to be reduced.",
    "LEARN-21",
    edge("reduced", "SimpleRNN", "right"),
)
def _reduces_anyway(garden: Garden) -> None:
    def reduce(original: Any, values: Any, *args: Any, **options: Any) -> Any:
        given = original(values, *args, **options)
        return ops.sum(given) if given.shape else given

    garden.around(losses, "reduce_values", reduce)


@fault(
    "goes on counting",
    "Leaves the variables of a metric as they are when it starts anew.",
    "LEARN-22",
    edge("own_metric", "SimpleRNN"),
)
def _goes_on_counting(garden: Garden) -> None:
    def reset(original: Any, self: Any) -> None:
        if type(self).__module__.startswith("keras."):
            original(self)

    garden.around(keras.metrics.Metric, "reset_state", reset)


@fault(
    "stretches what is assigned",
    "Lets a weight take a number or a row for all of its numbers.",
    "EDGE-62",
    edge("misshapen", "GRU"),
)
def _stretches(garden: Garden) -> None:
    def assign(original: Any, self: Any, value: Any) -> Any:
        if np.shape(value) in ((), (1, *self.shape[1:])):
            value = ops.broadcast_to(value, self.shape)
        return original(self, value)

    garden.around(backend.Variable, "assign", assign)


@fault(
    "knows three letters",
    "Takes only .h5 for the end of an old file's name.",
    "SAVE-40",
    edge("named_files", "GRU"),
)
def _knows_three_letters(garden: Garden) -> None:
    def load(original: Any, path: Any, *args: Any, **options: Any) -> Any:
        if Path(path).suffix == ".hdf5":
            raise ValueError("no such file")
        return original(path, *args, **options)

    garden.around(keras.saving, "load_model", load)


@fault(
    "forgets the scope",
    "Loads a file without what custom_object_scope knows.",
    "SAVE-41",
    edge("registered", "LSTM"),
)
def _forgets_the_scope(garden: Garden) -> None:
    def load(original: Any, *args: Any, **options: Any) -> Any:
        kept = backend.common.global_state
        before = kept.get_global_attribute("custom_objects_scope_dict", {})
        kept.set_global_attribute("custom_objects_scope_dict", {})
        try:
            return original(*args, **options)
        finally:
            kept.set_global_attribute("custom_objects_scope_dict", before)

    garden.around(keras.saving, "load_model", load)


@fault(
    "loses what is weighed",
    "Loads an .h5 file without its weighted metrics.",
    "SAVE-42",
    edge("assessed_files", "GRU"),
)
def _loses_what_is_weighed(garden: Garden) -> None:
    def compile_args(original: Any, *args: Any, **options: Any) -> Any:
        return {**original(*args, **options), "weighted_metrics": None}

    garden.around(saving_utils, "compile_args_from_training_config", compile_args)
