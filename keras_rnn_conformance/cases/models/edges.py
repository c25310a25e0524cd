"""What users do with recurrent layers beside calling and training them: one name, one deed."""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.cases.models.deeds.exporting import EXPORTING
from keras_rnn_conformance.cases.models.promises import BUNDLE, FITTED, PROMISES

EDGES: dict[str, str] = {
    "reset_model": "Model.reset_state between two calls of a model with a stateful layer",
    "reset_given": "reset_state(states=...) of a stateful layer",
    "own_layer": "a cell with dropout in a layer of the user's own: fit, then another batch size",
    "no_timesteps": "a call on sequences without timesteps",
    "ragged": "a model of ragged input, on TensorFlow",
    "numpy_units": "units that are a NumPy integer, and a configuration in JSON",
    "threads": "several threads that call one model",
    "quantized": 'quantize("int8") of a model with TimeDistributed(Dense)',
    "exported": "a stateful layer in a SavedModel, which is called twice",
    "floatx": "a model under set_floatx: made, trained without a step, and predicting",
    "stateful_fit": "fit of a stateful layer, whose states a callback resets after each epoch",
    "constant_states": "initial states that are constants of a functional model, and its file",
    "constant_mask": "a mask that is a constant of a functional model, and its file",
    "constants": "a cell of the user's own that attends to `constants`",
    "decoder": "encoder and decoder taken out of a loaded model by layer.input and layer.output",
    "tokens": "ids of an Embedding in every dtype, in a large table",
    "stray_token": "an id beyond the table of an Embedding, in one sample",
    "learned_start": "two steps of training a cell whose first state is a weight",
    "noise": "layers of dropout in training, and in front of the layer at inference",
    "misfit": "load_weights(skip_mismatch=True) of files where the layer has other features",
    "shared_within": "a layer that a model and a model inside it share, in a recursive copy",
    "saved_within": "a layer that a model and a model inside it share, in a file",
    "rebuilt": "models of layers with earlier calls, out of files, out of JSON and cloned",
    "rebuilt_merges": "models of merged sequences, out of files, out of JSON and cloned",
    "attended_h5": "a model of masked attention, out of an .h5 file",
    "dotted_h5": "a model of attention by dot products, out of an .h5 file",
    "odd_dtype": "a float32 layer in a model of mixed precision",
    "padded": "sequences of different lengths that pad_sequences pads and cuts",
    "callbacks": "fit with callbacks for the learning rate, the best epoch, files and a log",
    "floatx_called": "a model under set_floatx, whatever the backend computes in, called",
    "paired": "a cell of the user's own that takes two inputs at each timestep",
    "own_slices": "TimeDistributed over a layer of the user's own that has a call alone",
    "two_slices": "TimeDistributed over a model of two outputs",
    "joined_slices": "TimeDistributed over a layer of two inputs",
    "sequence_loss": "a loss of one value for each sequence, where a mask is carried",
    "held_up": "a call with dropout while a thread is in the middle of another one",
    "state_paths": "the paths of the variables that keep states",
    "more_layers": "weights from a file for a model that has a Masking and a Dropout more",
    "of_subclass": "weights from a file for a model whose layer is of a subclass",
    "sharded": "weights in several files, by save_weights(max_shard_size=...)",
    "lora": "enable_lora of an Embedding and a Dense around the layer, and its file",
    "lora_int4": "enable_lora of an Embedding that is quantized to 4 bits",
    "quantized_whole": 'quantize("int8") of a model of the layer and a Dense, and its file',
    "callers": "predict, evaluate and their kin, in turn, on a model with a stateful layer",
    "callers_trained": "the same, and fit and train_on_batch without a step",
    "callers_eager": "the same with run_eagerly=True",
    "callers_bundled": "the same with several steps an execution",
    "counted": "predict, evaluate and their kin on a model with a layer that counts its calls",
    "counted_trained": "the same, and fit and train_on_batch without a step",
    "counted_eager": "the same with run_eagerly=True",
    "counted_bundled": "the same with several steps an execution",
    "single": "test_on_batch after evaluate and after itself",
    "stateful_eager": "fit of a stateful layer with run_eagerly=True",
    "stateful_bundled": "fit of a stateful layer with several steps an execution",
    "windows": "a model that is fed by timeseries_dataset_from_array",
    "optional": "optional inputs for a state and a mask: None or not, also out of a file and JSON",
    "optional_cloned": "optional inputs for a state and a mask, of a clone",
    "optional_first": "optional inputs that stand first, where a model is assessed",
    "inputs_alone": "predict on inputs without targets, from what gives batches of them",
    "inputs_loaded": "predict on inputs without targets, from a DataLoader",
    "contained": "layers in lists, tuples and dictionaries of a user's own layer, and their file",
    "frozen": "copies of models that are frozen but for a layer, most ways of copying",
    "frozen_otherwise": "copies of models that are frozen but for a layer, other ways",
    "cloned_onto": "clone_model on inputs of other lengths",
    "cloned_onto_list": "clone_model of a model of one input, on a list of one",
    "by_hand": "models that hand the mask of each tensor on as an argument",
    "shaped": "a layer of the user's own whose shapes follow the arguments of its call",
    "assigned": "a weight that a call assigns to, in a layer of mixed precision",
    "quantized_table": "an Embedding of 8 and of 4 bits, and its file",
    "unfit": "merges of what does not fit together",
    "told": "what models tell of the shapes that they take and give",
    "counted_in": "metrics of values of other dtypes than theirs",
    "named_files": "files of every ending, by a path and by its text",
    "reduced": "a loss of sequences, called by itself, by each reduction",
    "misshapen": "values and files of another shape than a weight has",
    "registered": "a layer of the user's own in files, however its class is known",
    "own_metric": "a metric of the user's own, assessed twice",
    "assessed_files": "a compiled model out of its file, whose loss and metrics are names or not",
    "exact_numbers": "numbers that are no binary fractions, in configurations",
    "exact_penalties": "such numbers in those of L1 and of OrthogonalRegularizer",
    "digits": "weights that take all the digits of their dtype, out of files and copies",
    "digits_h5": "such weights of bfloat16, out of an .h5 file",
    "nested": "models of tensors in lists, tuples and dictionaries, and what is made of them",
    "nested_copies": "such models, cloned, and out of their configurations",
    "nested_pickled": "such models, out of pickles",
    "described_losses": "losses out of their configurations, argument by argument",
    "described_metrics": "metrics out of their configurations, argument by argument",
    "described_optimizers": "optimizers and schedules out of theirs, argument by argument",
    "described_weights": "initializers, regularizers and constraints out of theirs",
    "described_layers": "layers around a recurrent one out of theirs, argument by argument",
    "described_readers": "layers that read words and numbers, and others, out of theirs",
    "described_encoders": "layers of categories out of theirs",
    "described_measures": "more losses, metrics, optimizers and initializers out of theirs",
    **PROMISES,
    **EXPORTING,
}

