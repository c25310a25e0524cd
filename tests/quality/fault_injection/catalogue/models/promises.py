"""What breaks promises that are held over many models, callers and dtypes."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.src.backend.common import global_state
from keras.src.backend.common.name_scope import name_scope
from keras.src.optimizers import base_optimizer
from keras.src.trainers import trainer
from keras.src.trainers.data_adapters import py_dataset_adapter

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "casts on the way",
    "Casts what a Dense of mixed precision is called on before the call, which the graph shows.",
    "EDGE-90",
    edge("made_of", "GRU"),
)
def _casts_on_the_way(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        if self.compute_dtype != "float32" and isinstance(inputs, keras.KerasTensor):
            inputs = ops.cast(inputs, self.compute_dtype)
        return original(self, inputs, *args, **options)

    garden.around(keras.layers.Dense, "__call__", call)


@fault(
    "takes the first for all",
    "Lets a model of several inputs take one of them for the others that are missing.",
    "EDGE-91",
    edge("refused", "SimpleRNN"),
)
def _takes_the_first_for_all(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, **options: Any) -> Any:
        if isinstance(inputs, list):
            missing = len(self.inputs) - len(inputs)
            inputs = inputs + [inputs[0][:, 0, : self.inputs[-1].shape[-1]]] * missing
        return original(self, inputs, **options)

    garden.around(keras.Model, "__call__", call)


@fault(
    "no end of tests",
    "Calls no hook on_test_end.",
    "EDGE-92",
    edge("hooked", "SimpleRNN"),
)
def _no_end_of_tests(garden: Garden) -> None:
    def end(original: Any, self: Any, logs: Any = None) -> None:
        return None

    garden.around(keras.callbacks.CallbackList, "on_test_end", end)


@fault(
    "data without end",
    "Never tells a PyDataset that an epoch has ended.",
    "EDGE-93",
    edge("hooked_data", "SimpleRNN"),
)
def _data_without_end(garden: Garden) -> None:
    def end(original: Any, self: Any) -> None:
        return None

    garden.around(py_dataset_adapter.PyDatasetAdapter, "on_epoch_end", end)


@fault(
    "loses the scope",
    "Takes the stack of name scopes for granted when a scope ends.",
    "EDGE-94",
    edge("made_in_thread", "LSTM"),
)
def _loses_the_scope(garden: Garden) -> None:
    def leave(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if self._pop_on_exit:
            global_state.get_global_attribute("name_scope_stack").pop()

    garden.around(name_scope, "__exit__", leave)


@fault(
    "restarts after an error",
    "Halves the weights of a model whose fit ends with an error.",
    "EDGE-95",
    edge("interrupted", "SimpleRNN"),
)
def _restarts_after_an_error(garden: Garden) -> None:
    def fit(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        try:
            return original(self, *args, **options)
        except Exception:
            self.set_weights([0.5 * weight for weight in self.get_weights()])
            raise

    garden.around(keras.Model, "fit", fit)


@fault(
    "the dtype of the first",
    "Lets ops.add give the dtype of its first tensor.",
    "DTYPE-90",
    edge("two_dtypes", "SimpleRNN"),
)
def _the_dtype_of_the_first(garden: Garden) -> None:
    original = ops.add

    def add(one: Any, other: Any) -> Any:
        return ops.cast(original(one, other), one.dtype)

    garden.put(ops, "add", add)


@fault(
    "keeps its hits",
    "Lets reset_state of Precision keep the hits that were counted.",
    "LEARN-90",
    edge("scored", "SimpleRNN"),
)
def _keeps_its_hits(garden: Garden) -> None:
    def reset(original: Any, self: Any) -> None:
        kept = self.true_positives + 0.0
        original(self)
        self.true_positives.assign(kept)

    garden.around(keras.metrics.Precision, "reset_state", reset)


@fault(
    "applies to nothing",
    "Lets an optimizer that is given no weights change none.",
    "LEARN-91",
    edge("stepped", "SimpleRNN"),
)
def _applies_to_nothing(garden: Garden) -> None:
    def apply(original: Any, self: Any, grads: Any, weights: Any = None) -> Any:
        return None if weights is None else original(self, grads, weights)

    garden.around(base_optimizer.BaseOptimizer, "apply", apply)


@fault(
    "copies with the usual rate",
    "Gives the optimizer of a copied model the usual learning rate.",
    "SAVE-90",
    edge("compiled_copies", "SimpleRNN"),
)
def _copies_with_the_usual_rate(garden: Garden) -> None:
    def compile_from(original: Any, self: Any, config: Any) -> None:
        original(self, config)
        self.optimizer.learning_rate = 0.01

    garden.around(trainer.Trainer, "compile_from_config", compile_from)


@fault(
    "tells of what it was called on",
    "Lets Embedding tell of symbolic tensors alone.",
    "NEIGHBOUR-90",
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-mask.gap-do.model-what.dense",
)
def _tells_of_symbols(garden: Garden) -> None:
    def spec(original: Any, self: Any, inputs: Any) -> Any:
        return original(self, inputs) if isinstance(inputs, keras.KerasTensor) else inputs

    garden.around(keras.layers.Embedding, "compute_output_spec", spec)


@fault(
    "heeds truths alone",
    "Lets attention of several heads ignore a mask that is not boolean.",
    "NEIGHBOUR-91",
    edge("picked", "SimpleRNN"),
)
def _heeds_truths_alone(garden: Garden) -> None:
    def call(
        original: Any, self: Any, *args: Any, attention_mask: Any = None, **options: Any
    ) -> Any:
        heeded = attention_mask is not None and "bool" in str(attention_mask.dtype)
        mask = attention_mask if heeded else None
        return original(self, *args, attention_mask=mask, **options)

    garden.around(keras.layers.MultiHeadAttention, "__call__", call)


@fault(
    "turns tuples round",
    "Takes the losses of a tuple for the outputs from the last to the first.",
    "LEARN-92",
    edge("written_goals", "SimpleRNN"),
)
def _turns_tuples_round(garden: Garden) -> None:
    def compile(original: Any, self: Any, *args: Any, loss: Any = None, **options: Any) -> Any:
        loss = loss[::-1] if isinstance(loss, tuple) else loss
        return original(self, *args, loss=loss, **options)

    garden.around(keras.Model, "compile", compile)


@fault(
    "drops more than all",
    "Lets Dropout take any rate, and drop nothing where it takes none.",
    "EDGE-96",
    edge("misused", "SimpleRNN"),
)
def _drops_more_than_all(garden: Garden) -> None:
    def init(original: Any, self: Any, rate: float, **options: Any) -> None:
        original(self, rate if 0 <= rate <= 1 else 0.0, **options)

    garden.around(keras.layers.Dropout, "__init__", init)
