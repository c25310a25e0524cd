"""States: where they start, what is handed over, what stays from call to call."""

from __future__ import annotations

from typing import Any

from keras import ops
from keras.layers import GRU, LSTM, RNN, LSTMCell, SimpleRNN, SimpleRNNCell

from tests.quality.fault_injection.catalogue.layer.loop import inner, results
from tests.quality.fault_injection.faults import Garden, fault

SIMPLE = "SimpleRNN-seq1-state1-u3-t5"
FULL = "LSTM-seq1-state1-u3-t5"
LISTED = "SimpleRNN-seq1-state1-u3-t5-init.list LSTM-seq1-state1-u3-t5-init.list"
KEPT = "SimpleRNN-seq1-state1-u3-t5-stateful1-calls2 LSTM-seq1-state1-u3-t5-stateful1-calls2"
RESET = "SimpleRNN-seq1-state1-u3-t5-stateful1-calls3-reset.between"


@fault("starts from ones", "Starts from a state of ones.", "VALUE-1", SIMPLE)
def _starts_from_ones(garden: Garden) -> None:
    garden.around(
        SimpleRNNCell,
        "get_initial_state",
        lambda original, self, **size: [ops.ones_like(state) for state in original(self, **size)],
    )


@fault("carry starts from ones", "Starts from a carry of ones.", "VALUE-2", FULL)
def _carry_starts_from_ones(garden: Garden) -> None:
    def states(original: Any, self: Any, **size: Any) -> Any:
        hidden, carry = original(self, **size)
        return [hidden, ops.ones_like(carry)]

    garden.around(LSTMCell, "get_initial_state", states)


def start(garden: Garden, change: Any) -> None:
    """Let `change(initial_state)` choose the initial state, where one is given."""

    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if options.get("initial_state") is not None:
            options["initial_state"] = change(options["initial_state"])
        return original(self, *args, **options)

    for layer in (SimpleRNN, LSTM, GRU):
        garden.around(layer, "call", call)


@fault("no initial state", "Ignores initial_state.", "INIT-1", LISTED)
def _no_initial_state(garden: Garden) -> None:
    start(garden, lambda states: None)


@fault(
    "crossed initial states",
    "Takes the first initial state for the last and the reverse.",
    "INIT-1",
    "LSTM-seq1-state1-u3-t5-init.list",
)
def _crossed_initial_states(garden: Garden) -> None:
    start(garden, lambda states: list(states)[::-1])


@fault(
    "hidden state only",
    "Takes the hidden state it is given, and starts from a carry of zeros.",
    "INIT-1",
    "LSTM-seq1-state1-u3-t5-init.list",
)
def _hidden_state_only(garden: Garden) -> None:
    start(garden, lambda states: [states[0], *(ops.zeros_like(s) for s in list(states)[1:])])


@fault("first sample's state", "Starts every sample from the state of the first.", "INIT-1", LISTED)
def _first_samples_state(garden: Garden) -> None:
    start(garden, lambda states: [ops.zeros_like(s) + s[:1] for s in states])


@fault(
    "lists only",
    "Ignores an initial_state that is a tuple.",
    "INIT-1",
    "SimpleRNN-seq1-state1-u3-t5-init.tuple",
)
def _lists_only(garden: Garden) -> None:
    start(garden, lambda states: states if isinstance(states, list) else None)


@fault(
    "lists and tuples only",
    "Ignores an initial_state that is a tensor.",
    "INIT-1",
    "GRU-seq1-state1-u3-t5-init.tensor",
)
def _lists_and_tuples_only(garden: Garden) -> None:
    start(garden, lambda states: states if isinstance(states, (list, tuple)) else None)


