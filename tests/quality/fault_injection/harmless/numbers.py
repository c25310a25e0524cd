"""What a correct Keras may compute otherwise, within rounding."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from keras.layers import (
    Dense,
    GlobalAveragePooling1D,
    GRUCell,
    LayerNormalization,
    LSTMCell,
    Masking,
    SimpleRNNCell,
)

from tests.quality.fault_injection.faults import Garden
from tests.quality.fault_injection.harmless import harmless

HALF = ("float16", "bfloat16")
MODEL = "SimpleRNN-seq0-state0-u2-t4-n3-in5-mask.gap-do.model-what"


def _dtype(tensor: Any) -> str:
    return str(keras.backend.standardize_dtype(tensor.dtype))


@harmless(
    "other seeds",
    "Draws other random numbers from the same seeds.",
    "LSTM-seq1-state0-u3-t3-n8-in4-drop50-rdrop50-do.train-what.seed "
    "SimpleRNN-seq0-state0-u3-t2-do.init-what.callables",
)
def _other_seeds(garden: Garden) -> None:
    def following(original: Any, self: Any, ordered: bool = True) -> Any:
        seed = original(self, ordered=ordered)
        return seed + ops.convert_to_tensor(np.array([11, 5]), dtype=seed.dtype)

    garden.around(keras.random.SeedGenerator, "next", following)


@harmless(
    "layers normalized otherwise",
    "Normalizes by the reciprocal of the root.",
    f"{MODEL}.layernorm",
)
def _layers_normalized(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any) -> Any:
        axes = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else (self.axis,)
        if getattr(self, "rms_scaling", False) or _dtype(inputs) in HALF:
            return original(self, inputs)
        shape = [1] * len(inputs.shape)
        for axis in axes:
            shape[axis] = inputs.shape[axis]
        centred = inputs - ops.mean(inputs, axis=axes, keepdims=True)
        variance = ops.mean(centred * centred, axis=axes, keepdims=True)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        outputs = outputs * ops.reshape(self.gamma, shape) if self.scale else outputs
        outputs = outputs + ops.reshape(self.beta, shape) if self.center else outputs
        return ops.cast(outputs, self.compute_dtype)

    garden.around(LayerNormalization, "call", call)


@harmless(
    "shares of a mean",
    "Averages under a mask by the share of each timestep.",
    f"{MODEL}.average",
)
def _shares(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, mask: Any = None) -> Any:
        if mask is None or self.data_format != "channels_last":
            return original(self, inputs, mask=mask)
        counted = ops.cast(ops.expand_dims(mask, 2), "bool")
        shares = ops.cast(counted, inputs.dtype)
        shares = shares / ops.sum(shares, axis=1, keepdims=True)
        return ops.sum(ops.where(counted, inputs, 0) * shares, axis=1, keepdims=self.keepdims)

    garden.around(GlobalAveragePooling1D, "call", call)


@harmless("one product", "Multiplies sequences by one einsum.", f"{MODEL}.dense")
def _one_product(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, training: Any = None) -> Any:
        special = getattr(self, "quantization_mode", None) or self.lora_enabled
        if len(inputs.shape) != 3 or special:
            return original(self, inputs, training=training)
        outputs = ops.einsum("btf,fu->btu", inputs, self.kernel)
        outputs = outputs if self.bias is None else outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    garden.around(Dense, "call", call)


@harmless(
    "no feature equal",
    "Finds out what is masked by what is equal.",
    "SimpleRNN-seq1-state0-u3-t5-mask.left-maskby.masking",
)
def _no_feature_equal(garden: Garden) -> None:
    def compute_mask(original: Any, self: Any, inputs: Any, mask: Any = None) -> Any:
        return ops.logical_not(ops.all(ops.equal(inputs, self.mask_value), axis=-1))

    garden.around(Masking, "compute_mask", compute_mask)


@harmless(
    "steps in another order",
    "Takes the steps of Adam and of plain descent in another order of operations.",
    "SimpleRNN-seq0-state0-u2-t3-n5-in4-mask.right-do.learn-what.again",
)
def _steps(garden: Garden) -> None:
    def descend(original: Any, self: Any, gradient: Any, variable: Any, rate: Any) -> None:
        if self.momentum:
            original(self, gradient, variable, rate)
            return
        rate = ops.cast(rate, variable.dtype)
        self.assign(variable, variable + (-rate) * ops.cast(gradient, variable.dtype))

    def adapt(original: Any, self: Any, gradient: Any, variable: Any, rate: Any) -> None:
        if self.amsgrad or type(self) is not keras.optimizers.Adam:
            original(self, gradient, variable, rate)
            return
        gradient, rate = (ops.cast(value, variable.dtype) for value in (gradient, rate))
        count = ops.cast(self.iterations + 1, variable.dtype)
        place = self._get_variable_index(variable)
        first, second = self._momentums[place], self._velocities[place]
        self.assign(first, first * self.beta_1 + gradient * (1 - self.beta_1))
        self.assign(second, second * self.beta_2 + gradient * gradient * (1 - self.beta_2))
        kept = [
            1 - ops.power(ops.cast(beta, variable.dtype), count)
            for beta in (self.beta_1, self.beta_2)
        ]
        size = rate * ops.sqrt(kept[1]) / kept[0]
        self.assign(variable, variable - size * (first / (ops.sqrt(second) + self.epsilon)))

    garden.around(keras.optimizers.SGD, "update_step", descend)
    garden.around(keras.optimizers.Adam, "update_step", adapt)


@harmless(
    "half precision in single",
    "Computes a timestep of half precision in single precision.",
    "LSTM-seq1-state1-u3-t3-n4-f16 GRU-seq1-state1-u3-t3-n4-bf16",
    alone="the scope in which weights are cast is Keras's own",
)
def _half_in_single(garden: Garden) -> None:
    from keras.src.backend.common.variables import AutocastScope

    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        dtype = _dtype(x)
        if dtype not in HALF or not isinstance(states, (list, tuple)):
            return original(self, x, states, training=training)
        with AutocastScope("float32"):
            wide = [ops.cast(value, "float32") for value in (x, *states)]
            output, new = original(self, wide[0], wide[1:], training=training)
        return ops.cast(output, dtype), [ops.cast(state, dtype) for state in new]

    for cell in (SimpleRNNCell, LSTMCell, GRUCell):
        garden.around(cell, "call", call)
