"""One step of fit or train_on_batch moves the weights by the learning rate times the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SIZES: dict[str, int | str] = {"u": 4, "n": 2, "t": 4, "do": "fit"}
"""Powers of two, so that the gradient of a mean is exact."""


WEIGHTS = ("kernel", "recurrent_kernel", "bias")


def cases(profile: str) -> Iterator[Case]:
    """fit, train_on_batch and a frozen layer; with masks, dtypes and XLA on some."""
    if profile == "smoke":
        yield Case.of("LSTM", **SIZES, what="batch")
        return
    yield Case.of("LSTM", **SIZES, what="epoch", mask="gap", maskby="masking", static="none")
    yield Case.of("GRU", **SIZES, what="batch", seq=1, unroll=1, back=1)
    yield Case.of("SimpleRNN", **SIZES, what="epoch", stateful=1, mask="right")
    yield Case.of("GRU", **SIZES, what="frozen", seq=1)
    yield Case.of("GRU", **SIZES, what="batch", stateful=1)
    yield Case.of("SimpleRNN", **SIZES, what="stream", stateful=1, seq=1)
    yield Case.of("LSTM", **SIZES, what="stream", mask="left")
    yield Case.of("LSTM", **SIZES, what="penalized", mask="gap")
    for layer, hold in (("GRU", "nan"), ("LSTM", "huge")):
        yield Case.of(layer, **SIZES, what="batch", mask="right", hold=hold)
    for layer, options in (("LSTM", {"mask": "right"}), ("GRU", {"unroll": 1})):
        yield Case.of(layer, **SIZES, what="thawed", **options)
    if profile == "thorough":
        yield from _thorough()


def _thorough() -> Iterator[Case]:
    for layer, what, via, seq in product(
        RECURRENT, ("epoch", "batch", "frozen"), ("call", "jit"), (0, 1)
    ):
        yield Case.of(layer, **SIZES, what=what, via=via, seq=seq)
    for layer, unroll, mask in product(RECURRENT, (0, 1), ("none", "gap")):
        yield Case.of(layer, **SIZES, what="epoch", unroll=unroll, mask=mask)
        yield Case.of(layer, **SIZES, what="batch", unroll=unroll, mask=mask, dtype="mbf16")


def steps(case: Case) -> bool:
    """The cases of the scenario `fit`."""
    return case["do"] == "fit"


@rule(
    "FIT-1",
    "One step of plain SGD by fit, on arrays or on a generator, or by train_on_batch "
    "moves every weight, one that was frozen before too, by minus the learning rate times the "
    "gradient of the loss, to which the penalties of regularizers are added.",
    source="keras.Model.fit; keras.Model.train_on_batch; keras.optimizers.SGD; "
    "keras.regularizers.Regularizer",
    applies=lambda c: steps(c) and c["what"] != "frozen",
)
def moved(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(name for name in WEIGHTS if name in trial.want.arrays)


@rule(
    "FIT-2",
    "The loss that a training step reports is that of the weights before the step, "
    "penalties included.",
    source="keras.Model.fit; keras.losses.MeanAbsoluteError",
    applies=lambda c: steps(c) and c["what"] != "frozen",
)
def loss(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(["loss"])


@rule(
    "FIT-3",
    "With trainable=False, a training step changes no weight of the layer, and still "
    "changes the weights behind it.",
    source="keras.Layer, trainable",
    applies=lambda c: steps(c) and c["what"] == "frozen",
)
def frozen(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()
    behind = trial.seen.facts["moved"][-2:]
    if not all(behind):
        yield Failure("fact", "weights of the Dense layer behind", "some did not move", "all move")


@rule(
    "FIT-4",
    "A stateful layer keeps the last states of a training step.",
    source="keras.layers.RNN, Note on using statefulness",
    applies=lambda c: steps(c) and bool(c["stateful"]),
)
def kept(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(name for name in trial.want.arrays if name.startswith("kept "))
