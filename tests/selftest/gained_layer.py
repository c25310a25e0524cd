"""A pytest plugin that gives Keras one more recurrent layer, for the walk-through of adding one.

The minimal gated unit of Zhou et al. 2016: a GRU with one gate in the place of two.

python -m pytest -p tests.selftest.gained_layer --case MGU-seq1-state1-u3-t5
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

OF_CELL = (
    "units",
    "activation",
    "recurrent_activation",
    "use_bias",
    "kernel_initializer",
    "recurrent_initializer",
    "bias_initializer",
)


@keras.saving.register_keras_serializable(package="gained")
class MGUCell(keras.layers.Layer):
    """f = sigmoid(x W + b + h U); h = (1 - f) h + f tanh(x W + b + (f h) U). Weights: f, h."""

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = self.state_size = self.output_size = units
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: Any) -> None:
        wide = 2 * self.units
        self.kernel = self.add_weight(
            shape=(input_shape[-1], wide), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, wide),
            initializer=self.recurrent_initializer,
            name="recurrent_kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(wide,), initializer=self.bias_initializer, name="bias"
            )
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        h = states[0] if isinstance(states, (list, tuple)) else states
        x = ops.matmul(inputs, self.kernel)
        x = ops.add(x, self.bias) if self.use_bias else x
        u = self.units
        forget = self.recurrent_activation(x[:, :u] + ops.matmul(h, self.recurrent_kernel[:, :u]))
        new = self.activation(x[:, u:] + ops.matmul(forget * h, self.recurrent_kernel[:, u:]))
        h = (1 - forget) * h + forget * new
        return h, [h] if isinstance(states, (list, tuple)) else h

    def get_initial_state(self, batch_size: Any = None) -> Any:
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype)]

    def get_config(self) -> dict[str, Any]:
        own = {
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "use_bias": self.use_bias,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="gained")
class MGU(keras.layers.RNN):
    """RNN over MGUCell, with its arguments and those of RNN."""

    def __init__(self, units: int, *arguments: Any, **options: Any) -> None:
        given: dict[str, Any] = {name: options.pop(name) for name in OF_CELL if name in options}
        given |= {name: options[name] for name in ("dtype", "trainable") if name in options}
        super().__init__(MGUCell(units, *arguments, **given, name="mgu_cell"), **options)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        cell = config.pop("cell")["config"]
        return {**config, **{name: cell[name] for name in OF_CELL if name in cell}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MGU:
        return cls(**config)


keras.layers.MGUCell = MGUCell
keras.layers.MGU = MGU
