"""Promises that could be broken under a condition alone: by what stands around, or by a size."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.models.deeds.conditions import FILLS, MAP_DEFAULTS
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer or two."""
    yield from model_edges.chosen(profile, model_edges.CONDITIONED)
    yield from model_edges.chosen(profile, model_edges.SURROUNDING)


deed_rule(
    "CTX-100",
    "What a layer is told about training in its call holds for it and for what is inside it; a "
    "layer that is told nothing goes by the call around it.",
    "told_training",
    "told_behind",
    "told_in_fit",
    "untold_in_fit",
    source="keras.layers.Layer.__call__: training, in order of priority; keras.Model.fit, evaluate "
    "and predict; guide: Making new layers and models via subclassing, training",
)

deed_rule(
    "CTX-101",
    "Stateless scopes and stateless_call may stand inside each other: none changes a variable, and "
    "each hands back what was changed inside it.",
    "scopes_within",
    source="keras.StatelessScope; keras.Layer.stateless_call: without any side effects",
)

deed_rule(
    "DTYPE-100",
    "A layer reads its weights in its own compute dtype, before and after it calls a layer of "
    "another dtype, and one that raises an error.",
    "casts_within",
    source="keras.dtype_policies.DTypePolicy; keras.Layer, dtype; guide: Mixed precision",
)

deed_rule(
    "NEIGHBOUR-100",
    "Where the masks of queries, keys, values, pairs and of causality together leave a query one "
    "key, attention gives its value, whatever the lengths and the dtype; elsewhere, no NaN.",
    "picked_jointly",
    "picked_in_half",
    source="keras.layers.Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention, "
    "call arguments: mask, attention_mask, use_causal_mask; guide: Understanding masking and "
    "padding",
)

deed_rule(
    "MASK-100",
    "A call uses the mask that it is given, however many masks of the same shape came and went "
    "before it.",
    "passing_masks",
    source="keras.layers.RNN, GlobalAveragePooling1D, call arguments: mask",
)

deed_rule(
    "NEIGHBOUR-102",
    "In training, BatchNormalization takes nothing under its mask into account, not even NaN, "
    "whatever the sizes are.",
    "spoilt_norm",
    source="keras.layers.BatchNormalization, call arguments: mask: masked elements are not taken "
    "into account for mean and variance computation",
)

deed_rule(
    "TIMEDIST-100",
    "TimeDistributed applies its layer to each timestep, in their order and however many there "
    "are, in training too and in half precision.",
    "many_slices",
    source="keras.layers.TimeDistributed: applies a layer to every temporal slice of an input",
)

deed_rule(
    "EDGE-100",
    "An Embedding finds the vector of every id of its table, of any integer dtype that holds it, "
    "in half precision and inside TimeDistributed too.",
    "wide_tokens",
    source="keras.layers.Embedding, input_dim; Input shape; mask_zero; "
    "keras.layers.TimeDistributed",
)

deed_rule(
    "DROP-100",
    "Dropout draws each sample, timestep, feature and unit by itself, however many there are.",
    "large_drops",
    source="keras.layers.Dropout, SpatialDropout1D, GaussianDropout, GaussianNoise; "
    "keras.layers.LSTM, dropout, recurrent_dropout",
)

deed_rule(
    "SAVE-100",
    "A copy or a file of a model keeps which of its parts are frozen: layers, cells, and what is "
    "inside wrappers and models.",
    "frozen_parts",
    source="keras.Layer, trainable; keras.Layer.get_config; keras.models.clone_model; "
    "keras.Model.save; guide: Transfer learning & fine-tuning",
)

deed_rule(
    "SAVE-101",
    "A file or a copy keeps weights that are zero, the largest and the smallest numbers of their "
    "dtype, or infinite.",
    *FILLS,
    source="keras.Model.save, save_weights, set_weights; keras.saving.load_model; "
    "keras.KerasSaveable.__reduce__",
)

deed_rule(
    "VALUES-100",
    "Weights that are zero are weights: a layer computes its equations with them, whatever their "
    "initializers and unit_forget_bias say.",
    "zero_weights",
    source="keras.Layer.set_weights; keras.layers.LSTM, unit_forget_bias: at initialization",
)

deed_rule(
    "SAVE-102",
    "load_weights loads the layers that fit, by their order or by their names, and with "
    "skip_mismatch leaves those alone that do not, wherever they stand.",
    "partial_files",
    source="keras.Model.load_weights, skip_mismatch; by_name of legacy .h5 files",
)

deed_rule(
    "DTYPE-101",
    "A map of policies answers a path by its entry, by the pattern that matches all of it, or by "
    "its default; so do its copies, and layers out of a file of a model.",
    *MAP_DEFAULTS,
    source="keras.dtype_policies.DTypePolicyMap",
)

deed_rule(
    "LEARN-100",
    "What a mask, sample weights or a share of the loss leave nothing of adds nothing to a loss or "
    "a metric, and moves no weight.",
    "nothing_counts",
    "nothing_trained",
    source="keras.losses.Loss, reduction, sample_weight; keras.metrics.Metric: sample_weight of 0 "
    "to mask values; keras.Model.compile, loss_weights; guide: Understanding masking and padding",
)

