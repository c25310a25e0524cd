"""What a mask does to outputs and states, whatever its pattern and however it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import governs, value_rule

RNN = "keras.layers.RNN"
PATTERNS = ("ones", "right", "left", "gap", "alt", "first", "row", "all")


def cases(profile: str) -> Iterator[Case]:
    """Every pattern on every layer; looped and unrolled, in both directions, zeroed or not."""
    layers = ("LSTM",) if profile == "smoke" else RECURRENT
    for layer, pattern in product(layers, PATTERNS):
        yield Case.of(layer, seq=1, state=1, n=4, mask=pattern)
    if profile == "smoke":
        return
    for layer, by in product(RECURRENT, ("masking", "embedding")):
        yield Case.of(layer, seq=1, state=1, n=4, mask="gap", maskby=by)
        yield Case.of(layer, seq=0, state=1, n=4, mask="right", maskby=by, init="list")
    small: dict[str, int | str] = {"u": 2, "t": 4, "n": 3}
    for seq, patterns in ((1, PATTERNS), (0, ("right", "left", "row"))):
        for pattern, back, unroll, zero in product(patterns, (0, 1), (0, 1), (0, 1)):
            walk = {"back": back, "unroll": unroll, "zero": zero}
            yield Case.of("SimpleRNN", **small, **walk, seq=seq, state=seq, mask=pattern)
    for layer, pattern, unroll in product(("LSTM", "GRU"), ("first", "row", "all"), (0, 1)):
        yield Case.of(layer, seq=1, state=1, t=3, n=4, mask=pattern, init="list", unroll=unroll)
    for layer, pattern in product(("LSTM", "GRU"), ("row", "all")):
        yield Case.of(layer, seq=0, state=1, t=3, n=4, mask=pattern, init="list")
    for pattern, unroll in product(("right", "left", "row"), (0, 1)):
        walk = {"seq": 1, "state": 1, "back": 1, "unroll": unroll}
        yield Case.of("SimpleRNN", **small, **walk, mask=pattern, init="list")
    yield from _ragged()
    yield from _made_of()
    if profile == "thorough":
        yield from _thorough()


def _ragged() -> Iterator[Case]:
    """A full sample among padded ones: what holds for one sample must not hold for all."""
    for layer, back, unroll in product(RECURRENT, (0, 1), (0, 1)):
        yield Case.of(layer, seq=1, state=1, t=3, n=4, mask="ragged", back=back, unroll=unroll)
    for layer in RECURRENT:
        yield Case.of(layer, seq=1, state=1, t=8, n=7, mask="ragged")
    yield Case.of("LSTM", seq=1, state=1, t=3, n=4, mask="ragged", maskby="masking")
    yield Case.of("LSTM", seq=1, state=1, t=3, n=4, mask="ragged", as_="bi")
    yield Case.of("ConvLSTM1D", seq=1, state=1, t=3, n=4, mask="ragged")


def _made_of() -> Iterator[Case]:
    for layer, made_of in product(RECURRENT, ("ints", "floats")):
        yield Case.of(layer, seq=1, state=1, t=3, n=4, mask="gap", maskas=made_of)
    for layer in ("LSTM", "GRU"):
        yield Case.of(layer, seq=1, state=1, t=3, n=4, mask="left", maskas="list")
    for layer in RECURRENT:
        yield Case.of(layer, seq=1, state=1, t=3, n=4, mask="gap", maskby="marked", in_=4)
    yield Case.of("LSTM", t=3, n=4, mask="row", maskby="marked", in_=4, via="predict")
    for layer, many in zip(RECURRENT, (2, 5, 17), strict=True):
        near: dict[str, Any] = {"mask": "right", "maskby": "near", "in_": many}
        yield Case.of(layer, seq=1, state=1, t=5, n=4, **near)
        yield Case.of(layer, t=5, n=4, **near, via="predict")
    for layer, pattern in product((*RECURRENT, "ConvLSTM1D"), ("gap", "ones")):
        yield Case.of(layer, seq=1, state=1, t=3, n=4, mask=pattern, maskby="both")
    yield Case.of("GRU", seq=1, state=1, t=3, n=4, mask="left", maskby="both", init="list")
    yield Case.of("LSTM", seq=1, t=3, n=4, mask="right", maskby="both", as_="bi")
    yield Case.of("GRU", seq=1, t=3, n=4, mask="right", maskby="both", as_="list")
    yield from _cast()


def _cast() -> Iterator[Case]:
    """A mask on an input of another dtype, which a layer casts: alone, in a form, in a model."""
    cast: dict[str, Any] = {"seq": 1, "t": 3, "n": 4, "mask": "gap", "maskby": "masking"}
    for layer, x in zip((*RECURRENT, *RECURRENT), ("f16", "f64") * 3, strict=True):
        yield Case.of(layer, **cast, state=1, x=x, dtype="mf16" if x == "f64" else "f32")
    for layer, form in zip(RECURRENT, ("bi", "list", "rnn"), strict=True):
        yield Case.of(layer, **cast, u=2, x="f16", as_=form)
    for layer, via in zip(RECURRENT, ("functional", "predict", "subclass"), strict=True):
        yield Case.of(layer, **cast, x="f16", via=via)


def _thorough() -> Iterator[Case]:
    axes = product(("LSTM", "GRU"), PATTERNS, (0, 1), (0, 1), (0, 1), (0, 1))
    for layer, pattern, seq, back, unroll, zero in axes:
        yield Case.of(
            layer, seq=seq, state=1, t=4, n=3, mask=pattern, back=back, unroll=unroll, zero=zero
        )


value_rule(
    "MASK-1",
    "A masked timestep leaves the states unchanged, and its output repeats the output of "
    "the previous timestep, or is zero if there is none.",
    source=f"{RNN}, mask and zero_output_for_mask",
    applies=governs("mask"),
)

value_rule(
    "MASK-2",
    "A mask from Masking, for zeros or for its mask_value, or from "
    "Embedding(mask_zero=True) has the same effect as the mask argument.",
    source=f"{RNN}, Masking; keras.layers.Masking; keras.layers.Embedding",
    applies=lambda c: governs("maskby")(c) and c["maskby"] not in ("both", "near"),
)

value_rule(
    "MASK-3",
    "With zero_output_for_mask and return_sequences, the outputs of masked timesteps are zeros.",
    source=f"{RNN}, zero_output_for_mask",
    applies=lambda c: governs("zero")(c) and bool(c["seq"]),
)

value_rule(
    "MASK-4",
    "Without return_sequences, zero_output_for_mask has no effect: the last output stays.",
    source=f"{RNN}, zero_output_for_mask",
    applies=lambda c: governs("zero")(c) and not c["seq"],
)

value_rule(
    "MASK-5",
    "A mask of zeros and ones of another dtype, or in a list, has the same effect as the "
    "boolean mask.",
    source="keras.layers.LSTM and keras.layers.GRU, mask: binary tensor",
    applies=governs("maskas"),
)

value_rule(
    "MASK-6",
    "A mask given as an argument takes precedence over the mask that the input carries.",
    source="keras.Layer: the mask of the inputs is the default of the argument mask",
    applies=lambda c: governs("maskby")(c) and c["maskby"] == "both",
)

value_rule(
    "MASK-7",
    "Masking masks the timesteps whose features all equal its mask_value, and no other: "
    "neither where all are next to it, nor where all but one equal it, nor where the differences "
    "add up to zero.",
    source="keras.layers.Masking: if all values in the input tensor at that timestep are equal",
    applies=lambda c: governs("maskby")(c) and c["maskby"] == "near",
)
