"""Cells alone, in RNN and stacked; the user's own cells."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import RNN, GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells

from tests.quality.fault_injection.catalogue.layer.loop import given, inner
from tests.quality.fault_injection.catalogue.layer.returns import returned
from tests.quality.fault_injection.faults import Garden, fault

CELLS = (SimpleRNNCell, LSTMCell, GRUCell)
SIMPLE_CELL = "SimpleRNN-seq0-state0-u3-t1-as.cell"
LSTM_CELL = "LSTM-seq0-state0-u3-t1-as.cell"
BARE_CELL = "GRU-seq0-state0-u3-t1-as.cell-init.tensor"
IN_RNN = "SimpleRNN-seq0-state0-u3-t3-n2-as.rnn"
KEPT = "SimpleRNN-seq0-state1-u3-t3-n2-as.rnn-stateful1-calls2"


def stepped(garden: Garden, change: Any) -> None:
    """Let `change(output, states)` have the last word on what the cells return."""
    for cell in CELLS:
        garden.around(
            cell, "call", lambda call, self, *args, **options: change(*call(self, *args, **options))
        )


@fault("cell doubles", "Returns twice its output, but the right state.", "CELL-1", SIMPLE_CELL)
def _cell_doubles(garden: Garden) -> None:
    stepped(garden, lambda output, states: (2 * output, states))


@fault(
    "cell returns a bare state",
    "Returns its states without a list.",
    "CELL-2",
    f"{SIMPLE_CELL} {LSTM_CELL}",
)
def _cell_returns_a_bare_state(garden: Garden) -> None:
    stepped(garden, lambda output, states: (output, keras.tree.flatten(states)[0]))


@fault(
    "cell lists a bare state",
    "Puts a state that came as a tensor into a list.",
    "CELL-2",
    BARE_CELL,
)
def _cell_lists_a_bare_state(garden: Garden) -> None:
    stepped(garden, lambda output, states: (output, keras.tree.flatten(states)))


def first_states(garden: Garden, change: Any) -> None:
    """Let `change(states)` choose the first states of the cells."""
    for cell in CELLS:
        garden.around(
            cell,
            "get_initial_state",
            lambda original, self, *args, **size: change(original(self, *args, **size)),
        )


@fault(
    "cell starts in double",
    "Makes its first states of float64.",
    "CELL-3",
    f"{SIMPLE_CELL} {IN_RNN}",
)
def _cell_starts_in_double(garden: Garden) -> None:
    first_states(garden, lambda states: [ops.cast(state, "float64") for state in states])


@fault(
    "cell starts with one sample", "Makes its first states for one sample.", "CELL-3", SIMPLE_CELL
)
def _cell_starts_with_one_sample(garden: Garden) -> None:
    first_states(garden, lambda states: [state[:1] for state in states])


@fault("twice the units", "Says that its output has twice its units.", "CELL-4", SIMPLE_CELL)
def _twice_the_units(garden: Garden) -> None:
    def double(cell: Any) -> None:
        cell.output_size = 2 * cell.units

    garden.made(SimpleRNNCell, double)


@fault("cell renames its bias", "Calls its bias `offset`.", "CELL-5", SIMPLE_CELL)
def _cell_renames_its_bias(garden: Garden) -> None:
    def add(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        options["name"] = options["name"].replace("bias", "offset")
        return original(self, *args, **options)

    garden.around(SimpleRNNCell, "add_weight", add)


@fault("cell foretells one state", "Foretells its output for both states.", "CELL-6", LSTM_CELL)
def _cell_foretells_one_state(garden: Garden) -> None:
    def spec(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        output, states = original(self, *args, **options)
        return output, states[:1]

    garden.around(LSTMCell, "compute_output_spec", spec)


@fault("RNN forwards", "Runs a cell of RNN(cell) over the reversed sequence.", "CELL-7", IN_RNN)
def _rnn_forwards(garden: Garden) -> None:
    given(garden, lambda x: ops.flip(x, axis=1))


@fault("RNN returns a list", "Returns a list of one from RNN(cell).", "CELL-8", IN_RNN)
def _rnn_returns_a_list(garden: Garden) -> None:
    returned(garden, RNN, lambda self, given: [given])


@fault("RNN keeps twice", "Keeps twice its last states.", "CELL-9", KEPT)
def _rnn_keeps_twice(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        found = original(self, *args, **options)
        for state in self.states or []:
            state.assign(2 * state)
        return found

    garden.around(RNN, "call", call)


STACK = "LSTM-seq1-state1-u2-t3-n4-as.stack"
MIXED = "LSTM-seq1-state1-u2-t3-n4-as.mix"
STACK_KEPT = "LSTM-seq0-state1-u2-t3-n4-as.list-stateful1-calls2"


@fault(
    "stack stands still", "Leaves the last cell of a stack in its first state.", "STACK-1", STACK
)
def _stack_stands_still(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, states: Any, **options: Any) -> Any:
        output, kept = original(self, inputs, states, **options)
        return output, [*list(kept)[:-1], states[-1]]

    garden.around(StackedRNNCells, "call", call)


@fault("stack of one", "Returns the first cell's output for the stack's.", "STACK-1", STACK)
def _stack_of_one(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        _, states = original(self, *args, **options)
        return keras.tree.flatten(states)[0], states

    garden.around(StackedRNNCells, "call", call)


@fault("flat stack states", "Returns the states of a stack in one flat row.", "STACK-2", STACK)
def _flat_stack_states(garden: Garden) -> None:
    returned(garden, RNN, lambda self, given: tuple(keras.tree.flatten(given)))


@fault(
    "stack foretells the first",
    "Foretells the first cell's size for the output.",
    "STACK-3 STACK-4",
    MIXED,
)
def _stack_foretells_the_first(garden: Garden) -> None:
    garden.put(StackedRNNCells, "output_size", property(lambda self: self.cells[0].output_size))


@fault("stack sizes reversed", "Lists the sizes of its cells from the last.", "STACK-4", MIXED)
def _stack_sizes_reversed(garden: Garden) -> None:
    garden.put(
        StackedRNNCells,
        "state_size",
        property(lambda self: [cell.state_size for cell in self.cells[::-1]]),
    )


@fault("stack starts from ones", "Starts the last cell of a stack from ones.", "STACK-5", STACK)
def _stack_starts_from_ones(garden: Garden) -> None:
    def states(original: Any, self: Any, *args: Any, **size: Any) -> Any:
        *before, last = original(self, *args, **size)
        return [*before, keras.tree.map_structure(ops.ones_like, last)]

    garden.around(StackedRNNCells, "get_initial_state", states)


@fault("stack renames its weights", "Renames the weights of its cells.", "STACK-6", STACK)
def _stack_renames_its_weights(garden: Garden) -> None:
    def add(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        options["name"] = f"stacked_{options['name']}"
        return original(self, *args, **options)

    garden.around(LSTMCell, "add_weight", add)


@fault("stack keeps the first", "Keeps zeros for the last cell of a stack.", "STACK-7", STACK_KEPT)
def _stack_keeps_the_first(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        found = original(self, *args, **options)
        last = keras.tree.flatten(self.states)[-1]
        last.assign(ops.zeros_like(last))
        return found

    garden.around(RNN, "call", call)


USER = "RNN-seq1-state1-u2-t3-n4"
NESTED = "RNN-seq1-state1-u2-t3-n4-cell.nested"
STACKED = "RNN-seq1-state1-u2-t3-n4-as.list"
STARTING = "RNN-seq1-state1-u2-t3-n4-cell.start"


@fault(
    "calls the cell once too often",
    "Calls the cell an extra time before the sequence.",
    "USERCELL-1",
    USER,
)
def _calls_the_cell_once_too_often(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        return original(step, inputs, step(inputs[:, 0], tuple(states))[1], **options)

    inner(garden, loop)


@fault(
    "last of nested states",
    "Hands a cell with several states the last one for each.",
    "USERCELL-2",
    "RNN-seq1-state1-u2-t3-n4-cell.noinit",
)
def _last_of_nested_states(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        return original(lambda x, now: step(x, (now[-1],) * len(now)), inputs, states, **options)

    inner(garden, loop)


@fault(
    "no stack of strangers",
    "Runs only the first of the user's own cells in a stack.",
    "USERCELL-3",
    STACKED,
)
def _no_stack_of_strangers(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        _, states = original(self, *args, **options)
        return keras.tree.flatten(states)[0], states

    garden.around(StackedRNNCells, "call", call)


@fault("flattens nested states", "Returns nested states in one flat row.", "USERCELL-4", NESTED)
def _flattens_nested_states(garden: Garden) -> None:
    returned(garden, RNN, lambda self, given: tuple(keras.tree.flatten(given)))


@fault(
    "foretells the units",
    "Foretells an output of one unit for a cell without output_size.",
    "USERCELL-5",
    USER,
)
def _foretells_the_units(garden: Garden) -> None:
    def shape(original: Any, self: Any, *args: Any, **shapes: Any) -> Any:
        first, *rest = original(self, *args, **shapes)
        return ((*first[:-1], 1), *rest)

    garden.around(RNN, "compute_output_shape", shape)


@fault(
    "always from zeros",
    "Ignores get_initial_state of the user's cell.",
    "USERCELL-6 USERCELL-2",
    STARTING,
)
def _always_from_zeros(garden: Garden) -> None:
    garden.around(
        RNN,
        "get_initial_state",
        lambda original, self, *args, **size: [
            ops.zeros_like(state) for state in original(self, *args, **size)
        ],
    )


@fault("hides the weights", "Does not list the weights of the user's cell.", "USERCELL-7", USER)
def _hides_the_weights(garden: Garden) -> None:
    def build(original: Any, self: Any, *args: Any, **shapes: Any) -> None:
        original(self, *args, **shapes)
        for variable in self.cell.trainable_variables:
            variable._name = f"hidden_{variable.name}"

    garden.around(RNN, "build", build)


@fault(
    "builds for a sequence",
    "Builds the cell for timesteps in the place of the batch.",
    "USERCELL-8",
    USER,
)
def _builds_for_a_sequence(garden: Garden) -> None:
    def build(original: Any, self: Any, shape: Any, *args: Any, **shapes: Any) -> None:
        self.cell.build((shape[1], shape[2]))
        original(self, shape, *args, **shapes)

    garden.around(RNN, "build", build)
