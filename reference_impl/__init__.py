"""Keras's recurrent layers in NumPy, from the equations, with error bounds.

The oracle knows neither Keras nor any test: it takes weights in Keras's layout and returns, for
every output, its float64 value and a bound of the error that a computation at a target precision
may make.
"""

from .activation_table import activation
from .activations import Elementwise, custom
from .bounded import PRECISIONS, Activation, Bounded, Precision
from .calls import Result
from .conv import ConvLSTM
from .errors import ReferenceInputError
from .generations import DEFAULT, GENERATIONS, Generation
from .layers import GRU, LSTM, Layer, SimpleRNN
from .wrappers import Bidirectional, StackedRNN

__all__ = [
    "DEFAULT",
    "GENERATIONS",
    "GRU",
    "LSTM",
    "PRECISIONS",
    "Activation",
    "Bidirectional",
    "Bounded",
    "ConvLSTM",
    "Elementwise",
    "Generation",
    "Layer",
    "Precision",
    "ReferenceInputError",
    "Result",
    "SimpleRNN",
    "StackedRNN",
    "activation",
    "custom",
]
