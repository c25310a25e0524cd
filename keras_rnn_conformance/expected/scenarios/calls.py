"""What the oracle expects of a case: named arrays with error bounds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name, drawn, form, state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.oracle import initial_state, oracle
from keras_rnn_conformance.expected.registry import BY_FORM, GENERATION, Expected, expectation
from keras_rnn_conformance.expected.scenarios.paths import sliced


@expectation("call")
def _call(case: Case, data: Data) -> Expected:
    if form(case) in BY_FORM:
        return BY_FORM[form(case)](case, data)
    if case["via"] == "td":
        return sliced(case, data)
    names = ["output", *(state_names(case.layer) if case["state"] else [])]
    want = Expected(names=names)
    # The return options of a case share one computation, as they share the data.
    shared = case.but(seq=case["seq"] if case["zero"] else 0, state=0)
    for number, result in enumerate(_forward(shared, data.seed, GENERATION.get())):
        if drawn(data.call(number).case):
            continue
        output = result.sequence if case["seq"] else result.output
        for name, array in zip(names, [output, *result.states], strict=False):
            want.arrays[call_name(name, number)] = array
    kept = [f"kept {name}" for name in state_names(case.layer)] if case["stateful"] else []
    want.arrays |= dict(zip(kept, result.states, strict=False))
    want.facts["kept"] = kept
    return want


@lru_cache(maxsize=64)
def _forward(case: Case, seed: int, generation: str) -> list[Any]:
    """The oracle's result of every call of the layer; a stateful one goes on where it was."""
    data = Data(case, seed)
    layer = oracle(case, generation=generation)
    results: list[Any] = []
    for number in range(case.number("calls")):
        turn = data.call(number)
        start = initial_state(turn.case, turn)
        if case["stateful"] and number and case["reset"] == "none" and turn.case["init"] == "none":
            start = results[-1].states
        x = turn.x_of(number)
        results.append(layer(x, turn.weights(), mask=turn.mask, initial_state=start))
    return results
