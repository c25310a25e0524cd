"""How models are put together, what they tell of themselves, and what they do not take."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.models.edges import ALONE
from keras_rnn_conformance.cases.models.nestings import NESTINGS
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer."""
    yield from model_edges.chosen(profile, model_edges.PUT_TOGETHER)


deed_rule(
    "EDGE-50",
    "A weight that a call assigns to, adds to or subtracts from keeps its dtype and all its "
    "digits, whatever the compute dtype of the layer.",
    "assigned",
    source="keras.Variable.assign, assign_add, assign_sub; keras.Layer, dtype: compute and "
    "variable dtype; guide: Mixed precision",
)

deed_rule(
    "EDGE-51",
    "build and compute_output_shape of a layer of the user's own are given the shape of every "
    "tensor argument of its call that they name, whatever its name.",
    "shaped",
    source="keras.Layer.build and compute_output_shape; guide: Making new layers and models via "
    "subclassing",
)

deed_rule(
    "EDGE-52",
    "A configuration holds a number with all the digits that it was given.",
    "exact_numbers",
    "exact_penalties",
    source="keras.Layer.get_config; keras.regularizers.Regularizer.get_config; "
    "keras.saving.serialize_keras_object",
)

deed_rule(
    "SAVE-23",
    "A file or a copy keeps the weights of a model to the last digit, in their dtype.",
    "digits",
    "digits_h5",
    source="keras.Model.save, save_weights, set_weights; keras.saving.load_model; "
    "keras.KerasSaveable.__reduce__",
)

deed_rule(
    "EDGE-53",
    "clone_model builds on the input tensors that it is given, one or a list, and keeps them.",
    "cloned_onto",
    "cloned_onto_list",
    source="keras.models.clone_model, input_tensors: optional list of input tensors",
)

deed_rule(
    "MASK-31",
    "The mask that a symbolic tensor carries may be handed to a recurrent layer as its argument: "
    "a model of unknown batch and length computes the same.",
    "by_hand",
    source="keras.layers.RNN, call arguments: mask; guide: Understanding masking and padding, "
    "Passing mask tensors directly to layers",
)

deed_rule(
    "EDGE-60",
    "A merge refuses with a ValueError what does not fit together: one tensor, another size, "
    "length, rank or batch size, and a third tensor where it takes two.",
    "unfit",
    source="keras.layers.Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract: a "
    "list of tensors, all of the same shape except for the concatenation axis",
)

deed_rule(
    "EDGE-61",
    "A model tells the shapes of its inputs, in their order, and of its outputs, and how many "
    "numbers its weights hold.",
    "told",
    source="keras.Model: inputs; keras.Layer.compute_output_shape, count_params; guide: The "
    "Functional API",
)

deed_rule(
    "LEARN-20",
    "A metric counts in its own dtype, whatever the dtype of the values.",
    "counted_in",
    source="keras.metrics.Metric, dtype: the dtype of the metric's computations",
)

deed_rule(
    "SAVE-40",
    "A whole model is saved and loaded by a path or its text, that ends as documented.",
    "named_files",
    source="keras.Model.save, filepath: str or pathlib.Path; keras.saving.load_model",
)

deed_rule(
    "LEARN-21",
    "A loss that is called by itself reduces its values as its reduction says, each times its "
    "sample weight, and those under a mask to nothing.",
    "reduced",
    source="keras.losses.Loss, reduction; keras.losses.MeanSquaredError; guide: Understanding "
    "masking and padding",
)

deed_rule(
    "LEARN-22",
    "A metric of the user's own starts anew in each evaluate; its variables, wherever it holds "
    "them, may be made by the name of an initializer.",
    "own_metric",
    source="keras.metrics.Metric: reset_state, add_variable; keras.Model.evaluate",
)

deed_rule(
    "EDGE-62",
    "A weight takes no values of another shape, assigned, set or loaded: it is a ValueError.",
    "misshapen",
    source="keras.Variable.assign; keras.Layer.set_weights: the shapes must match; "
    "keras.Model.load_weights",
)

deed_rule(
    "SAVE-41",
    "A layer of the user's own comes out of a file if its class is registered, in a scope or "
    "handed over, and not if it is unknown; a class without get_config cannot be registered.",
    "registered",
    source="keras.saving.register_keras_serializable; keras.saving.custom_object_scope; "
    "keras.saving.load_model, custom_objects; guide: Save, serialize, and export models",
)

deed_rule(
    "SAVE-42",
    "A compiled model reports the same out of its file: its loss, its metrics and those that count "
    "by sample weights, given by their names or as objects.",
    "assessed_files",
    source="keras.Model.save: the model's compilation information; keras.Model.compile, loss, "
    "metrics, weighted_metrics",
)

deed_rule(
    "EDGE-80",
    "A model takes tensors, and gives them, put together as those that it was made of: one, or "
    "lists, tuples and dictionaries of any order, inside each other; and so does a copy of it.",
    *NESTINGS,
    source="keras.Model, inputs and outputs; keras.saving.load_model; keras.models.clone_model, "
    "model_from_json; guide: The Functional API",
)

deed_rule(
    "EDGE-81",
    "predict takes inputs without targets from whatever gives batches of them: generators, "
    "PyDatasets, and DataLoaders of tensors, tuples and dictionaries.",
    *ALONE,
    source="keras.Model.predict, x; keras.utils.PyDataset; keras.Model.fit, x: "
    "torch.utils.data.DataLoader",
)
