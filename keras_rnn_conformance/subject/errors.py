"""Which class of errors a caller can catch."""

from __future__ import annotations

from keras_rnn_conformance.subject.registry import printed


@printed
def caught_as(error: Exception) -> str:
    """The class of Python that an error is or comes from; its own where that says nothing."""
    kinds = [kind for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    return (type(error) if kinds[0] is Exception else kinds[0]).__name__
