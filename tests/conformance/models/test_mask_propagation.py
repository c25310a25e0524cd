"""Which masks come out of a layer, and whether padding changes what a model of layers computes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

RNN = "keras.layers.RNN, Masking; keras.Layer.compute_mask"
SMALL: dict[str, int | str] = {"u": 2, "t": 3, "n": 2, "mask": "right", "do": "masks"}


def cases(profile: str) -> Iterator[Case]:
    """Every form with every return option; models under several masks."""
    yield _of("LSTM", what="carried", seq=1, state=1)
    yield _of("LSTM", what="model", maskby="masking", t=4)
    if profile == "smoke":
        return
    for seq, state in ((0, 0), (0, 1), (1, 0), (1, 1)):
        for what in ("computed", "carried"):
            yield _of("GRU", what=what, seq=seq, state=state)
            yield _of("LSTM", what=what, seq=seq, state=state, **{"as": "bi"})
            yield _of("LSTM", what=what, seq=seq, state=state, **{"as": "list"})
            yield _of("ConvLSTM1D", what=what, seq=seq, state=state)
    yield from _default()
    yield from _unmasked()
    if profile == "thorough":
        yield from _thorough()


def _default() -> Iterator[Case]:
    for what in ("computed", "carried"):
        for layer in ("SimpleRNN", "ConvLSTM1D"):
            yield _of(layer, what=what, seq=1, state=1, back=1)
        yield _of("LSTM", what=what, seq=1, merge="none", **{"as": "bi"})
        yield _of("LSTM", what=what, seq=0, merge="none", **{"as": "bi"})
        yield _of("LSTM", what=what, seq=1, state=1, merge="none", **{"as": "bi"})
        yield _of("GRU", what=what, seq=1, stateful=1, **{"as": "bi"})
        yield _of("GRU", what=what, seq=1, state=1, stateful=1, **{"as": "bi"})
        yield _of("RNN", what=what, seq=1, state=1, cell="noinit")
        yield _of("TimeDistributed", what=what)
        yield _of("LSTM", what=what, seq=1, **{"as": "td"})
        yield _of("LSTM", what=what, seq=1, state=1, stateful=1, unroll=1, zero=1)
    for layer, form_ in (("SimpleRNN", "layer"), ("LSTM", "bi"), ("GRU", "list")):
        yield _of(layer, what="carried", seq=1, state=1, maskby="both", **{"as": form_})
    yield _of("LSTM", what="carried", seq=1, maskby="both", back=1)
    for wrapped in ("layer", "bi"):
        yield _of("LSTM", what="computed", seq=1, init="list", **{"as": wrapped})
    yield _of("ConvLSTM1D", what="computed", seq=1, init="list")
    yield _of("SimpleRNN", what="model", maskby="embedding", t=4, mask="left")
    yield _of("GRU", what="model", maskby="masking", t=4, mask="gap")
    yield _of("SimpleRNN", what="model", maskby="masking", t=4, unroll=1)
    yield _of("SimpleRNN", what="model", maskby="masking", t=4, zero=1)
    yield _of("SimpleRNN", what="model", maskby="masking", t=4, back=1)


def _unmasked() -> Iterator[Case]:
    """Layers that no mask goes into: none may come out."""
    for what in ("computed", "carried"):
        for layer, form_ in (("GRU", "layer"), ("LSTM", "bi"), ("SimpleRNN", "list")):
            for seq in (0, 1):
                yield _of(layer, what=what, seq=seq, state=1, mask="none", **{"as": form_})
        for seq in (0, 1):
            yield _of("ConvLSTM1D", what=what, seq=seq, state=1 - seq, mask="none")
            yield _of("ConvLSTM1D", what=what, seq=seq, state=seq, mask="none")
        yield _of("TimeDistributed", what=what, mask="none")
        yield _of("LSTM", what=what, seq=1, mask="none", **{"as": "td"})


def _thorough() -> Iterator[Case]:
    for layer in RECURRENT:
        for mask in ("right", "left", "gap", "first"):
            for maskby in ("masking", "embedding"):
                yield _of(layer, what="model", maskby=maskby, t=5, n=4, mask=mask)


def _of(layer: str, **options: int | str) -> Case:
    return Case.from_options(layer, {**SMALL, **options})


def _masks(trial: Trial) -> Iterator[Failure]:
    want = trial.want.facts["masks"]
    carrying = [name for name, mask in want.items() if mask is not None]
    got = trial.seen.facts.get("carry")
    if got != carrying:
        yield Failure("structure", "what carries a mask", str(got), str(carrying))
        return
    for name in carrying:
        yield from trial.close(name, want[name].astype(np.float64))


@rule(
    "MASKOUT-1",
    "A returned sequence carries the mask of its timesteps, if there is one, to the next layer; "
    "last outputs and states carry none.",
    source=RNN,
    applies=lambda c: c["what"] == "carried" and not c["back"],
)
def carried(trial: Trial) -> Iterator[Failure]:
    yield from _masks(trial)


@rule(
    "MASKOUT-2",
    "compute_mask returns the mask for a returned sequence, if there is one, and None for last "
    "outputs and states.",
    source=RNN,
    applies=lambda c: c["what"] == "computed" and not c["back"],
)
def computed(trial: Trial) -> Iterator[Failure]:
    yield from _masks(trial)


@rule(
    "MASKOUT-3",
    "With go_backwards, the returned mask is in the order of the returned sequence.",
    source="keras.layers.RNN, go_backwards; keras.Layer.compute_mask",
    applies=lambda c: c["what"] in ("carried", "computed") and bool(c["back"]),
)
def reversed_mask(trial: Trial) -> Iterator[Failure]:
    yield from _masks(trial)


@rule(
    "MASKOUT-6",
    "compute_mask returns as many masks as there are outputs: one, or None, for one "
    "output, and one for each of several.",
    source="keras.Layer.compute_mask: one mask tensor or a list, one for each output",
    applies=lambda c: c["what"] == "computed" and (not c["state"] or c["as"] == "layer"),
)
def as_many_masks(trial: Trial) -> Iterator[Failure]:
    each = ["mask" if mask is not None else None for mask in trial.want.facts["masks"].values()]
    want = each[0] if len(each) == 1 else each
    got = trial.seen.facts.get("answer")
    if got != want:
        yield Failure("structure", "what compute_mask answers", str(got), str(want))


def _a_model(case: Case) -> bool:
    return case["what"] == "model" and form(case) == "layer"


@rule(
    "MASKOUT-4",
    "In a model of layers that support masking, the mask reaches every one of them.",
    source="keras.layers.Masking; keras.layers.Embedding, mask_zero; keras.layers.Bidirectional",
    applies=_a_model,
)
def through_a_model(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(["padded"])


@rule(
    "MASKOUT-5",
    "A padded sample gives what it gives without its padding, from end to end.",
    source="keras.layers.Masking; keras.layers.Embedding, mask_zero",
    applies=_a_model,
)
def padded_equals_short(trial: Trial) -> Iterator[Failure]:
    short = trial.seen.arrays.get("short")
    if short is None:
        yield Failure("structure", "short", "nothing", "an array", name="short")
        return
    yield from trial.close("padded", short, 2.0 * trial.want.arrays["padded"].bound)
