"""Arguments that count only as Python's own numbers, or as fresh arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras.layers import RNN, ConvLSTM1D, SimpleRNN

from tests.quality.fault_injection.faults import Garden, Wrapped, fault

RATES = "SimpleRNN-seq1-state1-u3-t3-drop50-rdrop25-do.written-what.rates"
FLAGS = "SimpleRNN-seq1-state1-u3-t3-drop50-rdrop25-do.written-what.booleans"
CAPITALS = "ConvLSTM1D-seq1-state1-u2-t3-n2-kern3-pad.same-do.written-what.capitals"
STRIDED = "SimpleRNN-seq1-state1-u3-t3-mask.gap-init.list-do.written-what.strided"
READONLY = "SimpleRNN-seq1-state1-u3-t3-mask.gap-init.list-do.written-what.readonly"


@fault("flags by identity", "Takes a flag that is not True itself for False.", "SPELL-1", FLAGS)
def _flags_by_identity(garden: Garden) -> None:
    garden.around(
        SimpleRNN,
        "__init__",
        lambda made, self, *args, **options: made(
            self,
            *args,
            **{k: v is True if isinstance(v, (bool, np.bool_)) else v for k, v in options.items()},
        ),
    )


@fault("capitals are strange", "Takes padding in capitals for valid.", "SPELL-1", CAPITALS)
def _capitals_are_strange(garden: Garden) -> None:
    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        if options.get("padding") == "SAME":
            options["padding"] = "valid"
        original(self, *args, **options)

    garden.around(ConvLSTM1D, "__init__", init)


def config(garden: Garden, change: Wrapped) -> None:
    """Let `change(configuration)` have the last word on the configuration of a SimpleRNN."""
    garden.around(SimpleRNN, "get_config", lambda get, self: change(get(self)))


@fault(
    "rate as an object",
    "Writes a rate into its configuration that JSON cannot hold.",
    "SPELL-2",
    RATES,
)
def _rate_as_an_object(garden: Garden) -> None:
    config(garden, lambda found: {**found, "dropout": 1j * found["dropout"]})


@fault("rate that grows", "Writes half of its rate into its configuration.", "SPELL-2", RATES)
def _rate_that_grows(garden: Garden) -> None:
    config(garden, lambda found: {**found, "dropout": found["dropout"] / 2})


def arrays(garden: Garden, change: Wrapped) -> None:
    """Let `change(array)` choose what a layer is called with, where that is a NumPy array."""

    def call(original: Any, self: Any, x: Any, *args: Any, **options: Any) -> Any:
        return original(self, change(x) if isinstance(x, np.ndarray) else x, *args, **options)

    garden.around(RNN, "__call__", call)


@fault(
    "strides unheard",
    "Reads an array with strides of its own in the order of its memory.",
    "SPELL-3",
    STRIDED,
)
def _strides_unheard(garden: Garden) -> None:
    arrays(garden, lambda x: x if x.flags.c_contiguous else np.ascontiguousarray(x[::-1]))


@fault(
    "read-only is empty", "Takes an array that cannot be written to for zeros.", "SPELL-3", READONLY
)
def _read_only_is_empty(garden: Garden) -> None:
    arrays(garden, lambda x: x if x.flags.writeable else np.zeros_like(x))
