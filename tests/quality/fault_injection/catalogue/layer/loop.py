"""A wrong loop over time: order, ends, direction, unrolling, unknown sizes."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import RNN, SimpleRNNCell

from tests.quality.fault_injection.faults import LAYERS, VALUE, Garden, View, Wrapped, fault

BACKEND = keras.src.backend
SIMPLE = "SimpleRNN-seq1-state1-u3-t5"
LAST = "SimpleRNN-seq0-state1-u3-t5"
EVERY = " ".join(f"{layer}-seq1-state1-u3-t5" for layer in LAYERS)
VALUES = " ".join(VALUE.values())


def inner(garden: Garden, wrong: Wrapped) -> None:
    """Let `wrong(loop, step, inputs, states, **options)` run in the place of the backend's loop."""
    garden.around(BACKEND, "rnn", wrong)


def results(garden: Garden, change: Any) -> None:
    """Let `change(last, outputs, states)` have the last word on what the loop gives."""
    inner(garden, lambda loop, *args, **options: change(*loop(*args, **options)))


def given(garden: Garden, change: Any) -> None:
    """Let `change(inputs)` choose what the loop runs over."""
    inner(
        garden,
        lambda loop, step, inputs, *args, **options: loop(step, change(inputs), *args, **options),
    )


@fault("reversed outputs", "Returns the sequence from its end to its beginning.", VALUES, EVERY)
def _reversed_outputs(garden: Garden) -> None:
    results(garden, lambda last, outputs, states: (last, ops.flip(outputs, axis=1), states))


@fault("late outputs", "Returns each output one timestep late.", "STATE-1 VALUE-1", SIMPLE)
def _late_outputs(garden: Garden) -> None:
    results(garden, lambda last, outputs, states: (last, ops.roll(outputs, 1, axis=1), states))


