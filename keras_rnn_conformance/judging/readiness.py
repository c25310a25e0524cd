"""Keras, imported and prepared only once there is something to run on it."""

from __future__ import annotations

from keras_rnn_conformance.base.environment import refuse_another
from keras_rnn_conformance.cases.case import Case


def ready() -> None:
    """Have Keras here, prepared once and for all, and see that nothing has set it otherwise.

    Raises:
        EnvironmentFault: if Keras cannot be imported, or is no longer what was announced.
    """
    import keras_rnn_conformance.subject  # noqa: F401  importing it prepares Keras

    refuse_another()


def device() -> str:
    """The device that the backend computes on, such as `cpu` or `gpu:0`."""
    from keras_rnn_conformance.subject import preparation

    return preparation.device()


def probed(name: str, case: Case) -> str:
    """Why a backend that the suite does not know lacks what a case needs; empty if it does not."""
    ready()
    from keras_rnn_conformance.subject import probes

    return probes.PROBES[name](case)
