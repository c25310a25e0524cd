"""Two ways to one result that part, signatures that move, errors that do not help."""

from __future__ import annotations

from itertools import count
from types import FunctionType
from typing import Any

import keras
from keras import ops
from keras.layers import GRU, LSTM, GRUCell, LSTMCell, SimpleRNNCell

from tests.quality.fault_injection.catalogue.arguments.weights import refusing
from tests.quality.fault_injection.catalogue.layer.loop import given, inner
from tests.quality.fault_injection.faults import Garden, fault

TWIN = "SimpleRNN-seq1-state1-u3-t4-n3-do.twin-what"


@fault("second half alone", "Starts anew where a sequence goes on.", "TWIN-1", f"{TWIN}.chunks")
def _second_half_alone(garden: Garden) -> None:
    inner(
        garden,
        lambda loop, step, inputs, states, **options: loop(
            step, inputs, [ops.zeros_like(state) for state in states], **options
        ),
    )


@fault("padding counts", "Runs over masked timesteps.", "TWIN-2", f"{TWIN}.padding")
def _padding_counts(garden: Garden) -> None:
    inner(garden, lambda loop, *args, **options: loop(*args, **{**options, "mask": None}))


@fault("unrolled reversed", "Runs the unrolled loop from the end.", "TWIN-3", f"{TWIN}.unroll")
def _unrolled_reversed(garden: Garden) -> None:
    def loop(original: Any, step: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        turned = ops.flip(inputs, axis=1) if options["unroll"] else inputs
        return original(step, turned, *args, **options)

    inner(garden, loop)


@fault(
    "no way back", "Ignores go_backwards, for its twin forwards too.", "TWIN-4", f"{TWIN}.reversal"
)
def _no_way_back(garden: Garden) -> None:
    inner(garden, lambda loop, *args, **options: loop(*args, **{**options, "go_backwards": False}))


@fault(
    "sequence of the first",
    "Returns another last output without return_sequences.",
    "TWIN-5",
    f"{TWIN}.sequences",
)
def _sequence_of_the_first(garden: Garden) -> None:
    def loop(original: Any, *args: Any, **options: Any) -> Any:
        last, outputs, states = original(*args, **options)
        return (last if options["return_all_outputs"] else 2 * last), outputs, states

    inner(garden, loop)


@fault(
    "first implementation doubled",
    "Doubles its output with implementation=1.",
    "TWIN-6",
    "LSTM-seq1-state1-u3-t4-n3-do.twin-what.implementation",
)
def _first_implementation_doubled(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        output, states = original(self, *args, **options)
        return (2 * output if self.implementation == 1 else output), states

    for cell in (LSTMCell, GRUCell):
        garden.around(cell, "call", call)


@fault(
    "mean of the batch",
    "Takes the mean of its batch out of every sample.",
    "TWIN-7",
    f"{TWIN}.rows",
)
def _mean_of_the_batch(garden: Garden) -> None:
    given(garden, lambda x: x - ops.mean(x, axis=0, keepdims=True))


@fault("restless", "Adds another number to its input at every call.", "TWIN-8", f"{TWIN}.again")
def _restless(garden: Garden) -> None:
    calls = count()
    given(garden, lambda x: x + 0.618 * next(calls) % 1.0)


@fault(
    "new argument",
    "Takes an argument that the ledger does not list.",
    "LEDGER-1",
    "LSTM-seq0-state0-u3-t5-do.ledger-what.layer",
)
def _new_argument(garden: Garden) -> None:
    original = LSTM.__init__

    def init(self: Any, units: int, momentum: float = 0.0, **options: Any) -> None:
        original(self, units, **options)

    garden.put(LSTM, "__init__", init)


@fault(
    "new default",
    "Has another default for recurrent_activation.",
    "LEDGER-2",
    "GRU-seq0-state0-u3-t5-do.ledger-what.layer",
)
def _new_default(garden: Garden) -> None:
    real = GRU.__init__
    init = FunctionType(real.__code__, real.__globals__, "__init__", None, real.__closure__)
    init.__defaults__ = tuple(
        "hard_sigmoid" if value == "sigmoid" else value for value in real.__defaults__
    )
    garden.put(GRU, "__init__", init)


@fault(
    "no implementation",
    "Takes no implementation any more.",
    "LEDGER-3",
    "LSTM-seq0-state0-u3-t5-do.ledger-what.layer",
)
def _no_implementation(garden: Garden) -> None:
    refusing(garden, LSTM, "implementation")


@fault(
    "new activation",
    "Offers an activation that no case sweeps.",
    "LEDGER-4",
    "RNN-seq0-state0-u3-t5-do.ledger-what.base",
)
def _new_activation(garden: Garden) -> None:
    def cubic(z: Any) -> Any:
        return z**3

    garden.put(keras.activations, "cubic", cubic)


MISUSE = "SimpleRNN-seq0-state0-u3-t2-n2-in4-do.bad-what.units_zero"


@fault("any error", "Raises a bare Exception on a misuse.", "BAD-1", MISUSE)
def _any_error(garden: Garden) -> None:
    _reraised(garden, lambda error: Exception(str(error)))


@fault("mute error", "Raises an error without a word.", "BAD-2", MISUSE)
def _mute_error(garden: Garden) -> None:
    _reraised(garden, lambda error: type(error)("something is wrong"))


def _reraised(garden: Garden, change: Any) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        try:
            original(self, *args, **options)
        except ValueError as error:
            raise change(error) from None

    garden.around(SimpleRNNCell, "__init__", init)


@fault("no error", "Takes any number of units.", "BAD-1", MISUSE)
def _no_error(garden: Garden) -> None:
    def init(original: Any, self: Any, units: Any, *args: Any, **options: Any) -> None:
        original(self, max(1, units), *args, **options)

    garden.around(SimpleRNNCell, "__init__", init)


@fault("poisoned by a misuse", "Computes twice its output after any misuse.", "BAD-3", MISUSE)
def _poisoned_by_a_misuse(garden: Garden) -> None:
    misuses: list[Exception] = []

    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        try:
            original(self, *args, **options)
        except ValueError as error:
            misuses.append(error)
            raise

    garden.around(SimpleRNNCell, "__init__", init)
    garden.around(
        keras.layers.SimpleRNN,
        "call",
        lambda call, self, *args, **options: (2 if misuses else 1) * call(self, *args, **options),
    )
