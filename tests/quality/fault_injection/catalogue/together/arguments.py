"""Faults that need another call before: arguments that come and go, or are others."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras.layers import RNN

from tests.quality.fault_injection.catalogue.together.conditions import called
from tests.quality.fault_injection.faults import Garden, fault

HISTORY = "SimpleRNN-seq1-state1-u2-t3-n4"


def kept(layer: Any, name: str, value: Any) -> Any:
    """What a layer was first given under a name."""
    return layer.__dict__.setdefault(name, value)


def in_loop(garden: Garden, wrong: Any) -> None:
    """Let `wrong(layer, options)` change what a loop is given."""

    def loop(original: Any, self: Any, **options: Any) -> Any:
        wrong(self, options)
        return original(self, **options)

    garden.around(RNN, "inner_loop", loop)


@fault(
    "mask or no mask",
    "Takes a mask only where its first call had one.",
    "HIST-5",
    f"{HISTORY}-calls3-then.mask",
)
def _mask_or_no_mask(garden: Garden) -> None:
    def wrong(self: Any, options: Any) -> None:
        if not kept(self, "masked", options["mask"] is not None):
            options["mask"] = None

    in_loop(garden, wrong)


@fault(
    "goes on masking",
    "Masks as in its first call where it is handed no mask.",
    "HIST-5",
    f"{HISTORY}-mask.gap-calls3-then.mask",
)
def _goes_on_masking(garden: Garden) -> None:
    def wrong(self: Any, options: Any) -> None:
        options["mask"] = kept(self, "mask of old", options["mask"])

    in_loop(garden, wrong)


def _states_by_call(garden: Garden, wrong: Any) -> None:
    def call(original: Any, sequences: Any, options: Any) -> Any:
        wrong(original.args[0], options)
        return original(sequences, **options)

    called(garden, call)


@fault(
    "states or no states",
    "Takes initial states only where its first call had some.",
    "HIST-6",
    f"{HISTORY}-calls3-then.state",
)
def _states_or_no_states(garden: Garden) -> None:
    def wrong(self: Any, options: Any) -> None:
        if not kept(self, "started", "initial_state" in options):
            options.pop("initial_state", None)

    _states_by_call(garden, wrong)


@fault(
    "starts as before",
    "Starts from the states of an earlier call where it is given none.",
    "HIST-6",
    f"{HISTORY}-init.list-calls3-then.state",
)
def _starts_as_before(garden: Garden) -> None:
    def wrong(self: Any, options: Any) -> None:
        if states := kept(self, "start of old", options.get("initial_state")):
            options["initial_state"] = states

    _states_by_call(garden, wrong)


@fault(
    "one mask for ever",
    "Masks every call as the first one of its shape.",
    "HIST-20",
    f"{HISTORY}-mask.gap-calls3-then.remask",
)
def _one_mask_for_ever(garden: Garden) -> None:
    def wrong(self: Any, options: Any) -> None:
        if options["mask"] is not None:
            options["mask"] = kept(self, f"mask {options['mask'].shape}", options["mask"])

    in_loop(garden, wrong)


@fault(
    "one start for ever",
    "Starts every call that is given states from those of the first one.",
    "HIST-21",
    f"{HISTORY}-init.list-calls3-then.restate",
)
def _one_start_for_ever(garden: Garden) -> None:
    def wrong(self: Any, options: Any) -> None:
        if options.get("initial_state") is not None:
            options["initial_state"] = kept(self, "start", options["initial_state"])

    _states_by_call(garden, wrong)


REFILLED = f"{HISTORY}-calls3-given.array-then.refill"


@fault(
    "knows the array",
    "Gives what it gave when it is called with the same array.",
    "HIST-7",
    REFILLED,
)
def _knows_the_array(garden: Garden) -> None:
    answers: dict[int, Any] = {}

    def call(original: Any, sequences: Any, options: Any) -> Any:
        if not isinstance(sequences, np.ndarray):
            return original(sequences, **options)
        key = id(sequences)
        if key not in answers or answers[key][0] is not sequences:
            answers[key] = sequences, original(sequences, **options)
        return answers[key][1]

    called(garden, call)


@fault("keeps a copy", "Computes with a copy of the array of its first call.", "HIST-7", REFILLED)
def _keeps_a_copy(garden: Garden) -> None:
    def call(original: Any, sequences: Any, options: Any) -> Any:
        if isinstance(sequences, np.ndarray):
            array, copy = kept(original.args[0], "copied", (sequences, sequences.copy()))
            sequences = copy if array is sequences else sequences
        return original(sequences, **options)

    called(garden, call)
