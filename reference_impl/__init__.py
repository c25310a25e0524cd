"""Keras's recurrent layers, and models of them, in NumPy, from the equations, with error bounds.

The oracle knows neither Keras nor any test: it takes weights in Keras's layout and returns, for
every output, its float64 value and a bound of the error that a computation at a target precision
may make.
"""

from .activations import Activation, Elementwise, activation, custom
from .bounded import PRECISIONS, Bounded, Precision
from .calls import Result
from .conv import ConvLSTM
from .errors import ReferenceInputError
from .generations import DEFAULT, GENERATIONS, Generation
from .layers import GRU, LSTM, Layer, SimpleRNN
from .losses import Loss, Penalty, Targets
from .metrics import Metric
from .model import Given, Model, Node
from .optimizers import Optimizer, Settings
from .training import Batch, Compiled
from .wrappers import Bidirectional, StackedRNN

__all__ = [
    "DEFAULT",
    "GENERATIONS",
    "GRU",
    "LSTM",
    "PRECISIONS",
    "Activation",
    "Batch",
    "Bidirectional",
    "Bounded",
    "Compiled",
    "ConvLSTM",
    "Elementwise",
    "Generation",
    "Given",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Node",
    "Optimizer",
    "Penalty",
    "Precision",
    "ReferenceInputError",
    "Result",
    "Settings",
    "SimpleRNN",
    "StackedRNN",
    "Targets",
    "activation",
    "custom",
]
