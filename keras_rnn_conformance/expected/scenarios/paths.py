"""What the oracle expects of paths that run a layer more than once."""

from __future__ import annotations

from typing import Any

import reference_impl as ref
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import SHARED_CELLS, state_names
from keras_rnn_conformance.cases.data import Array, Data, slice_masks, slices
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import Bounded


def sliced(case: Case, data: Data) -> Expected:
    """One result for each slice, side by side on the second axis."""
    layer, masks = oracle(case), slice_masks(data)
    results = [
        layer(x, data.weights(), mask=None if masks is None else masks[:, i])
        for i, x in enumerate(slices(data.x).swapaxes(0, 1))
    ]
    outputs = [result.sequence if case["seq"] else result.output for result in results]
    return Expected({"output": Bounded.stack(outputs, 1)}, ["output"], {"kept": []})


def _stacked(case: Case, data: Data, count: int) -> Expected:
    """One cell `count` times on top of itself."""
    weights = data.weights()
    stack = ref.StackedRNN(
        [oracle(case)] * count, return_sequences=bool(case["seq"]), return_state=True,
        go_backwards=bool(case["back"]),
    )  # fmt: skip
    result = stack(data.x, [weights] * count, mask=data.mask)
    arrays = {"output": result.sequence if case["seq"] else result.output}
    if case["state"] and case["what"] == "places":
        states = [state for own in result.states for state in own]
        arrays |= {f"state {i}": state for i, state in enumerate(states)}
    return Expected(arrays, list(arrays))


def _two_models(case: Case, data: Data) -> Expected:
    """The first, the second, and the second with the weights that were set in the first."""
    arrays = {**_named("", case, data, data.x), **_named("second: ", case, data, data.x_of(1))}
    arrays |= _named("third: ", case, data.with_other_weights(), data.x_of(1))
    return Expected(arrays, list(arrays))


@expectation("reuse")
def _reuse(case: Case, data: Data) -> Expected:
    if case["what"] in ("places", "chain"):
        return _stacked(case, data, SHARED_CELLS if case["what"] == "places" else 2)
    if case["what"] == "models":
        return _two_models(case, data)
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
