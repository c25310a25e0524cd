"""Penalties, constraints, gradients and steps of training."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRU, SimpleRNN, SimpleRNNCell

from tests.quality.fault_injection.catalogue.arguments.weights import (
    CELLS,
    added,
    constructed,
    crossed,
    ignored,
)
from tests.quality.fault_injection.faults import Garden, fault

PENALTIES = (
    "SimpleRNN-seq0-state0-u3-t2-do.reg-what.weights GRU-seq0-state0-u3-t2-do.reg-what.weights"
)


@fault("no kernel penalty", "Ignores kernel_regularizer.", "REG-1", PENALTIES)
def _no_kernel_penalty(garden: Garden) -> None:
    ignored(garden, "kernel_regularizer")


@fault("no recurrent penalty", "Ignores recurrent_regularizer.", "REG-1", PENALTIES)
def _no_recurrent_penalty(garden: Garden) -> None:
    ignored(garden, "recurrent_regularizer")


@fault("no bias penalty", "Ignores bias_regularizer.", "REG-1", PENALTIES)
def _no_bias_penalty(garden: Garden) -> None:
    ignored(garden, "bias_regularizer")


@fault(
    "crossed penalties",
    "Takes kernel_regularizer for recurrent_regularizer and the reverse.",
    "REG-1",
    PENALTIES,
)
def _crossed_penalties(garden: Garden) -> None:
    crossed(garden, "kernel_regularizer", "recurrent_regularizer")


@fault(
    "kernel penalty for both",
    "Has the kernel's penalty for the recurrent kernel if that has none.",
    "REG-1",
    PENALTIES,
)
def _kernel_penalty_for_both(garden: Garden) -> None:
    _for_both(garden, "recurrent_regularizer", "kernel_regularizer")


def _for_both(garden: Garden, missing: str, given: str) -> None:
    """Take one argument in the place of another that is not given."""

    def change(options: dict[str, Any]) -> None:
        options[missing] = options.get(missing) or options.get(given)

    constructed(garden, CELLS, change)


@fault("penalty at every call", "Adds its penalties again at every call.", "REG-1", PENALTIES)
def _penalty_at_every_call(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if self.cell.kernel_regularizer is not None:
            self.add_loss(self.cell.kernel_regularizer(self.cell.kernel))
        return original(self, *args, **options)

    for layer in (SimpleRNN, GRU):
        garden.around(layer, "call", call)


@fault(
    "no activity penalty",
    "Ignores activity_regularizer.",
    "REG-2",
    "LSTM-seq0-state0-u3-t2-do.reg-what.activity GRU-seq0-state0-u3-t2-do.reg-what.activity",
)
def _no_activity_penalty(garden: Garden) -> None:
    ignored(garden, "activity_regularizer")


@fault(
    "activity of the batch",
    "Adds the activity penalty of its whole batch, not of a sample.",
    "REG-2",
    "GRU-seq0-state0-u3-t2-do.reg-what.activity",
)
def _activity_of_the_batch(garden: Garden) -> None:
    def change(options: dict[str, Any]) -> None:
        penalty = options.get("activity_regularizer")
        if penalty is not None:
            options["activity_regularizer"] = lambda output: penalty(output) * output.shape[0]

    constructed(garden, (GRU,), change)


CONSTRAINED = "SimpleRNN-seq0-state0-u3-t2-do.constraint-what.each"


@fault("no kernel constraint", "Ignores kernel_constraint.", "REG-3", CONSTRAINED)
def _no_kernel_constraint(garden: Garden) -> None:
    ignored(garden, "kernel_constraint")


@fault("no recurrent constraint", "Ignores recurrent_constraint.", "REG-3", CONSTRAINED)
def _no_recurrent_constraint(garden: Garden) -> None:
    ignored(garden, "recurrent_constraint")


@fault(
    "bias constraint for all",
    "Holds the kernel to the bias's constraint if it has none.",
    "REG-3",
    CONSTRAINED,
)
def _bias_constraint_for_all(garden: Garden) -> None:
    _for_both(garden, "kernel_constraint", "bias_constraint")


@fault(
    "crossed constraints",
    "Takes bias_constraint for recurrent_constraint and the reverse.",
    "REG-3",
    CONSTRAINED,
)
def _crossed_constraints(garden: Garden) -> None:
    crossed(garden, "bias_constraint", "recurrent_constraint")


GRADIENTS = (
    "SimpleRNN-seq0-state0-u3-t5-do.grad GRU-seq1-state1-u3-t3-mask.right-back1-init.list-do.grad"
)


def _stopped(garden: Garden, change: Any) -> None:
    """Let `change(cell, x, states)` choose what the cells compute with."""

    def call(original: Any, self: Any, x: Any, states: Any, *args: Any, **options: Any) -> Any:
        return original(self, *change(x, states), *args, **options)

    for cell in CELLS:
        garden.around(cell, "call", call)


@fault(
    "no gradient through time",
    "Lets no gradient pass from a timestep to the one before.",
    "GRAD-1",
    GRADIENTS,
)
def _no_gradient_through_time(garden: Garden) -> None:
    _stopped(garden, lambda x, states: (x, keras.tree.map_structure(ops.stop_gradient, states)))


@fault("no gradient of the input", "Lets no gradient pass to the input.", "GRAD-1", GRADIENTS)
def _no_gradient_of_the_input(garden: Garden) -> None:
    _stopped(garden, lambda x, states: (ops.stop_gradient(x) + 0 * x, states))


@fault(
    "twice the slope",
    "Lets the result change twice as fast as the input, whichever way one looks.",
    "GRAD-3",
    " ".join(
        f"SimpleRNN-seq0-state0-u2-t3-n2-in2-do.grad-what.{way}"
        for way in ("twice", "jacobian", "forward")
    ),
)
def _twice_the_slope(garden: Garden) -> None:
    _stopped(garden, lambda x, states: (2 * x - ops.stop_gradient(x), states))


@fault(
    "no gradient backwards",
    "Lets no gradient pass through the backward layer.",
    "GRAD-1",
    "LSTM-seq1-state1-u2-t3-n4-as.bi-mask.gap-init.list-do.grad",
)
def _no_gradient_backwards(garden: Garden) -> None:
    original = ops.flip
    garden.put(keras.src.ops, "flip", lambda x, axis=None: ops.stop_gradient(original(x, axis)))


@fault(
    "gradient in half precision",
    "Gives gradients of half precision under a mixed policy.",
    "GRAD-2",
    "SimpleRNN-seq0-state0-u3-t5-mf16-do.grad",
)
def _gradient_in_half_precision(garden: Garden) -> None:
    added(garden, lambda options: options.update(dtype="float16"))


FITTED = "SimpleRNN-seq0-state0-u4-t4-n2-mask.right-do.fit-what.batch"


@fault("unlearned kernel", "Learns nothing in its recurrent kernel.", "FIT-1", FITTED)
def _unlearned_kernel(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, *args: Any, **options: Any) -> Any:
        states = keras.tree.map_structure(ops.stop_gradient, states)
        return original(self, x, states, *args, **options)

    garden.around(SimpleRNNCell, "call", call)


@fault("other loss in training", "Doubles its output in training.", "FIT-2 FIT-1", FITTED)
def _other_loss_in_training(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        return 2 * given if options.get("training") else given

    garden.around(SimpleRNN, "call", call)
