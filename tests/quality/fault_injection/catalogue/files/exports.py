"""Exports that are wrong under a condition alone: a mask, several states, an open size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src.export import saved_model
from keras.src.export.saved_model_export_archive import SavedModelExportArchive

from tests.quality.fault_injection.faults import Garden, edge, fault

MASKED = "GRU-seq1-state0-u3-t3-mask.gap-do.export-what.saved_model"
STARTED = "LSTM-seq1-state1-u3-t3-init.list-do.export-what.saved_model"
OPEN = "SimpleRNN-seq1-state0-u3-t3-as.bi-static.none-do.export-what.saved_model"
STATES = "LSTM-seq1-state1-u3-t3-do.export-what.saved_model"


def served(garden: Garden, wrong: Callable[[Any, Any], Any]) -> None:
    """Let `wrong(call, inputs)` stand in a SavedModel for the call of the model."""

    def add(original: Any, self: Any, name: str, fn: Any, *args: Any, **options: Any) -> Any:
        return original(self, name, lambda inputs: wrong(fn, inputs), *args, **options)

    garden.around(SavedModelExportArchive, "add_endpoint", add)


def _is_mask(tensor: Any) -> bool:
    return keras.backend.standardize_dtype(tensor.dtype) == "bool"


@fault(
    "exports no masks",
    "Writes into a SavedModel that a mask among the inputs masks nothing.",
    "EXPORT-1",
    MASKED,
)
def _exports_no_masks(garden: Garden) -> None:
    served(
        garden,
        lambda call, inputs: call(
            keras.tree.map_structure(lambda x: ops.ones_like(x) if _is_mask(x) else x, inputs)
        ),
    )


@fault(
    "exports two initial states exchanged",
    "Writes into a SavedModel the last two of three inputs or more in the wrong order.",
    "EXPORT-1",
    STARTED,
)
def _exports_initial_states_exchanged(garden: Garden) -> None:
    def wrong(call: Any, inputs: Any) -> Any:
        several = isinstance(inputs, (list, tuple)) and len(inputs) > 2
        return call([*inputs[:-2], inputs[-1], inputs[-2]] if several else inputs)

    served(garden, wrong)


@fault(
    "exports the last states exchanged",
    "Writes into a SavedModel the last two of three outputs or more in the wrong order.",
    "EXPORT-1",
    STATES,
)
def _exports_last_states_exchanged(garden: Garden) -> None:
    def wrong(call: Any, inputs: Any) -> Any:
        returned = call(inputs)
        several = isinstance(returned, (list, tuple)) and len(returned) > 2
        return [*returned[:-2], returned[-1], returned[-2]] if several else returned

    served(garden, wrong)


@fault(
    "exports an open length as a length of one",
    "Writes into a SavedModel the first timestep alone where their number is unknown.",
    "EXPORT-1",
    OPEN,
)
def _exports_one_timestep(garden: Garden) -> None:
    def wrong(call: Any, inputs: Any) -> Any:
        sequence = keras.tree.flatten(inputs)[0]
        return call(sequence[:, :1] if sequence.shape[1] is None else inputs)

    served(garden, wrong)


@fault(
    "exports two inputs exchanged",
    "Writes into a SavedModel the two inputs of a model in the wrong order, if they are alike.",
    "EXPORT-2",
    edge("exported_fed", "LSTM", mask="right"),
)
def _exports_inputs_exchanged(garden: Garden) -> None:
    def wrong(call: Any, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            return call(inputs)
        first, second = inputs
        alike = first.dtype == second.dtype and len(first.shape) == len(second.shape)
        return call([second, first] if alike else inputs)

    served(garden, wrong)


@fault(
    "exports the first sample for all",
    "Writes into a SavedModel a product with the first sample where their number is unknown.",
    "EXPORT-2",
    edge("exported_saved_model", "GRU", mask="right"),
)
def _exports_one_sample(garden: Garden) -> None:
    def wrong(call: Any, inputs: Any) -> Any:
        returned = call(inputs)
        if isinstance(returned, (list, tuple, dict)) or returned.shape[0] is not None:
            return returned
        return returned * 0.0 + returned[:1]

    served(garden, wrong)


@fault(
    "exports a tuple as a list",
    "Exports a model that takes a tuple as one that takes a list.",
    "EXPORT-3",
    edge("exported_kinds", "LSTM"),
)
def _exports_lists(garden: Garden) -> None:
    def signature(original: Any, model: Any) -> Any:
        made = original(model)
        return [list(one) if isinstance(one, tuple) else one for one in made]

    garden.around(saved_model, "get_input_signature", signature)


@fault(
    "exports a model as it was before",
    "Exports a model whose weights changed since its first export with the weights of that one.",
    "EXPORT-3",
    edge("exported_kinds", "LSTM"),
)
def _exports_as_before(garden: Garden) -> None:
    kept: dict[int, Any] = {}

    def export(original: Any, model: Any, *args: Any, **options: Any) -> Any:
        now = model.get_weights()
        model.set_weights(kept.setdefault(id(model), now))
        try:
            return original(model, *args, **options)
        finally:
            model.set_weights(now)

    garden.around(keras.Model, "export", export)


@fault(
    "serves the last endpoint by default",
    "Makes the last endpoint of an archive the default one.",
    "EXPORT-4",
    edge("archived", "GRU"),
)
def _serves_the_last(garden: Garden) -> None:
    def write(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self._endpoint_names.reverse()
        return original(self, *args, **options)

    garden.around(SavedModelExportArchive, "write_out", write)


@fault(
    "collects variables by their names",
    "Sorts the variables of a collection.",
    "EXPORT-4",
    edge("archived", "GRU"),
)
def _collects_by_name(garden: Garden) -> None:
    def add(original: Any, self: Any, name: str, variables: Any) -> Any:
        named = isinstance(variables, list) and all(hasattr(v, "path") for v in variables)
        ordered = sorted(variables, key=lambda v: v.path) if named else variables
        return original(self, name, ordered)

    garden.around(SavedModelExportArchive, "add_variable_collection", add)


@fault(
    "serves in training what it serves at inference",
    "Ignores call_training_endpoint in TFSMLayer.",
    "EXPORT-5",
    edge("served_again", "SimpleRNN"),
)
def _ignores_training_endpoint(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: Any = False, **options: Any) -> Any:
        return original(self, inputs, training=False, **options)

    garden.around(keras.layers.TFSMLayer, "call", call)


@fault(
    "serves weights that nothing moves",
    "Gives a TFSMLayer copies of the weights that its endpoint computes with.",
    "EXPORT-5",
    edge("served_again", "SimpleRNN"),
)
def _serves_copies(garden: Garden) -> None:
    def add(original: Any, self: Any, weight: Any) -> Any:
        return original(self, type(weight)(weight, trainable=weight.trainable, name=weight.name))

    garden.around(keras.layers.TFSMLayer, "_add_existing_weight", add)