@fault(
    "a step too late",
    "Returns the states of the step before the last.",
    "STATE-1 VALUE-1 VALUE-2",
    f"{SIMPLE} {FULL}",
)
def _a_step_too_late(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        last, outputs, _ = original(step, inputs, states, **options)
        *_, before = original(step, inputs[:, :-1], states, **{**options, "input_length": None})
        return last, outputs, before

    inner(garden, loop)


@fault(
    "crossed states", "Returns the carry before the hidden state.", "STATE-1 STATE-2 VALUE-2", FULL
)
def _crossed_states(garden: Garden) -> None:
    results(garden, lambda last, outputs, states: (last, outputs, list(states)[::-1]))


@fault("hidden state twice", "Returns the hidden state for the carry too.", "STATE-2 VALUE-2", FULL)
def _hidden_state_twice(garden: Garden) -> None:
    results(garden, lambda last, outputs, states: (last, outputs, [states[0]] * len(states)))


@fault(
    "states of the first sample",
    "Returns the first sample's state for every sample.",
    "VALUE-1",
    SIMPLE,
)
def _states_of_the_first_sample(garden: Garden) -> None:
    results(
        garden,
        lambda last, outputs, states: (last, outputs, [ops.zeros_like(s) + s[:1] for s in states]),
    )


def _kept_by(garden: Garden, change: Any) -> None:
    """Let `change(states)` choose what a stateful layer keeps after a call."""

    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        if self.stateful:
            for variable, value in zip(self.states, change(list(self.states)), strict=True):
                variable.assign(value)
        return given

    garden.around(RNN, "call", call)


@fault("stateless", "Ignores stateful.", "STATEFUL-1", KEPT)
def _stateless(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, **options: Any) -> Any:
        if self.stateful and options.get("initial_state") is None:
            options["initial_state"] = self.get_initial_state(ops.shape(sequences)[0])
        return original(self, sequences, **options)

    garden.around(RNN, "call", call)


@fault(
    "keeps nothing",
    "Sets its states back to zeros after every call.",
    "STATEFUL-1 STATEFUL-3",
    KEPT,
)
def _keeps_nothing(garden: Garden) -> None:
    _kept_by(garden, lambda states: [ops.zeros_like(state) for state in states])


@fault(
    "keeps crossed states",
    "Keeps the carry for the hidden state and the reverse.",
    "STATEFUL-1 STATEFUL-3",
    "LSTM-seq1-state1-u3-t5-stateful1-calls2",
)
def _keeps_crossed_states(garden: Garden) -> None:
    _kept_by(garden, lambda states: [ops.convert_to_tensor(state) for state in states[::-1]])


@fault(
    "keeps one sample's state",
    "Keeps the state of the first sample for all.",
    "STATEFUL-1 STATEFUL-3",
    KEPT,
)
def _keeps_one_samples_state(garden: Garden) -> None:
    _kept_by(garden, lambda states: [ops.zeros_like(s) + s[:1] for s in states])


@fault(
    "always stateful",
    "Starts the second call from the states of the first.",
    "STATEFUL-1",
    "SimpleRNN-seq1-state1-u3-t5-calls2",
)
def _always_stateful(garden: Garden) -> None:
    def loop(
        original: Any, self: Any, sequences: Any, initial_state: Any, *args: Any, **options: Any
    ) -> Any:
        last, outputs, states = original(
            self, sequences, getattr(self, "left_over", initial_state), *args, **options
        )
        self.__dict__["left_over"] = states
        return last, outputs, states

    garden.around(RNN, "inner_loop", loop)


@fault("no reset", "Does nothing in reset_state.", "STATEFUL-2", RESET)
def _no_reset(garden: Garden) -> None:
    garden.around(RNN, "reset_state", lambda original, self: None)


@fault("reset to ones", "Sets its states to ones in reset_state.", "STATEFUL-2", RESET)
def _reset_to_ones(garden: Garden) -> None:
    def reset(original: Any, self: Any) -> None:
        for state in self.states:
            state.assign(ops.ones_like(state))

    garden.around(RNN, "reset_state", reset)


@fault(
    "resets the hidden state only",
    "Leaves the carry as it is in reset_state.",
    "STATEFUL-2",
    "LSTM-seq1-state1-u3-t5-stateful1-calls3-reset.between",
)
def _resets_the_hidden_state_only(garden: Garden) -> None:
    garden.around(
        RNN,
        "reset_state",
        lambda original, self: self.states[0].assign(ops.zeros_like(self.states[0])),
    )


@fault(
    "stateful over initial_state",
    "Prefers its own states to the initial_state it is given.",
    "STATEFUL-1",
    "GRU-seq0-state1-u3-t5-init.list-stateful1-calls2",
)
def _stateful_over_initial_state(garden: Garden) -> None:
    start(garden, lambda states: None)


@fault(
    "frozen states",
    "Resets no states of a layer with trainable=False.",
    "HIST-8",
    "SimpleRNN-seq1-state0-u3-t3-n4-stateful1-calls3-reset.between-then.frozen",
)
def _frozen_states(garden: Garden) -> None:
    def reset(original: Any, self: Any) -> None:
        if self.trainable:
            original(self)

    garden.around(RNN, "reset_state", reset)