@fault(
    "first for last",
    "Returns the first output for the last.",
    "STATE-1 VALUE-1",
    "SimpleRNN-seq0-state0-u3-t5 SimpleRNN-seq0-state1-u3-t5",
)
def _first_for_last(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        _, outputs, states = original(*args, **{**options, "return_all_outputs": True})
        return outputs[:, 0], outputs, states

    inner(garden, loop)


@fault("one step short", "Never sees the last timestep.", "VALUE-1", f"{SIMPLE} {LAST}")
def _one_step_short(garden: Garden) -> None:
    given(garden, lambda x: ops.concatenate([x[:, :-1], ops.zeros_like(x[:, -1:])], axis=1))


@fault("one step late", "Never sees the first timestep.", "VALUE-1", f"{SIMPLE} {LAST}")
def _one_step_late(garden: Garden) -> None:
    given(garden, lambda x: ops.concatenate([ops.zeros_like(x[:, :1]), x[:, 1:]], axis=1))


@fault("first step twice", "Runs the first timestep twice.", "VALUE-1", f"{SIMPLE} {LAST}")
def _first_step_twice(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        return original(step, inputs, step(inputs[:, 0], tuple(states))[1], **options)

    inner(garden, loop)


@fault("last step twice", "Runs the last timestep twice.", "STATE-1 VALUE-1", SIMPLE)
def _last_step_twice(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        last, outputs, states = original(step, inputs, states, **options)
        return last, outputs, step(inputs[:, -1], tuple(states))[1]

    inner(garden, loop)


@fault(
    "right up to 16 steps",
    "Sees no input after 16 timesteps.",
    "VALUE-1",
    "SimpleRNN-seq1-state1-u3-t16 SimpleRNN-seq0-state0-u3-t50",
)
def _right_up_to_16_steps(garden: Garden) -> None:
    given(garden, lambda x: ops.concatenate([x[:, :16], ops.zeros_like(x[:, 16:])], axis=1))


@fault("right for one step", "Starts every timestep from the initial state.", VALUES, EVERY)
def _right_for_one_step(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        return original(lambda x, _: step(x, tuple(states)), inputs, states, **options)

    inner(garden, loop)


@fault("neighbour's state", "Hands each sample's state to its neighbour.", "VALUE-1", SIMPLE)
def _neighbours_state(garden: Garden) -> None:
    def loop(original: Any, step: Any, *args: Any, **options: Any) -> Any:
        def leaking(x: Any, states: Any) -> Any:
            return step(x, tuple(ops.roll(state, 1, axis=0) for state in states))

        return original(leaking, *args, **options)

    inner(garden, loop)


@fault("reversed batch", "Returns the samples in the reverse order.", "VALUE-1", SIMPLE)
def _reversed_batch(garden: Garden) -> None:
    results(garden, lambda *returned: keras.tree.map_structure(ops.flip, returned))


BACKWARD = "SimpleRNN-seq1-state1-u3-t5-back1 LSTM-seq0-state1-u3-t5-back1"


@fault("forwards always", "Ignores go_backwards.", "BACK-1", BACKWARD)
def _forwards_always(garden: Garden) -> None:
    inner(garden, lambda loop, *args, **options: loop(*args, **{**options, "go_backwards": False}))


@fault(
    "backwards, then turned",
    "Runs backwards, but returns the outputs in the input's order.",
    "BACK-1",
    BACKWARD,
)
def _backwards_then_turned(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        last, outputs, states = original(*args, **options)
        return last, ops.flip(outputs, axis=1) if options["go_backwards"] else outputs, states

    inner(garden, loop)


@fault(
    "turned, not run backwards",
    "Runs forwards under go_backwards and returns it reversed.",
    "BACK-1",
    BACKWARD,
)
def _turned_not_run_backwards(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        last, outputs, states = original(*args, **{**options, "go_backwards": False})
        return last, ops.flip(outputs, axis=1) if options["go_backwards"] else outputs, states

    inner(garden, loop)


@fault(
    "mask forwards",
    "Runs backwards over the inputs, but forwards over the mask.",
    "BACK-1",
    "SimpleRNN-seq1-state1-u2-t4-n3-mask.gap-back1 SimpleRNN-seq1-state1-u2-t4-n3-mask.row-back1",
)
def _mask_forwards(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        if options["go_backwards"] and options["mask"] is not None:
            options["mask"] = ops.flip(options["mask"], axis=1)
        return original(*args, **options)

    inner(garden, loop)


UNROLLED = "SimpleRNN-seq1-state1-u3-t5-unroll1 LSTM-seq1-state1-u3-t5-unroll1"


def unrolled(garden: Garden, change: Any) -> None:
    """Let `change(inputs)` choose what an unrolled loop runs over."""

    def loop(original: Any, step: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        return original(step, change(inputs) if options["unroll"] else inputs, *args, **options)

    inner(garden, loop)


@fault("unrolled short", "Never sees the last timestep when unrolled.", "UNROLL-1", UNROLLED)
def _unrolled_short(garden: Garden) -> None:
    unrolled(garden, lambda x: ops.concatenate([x[:, :-1], ops.zeros_like(x[:, -1:])], axis=1))


@fault("unrolled backwards", "Runs backwards when unrolled.", "UNROLL-1", UNROLLED)
def _unrolled_backwards(garden: Garden) -> None:
    unrolled(garden, lambda x: ops.flip(x, axis=1))


@fault(
    "unrolled unmasked",
    "Ignores the mask when unrolled.",
    "UNROLL-1",
    "SimpleRNN-seq1-state1-u2-t4-n3-mask.left-unroll1",
)
def _unrolled_unmasked(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        return original(*args, **{**options, "mask": None} if options["unroll"] else options)

    inner(garden, loop)


@fault("never unrolled", "Ignores unroll.", "PATH-2", UNROLLED)
def _never_unrolled(garden: Garden) -> None:
    garden.around(
        RNN,
        "inner_loop",
        lambda loop, self, *args, **options: loop(View(self, unroll=False), *args, **options),
    )


@fault("always unrolled", "Unrolls whatever unroll says.", "PATH-2", SIMPLE)
def _always_unrolled(garden: Garden) -> None:
    garden.around(
        RNN,
        "inner_loop",
        lambda loop, self, *args, **options: loop(View(self, unroll=True), *args, **options),
    )


@fault(
    "unknown time",
    "Runs backwards where the number of timesteps is unknown at build.",
    "STATIC-1",
    "SimpleRNN-seq1-state1-u3-t5-static.time",
)
def _unknown_time(garden: Garden) -> None:
    def build(original: Any, self: Any, shape: Any, *args: Any) -> Any:
        self.go_backwards = self.go_backwards or shape[1] is None
        return original(self, shape, *args)

    garden.around(RNN, "build", build)


@fault(
    "unknown batch",
    "Drops the bias where the batch size is unknown at build.",
    "STATIC-1",
    "SimpleRNN-seq1-state1-u3-t5-static.batch",
)
def _unknown_batch(garden: Garden) -> None:
    def build(original: Any, self: Any, shape: Any, *args: Any) -> Any:
        self.unbiased = shape[0] is None
        return original(self, shape, *args)

    def loop(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        if self.unbiased:
            self.cell.bias.assign(ops.zeros_like(self.cell.bias))
        return original(self, sequences, *args, **options)

    garden.around(RNN, "build", build)
    garden.around(RNN, "inner_loop", loop)


@fault(
    "without cuDNN",
    "Computes in half precision under use_cudnn=False.",
    "CUDNN-1",
    "LSTM-seq1-state1-u3-t5-cudnn.false GRU-seq1-state1-u3-t5-cudnn.false",
)
def _without_cudnn(garden: Garden) -> None:
    def loop(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        returned = original(self, *args, **options)
        if self.use_cudnn is not False:
            return returned
        return keras.tree.map_structure(
            lambda value: ops.cast(ops.cast(value, "float16"), value.dtype), returned
        )

    for layer in (keras.layers.LSTM, keras.layers.GRU):
        garden.around(layer, "inner_loop", loop)


@fault(
    "graph forgets",
    "Drops the recurrent kernel when traced into a graph.",
    "PATH-1",
    "SimpleRNN-seq1-state1-u3-t5-via.predict SimpleRNN-seq1-state1-u3-t5-via.graph",
)
def _graph_forgets(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, **options: Any) -> Any:
        if not hasattr(x, "numpy"):
            states = keras.tree.map_structure(ops.zeros_like, states)
        return original(self, x, states, **options)

    garden.around(SimpleRNNCell, "call", call)
