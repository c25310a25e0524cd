"""Layers made of layers, and convolutions, agree with the equations at 50 digits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import reference_impl as ref
from tests.oracle.conftest import Record
from tests.oracle.drawn import KINDS, Array, Numbers, layer
from tests.oracle.sources.many_digits import Row, activation, distance, mpf, numbers
from tests.oracle.sources.test_many_digits import ULP, digits_layer

SOURCE = "50 digits, stacked and bidirectional"


def close(record: Record, source: str, got: ref.Bounded, want: Any, sample: int) -> None:
    error = distance(got.value[sample], want)
    assert record.note(source, error, 2.0) <= ULP
    assert error <= got.bound[sample].max()


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_stacked(masked: bool, backwards: bool, record: Record) -> None:
    """Each cell runs over what the one before put out; a masked step is masked in all."""
    given = [Numbers("LSTM", 3, 5), Numbers("GRU", 2, 5, features=3), Numbers("SimpleRNN", 4, 5)]
    given[2].weights[0] = given[2].uniform(1, 2, 4)
    stack = ref.StackedRNN(
        [layer(part.kind, part.units) for part in given],
        return_sequences=True,
        go_backwards=backwards,
    )
    mask = given[0].mask
    result = stack(
        given[0].x,
        [part.weights for part in given],
        mask=mask if masked else None,
        initial_state=[part.states for part in given],
    )
    order = slice(None, None, -1 if backwards else 1)
    for sample in range(given[0].batch):
        steps = numbers(given[0].x[sample, order])
        taken = list(mask[sample, order]) if masked else None
        for part, last in zip(given, result.states, strict=True):
            states = [numbers(state[sample]) for state in part.states]
            steps, want = digits_layer(part).run(steps, states, taken)
            for got, state in zip(last, want, strict=True):
                close(record, SOURCE, got, state, sample)
        close(record, SOURCE, result.sequence, steps, sample)


MERGED: dict[str, Callable[[Row, Row], Row]] = {
    "concat": lambda a, b: a + b,
    "sum": lambda a, b: [p + q for p, q in zip(a, b, strict=True)],
    "mul": lambda a, b: [p * q for p, q in zip(a, b, strict=True)],
    "ave": lambda a, b: [(p + q) / 2 for p, q in zip(a, b, strict=True)],
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("mode", sorted(MERGED))
@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional(kind: str, mode: str, sequences: bool, masked: bool, record: Record) -> None:
    """In the original order of time; masked outputs are zero where sequences are returned."""
    ahead, back = Numbers(kind, 3, 5), Numbers(kind, 3, 5, seed=1)
    pair = ref.Bidirectional(
        layer(kind, 3, return_sequences=sequences, return_state=True),
        layer(kind, 3, return_sequences=sequences, return_state=True, go_backwards=True),
        mode,
    )
    mask = ahead.mask if masked else None
    states = [*ahead.states, *back.states]
    result = pair(ahead.x, ahead.weights, back.weights, mask=mask, initial_state=states)
    for sample in range(ahead.batch):
        taken = list(ahead.mask[sample]) if masked else None
        steps = numbers(ahead.x[sample])
        forwards, first = digits_layer(ahead).run(
            steps, [numbers(s[sample]) for s in ahead.states], taken, sequences
        )
        backwards, second = digits_layer(back).run(
            steps[::-1],
            [numbers(s[sample]) for s in back.states],
            taken[::-1] if taken else None,
            sequences,
        )
        merge = MERGED[mode]
        want = merge(forwards[-1], backwards[-1])
        if sequences:
            want = [merge(a, b) for a, b in zip(forwards, backwards[::-1], strict=True)]
        for got, exact in zip(result.returned, [want, *first, *second], strict=True):
            close(record, SOURCE, got, exact, sample)


def test_bidirectional_without_merging() -> None:
    ahead, back = Numbers("LSTM", 3, 5), Numbers("LSTM", 3, 5, seed=1)
    layers = [layer("LSTM", 3, return_sequences=True, go_backwards=b) for b in (False, True)]
    apart = ref.Bidirectional(layers[0], layers[1], None)(ahead.x, ahead.weights, back.weights)
    joined = ref.Bidirectional(layers[0], layers[1])(ahead.x, ahead.weights, back.weights)
    assert len(apart.returned) == 2
    both = np.concatenate([output.value for output in apart.returned], -1)
    assert np.array_equal(both, joined.returned[0].value)


def convolved(images: Array, kernel: Array, strides: int, dilation: int, padding: str) -> Any:
    """Return one image (rows, columns, channels) convolved, at 50 digits, pixel by pixel."""
    sizes, taps = images.shape[:2], kernel.shape[:2]
    if padding == "same":
        counts = [-(-size // strides) for size in sizes]
        missing = [
            max((n - 1) * strides + (k - 1) * dilation + 1 - size, 0)
            for n, k, size in zip(counts, taps, sizes, strict=True)
        ]
        pads = [(m // 2, m - m // 2) for m in missing]
        images = np.pad(images, [*pads, (0, 0)])
    counts = [
        (size - (k - 1) * dilation - 1) // strides + 1
        for size, k in zip(images.shape[:2], taps, strict=True)
    ]
    return [
        [
            [
                mpmath.fdot(
                    (mpf(float(v)), mpf(float(w)))
                    for a, b in itertools.product(*map(range, taps))
                    for v, w in zip(
                        images[r * strides + a * dilation, c * strides + b * dilation],
                        kernel[a, b, :, out],
                        strict=True,
                    )
                )
                for out in range(kernel.shape[-1])
            ]
            for c in range(counts[1])
        ]
        for r in range(counts[0])
    ]


CONVOLUTIONS = [
    (1, 1, "valid", "channels_last"),
    (1, 1, "same", "channels_first"),
    (2, 1, "valid", "channels_last"),
    (2, 1, "same", "channels_last"),
    (1, 2, "valid", "channels_first"),
    (1, 2, "same", "channels_last"),
]


@pytest.mark.parametrize(("strides", "dilation", "padding", "data_format"), CONVOLUTIONS)
def test_conv_lstm(
    strides: int, dilation: int, padding: str, data_format: str, record: Record
) -> None:
    """One step from zero states, and a second one that convolves the first one's state."""
    random = np.random.Generator(np.random.PCG64(5))
    filters, taps = 2, (3, 2)
    x = random.uniform(-1, 1, (1, 2, 5, 6, 2))
    kernel = random.uniform(-0.5, 0.5, (*taps, 2, 4 * filters))
    recurrent = random.uniform(-0.25, 0.25, (*taps, filters, 4 * filters))
    bias = random.uniform(-0.5, 0.5, 4 * filters)
    oracle = ref.ConvLSTM(
        2,
        filters,
        taps,
        strides=strides,
        dilation_rate=dilation,
        padding=padding,
        data_format=data_format,
        return_sequences=True,
    )
    first = data_format == "channels_first"
    given = np.moveaxis(x, -1, 2) if first else x
    got = oracle(given, (kernel, recurrent, bias)).sequence
    h = c = None
    for t in range(2):
        z = convolved(x[0, t], kernel, strides, dilation, padding)
        inner: Any = None if h is None else convolved(h, recurrent, 1, 1, "same")
        value, c = pixels(z, inner, bias, c, filters)
        h = np.array([[[float(v) for v in pixel] for pixel in row] for row in value])
        step = np.moveaxis(got.value[0, t], 0, -1) if first else got.value[0, t]
        bound = got.bound[0, t].max()
        error = distance(step, value)
        assert record.note("50 digits, ConvLSTM", error, 2.0) <= ULP
        assert error <= bound


def pixels(z: Any, inner: Any, bias: Array, c: Any, filters: int) -> tuple[Any, Any]:
    """Return h and c of every pixel from the convolved inputs and states."""
    sigma, phi = activation("sigmoid"), activation("tanh")
    h_rows, c_rows = [], []
    for r, row in enumerate(z):
        h_row, c_row = [], []
        for k, pixel in enumerate(row):
            total = [v + mpf(float(b)) for v, b in zip(pixel, bias, strict=True)]
            if inner is not None:
                total = [v + w for v, w in zip(total, inner[r][k], strict=True)]
            i, f, g, o = (total[n * filters : (n + 1) * filters] for n in range(4))
            old = [mpf(0)] * filters if c is None else c[r][k]
            new = [
                a * p + b * q for a, p, b, q in zip(sigma(f), old, sigma(i), phi(g), strict=True)
            ]
            c_row.append(new)
            h_row.append([a * b for a, b in zip(sigma(o), phi(new), strict=True)])
        h_rows.append(h_row)
        c_rows.append(c_row)
    return h_rows, c_rows
