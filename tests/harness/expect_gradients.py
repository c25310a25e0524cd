"""The cotangents of a case, and the gradients that the oracle expects for them."""

from __future__ import annotations

from tests.harness.case import Case
from tests.harness.data import Array, Data
from tests.harness.expect import Expected, expectation, initial_state, oracle, state_names


def cotangents(case: Case, data: Data) -> list[Array]:
    """One array of grid numbers for everything that the call returns, of its shape."""
    last = (data.batch, data.units)
    output = (data.batch, data.timesteps, data.units) if case["seq"] else last
    shapes = [output, *([last] * len(state_names(case.layer)) if case["state"] else [])]
    return [data.numbers(f"cotangent{i}", shape, 64) for i, shape in enumerate(shapes)]


@expectation("grad")
def _gradients(case: Case, data: Data) -> Expected:
    arrays = oracle(case).gradients(
        data.x,
        data.weights(),
        cotangents(case, data),
        mask=data.mask,
        initial_state=initial_state(case, data),
    )
    if case["init"] == "none":
        arrays = {name: a for name, a in arrays.items() if not name.startswith("initial_state")}
    return Expected(arrays, list(arrays))
