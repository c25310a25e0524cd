"""What users do with recurrent layers beside calling and training them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.models.described import GROUPS
from keras_rnn_conformance.cases.models.edges import OPTIONAL, SIDESTEP, WALKS
from keras_rnn_conformance.judging.deeds import deed, deed_rule, done
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

OUT_OF_RANGE = ("IndexError", "InvalidArgumentError", "ValueError")
"""The errors of the backends for an index beyond an axis."""


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one or two layers."""
    yield from model_edges.chosen(profile)


deed_rule(
    "EDGE-1",
    "reset_state of a model resets the states of every stateful layer in it.",
    "reset_model",
    source="keras.layers.RNN, Note on using statefulness: on your entire model",
)

deed_rule(
    "EDGE-2",
    "reset_state(states=...) sets the states of a stateful layer to the given ones.",
    "reset_given",
    source="keras.layers.RNN, Note on specifying the initial state of RNNs: numerically",
)

deed_rule(
    "EDGE-3",
    "A layer of one's own that holds a cell with dropout can be trained by fit and then "
    "called with other batch sizes, in training and in inference.",
    "own_layer",
    source="keras.layers.LSTMCell, SimpleRNNCell: a layer that processes one step",
)

deed_rule(
    "EDGE-4",
    "A sequence without timesteps leaves the initial states unchanged, or is refused with "
    "a ValueError that says so.",
    "no_timesteps",
    source="keras.layers.RNN, initial_state; keras.ops.while_loop: zero iterations",
    refusal=("timestep", "time step", "time_step", "time dimension"),
)

deed_rule(
    "EDGE-5",
    "For each sequence of a ragged batch, a layer gives what it gives for that sequence "
    "alone; a backend without ragged tensors refuses the batch with a ValueError that says"
    " so.",
    "ragged",
    source="keras.Input, ragged",
    refusal=("is not supported with the",),
)

deed_rule(
    "EDGE-6",
    "A NumPy integer is an integer: given as units, it makes the same layer, whose "
    "configuration can be written as JSON.",
    "numpy_units",
    source="keras.layers.LSTM, units: positive integer; keras.Layer.get_config",
)


@rule(
    "EDGE-7",
    "Threads that call one model at the same time each get what they would get alone.",
    source="keras.layers.RNN: a layer that is not stateful has no memory between calls",
    applies=deed("threads", "held_up"),
)
def threads(trial: Trial) -> Iterator[Failure]:
    yield from done(trial)
    if not trial.seen.facts.get("alike", True):
        yield Failure("fact", "answers to the same sample", "different ones", "one")


deed_rule(
    "EDGE-8",
    "Quantized to 8 bits, a Dense, in TimeDistributed too, is off by at most half a step of "
    "each input and each weight; the file of a quantized model holds what it computes.",
    "quantized",
    "quantized_whole",
    "quantized_table",
    source="keras.Model.quantize; keras.layers.TimeDistributed; keras.quantizers.abs_max_quantize",
)

deed_rule(
    "EDGE-9",
    "An encoder and a decoder that are taken from a loaded sequence-to-sequence model by "
    "layer.input and layer.output compute what they compute inside it.",
    "decoder",
    source="keras.Layer.input, output; example: Sequence-to-sequence, inference",
)

deed_rule(
    "EDGE-10",
    "A model that is exported computes what it computed; a stateful layer in it goes on "
    "from call to call.",
    "exported",
    source="keras.Model.export; keras.layers.RNN, Note on using statefulness",
)

deed_rule(
    "EDGE-15",
    "The ids of an Embedding may be of any integer dtype or whole floats, and anywhere "
    "in its table: vectors and mask are the same.",
    "tokens",
    source="keras.layers.Embedding, Input shape; mask_zero",
)


@rule(
    "EDGE-11",
    "Under set_floatx a model has that dtype: the tensors that it is made of, its "
    "weights, and what it computes when called and in predict.",
    source="keras.config.set_floatx; keras.Input, dtype; keras.Layer, dtype",
    applies=deed("floatx", "floatx_called"),
)
def floatx(trial: Trial) -> Iterator[Failure]:
    yield from done(trial)
    dtype = COMPUTE[str(trial.case["dtype"])]
    if trial.seen.facts["came"] != "arrays":
        return
    for where in ("symbolic", "weights"):
        if trial.seen.facts[where] != [dtype]:
            yield Failure("dtype", f"{where} dtypes", str(trial.seen.facts[where]), dtype)
    for name in trial.want.names:
        if trial.seen.dtypes[name] != dtype:
            yield Failure("dtype", name, trial.seen.dtypes[name], dtype, name=name)


