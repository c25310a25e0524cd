"""The misuses that must be refused: who can make them, and how the refusal must read."""

from __future__ import annotations

from dataclasses import dataclass

VALUE = ("ValueError",)
EITHER = ("ValueError", "TypeError")
"""Where an argument is of a wrong type as much as of a wrong value, or meets other arrays late."""


@dataclass(frozen=True)
class Misuse:
    """One wrong use of a layer.

    Attributes:
        sentence: what is wrong, for a report.
        on: the cases that can make it, as layer names, with `/as` where not used alone.
        words: at least one of them stands in the message: the argument, or what it should be.
        errors: the classes that are right, a class derived from one of them included.
        source: where the right use is documented.
    """

    sentence: str
    on: tuple[str, ...]
    words: tuple[str, ...]
    errors: tuple[str, ...] = VALUE
    source: str = "keras.layers.RNN"


RANK = ("ndim", "rank", "dimensions", "3d", "5d")
BATCH = ("batch size", "batch_size", "batch_shape", "batch dimension", "batch axis")
"""The words for what the argument `sequences` should be, which every message may name."""

BI = ("SimpleRNN/bi",)
CELL = ("SimpleRNN/rnn",)
CELLS = ("SimpleRNN/rnn", "SimpleRNN/behind")
PLAIN = ("SimpleRNN", "LSTM", "GRU")
ONE = ("LSTM",)

