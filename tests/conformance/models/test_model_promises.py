"""Promises that are held over many models, callers and dtypes at once."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.models.promises import (
    HOOKED,
    INTERRUPTED,
    MISUSED,
    SCORED,
    TAKEN,
)
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer."""
    yield from model_edges.chosen(profile, model_edges.PROMISED)


deed_rule(
    "EDGE-90",
    "A functional model is made of the layers between its inputs and its outputs and of nothing "
    "else, whatever the global policy is; one may begin at the output of a layer of another.",
    "made_of",
    source="keras.Model, inputs and outputs; guide: The Functional API, Extract and reuse nodes in "
    "the graph of layers; guide: Mixed precision",
)

deed_rule(
    "EDGE-91",
    "A model refuses inputs that are not as many as it has, of other shapes, or None where one is "
    "not optional, with a ValueError that names the input, and goes on to take what fits.",
    *TAKEN,
    source="keras.Model, inputs; keras.Input, shape, optional; keras.Model.predict, "
    "predict_on_batch",
)

deed_rule(
    "EDGE-92",
    "Whoever calls a model calls the hooks of a callback in the documented order, with the "
    "numbers of epochs and batches, however the model is compiled.",
    *HOOKED,
    source="keras.callbacks.Callback; guide: Writing your own callbacks; keras.Model.compile, "
    "steps_per_execution",
)

deed_rule(
    "EDGE-93",
    "A PyDataset is told where each epoch begins and where it ends, the last one too, for "
    "training and for validation.",
    "hooked_data",
    source="keras.utils.PyDataset.on_epoch_begin, on_epoch_end: at the end of every epoch",
)

deed_rule(
    "EDGE-94",
    "A model that a thread is making is made though another thread calls clear_session.",
    "made_in_thread",
    source="keras.utils.clear_session: releases the global state of Keras; keras.Layer.build",
)

deed_rule(
    "EDGE-95",
    "An error of a callback or of the data ends fit, evaluate and predict, and leaves the model as "
    "it was.",
    *INTERRUPTED,
    source="keras.Model.fit, evaluate, predict; keras.callbacks.Callback; keras.utils.PyDataset",
)

deed_rule(
    "EDGE-96",
    "A layer around a recurrent one refuses with a ValueError, when it is made or called, a rate, "
    "a size, a shape, an axis or a word that it does not document.",
    *MISUSED,
    source="keras.layers.Dropout, rate, noise_shape; keras.layers.MultiHeadAttention, num_heads, "
    "key_dim; keras.layers.LayerNormalization, axis; keras.layers.Conv1D, Permute, Reshape and the "
    "others: their arguments",
)

deed_rule(
    "DTYPE-90",
    "An operation on tensors of two dtypes gives the same dtype in either order, one that holds "
    "the numbers of both, and foretells it.",
    "two_dtypes",
    source="keras.ops; keras.backend.result_type: type promotion",
)

deed_rule(
    "LEARN-90",
    "A metric gives the same however truths and predictions are written, and after reset_state "
    "what it gave at first.",
    *SCORED,
    source="keras.metrics.Metric: update_state, reset_state; keras.metrics.BinaryAccuracy, "
    "Precision, Recall, MeanSquaredError",
)

deed_rule(
    "NEIGHBOUR-91",
    "Where attention_mask leaves each query one key, heads give its value, whatever the dtype of "
    "the mask is, whichever axes it is broadcast along, and however the axes are counted.",
    "picked",
    source="keras.layers.MultiHeadAttention, attention_axes; call arguments: attention_mask",
)

deed_rule(
    "LEARN-92",
    "Losses, metrics, loss weights and targets of several outputs mean the same in a list, a tuple "
    "and a dictionary, in whichever order the outputs are named.",
    "written_goals",
    source="keras.Model.compile, loss, metrics, loss_weights; keras.Model.evaluate, y; guide: "
    "Training & evaluation with the built-in methods, Passing data to multi-input, multi-output "
    "models",
)

deed_rule(
    "LEARN-91",
    "Every documented way to take an optimizer's step takes the same one, in a LossScaleOptimizer "
    "too.",
    "stepped",
    "stepped_scaled",
    source="keras.optimizers.Optimizer: apply, apply_gradients, build, stateless_apply; "
    "keras.optimizers.LossScaleOptimizer",
)

deed_rule(
    "SAVE-90",
    "A copy of a compiled model is compiled as it is: it reports the same losses and metrics, and "
    "nothing of a model inside that was compiled, and has the same learning rate.",
    "compiled_copies",
    source="keras.models.clone_model; keras.Model.save, compile, to_json; "
    "keras.KerasSaveable.__reduce__",
)
