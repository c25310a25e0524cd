"""Laws that any recurrent layer obeys; hypothesis searches for violations.

Where both sides do the same arithmetic in the same order, they must be equal to the last bit.
Elsewhere they may differ by the two bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import reference_impl as ref
from tests.oracle.drawn import GATES, Array, Numbers, drawn_numbers, layer


def oracle(numbers: Numbers, **options: Any) -> Any:
    return layer(numbers.kind, numbers.units, use_bias=numbers.use_bias, **options)


def close(a: ref.Bounded, b: ref.Bounded) -> bool:
    """Whether two results of different arithmetic agree to within their bounds."""
    return bool((np.abs(a.value - b.value) <= a.bound + b.bound).all())


def arrays(result: ref.Result) -> list[ref.Bounded]:
    return [result.sequence, result.output, *result.states]


@given(numbers=drawn_numbers(), cut=st.integers(0, 100))
def test_chunks_equal_the_whole(numbers: Numbers, cut: int) -> None:
    """Two calls, the second starting from the first one's states, equal one."""
    numbers.timesteps += 1
    numbers.__post_init__()
    at = 1 + cut % (numbers.timesteps - 1)
    run = oracle(numbers)
    whole = run(numbers.x, numbers.weights, initial_state=numbers.states)
    first = run(numbers.x[:, :at], numbers.weights, initial_state=numbers.states)
    middle = [state.value for state in first.states]
    second = run(numbers.x[:, at:], numbers.weights, initial_state=middle)
    joined = np.concatenate([first.sequence.value, second.sequence.value], 1)
    assert (np.abs(joined - whole.sequence.value) <= whole.sequence.bound).all()
    for a, b in zip(second.states, whole.states, strict=True):
        assert close(a, b)


@given(numbers=drawn_numbers(), extra=st.integers(1, 4), left=st.booleans())
def test_padding_changes_nothing(numbers: Numbers, extra: int, left: bool) -> None:
    """Masked timesteps before or after, whatever they hold, leave states and output alone."""
    run = oracle(numbers)
    short = run(numbers.x, numbers.weights, initial_state=numbers.states)
    padding = numbers.uniform(9, numbers.batch, extra, numbers.features)
    parts = [padding, numbers.x] if left else [numbers.x, padding]
    steps = np.arange(numbers.timesteps + extra)
    valid = (steps >= extra) if left else (steps < numbers.timesteps)
    mask = np.repeat(valid[None], numbers.batch, 0)
    padded = run(np.concatenate(parts, 1), numbers.weights, mask, numbers.states)
    for a, b in zip(arrays(padded)[1:], arrays(short)[1:], strict=True):
        assert close(a, b)


@given(numbers=drawn_numbers())
def test_masked_steps_may_hold_anything(numbers: Numbers) -> None:
    run = oracle(numbers)
    result = run(numbers.x, numbers.weights, numbers.mask)
    other = np.where(numbers.mask[..., None], numbers.x, 7.0)
    for a, b in zip(arrays(run(other, numbers.weights, numbers.mask)), arrays(result), strict=True):
        assert close(a, b)


@given(numbers=drawn_numbers(), drawn=st.randoms(use_true_random=False))
def test_gaps_equal_the_sequence_without_them(numbers: Numbers, drawn: Any) -> None:
    """Dropping the masked timesteps of a sample changes none of its valid outputs."""
    sample = drawn.randrange(numbers.batch)
    kept = numbers.mask[sample]
    kept[drawn.randrange(numbers.timesteps)] = True
    run = oracle(numbers)
    whole = run(numbers.x, numbers.weights, numbers.mask).sequence
    alone = run(numbers.x[sample : sample + 1, kept], numbers.weights).sequence
    assert close(whole[sample, kept], alone[0])


@given(numbers=drawn_numbers(), masked=st.booleans())
def test_reversal(numbers: Numbers, masked: bool) -> None:
    """go_backwards equals a reversed input; the output keeps the order of processing."""
    mask = numbers.mask if masked else None
    backwards = oracle(numbers, go_backwards=True)(numbers.x, numbers.weights, mask)
    flipped = mask[:, ::-1] if masked and mask is not None else None
    forwards = oracle(numbers)(numbers.x[:, ::-1], numbers.weights, flipped)
    for a, b in zip(arrays(backwards), arrays(forwards), strict=True):
        assert np.array_equal(a.value, b.value)


@given(numbers=drawn_numbers(), drawn=st.randoms(use_true_random=False))
def test_samples_do_not_see_each_other(numbers: Numbers, drawn: Any) -> None:
    """Permuting the batch permutes every result; a sample alone gives the same."""
    order = list(range(numbers.batch))
    drawn.shuffle(order)
    run = oracle(numbers)
    result = run(numbers.x, numbers.weights, numbers.mask, numbers.states)
    states = [state[order] for state in numbers.states]
    permuted = run(numbers.x[order], numbers.weights, numbers.mask[order], states)
    for a, b in zip(arrays(permuted), arrays(result), strict=True):
        assert close(a, b[order])
    one = slice(order[0], order[0] + 1)
    alone = run(
        numbers.x[one], numbers.weights, numbers.mask[one], [s[one] for s in numbers.states]
    )
    for a, b in zip(arrays(alone), arrays(result), strict=True):
        assert close(a, b[one])


