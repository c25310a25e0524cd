"""Misuses: each raises the right class, says what is wrong, and breaks nothing."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.api.misuses import MISUSES
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import misuse_of
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SOURCE = "the argument descriptions of keras.layers.RNN and of the layer"
SMOKE = ("units_zero", "rank2", "merge_name", "cell_no_call")


def cases(profile: str) -> Iterator[Case]:
    """Every misuse on every layer that can make it."""
    for what, misuse in MISUSES.items():
        for place in misuse.on:
            if profile != "smoke" or what in SMOKE:
                yield _case(what, *place.split("/"))
    if profile != "smoke":
        yield _case("stateful_unknown", "LSTM", seq=1, state=1)
        yield _case("unroll_unknown", "LSTM", stateful=1)
        yield _case("unroll_unknown", "GRU", stateful=1, state=1)


def _case(what: str, layer: str, as_: str = "layer", **options: int) -> Case:
    pixel: dict[str, int | str] = {"kern": 1} if layer == "ConvLSTM2D" else {}
    return Case.of(layer, t=2, u=3, n=2, in_=4, as_=as_, **pixel, **options, do="bad", what=what)


def misused(case: Case) -> bool:
    """The cases of this scenario."""
    return case["do"] == "bad"


@rule(
    "BAD-1",
    "Wrong use raises ValueError. TypeError is accepted where Python or the backend meets "
    "a wrong type first, and AttributeError where the layer lacks what is asked of it.",
    source=SOURCE,
    applies=misused,
)
def raises(trial: Trial) -> Iterator[Failure]:
    misuse, error = misuse_of(trial.case), trial.seen.error
    want = " or ".join(misuse.errors)
    if error is None:
        yield Failure("error", misuse.sentence, "no error", want)
    elif not set(misuse.errors) & set(error.bases):
        yield Failure("error", misuse.sentence, error.brief(), want)


@rule(
    "BAD-2",
    "The error message names the argument that is wrong.",
    source=SOURCE,
    applies=misused,
)
def names_argument(trial: Trial) -> Iterator[Failure]:
    misuse, error = misuse_of(trial.case), trial.seen.error
    if error is None:
        return
    if not any(word in error.message.lower() for word in misuse.words):
        yield Failure("error", misuse.sentence, error.brief(), f"a message with {misuse.words}")


@rule(
    "BAD-3",
    "After a wrong use, a correct call gives correct numbers.",
    source=SOURCE,
    applies=misused,
)
def unharmed(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()
