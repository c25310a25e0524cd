"""Configurations, files and copies that forget something."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRU, LSTM, RNN, Bidirectional, ConvLSTM2D, LSTMCell, SimpleRNN

from tests.quality.fault_injection.catalogue.arguments.weights import constructed
from tests.quality.fault_injection.faults import Garden, fault

SIMPLE = "SimpleRNN-seq1-state1-u3-t3-act.relu-back1-unroll1-do.config-what.numbers"
STATEFUL = "LSTM-seq1-state1-u3-t3-stateful1-calls2-do.config-what.numbers"
CLONE = "LSTM-seq1-state1-u3-t3-stateful1-calls2-do.clone"
FILE = "SimpleRNN-seq1-state1-u3-t3-act.relu-back1-unroll1-do.keras"
H5 = "LSTM-seq1-state1-u3-t3-stateful1-calls2-do.h5"
COPIED = "GRU-seq1-state1-u3-t3-after0-mf16-do.weights"


def dropped(garden: Garden, layer: type, *keys: str) -> None:
    """Leave keys out of a configuration."""

    def config(original: Any, self: Any) -> dict[str, Any]:
        found = original(self)
        for key in keys:
            found.pop(key, None)
        return found

    garden.around(layer, "get_config", config)


_FORGOTTEN = {
    "SimpleRNN": "use_bias go_backwards stateful unroll return_state zero_output_for_mask dtype",
    "LSTM": "activation recurrent_activation unit_forget_bias return_sequences kernel_regularizer",
    "GRU": "recurrent_initializer bias_constraint dropout recurrent_dropout seed",
}


def _forgetful(layer: str, key: str) -> None:
    @fault(
        f"{layer} forgets {key}",
        f"Leaves {key} out of its configuration.",
        "SAVE-1",
        f"{layer}-seq0-state0-u3-t3-do.config-what.{key}",
    )
    def _(garden: Garden) -> None:
        dropped(garden, getattr(keras.layers, layer), key)


for _layer, _keys in _FORGOTTEN.items():
    for _key in _keys.split():
        _forgetful(_layer, _key)


@fault(
    "forgets a seed of zero",
    "Leaves a seed of 0 out of its configuration.",
    "SAVE-1",
    "GRU-seq0-state0-u3-t3-do.config-what.seed",
)
def _forgets_a_seed_of_zero(garden: Garden) -> None:
    def config(original: Any, self: Any) -> dict[str, Any]:
        found: dict[str, Any] = original(self)
        return {**found, "seed": found["seed"] or None}

    garden.around(GRU, "get_config", config)


@fault(
    "forgets to unroll backwards",
    "Is rebuilt looped if it goes backwards.",
    "SAVE-1",
    "LSTM-seq0-state0-u3-t3-do.config-what.unroll",
)
def _forgets_to_unroll_backwards(garden: Garden) -> None:
    def config(original: Any, self: Any) -> dict[str, Any]:
        found: dict[str, Any] = original(self)
        return {**found, "unroll": found["unroll"] and not found["go_backwards"]}

    garden.around(LSTM, "get_config", config)


@fault(
    "forgets a constraint of its cell",
    "The configuration of the cell is without it.",
    "SAVE-14",
    "ConvLSTM2D-seq0-state0-u3-t3-do.config-what.recurrent_constraint",
)
def _forgets_a_constraint_of_its_cell(garden: Garden) -> None:
    dropped(garden, type(ConvLSTM2D(1, 1).cell), "recurrent_constraint")


@fault(
    "forgets a policy of its cell",
    "Hands a policy on to its cell if it is given by its name.",
    "SAVE-14",
    "GRU-seq0-state0-u3-t3-do.config-what.dtype",
)
def _forgets_a_policy_of_its_cell(garden: Garden) -> None:
    def change(options: dict[str, Any]) -> None:
        if not isinstance(options.get("dtype"), (str, type(None))):
            options["dtype"] = None

    constructed(garden, (keras.layers.GRUCell,), change)


@fault("forgets its direction", "Is rebuilt forwards.", "SAVE-4", SIMPLE)
def _forgets_its_direction(garden: Garden) -> None:
    dropped(garden, SimpleRNN, "go_backwards")


@fault(
    "unknown argument",
    "Has an argument that nobody has heard of.",
    "SAVE-2",
    "SimpleRNN-seq0-state0-u3-t3-do.config-what.signature",
)
def _unknown_argument(garden: Garden) -> None:
    original = SimpleRNN.__init__

    def init(self: Any, units: int, *args: Any, momentum: float = 0.0, **options: Any) -> None:
        original(self, units, *args, **options)

    garden.put(SimpleRNN, "__init__", init)


@fault(
    "empties the configuration",
    "Takes entries out of the configuration that it is given.",
    "SAVE-3",
    "LSTM-seq0-state0-u3-t3-do.config-what.again",
)
def _empties_the_configuration(garden: Garden) -> None:
    original = LSTM.from_config.__func__

    def rebuilt(cls: type, config: dict[str, Any]) -> Any:
        layer = original(cls, dict(config))
        config.pop("units")
        return layer

    garden.put(LSTM, "from_config", classmethod(rebuilt))


@fault(
    "adds what it should join",
    "Adds the directions if it is rebuilt without backward_layer.",
    "SAVE-12",
    "LSTM-seq0-state0-u3-t3-as.bi-do.config-what.required",
)
def _adds_what_it_should_join(garden: Garden) -> None:
    original = Bidirectional.from_config.__func__

    def rebuilt(cls: type, config: dict[str, Any]) -> Any:
        whole = "backward_layer" in config
        return original(cls, config if whole else {**config, "merge_mode": "sum"})

    garden.put(Bidirectional, "from_config", classmethod(rebuilt))


@fault(
    "knows no strangers",
    "Is rebuilt around a cell of Keras in the place of the user's own.",
    "SAVE-13",
    "LSTM-seq0-state0-u3-t3-as.rnn-do.config-what.strangers",
)
def _knows_no_strangers(garden: Garden) -> None:
    original = RNN.from_config.__func__

    def rebuilt(cls: type, config: dict[str, Any], custom_objects: Any = None) -> Any:
        layer = original(cls, config, custom_objects)
        layer.cell = keras.layers.SimpleRNNCell(3)
        return layer

    garden.put(RNN, "from_config", classmethod(rebuilt))


@fault("cloned forwards", "Is cloned without return_sequences.", "SAVE-5", CLONE)
def _cloned_forwards(garden: Garden) -> None:
    dropped(garden, LSTM, "return_sequences")


@fault("saved without activation", "Is saved without its activation.", "SAVE-6", FILE)
def _saved_without_activation(garden: Garden) -> None:
    dropped(garden, SimpleRNN, "activation")


def _stored(garden: Garden, owner: type, change: Any) -> None:
    """Let `change(values)` choose what a layer writes of its variables."""

    def save(original: Any, self: Any, store: Any) -> None:
        written: dict[str, Any] = {}
        original(self, written)
        for key, value in written.items():
            store[key] = change(ops.convert_to_numpy(value))

    garden.around(owner, "save_own_variables", save)


@fault(
    "saved weights doubled",
    "Writes its weights to a file twice as large as they are.",
    "SAVE-6 SAVE-7",
    f"LSTM-seq1-state1-u3-t3-stateful1-calls2-do.keras {H5}",
)
def _saved_weights_doubled(garden: Garden) -> None:
    _stored(garden, LSTMCell, lambda values: 2 * values)


@fault("loads nothing", "Reads nothing from a file of weights.", "SAVE-7", H5)
def _loads_nothing(garden: Garden) -> None:
    garden.around(LSTMCell, "load_own_variables", lambda original, self, store: None)


@fault("copies no bias", "Leaves its bias as it was in set_weights.", "SAVE-8", COPIED)
def _copies_no_bias(garden: Garden) -> None:
    def copy(original: Any, self: Any, weights: Any) -> None:
        kept = ops.convert_to_numpy(self.cell.bias)
        original(self, weights)
        self.cell.bias.assign(kept)

    garden.around(GRU, "set_weights", copy)


@fault(
    "shares its weights",
    "Shares its weights with the layer rebuilt from its configuration.",
    "SAVE-9",
    SIMPLE,
)
def _shares_its_weights(garden: Garden) -> None:
    asked: list[Any] = []

    def config(original: Any, self: Any) -> dict[str, Any]:
        asked.append(self)
        return original(self)

    garden.around(SimpleRNN, "get_config", config)
    garden.put(SimpleRNN, "from_config", classmethod(lambda cls, config: asked[-1]))


def _rebuilt(garden: Garden, layer: Any, **changes: Any) -> None:
    """Let a layer be rebuilt from a configuration with other entries."""
    original = layer.from_config.__func__

    def rebuilt(cls: type, config: dict[str, Any]) -> Any:
        return original(cls, {**config, **changes})

    garden.put(layer, "from_config", classmethod(rebuilt))


@fault("restored in double", "Is rebuilt with weights of another dtype.", "SAVE-9 SAVE-10", SIMPLE)
def _restored_in_double(garden: Garden) -> None:
    _rebuilt(garden, SimpleRNN, dtype="float64")


@fault(
    "renamed when restored", "Is given another name when it is rebuilt.", "SAVE-10 SAVE-11", FILE
)
def _renamed_when_restored(garden: Garden) -> None:
    _rebuilt(garden, SimpleRNN, name="renamed")


@fault("restored without seed", "Is rebuilt without its seed.", "SAVE-10", STATEFUL)
def _restored_without_seed(garden: Garden) -> None:
    _rebuilt(garden, LSTM, seed=7)


@fault(
    "pickled blank",
    "Goes through pickle and copy without its weights.",
    "SAVE-15 SAVE-16",
    "GRU-seq0-state0-u3-t1-as.cell-do.pickle GRU-seq0-state0-u3-t1-as.cell-do.copy",
)
def _pickled_blank(garden: Garden) -> None:
    garden.put(
        keras.Layer, "__reduce__", lambda self: (type(self).from_config, (self.get_config(),))
    )


@fault(
    "copied blank",
    "Goes through copy without its weights.",
    "SAVE-16",
    "GRU-seq0-state0-u3-t1-as.cell-do.copy",
)
def _copied_blank(garden: Garden) -> None:
    garden.put(
        keras.Layer, "__deepcopy__", lambda self, memo: type(self).from_config(self.get_config())
    )


EXPORTED = "LSTM-seq1-state1-u3-t3-do.export-what.saved_model"


def exported_with(garden: Garden, place: int, factor: float) -> None:
    """Multiply a weight of a model before it is exported."""

    def export(original: Any, self: Any, *args: Any, **options: Any) -> None:
        weight = self.weights[place]
        weight.assign(factor * weight)
        original(self, *args, **options)

    garden.around(keras.Model, "export", export)


@fault(
    "exports without the bias", "Exports models whose last weight is zero.", "EXPORT-1", EXPORTED
)
def _exports_without_the_bias(garden: Garden) -> None:
    exported_with(garden, -1, 0.0)


@fault(
    "exports a doubled kernel",
    "Exports models whose first weight is doubled.",
    "EXPORT-1",
    EXPORTED,
)
def _exports_a_doubled_kernel(garden: Garden) -> None:
    exported_with(garden, 0, 2.0)