deed_rule(
    "NEIGHBOUR-140",
    "Layers that repeat, pad, cut, turn, merge and pool sequences do so whatever the sizes, the "
    "number of tensors and their signs are; padding counts as nothing in a maximum.",
    "rearranged",
    source="keras.layers.RepeatVector, UpSampling1D, ZeroPadding1D, Cropping1D, Permute, Reshape, "
    "Add and its kin, Concatenate, MaxPooling1D, AveragePooling1D and their global forms",
)

deed_rule(
    "LEARN-140",
    "A loss is what its formula says of each number, near and far off, with any delta, averaged "
    "over the last axis and then reduced as reduction says.",
    "lost",
    source="keras.losses.Huber, delta; MeanSquaredError, MeanAbsoluteError, Hinge, SquaredHinge; "
    "keras.losses.Loss, reduction",
)

deed_rule(
    "LEARN-141",
    "A metric says what all batches since the last reset amount to, however many samples they "
    "have, and again after each reset_state.",
    "scored_long",
    source="keras.metrics.Metric.update_state, result, reset_state; keras.metrics.Mean, Sum",
)

deed_rule(
    "DTYPE-140",
    "A copy of a layer, or one out of a file, has the dtype policy of the layer, and so has what "
    "is inside it, whatever the global policy is at that time.",
    "policies_kept",
    source="keras.Layer, dtype; keras.Layer.get_config, from_config; keras.models.clone_model; "
    "keras.saving.load_model; keras.config.set_dtype_policy",
)

deed_rule(
    "DROP-140",
    "A layer of dropout with a seed draws anew at each call, as a twin with that seed does; of a "
    "batch of one too, SpatialDropout1D drops whole channels.",
    "drawn_again",
    source="keras.layers.Dropout, GaussianDropout, GaussianNoise, SpatialDropout1D, seed; "
    "keras.random.SeedGenerator; keras.layers.SpatialDropout1D: drops entire 1D feature maps",
)

deed_rule(
    "LIFE-140",
    "A call, in training and under a mask too, changes nothing in the configuration of a layer.",
    "described_after",
    source="keras.Layer.get_config; keras.layers.Lambda, arguments",
)

deed_rule(
    "EDGE-140",
    "to_categorical gives each class a vector that is 1 at the class and 0 elsewhere, on a new "
    "last axis, of samples and of timesteps.",
    "one_hot",
    source="keras.utils.to_categorical",
)

deed_rule(
    "LEARN-142",
    "Each of many steps of an optimizer moves the weights by its equations, with the options of "
    "its own alone and together; what is excluded from weight decay by its name does not decay.",
    "stepped_long",
    "stepped_excluded",
    source="keras.optimizers.SGD, Adam, AdamW, Adamax, Adagrad, RMSprop; Kingma and Ba 2015; "
    "Duchi, Hazan and Singer 2011; Tieleman and Hinton 2012; "
    "keras.optimizers.Optimizer.exclude_from_weight_decay",
)

deed_rule(
    "LIFE-141",
    "A model takes each of its inputs by its name, whatever the order in which they are given and "
    "however many there are.",
    "keyed_many",
    source="keras.Model, inputs; keras.Model.predict, x: a dict mapping input names to arrays",
)

deed_rule(
    "LIFE-142",
    "A Sequential that has been called is made of all its layers, also of those that add gives it "
    "afterwards, and of none that pop has taken away.",
    "grown",
    source="keras.Sequential.add, pop",
)

deed_rule(
    "LEARN-143",
    "The loss of a model of several outputs is the sum of its losses, each times its weight; the "
    "loss of a sample is weighed by its class, however many classes there are.",
    "many_goals",
    "many_classes",
    source="keras.Model.compile, loss_weights; keras.Model.evaluate; keras.Model.fit, class_weight",
)

deed_rule(
    "LIFE-143",
    "Callbacks write files for the best epochs, stop after so many without a better one, give the "
    "best weights back and lower no rate in a cooldown; what is no number is never better.",
    "watched_epochs",
    source="keras.callbacks.ModelCheckpoint, save_best_only; EarlyStopping, patience, min_delta, "
    "start_from_epoch, restore_best_weights; ReduceLROnPlateau, cooldown",
)

deed_rule(
    "LIFE-144",
    "A frozen BatchNormalization goes by its statistics and leaves them alone in training, also "
    "when it is frozen after it was trained; thawed, it goes by the batch again.",
    "frozen_later",
    source="keras.layers.BatchNormalization: setting layer.trainable = False; guide: Transfer "
    "learning & fine-tuning",
)

deed_rule(
    "INIT-140",
    "Orthogonal gives matrices whose columns, or rows where these are fewer, are orthogonal to "
    "each other, with the gain for their length, whatever the shape is.",
    "orthogonal",
    source="keras.initializers.Orthogonal, gain",
)

deed_rule(
    "ALIAS-140",
    "Weights that are set from arrays keep their numbers whatever becomes of the arrays, and so do "
    "those that are read to arrays.",
    "handed_over",
    source="keras.Layer.set_weights, get_weights; keras.Variable.assign: the value is stored",
)
