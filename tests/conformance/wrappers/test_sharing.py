"""One cell or one layer in several places: each place computes as if it had one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import SHARED
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SIZES: dict[str, int | str] = {"t": 3, "n": 4, "in": 3, "u": 3, "do": "reuse"}


def cases(profile: str) -> Iterator[Case]:
    """Every layer in every kind of place."""
    yield Case.from_options("LSTM", {**SIZES, "state": 1, "what": "places"})
    if profile == "smoke":
        return
    for layer, what in product(RECURRENT, SHARED):
        yield Case.from_options(layer, {**SIZES, "seq": 1, "state": 1, "what": what})
    for layer in RECURRENT:
        yield Case.from_options(layer, {**SIZES, "mask": "gap", "what": "places"})
        yield Case.from_options(layer, {**SIZES, "unroll": 1, "state": 1, "what": "places"})
    if profile == "thorough":
        for layer, what, unroll, back in product(RECURRENT, SHARED, (0, 1), (0, 1)):
            whole = {**SIZES, "seq": 1, "unroll": unroll, "back": back}
            if not (back and what == "chain"):
                yield Case.from_options(layer, {**whole, "what": what})


def _all(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.names)


rule(
    "SHARE-1",
    "A cell that stands in a stack several times has one set of weights, and states of "
    "their own for each place.",
    source="keras.layers.RNN, cell; keras.layers.StackedRNNCells, cells",
    applies=lambda c: c["do"] == "reuse" and c["what"] == "places",
)(_all)

rule(
    "SHARE-2",
    "A layer that is called on what it gave itself, or that stands in two models, "
    "computes each time as if it were alone, with the weights that any of its users has set.",
    source="keras.Model, Functional: shared layers; keras.Layer.set_weights",
    applies=lambda c: c["do"] == "reuse" and c["what"] in ("chain", "models"),
)(_all)