MISUSES: dict[str, Misuse] = {
    # sizes
    "units_zero": Misuse("units is 0", (*PLAIN, "ConvLSTM2D"), ("units", "filters")),
    "units_negative": Misuse("units is -1", (*PLAIN, "ConvLSTM2D"), ("units", "filters")),
    "units_fraction": Misuse("units is 2.5", (*PLAIN, "ConvLSTM2D"), ("units", "filters")),
    "units_word": Misuse("units is 'three'", (*PLAIN, "ConvLSTM2D"), ("units", "filters"), EITHER),
    # names
    "activation_name": Misuse("unknown activation", ONE, ("nonsense", "activation")),
    "gate_activation_name": Misuse(
        "unknown recurrent_activation", ("LSTM", "GRU"), ("nonsense", "activation")
    ),
    "initializer_name": Misuse("unknown kernel_initializer", ONE, ("nonsense", "initializer")),
    "regularizer_name": Misuse("unknown kernel_regularizer", ONE, ("nonsense", "regularizer")),
    "constraint_name": Misuse("unknown kernel_constraint", ONE, ("nonsense", "constraint")),
    "keyword": Misuse("unknown keyword argument", (*PLAIN, "SimpleRNN/rnn"), ("nonsense",), EITHER),
    "dtype_name": Misuse("unknown dtype", ONE, ("nonsense", "dtype")),
    "trainable_word": Misuse("trainable is 'yes'", ONE, ("trainable",), EITHER),
    # dropout
    "dropout_word": Misuse("dropout is 'half'", ONE, ("dropout",), EITHER),
    "seed_word": Misuse("seed is 'one'", ONE, ("seed",), EITHER),
    # inputs
    "rank2": Misuse("an input of rank 2", (*PLAIN, "ConvLSTM2D"), RANK),
    "rank_over": Misuse("an input of one axis too many", (*PLAIN, "ConvLSTM2D"), RANK),
    "features": Misuse(
        "another feature size than built for", (*PLAIN, "ConvLSTM2D"), ("shape", "feature"), EITHER
    ),
    "mask_steps": Misuse("a mask of one timestep more", PLAIN, ("mask",), EITHER),
    "mask_batch": Misuse("a mask of one sample more", PLAIN, ("mask",), EITHER),
    "mask_short": Misuse("a mask of one timestep less", PLAIN, ("mask",), EITHER),
    # states
    "states_few": Misuse("one initial state too few", ONE, ("state",), EITHER),
    "states_many": Misuse("one initial state too many", PLAIN, ("state",), EITHER),
    "states_units": Misuse("an initial state of one unit more", PLAIN, ("state",), EITHER),
    "states_rank": Misuse("an initial state of one dimension too many", PLAIN, ("state",), EITHER),
    "states_flat": Misuse("an initial state of one axis too few", ONE, ("state",), EITHER),
    "states_one": Misuse("initial states of one sample for many", PLAIN, ("state",), EITHER),
    "states_known": Misuse(
        "an initial state of one dimension too many in a functional model", ONE, ("state",), EITHER
    ),
    "stateful_batch": Misuse("a stateful layer gets another batch size", PLAIN, BATCH),
    "stateful_one": Misuse("a stateful layer gets one sample of many", PLAIN, BATCH),
    "stateful_unknown": Misuse("a stateful layer without a batch size", PLAIN, BATCH),
    "unroll_unknown": Misuse("unrolling an unknown length", PLAIN, ("unroll",)),
    # weights
    "weights_few": Misuse(
        "set_weights with one weight less", (*PLAIN, *BI), ("weight",), source="keras.Layer"
    ),
    "weights_shape": Misuse(
        "set_weights with a weight that is smaller",
        (*PLAIN, *BI),
        ("shape",),
        source="keras.Layer",
    ),
    # cuDNN
    "cudnn_word": Misuse("use_cudnn is 'yes'", ("LSTM", "GRU"), ("cudnn",)),
    "cudnn_relu": Misuse("use_cudnn=True with relu", ("LSTM", "GRU"), ("cudnn",)),
    "cudnn_rdrop": Misuse("use_cudnn=True with recurrent_dropout", ("LSTM", "GRU"), ("cudnn",)),
    # cells
    "cell_no_call": Misuse("a cell without call", CELLS, ("call",)),
    "cell_no_size": Misuse("a cell without state_size", CELLS, ("state_size",)),
    "cell_size_word": Misuse("a state_size that is a word", CELL, ("state_size",)),
    "cell_size_none": Misuse("a state_size that is None", CELL, ("state_size",)),
    "cell_output_word": Misuse("an output_size that is a word", CELL, ("output_size",)),
    # Bidirectional
    "layer_word": Misuse("what is wrapped is no layer", (*BI, "SimpleRNN/td"), ("layer",)),
    "backward_word": Misuse("backward_layer is no layer", BI, ("backward_layer", "backward layer")),
    "merge_name": Misuse("unknown merge_mode", BI, ("merge",)),
    "directions_equal": Misuse("both layers go forwards", BI, ("go_backwards", "direction")),
    "sequences_differ": Misuse("return_sequences differs", BI, ("return_sequences",)),
    "states_differ": Misuse("return_state differs", BI, ("return_state",)),
    "stateful_differ": Misuse("stateful differs", BI, ("stateful",)),
    "reset_stateless": Misuse(
        "reset_state without stateful", BI, ("stateful",), ("ValueError", "AttributeError")
    ),
    # TimeDistributed
    "slices_missing": Misuse("an input of rank 2", ("SimpleRNN/td",), (*RANK, "shape")),
    "slices_mask": Misuse("a mask of one slice more", ("SimpleRNN/td",), ("mask",)),
    "slices_mask_batch": Misuse("a mask of one sample more", ("SimpleRNN/td",), ("mask",)),
    "slices_mask_rank": Misuse("a mask of rank 1", ("SimpleRNN/td",), ("mask",)),
    # ConvLSTM
    "stride_dilation": Misuse(
        "strides and dilation_rate above 1", ("ConvLSTM2D",), ("strides", "dilation_rate")
    ),
    "space_unknown": Misuse("an unknown spatial size", ("ConvLSTM2D",), ("spatial",)),
    "channels_unknown": Misuse("an unknown number of channels", ("ConvLSTM2D",), ("channel",)),
    "padding_name": Misuse("unknown padding", ("ConvLSTM2D",), ("padding",)),
    "format_name": Misuse("unknown data_format", ("ConvLSTM2D",), ("data_format",)),
    "kernel_zero": Misuse("kernel_size is 0", ("ConvLSTM2D",), ("kernel_size",)),
    "kernel_rank": Misuse("kernel_size of three axes", ("ConvLSTM2D",), ("kernel_size",)),
    "stride_negative": Misuse("strides is -1", ("ConvLSTM2D",), ("strides",)),
    "stride_rank": Misuse("strides of three axes", ("ConvLSTM2D",), ("strides",)),
    "dilation_zero": Misuse("dilation_rate is 0", ("ConvLSTM2D",), ("dilation_rate",)),
    "dilation_rank": Misuse("dilation_rate of three axes", ("ConvLSTM2D",), ("dilation_rate",)),
}
