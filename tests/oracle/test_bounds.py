"""The bounds hold against erring arithmetic, and are not loose.

The erring arithmetic (`simulated`) rounds every elementary operation of the oracle's equations:
as the format does, at random, by the largest amount at random, always up or down, or with the
intent to push one output as far as it goes. No result may lie outside the bound, and the worst
error that was found may not be smaller than a hundredth of it.

In float16 and bfloat16 a bound reaches the size of the numbers after some steps, and says little
from there on: that it holds is tested for any length, that it is tight for short sequences.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference_impl as ref
from reference_impl.bounded import exact, gamma
from tests.oracle import simulated
from tests.oracle.conftest import Record
from tests.oracle.drawn import KINDS, Array, Numbers, drawn_numbers, layer

FORMATS = ("float32", "float16", "bfloat16")
LOOSEST = 100.0


def exact_call(oracle: Any, numbers: Numbers, masked: bool = False) -> Any:
    mask = numbers.mask if masked else None
    return oracle.checked(numbers.x, numbers.weights, mask, numbers.states, None, None)


def share(result: ref.Result, other: ref.Result) -> float:
    """Return the largest share of its bound by which `other` differs from the oracle."""
    pairs = [(result.sequence, other.sequence), *zip(result.states, other.states, strict=True)]
    return max(used(a, b.value) for a, b in pairs)


def used(want: ref.Bounded, got: Array) -> float:
    """Return the largest share of the bound; where there is no error, none is used."""
    error = np.abs(got - want.value)
    return float(np.max(np.divide(error, want.bound, out=error.copy(), where=error > 0)))


def noises(precision: ref.Precision, seed: int) -> list[simulated.Noise]:
    return [
        simulated.Nearest(precision, seed),
        simulated.at_random(precision, seed),
        simulated.extreme(precision, seed),
        simulated.one_way(precision, 1.0),
        simulated.one_way(precision, -1.0),
    ]


@given(
    numbers=drawn_numbers(max_timesteps=12),
    precision=st.sampled_from(FORMATS),
    masked=st.booleans(),
    backwards=st.booleans(),
)
def test_no_result_outside_the_bound(
    numbers: Numbers, precision: str, masked: bool, backwards: bool
) -> None:
    oracle = layer(
        numbers.kind,
        numbers.units,
        use_bias=numbers.use_bias,
        precision=precision,
        go_backwards=backwards,
    )
    call = exact_call(oracle, numbers, masked)
    result = oracle.compute(call)
    for noise in noises(oracle.precision, numbers.seed):
        assert share(result, simulated.simulate(oracle, call, noise)) <= 1
    element = (0, numbers.units - 1)
    aimed = simulated.intent(oracle, call, element)
    assert share(result, simulated.simulate(oracle, call, aimed)) <= 1


ACTIVATIONS = [
    "relu",
    "leaky_relu",
    "relu6",
    "softmax",
    "celu",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "squareplus",
    "soft_shrink",
    "sparse_plus",
    "silu",
    "gelu",
    "tanh_shrink",
    "sparse_sigmoid",
    "exponential",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "hard_shrink",
    "linear",
    "mish",
    "log_softmax",
    "log_sigmoid",
    "sparsemax",
]


@pytest.mark.parametrize("precision", FORMATS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_result_outside_the_bound_of_any_activation(name: str, precision: str) -> None:
    numbers = Numbers("SimpleRNN", 4, 3 if name == "exponential" else 4, seed=2, scale=0.5)
    oracle = layer("SimpleRNN", 4, activation=name, precision=precision)
    call = exact_call(oracle, numbers)
    result = oracle.compute(call)
    for seed in range(4):
        for noise in noises(oracle.precision, seed):
            assert share(result, simulated.simulate(oracle, call, noise)) <= 1


def worst_found(oracle: Any, call: Any, result: ref.Result) -> float:
    """Return the largest share of the bound of the last output that any rounding reaches."""
    bound = result.output.bound
    found = 0.0
    for noise in noises(oracle.precision, 0):
        error = np.abs(simulated.simulate(oracle, call, noise).output.value - result.output.value)
        found = max(found, float(np.max(error / bound)))
    for element in {int(np.argmax(bound)), int(np.argmin(bound))}:
        index = np.unravel_index(element, bound.shape)
        aimed = simulated.intent(oracle, call, tuple(int(k) for k in index))
        error = np.abs(simulated.simulate(oracle, call, aimed).output.value - result.output.value)
        found = max(found, float(np.max(error / bound)))
    return found


SIZES = [(1, 1), (1, 50), (2, 2), (3, 5), (4, 16), (8, 8), (16, 3), (33, 1), (33, 50)]


@pytest.mark.parametrize(("units", "timesteps"), SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_float32_bound_is_tight(kind: str, units: int, timesteps: int, record: Record) -> None:
    check_tight(kind, units, timesteps, "float32", record)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
@pytest.mark.parametrize(("units", "timesteps"), [(1, 1), (2, 2), (3, 3), (8, 2), (33, 1)])
@pytest.mark.parametrize("kind", KINDS)
def test_low_precision_bound_is_tight(
    kind: str, units: int, timesteps: int, precision: str, record: Record
) -> None:
    check_tight(kind, units, timesteps, precision, record)


def check_tight(kind: str, units: int, timesteps: int, precision: str, record: Record) -> None:
    numbers = Numbers(kind, units, timesteps, batch=1)
    oracle = layer(kind, units, precision=precision)
    call = exact_call(oracle, numbers)
    result = oracle.compute(call)
    found = worst_found(oracle, call, result)
    record.note_looseness(f"bound / worst error found, {precision}", 1 / found)
    assert 1 / LOOSEST <= found <= 1


@given(
    seed=st.integers(0, 2**32 - 1),
    precision=st.sampled_from(FORMATS),
    spread=st.sampled_from([0.0, 1e-6, 1e-2, 1.0]),
)
def test_each_operation_holds_its_bound(seed: int, precision: str, spread: float) -> None:
    """Operands anywhere within their bounds, rounded anywhere within the model."""
    random = np.random.Generator(np.random.PCG64(seed))
    target = ref.PRECISIONS[precision]

    def operand(*shape: int) -> tuple[ref.Bounded, simulated.Simulated]:
        value, error = random.uniform(-2, 2, shape), spread * random.random(shape)
        edge = 1 - 2.0**-20  # a hair inside, because the line below rounds
        inside = value + error * random.choice([-edge, 0.3, edge], shape)
        return ref.Bounded(value, error, target), simulated.Simulated(inside, noise)

    noise = simulated.extreme(target, seed)
    (a, a2), (b, b2), (m, m2) = operand(3, 4), operand(3, 4), operand(2, 4, 5)
    pairs = [
        (a + b, a2 + b2),
        (a * b, a2 * b2),
        (1.0 - a, 1.0 - a2),
        (a @ m, a2 @ m2),
        (a.apply(ref.activation("tanh")), a2.apply(ref.activation("tanh"))),
        (a.apply(ref.activation("softmax")), a2.apply(ref.activation("softmax"))),
        (a.apply(ref.activation("hard_shrink")), a2.apply(ref.activation("hard_shrink"))),
    ]
    for want, got in pairs:
        assert (np.abs(got.value - want.value) <= want.bound).all()


# The others take their bounds from their values, not from constants.
CONSTANTS = sorted(
    {*ACTIVATIONS, "tanh", "sigmoid"}
    - {"softmax", "log_softmax", "sparsemax", "exponential", "linear"}
)


@pytest.mark.parametrize("generation", ["keras2.0", "keras3"])
@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_of_activations(name: str, generation: str) -> None:
    """Slope, curvature, kinks, jumps, span and ceiling, against differences on a fine grid."""
    function = ref.activation(name, generation)
    assert isinstance(function, ref.Elementwise)
    step = 2.0**-10
    x = np.arange(-8.0, 8.0, step) + step / 2
    y = function.value(x)
    assert np.ptp(y) <= function.span
    assert np.abs(y).max() <= function.ceiling
    apart = np.ones(len(x) - 1, bool)  # the steps that hold no kink and no jump
    for place, _ in (*function.kinks, *function.jumps):
        apart &= (x[:-1] - place) * (x[1:] - place) > 0
    slopes = np.abs(np.diff(y)) / step
    assert slopes[apart].max() <= function.lipschitz * (1 + step)
    bends = np.abs(np.diff(function.derivative(x))) / step
    assert bends[apart].max() <= function.curvature * (1 + step)
    for place, height in function.kinks:
        sides = function.derivative(place + np.array([-step / 2, step / 2]))
        assert abs(abs(sides[1] - sides[0]) - height) <= step * (1 + 2 * function.curvature)
    for place, height in function.jumps:
        sides = function.value(place + np.array([-step / 2, step / 2]))
        assert abs(abs(sides[1] - sides[0]) - height) <= step


def test_gamma_is_the_error_of_that_many_roundings_upwards() -> None:
    for precision in ref.PRECISIONS.values():
        assert gamma(precision, 7) == pytest.approx((1 + precision.u) ** 8 - 1)


def test_bound_covers_any_order_of_summation() -> None:
    """The worst of all orders of a sum that cancels, in float32, stays within the bound."""
    random = np.random.Generator(np.random.PCG64(0))
    terms = random.uniform(-1, 1, 12).astype(np.float32)
    terms[6:] = -terms[:6] + np.float32(2.0**-20)
    target = ref.PRECISIONS["float32"]
    row = ref.Bounded(terms[None].astype(float), 0.0, target)
    want = row @ ref.Bounded(np.ones((12, 1)), 0.0, target)
    for _ in range(2000):
        total = np.float32(0)
        for term in random.permutation(terms):
            total = total + term
        assert abs(float(total) - want.value.item()) <= want.bound.item()


def test_chunks_carry_their_error_on() -> None:
    """A state handed over with its bound gives the bound of the whole."""
    numbers = Numbers("GRU", 3, 6)
    oracle = layer("GRU", 3, precision="float32")
    whole = oracle(numbers.x, numbers.weights)
    first = oracle(numbers.x[:, :4], numbers.weights)
    second = oracle(numbers.x[:, 4:], numbers.weights, initial_state=first.states)
    assert np.array_equal(second.output.value, whole.output.value)
    assert np.array_equal(second.output.bound, whole.output.bound)


def same(a: Array, b: Array) -> bool:
    return bool(np.array_equal(a, b))


def test_precision_changes_no_value() -> None:
    numbers = Numbers("LSTM", 3, 4)
    values = [
        layer("LSTM", 3, precision=p)(numbers.x, numbers.weights).sequence for p in ref.PRECISIONS
    ]
    assert all(same(values[0].value, other.value) for other in values)
    order = ("float64", "float32", "float16", "bfloat16")
    bounds = [
        layer("LSTM", 3, precision=p)(numbers.x, numbers.weights).sequence.bound for p in order
    ]
    assert all((a < b).all() for a, b in itertools.pairwise(bounds))


def test_nothing_is_said_of_what_can_leave_the_range() -> None:
    """Products, sums and matrix products beyond 3.4e38, partial sums that cancel included."""
    single = ref.PRECISIONS["float32"]
    large = exact(np.array([[3e38, 1.0]]), single)
    cancelling = exact(np.array([[2.0, 0.5], [-6e38, 1.0]]), single)
    assert np.isinf((large * 2.0).bound).tolist() == [[True, False]]
    assert np.isinf((large + large).bound).tolist() == [[True, False]]
    assert np.isinf((large @ cancelling).bound).tolist() == [[True, False]]
