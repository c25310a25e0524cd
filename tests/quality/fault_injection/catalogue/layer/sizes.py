"""What is right up to a size, and for one option alone: chunks, thresholds, options that meet."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import RNN, LSTMCell, StackedRNNCells

from tests.quality.fault_injection.catalogue.layer.loop import given, inner, results, unrolled
from tests.quality.fault_injection.faults import Garden, View, fault

FEATURES = "SimpleRNN-seq1-state1-u2-t2-n3-in1025 LSTM-seq1-state1-u2-t2-n3-in1025"
BATCH = "SimpleRNN-seq1-state1-u3-t2-n1025-in2"
UNITS = "SimpleRNN-seq1-state1-u1025-t2-n2-in3"
LONG = "SimpleRNN-seq1-state1-u2-t1025-n2-in1-via.predict"
LAYERS = "SimpleRNN-seq1-state0-u2-t3-n4-in3-as.model-deep17"


def without(x: Any, axis: int, start: int) -> Any:
    """The tensor with zeros in place of what lies beyond a place of an axis."""
    kept = ops.arange(x.shape[axis]) < start
    return x * ops.cast(ops.reshape(kept, [-1 if i == axis else 1 for i in range(3)]), x.dtype)


def whole(size: int, chunk: int) -> int:
    """How much of a size chunks of another fill."""
    return size // chunk * chunk or size


@fault(
    "features in chunks", "Leaves out the features that fill no chunk of 64.", "SIZE-1", FEATURES
)
def _features_in_chunks(garden: Garden) -> None:
    given(garden, lambda x: without(x, 2, whole(x.shape[2], 64)))


@fault("units in chunks", "Gives zeros for the units that fill no chunk of 256.", "SIZE-1", UNITS)
def _units_in_chunks(garden: Garden) -> None:
    results(
        garden,
        lambda last, outputs, states: (
            last,
            without(outputs, 2, whole(outputs.shape[2], 256)),
            states,
        ),
    )


@fault("samples in chunks", "Leaves out the samples that fill no chunk of 32.", "SIZE-2", BATCH)
def _samples_in_chunks(garden: Garden) -> None:
    given(garden, lambda x: without(x, 0, whole(x.shape[0], 32)))


@fault(
    "samples beyond 512",
    "Gives every sample from the 512th on what its predecessor gets.",
    "SIZE-2",
    BATCH,
)
def _samples_beyond_512(garden: Garden) -> None:
    given(garden, lambda x: ops.concatenate([x[:512], x[511:-1]]) if x.shape[0] > 512 else x)


@fault("steps beyond 512", "Sees no input after 512 timesteps.", "SIZE-3", LONG)
def _steps_beyond_512(garden: Garden) -> None:
    given(garden, lambda x: without(x, 1, 512))


@fault(
    "unrolled in chunks",
    "Unrolled, leaves out the timesteps that fill no chunk of 64.",
    "SIZE-3",
    "SimpleRNN-seq1-state1-u2-t257-n2-in1-unroll1",
)
def _unrolled_in_chunks(garden: Garden) -> None:
    unrolled(garden, lambda x: without(x, 1, whole(x.shape[1], 64)))


@fault(
    "gradient cut",
    "Sends no gradient through the timesteps after the 200th.",
    "GRAD-1",
    "SimpleRNN-seq1-state1-u2-t257-n2-in1-via.graph-do.grad",
)
def _gradient_cut(garden: Garden) -> None:
    def cut(loop: Any, step: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        if inputs.shape[1] > 200:
            ahead, behind = inputs[:, :200], ops.stop_gradient(inputs[:, 200:])
            inputs = ops.concatenate([ahead, behind], axis=1)
        return loop(step, inputs, *args, **options)

    inner(garden, cut)


@fault(
    "eight cells",
    "Gives zeros for the output of a stack of more than eight cells.",
    "SIZE-4",
    "SimpleRNN-seq1-state1-u2-t3-n4-in3-as.stack-deep33",
)
def _eight_cells(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        output, states = original(self, *args, **options)
        return (ops.zeros_like(output) if len(self.cells) > 8 else output), states

    garden.around(StackedRNNCells, "call", call)


@fault(
    "sixteen layers",
    "Runs the last of more than sixteen layers of a model backwards.",
    "SIZE-4",
    LAYERS,
)
def _sixteen_layers(garden: Garden) -> None:
    def backwards(model: Any) -> None:
        if len(model.layers) > 16:
            model.layers[-1].go_backwards = True

    garden.made(keras.Sequential, backwards)


@fault(
    "no bias in half precision",
    "Forgets its states without a bias in half precision.",
    "DTYPE-2",
    "LSTM-seq0-state0-u3-t5-bias0-mf16",
)
def _no_bias_in_half_precision(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, **options: Any) -> Any:
        if not self.use_bias and self.compute_dtype == "float16":
            states = [ops.zeros_like(state) for state in states]
        return original(self, x, states, **options)

    garden.around(LSTMCell, "call", call)


@fault(
    "forwards in parts",
    "Ignores go_backwards with implementation 1.",
    "BACK-1",
    "GRU-seq0-state0-u3-t5-impl1-back1",
)
def _forwards_in_parts(garden: Garden) -> None:
    def loop(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        in_parts = getattr(self.cell, "implementation", 2) == 1
        return original(View(self, go_backwards=False) if in_parts else self, *args, **options)

    garden.around(RNN, "inner_loop", loop)
