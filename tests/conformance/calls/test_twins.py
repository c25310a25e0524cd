"""Two ways to the same numbers: checks that need no oracle, and tell where a fault lies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT, SCENARIOS
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.choices.circumstances import FORMS
from keras_rnn_conformance.cases.scenarios.table import INDEPENDENCE
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SENTENCES = {
    "chunks": "A sequence in two parts, with the states passed on, gives what the whole gives.",
    "padding": "A sequence with masked timesteps behind it gives what it gives without them.",
    "unroll": "An unrolled layer gives what the looped one gives.",
    "reversal": "go_backwards gives what the reversed sequence gives forwards.",
    "sequences": "The last output with return_sequences is the output without it.",
    "implementation": "implementation=1 gives what implementation=2 gives.",
    "rows": "A sample gives the same whatever else is in its batch.",
    "again": "A layer that is not stateful gives the same whenever it is called.",
    "sample": "The values of one sample, even NaN or infinity, do not affect other samples.",
    "later": "The values at a timestep, even NaN or infinity, do not affect earlier outputs.",
    "unit": "The weights of a unit that no other unit reads do not affect the other units.",
    "direction": "The weights of the backward layer do not affect what the forward layer gives.",
    "pixel": "A value in an image has an effect only as far as the kernels reach.",
    "spreads": "NaN at a timestep that is not masked is in every later output, and in the states.",
}


HELD = ("numbers", "nan", "inf", "huge")
APART = ("spreads", "recovers", "empty")
"""The ways whose cases are listed by themselves."""


def cases(profile: str) -> Iterator[Case]:
    """Every pair of ways, on every layer that has both."""
    layers = ("LSTM",) if profile == "smoke" else RECURRENT
    for layer, what in product(layers, SCENARIOS["twin"]):
        if what not in (*INDEPENDENCE, *APART) and (
            what != "implementation" or layer != "SimpleRNN"
        ):
            yield Case.of(layer, seq=1, state=1, t=4, n=3, do="twin", what=what)
    for layer, hold in product(layers, HELD):
        yield _twin(layer, "sample", hold)
    if profile != "smoke":
        yield from _independent(HELD if profile == "thorough" else HELD[:2])


def _independent(held: tuple[str, ...]) -> Iterator[Case]:
    """One place with other numbers, in every form that has one."""
    for layer, hold in product(RECURRENT, held):
        yield _twin(layer, "later", hold)
        yield _twin(layer, "later", hold, unroll=1)
    for layer, unroll in product(RECURRENT, (0, 1)):
        yield _twin(layer, "spreads", unroll=unroll)
        yield _twin(layer, "spreads", unroll=unroll, train=1)
    for form in ("stack", "bi", "rnn"):
        yield _twin("GRU", "spreads", as_=form, u=2)
    yield from _under_masks()
    yield from _recovering()
    yield from _without_samples()
    for layer in RECURRENT:
        yield _twin(layer, "unit", t=3)
        yield _twin(layer, "direction", as_="bi", merge="none", u=2)
    for form, hold in product(("stack", "bi", "rnn"), held):
        yield _twin("LSTM", "sample", hold, as_=form, u=2)
    for layer, what in product(("ConvLSTM1D", "ConvLSTM2D"), ("sample", "pixel")):
        yield _twin(layer, what, held[-1], u=2, t=2)


def _under_masks() -> Iterator[Case]:
    """Numbers that spoil what they reach, where other samples are masked."""
    for layer, mask, unroll in product(RECURRENT, ("gap", "left"), (0, 1)):
        yield _twin(layer, "spreads", mask=mask, unroll=unroll)
        yield _twin(layer, "sample", "nan", mask=mask, unroll=unroll)
    for layer in RECURRENT:
        yield _twin(layer, "spreads", mask="ragged", n=1, zero=1, init="list")
        yield _twin(layer, "spreads", mask="gap", zero=1, init="list")
        yield _twin(layer, "sample", "nan", mask="right", zero=1, init="list")
        yield _twin(layer, "later", "nan", mask="gap", init="list")
        yield _twin(layer, "recovers", "nan", mask="gap", init="list", stateful=1)
    for layer, maskby in zip(RECURRENT, ("masking", "marked", "near"), strict=True):
        yield _twin(layer, "spreads", mask="gap", maskby=maskby)
    for form in ("stack", "bi", "rnn"):
        yield _twin("LSTM", "spreads", mask="gap", as_=form, u=2)
        yield _twin("LSTM", "sample", "inf", mask="left", as_=form, u=2)


def _recovering() -> Iterator[Case]:
    """A call on numbers that spoil everything, in every form that has calls after it."""
    for layer, stateful, hold in product(RECURRENT, (0, 1), HELD[1:]):
        yield _twin(layer, "recovers", hold, stateful=stateful)
        yield _twin(layer, "recovers", hold, stateful=stateful, unroll=1, train=1)
    for form, stateful in product(("stack", "bi", "rnn"), (0, 1)):
        yield _twin("GRU", "recovers", "nan", as_=form, u=2, stateful=stateful)
    yield _twin("ConvLSTM1D", "recovers", "nan", u=2, t=2, stateful=1)


def _without_samples() -> Iterator[Case]:
    """A batch of no samples, in every form that computes one."""
    for layer, unroll in product(RECURRENT, (0, 1)):
        yield _twin(layer, "empty", unroll=unroll)
    for layer, options in FORMS:
        whole: dict[str, int | str] = {"u": 2, "t": 4, "n": 3, "seq": 1, "state": 1}
        try:
            yield Case.from_options(layer, {**whole, **options, "do": "twin", "what": "empty"})
        except CaseError:
            continue


def _twin(layer: str, what: str, hold: str = "numbers", **options: int | str) -> Case:
    whole = {"seq": 1, "state": 1, "t": 4, "n": 4, **options}
    return Case.from_options(
        layer,
        {k.rstrip("_"): v for k, v in {**whole, "hold": hold}.items()}
        | {"do": "twin", "what": what},
    )


RECOVERS = (
    "A layer gives the same after a call on NaN, infinity or huge numbers as before any call; one "
    "that is stateful does after reset_state."
)
EMPTY = "A batch of no samples gives outputs and states of none, of the shapes that others have."


def _register(number: int, what: str, sentence: str) -> None:
    @rule(
        f"TWIN-{number}",
        sentence,
        source="keras.layers.RNN",
        applies=lambda c: c["do"] == "twin" and c["what"] == what,
    )
    def agree(trial: Trial) -> Iterator[Failure]:
        for name in trial.want.names:
            one = trial.seen.arrays[name]
            yield from trial.close(f"twin {name}", one, trial.want.arrays[name].bound)


for _number, (_what, _sentence) in enumerate(SENTENCES.items(), 1):
    _register(_number, _what, _sentence)
_register(70, "recovers", RECOVERS)
_register(71, "empty", EMPTY)
