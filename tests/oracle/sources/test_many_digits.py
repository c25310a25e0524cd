"""The oracle agrees with the equations at 50 digits.

One step, from the same states: within 4 ulp of the largest magnitude involved. Over a sequence the
errors of earlier steps are carried on. With the default activations, the recurrent kernels drawn
here carry on less than they are given, so that 4 ulp hold for every step of every sequence too:
no growth is allowed for. Other activations can amplify (a gate that exceeds 1 does), so those are
compared step by step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from tests.oracle.conftest import Record
from tests.oracle.drawn import KINDS, STATES, Array, Numbers, layer
from tests.oracle.sources.many_digits import (
    ROWWISE,
    SCALAR,
    Layer,
    activation,
    distance,
    mpf,
    numbers,
)

ULP = 4.0
SIZES = [
    (1, 1),
    (1, 50),
    (2, 2),
    (2, 16),
    (3, 3),
    (3, 50),
    (4, 5),
    (8, 8),
    (16, 3),
    (33, 1),
    (33, 2),
    (33, 5),
]


def digits_layer(given: Numbers, sample: int = 0, **changes: Any) -> Layer:
    """Return the 50-digit layer with the weights of `given`."""
    kernel, recurrent_kernel, *bias = given.weights
    options: dict[str, Any] = {"phi": activation("tanh"), "sigma": activation("sigmoid")}
    return Layer(
        given.kind,
        numbers(kernel),
        numbers(recurrent_kernel),
        numbers(np.atleast_2d(bias[0])) if bias else [],
        **{**options, **changes},
    )


def zeros(given: Numbers) -> list[Array]:
    return [np.zeros((given.batch, given.units)) for _ in range(STATES[given.kind])]


def agree(
    record: Record,
    source: str,
    result: ref.Result,
    given: Numbers,
    states: list[Array] | None = None,
    backwards: bool = False,
    masked: bool = False,
    zero_masked: bool = False,
    drops: tuple[list[Array], list[Array]] | None = None,
    **changes: Any,
) -> None:
    """Compare every sample of a result, every step of it, with 50 digits."""
    states = zeros(given) if states is None else states
    order = slice(None, None, -1 if backwards else 1)
    for sample in range(given.batch):
        if drops is not None:
            changes["drop"] = [numbers(mask[sample]) for mask in drops[0]]
            changes["recurrent_drop"] = [numbers(mask[sample]) for mask in drops[1]]
        exact = digits_layer(given, **changes)
        outputs, last = exact.run(
            numbers(given.x[sample, order]),
            [numbers(state[sample]) for state in states],
            list(given.mask[sample, order]) if masked else None,
            zero_masked,
        )
        pairs = [(result.sequence, outputs), (result.output, outputs[-1])]
        pairs += list(zip(result.states, last, strict=True))
        for got, want in pairs:
            error = distance(got.value[sample], want)
            assert record.note(source, error, max(1.0, exact.peak.value)) <= ULP
            assert error <= got.bound[sample].max()


def each_step(record: Record, source: str, one: Any, given: Numbers, **changes: Any) -> None:
    """Compare each step of the first sample with 50 digits, from the oracle's own states."""
    states = given.states
    exact = digits_layer(given, **changes)
    for t in range(given.timesteps):
        _, new = one.step(given.x[:, t], states, given.weights)
        want = exact.step(numbers(given.x[0, t]), [numbers(state[0]) for state in states])
        states = [state.value for state in new]
        for state, w in zip(new, want, strict=True):
            error = distance(state.value[0], w)
            assert record.note(source, error, max(1.0, exact.peak.value)) <= ULP
            assert error <= state.bound[0].max()


