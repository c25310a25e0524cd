"""Laws of dtype policies: where each is used, and that values stay near those of float32."""

from __future__ import annotations

import keras

from keras_rnn_conformance.own.kit import array, copied, dtypes, run
from keras_rnn_conformance.own.laws.registry import law


def under(policy, make, x, full, rounds, got):
    """The dtypes of outputs, states and weights under a policy, and the values beside float32's."""
    declared = keras.DTypePolicy(policy)
    want = make(**full)
    layer = copied(want, got)
    returned = keras.tree.flatten(layer(keras.ops.convert_to_tensor(x)))
    if policy != "float64" or keras.backend.result_type("float64", "float64") == "float64":
        computed = [declared.compute_dtype] * len(returned)  # elsewhere, operations give float32
        yield "dtypes of what is returned", dtypes(returned), computed
    weights = list(layer.trainable_weights)
    yield "dtypes of the weights", dtypes(weights), [declared.variable_dtype] * len(weights)
    if not rounds:
        for i, (a, b) in enumerate(zip(returned, run(want, x), strict=True)):
            rougher = "float32" if policy == "float64" else declared.compute_dtype
            yield f"array {i}", array(a), b, {"precision": rougher}


@law(
    "dtype='float16' reaches outputs, states and weights, and rounds values alone.",
    needs="dtype float16",
)
def check_float16(make, x, full, rounds):
    yield from under("float16", make, x, full, rounds, make(dtype="float16", **full))


@law(
    "dtype='bfloat16' reaches outputs, states and weights, and rounds values alone.",
    needs="dtype bfloat16",
)
def check_bfloat16(make, x, full, rounds):
    yield from under("bfloat16", make, x, full, rounds, make(dtype="bfloat16", **full))


@law(
    "dtype='mixed_float16' computes in float16 with weights in float32.",
    needs="dtype mixed_float16",
)
def check_mixed_float16(make, x, full, rounds):
    yield from under("mixed_float16", make, x, full, rounds, make(dtype="mixed_float16", **full))


@law(
    "dtype='mixed_bfloat16' computes in bfloat16 with weights in float32.",
    needs="dtype mixed_bfloat16",
)
def check_mixed_bfloat16(make, x, full, rounds):
    yield from under("mixed_bfloat16", make, x, full, rounds, make(dtype="mixed_bfloat16", **full))


@law(
    "dtype='float64' reaches outputs, states and weights, and changes values by rounding alone.",
    needs="dtype float64",
)
def check_float64(make, x, full, rounds):
    yield from under("float64", make, x, full, rounds, make(dtype="float64", **full))


@law("The global dtype policy does what dtype does.", needs="mixed_float16")
def check_global_policy(make, x, full):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        layer = make(**full)
        returned = keras.tree.flatten(layer(keras.ops.convert_to_tensor(x)))
    finally:
        keras.config.set_dtype_policy(before)
    yield "dtypes of what is returned", dtypes(returned), ["float16"] * len(returned)
    yield (
        "dtypes of the weights",
        dtypes(layer.trainable_weights),
        ["float32"] * len(layer.trainable_weights),
    )
