"""Bidirectional, TimeDistributed, ConvLSTM."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import Bidirectional, LSTMCell, TimeDistributed

from tests.quality.fault_injection.catalogue.layer.loop import inner
from tests.quality.fault_injection.catalogue.layer.returns import returned
from tests.quality.fault_injection.faults import Garden, View, fault

BOTH = "LSTM-seq1-state1-u2-t3-n4-as.bi"
SUM = "LSTM-seq1-state0-u2-t3-n4-as.bi-merge.sum"
MUL = "GRU-seq1-state1-u2-t3-n4-as.bi-merge.mul"
NONE = "LSTM-seq0-state1-u2-t3-n4-as.bi-merge.none"
BOTH_KEPT = "SimpleRNN-seq0-state0-u2-t3-n4-as.bi-stateful1-calls2"
OWN = "LSTM-seq1-state1-u2-t3-n4-as.bi-own1"
BOTH_FROM = "LSTM-seq1-state1-u2-t3-n4-as.bi-init.list"
MASKED = "GRU-seq1-state0-u2-t3-n4-as.bi-mask.right LSTM-seq1-state0-u2-t3-n4-as.bi-mask.left"


@fault(
    "backward order",
    "Does not put the backward output back into the order of time.",
    "BIDIR-1",
    BOTH,
)
def _backward_order(garden: Garden) -> None:
    garden.put(keras.src.ops, "flip", lambda x, axis=None: x)


@fault("crossed directions", "Joins the backward output before the forward one.", "BIDIR-1", BOTH)
def _crossed_directions(garden: Garden) -> None:
    original = ops.concatenate
    garden.put(keras.src.ops, "concatenate", lambda xs, axis=0: original(xs[::-1], axis=axis))


@fault("always joined", "Ignores merge_mode.", "BIDIR-1", f"{SUM} {MUL}")
def _always_joined(garden: Garden) -> None:
    garden.around(
        Bidirectional,
        "call",
        lambda call, self, *args, **options: call(
            View(self, merge_mode="concat"), *args, **options
        ),
    )


@fault(
    "sum for the mean",
    "Adds where it should take the mean.",
    "BIDIR-1",
    "LSTM-seq1-state1-u2-t3-n4-as.bi-merge.ave",
)
def _sum_for_the_mean(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        mode = {"ave": "sum"}.get(self.merge_mode, self.merge_mode)
        return original(View(self, merge_mode=mode), *args, **options)

    garden.around(Bidirectional, "call", call)


@fault("backward states first", "Returns the states of the backward layer first.", "BIDIR-1", NONE)
def _backward_states_first(garden: Garden) -> None:
    def change(self: Any, found: Any) -> Any:
        return found[:2] + tuple(found[2:][::-1])

    returned(garden, Bidirectional, change)


@fault("two forward layers", "Runs both layers forwards.", "BIDIR-1", BOTH)
def _two_forward_layers(garden: Garden) -> None:
    inner(garden, lambda loop, *args, **options: loop(*args, **{**options, "go_backwards": False}))


@fault("mask for one direction", "Masks the forward layer alone.", "BIDIR-2", MASKED)
def _mask_for_one_direction(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        if options["go_backwards"]:
            options["mask"] = None
        return original(*args, **options)

    inner(garden, loop)


@fault(
    "one initial state for both",
    "Starts both layers from the first half of initial_state.",
    "BIDIR-3",
    BOTH_FROM,
)
def _one_initial_state_for_both(garden: Garden) -> None:
    def call(
        original: Any, self: Any, sequences: Any, initial_state: Any = None, **options: Any
    ) -> Any:
        if initial_state is not None:
            initial_state = 2 * list(initial_state)[: len(initial_state) // 2]
        return original(self, sequences, initial_state=initial_state, **options)

    garden.around(Bidirectional, "call", call)


@fault("own layer ignored", "Ignores backward_layer.", "BIDIR-4", OWN)
def _own_layer_ignored(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.backward_layer.cell.activation = self.forward_layer.cell.activation
        return original(self, *args, **options)

    garden.around(Bidirectional, "call", call)


@fault(
    "forgets one direction", "Goes on from zeros in the backward direction.", "BIDIR-5", BOTH_KEPT
)
def _forgets_one_direction(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        for state in self.backward_layer.states or []:
            state.assign(ops.zeros_like(state))
        return original(self, *args, **options)

    garden.around(Bidirectional, "call", call)


@fault(
    "directions in a list", "Returns its outputs and states nested by direction.", "BIDIR-6", BOTH
)
def _directions_in_a_list(garden: Garden) -> None:
    returned(garden, Bidirectional, lambda self, found: (found[0], found[1:]))


@fault(
    "foretells one direction",
    "Foretells the shape of one direction for both joined.",
    "BIDIR-7",
    "SimpleRNN-seq1-state0-u2-t3-n4-as.bi LSTM-seq1-state0-u2-t3-n4-as.bi",
)
def _foretells_one_direction(garden: Garden) -> None:
    garden.around(
        Bidirectional,
        "compute_output_shape",
        lambda original, self, *args, **shapes: self.forward_layer.compute_output_shape(
            *args, **shapes
        ),
    )


@fault("weights renamed by both", "Renames the weights of both directions.", "BIDIR-8", BOTH)
def _renamed_directions(garden: Garden) -> None:
    def add(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        options["name"] = f"both_{options['name']}"
        return original(self, *args, **options)

    garden.around(LSTMCell, "add_weight", add)


@fault(
    "lost on the way back", "Does not give unit_forget_bias to the backward layer.", "BIDIR-9", BOTH
)
def _lost_on_the_way_back(garden: Garden) -> None:
    def lose(layer: Any) -> None:
        layer.backward_layer.cell.unit_forget_bias = False

    garden.made(Bidirectional, lose)


@fault("same names", "Gives both directions the name of the layer.", "BIDIR-9", BOTH)
def _same_names(garden: Garden) -> None:
    def rename(layer: Any) -> None:
        layer.backward_layer.name = layer.forward_layer.name

    garden.made(Bidirectional, rename)


@fault(
    "forward states alone",
    "Lists the kept states of the forward layer alone.",
    "BIDIR-10",
    BOTH_KEPT,
)
def _forward_states_alone(garden: Garden) -> None:
    garden.put(Bidirectional, "states", property(lambda self: self.forward_layer.states))


@fault(
    "hands on the default",
    "Makes its backward layer with the default unit_forget_bias.",
    "BIDIR-12",
    "LSTM-seq0-state0-u3-t3-as.bi-do.config-what.handed",
)
def _hands_on_the_default(garden: Garden) -> None:
    def restore(layer: Any) -> None:
        layer.backward_layer.cell.unit_forget_bias = True

    garden.made(Bidirectional, restore)


EACH = "TimeDistributed-seq0-state0-u3-t4-n2"


@fault(
    "first timestep for all", "Applies the layer to the first timestep alone.", "TIMEDIST-1", EACH
)
def _first_timestep_for_all(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        return original(self, ops.zeros_like(inputs) + inputs[:, :1], *args, **options)

    garden.around(TimeDistributed, "call", call)


@fault(
    "no mask inside",
    "Passes no mask to the wrapped layer.",
    "TIMEDIST-2",
    "LSTM-seq1-state0-u3-t4-n2-as.td-mask.right",
)
def _no_mask_inside(garden: Garden) -> None:
    garden.around(
        TimeDistributed,
        "call",
        lambda call, self, inputs, *args, **options: call(
            self, inputs, *args, **{**options, "mask": None}
        ),
    )


@fault(
    "unknown number of samples",
    "Doubles its output where the batch size is unknown.",
    "TIMEDIST-3",
    "TimeDistributed-seq0-state0-u3-t4-n2-static.batch-via.graph",
)
def _unknown_number_of_samples(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        found = original(self, inputs, *args, **options)
        return found if inputs.shape[0] is not None else 2 * found

    garden.around(TimeDistributed, "call", call)


@fault("foretells the layer", "Foretells the shape of the wrapped layer alone.", "TIMEDIST-4", EACH)
def _foretells_the_layer(garden: Garden) -> None:
    def shape(original: Any, self: Any, *args: Any, **shapes: Any) -> Any:
        found = original(self, *args, **shapes)
        return (found[0], *found[2:])

    garden.around(TimeDistributed, "compute_output_shape", shape)


@fault("renames what it wraps", "Renames the weights of the wrapped layer.", "TIMEDIST-5", EACH)
def _renames_what_it_wraps(garden: Garden) -> None:
    def build(original: Any, self: Any, *args: Any, **shapes: Any) -> None:
        original(self, *args, **shapes)
        for variable in self.layer.trainable_variables:
            variable._name = f"timed_{variable.name}"

    garden.around(TimeDistributed, "build", build)


CONV = "ConvLSTM1D-seq1-state1-u3-t3-n2-in2"
CONV_CELL = keras.src.layers.rnn.conv_lstm.ConvLSTMCell
CONV_LAYER = keras.src.layers.rnn.conv_lstm.ConvLSTM


@fault("ConvLSTM forgetful", "Leaves out the convolution of the hidden state.", "CONV-1", CONV)
def _conv_forgetful(garden: Garden) -> None:
    garden.around(
        CONV_CELL, "recurrent_conv", lambda original, self, x, w: 0 * original(self, x, w)
    )


@fault(
    "ConvLSTM crossed states",
    "Takes the carry for the hidden state and the reverse.",
    "CONV-1",
    CONV,
)
def _conv_crossed_states(garden: Garden) -> None:
    garden.around(
        CONV_CELL,
        "call",
        lambda call, self, x, states, **options: call(self, x, states[::-1], **options),
    )


@fault(
    "ConvLSTM turns its kernel",
    "Turns the kernel of the input round.",
    "CONV-2",
    "ConvLSTM1D-seq1-state1-u3-t3-n2-in2-kern3-stride2",
)
def _conv_turns_its_kernel(garden: Garden) -> None:
    garden.around(
        CONV_CELL,
        "input_conv",
        lambda original, self, x, w, *args, **options: original(
            self, x, ops.flip(w, axis=0), *args, **options
        ),
    )


@fault("ConvLSTM returns one state", "Returns no carry.", "CONV-4", CONV)
def _conv_returns_one_state(garden: Garden) -> None:
    returned(garden, CONV_LAYER, lambda self, found: found[:-1])


@fault("ConvLSTM foretells its input", "Foretells the spatial size of its input.", "CONV-5", CONV)
def _conv_foretells_its_input(garden: Garden) -> None:
    def shape(original: Any, self: Any, *args: Any, **shapes: Any) -> Any:
        output, *states = original(self, *args, **shapes)
        return ((*output[:-2], output[-2] + 1, output[-1]), *states)

    garden.around(CONV_LAYER, "compute_output_shape", shape)


@fault("ConvLSTM renames", "Calls its kernel `filter`.", "CONV-6", CONV)
def _conv_renames(garden: Garden) -> None:
    def add(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        options["name"] = options["name"].replace("kernel", "filter")
        return original(self, *args, **options)

    garden.around(CONV_CELL, "add_weight", add)


@fault("ConvLSTM starts from ones", "Starts from ones.", "CONV-7 CONV-1", CONV)
def _conv_starts_from_ones(garden: Garden) -> None:
    garden.around(
        CONV_CELL,
        "get_initial_state",
        lambda original, self, *args, **size: [
            ops.ones_like(state) for state in original(self, *args, **size)
        ],
    )