SIDESTEP = 0.5
"""How far a weight is moved to either side to see how the loss changes."""

TOKENS = {
    "int32": 1,
    "int64": 1,
    "uint8": 1,
    "uint16": 1,
    "float32": 1,
    "int32 far apart": 97,
    "int64 of 16 bits more": 2**16,
    "int32 from the last row": -97,
}
"""By name of an output, how far the tokens stand apart in the table; back from its end below 0."""

REGIMES: dict[str, dict[str, Any]] = {
    "callers_eager": {"run_eagerly": True},
    "callers_bundled": {"steps_per_execution": 3},
    "counted_eager": {"run_eagerly": True},
    "counted_bundled": {"steps_per_execution": 3},
    "stateful_eager": {"run_eagerly": True},
    "stateful_bundled": {"steps_per_execution": 2},
    "hooked_bundled": {"steps_per_execution": BUNDLE},
}
"""By deed, how its model is compiled beside the optimizer and the loss."""

CALLERS: tuple[tuple[str, int], ...] = (
    ("call", 1),
    ("predict", 3),
    ("predict_on_batch", 1),
    ("predict_on_batch", 1),
    ("evaluate", 4),
    ("predict", 11),
    ("evaluate", 1),
    ("call", 1),
)
"""Who calls a model in turn, and on how many batches."""

TRAINERS: tuple[tuple[str, int], ...] = (
    ("test_on_batch", 1),
    ("test_on_batch", 1),
    ("fit", 4),
    ("train_on_batch", 1),
    ("train_on_batch", 1),
    ("predict_on_batch", 1),
    ("fit", 1),
    ("call", 1),
)
"""Who goes on from there, where a model trains."""

