"""Gradients agree with differences of values.

At 50 digits, with the independent implementation: a central difference with h = 1e-15 is off by
h^2 = 1e-30 times the third derivative, so that what remains is the oracle's error, which must be
within its own bound. For layers made of layers, with the oracle's own float64 values along random
directions: a sixth-order difference, whose error is less than its change when h is halved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from tests.oracle.conftest import Record
from tests.oracle.drawn import KINDS, Array, Numbers, layer
from tests.oracle.sources.many_digits import ROWWISE, SCALAR, activation, mpf, numbers
from tests.oracle.sources.test_many_digits import digits_layer

H = mpf(10) ** -15
# Differences say nothing at the jumps of hard_shrink; nothing drawn here falls on one.
NAMES = sorted(set(SCALAR | ROWWISE) - {"exponential"})


def cotangents_for(result: ref.Result, given: Numbers) -> list[Array]:
    return [given.uniform(1, *array.shape) for array in result.returned]


def digits_loss(
    given: Numbers,
    arrays: dict[str, Any],
    cotangents: list[Array],
    mask: list[bool] | None,
    backwards: bool,
    **changes: Any,
) -> Any:
    """Return the sum of cotangent times output of the one sample, at 50 digits."""
    exact = digits_layer(given, **changes)
    exact.kernel, exact.recurrent_kernel = arrays["kernel"], arrays["recurrent_kernel"]
    if "bias" in arrays:
        bias = arrays["bias"]
        exact.bias = bias if isinstance(bias[0], list) else [bias]
    states = [arrays[f"initial_state/{k}"][0] for k in range(len(given.states))]
    steps = arrays["inputs"][0]
    if backwards:
        steps, mask = steps[::-1], mask[::-1] if mask else None
    outputs, last = exact.run(steps, states, mask)
    total = mpf(0)
    for want, cotangent in zip([outputs, *last], cotangents, strict=True):
        total += weighed(want, numbers(cotangent[0]))
    return total


def weighed(values: Any, cotangent: Any) -> Any:
    if isinstance(values, list):
        return sum(weighed(v, c) for v, c in zip(values, cotangent, strict=True))
    return values * cotangent


def check_against_digits(
    kind: str, record: Record, source: str, masked: bool, backwards: bool, **options: Any
) -> None:
    """Compare every element of every gradient of one small call."""
    names = {"phi": "activation", "sigma": "recurrent_activation"}
    changes = {short: activation(options[long]) for short, long in names.items() if long in options}
    given = Numbers(kind, 2, 3, features=2, batch=1, seed=4, scale=0.5)
    oracle = layer(
        kind, 2, return_sequences=True, return_state=True, go_backwards=backwards, **options
    )
    mask = np.array([[True, False, True]]) if masked else None
    result = oracle(given.x, given.weights, mask, given.states)
    cotangents = cotangents_for(result, given)
    got = oracle.gradients(given.x, given.weights, cotangents, mask, given.states)
    named = dict(zip(("kernel", "recurrent_kernel", "bias"), given.weights, strict=False))
    arrays = {"inputs": given.x, **named}
    arrays |= {f"initial_state/{k}": state for k, state in enumerate(given.states)}
    exact = {name: numbers(array) for name, array in arrays.items()}
    steps = [True, False, True] if masked else None

    def loss() -> Any:
        return digits_loss(given, exact, cotangents, steps, backwards, **changes)

    for name, array in arrays.items():
        for index in np.ndindex(array.shape):
            want = difference(exact[name], index, loss)
            error = float(abs(mpf(float(got[name].value[index])) - want))
            assert error <= got[name].bound[index], (name, index)
            record.note(source, error, max(1.0, float(np.abs(got[name].value).max())))


def difference(nested: Any, index: tuple[int, ...], loss: Callable[[], Any]) -> Any:
    """Return the central difference of `loss` along one element of nested lists."""
    *path, last = index
    for k in path:
        nested = nested[k]
    kept = nested[last]
    nested[last] = kept + H
    above = loss()
    nested[last] = kept - H
    below = loss()
    nested[last] = kept
    return (above - below) / (2 * H)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_element(kind: str, masked: bool, backwards: bool, record: Record) -> None:
    check_against_digits(kind, record, "50 digits, gradients", masked, backwards)


@pytest.mark.parametrize("name", NAMES)
def test_every_activation(name: str, record: Record) -> None:
    check_against_digits(
        "SimpleRNN", record, "50 digits, gradients of activations", False, False, activation=name
    )


def sixth_order(f: Callable[[float], float], h: float) -> float:
    """Return f'(0) from six values of f."""
    pairs = [f(k * h) - f(-k * h) for k in (1, 2, 3)]
    return (45 * pairs[0] - 9 * pairs[1] + pairs[2]) / (60 * h)


