"""Values that are not ordinary: what masked timesteps hold, and magnitudes far from one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT, Value
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import governs, value_rule

RNN = "keras.layers.RNN"
HELD = ("nan", "inf", "huge")
FORMS = ("rnn", "list", "stack", "mix", "bi", "td")
MAGNITUDES = ("big", "small", "tiny", "full", "minus")
MASKS = ("right", "left", "gap", "row", "all")


def cases(profile: str) -> Iterator[Case]:
    """Every layer, form and path with what masks hide; every layer at every magnitude."""
    whole = {"seq": 1, "state": 1, "t": 4, "n": 3}
    yield Case.of("LSTM", **whole, mask="gap", hold="nan")
    yield Case.of("GRU", **whole, mag="big")
    if profile == "smoke":
        return
    for layer, (mask, hold) in product(RECURRENT, zip(MASKS, (*HELD, *HELD), strict=False)):
        yield Case.of(layer, **whole, mask=mask, hold=hold)
    for layer, (hold, unroll, zero) in product(RECURRENT, (("nan", 1, 0), ("inf", 0, 1))):
        yield Case.of(layer, **whole, mask="gap", hold=hold, unroll=unroll, zero=zero, back=1)
        yield Case.of(layer, t=4, mask="right", hold=hold, stateful=1, calls=2, unroll=unroll)
    yield from _forms(whole)
    yield from _states(whole)
    yield from _slight(whole)
    for layer, mag in product(RECURRENT, MAGNITUDES):
        yield Case.of(layer, **whole, mag=mag)
        yield Case.of(layer, **whole, mag=mag, init="list", mask="gap", train=1)
    for (layer, act), mag in product(
        (("SimpleRNN", "linear"), ("LSTM", "relu"), ("GRU", "softsign")), MAGNITUDES
    ):
        yield Case.of(layer, **whole, mag=mag, act=act, unroll=1)
    yield from _fine(whole)
    if profile == "thorough":
        yield from _thorough(whole)


def _forms(whole: dict[str, int]) -> Iterator[Case]:
    for number, form in enumerate(FORMS):
        layer, hold = RECURRENT[number % 3], HELD[number % 3]
        sizes = {**whole, "u": 2, "state": 0}
        yield Case.of(layer, **sizes, as_=form, mask="gap", hold=hold)
        yield Case.of(layer, **sizes, as_=form, mag=MAGNITUDES[number % 5])
    for layer in ("ConvLSTM1D", "ConvLSTM2D"):
        yield Case.of(layer, **{**whole, "n": 4}, u=2, mask="gap", hold="nan", unroll=1)
        yield Case.of(layer, **{**whole, "n": 4}, u=2, mask="gap", hold="inf")
        yield Case.of(layer, **{**whole, "n": 4}, u=2, mag="big")
    yield Case.of("LSTM", **whole, via="predict", mask="gap", hold="nan", static="none")
    yield Case.of("GRU", **whole, via="graph", mask="gap", hold="nan", static="none")
    yield Case.of("SimpleRNN", **whole, via="graph", mag="big")
    for hold in HELD:
        yield Case.of("RNN", **whole, mask="gap", hold=hold)
    yield Case.of("LSTM", **whole, mask="gap", hold="nan", maskby="both")
    yield Case.of("GRU", **whole, mask="gap", hold="inf", dtype="bf16")
    yield Case.of("LSTM", **whole, mask="right", hold="nan", dtype="mf16")


def _states(whole: dict[str, int]) -> Iterator[Case]:
    """Initial states of every magnitude, which a layer hands back where everything is masked."""
    for layer, mag in product((*RECURRENT, "ConvLSTM1D"), ("loud", "faint")):
        yield Case.of(layer, **whole, mag=mag, init="list", unroll=1)
        yield Case.of(layer, **whole, mag=mag, init="list", mask="row", unroll=1)
    for layer, mag in product(RECURRENT, ("loud", "faint")):
        yield Case.of(layer, **whole, mag=mag, init="list", mask="gap", back=1)
        yield Case.of(layer, **whole, u=2, mag=mag, init="list", as_="bi", act="linear")


def _slight(whole: dict[str, int]) -> Iterator[Case]:
    """Inputs and hidden states of a millionth, which nothing adds up to more."""
    for layer, mask in zip(RECURRENT, ("none", "gap", "right"), strict=True):
        yield Case.of(layer, **whole, mag="slight", bias=0, mask=mask)
        yield Case.of(layer, **whole, mag="slight", bias=0, unroll=1)


def _fine(whole: dict[str, int]) -> Iterator[Case]:
    """Numbers that need every digit of their dtype, in small layers and in wide and long ones."""
    each: tuple[dict[str, Value], ...] = ({"unroll": 1}, {"mask": "gap"}, {"back": 1})
    for layer, options in zip(RECURRENT, each, strict=True):
        yield Case.of(layer, **whole, mag="fine", init="list")
        yield Case.of(layer, **whole, mag="fine", dtype="f64", **options)
        yield Case.of(layer, **whole, mag="fine", do="grad")
        yield Case.of(layer, **{**whole, "n": 2}, u=257, in_=3, mag="fine")
        yield Case.of(layer, **{**whole, "n": 65}, u=2, in_=1025, mag="fine")
        yield Case.of(layer, **{**whole, "t": 257, "n": 2}, in_=1, mag="fine", via="predict")
    for form in ("bi", "stack", "list"):
        yield Case.of("GRU", **{**whole, "state": 0}, u=2, as_=form, mag="fine", mask="right")
    for layer in ("ConvLSTM1D", "ConvLSTM2D"):
        yield Case.of(layer, **whole, u=2, mag="fine")


def _thorough(whole: dict[str, int]) -> Iterator[Case]:
    for layer, via in product(RECURRENT, ("predict", "graph")):
        yield Case.of(layer, **whole, via=via, mask="gap", hold="nan", static="none")
        yield Case.of(layer, **whole, via=via, mag="big")
    for layer, mask, hold, back, unroll, zero in product(
        RECURRENT, MASKS, HELD, (0, 1), (0, 1), (0, 1)
    ):
        yield Case.of(layer, **whole, mask=mask, hold=hold, back=back, unroll=unroll, zero=zero)
    for layer, mag, via, dtype in product(
        RECURRENT, MAGNITUDES, ("call", "predict"), ("f32", "bf16")
    ):
        yield Case.of(layer, **whole, mag=mag, via=via, dtype=dtype, init="list")
    for layer, mag, impl, bias in product(("LSTM", "GRU"), MAGNITUDES, (1, 2), (0, 1)):
        yield Case.of(layer, **whole, mag=mag, impl=impl, bias=bias)


value_rule(
    "VALUES-1",
    "The values at a masked timestep, even NaN, infinity or numbers of any size, affect no"
    " output and no state.",
    source=f"{RNN}, Masking; keras.layers.Masking: the timestep will be skipped",
    applies=governs("hold"),
)

value_rule(
    "VALUES-2",
    "A layer computes its equations at every magnitude of its input: large numbers with "
    "small weights, small numbers with large weights, subnormal numbers, saturated gates, "
    "and zeros of either sign.",
    source="keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU: the equations; IEEE 754",
    applies=lambda c: governs("mag")(c) and c["mag"] not in ("loud", "faint", "fine"),
)

value_rule(
    "VALUES-3",
    "A layer goes on from initial states of any magnitude, and hands them back as they "
    "are where it is masked.",
    source=f"{RNN}, Call arguments: initial_state; IEEE 754",
    applies=lambda c: governs("mag")(c) and c["mag"] in ("loud", "faint"),
)

value_rule(
    "VALUES-155",
    "A layer computes with every digit of its input, weights and states that its dtype holds.",
    source="keras.Layer, dtype: the dtype of the layer's computations and weights",
    applies=lambda c: governs("mag")(c) and c["mag"] == "fine",
)
