"""What the oracle expects of paths that run a layer more than once."""

from __future__ import annotations

from typing import Any

from reference_impl import Bounded
from tests.harness.case import Case
from tests.harness.data import Array, Data
from tests.harness.expect import Expected, expectation, oracle, state_names
from tests.harness.slices import slice_masks, slices


def sliced(case: Case, data: Data) -> Expected:
    """One result for each slice, side by side on the second axis."""
    layer, masks = oracle(case), slice_masks(data)
    results = [
        layer(x, data.weights(), mask=None if masks is None else masks[:, i])
        for i, x in enumerate(slices(data.x).swapaxes(0, 1))
    ]
    outputs = [result.sequence if case["seq"] else result.output for result in results]
    return Expected({"output": Bounded.stack(outputs, 1)}, ["output"], {"kept": []})


@expectation("reuse")
def _reuse(case: Case, data: Data) -> Expected:
    other = data.x_of(1) if case["what"] == "shared" else data.x[:, :-1]
    arrays = {**_named("", case, data, data.x), **_named("second: ", case, data, other)}
    return Expected(arrays, list(arrays))


def _named(prefix: str, case: Case, data: Data, x: Array) -> dict[str, Any]:
    result = oracle(case)(x, data.weights())
    output = result.sequence if case["seq"] else result.output
    names = ["output", *(state_names(case.layer) if case["state"] else [])]
    return {
        prefix + name: array for name, array in zip(names, [output, *result.states], strict=False)
    }
