"""`TimeDistributed`: one layer at every timestep, around a Dense and around a recurrent layer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import form_rules as forms
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

TD = "keras.layers.TimeDistributed"
SMALL = {"u": 3, "t": 4, "n": 2}
MET: tuple[dict[str, int | str], ...] = (
    {},
    {"seq": 1, "mask": "right"},
    {"dtype": "mf16"},
)
"""What may meet one sequence or many in front of TimeDistributed."""


def cases(profile: str) -> Iterator[Case]:
    """Known and unknown numbers of timesteps, masks, nested sequences."""
    yield Case.of("TimeDistributed", **SMALL)
    yield Case.of("LSTM", **SMALL, as_="td", seq=1, mask="right")
    if profile == "smoke":
        return
    for static in ("time", "none", "batch"):
        yield Case.of("TimeDistributed", **SMALL, static=static, via="graph")
    yield Case.of("SimpleRNN", **SMALL, as_="td", seq=1, mask="gap", static="none", via="graph")
    for layer, static, mask in (("LSTM", "time", "none"), ("GRU", "none", "right")):
        open_time: dict[str, int | str] = {"static": static, "via": "graph", "train": 1}
        yield Case.of(layer, **SMALL, as_="td", seq=1, mask=mask, **open_time)
    yield Case.of("TimeDistributed", **SMALL, mask="gap")
    yield Case.of("TimeDistributed", **SMALL, mask="gap", maskby="masking")
    yield Case.of("TimeDistributed", **SMALL, in_=4, mask="gap", maskby="marked")
    yield Case.of("TimeDistributed", **SMALL, as_="td")
    yield Case.of("TimeDistributed", u=3, t=1, n=1)
    yield Case.of("TimeDistributed", **SMALL, bias=0, act="none")
    yield Case.of("TimeDistributed", **SMALL, dtype="mf16")
    yield Case.of("TimeDistributed", **SMALL, dtype="f16", x="f64")
    for layer in RECURRENT:
        for seq in (0, 1):
            yield Case.of(layer, **SMALL, as_="td", seq=seq, mask="gap")
        yield Case.of(layer, **SMALL, as_="td", seq=1, back=1, zero=1, mask="right")
    yield Case.of("LSTM", **SMALL, as_="td", seq=1, mask="left", maskby="masking")
    yield Case.of("ConvLSTM1D", **SMALL, as_="td", seq=1, mask="gap")
    yield Case.of("ConvLSTM2D", **SMALL, as_="td")
    yield Case.of("GRU", **SMALL, as_="td", seq=1, dtype="mf16")
    yield from _sliced()
    if profile == "thorough":
        for layer, options, many in product((*RECURRENT, "ConvLSTM1D"), MET, (65, 257)):
            yield Case.of(layer, u=2, t=2, n=2, as_="td", slices=many, **options)
        for layer in RECURRENT:
            yield Case.of(layer, **SMALL, as_="td", static="time", via="graph")
            for unroll, zero in ((0, 0), (0, 1), (1, 0), (1, 1)):
                yield Case.of(layer, **SMALL, as_="td", seq=1, unroll=unroll, zero=zero, mask="row")


def _sliced() -> Iterator[Case]:
    """One sequence in each sample, or many."""
    for (layer, options), many in product(zip(RECURRENT, MET, strict=True), (1, 33)):
        yield Case.of(layer, u=2, t=2, n=2, as_="td", slices=many, unroll=1, **options)
    # with as many timesteps, no two slices that follow one another have the same mask
    for layer, mask in zip(RECURRENT, ("gap", "right", "left"), strict=True):
        yield Case.of(layer, u=2, t=5, n=2, as_="td", slices=7, unroll=1, seq=1, mask=mask)


distributed = forms.called("td", "dense")

value_rule(
    "TIMEDIST-1",
    "TimeDistributed applies one layer, with one set of weights, to every timestep.",
    source=TD,
    applies=lambda c: (
        distributed(c) and governs("as")(c) and c["mask"] == "none" and c["static"] == "all"
    ),
)

value_rule(
    "TIMEDIST-2",
    "Each timestep's slice of the mask is passed to the wrapped layer, if it takes one.",
    source=f"{TD}, mask",
    applies=lambda c: distributed(c) and governs("as")(c) and c["mask"] != "none",
)

value_rule(
    "TIMEDIST-3",
    "An unknown number of timesteps does not change what is computed.",
    source=f"{TD}; keras.Input",
    applies=lambda c: (
        distributed(c) and governs("as")(c) and c["mask"] == "none" and c["static"] != "all"
    ),
)


@rule(
    "TIMEDIST-4",
    "compute_output_spec gives the wrapped layer's shape with the timesteps after the batch axis.",
    source=f"{TD}; keras.Layer.compute_output_spec",
    applies=distributed,
)
def foretold(trial: Trial) -> Iterator[Failure]:
    yield from forms.foretold(trial)


@rule("TIMEDIST-5", "The weights are those of the wrapped layer.", source=TD, applies=distributed)
def weights(trial: Trial) -> Iterator[Failure]:
    yield from forms.weights(trial)