SINGLE: tuple[tuple[str, int], ...] = (
    ("evaluate", 2),
    ("test_on_batch", 1),
    ("test_on_batch", 1),
    ("predict", 1),
    ("test_on_batch", 1),
)
"""Who assesses single batches, after others were assessed."""

WALKS = {
    "callers": CALLERS,
    "callers_trained": CALLERS + TRAINERS,
    "callers_eager": CALLERS + TRAINERS,
    "callers_bundled": CALLERS + TRAINERS,
    "counted": CALLERS,
    "counted_trained": CALLERS + TRAINERS,
    "counted_eager": CALLERS + TRAINERS,
    "counted_bundled": CALLERS + TRAINERS,
    "single": SINGLE,
}
"""By deed, who calls."""

COUNTED = ("counted", "counted_trained", "counted_eager", "counted_bundled")
"""Those whose model counts its calls."""

STATELESS = (*COUNTED, "single")
"""Those whose layer keeps no states."""

TURN = 2.0**-4
"""By how much larger a counting layer makes its input with each call; in training, doubled."""

LOSSES = ("evaluate", "test_on_batch", "fit", "train_on_batch")
"""The callers that give a loss; the others give outputs."""

TRAINING = (
    "own_layer",
    "floatx",
    *(f"stateful_{how}" for how in ("fit", "eager", "bundled")),
    "learned_start",
    "callbacks",
    *FITTED,
    *(what for what, walk in WALKS.items() if walk == CALLERS + TRAINERS),
)
"""Those that fit a model."""

BUNDLED = tuple(what for what, how in REGIMES.items() if "steps_per_execution" in how)
"""Those that take several steps an execution."""

TABLES = {"int8": 127, "int4": 7}
"""By way to quantize a table of vectors, how many steps there are to the largest number."""

QUANTIZED = ("quantized", "quantized_whole", "quantized_table", "lora_int4")
"""Those that quantize a layer."""

STEP = 0.125
"""The learning rate of a deed that trains."""

RATES = (0.125, 0.125, -0.5, 0.125, 0.25)
"""The learning rate of each epoch of `callbacks`: the third epoch has the best loss."""

DEPTH = 3
"""How many models are around the layer that a function of the user's copies."""

PATIENCE = 3
"""How many epochs without a better loss stop the training of `callbacks`: of five, none does."""

FAR_OFF = 64.0
"""What is added to the last weights before they are trained again: the loss falls from afar."""

FALL = 0.5
"""By what the learning rate is multiplied where the loss has not fallen for so many epochs."""

SAVE_EACH = 2
"""After how many batches of `callbacks` a file is written; an epoch of one has three."""

SEQUENCES = ((1.0, 2.0, 3.0, 4.0, 5.0), (6.0,), (), (7.0, 8.0, 9.0, 10.0))
PADDINGS: dict[str, dict[str, Any]] = {
    f"padding={padding}, truncating={truncating}, maxlen={maxlen}": {
        "padding": padding,
        "truncating": truncating,
        "maxlen": maxlen,
        "value": value,
    }
    for padding in ("pre", "post")
    for truncating in ("pre", "post")
    for maxlen, value in ((None, 0.0), (3, -1.5), (7, 0.0))
}
"""By name of an output, the arguments of pad_sequences beside the sequences and the dtype."""

NOISES: dict[str, tuple[str, dict[str, Any], list[int]]] = {
    "every number": ("Dropout", {}, []),
    "all timesteps alike": ("Dropout", {"noise_shape": (None, 1, None)}, [1]),
    "all features alike": ("Dropout", {"noise_shape": (None, None, 1)}, [2]),
    "all samples alike": ("Dropout", {"noise_shape": (1, None, None)}, [0]),
    "channels": ("SpatialDropout1D", {}, [1]),
}
"""By name of an output: the class, its options, and the axes along which the noise is alike."""

DRAWS = 20
"""How often each of them is called in training."""

MISFITS = (".h5", ".weights.h5")
"""The files from which weights are loaded that do not all fit."""

