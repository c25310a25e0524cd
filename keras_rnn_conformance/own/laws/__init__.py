"""All laws, in the order in which they are tried: what others rest on comes first."""

from __future__ import annotations

# isort: off
from keras_rnn_conformance.own.laws import contract, steps, options, masks  # noqa: F401
from keras_rnn_conformance.own.laws import calls, dtypes, training, wrappers, copies  # noqa: F401

# isort: on
from keras_rnn_conformance.own.laws.registry import LAWS, Law, Sizes

__all__ = ["LAWS", "Law", "Sizes"]
