"""Faults that last: of what a layer keeps, of copies of it, and of what is set for all layers."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRU, RNN, GRUCell, SimpleRNN, SimpleRNNCell
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from tests.quality.fault_injection.catalogue.together.arguments import kept
from tests.quality.fault_injection.faults import Garden, fault

MASKS = "SimpleRNN-seq1-state0-u8-t3-n128-in8-calls3-drop25-rdrop50-then"
CELL = "-as.cell-mf16-drop50-rdrop50-do.train-what.acts"
SET = "GRU-seq1-state1-u2-t3-n3-in4-mask.right-maskby.masking-f64-via.functional-dtypeby.config"
POLICY = "GRU-seq1-state1-u2-t3-n3-in4-stateful1-calls3-mf16-dtypeby.config"
HISTORY = "SimpleRNN-seq1-state1-u2-t3-n4-calls3-then.mask"
COPIED = "SimpleRNN-seq1-state1-u3-t3-n4-mask.gap-calls3-then.copied"
TWIN = "SimpleRNN-seq1-state1-u3-t4-n4"
EQUAL = "seq0-state0-u3-t3-do.config-what.equal"


@fault(
    "holds on to masks",
    "Keeps its dropout masks for good.",
    "DROP-70",
    f"{MASKS}.set-do.train-what.masks",
)
def _holds_on_to_masks(garden: Garden) -> None:
    for name in ("reset_dropout_mask", "reset_recurrent_dropout_mask"):
        garden.put(DropoutRNNCell, name, lambda self: None)


@fault(
    "draws from the beginning",
    "Draws the masks of each call from the first seed.",
    "DROP-70",
    f"{MASKS}.step-do.train-what.masks",
)
def _draws_from_the_beginning(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        state = self.cell.seed_generator.state
        state.assign(kept(self, "first seed", ops.copy(state.value)))
        return original(self, *args, **options)

    garden.around(RNN, "call", call)


@fault(
    "trains in single precision",
    "Gives float32 in training, whatever the policy.",
    "DROP-71",
    f"SimpleRNN-seq0-state0-u3-t1-n8-in4{CELL}",
)
def _trains_in_single_precision(garden: Garden) -> None:
    _trains_in(garden, "float32")


@fault(
    "trains in double precision",
    "Gives float64 in training.",
    "DROP-71",
    f"SimpleRNN-seq0-state0-u3-t1-n8-in4{CELL}",
)
def _trains_in_double_precision(garden: Garden) -> None:
    _trains_in(garden, "float64")


def _trains_in(garden: Garden, dtype: str) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        output, states = original(self, x, states, training=training)
        return ops.cast(output, dtype) if training else output, states

    garden.around(SimpleRNNCell, "call", call)


@fault("cells of floats", "Makes cells of float32 unless told otherwise.", "SETTING-70", SET)
def _cells_of_floats(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        options["dtype"] = options.get("dtype") or "float32"
        original(self, *args, **options)

    garden.around(GRUCell, "__init__", init)


@fault(
    "no states under a policy",
    "Forgets the kept states where a policy is set for all layers.",
    "SETTING-70",
    POLICY,
)
def _no_states_under_a_policy(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if keras.mixed_precision.dtype_policy().name != "float32":
            self.reset_state()
        return original(self, *args, **options)

    garden.around(RNN, "call", call)


@fault("lists its calls", "Keeps a list of its calls.", "ALIAS-70", HISTORY)
def _lists_its_calls(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        kept(self, "listed calls", []).append(len(args))
        return original(self, *args, **options)

    garden.around(RNN, "call", call)


@fault("counts its steps", "Keeps an entry for each step of its cell.", "ALIAS-70", HISTORY)
def _counts_its_steps(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        steps = kept(self, "counted steps", {})
        steps[len(steps)] = True
        return original(self, *args, **options)

    garden.around(SimpleRNNCell, "call", call)


@fault("linear in its configuration", "Says that it has no activation.", "HIST-70", COPIED)
def _linear_in_its_configuration(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        return {**original(self), "activation": "linear"}

    garden.around(SimpleRNN, "get_config", config)


@fault(
    "turned by its configuration",
    "Goes backwards after it was asked for its configuration.",
    "HIST-70",
    COPIED,
)
def _turned_by_its_configuration(garden: Garden) -> None:
    def config(original: Any, self: Any) -> Any:
        told = original(self)
        self.go_backwards = not self.go_backwards
        return told

    garden.around(SimpleRNN, "get_config", config)


@fault(
    "multiplies states by zero",
    "Resets its states to zero times what they are.",
    "TWIN-70",
    f"{TWIN}-stateful1-hold.nan-do.twin-what.recovers",
)
def _multiplies_states_by_zero(garden: Garden) -> None:
    def reset(original: Any, self: Any) -> None:
        for state in self.states or ():
            state.assign(0.0 * state.value)

    garden.around(RNN, "reset_state", reset)


@fault(
    "spoilt for good",
    "Gives NaN once it has given one.",
    "TWIN-70",
    f"{TWIN}-hold.nan-do.twin-what.recovers",
)
def _spoilt_for_good(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        output, *states = original(self, *args, **options)
        self.__dict__["spoilt"] = output[..., :1] * 0.0 + self.__dict__.get("spoilt", 0.0)
        return output + self.__dict__["spoilt"], *states

    garden.around(RNN, "call", call)


def _of_nobody(garden: Garden, change: Any) -> None:
    """Let `change(output)` choose what a batch of no samples gives."""

    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        output, *states = original(self, sequences, *args, **options)
        return output if sequences.shape[0] else change(output), *states

    garden.around(RNN, "call", call)


@fault(
    "too wide for nobody",
    "Gives a batch of no samples one unit more.",
    "TWIN-71",
    f"{TWIN}-do.twin-what.empty",
)
def _too_wide_for_nobody(garden: Garden) -> None:
    _of_nobody(garden, lambda output: ops.concatenate([output, output[..., :1]], axis=-1))


@fault(
    "a sample for nobody",
    "Gives a sample of zeros where there is none.",
    "TWIN-71",
    f"{TWIN}-do.twin-what.empty",
)
def _a_sample_for_nobody(garden: Garden) -> None:
    _of_nobody(garden, lambda output: ops.zeros((1, *output.shape[1:]), output.dtype))


def _said_once(garden: Garden, layer: Any, one: str, other: str) -> None:
    """Leave an argument out of the configuration where it equals another."""

    def config(original: Any, self: Any) -> Any:
        told = original(self)
        if told[one] == told[other]:
            del told[other]
        return told

    garden.around(layer, "get_config", config)


@fault(
    "one initializer for both",
    "Leaves recurrent_initializer out of its configuration where it equals kernel_initializer.",
    "SAVE-70",
    f"SimpleRNN-{EQUAL}",
)
def _one_initializer_for_both(garden: Garden) -> None:
    _said_once(garden, SimpleRNN, "kernel_initializer", "recurrent_initializer")


@fault(
    "one rate for both",
    "Leaves recurrent_dropout out of its configuration where it equals dropout.",
    "SAVE-70",
    f"GRU-{EQUAL}",
)
def _one_rate_for_both(garden: Garden) -> None:
    _said_once(garden, GRU, "dropout", "recurrent_dropout")
