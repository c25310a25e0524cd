"""Laws of masks: a masked timestep is as one left out."""

from __future__ import annotations

import keras
import numpy as np

from keras_rnn_conformance.own.kit import pairs, run
from keras_rnn_conformance.own.laws.registry import law


def patterns(masks, timesteps, shortest):
    """Which timesteps are kept: padding at the end, and with `masks="any"` gaps and beginnings."""
    steps = np.arange(timesteps)
    kept = {f"padding after {n}": steps < n for n in range(shortest, timesteps)}
    if masks == "any":
        kept["padding before"] = steps >= timesteps - shortest
        kept["a gap"] = steps != timesteps // 2
        kept["every other timestep"] = steps % 2 == 0
    return {name: keep for name, keep in kept.items() if keep.sum() >= shortest}


@law("A masked timestep is as one left out.", needs="mask longer")
def check_masked_step_is_left_out(make, x, full, masks, shortest):
    layer = make(**full)
    for name, keep in patterns(masks, x.shape[1], shortest).items():
        other = x.copy()
        other[:, ~keep] = 3.0  # whatever stands there
        mask = keras.ops.convert_to_tensor(np.tile(keep, (len(x), 1)))
        got, want = run(layer, other, mask=mask), run(layer, x[:, keep])
        got[0] = got[0][:, keep] if "return_sequences" in full else got[0]
        yield from pairs(f"{name}: output", got, want)


@law(
    "Without return_sequences, the output is that of the last timestep that is not masked.",
    needs="mask last_output longer",
)
def check_masked_last_output(make, x, masks, shortest):
    layer = make()
    for name, keep in patterns(masks, x.shape[1], shortest).items():
        mask = keras.ops.convert_to_tensor(np.tile(keep, (len(x), 1)))
        yield from pairs(f"{name}: output", run(layer, x, mask=mask), run(layer, x[:, keep]))


@law("Each sample has a mask of its own.", needs="mask longer")
def check_mask_of_each_sample(make, x, full, shortest):
    layer = make(**full)
    lengths = [max(shortest, x.shape[1] - row) for row in range(len(x))]
    keep = np.arange(x.shape[1]) < np.array(lengths)[:, None]
    got = run(layer, x, mask=keras.ops.convert_to_tensor(keep))
    for row, length in enumerate(lengths):
        one = [a[row : row + 1] for a in got]
        one[0] = one[0][:, :length] if "return_sequences" in full else one[0]
        yield from pairs(f"sample {row}: output", one, run(layer, x[row : row + 1, :length]))


@law("A mask of True everywhere changes nothing.", needs="mask")
def check_mask_of_true(make, x, full):
    layer = make(**full)
    mask = keras.ops.ones(x.shape[:2], "bool")
    yield from pairs("output", run(layer, x, mask=mask), run(layer, x))


@law(
    "At a masked timestep, the output is the last output again, or zero if that is declared.",
    needs="mask return_sequences masked_output longer",
)
def check_masked_output(make, x, masked_output, shortest):
    layer = make(return_sequences=True)
    keep = np.arange(x.shape[1]) < shortest
    got = run(layer, x, mask=keras.ops.convert_to_tensor(np.tile(keep, (len(x), 1))))[0]
    last = got[:, shortest - 1 : shortest] if masked_output == "repeated" else 0 * got[:, :1]
    yield "output at masked timesteps", got[:, ~keep], np.repeat(last, (~keep).sum(), 1)


@law(
    "zero_output_for_mask puts zeros at masked timesteps.",
    needs="mask return_sequences zero_output_for_mask longer",
)
def check_zero_output_for_mask(make, x, shortest):
    layer = make(return_sequences=True, zero_output_for_mask=True)
    keep = np.arange(x.shape[1]) < shortest
    got = run(layer, x, mask=keras.ops.convert_to_tensor(np.tile(keep, (len(x), 1))))[0]
    yield "output at masked timesteps", got[:, ~keep], 0 * got[:, ~keep]
    yield "output at the others", got[:, keep], run(layer, x[:, keep])[0]


@law("Unrolled, a mask does what it does looped.", needs="mask unroll longer")
def check_mask_unrolled(make, x, full, shortest):
    keep = np.tile(np.arange(x.shape[1]) < max(shortest, x.shape[1] - 2), (len(x), 1))
    mask = keras.ops.convert_to_tensor(keep)
    looped = run(make(**full), x, mask=mask)
    yield from pairs("output", run(make(unroll=True, **full), x, mask=mask), looped)


@law(
    "A Masking layer in front does what the mask given to the call does.",
    needs="mask vector longer",
)
def check_masking_layer_in_front(make, x, full, shortest):
    layer = make(**full)
    keep = np.tile(np.arange(x.shape[1]) < max(shortest, x.shape[1] - 1), (len(x), 1))
    padded = np.where(keep[..., None], x, 0).astype(x.dtype)
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layer(keras.layers.Masking()(inputs)))
    yield from pairs(
        "output", run(model, padded), run(layer, padded, mask=keras.ops.convert_to_tensor(keep))
    )
