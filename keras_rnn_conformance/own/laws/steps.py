"""Laws of time: what timesteps have to do with one another."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.own.kit import array, pairs, run
from keras_rnn_conformance.own.laws.registry import LONG, WIDE, law


@law(
    "A sequence in two parts, with the states handed on, gives what the whole gives.",
    needs="return_sequences return_state initial_state two_parts",
)
def check_parts_equal_whole(make, x, shortest, handed_on):
    layer = make(return_sequences=True, return_state=True)
    for cut in sorted({shortest, x.shape[1] - shortest}):
        _, *states = layer(x[:, :cut])
        states = handed_on(states) if handed_on else states
        first, second = run(layer, x[:, :cut]), run(layer, x[:, cut:], initial_state=states)
        joined = [np.concatenate([first[0], second[0]], 1), *second[1:]]
        yield from pairs(f"output cut after {cut}", joined, run(layer, x))


@law("An output does not depend on later timesteps.", needs="return_sequences causal longer")
def check_later_steps_do_not_matter(make, x, shortest):
    layer = make(return_sequences=True)
    whole = run(layer, x)[0]
    for length in range(shortest, x.shape[1]):
        yield f"output of {length} timesteps", run(layer, x[:, :length])[0], whole[:, :length]


@law("A sample gives the same whatever else is in its batch.")
def check_rows_independent(make, x, full):
    layer = make(**full)
    together = run(layer, x)
    for row in range(x.shape[0]):
        alone = run(layer, x[row : row + 1])
        yield from pairs(f"output of sample {row}", [a[row : row + 1] for a in together], alone)
    other = x.copy()
    other[1:] = 3.0
    yield from pairs("output of sample 0", [a[:1] for a in run(layer, other)], run(layer, x[:1]))


@law("The order of the samples in a batch does not matter.")
def check_rows_in_any_order(make, x, full):
    layer = make(**full)
    turned = [a[::-1] for a in run(layer, x[::-1].copy())]
    yield from pairs("output", turned, run(layer, x))


@law("A unit's weights do not act on the other units.", needs="units_independent")
def check_units_independent(make, x, full):
    layer = make(**full)
    before = run(layer, x)
    units = before[0].shape[-1]
    for weight in layer.trainable_weights:
        value = array(weight.value)
        if value.shape[-1] == units:
            value[..., 0] += 0.5
            weight.assign(value)
    after = run(layer, x)
    yield "output of unit 0 moved", bool((after[0][..., 0] != before[0][..., 0]).any()), True
    yield from pairs("output", [a[..., 1:] for a in after], [b[..., 1:] for b in before])


@law(
    "A long sequence in two parts gives what the whole gives.",
    sizes=LONG,
    needs="return_sequences return_state initial_state two_parts",
)
def check_long_parts_equal_whole(make, x, handed_on):
    layer = make(return_sequences=True, return_state=True)
    cut = x.shape[1] - x.shape[1] // 16
    _, *states = layer(x[:, :cut])
    states = handed_on(states) if handed_on else states
    first, second = run(layer, x[:, :cut]), run(layer, x[:, cut:], initial_state=states)
    joined = [np.concatenate([first[0], second[0]], 1), *second[1:]]
    yield from pairs("output", joined, run(layer, x))


@law("With many samples, units and features, a sample gives what it gives alone.", sizes=WIDE)
def check_wide(make, x, full):
    layer = make(**full)
    together = run(layer, x)
    for row in (0, x.shape[0] - 1):
        alone = run(layer, x[row : row + 1])
        yield from pairs(f"output of sample {row}", [a[row : row + 1] for a in together], alone)
