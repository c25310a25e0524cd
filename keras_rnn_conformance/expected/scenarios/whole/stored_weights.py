"""What the deeds whose weights are split, factored or quantized must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.edges import DIGITS, RANK, SHARDS, TABLES, digits_of
from keras_rnn_conformance.cases.models.learning import head
from keras_rnn_conformance.cases.models.sources import model_of, number
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.models import posed
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.models.model import evaluate

SINGLE = PRECISIONS["float32"]
EPSILON = 1e-7
"""What Keras adds to the largest number before it divides by it, in keras.quantizers."""


def rounded_product(x: Bounded, kernel: Array, bias: Array, largest: int) -> Bounded:
    """The exact product, and how far rounding x and kernel to integers up to `largest` moves it.

    With steps of max|x| / largest of each row and max|w| / largest of each column, both are off by
    half a step at most.
    """
    off_x = x.reach.max(-1, keepdims=True) / (2 * largest) + x.bound
    off_w = np.abs(kernel).max(0, keepdims=True) / (2 * largest)
    most = (x.reach + off_x) @ (np.zeros_like(kernel) + off_w) + off_x @ np.abs(kernel)
    rounding = 4.0 * len(kernel) * SINGLE.u * (x.reach @ np.abs(kernel) + 1.0)
    return Bounded(x.value @ kernel + bias, most + rounding, SINGLE)


def quantized(case: Case, data: Data) -> Expected:
    """TimeDistributed(Dense) with 8 bits."""
    kernel, _, bias = data.weights("dense ", "SimpleRNN", data.features, data.units)
    return Expected({"output": rounded_product(exact(data.x, SINGLE), kernel, bias, 127)})


def _quantized_whole(case: Case, data: Data) -> Expected:
    """The layer as it is, and a Dense with 8 bits."""
    output = rounded_product(oracle(case)(data.x, data.weights()).output, *head(data), 127)
    return Expected({"output": output, "loaded": output}, facts={"bits of the kernel": 8})


def _table(vectors: Array, steps: int) -> Bounded:
    """Vectors that are each off by half a step, of so many to the largest of its numbers."""
    half = np.abs(vectors).max(-1, keepdims=True) / (2 * steps)
    bound = np.broadcast_to(half * (1 + 8 * SINGLE.u) + EPSILON, vectors.shape)
    return Bounded(vectors, bound, SINGLE)


def _lora_int4(case: Case, data: Data) -> Expected:
    return Expected({"vectors": _table(data.x[:, 0], TABLES["int4"])})


def _quantized_table(case: Case, data: Data) -> Expected:
    vectors = data.x[None, :, 0]
    tables = {mode: _table(vectors, steps) for mode, steps in TABLES.items()}
    loaded = {f"{mode}, loaded": table for mode, table in tables.items()}
    return Expected({**tables, **loaded}, facts={f"dtype of {mode}": "bfloat16" for mode in TABLES})


def _digits(case: Case, data: Data) -> Expected:
    ways = DIGITS[str(case["what"])]
    return Expected(facts={digits_of(dtype, way): 0 for dtype in ways for way in ways[dtype]})


def _plain(case: Case, data: Data) -> Expected:
    return Expected({"output": oracle(case)(data.x, data.weights()).output})


def _sharded(case: Case, data: Data) -> Expected:
    whole = model_of(case, "wrapped")
    values = evaluate(*posed(whole, data), SINGLE.name).values
    outputs = {f"output from files of {holds}": values[whole.outputs[0]] for holds in SHARDS}
    return Expected(outputs, facts={f"several files of {holds}": True for holds in SHARDS})


def _factors(data: Data, name: str, kind: str, shape: tuple[int, int]) -> tuple[Array, Array]:
    """The two factors that are added to a weight."""
    first, second = (shape[0], RANK), (RANK, shape[1])
    return (
        number(data, f"{name}/lora_{kind}_a", first),
        number(data, f"{name}/lora_{kind}_b", second),
    )


def _lora(case: Case, data: Data) -> Expected:
    """The sum of a weight and a product of numbers of the grid is exact; that with x is not."""
    model, given = posed(model_of(case, "regressor"), data)
    weights = given.weights
    vectors = weights["embedding/embeddings"]
    a, b = _factors(data, "embedding", "embeddings", vectors.shape)
    computed = replace(model, outputs=("first",))
    summed = replace(given, weights={**weights, "embedding/embeddings": vectors + a @ b})
    x = evaluate(computed, summed, SINGLE.name).values["first"]
    kernel, bias = weights["number/kernel"], exact(weights["number/bias"], SINGLE)
    first, second = _factors(data, "number", "kernel", kernel.shape)
    apart = x @ exact(kernel, SINGLE) + (x @ exact(first, SINGLE)) @ exact(second, SINGLE) + bias
    loaded = x @ exact(kernel + first @ second, SINGLE) + bias
    facts = {
        "trained in embedding": ["lora_embeddings_a", "lora_embeddings_b"],
        "trained in number": ["bias", "lora_kernel_a", "lora_kernel_b"],
    }
    return Expected({"output": apart, "loaded": loaded}, facts=facts)


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "quantized": quantized,
    "quantized_whole": _quantized_whole,
    "more_layers": _plain,
    "of_subclass": _plain,
    "sharded": _sharded,
    **dict.fromkeys(DIGITS, _digits),
    "lora": _lora,
    "lora_int4": _lora_int4,
    "quantized_table": _quantized_table,
}
