"""What losses, metrics, optimizers, rates, numbers and texts are, in and around a model."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer."""
    yield from model_edges.chosen(profile, model_edges.DEFINED)


deed_rule(
    "LEARN-170",
    "A function of a loss gives, of each sample or region, what its definition says.",
    "losses_defined",
    "regions_defined",
    source="keras.losses: the formula of each function, with its options",
)

deed_rule(
    "LEARN-171",
    "A metric gives over two batches of weighed samples what its definition says.",
    "scores_defined",
    source="keras.metrics: the definition of each class, sample_weight, and its examples",
)

deed_rule(
    "LEARN-172",
    "Every optimizer takes the steps of its algorithm, with each of its options.",
    "steps_defined",
    source="keras.optimizers: the algorithm that each class cites",
)

deed_rule(
    "LEARN-173",
    "A schedule out of JSON gives at every step the rate of its formula.",
    "rates_defined",
    source="keras.optimizers.schedules: the function in the description of each class",
)

deed_rule(
    "LEARN-174",
    "The weight of a class counts, however its number is written, or the number is refused.",
    "class_keys",
    source="keras.Model.fit, class_weight: dictionary mapping class indices (integers) to a weight",
)

deed_rule(
    "LEARN-175",
    "Each epoch has every sample once, in another order or as given, and a seed repeats training.",
    "shuffled",
    source="keras.Model.fit, shuffle: whether to shuffle the training data before each epoch; "
    "keras.utils.set_random_seed",
)

deed_rule(
    "GRAD-170",
    "A step through zeros, towards zeros, or of weights that are zeros leaves the weights finite.",
    "zeros_trained",
    source="keras.layers.Masking, mask_value=0: zeros are padding; keras.layers.UnitNormalization, "
    "keras.losses.CosineSimilarity, keras.constraints.UnitNorm, keras.optimizers.SGD, clipnorm",
)

deed_rule(
    "EDGE-170",
    "A model finds its inputs by their names among other keys of a dictionary, or refuses these.",
    "more_keys",
    source="guide: The Functional API, Models with multiple inputs: passing dictionaries of data",
)

deed_rule(
    "EDGE-171",
    "Training that comes to the end of its data does not warn that it ran out of them.",
    "no_alarm",
    source="keras.Model.fit, steps_per_epoch: None is to run until the data is exhausted",
)

deed_rule(
    "EDGE-172",
    "Texts and words become the ids of their vocabulary, and so they do out of a configuration.",
    "texts",
    source="keras.layers.TextVectorization, StringLookup, IntegerLookup: vocabulary, mask_token, "
    "output_mode, output_sequence_length",
)

deed_rule(
    "EDGE-173",
    "A model under RematScope computes and trains as one without.",
    "rematerialized",
    source="keras.RematScope, mode: full rematerialization",
)

deed_rule(
    "EDGE-174",
    "A label_smoothing or a validation_split out of its range is a ValueError.",
    "misused_losses",
    "misused_splits",
    source="keras.losses.CategoricalCrossentropy, BinaryCrossentropy, label_smoothing: float in "
    "[0, 1]; keras.Model.fit, validation_split: float between 0 and 1",
)

deed_rule(
    "EDGE-175",
    "build of a user's layer is told the shapes of arguments whose names end like masks.",
    "named_masks",
    source="keras.Layer.build: an argument for each tensor argument of call, named after it; "
    "guide: Making new layers and models via subclassing",
)

deed_rule(
    "EDGE-176",
    "An optional input in a dictionary of inputs may be None.",
    "optional_keyed",
    source="keras.Input, optional; guide: The Functional API, Models with multiple inputs",
)

deed_rule(
    "EDGE-177",
    "Windows without a step, and from or to beyond the data, are a ValueError.",
    "misused_windows",
    source="keras.utils.timeseries_dataset_from_array, sequence_stride, sampling_rate, "
    "start_index, end_index",
)

deed_rule(
    "SAVE-171",
    "The words of a lookup, and what words weigh, come out of a file as they were.",
    "words_kept",
    source="keras.saving.load_model; keras.layers.StringLookup and TextVectorization, "
    "set_vocabulary, get_vocabulary",
)

deed_rule(
    "SPELL-170",
    "Penalties, constraints, initializers, losses and layers take NumPy's numbers for floats.",
    "kinds_of_numbers",
    source="keras.regularizers.L2, l2: float; keras.constraints, keras.initializers, keras.layers, "
    "keras.losses: float arguments",
)

deed_rule(
    "SAVE-170",
    "clone_model copies a Lambda layer whose function has no name.",
    "cloned_lambda",
    source="keras.models.clone_model: it creates new layers; keras.layers.Lambda, function",
)

deed_rule(
    "NEIGHBOUR-170",
    "compute_output_shape tells the shape that a layer will give, before the layer is built.",
    "shapes_unbuilt",
    source="keras.layers.Layer.compute_output_shape",
)
