"""Scripts of the other scenarios than `call`, by the name of the scenario."""

from __future__ import annotations

from collections.abc import Callable

from keras_rnn_conformance.report.script.scenarios import (
    dropout,
    masks,
    metamorphic,
    misuses,
    saving,
    training,
    weights,
)
from keras_rnn_conformance.report.script.text import Body, Plan

WRITERS: dict[str, Callable[[Plan], Body]] = {
    **saving.WRITERS,
    **misuses.WRITERS,
    **training.WRITERS,
    **weights.WRITERS,
    **dropout.WRITERS,
    **masks.WRITERS,
    **metamorphic.WRITERS,
}
