"""The article's listings, masks between layers, compiled loops, and layers that are used twice."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import keras
from keras.layers import GRU, LSTM, RNN, Bidirectional, LSTMCell

from tests.quality.fault_injection.catalogue.layer.loop import results
from tests.quality.fault_injection.catalogue.layer.states import start
from tests.quality.fault_injection.faults import Garden, View, fault

LISTING = "LSTM-seq1-state0-u1-t3-n1-in2-do.article-what.listing1"
STATES = "LSTM-seq0-state1-u1-t3-n1-in2-do.article-what.listing3"
PRINTED = "LSTM-seq0-state0-u1-t3-n1-in2-do.article-what.printed2"
DECODER = "LSTM-seq1-state1-u4-t5-in4-do.article-what.listing5"


@fault(
    "one output in the article",
    "Returns one output in the place of the sequence.",
    "ARTICLE-2",
    LISTING,
)
def _one_output_in_the_article(garden: Garden) -> None:
    garden.around(
        RNN,
        "call",
        lambda call, self, *args, **options: call(
            View(self, return_sequences=False), *args, **options
        ),
    )


@fault(
    "carry first in the article", "Returns the carry before the hidden state.", "ARTICLE-3", STATES
)
def _carry_first_in_the_article(garden: Garden) -> None:
    results(garden, lambda last, outputs, states: (last, outputs, list(states)[::-1]))


@fault("half again in the article", "Gives half as much again.", "ARTICLE-4 ARTICLE-5", PRINTED)
def _half_again_in_the_article(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        hidden, states = original(self, *args, **options)
        return 1.5 * hidden, states

    garden.around(LSTMCell, "call", call)


@fault(
    "a decoder without memory",
    "Ignores the states that a decoder hands on.",
    "ARTICLE-6 ARTICLE-7",
    DECODER,
)
def _a_decoder_without_memory(garden: Garden) -> None:
    start(garden, lambda states: None)


CARRIED = "LSTM-seq1-state1-u2-t3-n2-mask.right-do.masks-what.carried"
COMPUTED = "GRU-seq0-state0-u2-t3-n2-mask.right-do.masks-what.computed"


@fault("mask ends here", "Answers no mask for the sequence it returns.", "MASKOUT-1", CARRIED)
def _mask_ends_here(garden: Garden) -> None:
    def mask(original: Any, self: Any, *args: Any) -> Any:
        return keras.tree.map_structure(lambda value: None, original(self, *args))

    garden.around(LSTM, "compute_mask", mask)


@fault("mask for the last output", "Answers a mask for a last output.", "MASKOUT-2", COMPUTED)
def _mask_for_the_last_output(garden: Garden) -> None:
    garden.around(GRU, "compute_mask", lambda original, self, inputs, mask: mask)


@fault(
    "never unrolled when compiled",
    "Compiles a loop in spite of unroll.",
    "PATH-3",
    "SimpleRNN-seq1-state1-u3-t5-unroll1-init.list-via.graph",
)
def _never_unrolled_when_compiled(garden: Garden) -> None:
    garden.around(
        RNN,
        "inner_loop",
        lambda loop, self, *args, **options: loop(View(self, unroll=False), *args, **options),
    )


@fault(
    "other numbers the second time",
    "Adds one to its input from its second use on.",
    "PATH-4",
    "LSTM-seq0-state1-u3-t3-static.none-do.reuse-what.lengths",
)
def _other_numbers_the_second_time(garden: Garden) -> None:
    uses = WeakKeyDictionary[Any, float]()

    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        uses[self] = uses.get(self, -1.0) + 1.0
        return original(self, sequences + uses[self], *args, **options)

    garden.around(LSTM, "call", call)


@fault(
    "keeps nothing of a training step",
    "Sets its states back to zeros after a training step.",
    "FIT-4",
    "GRU-seq0-state0-u4-t4-n2-stateful1-do.fit-what.batch",
)
def _keeps_nothing_of_a_training_step(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        found = original(self, *args, **options)
        for state in self.states or []:
            state.assign(0 * state)
        return found

    garden.around(RNN, "call", call)


@fault(
    "own layer at other timesteps",
    "Leaves the outputs of its own backward layer reversed.",
    "BIDIR-11",
    "LSTM-seq1-state1-u2-t3-n4-as.bi-back1-own1",
)
def _own_layer_at_other_timesteps(garden: Garden) -> None:
    garden.put(keras.src.ops, "flip", lambda x, axis=None: x)


@fault(
    "averages without halving",
    "Doubles what both directions give together.",
    "BIDIR-1",
    "LSTM-seq1-state0-u2-t3-n4-as.bi-merge.sum",
)
def _averages_without_halving(garden: Garden) -> None:
    garden.around(
        Bidirectional, "call", lambda call, self, *args, **options: 2 * call(self, *args, **options)
    )


@fault(
    "channels first unbiased",
    "Drops the bias of its input where the channels come first.",
    "CONV-3",
    "ConvLSTM3D-seq1-state1-u3-t1-n2-in2-fmt.first",
)
def _channels_first_unbiased(garden: Garden) -> None:
    cell = keras.src.layers.rnn.conv_lstm.ConvLSTMCell

    def conv(original: Any, self: Any, x: Any, w: Any, b: Any = None, **options: Any) -> Any:
        return original(self, x, w, None if self.data_format == "channels_first" else b, **options)

    garden.around(cell, "input_conv", conv)
