"""Cells that are each wrong in one way; a docstring says in which."""

from __future__ import annotations

import keras
from keras.layers import LSTMCell, SimpleRNNCell


class StateNested(SimpleRNNCell):
    """Its new state is nested deeper than state_size says."""

    def call(self, inputs, states, training=False):
        output, new = super().call(inputs, keras.tree.flatten(states), training)
        return output, [[keras.tree.flatten(new)[0]]]


class StateSizeWrong(LSTMCell):
    """state_size says one state of two."""

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.state_size = [units]


class OutputSizeWrong(SimpleRNNCell):
    """output_size says one unit more than there is."""

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.output_size = units + 1


class CellCounts(SimpleRNNCell):
    """What it gives depends on how often it was called."""

    def call(self, inputs, states, training=False):
        self.times = getattr(self, "times", 0) + 1
        return super().call(inputs + 0.01 * self.times, states, training)


class CellConfigLost(SimpleRNNCell):
    """from_config always makes a cell of three units."""

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "units": 3})


class CellDtypeDropped(SimpleRNNCell):
    """It computes in float32 under every policy."""

    def __init__(self, units, dtype=None, **kwargs):
        super().__init__(units, dtype="float32", **kwargs)
