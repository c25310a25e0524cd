"""What surrounds recurrent layers: epochs, weights, names, optimizers, copies, noise and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.models import functional

from tests.quality.fault_injection.faults import Garden, edge, fault, learnt

# Training


@fault(
    "each epoch from the start",
    "Begins every epoch of steps_per_epoch with the first batch.",
    "LEARN-1 LEARN-5",
    learnt("few_steps", "SimpleRNN", "right"),
)
def _each_epoch_from_the_start(garden: Garden) -> None:
    def fit(original: Any, self: Any, x: Any, y: Any, **options: Any) -> Any:
        size = options["batch_size"] * options["steps_per_epoch"]
        return original(self, x[:size], y[:size], **options)

    garden.around(keras.Model, "fit", fit)


@fault(
    "assesses everything",
    "Lets evaluate go on beyond its steps.",
    "LEARN-1 LEARN-2",
    learnt("few_assessed", "SimpleRNN", "right"),
)
def _assesses_everything(garden: Garden) -> None:
    garden.around(
        keras.Model,
        "evaluate",
        lambda evaluate, self, *args, steps, **options: evaluate(self, *args, **options),
    )


@fault(
    "classes without a weight left out",
    "Counts classes that have no class weight for nothing.",
    "LEARN-1 LEARN-5",
    learnt("some_weights", "SimpleRNN", "first"),
)
def _classes_left_out(garden: Garden) -> None:
    def fit(original: Any, self: Any, x: Any, y: Any, **options: Any) -> Any:
        options["class_weight"] = {k: options["class_weight"].get(k, 0.0) for k in range(3)}
        return original(self, x, y, **options)

    garden.around(keras.Model, "fit", fit)


@fault(
    "mean over padding",
    "Lets the reduction 'mean' count masked timesteps.",
    "LEARN-1",
    learnt("mean_reduction", "GRU", "right"),
)
def _mean_over_padding(garden: Garden) -> None:
    def loss(original: Any, self: Any, y: Any, predicted: Any, weights: Any = None) -> Any:
        if self.reduction == "mean":
            predicted = ops.convert_to_tensor(ops.convert_to_numpy(predicted))
        return original(self, y, predicted, weights)

    garden.around(keras.losses.Loss, "__call__", loss)


@fault(
    "loss weights by place",
    "Gives loss weights by name to the outputs in their own order.",
    "LEARN-1",
    learnt("named", "LSTM", "left"),
)
def _loss_weights_by_place(garden: Garden) -> None:
    def compiled(original: Any, self: Any, **options: Any) -> Any:
        options["loss_weights"] = list(options["loss_weights"].values())
        return original(self, **options)

    garden.around(keras.Model, "compile", compiled)


@fault(
    "one weight for all outputs",
    "Gives every output but the first sample weights of one.",
    "LEARN-1 LEARN-2",
    learnt("output_weights", "SimpleRNN", "right"),
)
def _one_weight_for_all_outputs(garden: Garden) -> None:
    def evaluate(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        first, *others = options["sample_weight"]
        options["sample_weight"] = [first, *map(np.ones_like, others)]
        return original(self, *args, **options)

    garden.around(keras.Model, "evaluate", evaluate)


@fault(
    "as long as the shortest",
    "Cuts all batches of a generator to the shortest of them.",
    "LEARN-1 LEARN-5",
    learnt("uneven", "SimpleRNN", "first"),
)
def _as_long_as_the_shortest(garden: Garden) -> None:
    def cut(batches: list[Any]) -> Iterator[Any]:
        shortest = min(x.shape[1] for x, _ in batches)
        return ((x[:, :shortest], y[:, :shortest]) for x, y in batches)

    garden.around(
        keras.Model,
        "fit",
        lambda fit, self, source, **options: fit(self, cut(list(source)), **options),
    )


@fault(
    "clips before it accumulates",
    "Clips each gradient that is accumulated, not their mean.",
    "LEARN-5",
    learnt("joined", "GRU", "left"),
)
def _clips_before_it_accumulates(garden: Garden) -> None:
    garden.around(
        keras.optimizers.SGD,
        "apply",
        lambda apply, self, gradients, *variables: apply(
            self, self._clip_gradients(list(gradients)), *variables
        ),
    )


@fault(
    "forgets the largest",
    "Lets Adam with amsgrad forget the largest velocity.",
    "LEARN-5",
    learnt("joined_adam", "SimpleRNN", "first"),
)
def _forgets_the_largest(garden: Garden) -> None:
    garden.made(keras.optimizers.Adam, lambda made: setattr(made, "amsgrad", False))


# Copies and files


class _Everything:
    """What holds everything that is asked for."""

    def __contains__(self, item: object) -> bool:
        return True


@fault(
    "calls counted from the first",
    "Numbers the calls of a layer in a file with those of other models.",
    "RUN-1 EDGE-22",
    " ".join((learnt("called_before", "GRU", "right"), edge("rebuilt", "GRU"))),
)
def _calls_counted_from_the_first(garden: Garden) -> None:
    garden.around(
        functional,
        "serialize_node",
        lambda serialize, node, own_nodes: serialize(node, own_nodes=_Everything()),
    )


@fault(
    "one output twice",
    "Loads a model that calls a model twice with one output for both.",
    "LIFE-1 LIFE-2",
    learnt("twins_saved", "LSTM", "right"),
)
def _one_output_twice(garden: Garden) -> None:
    def load(original: Any, *args: Any, **options: Any) -> Any:
        model = original(*args, **options)
        whole = model.call
        model.call = lambda *given, **named: [whole(*given, **named)[0]] * 2
        return model

    garden.around(keras.saving, "load_model", load)


@fault(
    "copies apart",
    "Copies a shared layer once for each model that has it.",
    "EDGE-20",
    edge("shared_within", "LSTM"),
)
def _copies_apart(garden: Garden) -> None:
    garden.around(keras.models, "clone_model", lambda clone, model, recursive: clone(model))


@fault(
    "a misfit ends the loading",
    "Loads no layer where one does not fit.",
    "EDGE-19",
    edge("misfit", "GRU"),
)
def _a_misfit_ends_the_loading(garden: Garden) -> None:
    garden.put(keras.Model, "load_weights", lambda self, path, skip_mismatch: None)


# Masks, noise and dtypes


@fault(
    "one mask for a model",
    "Hands the first of several masks alone to a model inside.",
    "NEIGHBOUR-1 NEIGHBOUR-2",
    "LSTM-seq0-state0-u2-t4-n3-in5-mask.right-do.model-what.nested_masks",
)
def _one_mask_for_a_model(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, mask: Any = None, **options: Any) -> Any:
        return original(self, inputs, mask=mask and [mask[0], None], **options)

    garden.around(functional.Functional, "call", call)


@fault(
    "masks what either masks",
    "Lets Concatenate mask a timestep that one input masks.",
    "NEIGHBOUR-2",
    "GRU-seq0-state0-u2-t4-n3-in5-mask.left-do.model-what.join_both",
)
def _masks_what_either_masks(garden: Garden) -> None:
    def joined(original: Any, self: Any, inputs: Any, masks: Any) -> Any:
        return ops.logical_and(*masks) if self.axis == -1 else original(self, inputs, masks)

    garden.around(keras.layers.Concatenate, "compute_mask", joined)


@fault(
    "one noise for all samples",
    "Lets SpatialDropout1D drop the same channels of all samples.",
    "EDGE-18",
    edge("noise", "SimpleRNN"),
)
def _one_noise_for_all_samples(garden: Garden) -> None:
    garden.put(
        keras.layers.SpatialDropout1D,
        "_get_noise_shape",
        lambda self, inputs: (1, 1, inputs.shape[2]),
    )


@fault(
    "ids of 16 bits",
    "Masks ids whose last 16 bits are zeros.",
    "EDGE-15",
    edge("tokens", "GRU", "right"),
)
def _ids_of_16_bits(garden: Garden) -> None:
    garden.put(
        keras.layers.Embedding,
        "compute_mask",
        lambda self, inputs, mask=None: ops.not_equal(ops.cast(inputs, "uint16"), 0),
    )


@fault(
    "one dtype for all",
    "Lets an LSTM compute in the dtype of the policy, not in its own.",
    "EDGE-21",
    edge("odd_dtype", "LSTM"),
)
def _one_dtype_for_all(garden: Garden) -> None:
    garden.around(
        keras.layers.LSTM,
        "__init__",
        lambda init, self, *args, dtype=None, **options: init(self, *args, **options),
    )


# What is used with a model


@fault(
    "cuts where it pads",
    "Lets pad_sequences cut on the side where it pads.",
    "EDGE-32",
    edge("padded", "SimpleRNN"),
)
def _cuts_where_it_pads(garden: Garden) -> None:
    def pad(original: Any, sequences: Any, **options: Any) -> Any:
        return original(sequences, **{**options, "truncating": options["padding"]})

    garden.around(keras.utils, "pad_sequences", pad)


@fault(
    "keeps the last epoch",
    "Lets EarlyStopping restore the best weights only where it has stopped.",
    "EDGE-33",
    edge("callbacks", "GRU"),
)
def _keeps_the_last_epoch(garden: Garden) -> None:
    def end(original: Any, self: Any, logs: Any = None) -> None:
        if self.stopped_epoch:
            original(self, logs)

    garden.around(keras.callbacks.EarlyStopping, "on_train_end", end)


# Attention


@fault(
    "foretells no scores",
    "Lets Attention give its output alone when it is called on symbolic tensors.",
    "NEIGHBOUR-8",
    "GRU-seq0-state0-u2-t4-n3-in5-mask.left-do.model-what.scores",
)
def _foretells_no_scores(garden: Garden) -> None:
    def foretold(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        spec = original(self, *args, **options)
        return spec[0] if isinstance(spec, tuple) else spec

    garden.around(keras.layers.Attention, "compute_output_spec", foretold)


@fault(
    "scores of the future",
    "Lets heads see what is to come where their scores are asked for.",
    "NEIGHBOUR-1",
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-mask.gap-do.model-what.heads_causal",
)
def _scores_of_the_future(garden: Garden) -> None:
    def attend(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        return original(self, *args, **{**options, "use_causal_mask": False})

    garden.around(keras.layers.MultiHeadAttention, "_compute_attention", attend)