def check_along_directions(
    given: Numbers,
    arrays: dict[str, Array],
    returned: Callable[[dict[str, Array]], list[ref.Bounded]],
    gradients: Callable[[list[Array]], dict[str, ref.Bounded]],
) -> None:
    """Compare the gradient along random directions of each array with differences."""
    cotangents = [given.uniform(1, *array.shape) for array in returned(arrays)]
    got = gradients(cotangents)
    assert set(got) == set(arrays)

    def loss(changed: dict[str, Array]) -> float:
        values = returned(changed)
        return float(sum((r.value * c).sum() for r, c in zip(values, cotangents, strict=True)))

    for name, array in arrays.items():
        direction = given.uniform(1, *array.shape)

        def along(
            step: float, name: str = name, array: Array = array, direction: Array = direction
        ) -> float:
            return loss({**arrays, name: array + step * direction})

        fine, coarse = sixth_order(along, 2.0**-8), sixth_order(along, 2.0**-7)
        noise = 2.0**8 * 2.0**-52 * sum(np.abs(c).sum() for c in cotangents)
        want = float((got[name].value * direction).sum())
        assert abs(want - fine) <= abs(fine - coarse) + noise, name


def named(weights: list[Array], prefix: str = "") -> dict[str, Array]:
    names = ("kernel", "recurrent_kernel", "bias")
    return {prefix + name: w for name, w in zip(names, weights, strict=False)}


def weights_in(arrays: dict[str, Array], prefix: str = "") -> list[Array]:
    return [arrays[prefix + name] for name in ("kernel", "recurrent_kernel", "bias")]


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_masks(kind: str) -> None:
    given = Numbers(kind, 3, 4)
    drops = given.drops()
    oracle = layer(kind, 3, return_sequences=True)
    states = {f"initial_state/{k}": s for k, s in enumerate(given.states)}

    def start(arrays: dict[str, Array]) -> list[Array]:
        return [arrays[name] for name in states]

    check_along_directions(
        given,
        {"inputs": given.x, **named(given.weights), **states},
        lambda a: oracle(a["inputs"], weights_in(a), given.mask, start(a), *drops).returned,
        lambda c: oracle.gradients(given.x, given.weights, c, given.mask, given.states, *drops),
    )


