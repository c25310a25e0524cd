"""The values of the axes that have many, with the words for them; and groups of values.

New values go to the end of their axis.
"""

from __future__ import annotations

from keras_rnn_conformance.cases.axis import Value, words_of

ACTIVATIONS = words_of(
    "tanh sigmoid linear none callable relu relu6 leaky_relu elu celu selu gelu silu mish softmax "
    "log_softmax softplus softsign squareplus exponential hard_sigmoid hard_silu hard_tanh "
    "hard_shrink soft_shrink tanh_shrink log_sigmoid sparse_plus sparse_sigmoid sparsemax"
)

FORMS: dict[Value, str] = {
    "layer": "the layer itself",
    "cell": "the cell alone",
    "rnn": "RNN over the cell",
    "list": "RNN over a list of cells",
    "stack": "StackedRNNCells",
    "mix": "RNN over cells of several kinds",
    "bi": "Bidirectional",
    "td": "TimeDistributed",
    "one": "RNN over a list of one cell",
    "model": "a model of layers",
    "behind": "StackedRNNCells of a cell that hands on its input, and the cell",
    "ahead": "RNN over a list of the cell, and cells that hand on their input",
    "amid": "RNN over a list of the cell between two that hand on their input",
    "even": "StackedRNNCells of cells of one size",
}
"""Of the axis `as`."""

STACKS = ("list", "stack", "mix", "one", "behind", "ahead", "amid", "even")
"""The values of `as` that put several cells, or a list of one, into RNN."""

MASKS: dict[Value, str] = {
    "none": "no mask",
    "ones": "a mask that masks nothing",
    "right": "a right-padded mask",
    "left": "a left-padded mask",
    "gap": "a mask with a gap",
    "alt": "every other timestep masked",
    "first": "a masked first timestep",
    "row": "a fully masked sample",
    "all": "every timestep masked",
    "ragged": "a mask that pads all samples but the first",
}
"""Of the axis `mask`."""

MASK_SOURCES: dict[Value, str] = {
    "arg": "the mask as an argument",
    "masking": "a mask made by Masking",
    "embedding": "a mask made by Embedding",
    "marked": "a mask made by Masking of another number",
    "both": "the mask as an argument, of an input that carries another",
    "near": "a mask made by Masking of a number that timesteps nearly hold",
}
"""Of the axis `maskby`."""

MARKS = ("masking", "marked", "near")
"""The values of `maskby` that put a Masking in front of the layer."""

FRONTS = (*MARKS, "embedding")
"""Those that put any layer in front, which makes the mask."""

INITIAL_STATES: dict[Value, str] = {
    "none": "no initial_state",
    "list": "initial_state",
    "tuple": "initial_state as a tuple",
    "tensor": "initial_state as one tensor",
    "symbolic": "symbolic initial_state",
    "layer": "initial_state from another layer",
    "wide": "initial_state in float32",
    "double": "initial_state in float64",
}
"""Of the axis `init`."""

WIDTHS = {"wide": "float32", "double": "float64"}
"""By value of `init`, the dtype of states that are not in that of the layer."""

RESETS: dict[Value, str] = {
    "none": "no reset_state",
    "between": "reset_state between the calls",
    "alias": "reset_states between the calls",
    "rebuild": "build once more between the calls",
}
"""Of the axis `reset`."""

CALL_PATHS: dict[Value, str] = {
    "call": "called directly",
    "functional": "in a functional model",
    "predict": "through predict",
    "batch": "through predict_on_batch",
    "sequential": "in a Sequential model",
    "nested": "in a model inside a model",
    "subclass": "in a subclassed model",
    "graph": "inside the backend's own transform",
    "jit": "under XLA",
    "td": "inside TimeDistributed",
    "stream": "as a batch of one predict",
    "stateless": "through stateless_call",
}
"""Of the axis `via`."""

CUSTOM_CELLS: dict[Value, str] = {
    "plain": "a custom cell",
    "nested": "a custom cell of nested states",
    "outstate": "a custom cell whose output is smaller than its state",
    "noinit": "a custom cell of two states without get_initial_state",
    "training": "a custom cell that takes training",
    "start": "a custom cell whose get_initial_state is not zeros",
    "tuple": "a custom cell that returns its states in a tuple",
    "bare": "a custom cell that returns its one state as a tensor",
    "class": "a custom cell that is no keras.Layer",
    "sizes": "a custom cell of two states of different sizes",
    "whole": "a custom layer that is not an RNN",
    "spare": "a custom layer with nothing but what Bidirectional documents",
    "kinds": "a stack of three different custom cells",
    "others": "a stack of three other custom cells",
    "three": "a custom cell of three states",
    "pair": "a custom cell that returns two states in a tuple",
    "learned": "a custom cell whose first state is a weight",
    "turns": "a stack of custom cells of which the last takes training",
}
"""Of the axis `cell`."""

DIFFERENT = {
    "kinds": ("training", "class", "plain"),
    "others": ("outstate", "training", "sizes"),
    "turns": ("class", "plain", "training"),
}
"""By value of the axis `cell`, the different cells of the user's own in one stack."""

MAGNITUDES: dict[Value, str] = {
    "one": "inputs of ordinary size",
    "big": "large inputs and a small kernel",
    "small": "small inputs and a large kernel",
    "tiny": "tiny inputs",
    "full": "inputs that saturate the gates",
    "minus": "inputs of minus zero",
    "loud": "large initial states",
    "faint": "tiny initial states",
    "slight": "slight inputs",
    "fine": "numbers of all the digits of the dtype",
}
"""Of the axis `mag`."""

CHANGES: dict[Value, str] = {
    "none": "equal calls",
    "batch": "another batch size in every other call",
    "length": "another number of timesteps in every other call",
    "dtype": "another input dtype in every other call",
    "train": "training=True in every other call",
    "assign": "weights changed by assign between calls",
    "set": "weights changed by set_weights between calls",
    "step": "weights changed by an optimizer between calls",
    "mask": "a mask in every other call alone",
    "state": "initial_state in every other call alone",
    "refill": "arrays that hold other numbers in every other call",
    "both": "another batch size and training=True in every other call",
    "frozen": "trainable=False in every other call",
    "lent": "weights set from arrays that hold other numbers afterwards",
    "remask": "another mask in every other call",
    "restate": "another initial_state in every other call",
    "woken": "weights of zero in a call before the others",
    "copied": "a layer out of the configuration of the first in every other call",
}
"""Of the axis `then`."""

CHANGING = ("assign", "set", "step", "lent")
"""The values of `then` that change the weights."""

TRAINS = ("train", "both")
"""Those in which every other call is one in training."""
