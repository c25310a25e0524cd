"""Exports that are wrong under a condition alone: a mask, several states, an open size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src.export.saved_model_export_archive import SavedModelExportArchive

from tests.quality.fault_injection.faults import Garden, fault

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
