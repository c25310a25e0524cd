"""What the oracle expects of a case: named arrays with error bounds."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import reference_impl as ref
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form
from keras_rnn_conformance.cases.data import Data
from reference_impl import Bounded

COMPUTE = {"f32": "float32", "f16": "float16", "bf16": "bfloat16", "f64": "float64",
           "mf16": "float16", "mbf16": "bfloat16"}  # fmt: skip
VARIABLE = {**COMPUTE, "mf16": "float32", "mbf16": "float32"}
POLICY = {**COMPUTE, "mf16": "mixed_float16", "mbf16": "mixed_bfloat16"}


def output_dtype(case: Case) -> str:
    """The compute dtype of the outermost layer, which its outputs have."""
    return COMPUTE[str(case["dtype"] if case["outer"] == "same" else case["outer"])]


GENERATION = ContextVar("generation", default="keras3")
"""What Keras's names and defaults mean; see `reference_impl.generations`."""


@contextmanager
def of_generation(name: str) -> Iterator[None]:
    """Expect what another generation of Keras means, while the context lasts."""
    token = GENERATION.set(name)
    try:
        yield
    finally:
        GENERATION.reset(token)


@dataclass
class Expected:
    """What should come out.

    Attributes:
        arrays: by name, values with bounds.
        names: the names of what the call returns, in order.
        facts: whatever else the rules of a scenario ask for.
    """

    arrays: dict[str, Bounded] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


Expectation = Callable[[Case, Data], Expected]
EXPECTATIONS: dict[str, Expectation] = {}


def expectation(scenario: str) -> Callable[[Expectation], Expectation]:
    """Register the decorated function as what the oracle says of a scenario."""

    def register(function: Expectation) -> Expectation:
        EXPECTATIONS[scenario] = function
        return function

    return register


@cache
def _registered() -> dict[str, Expectation]:
    """The expectations by scenario, those of every module of them."""
    for path in sorted(Path(__file__).parent.glob("expect_*.py")):
        importlib.import_module(f"keras_rnn_conformance.{path.stem}")
    return EXPECTATIONS


def expected(case: Case, data: Data) -> Expected:
    """What the oracle expects of a case; nothing where its scenario has no oracle."""
    scenario = str(case["do"])
    found = _registered().get(scenario)
    return found(case, data) if found else Expected()


def state_names(layer: str) -> list[str]:
    """The states of a layer, in cell order."""
    return (
        ["hidden state", "carry"]
        if layer == "LSTM" or layer.startswith("Conv")
        else ["hidden state"]
    )


BY_FORM: dict[str, Expectation] = {}
"""What the oracle says of a `call` of other forms than a plain layer; see `forms.form`."""


@expectation("call")
def _call(case: Case, data: Data) -> Expected:
    if form(case) in BY_FORM:
        return BY_FORM[form(case)](case, data)
    if case["via"] == "td":
        from keras_rnn_conformance.expected.paths import sliced

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


def drawn(case: Case) -> bool:
    """Whether a call draws numbers of its own, of which the oracle knows nothing."""
    return bool(case["train"] and (case["drop"] or case["rdrop"]))


def call_name(name: str, number: int) -> str:
    """The name of an array of a later call of the same layer."""
    return f"call {number + 1}: {name}" if number else name


@lru_cache(maxsize=64)
def _forward(case: Case, seed: int, generation: str) -> list[Any]:
    """The oracle's result of every call of the layer; a stateful one goes on where it was."""
    data = Data(case, seed)
    layer = oracle(case, generation=generation)
    results: list[Any] = []
    for number in range(case.number("calls")):
        turn = data.call(number)
        start = initial_state(turn.case, turn)
        if case["stateful"] and number and case["reset"] == "none" and case["init"] == "none":
            start = results[-1].states
        x = turn.x_of(number)
        results.append(layer(x, turn.weights(), mask=turn.mask, initial_state=start))
    return results


def initial_state(case: Case, data: Data) -> Any:
    """The initial states that a case hands over, None without any."""
    if case["init"] == "none":
        return None
    if case["init"] == "layer":
        encoder = oracle(case.but(mask="none", maskby="arg", zero=0, unroll=0))
        return encoder(data.x, data.weights("encoder ")).states
    return data.states(len(state_names(case.layer)))


def oracle(case: Case, layer: str = "", **changes: Any) -> Any:
    """The reference layer that a case describes."""
    layer = layer or case.layer
    options: dict[str, Any] = {
        "activation": activation(str(case["act"])),
        "use_bias": bool(case["bias"]),
        "return_sequences": bool(case["seq"]),
        "return_state": bool(case["state"]),
        "go_backwards": bool(case["back"]),
        "zero_output_for_mask": bool(case["zero"]),
        "precision": COMPUTE[str(case["dtype"])],
        "generation": GENERATION.get(),
    }
    if layer != "SimpleRNN" and "ract" in case.departures:
        options["recurrent_activation"] = activation(str(case["ract"]))
    if layer == "GRU":
        options["reset_after"] = bool(case["after"])
    return getattr(ref, layer)(case.number("u"), **{**options, **changes})


def activation(name: str) -> Any:
    """The oracle's argument for an activation axis value.

    The callable is the hard sigmoid of Keras 2, which no name of Keras 3 stands for.
    """
    if name == "callable":
        return ref.activation("hard_sigmoid", generation="keras2.0")
    return None if name == "none" else name