@given(numbers=drawn_numbers(), drawn=st.randoms(use_true_random=False))
def test_units_are_interchangeable(numbers: Numbers, drawn: Any) -> None:
    """Permuting the units in every gate of every weight permutes the units of every result."""
    units, gates = numbers.units, GATES[numbers.kind]
    order = list(range(units))
    drawn.shuffle(order)
    columns = [gate * units + unit for gate in range(gates) for unit in order]
    kernel, recurrent_kernel, *bias = numbers.weights
    weights = [kernel[:, columns], recurrent_kernel[order][:, columns]]
    weights += [row[..., columns] for row in bias]
    run = oracle(numbers)
    result = run(numbers.x, numbers.weights, numbers.mask, numbers.states)
    permuted = run(numbers.x, weights, numbers.mask, [s[:, order] for s in numbers.states])
    for a, b in zip(arrays(permuted), arrays(result), strict=True):
        assert close(a, b[..., order])


QUARTERS = st.integers(-8, 8).map(lambda n: n / 4)


@given(numbers=drawn_numbers(max_timesteps=4), first=QUARTERS, second=QUARTERS)
def test_linear_simple_rnn_is_linear(numbers: Numbers, first: float, second: float) -> None:
    """Without bias and activation, a combination of inputs and states gives that of outputs.

    On a grid of 1/64, four steps need no more than 48 bits: float64 computes both sides exactly.
    """
    run = ref.SimpleRNN(numbers.units, activation=None, use_bias=False)
    shapes = ((numbers.features, numbers.units), (numbers.units, numbers.units))
    weights = [on_grid(numbers.uniform(1, *shape)) for shape in shapes]
    inputs = [on_grid(numbers.uniform(1, *numbers.x.shape)) for _ in range(2)]
    states = [on_grid(numbers.uniform(1, numbers.batch, numbers.units)) for _ in range(2)]

    def combined(pair: list[Array]) -> Array:
        return first * pair[0] + second * pair[1]

    apart = [
        run(x, weights, initial_state=[h]).sequence.value
        for x, h in zip(inputs, states, strict=True)
    ]
    both = run(combined(inputs), weights, initial_state=[combined(states)]).sequence.value
    assert np.array_equal(both, combined(apart))


def on_grid(array: Array) -> Array:
    return np.rint(array * 64) / 64


@given(numbers=drawn_numbers(), size=st.integers(1, 3))
def test_stack_equals_layers_one_after_the_other(numbers: Numbers, size: int) -> None:
    """A stack of cells is the chain of layers that return sequences, with or without a mask."""
    above = Numbers("GRU", size, numbers.timesteps, numbers.units, numbers.batch)
    layers = [oracle(numbers), layer("GRU", size)]
    stacked = ref.StackedRNN(layers)(numbers.x, [numbers.weights, above.weights], numbers.mask)
    below = oracle(numbers, return_sequences=True)(numbers.x, numbers.weights, numbers.mask)
    top = layers[1](below.sequence, above.weights, numbers.mask)
    assert np.array_equal(stacked.sequence.value, top.sequence.value)
    for a, b in zip(stacked.states, (below.states, top.states), strict=True):
        assert all(np.array_equal(p.value, q.value) for p, q in zip(a, b, strict=True))


@given(numbers=drawn_numbers(max_timesteps=4), places=st.integers(1, 4))
def test_convolution_of_single_places_is_an_lstm(numbers: Numbers, places: int) -> None:
    """With kernels of size 1 every place is its own LSTM."""
    given_numbers = Numbers("LSTM", numbers.units, numbers.timesteps, batch=1, seed=numbers.seed)
    images = given_numbers.uniform(1, 1, given_numbers.timesteps, places, 3)
    kernel, recurrent_kernel, bias = given_numbers.weights
    conv = ref.ConvLSTM(1, numbers.units, 1)
    result = conv(images, (kernel[None], recurrent_kernel[None], bias))
    for place in range(places):
        single = layer("LSTM", numbers.units)(images[:, :, place], given_numbers.weights)
        assert close(result.output[:, place], single.output)


@given(numbers=drawn_numbers(), ones=st.booleans())
def test_dropout_masks_of_ones_and_zeros(numbers: Numbers, ones: bool) -> None:
    """Ones change nothing; zeros leave what a layer makes of no input at all."""
    fill = np.ones if ones else np.zeros
    drop = fill((numbers.batch, numbers.features))
    run = oracle(numbers)
    dropped = run(numbers.x, numbers.weights, dropout_mask=drop)
    want = run(numbers.x if ones else np.zeros_like(numbers.x), numbers.weights)
    for a, b in zip(arrays(dropped), arrays(want), strict=True):
        assert np.array_equal(a.value, b.value)