REBUILT: dict[str, tuple[str, ...]] = {
    "siamese": ("loaded", "from JSON", "cloned"),
    "nested": ("loaded", "from JSON"),
    "shared": ("loaded", "from JSON", "from h5", "cloned"),
    "steady": ("loaded", "from h5"),
    "partly": ("loaded", "from JSON", "from h5", "cloned"),
    "by_fraction": ("loaded", "cloned"),
    "by_array": ("loaded", "from JSON", "cloned"),
    "twelve": ("loaded",),
    "both_summed": ("loaded",),
    "attend_concat": ("loaded",),
    "each_sequential": ("cloned",),
}
"""By model of `table.MODELS`, the ways in which it is built again."""
MERGED: dict[str, tuple[str, ...]] = {
    "join_both": ("loaded", "cloned"),
    "append_three": ("loaded", "from JSON"),
    "add_three": ("loaded",),
    "average_three": ("loaded", "cloned"),
    "multiply_three": ("from JSON",),
    "maximum_three": ("loaded",),
    "minimum_both": ("cloned",),
    "subtract_both": ("loaded",),
    "dot_features": ("loaded", "cloned"),
    "dot_normed": ("from JSON",),
}
"""The same of models of masked sequences that are merged."""
ATTENDED: dict[str, tuple[str, ...]] = {"attend_concat": ("from h5",)}
"""The same of a model whose masks are arguments of its layers."""

OPTIONAL = ("optional", "optional_cloned", "optional_first")
"""Deeds with an optional state and mask."""

SLOTS = (
    "an attribute",
    "a list",
    "a list, inserted",
    "a list, appended",
    "a tuple",
    "the end of a tuple",
    "a dictionary",
    "a dictionary, later",
    "a list of lists",
    "a tuple of a dictionary of a list",
)
"""Where a layer of the user's own holds layers."""

FROZEN: dict[str, dict[str, tuple[str, ...]]] = {
    "frozen": {"Sequential": ("cloned",), "functional": ("loaded", "from JSON")},
    "frozen_otherwise": {"Sequential": ("loaded", "from JSON"), "functional": ("cloned",)},
}
"""By deed and kind of model, the ways in which a frozen one is copied."""

_LEGACY = "an .h5 file"
_COPIED = ("a .keras file", "a .weights.h5 file", "pickle", "deepcopy", "set_weights")

DIGITS: dict[str, dict[str, tuple[str, ...]]] = {
    "digits": {
        "float64": (*_COPIED, _LEGACY),
        "float32": (*_COPIED, _LEGACY),
        "bfloat16": _COPIED,
    },
    "digits_h5": {"bfloat16": (_LEGACY,)},
}
"""By deed and dtype of the weights, the ways of copying them."""


def digits_of(dtype: str, way: str) -> str:
    """How many weights a way of copying changed, as a fact is called."""
    return f"number of {dtype} weights that {way} changed"


ONTO = ("regressor", "wrapped", "shared", "two_outputs")
"""The models that are cloned on other inputs, beside a Sequential of one layer."""

BY_HAND = (
    "by_masking",
    "dense",
    "both_ways",
    "each_dense",
    "add_both",
    "join_same",
    "append_both",
    "append_one",
    "kept_lambda",
)
"""The models whose masks are handed on as arguments."""

MOVED: dict[str, tuple[int, ...]] = {"one": (), "many": (3, 11)}
"""The shapes of weights that a call moves."""

HALVED = 2.0**-10
"""What a weight is moved by that half precision cannot tell from nothing."""

NO_DROP = 2.0**-30
"""A rate of dropout at which float32 keeps everything as it is: 1 / (1 - rate) rounds to 1."""

SHARDS = {"some weights": 2, "a weight": 1}
"""By what a file holds where weights are split, its limit as a multiple of the largest weight."""

RANK = 1
"""The rank of the factors of LoRA: with one, every sum of the factors' products is exact."""

ALONE = {
    "inputs_alone": ("a generator", "a PyDataset"),
    "inputs_loaded": ("tensors", "tuples", "dictionaries"),
}
"""By deed, what gives batches of inputs; of a DataLoader, what they are."""
ALONE_TOGETHER = 2
"""How many samples such a batch has; the last one has fewer."""

SLICES = (0.5, 2.0)
"""What the two outputs of a model that TimeDistributed wraps multiply by."""

SERIES = 17
"""The timesteps of the series that `windows` cuts up."""

WINDOWS: dict[str, dict[str, int]] = {
    "each": {},
    "every third step, one in two": {"sampling_rate": 3, "sequence_stride": 2},
    "one behind the other": {"sequence_stride": 4},
    "up to the twelfth step": {"end_index": 12},
    "between": {"start_index": 3, "end_index": 14, "sampling_rate": 2},
}
"""By name of an output, how timeseries_dataset_from_array cuts windows of the case's timesteps."""
