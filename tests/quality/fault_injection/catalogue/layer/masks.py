"""Masks: ignored, turned round, shifted, applied to the output alone or to the state alone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tests.quality.fault_injection.catalogue.layer.loop import inner
from tests.quality.fault_injection.faults import Garden, View, fault

GAP = "SimpleRNN-seq1-state1-u2-t4-n3-mask.gap LSTM-seq1-state1-u3-t5-n4-mask.gap"
RIGHT = "SimpleRNN-seq1-state1-u2-t4-n3-mask.right"
LEFT = "SimpleRNN-seq1-state1-u2-t4-n3-mask.left"
NUMBERS = (
    "SimpleRNN-seq1-state1-u3-t3-n4-mask.gap-maskas.ints "
    "SimpleRNN-seq1-state1-u3-t3-n4-mask.gap-maskas.floats"
)
ROW = "SimpleRNN-seq1-state1-u2-t4-n3-mask.row"
ZERO = "SimpleRNN-seq1-state1-u2-t4-n3-mask.gap-zero1 SimpleRNN-seq1-state1-u2-t4-n3-mask.row-zero1"


def changed(garden: Garden, change: Any) -> None:
    """Let `change(mask)` choose the mask, where there is one."""

    def loop(original: Any, *args: Any, **options: Any) -> Any:
        if options["mask"] is not None:
            options["mask"] = change(ops.convert_to_tensor(options["mask"], "bool"))
        return original(*args, **options)

    inner(garden, loop)


@fault("unmasked", "Ignores the mask.", "MASK-1 MASK-3", f"{GAP} {ZERO}")
def _unmasked(garden: Garden) -> None:
    changed(garden, ops.ones_like)


@fault("masks of numbers", "Ignores a mask that is not boolean.", "MASK-5", NUMBERS)
def _masks_of_numbers(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        mask = options["mask"]
        if mask is not None and keras.backend.standardize_dtype(mask.dtype) != "bool":
            options["mask"] = ops.ones_like(mask)
        return original(*args, **options)

    inner(garden, loop)


@fault(
    "marks of zero alone",
    "Takes every mask_value for 0.",
    "MASK-2",
    "LSTM-seq1-state1-u3-t3-n4-in4-mask.gap-maskby.marked",
)
def _marks_of_zero_alone(garden: Garden) -> None:
    garden.around(
        keras.layers.Masking,
        "call",
        lambda call, self, *args: call(View(self, mask_value=0.0), *args),
    )


@fault(
    "carried before handed",
    "Takes the mask that the input carries before the argument.",
    "MASK-6",
    "SimpleRNN-seq1-state1-u3-t3-n4-mask.gap-maskby.both",
)
def _carried_before_handed(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, mask: Any = None, **rest: Any) -> Any:
        carried = keras.src.backend.get_keras_mask(sequences)
        return original(self, sequences, mask=mask if carried is None else carried, **rest)

    garden.around(keras.layers.SimpleRNN, "call", call)


@fault(
    "masked by one place",
    "Masks a timestep that holds the mark anywhere.",
    "MASK-2",
    "LSTM-seq1-state1-u3-t3-n4-in4-mask.gap-maskby.marked",
)
def _masked_by_one_place(garden: Garden) -> None:
    garden.put(keras.src.ops, "any", ops.all)


@fault("inverted mask", "Masks what is valid, and runs what is masked.", "MASK-1", GAP)
def _inverted_mask(garden: Garden) -> None:
    changed(garden, ops.logical_not)


@fault("late mask", "Applies the mask one timestep late.", "MASK-1", GAP)
def _late_mask(garden: Garden) -> None:
    changed(garden, lambda mask: ops.roll(mask, 1, axis=1))


@fault("reversed mask", "Applies the mask from its end.", "MASK-1", f"{RIGHT} {LEFT}")
def _reversed_mask(garden: Garden) -> None:
    changed(garden, lambda mask: ops.flip(mask, axis=1))


@fault("one mask for all", "Applies the first sample's mask to every sample.", "MASK-1", GAP)
def _one_mask_for_all(garden: Garden) -> None:
    changed(garden, lambda mask: ops.logical_or(ops.zeros_like(mask), mask[:1]))


@fault("masked if all are", "Masks a timestep only where every sample masks it.", "MASK-1", RIGHT)
def _masked_if_all_are(garden: Garden) -> None:
    changed(garden, lambda mask: ops.logical_or(mask, ops.any(mask, axis=0, keepdims=True)))


@fault(
    "right padding only", "Takes every mask for right padding of the same length.", "MASK-1", GAP
)
def _right_padding_only(garden: Garden) -> None:
    def padded(mask: Any) -> Any:
        count = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        return ops.arange(mask.shape[1]) < count

    changed(garden, padded)


@fault(
    "no mask for the state", "Applies the mask to the output and not to the state.", "MASK-1", RIGHT
)
def _no_mask_for_the_state(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        last, outputs, _ = original(step, inputs, states, **options)
        *_, free = original(step, inputs, states, **{**options, "mask": None})
        return last, outputs, free

    inner(garden, loop)


@fault(
    "no mask for the output",
    "Applies the mask to the state and not to the output.",
    "MASK-1",
    f"{LEFT} {GAP}",
)
def _no_mask_for_the_output(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        *_, kept = original(step, inputs, states, **options)
        last, outputs, _ = original(step, inputs, states, **{**options, "mask": None})
        return last, outputs, kept

    inner(garden, loop)


@fault("zeros for masked", "Gives zeros for a masked timestep though not asked to.", "MASK-1", GAP)
def _zeros_for_masked(garden: Garden) -> None:
    inner(
        garden,
        lambda loop, *args, **options: loop(*args, **{**options, "zero_output_for_mask": True}),
    )


@fault("never zeros", "Ignores zero_output_for_mask.", "MASK-3", ZERO)
def _never_zeros(garden: Garden) -> None:
    inner(
        garden,
        lambda loop, *args, **options: loop(*args, **{**options, "zero_output_for_mask": False}),
    )


@fault(
    "ones for masked", "Gives ones for masked timesteps under zero_output_for_mask.", "MASK-3", ZERO
)
def _ones_for_masked(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        last, outputs, states = original(*args, **options)
        if options["zero_output_for_mask"] and options["mask"] is not None:
            valid = ops.cast(ops.expand_dims(options["mask"], -1), outputs.dtype)
            outputs = outputs * valid + (1 - valid)
        return last, outputs, states

    inner(garden, loop)


@fault("zero state for masked", "Forgets the state at a masked timestep.", "MASK-1", GAP)
def _zero_state_for_masked(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, states: Any, **options: Any) -> Any:
        mask = options["mask"]
        if mask is None:
            return original(step, inputs, states, **options)
        last, outputs, states = original(step, inputs, states, **options)
        valid = ops.cast(mask, outputs.dtype)[:, -2:-1]
        return last, outputs, [state * valid for state in states]

    inner(garden, loop)


@fault(
    "zero last output",
    "Gives zeros without return_sequences where any timestep is masked.",
    "MASK-4",
    "SimpleRNN-seq0-state0-u2-t4-n3-mask.left-zero1",
)
def _zero_last_output(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        last, outputs, states = original(*args, **options)
        if options["zero_output_for_mask"] and options["mask"] is not None:
            last *= ops.cast(ops.all(options["mask"], axis=1, keepdims=True), last.dtype)
        return last, outputs, states

    inner(garden, loop)


@fault(
    "mask lost on the way",
    "Lets Masking and Embedding make no mask.",
    "MASK-2",
    "SimpleRNN-seq1-state1-u3-t5-n4-mask.gap-maskby.masking "
    "SimpleRNN-seq1-state1-u3-t5-n4-mask.gap-maskby.embedding",
)
def _mask_lost_on_the_way(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        return original(self, *args, **{**options, "mask": None})

    garden.around(keras.layers.SimpleRNN, "call", call)


@fault(
    "no masking support",
    "Says that it supports no masks.",
    "MASK-2",
    "SimpleRNN-seq1-state1-u3-t5-n4-mask.gap-maskby.masking "
    "LSTM-seq1-state1-u3-t5-n4-mask.gap-maskby.embedding",
)
def _no_masking_support(garden: Garden) -> None:
    for layer in (keras.layers.SimpleRNN, keras.layers.LSTM):
        garden.around(
            layer,
            "__call__",
            lambda call, self, *args, **options: call(
                self, *(_without_mask(value) for value in args), **options
            ),
        )


def _without_mask(value: Any) -> Any:
    """The same numbers, without the mask that Keras attached to them."""
    return ops.convert_to_tensor(ops.convert_to_numpy(value))