@pytest.mark.parametrize(("units", "timesteps"), SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_core_matrix(kind: str, units: int, timesteps: int, record: Record) -> None:
    given = Numbers(kind, units, timesteps, batch=1, seed=units * 100 + timesteps)
    result = layer(kind, units, return_sequences=True)(given.x, given.weights)
    agree(record, "50 digits, sizes", result, given)


@pytest.mark.parametrize("kind", KINDS)
def test_longest_and_widest(kind: str, record: Record) -> None:
    given = Numbers(kind, 33, 50, features=2, batch=1)
    result = layer(kind, 33, return_sequences=True)(given.x, given.weights)
    agree(record, "50 digits, 33 units over 50 steps", result, given)


@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masking", ["none", "hold", "zero"])
@pytest.mark.parametrize("kind", KINDS)
def test_options(kind: str, masking: str, backwards: bool, use_bias: bool, record: Record) -> None:
    given = Numbers(kind, 3, 6, use_bias=use_bias, seed=7)
    options = layer(
        kind,
        3,
        use_bias=use_bias,
        go_backwards=backwards,
        return_sequences=True,
        zero_output_for_mask=masking == "zero",
    )
    mask = None if masking == "none" else given.mask
    result = options(given.x, given.weights, mask=mask, initial_state=given.states)
    agree(
        record,
        "50 digits, options",
        result,
        given,
        states=given.states,
        backwards=backwards,
        masked=mask is not None,
        zero_masked=masking == "zero",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_masks_of_every_gate(kind: str, record: Record) -> None:
    given = Numbers(kind, 4, 5)
    drops = given.drops()
    result = layer(kind, 4)(given.x, given.weights, None, given.states, *drops)
    agree(record, "50 digits, dropout masks", result, given, states=given.states, drops=drops)


@pytest.mark.parametrize("kind", KINDS)
def test_one_dropout_mask_for_all_gates(kind: str, record: Record) -> None:
    given = Numbers(kind, 4, 5)
    (drop, *_), (recurrent, *_) = given.drops()
    result = layer(kind, 4)(given.x, given.weights, None, given.states, drop, recurrent)
    drops = ([drop] * 4, [recurrent] * 4)
    agree(record, "50 digits, dropout masks", result, given, states=given.states, drops=drops)


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU", "GRU before"])
@pytest.mark.parametrize("name", sorted(SCALAR | ROWWISE))
def test_activations(name: str, kind: str, record: Record) -> None:
    """As the activation, and as the recurrent activation of a cell that has one."""
    given = Numbers(kind, 3, 3, scale=0.5, seed=3)
    options = {"activation": name}
    changes = {"phi": activation(name)}
    if name == "exponential":  # it multiplies errors by its own value: stay where that is small
        given.x, given.states = given.x / 4, [state / 4 for state in given.states]
        given.timesteps = 1
    elif kind != "SimpleRNN":
        options["recurrent_activation"] = name
        changes["sigma"] = activation(name)
    each_step(record, "50 digits, activations", layer(kind, 3, **options), given, **changes)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU before"])
@pytest.mark.parametrize("generation", sorted(ref.GENERATIONS))
def test_generations(generation: str, kind: str, record: Record) -> None:
    """The defaults of the recurrent activation, and what hard_sigmoid means."""
    given = Numbers(kind, 3, 4, seed=11)
    hard = "hard_sigmoid" if generation == "keras3" else "hard_sigmoid_2"
    default = hard if generation == "keras2.0" else "sigmoid"
    result = layer(kind, 3, generation=generation)(given.x, given.weights)
    agree(record, "50 digits, generations", result, given, sigma=activation(default))
    named = layer(kind, 3, generation=generation, recurrent_activation="hard_sigmoid")
    result = named(given.x, given.weights)
    agree(record, "50 digits, generations", result, given, sigma=activation(hard))


def test_gru_default_of_each_generation() -> None:
    after = {name: ref.GRU(1, generation=name).reset_after for name in ref.GENERATIONS}
    assert after == {"keras2.0": False, "keras2.3": False, "tfkeras2": True, "keras3": True}


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_alone(kind: str, record: Record) -> None:
    given = Numbers(kind, 8, 12, batch=1)
    each_step(record, "50 digits, one step", layer(kind, 8), given)


@pytest.mark.parametrize("name", sorted(SCALAR))
def test_activation_values(name: str, record: Record) -> None:
    x = np.linspace(-7.0, 7.0, 201) + 1 / 1024
    got = ref.activation(name).value(x)
    want = [SCALAR[name](mpf(float(value))) for value in x]
    scale = max(float(max(abs(value) for value in want)), float(abs(x).max()))
    assert record.note("50 digits, activation values", distance(got, want), scale) <= ULP
