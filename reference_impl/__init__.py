"""Keras's recurrent layers, and models of them, in NumPy, from the equations, with error bounds.

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
from .models.model import Given, Model, Node
from .training.fitting import Batch, Compiled
from .training.losses import Loss, Penalty, Targets
from .training.metrics import Metric
from .training.optimizers import Optimizer, Settings
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
