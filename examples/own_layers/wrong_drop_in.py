"""Replacements with a mistake each: `--layer LSTM=wrong_drop_in:IgnoresBias`."""

import keras
from keras import ops


class SwapsGatesWhenWide(keras.layers.LSTM):
    """A fast path for wide layers that takes the input gate for the forget gate."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if self.units <= 64:
            return super().call(sequences, initial_state, mask, training)
        return keras.layers.RNN.call(self, sequences, initial_state, mask, training)

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        if units > 64:
            self.cell = _SwappedCell(units, **self.cell_options())

    def cell_options(self):
        config = self.cell.get_config()
        return {key: value for key, value in config.items() if key != "units"}


class _SwappedCell(keras.layers.LSTMCell):
    def call(self, inputs, states, training=False):
        h, c = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        z = z + self.bias if self.use_bias else z
        f, i, g, o = ops.split(z, 4, axis=-1)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(g)
        h = gate(o) * self.activation(c)
        return h, [h, c]


class IgnoresBias(keras.layers.LSTM):
    """Its weights have a bias, and its numbers have none."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        kept = self.cell.bias
        self.cell.bias = None if kept is None else ops.zeros_like(kept)
        try:
            return super().call(sequences, initial_state, mask, training)
        finally:
            self.cell.bias = kept


class KeepsStateToItself(keras.layers.LSTM):
    """It returns its output alone, whatever return_state says."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        return returned[0] if self.return_state else returned
