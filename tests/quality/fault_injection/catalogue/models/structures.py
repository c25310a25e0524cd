"""How models are put together, and what stands around a layer."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend
from keras.src.backend.common.variables import get_autocast_scope
from keras.src.layers import layer as layers
from keras.src.models import cloning, functional
from keras.src.saving import saving_lib

from tests.quality.fault_injection.faults import Garden, edge, fault


@fault(
    "starts from ones without a state",
    "Starts from ones where an initial state is given as an optional input that is None.",
    "EDGE-38",
    edge("optional", "SimpleRNN", "right"),
)
def _starts_from_ones(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, initial_state: Any = "no", **options: Any) -> Any:
        if initial_state is None:
            initial_state = keras.ops.ones((x.shape[0], self.units))
        given = {} if isinstance(initial_state, str) else {"initial_state": initial_state}
        return original(self, x, **given, **options)

    garden.around(keras.layers.SimpleRNN, "call", call)


@fault(
    "a file without tuples",
    "Leaves what is in a tuple out of a file of weights.",
    "EDGE-39",
    edge("contained", "GRU"),
)
def _a_file_without_tuples(garden: Garden) -> None:
    def walk(original: Any, saveable: Any) -> Any:
        for name, child in original(saveable):
            if not isinstance(child, tuple):
                yield name, child

    garden.around(saving_lib, "_walk_saveable", walk)


@fault(
    "clones thawed",
    "Makes a clone of a Sequential model trainable, frozen or not.",
    "EDGE-22",
    edge("frozen", "SimpleRNN"),
)
def _clones_thawed(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **{**options, "trainable": True})

    garden.around(keras.Sequential, "__init__", init)


@fault(
    "forgets the momentum",
    "Writes momentum=0 into the configuration of every SGD.",
    "SAVE-21",
    edge("described_optimizers", "SimpleRNN"),
)
def _forgotten_momentum(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        return {**original(self), "momentum": 0.0}

    garden.around(keras.optimizers.SGD, "get_config", config)


@fault(
    "cries wolf",
    "Lets Dense warn that it destroys the mask that it hands on.",
    "MASK-30",
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-mask.gap-do.model-what.dense",
)
def _cries_wolf(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        warnings.warn(f"'{self.name}' does not support masking", stacklevel=2)
        return original(self, *args, **options)

    garden.around(keras.layers.Dense, "__call__", call)


@fault(
    "no masks by hand",
    "Lets GRU take no mask as an argument in a model.",
    "MASK-31",
    edge("by_hand", "GRU", "right"),
)
def _no_masks_by_hand(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, mask: Any = None, **options: Any) -> Any:
        return original(self, *args, **options)

    garden.around(keras.layers.GRU, "call", call)


@fault(
    "assigns halves",
    "Rounds what a call assigns to a weight to the compute dtype.",
    "EDGE-50",
    edge("assigned", "SimpleRNN"),
)
def _assigns_halves(garden: Garden) -> None:
    def assign(original: Any, self: Any, value: Any) -> Any:
        scope = get_autocast_scope()
        if scope is not None and scope.dtype == "bfloat16":
            value = ops.cast(ops.cast(value, "bfloat16"), "float32")
        return original(self, value)

    garden.around(backend.Variable, "assign", assign)


@fault(
    "shapes by endings",
    "Tells a layer no shape of an argument whose name ends in _mask.",
    "EDGE-51",
    edge("shaped", "SimpleRNN"),
)
def _shapes_by_endings(garden: Garden) -> None:
    def shapes(original: Any, call_spec: Any) -> Any:
        return {k: v for k, v in original(call_spec).items() if not k.endswith("_mask_shape")}

    garden.around(layers, "get_shapes_dict", shapes)


@fault(
    "rounded penalties",
    "Writes the factors of L1L2 into its configuration as 32 bits hold them.",
    "EDGE-52",
    edge("exact_numbers", "SimpleRNN"),
)
def _rounded_penalties(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        return {name: float(np.float32(value)) for name, value in original(self).items()}

    garden.around(keras.regularizers.L1L2, "get_config", config)


@fault(
    "clones onto nothing",
    "Makes inputs of its own, whatever input_tensors is.",
    "EDGE-53",
    edge("cloned_onto", "GRU"),
)
def _clones_onto_nothing(garden: Garden) -> None:
    def clone(original: Any, model: Any, **options: Any) -> Any:
        return original(model, **{**options, "input_tensors": None})

    garden.around(cloning, "_clone_functional_model", clone)


@fault(
    "returns no penalty",
    "Leaves the last loss out of what stateless_call returns.",
    "REG-4",
    "LSTM-seq0-state0-u3-t2-do.reg-what.weights",
)
def _returns_no_penalty(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        return (*given[:-1], given[-1][:-1]) if options.get("return_losses") else given

    garden.around(keras.Layer, "stateless_call", call)


def _by_the_alphabet(given: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(sorted(given), given.values(), strict=True))


@fault(
    "hands out by the alphabet",
    "Gives the outputs of a model of a dictionary the keys in alphabetical order.",
    "EDGE-80",
    edge("nested", "GRU"),
)
def _hands_out_by_the_alphabet(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        return _by_the_alphabet(given) if isinstance(given, dict) else given

    garden.around(functional.Functional, "call", call)


@fault(
    "lists for tuples",
    "Lets a model of a tuple give a list.",
    "EDGE-80",
    f"{edge('nested', 'GRU')} {edge('nested_copies', 'SimpleRNN')}",
)
def _lists_for_tuples(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        return list(given) if isinstance(given, tuple) else given

    garden.around(functional.Functional, "call", call)


@fault(
    "takes inputs as they come",
    "Lets a model of several inputs take those of a dictionary in the order in which they come.",
    "LEARN-1 LEARN-5",
    "SimpleRNN-seq0-state0-u2-t3-n5-in4-mask.left-do.learn-what.keyed",
)
def _takes_inputs_as_they_come(garden: Garden) -> None:
    def standardize(original: Any, self: Any, inputs: Any) -> Any:
        return original(self, list(inputs.values()) if isinstance(inputs, dict) else inputs)

    garden.around(functional.Functional, "_standardize_inputs", standardize)


@fault(
    "forgets the keys",
    "Puts the loss weights of a model of a dictionary in alphabetical order.",
    "LEARN-1",
    "SimpleRNN-seq0-state0-u2-t3-n5-in4-do.learn-what.mapped",
)
def _forgets_the_keys(garden: Garden) -> None:
    def compiled(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        shares = options.get("loss_weights")
        if isinstance(shares, dict):
            options["loss_weights"] = _by_the_alphabet(shares)
        return original(self, *args, **options)

    garden.around(keras.Model, "compile", compiled)


@fault(
    "leaves the last sample out",
    "Lets predict give nothing for the last sample of what gives batches.",
    "EDGE-81",
    edge("inputs_alone", "LSTM"),
)
def _leaves_the_last_sample_out(garden: Garden) -> None:
    def predict(original: Any, self: Any, x: Any, **options: Any) -> Any:
        return original(self, x, **options)[: None if isinstance(x, np.ndarray) else -1]

    garden.around(keras.Model, "predict", predict)


@fault(
    "gives generators in reverse",
    "Lets predict give the outputs for a generator in the opposite order.",
    "EDGE-81",
    edge("inputs_alone", "LSTM"),
)
def _gives_generators_in_reverse(garden: Garden) -> None:
    def predict(original: Any, self: Any, x: Any, **options: Any) -> Any:
        given = original(self, x, **options)
        return given[::-1] if hasattr(x, "send") else given

    garden.around(keras.Model, "predict", predict)


@fault(
    "keeps the last for the best",
    "Lets ModelCheckpoint keep every epoch where it is to keep the best.",
    "EDGE-33",
    edge("callbacks", "GRU"),
)
def _keeps_the_last_for_the_best(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **{**options, "save_best_only": False})

    garden.around(keras.callbacks.ModelCheckpoint, "__init__", init)
