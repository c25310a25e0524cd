"""What training tells, and what is told of data and models."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer."""
    yield from model_edges.chosen(profile, model_edges.ACCOUNTED)


deed_rule(
    "EDGE-120",
    "A PyDataset is told of each epoch once that it begins, and once that it has ended, and each "
    "batch is waited for.",
    "told_once",
    "slow_data",
    source="keras.utils.PyDataset, workers; on_epoch_begin: at the beginning of every epoch; "
    "on_epoch_end: at the end of every epoch",
)

deed_rule(
    "EDGE-122",
    "predict and evaluate refuse data without samples with an error that says so, or give no "
    "predictions and a loss.",
    "no_samples",
    source="keras.Model.predict: NumPy array(s) of predictions; keras.Model.evaluate: scalar test "
    "loss",
)

deed_rule(
    "EDGE-123",
    "What fit prints last of an epoch are the numbers that it returns of it, and to print changes "
    "no number.",
    "printed",
    source="keras.Model.fit, verbose; keras.callbacks.ModelCheckpoint, EarlyStopping, "
    "ReduceLROnPlateau, LearningRateScheduler: verbose",
)

deed_rule(
    "EDGE-124",
    "A summary says how many weights a model has, how many of them train and how many do not, with "
    "every option.",
    "summed_up",
    source="keras.Model.summary, expand_nested, show_trainable, line_length, print_fn",
)

deed_rule(
    "EDGE-125",
    "A Function that begins in the middle of another is made of the operations behind it alone.",
    "functions",
    source="keras.Function: a computation graph, inputs and outputs",
)

deed_rule(
    "EDGE-126",
    "A layer of the user's own that extends another and overrides compute_output_shape foretells "
    "that shape.",
    "shaped_otherwise",
    source="keras.Layer.compute_output_shape; guide: Making new layers and models via subclassing",
)

deed_rule(
    "LEARN-120",
    "evaluate reports of each metric what the definition gives over all samples, weighed by sample "
    "or timestep, eagerly and compiled, also where the last batch is smaller.",
    "assessed",
    source="keras.Model.compile, weighted_metrics; keras.Model.evaluate, sample_weight; "
    "keras.metrics.AUC, Precision, Recall, BinaryAccuracy, MeanSquaredError, TruePositives",
)

deed_rule(
    "LEARN-121",
    "The losses that layers add are those of the last call of the model, each counted once, where "
    "a step of the user's own calls it twice.",
    "added_again",
    source="guide: Making new layers and models via subclassing, The add_loss() method: cleared at "
    "the start of every call of the top-level layer",
)

deed_rule(
    "LEARN-122",
    "A layer that a model calls twice adds its losses for each call.",
    "added_shared",
    source="guide: Making new layers and models via subclassing, The add_loss() method: losses "
    "created during the last forward pass; guide: The Functional API, Shared layers",
)

deed_rule(
    "LEARN-123",
    "A compiled model stays compiled as it is, whatever a model around it is compiled with.",
    "compiled_within",
    source="keras.Model.compile; guide: The Functional API, All models are callable, just like "
    "layers",
)

deed_rule(
    "NEIGHBOUR-120",
    "Axes are the same in whichever order they are written, and counted from the start or the end.",
    "any_order",
    source="keras.layers.LayerNormalization, UnitNormalization, Softmax, BatchNormalization, "
    "GroupNormalization: axis",
)

deed_rule(
    "NEIGHBOUR-121",
    "LayerNormalization and GroupNormalization standardize numbers whose squares half precision "
    "cannot hold.",
    "normed_halves",
    source="keras.layers.LayerNormalization, GroupNormalization: mean close to 0, standard "
    "deviation close to 1; guide: Mixed precision",
)

deed_rule(
    "SAVE-120",
    "The names of layers, losses, metrics, optimizers and seed generators are in their "
    "configurations.",
    "named_mine",
    source="keras.Layer, keras.Loss, keras.Metric, keras.Optimizer, keras.random.SeedGenerator: "
    "name; get_config",
)

deed_rule(
    "SAVE-121",
    "An .h5 file keeps every argument of a layer around a recurrent one.",
    "described_h5",
    source="keras.saving.load_model: legacy HDF5 format; keras.Layer.get_config",
)

deed_rule(
    "SAVE-122",
    "Functions of one name that are registered in several packages are each found again.",
    "alike",
    source="keras.saving.register_keras_serializable, package, name",
)

deed_rule(
    "SAVE-123",
    "A layer that stands for an activation is kept by the configuration of the layer that has it.",
    "layer_for_function",
    source="keras.layers.LSTM, GRU, SimpleRNN, Dense, Activation: activation; Layer activations: "
    "keras.layers.LeakyReLU; keras.Layer.get_config",
)

deed_rule(
    "SAVE-124",
    "The one input of a model, and its one output, are in a list, a tuple or a dictionary in "
    "whatever is made of the model, too.",
    "one_of_one",
    source="keras.Model, inputs and outputs; keras.saving.load_model; keras.models.clone_model, "
    "model_from_json",
)