@pytest.mark.parametrize("masked", [False, True])
def test_stacked(masked: bool) -> None:
    parts = [Numbers("LSTM", 3, 4), Numbers("GRU", 2, 4), Numbers("GRU before", 3, 4, features=2)]
    stack = ref.StackedRNN(
        [layer(p.kind, p.units) for p in parts], return_sequences=True, return_state=True
    )
    mask = parts[0].mask if masked else None
    arrays = {"inputs": parts[0].x}
    for k, part in enumerate(parts):
        arrays |= named(part.weights, f"{k}/")
        arrays |= {f"{k}/initial_state/{n}": s for n, s in enumerate(part.states)}

    def returned(a: dict[str, Array]) -> list[ref.Bounded]:
        weights = [weights_in(a, f"{k}/") for k in range(3)]
        states = [
            [a[f"{k}/initial_state/{n}"] for n in range(len(p.states))] for k, p in enumerate(parts)
        ]
        return stack(a["inputs"], weights, mask, states).returned

    check_along_directions(
        parts[0],
        arrays,
        returned,
        lambda c: stack.gradients(
            parts[0].x, [p.weights for p in parts], c, mask, [p.states for p in parts]
        ),
    )


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional(mode: str | None) -> None:
    ahead, back = Numbers("GRU", 3, 4), Numbers("GRU", 3, 4, seed=1)
    options = {"return_sequences": True, "return_state": True}
    pair = ref.Bidirectional(
        layer("GRU", 3, **options), layer("GRU", 3, go_backwards=True, **options), mode
    )
    names = ("forward/", "backward/")
    arrays = {"inputs": ahead.x}
    for name, part in zip(names, (ahead, back), strict=True):
        arrays |= named(part.weights, name) | {f"{name}initial_state/0": part.states[0]}

    def returned(a: dict[str, Array]) -> list[ref.Bounded]:
        states = [a[f"{name}initial_state/0"] for name in names]
        first, second = (weights_in(a, name) for name in names)
        return pair(a["inputs"], first, second, ahead.mask, states).returned

    states = [ahead.states[0], back.states[0]]
    check_along_directions(
        ahead,
        arrays,
        returned,
        lambda c: pair.gradients(ahead.x, ahead.weights, back.weights, c, ahead.mask, states),
    )


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("strides", "dilation"), [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_lstm(padding: str, strides: int, dilation: int, data_format: str) -> None:
    given = Numbers("LSTM", 2, 1)
    oracle = ref.ConvLSTM(
        2,
        2,
        (2, 3),
        padding=padding,
        strides=strides,
        dilation_rate=dilation,
        data_format=data_format,
        return_sequences=True,
        return_state=True,
    )
    x = given.uniform(1, *((2, 3, 4, 6, 3) if data_format == "channels_last" else (2, 3, 3, 4, 6)))
    weights = [
        given.uniform(0.5, 2, 3, 3, 8),
        given.uniform(0.25, 2, 3, 2, 8),
        given.uniform(0.5, 8),
    ]
    states = [given.uniform(1, *s.shape) for s in oracle(x, weights).states]
    drops = [given.uniform(2, 2, *x.shape[2:]) for _ in range(4)]
    one_drop = given.uniform(2, *states[0].shape)
    arrays = {"inputs": x, **named(weights)}
    arrays |= {f"initial_state/{k}": s for k, s in enumerate(states)}
    check_along_directions(
        given,
        arrays,
        lambda a: (
            oracle(
                a["inputs"],
                weights_in(a),
                None,
                [a["initial_state/0"], a["initial_state/1"]],
                drops,
                one_drop,
            ).returned
        ),
        lambda c: oracle.gradients(x, weights, c, None, states, drops, one_drop),
    )


def test_bound_at_a_kink_holds_both_slopes() -> None:
    """At relu's kink, the derivative may come out as 0 or as 1."""
    oracle = ref.SimpleRNN(1, activation="relu", precision="float32")
    weights = [[[1.0]], [[0.0]], [0.0]]
    at_kink = oracle.gradients([[[0.0]]], weights, [[[1.0]]])["inputs"]
    assert at_kink.bound.item() >= 1.0
    above = oracle.gradients([[[0.5]]], weights, [[[1.0]]])["inputs"]
    assert above.value.item() == 1.0
    assert above.bound.item() < 1e-5


def test_states_that_nothing_depends_on_have_no_gradient() -> None:
    given = Numbers("LSTM", 2, 3)
    mask = np.zeros((2, 3), bool)
    oracle = ref.LSTM(2, return_sequences=True)
    got = oracle.gradients(given.x, given.weights, [np.ones((2, 3, 2))], mask, given.states)
    assert all(not gradient.value.any() for gradient in got.values())
