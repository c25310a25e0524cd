"""What a backend can do that the suite does not know: tried once on Keras, in a few small calls.

Only what the documentation leaves to the backend is asked. What every backend owes is not: a layer
that cannot be called is a failure of its cases, and no reason to leave them out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.dtypes import COMPUTE

Probe = Callable[[Case], str]
"""From a case that needs something to why the backend lacks it, empty if it has it."""


def _shortcoming(what: str, attempt: Callable[[], Any]) -> str:
    """Why an attempt failed: with an error, or with what it returned instead."""
    try:
        wrong = attempt()
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        return f"{what} ends in {type(error).__name__}: {lines[0][:100]}"
    return f"{what} {wrong}" if wrong else ""


@cache
def _arithmetic(dtype: str) -> str:
    def attempt() -> str:
        x = ops.convert_to_tensor(np.ones((2, 2)), dtype=dtype)
        computed = keras.backend.standardize_dtype(ops.tanh(ops.matmul(x, x)).dtype)
        ops.convert_to_numpy(ops.cast(x, "float32"))
        return "" if computed == dtype else f"gives {computed}"

    return _shortcoming(f"a product in {dtype}", attempt)


def _dtype(case: Case) -> str:
    return _arithmetic(COMPUTE[str(case["dtype"])])


@cache
def _training() -> str:
    def attempt() -> None:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.ones((2, 2), "float32"), np.ones((2, 1), "float32"), verbose=0)

    return _shortcoming("fit of a Dense layer", attempt)


def _gradients(case: Case) -> str:
    if case["do"] == "grad" or case.has(do="edge", what="own_layer"):
        return "the suite asks for gradients in the ways of TensorFlow, JAX and torch alone"
    return _training()


@cache
def _channels_first() -> str:
    def attempt() -> None:
        x, kernel = np.ones((1, 2, 5), "float32"), np.ones((2, 2, 3), "float32")
        ops.convert_to_numpy(ops.conv(x, kernel, data_format="channels_first"))

    return _shortcoming("a convolution with channels first", attempt)


@cache
def _quantization() -> str:
    def attempt() -> None:
        layer = keras.layers.Dense(2)
        layer.build((None, 3))
        layer.quantize("int8")
        ops.convert_to_numpy(layer(np.ones((2, 3), "float32")))

    return _shortcoming("a quantized Dense layer", attempt)


@cache
def _unknown_sizes() -> str:
    seen: list[Any] = []

    def attempt() -> str:
        def look(x: Any) -> Any:
            seen.append(x.shape[0])
            return x

        keras.backend.compute_output_spec(look, keras.KerasTensor((None, 3)))
        return "" if None in seen else f"sees {seen[0]} for an unknown size"

    return _shortcoming("a traced function", attempt)


@cache
def _jit() -> str:
    def attempt() -> str:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(jit_compile=True)
        model.predict(np.ones((2, 2), "float32"), verbose=0)
        return "" if model.jit_compile else "is declined"

    return _shortcoming("a model compiled with jit_compile=True", attempt)


PROBES: dict[str, Probe] = {
    "channels_first": lambda _: _channels_first(),
    "cudnn": lambda _: "cuDNN runs on NVIDIA GPUs, and Keras lists none on this backend",
    "data_loader": lambda _: "DataLoader is torch's, which this process has not",
    "dtype": _dtype,
    "export": lambda _: "Keras exports models of its own backends alone",
    "gradients": _gradients,
    "jit": lambda _: _jit(),
    "quantization": lambda _: _quantization(),
    "tf_data": lambda _: "tf.data is TensorFlow's, which this process has not",
    "transform": lambda _: "the suite knows no transform of functions on this backend",
    "unknown_sizes": lambda _: _unknown_sizes(),
}
"""By name, how something is asked for."""
