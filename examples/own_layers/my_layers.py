"""A layer and a cell of one's own."""

import keras
from keras import ops


class ScaledLSTM(keras.layers.LSTM):
    """An LSTM that multiplies its input by a fixed number."""

    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(units, **kwargs)
        self.scale = scale

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences * self.scale, initial_state, mask, training)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


class LeakyCell(keras.layers.Layer):
    """h' = (1 - leak) h + leak tanh(W x + U h + b)."""

    def __init__(self, units, leak=0.5, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units
        self.leak = leak

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.recurrent_kernel = self.add_weight((self.units, self.units), name="recurrent_kernel")
        self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")

    def call(self, inputs, states):
        h = states[0]
        new = ops.tanh(
            ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
        )
        new = (1 - self.leak) * h + self.leak * new
        return new, [new]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "leak": self.leak}


def half_scaled(units, **options):
    """The layer with an argument that is not at its default."""
    return ScaledLSTM(units, scale=0.5, **options)
