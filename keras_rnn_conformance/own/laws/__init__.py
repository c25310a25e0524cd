"""All laws, in the order in which they are tried: what others rest on comes first."""

from __future__ import annotations

from keras_rnn_conformance.own.laws import (  # noqa: F401  # the order is the order of trying
    calls,
    contract,
    copies,
    dtypes,
    masks,
    options,
    steps,
    training,
    wrappers,
)
from keras_rnn_conformance.own.laws.registry import LAWS, Law, Sizes

__all__ = ["LAWS", "Law", "Sizes"]