deed_rule(
    "EDGE-12",
    "In fit a stateful layer starts each batch from the last states of the one before, "
    "and from zeros after a callback resets it; no gradient goes back into an earlier batch.",
    "stateful_fit",
    "stateful_eager",
    "stateful_bundled",
    source="keras.layers.RNN, Note on using statefulness; guide: Working with RNNs, Cross-batch "
    "statefulness",
)

deed_rule(
    "EDGE-34",
    "A stateful layer, or a weight that a call assigns to, goes on from wherever the call before "
    "left it, whoever called: the model itself, predict, evaluate, fit, and what they are on one "
    "batch; and so too eagerly and with several steps an execution; training is what trains.",
    *(name for name in WALKS if name != "single"),
    source="keras.layers.RNN, Note on using statefulness; keras.Model.predict, evaluate, fit, "
    "predict_on_batch, test_on_batch, train_on_batch; keras.Model.compile, run_eagerly, "
    "steps_per_execution",
)

deed_rule(
    "LEARN-7",
    "test_on_batch reports the loss of its batch alone, whatever was assessed before.",
    "single",
    source="keras.Model.test_on_batch: test the model on a single batch of samples",
)

deed_rule(
    "EDGE-35",
    "timeseries_dataset_from_array gives the windows that its arguments name, in their order, "
    "each with the target at its first timestep.",
    "windows",
    source="keras.utils.timeseries_dataset_from_array",
)

deed_rule(
    "EDGE-13",
    "Initial states and masks may be constants of a functional model, which its file keeps.",
    "constant_states",
    "constant_mask",
    source="keras.layers.RNN, call arguments initial_state and mask; keras.Model.save",
)

deed_rule(
    "EDGE-14",
    "A cell whose call takes `constants` is given those that the layer is called with.",
    "constants",
    source="keras.layers.RNN, cell: the optional argument constants",
)


@rule(
    "EDGE-16",
    "An id beyond the table of an Embedding is refused, or matters to no other sample.",
    source="keras.layers.Embedding, input_dim: maximum integer index + 1",
    applies=deed("stray_token"),
)
def stray_token(trial: Trial) -> Iterator[Failure]:
    came = str(trial.seen.facts["came"])
    if not came.startswith(OUT_OF_RANGE):
        yield from done(trial)


deed_rule(
    "EDGE-18",
    "In training, noise is the same along the axes where its shape is 1, new along the "
    "others and in each of many calls, whatever the sizes of the input, and what it keeps grows by "
    "1 / (1 - rate); a layer of the same configuration, trainable or not, draws the same by its "
    "seed; at inference there is none.",
    "noise",
    source="keras.layers.Dropout, rate, noise_shape; keras.layers.SpatialDropout1D",
)

deed_rule(
    "EDGE-19",
    "With skip_mismatch, load_weights loads every layer whose weights fit.",
    "misfit",
    source="keras.Model.load_weights, skip_mismatch",
)

deed_rule(
    "EDGE-20",
    "A layer that a model and a model inside it share is shared in a recursive copy too, and the "
    "user's own clone_function is asked for every layer, however deep.",
    "shared_within",
    source="keras.models.clone_model, recursive; guide: The Functional API, Shared layers",
)

deed_rule(
    "EDGE-23",
    "A layer that a model and a model inside it share is shared in what a file gives, too.",
    "saved_within",
    source="keras.saving.load_model; guide: The Functional API, Shared layers, All models are "
    "callable, just like layers",
)

deed_rule(
    "EDGE-22",
    "A model computes the same out of its file and out of its configuration, and cloned, "
    "however often its layers, and the models inside it, are called by it or were called "
    "before, and of the same trainable weights.",
    "rebuilt",
    "rebuilt_merges",
    "attended_h5",
    "dotted_h5",
    "frozen",
    "frozen_otherwise",
    source="keras.saving.load_model; keras.models.model_from_json, clone_model; guide: The "
    "Functional API, Shared layers, All models are callable, just like layers",
)

deed_rule(
    "EDGE-32",
    "pad_sequences pads each sequence with the value, and cuts off what is beyond maxlen, each on "
    "the side that it is told.",
    "padded",
    source="keras.utils.pad_sequences",
)

