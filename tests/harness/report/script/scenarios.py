"""Scripts of the other scenarios than `call`, by the name of the scenario."""

from __future__ import annotations

from collections.abc import Callable

from tests.harness.report.script import dropout, masks, misuse, saving, training, ways, weights
from tests.harness.report.script.text import Body, Plan

WRITERS: dict[str, Callable[[Plan], Body]] = {
    **saving.WRITERS,
    **misuse.WRITERS,
    **training.WRITERS,
    **weights.WRITERS,
    **dropout.WRITERS,
    **masks.WRITERS,
    **ways.WRITERS,
}
