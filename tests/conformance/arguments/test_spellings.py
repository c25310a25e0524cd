"""Arguments as people write them: NumPy's numbers, lists, words in capitals, arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, RECURRENT, Value
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import LAYOUTS, SPELLINGS
from keras_rnn_conformance.judging.rules import Failure, Trial, rule


def cases(profile: str) -> Iterator[Case]:
    """Every spelling of arguments and every layout of inputs, on every layer that has it."""
    yield _of("LSTM", "integers")
    yield _of("GRU", "strided", mask="gap", init="list")
    if profile == "smoke":
        return
    for layer, what in product(RECURRENT, SPELLINGS[:4]):
        yield _of(layer, what, drop=50, rdrop=25)
    for layer, what in product(RECURRENT, LAYOUTS):
        handed: dict[str, Value] = {"mask": "gap", "init": "list"} if what != "absent" else {}
        yield _of(layer, what, **handed)
    for layer, (what, pad) in product(
        CONVOLUTIONAL[:2], (("integers", "valid"), ("sequences", "same"), ("capitals", "same"))
    ):
        yield _of(layer, what, u=2, kern=3, pad=pad, n=2)
    yield _of("ConvLSTM1D", "integers", u=2, kern=2, stride=2)
    yield _of("ConvLSTM1D", "strided", u=2, init="list")


def _of(layer: str, what: str, **options: Value) -> Case:
    whole: dict[str, Value] = {"seq": 1, "state": 1, "t": 3, "do": "written", "what": what}
    return Case.from_options(layer, {**whole, **options})


@rule(
    "SPELL-1",
    "NumPy integers, rates and flags, a list in place of a tuple, and padding in capitals "
    "mean the same as Python's own numbers, tuples and lower case.",
    source="keras.layers.LSTM, units, dropout; keras.layers.ConvLSTM1D, kernel_size: int or "
    "tuple/list, padding: case-insensitive",
    applies=lambda c: c["do"] == "written" and c["what"] in SPELLINGS,
)
def means_the_same(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.names)


@rule(
    "SPELL-2",
    "However the arguments of a layer were written, its configuration can be written as "
    "JSON, and makes a layer with the same configuration.",
    source="keras.saving.serialize_keras_object: a Python dict that can be written as JSON; "
    "keras.Layer.get_config",
    applies=lambda c: c["do"] == "written" and c["what"] in SPELLINGS,
)
def can_be_stored(trial: Trial) -> Iterator[Failure]:
    restored = trial.seen.facts.get("restored")
    if restored is not True:
        yield Failure("fact", "the configuration as JSON", str(restored), "the same again")


@rule(
    "SPELL-3",
    "Inputs, masks and initial states may be NumPy arrays of another precision, with "
    "strides of any kind or read-only; arguments of a call may be None.",
    source="keras.Layer.__call__: tensors or arrays; keras.layers.RNN, Call arguments",
    applies=lambda c: c["do"] == "written" and c["what"] in LAYOUTS,
)
def arrays_as_they_are(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.names)
