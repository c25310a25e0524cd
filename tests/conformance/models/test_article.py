"""The article: its five listings on `return_sequences` and `return_state`, and what they printed.

A variant is a listing as it stands (`listing`), with the recurrent activation of its time
(`printed`), with Keras 3's own `hard_sigmoid` (`named`), or of its time and without the forget
bias (`zerobias`); the number is the listing's. Listing 5, the decoder's loop, has sizes and
weights of its own, for the article gives none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.cases.scenarios.article import listing, variant
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SITE = "dlology.com, How to use return_state or return_sequences in Keras"
NUMBERS = {1: (1, 0), 2: (0, 0), 3: (0, 1), 4: (1, 1)}
"""By listing: return_sequences and return_state."""


def cases(profile: str) -> Iterator[Case]:
    """Every listing with every layer; in the smoke profile with the article's own."""
    article.load()
    layers = ("LSTM",) if profile == "smoke" else RECURRENT
    for number in NUMBERS:
        for layer in layers:
            yield _case(layer, f"listing{number}")
    for number in (4,) if profile == "smoke" else NUMBERS:
        yield _case("LSTM", f"printed{number}")
    for what in () if profile == "smoke" else ("named4", "zerobias4"):
        yield _case("LSTM", what)
    if profile != "smoke":
        yield _case("GRU", "printed4")
    for layer in layers:
        yield Case.of(layer, seq=1, state=1, u=4, t=5, in_=4, do="article", what="listing5")


def _case(layer: str, what: str) -> Case:
    seq, state = NUMBERS[int(what[-1])]
    return Case.of(layer, seq=seq, state=state, u=1, t=3, n=1, in_=2, do="article", what=what)


def printing(case: Case) -> bool:
    """The cases of listings 1 to 4."""
    return case["do"] == "article" and case["what"] != "listing5"


def decoding(case: Case) -> bool:
    """The cases of listing 5."""
    return case["do"] == "article" and case["what"] == "listing5"


@rule(
    "ARTICLE-1",
    "Constant initializers set the weights to their constant, except that the forget "
    "gate's bias of an LSTM is 1 unless unit_forget_bias is False, whatever "
    "bias_initializer is.",
    source="keras.layers.LSTM, unit_forget_bias",
    applies=printing,
)
def built_weights(trial: Trial) -> Iterator[Failure]:
    names = ("kernel", "recurrent_kernel", "bias")
    for name, want in zip(names, trial.want.facts["weights"], strict=True):
        yield from trial.close(f"weights/{name}", want)


@rule(
    "ARTICLE-2",
    "The output has shape (samples, time steps, units) with return_sequences, and "
    "(samples, units) without; return_state adds two states of shape (samples, units) for "
    "LSTM, and one for GRU and SimpleRNN.",
    source=SITE,
    applies=lambda case: case["do"] == "article",
)
def counts_and_shapes(trial: Trial) -> Iterator[Failure]:
    facts, case = article.load(), trial.case
    names = facts.returned[case.layer] if case["state"] else ("output",)
    wanted = (f"list[{len(names)}]", f"tuple[{len(names)}]") if case["state"] else ("tensor",)
    if trial.seen.structure not in wanted:
        yield Failure("structure", "what is returned", trial.seen.structure, wanted[0])
    sizes = {"samples": trial.data.batch, "time steps": trial.data.timesteps}
    sizes["units"] = trial.data.units
    for name in names:
        kind = f"output {'with' if case['seq'] else 'without'} return_sequences"
        stated = facts.shapes[kind if name == "output" else "state"]
        yield from _shape_and_dtype(trial, name, tuple(sizes[size] for size in stated))


def _shape_and_dtype(trial: Trial, name: str, shape: tuple[int, ...]) -> Iterator[Failure]:
    array = trial.seen.arrays.get(name)
    got = "nothing" if array is None else str(array.shape)
    if got != str(shape):
        yield Failure("shape", name, got, str(shape), name=name)
    if trial.seen.dtypes.get(name, "float32") != "float32":
        yield Failure("dtype", name, trial.seen.dtypes[name], "float32", name=name)


@rule(
    "ARTICLE-3",
    "The last hidden state equals the last output; the cell state of an LSTM differs from it.",
    source=SITE,
    applies=lambda case: printing(case) and bool(case["state"]),
)
def state_and_output(trial: Trial) -> Iterator[Failure]:
    output = trial.seen.arrays.get("output")
    if output is not None and output.ndim == 3:
        output = output[:, -1]
    if output is not None:
        yield from trial.close("hidden state", output)
    carry = trial.seen.arrays.get("carry")
    if carry is not None and output is not None and np.array_equal(carry, output):
        yield Failure("value", "carry", f"{carry}", "another number than the output", name="carry")


@rule(
    "ARTICLE-4",
    "A listing gives the numbers that were recorded for it on other releases.",
    source="fixtures/article/recorded.json",
    applies=printing,
)
def recorded_numbers(trial: Trial) -> Iterator[Failure]:
    for record in trial.want.facts["records"]:
        wanted = record.arrays(bool(trial.case["seq"]))
        for name in trial.want.names:
            for failure in _agree(trial, name, wanted[name]):
                yield replace(failure, where=f"{failure.where}, against {record.release}")


@rule(
    "ARTICLE-5",
    "With the hard sigmoid of the article's time, clip(0.2 z + 0.5, 0, 1), a listing "
    "gives every decimal that the article prints.",
    source=SITE,
    applies=lambda c: printing(c) and c.layer == "LSTM" and variant(c) == "printed",
)
def printed_decimals(trial: Trial) -> Iterator[Failure]:
    for printed in listing(trial.case).printed:
        yield from _agree(trial, printed.name, printed.decimals)


def _agree(trial: Trial, name: str, decimals: article.Decimals) -> Iterator[Failure]:
    """Hold an array to numbers that another float32 computation gave and that were then rounded.

    Either computation may be off by the oracle's bound.
    """
    bound = 2 * trial.want.arrays[name].bound + decimals.half_unit
    yield from trial.close(name, decimals.value, bound)


@rule(
    "ARTICLE-6",
    "A decoder's loop, which feeds each output back as the next input and each state as "
    "the next initial_state, computes what the equations say.",
    source=f"{SITE}, listing 5",
    applies=decoding,
)
def fed_back(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.names)


@rule(
    "ARTICLE-7",
    "A layer that is called one time step at a time, with the states passed on, gives what"
    " one call on the whole sequence gives.",
    source="keras.layers.RNN, initial_state",
    applies=decoding,
)
def teacher_forced(trial: Trial) -> Iterator[Failure]:
    for name in ("output", *state_names(trial.case.layer)):
        whole = trial.seen.arrays.get(f"whole {name}")
        if whole is None:
            yield Failure("structure", f"whole {name}", "nothing", "an array")
        else:
            bound = 2 * trial.want.arrays[f"forced {name}"].bound
            yield from trial.close(f"forced {name}", whole, bound)