deed_rule(
    "EDGE-33",
    "Callbacks of fit do what they document: each epoch has its learning rate, the weights "
    "of the best epoch come back though training was not stopped, every so many batches of the"
    " whole training there is a file, a log that is appended to has one header, and a later fit "
    "is watched anew.",
    "callbacks",
    source="keras.callbacks.LearningRateScheduler; keras.callbacks.EarlyStopping, "
    "restore_best_weights; keras.callbacks.ModelCheckpoint, save_freq; keras.callbacks.CSVLogger, "
    "append; keras.callbacks.ReduceLROnPlateau, patience",
)

deed_rule(
    "EDGE-21",
    "A layer with a dtype of its own computes in it, whatever the policy of the model.",
    "odd_dtype",
    source="keras.Layer, dtype; guide: Mixed precision",
)


deed_rule(
    "EDGE-24",
    "A cell may take several inputs: RNN hands it those of the timestep.",
    "paired",
    source="guide: Working with RNNs, RNNs with list/dict inputs, or nested inputs",
)

deed_rule(
    "EDGE-25",
    "TimeDistributed takes any layer: one of the user's own that has no more than a call, a "
    "model of several outputs, and a layer of several inputs.",
    "own_slices",
    "two_slices",
    "joined_slices",
    source="keras.layers.TimeDistributed, layer: a keras.layers.Layer instance; inputs: or nested "
    "tensors; guide: Making new layers and models via subclassing",
)

deed_rule(
    "EDGE-26",
    "A loss may give one value for each sequence, where a mask is carried too.",
    "sequence_loss",
    source="keras.Model.compile, loss; keras.losses.CTC; guide: Understanding masking and padding",
)

deed_rule(
    "EDGE-27",
    "Each variable that keeps a state has a path of its own.",
    "state_paths",
    source="keras.Variable, name: a unique name for the variable; path",
)

deed_rule(
    "EDGE-28",
    "load_weights goes by the order of the layers that have weights, whatever layers without "
    "weights are among them, and of whichever class with these weights they are.",
    "more_layers",
    "of_subclass",
    source="keras.Model.load_weights: based on the network's topology",
)

deed_rule(
    "EDGE-29",
    "Weights that are split over several files are loaded as those of one.",
    "sharded",
    source="keras.Model.save_weights, max_shard_size; keras.Model.load_weights, Sharding",
)

deed_rule(
    "EDGE-30",
    "With LoRA, Embedding and Dense add the product of two factors to their weights, train the "
    "factors in their place, and keep the sum in a file.",
    "lora",
    source="keras.layers.Dense, lora_rank; keras.layers.Embedding, lora_rank",
)

deed_rule(
    "EDGE-31",
    "An Embedding that is quantized to 4 bits is off by at most half a step, and takes LoRA.",
    "lora_int4",
    source="keras.Layer.quantize; keras.layers.Embedding, lora_rank",
)


@rule(
    "EDGE-17",
    "A cell whose first state is a weight learns it: each of two steps moves it against "
    "the slope of the loss there.",
    source="keras.layers.RNN, cell: get_initial_state; keras.Model.train_on_batch",
    applies=deed("learned_start"),
)
def learned_start(trial: Trial) -> Iterator[Failure]:
    """The loss is a square of the start, whose central differences are exact but for rounding."""
    if trial.seen.facts["came"] != "arrays":
        yield from done(trial)
        return
    data = trial.data
    terms = data.timesteps * (data.features + data.units + 2) + data.batch * data.units
    for step in (1, 2):
        level = float(trial.seen.arrays[f"level {step}"])
        bound = np.full(data.units, 4 * terms * 2.0**-24 * (1 + level) / SIDESTEP)
        yield from trial.close(f"slope {step}", trial.seen.arrays[f"difference {step}"], bound)


deed_rule(
    "EDGE-38",
    "An optional input of a model may be None: an initial state that is left out is zero, and "
    "a mask that is left out masks nothing; so it is in a copy of the model.",
    *OPTIONAL,
    source="keras.Input, optional; keras.layers.RNN, Call arguments",
)

deed_rule(
    "EDGE-39",
    "Layers that a layer of the user's own holds in lists, tuples and dictionaries, inside each "
    "other or added later, are its own: it trains their weights, and a file of weights has them.",
    "contained",
    source="keras.Layer: layers and weights assigned as attributes are tracked; "
    "keras.Model.save_weights",
)

deed_rule(
    "SAVE-21",
    "Every argument of a loss, metric, optimizer, schedule, initializer, regularizer or "
    "constraint, or of a layer around a recurrent one, is kept by its configuration.",
    *GROUPS,
    source="keras.saving.serialize_keras_object and deserialize_keras_object; "
    "keras.Layer.get_config and from_config",
)
