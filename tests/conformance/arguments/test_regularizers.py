"""Regularizers and constraints: each acts on its own weight, by its formula, and on no other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.penalties import on_output, returned_losses
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

CELLS = "keras.layers.SimpleRNNCell, keras.layers.LSTMCell, keras.layers.GRUCell"
PLAIN = ("SimpleRNN", "LSTM", "GRU")


def cases(profile: str) -> Iterator[Case]:
    """Every kind of weight and the output, on every layer; once through cells and wrappers."""
    variants = (("reg", "weights"), ("reg", "activity"), ("constraint", "each"))
    for layer, (do, what) in product((*PLAIN, "ConvLSTM2D"), variants):
        yield _case(do, layer, what)
    if profile == "smoke":
        return
    for layer in (*PLAIN, "ConvLSTM2D"):
        yield _case("reg", layer, "activity", seq=1, state=1)
    for layer, (do, what) in product(PLAIN, (("reg", "weights"), ("constraint", "each"))):
        yield _case(do, layer, what, as_="cell", t=1)
    yield _case("reg", "GRU", "words")
    for do, what in (("reg", "weights"), ("constraint", "each")):
        yield _case(do, "GRU", what, after=0)
    yield _case("constraint", "GRU", "norm")
    yield _case("constraint", "SimpleRNN", "between")
    yield _case("constraint", "LSTM", "unit")
    for layer in ("GRU", "LSTM"):
        yield _case("constraint", layer, "rows")
    yield _case("constraint", "ConvLSTM2D", "filters")
    yield _case("reg", "LSTM", "weights", as_="rnn")
    for layer, as_ in (("LSTM", "rnn"), ("GRU", "bi"), ("SimpleRNN", "td")):
        yield _case("reg", layer, "activity", as_=as_)
    for layer, as_ in (("GRU", "layer"), ("LSTM", "bi")):
        yield _case("reg", layer, "within", as_=as_, seq=1)
        yield _case("reg", layer, "holding", as_=as_, seq=1)
    for do, what in (("reg", "weights"), ("constraint", "norm")):
        yield _case(do, "LSTM", what, as_="bi")
    yield from _of_vectors()
    yield from _of_batches()


def _of_vectors() -> Iterator[Case]:
    """Rows and columns that are not orthogonal, and columns of zeros."""
    for layer in PLAIN:
        yield Case.from_options(layer, {"t": 2, "in": 3, "do": "reg", "what": "angles"})
    for layer in ("LSTM", "GRU"):
        yield _case("constraint", layer, "zeroed")


def _of_batches() -> Iterator[Case]:
    """The penalty of an output, of large batches."""
    for layer, many in (("SimpleRNN", 65), ("LSTM", 33), ("GRU", 17), ("SimpleRNN", 1025)):
        yield _case("reg", layer, "activity", n=many, u=2, in_=2)


def _case(do: str, layer: str, what: str, **options: int | str) -> Case:
    pixel = {"kern": 1} if layer == "ConvLSTM2D" else {}
    return Case.of(layer, **{"t": 2, **pixel, **options}, do=do, what=what)


def _kept(trial: Trial) -> list[str]:
    """What is recorded of the losses that a layer has, whoever called it."""
    return [name for name in trial.want.arrays if name != "returned"]


@rule(
    "REG-1",
    "A weight regularizer adds its penalty for its own weight to the layer's losses once, "
    "however often the layer is called and whether or not other weights have one.",
    source=f"{CELLS}, kernel_regularizer, recurrent_regularizer, bias_regularizer",
    applies=lambda c: c["do"] == "reg" and not on_output(c),
)
def weight_penalty(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(_kept(trial))


@rule(
    "REG-2",
    "activity_regularizer adds its penalty for the layer's output, divided by the batch "
    "size and for the last call only, to the losses of the layer and of whatever holds the"
    " layer.",
    source="keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU, keras.layers.ConvLSTM2D, "
    "activity_regularizer; keras.Layer",
    applies=lambda c: c["do"] == "reg" and on_output(c),
)
def activity_penalty(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(_kept(trial))


@rule(
    "REG-4",
    "With return_losses=True, stateless_call returns what is added to the losses during the "
    "call: the penalties of the weights, and of the outputs of layers inside.",
    source="keras.Layer.stateless_call, return_losses; keras.Layer.losses",
    applies=returned_losses,
)
def returned(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(["returned"])


@rule(
    "REG-3",
    "After an update step, a constraint holds for its own weight and for no other, whether"
    " or not others have one.",
    source=f"{CELLS}, kernel_constraint, recurrent_constraint, bias_constraint",
    applies=lambda c: c["do"] == "constraint",
)
def constrained(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()
