"""Replacements for Keras's own classes: `--layer LSTM=drop_in:QuietLSTM`, as README.md says."""

import keras
from keras import ops


class QuietLSTM(keras.layers.LSTM):
    """An LSTM that differs from Keras's in nothing that a rule is about."""


class PlainLSTMCell(keras.layers.Layer):
    """The equations of an LSTM, written down again: no part of it is Keras's cell."""

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        kwargs.pop("implementation", None)
        super().__init__(**kwargs)
        self.units, self.use_bias = units, use_bias
        self.state_size, self.output_size = [units, units], units
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.unit_forget_bias = unit_forget_bias
        if dropout or recurrent_dropout:
            raise NotImplementedError("this cell has no dropout")

    def build(self, input_shape):
        gates = 4 * self.units
        self.kernel = self.add_weight(
            (input_shape[-1], gates), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, gates), initializer=self.recurrent_initializer, name="recurrent_kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight((gates,), initializer=self._first_bias, name="bias")

    def _first_bias(self, shape, dtype=None):
        bias = self.bias_initializer(shape, dtype=dtype)
        if not self.unit_forget_bias:
            return bias
        forget = ops.ones((self.units,), dtype=bias.dtype)
        return ops.concatenate([bias[: self.units], forget, bias[2 * self.units :]])

    def call(self, inputs, states, training=False):
        h, c = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        if self.use_bias:
            z = z + self.bias
        i, f, g, o = ops.split(z, 4, axis=-1)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(g)
        h = gate(o) * self.activation(c)
        return h, [h, c]

    def get_initial_state(self, batch_size=None):
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype) for _ in range(2)]
