"""Faults that two conditions make together: a place in a stack and training, a size and a mask."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRUCell, StackedRNNCells, TimeDistributed
from keras.src.layers.rnn.conv_lstm import ConvLSTMCell

from tests.quality.fault_injection.faults import Garden, View, fault

RNN = keras.layers.RNN
MANY = 32


@fault(
    "stateless with an effect",
    "Changes the states that it keeps in a stateless_call.",
    "ALIAS-3",
    "SimpleRNN-seq1-state1-u3-t3-n4-mask.right-stateful1-via.stateless",
)
def _stateless_with_an_effect(garden: Garden) -> None:
    def call(original: Any, self: Any, *values: Any, **options: Any) -> Any:
        given = original(self, *values, **options)
        for state in self.states:
            state.assign(state.value + 1)
        return given

    garden.around(keras.Layer, "stateless_call", call)


@fault(
    "stateless with other weights",
    "Computes a stateless_call with half of the weights that it is handed.",
    "PATH-1",
    "LSTM-seq1-state1-u3-t3-n4-mask.gap-init.list-via.stateless",
)
def _stateless_with_other_weights(garden: Garden) -> None:
    def call(original: Any, self: Any, weights: Any, *rest: Any, **options: Any) -> Any:
        return original(self, [weight / 2 for weight in weights], *rest, **options)

    garden.around(keras.Layer, "stateless_call", call)


@fault(
    "trains the ends of a stack",
    "Hands training to the first and the last cell of a stack alone.",
    "DROP-4",
    "LSTM-seq1-state0-u8-t3-n128-in4-as.amid-drop25-rdrop50-do.train-what.masks",
)
def _trains_the_ends_of_a_stack(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        first, *inner, last = self.cells
        return original(View(self, cells=[first, *map(View, inner), last]), *args, **options)

    garden.around(StackedRNNCells, "call", call)


@fault(
    "dropout of the first batch",
    "Draws masks of dropout for as many samples as the first batch had.",
    "RUN-1",
    "GRU-seq1-state1-u3-t3-n4-calls3-drop50-then.both",
)
def _dropout_of_the_first_batch(garden: Garden) -> None:
    def create(original: Any, self: Any, step: Any, rate: float) -> Any:
        first = self.__dict__.setdefault("_first_batch", step.shape[0])
        return original(self, step[:first], rate)

    garden.around(GRUCell, "_create_dropout_mask", create)


@fault(
    "one dilation where padded",
    "Takes the last dilation for those of all axes where padding is same.",
    "CONV-2",
    "ConvLSTM2D-seq1-state1-u3-t3-n2-in2-pad.same-dil3",
)
def _one_dilation_where_padded(garden: Garden) -> None:
    def convolve(original: Any, self: Any, *args: Any, padding: str = "valid") -> Any:
        last = {"dilation_rate": self.dilation_rate[-1]} if padding == "same" else {}
        return original(View(self, **last), *args, padding=padding)

    garden.around(ConvLSTMCell, "input_conv", convolve)


@fault(
    "unmasked beyond many",
    "Masks nothing in the sequences of TimeDistributed beyond many.",
    "TIMEDIST-2",
    "LSTM-seq1-state0-u2-t2-n2-as.td-mask.right-unroll1-slices33",
)
def _unmasked_beyond_many(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, mask: Any = None, **options: Any) -> Any:
        if mask is not None and mask.shape[1] > MANY:
            rest = ops.ones_like(mask[:, MANY:])
            mask = ops.concatenate([mask[:, :MANY], rest], axis=1)
        return original(self, *args, mask=mask, **options)

    garden.around(TimeDistributed, "call", call)


@fault(
    "restarts what is all masked",
    "Sets the states of samples without a timestep that counts to zeros.",
    "HIST-5",
    "SimpleRNN-seq1-state1-u3-t3-n4-mask.row-stateful1-calls4-then.mask",
)
def _restarts_what_is_all_masked(garden: Garden) -> None:
    def loop(original: Any, self: Any, initial_state: Any, mask: Any, **rest: Any) -> Any:
        if mask is not None:
            counts = ops.any(mask, axis=1, keepdims=True)
            initial_state = [ops.where(counts, one, one * 0) for one in initial_state]
        return original(self, initial_state=initial_state, mask=mask, **rest)

    garden.around(RNN, "inner_loop", loop)


@fault(
    "a cast without its mask",
    "Loses the mask of an input that it casts.",
    "MASK-2",
    "LSTM-seq1-state1-u3-t3-n4-mask.gap-maskby.masking-x.f16",
)
def _a_cast_without_its_mask(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, *args: Any, **options: Any) -> Any:
        if isinstance(self, RNN) and x.dtype != self.compute_dtype:
            x = ops.cast(x, self.compute_dtype)
        return original(self, x, *args, **options)

    garden.around(keras.Layer, "__call__", call)


@fault(
    "half of a long reversal",
    "Reads nothing beyond 512 timesteps where it goes backwards.",
    "SIZE-3",
    "SimpleRNN-seq1-state1-u2-t1025-n2-in1-back1-via.predict",
)
def _half_of_a_long_reversal(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, *args: Any, **options: Any) -> Any:
        if self.go_backwards:
            x = ops.concatenate([x[:, :512], ops.zeros_like(x[:, 512:])], axis=1)
        return original(self, x, *args, **options)

    garden.around(RNN, "call", call)
