"""Dropout: where, when, how much, and from which seed."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRU, LSTM, RNN, GRUCell, LSTMCell, SimpleRNN, SimpleRNNCell

from tests.quality.fault_injection.catalogue.arguments.weights import constructed, ignored
from tests.quality.fault_injection.faults import Garden, View, fault

RANDOM = keras.src.backend.random
CELLS = (SimpleRNNCell, LSTMCell, GRUCell)
LAYERS = (SimpleRNN, LSTM, GRU)
SIMPLE = "SimpleRNN-seq1-state0-u8-t3-n128-in4-drop25-rdrop50-do.train-what.masks"
GATED = "LSTM-seq1-state0-u8-t3-n128-in4-drop25-rdrop50-do.train-what.masks"
HELD = "SimpleRNN-seq1-state0-u3-t3-n8-in4-as.rnn-drop50-do.train-what.held"
INERT = "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop50-rdrop25-do.train-what.inert"
SEED = "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop50-rdrop50-do.train-what.seed"
STATEFUL_SEED = SEED.replace("-drop50", "-stateful1-drop50")
LIST = GATED.replace("-drop25", "-as.ahead-drop25")
EDGE = "SimpleRNN-seq1-state0-u3-t3-n2-in4-drop100-do.train-what.edges"
PREDICT = "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop25-rdrop50-do.train-what.predict"
FIT = "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop50-do.train-what.fit"


def drawn(garden: Garden, wrong: Any) -> None:
    """Let `wrong(dropout, ones, rate, seed)` draw the masks."""

    def draw(original: Any, ones: Any, rate: Any, seed: Any = None, **rest: Any) -> Any:
        return wrong(original, ones, rate, seed)

    garden.around(RANDOM, "dropout", draw)


def training(garden: Garden, change: Any) -> None:
    """Let `change(training)` choose what the cells take for training."""

    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        return original(self, x, states, training=change(training))

    for cell in CELLS:
        garden.around(cell, "call", call)


@fault("never drops", "Ignores dropout and recurrent_dropout.", "DROP-4", f"{SIMPLE} {GATED}")
def _never_drops(garden: Garden) -> None:
    drawn(garden, lambda dropout, ones, rate, seed: ones)


@fault("drops too much", "Drops at the rate of what it should keep.", "DROP-4", SIMPLE)
def _drops_too_much(garden: Garden) -> None:
    drawn(garden, lambda dropout, ones, rate, seed: dropout(ones, 1 - rate * 0.2, seed=seed))


@fault("unscaled", "Does not scale what it keeps.", "DROP-2", f"{SIMPLE} {GATED}")
def _unscaled(garden: Garden) -> None:
    drawn(garden, lambda dropout, ones, rate, seed: ops.sign(dropout(ones, rate, seed=seed)))


@fault("scaled by the rate", "Scales what it keeps by 1 + rate.", "DROP-2", SIMPLE)
def _scaled_by_the_rate(garden: Garden) -> None:
    drawn(
        garden,
        lambda dropout, ones, rate, seed: (1 + rate) * ops.sign(dropout(ones, rate, seed=seed)),
    )


@fault(
    "one mask for the batch",
    "Drops the same elements of every sample.",
    "DROP-5",
    f"{SIMPLE} {GATED}",
)
def _one_mask_for_the_batch(garden: Garden) -> None:
    drawn(garden, lambda dropout, ones, rate, seed: ones * dropout(ones, rate, seed=seed)[:1])


@fault("a mask for every step", "Draws a new mask at every timestep.", "DROP-1", SIMPLE)
def _a_mask_for_every_step(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.reset_dropout_mask()
        self.reset_recurrent_dropout_mask()
        return original(self, *args, **options)

    garden.around(SimpleRNNCell, "call", call)


@fault("one mask for all gates", "Drops the same elements for every gate.", "DROP-3", GATED)
def _one_mask_for_all_gates(garden: Garden) -> None:
    def mask(original: Any, self: Any, *args: Any) -> Any:
        drawn_masks = original(self, *args)
        return [drawn_masks[0]] * len(drawn_masks) if isinstance(drawn_masks, list) else drawn_masks

    for name in ("get_dropout_mask", "get_recurrent_dropout_mask"):
        garden.around(LSTMCell, name, mask)


@fault("recurrent mask on the input", "Ignores recurrent_dropout.", "DROP-4", f"{SIMPLE} {GATED}")
def _no_recurrent_dropout(garden: Garden) -> None:
    ignored(garden, "recurrent_dropout")


@fault("no input dropout", "Ignores dropout.", "DROP-1", f"{SIMPLE} {GATED}")
def _no_input_dropout(garden: Garden) -> None:
    ignored(garden, "dropout")


@fault("crossed rates", "Takes dropout for recurrent_dropout and the reverse.", "DROP-4", SIMPLE)
def _crossed_rates(garden: Garden) -> None:
    def change(options: dict[str, Any]) -> None:
        one, other = options.get("dropout", 0.0), options.get("recurrent_dropout", 0.0)
        options.update(dropout=other, recurrent_dropout=one)

    constructed(garden, LAYERS, change)


@fault("drops the output", "Drops from the output in the place of the state.", "DROP-1", SIMPLE)
def _drops_the_output(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        keeping = View(self, get_recurrent_dropout_mask=lambda state: None)
        output, kept = original(keeping, x, states, training=training)
        mask = self.get_recurrent_dropout_mask(output)
        return output if mask is None or not training else output * mask, kept

    garden.around(SimpleRNNCell, "call", call)


@fault(
    "drops in inference",
    "Drops whether it is training or not.",
    "DROP-6 DROP-10",
    f"{INERT} {PREDICT}",
)
def _drops_in_inference(garden: Garden) -> None:
    training(garden, lambda training: True)


@fault("drops when unsaid", "Takes training=None for True.", "DROP-6", INERT)
def _drops_when_unsaid(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if options.get("training") is None:
            options["training"] = True
        return original(self, *args, **options)

    garden.around(SimpleRNN, "call", call)


@fault("never trains", "Takes training=True for False.", "DROP-4", f"{SIMPLE} {GATED}")
def _never_trains(garden: Garden) -> None:
    training(garden, lambda training: False)


@fault("drops in evaluate", "Drops in evaluate as in fit.", "DROP-11", FIT)
def _drops_in_evaluate(garden: Garden) -> None:
    training(garden, lambda training: True)


@fault("unseeded masks", "Ignores its seed.", "DROP-7", SEED)
def _unseeded_masks(garden: Garden) -> None:
    constructed(garden, LAYERS, lambda options: options.update(seed=None))


@fault("one seed for all", "Draws from one seed whatever it is given.", "DROP-7", SEED)
def _one_seed_for_all(garden: Garden) -> None:
    drawn(garden, lambda dropout, ones, rate, seed: dropout(ones, rate, seed=1))


@fault("one seed for the unseeded", "Draws from one seed if it is given none.", "DROP-7", SEED)
def _one_seed_for_the_unseeded(garden: Garden) -> None:
    def change(options: dict[str, Any]) -> None:
        options["seed"] = options.get("seed") or 1

    constructed(garden, LAYERS, change)


@fault(
    "masks kept with the states",
    "Keeps its masks from call to call if it is stateful.",
    "DROP-7",
    STATEFUL_SEED,
)
def _masks_kept_with_the_states(garden: Garden) -> None:
    def reset(original: Any, self: Any, cell: Any) -> None:
        if not self.stateful:
            original(self, cell)

    garden.around(RNN, "_maybe_reset_dropout_masks", reset)


@fault("drops in the last cell alone", "Lets the last cell of a stack alone train.", "DROP-4", LIST)
def _drops_in_the_last_cell_alone(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        return original(self, *args, **{**options, "training": False})

    garden.around(LSTMCell, "call", call)


@fault("same masks every call", "Draws the same masks in every call.", "DROP-7", SEED)
def _same_masks_every_call(garden: Garden) -> None:
    def keep(original: Any, self: Any) -> None:
        """The masks of the first call stay."""

    for name in ("reset_dropout_mask", "reset_recurrent_dropout_mask"):
        garden.around(SimpleRNNCell, name, keep)


@fault("nothing at all", "Drops nothing at a rate of 1.", "DROP-8", EDGE)
def _nothing_at_all(garden: Garden) -> None:
    drawn(
        garden,
        lambda dropout, ones, rate, seed: ones if rate == 1 else dropout(ones, rate, seed=seed),
    )


@fault("rates as given", "Keeps a rate below 0 or above 1 as it is.", "DROP-9", EDGE)
def _rates_as_given(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        for name in ("dropout", "recurrent_dropout"):
            setattr(self.cell, name, options.get(name, 0.0))

    garden.around(SimpleRNN, "__init__", init)


@fault("masks never reset", "Never draws its masks anew.", "DROP-7", SEED)
def _masks_by_first_call(garden: Garden) -> None:
    def reset(original: Any, self: Any, cell: Any) -> None:
        if not isinstance(cell, SimpleRNNCell):
            original(self, cell)

    garden.around(RNN, "_maybe_reset_dropout_masks", reset)


def _held(garden: Garden, call: Any) -> None:
    """Another Dropout for the cells that hold one."""
    garden.around(keras.layers.Dropout, "call", call)


@fault("held and idle", "A Dropout in a cell drops nothing.", "DROP-12 DROP-13", HELD)
def _held_and_idle(garden: Garden) -> None:
    _held(garden, lambda original, self, inputs, training=False: inputs)


@fault(
    "held and loud",
    "A Dropout in a cell multiplies by ten more.",
    "DROP-12 DROP-14",
    f"{HELD} {HELD.replace('drop50', 'drop25')}fit",
)
def _held_and_loud(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: bool = False) -> Any:
        return original(self, inputs, training) * (10.0 if training else 1.0)

    _held(garden, call)


@fault("held fast", "A Dropout in a cell drops the same elements every time.", "DROP-13", HELD)
def _held_fast(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: bool = False) -> Any:
        dropped = keras.random.dropout(ops.ones_like(inputs), self.rate, seed=1)
        return inputs * dropped if training else inputs

    _held(garden, call)


@fault(
    "frozen and idle",
    "Drops nothing in training while trainable is False.",
    "DROP-15",
    "SimpleRNN-seq1-state0-u3-t3-n8-in4-drop50-do.train-what.frozen",
)
def _frozen_and_idle(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, training: bool = False, **rest: Any) -> Any:
        return original(self, *args, training=training and self.trainable, **rest)

    garden.around(SimpleRNN, "call", call)


@fault(
    "no dropout without a bias",
    "Drops nothing in an LSTM without a bias.",
    "DROP-18",
    "LSTM-seq1-state0-u3-t3-n4-in4-bias0-drop50-do.train-what.acts",
)
def _no_dropout_without_a_bias(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        return original(self, x, states, training=training and self.use_bias)

    garden.around(LSTMCell, "call", call)


@fault(
    "seeds stay as given",
    "Returns the seeds that stateless_call was given, where a layer has several.",
    "DROP-19",
    "LSTM-seq1-state0-u3-t3-n4-in4-as.list-calls3-via.stateless-drop50-do.train-what.acts",
)
def _seeds_stay_as_given(garden: Garden) -> None:
    def call(original: Any, self: Any, trained: Any, other: Any, *args: Any, **options: Any) -> Any:
        returned, new = original(self, trained, other, *args, **options)
        return returned, other if len(other) > 1 else new

    garden.around(keras.Layer, "stateless_call", call)


@fault(
    "one mask for input and state",
    "Drops from the hidden state what it drops from an input of the same size.",
    "DROP-20",
    "SimpleRNN-seq1-state0-u8-t3-n32-in8-drop50-rdrop50-do.train-what.masks",
)
def _one_mask_for_input_and_state(garden: Garden) -> None:
    def mask(original: Any, self: Any, state: Any) -> Any:
        own, other = original(self, state), self._dropout_mask
        return own if own is None or own.shape != other.shape else other

    garden.around(SimpleRNNCell, "get_recurrent_dropout_mask", mask)
