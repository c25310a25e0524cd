"""Promises that hold over every rank, axis, argument and dtype."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import model_edges
from keras_rnn_conformance.cases.models.deeds.breadth import HIDING, LAID_OUT
from keras_rnn_conformance.judging.deeds import deed_rule


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one layer."""
    yield from model_edges.chosen(profile, model_edges.BROAD)


deed_rule(
    "NEIGHBOUR-155",
    "A Dense and an EinsumDense compute their product and add their bias on inputs of any rank, in "
    "every dtype.",
    "every_rank",
    source="keras.layers.Dense, Input shape: N-D tensor, use_bias; keras.layers.EinsumDense, "
    "bias_axes; guide: Mixed precision",
)

deed_rule(
    "NEIGHBOUR-156",
    "The function of a Lambda is given the mask of its input and whether the model trains, where "
    "it has arguments of these names.",
    "lambda_told",
    source="keras.layers.Lambda, function; keras.Layer.call, reserved arguments: training, mask",
)

deed_rule(
    "NEIGHBOUR-157",
    "Values under the value mask of attention do not contribute to its result, whatever they are.",
    *HIDING,
    source="keras.layers.Attention, AdditiveAttention, mask: values at positions where mask==False "
    "do not contribute to the result; keras.layers.MultiHeadAttention, GroupQueryAttention, "
    "attention_mask",
)

deed_rule(
    "EDGE-155",
    "An operation of two tensors, and a layer that merges them, repeats one along the axes that "
    "are one there, whatever the other sizes are.",
    *LAID_OUT,
    source="keras.ops: the NumPy API; keras.ops.add, subtract, multiply, maximum, minimum; "
    "keras.layers.Add, Average, Subtract, Multiply, Maximum, Minimum",
)

deed_rule(
    "EDGE-156",
    "LoRA counts the product of its factors lora_alpha / lora_rank times, whether a layer is made "
    "with it or told of it, and so does what its file and its configuration give.",
    "lora_scaled",
    "lora_made",
    source="keras.layers.Dense, EinsumDense, Embedding: lora_rank, lora_alpha, enable_lora",
)

deed_rule(
    "LEARN-155",
    "A loss computes in the dtype that it is given, or in the compute dtype of the policy.",
    "losses_in",
    source="keras.losses.Loss, dtype: the dtype of the loss's computations",
)

deed_rule(
    "DROP-155",
    "In a large model, in a file and in a copy a layer drops as it does by itself: with one mask "
    "for all timesteps of a call, another one in the next call, and nothing at inference.",
    "copied_drops",
    source="keras.layers.LSTM, SimpleRNN: dropout, recurrent_dropout; keras.saving.load_model; "
    "keras.models.clone_model",
)
