"""Dropout: nothing in inference; in training one mask for all timesteps, read from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, product

import numpy as np

from keras_rnn_conformance.cases import composition
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import dropout
from keras_rnn_conformance.cases.composition import call_name
from keras_rnn_conformance.cases.data import Array
from keras_rnn_conformance.cases.scenarios import dropout_masks
from keras_rnn_conformance.expected.scenarios.dropout import (
    alike,
    every_mask,
    kept_range,
    masks_of,
    output_of_call,
    shared,
)
from keras_rnn_conformance.judging.rules import Failure, Measure, Trial, rule

CELLS = "keras.layers.SimpleRNNCell, keras.layers.LSTMCell, keras.layers.GRUCell"
GAL = "Gal and Ghahramani 2016, arXiv 1512.05287"


def cases(profile: str) -> Iterator[Case]:
    """Each rate alone and both, for every layer; the rest of the options once."""
    yield from dropout.chosen(profile)


def training(*variants: str) -> Callable[[Case], bool]:
    """A predicate: the cases of this scenario of the given variants."""
    return lambda c: c["do"] == "train" and c["what"] in variants


@rule(
    "DROP-1",
    "In training, a layer computes its equations with one mask for all timesteps: on the "
    "inputs with dropout, on the hidden state with recurrent_dropout.",
    source=f"{CELLS}, dropout and recurrent_dropout; {GAL}",
    applies=training("masks"),
)
def one_mask(trial: Trial) -> Iterator[Failure]:
    for number in dropout_masks.turns(trial.case):
        want = output_of_call(trial.case, trial.data, trial.seen.arrays, number)
        yield from trial.close(call_name("output", number), want.value, want.bound)


@rule(
    "DROP-2",
    "Every element is dropped or multiplied by 1 / (1 - rate).",
    source="keras.layers.Dropout",
    applies=training("masks"),
)
def scale(trial: Trial) -> Iterator[Failure]:
    bound = dropout_masks.resolution(trial.case, trial.data)
    for masks in every_mask(trial.case, trial.data, trial.seen.arrays):
        if not masks.residue <= bound:
            where = "mask elements, as spelt by the output"
            yield Failure("value", where, f"{masks.residue:.6g} off", "0 or 1 / (1 - rate)")


@rule(
    "DROP-3",
    "Each gate has its own masks; with implementation=2 and no recurrent_dropout, the "
    "gates share one input mask.",
    source=f"keras.layers.LSTMCell, keras.layers.GRUCell; {GAL}",
    applies=lambda c: training("masks")(c) and c.layer != "SimpleRNN",
)
def per_gate(trial: Trial) -> Iterator[Failure]:
    case = trial.case
    for masks in every_mask(case, trial.data, trial.seen.arrays):
        for key, each in (("drop", masks.inputs), ("rdrop", masks.recurrent)):
            for one, other in combinations(range(len(each)), 2):
                same = np.array_equal(each[one], each[other])
                if case[key] and same != shared(case):
                    got = "the same" if same else "different"
                    want = "the same" if shared(case) else "different"
                    yield Failure("value", f"{key} masks of gates {one} and {other}", got, want)


@rule(
    "DROP-4",
    "The fraction of dropped elements is the rate.",
    source=f"{CELLS}, dropout and recurrent_dropout",
    applies=training("masks"),
)
def fraction(trial: Trial) -> Iterator[Failure]:
    for masks in every_mask(trial.case, trial.data, trial.seen.arrays):
        for key, each in (("drop", masks.inputs), ("rdrop", masks.recurrent)):
            for gate, mask in enumerate(each):
                yield from _fraction(f"{key}, gate {gate}", mask, trial.case.number(key) / 100)


def _fraction(where: str, mask: np.ndarray, rate: float) -> Iterator[Failure]:
    kept = int(np.count_nonzero(mask))
    low, high = kept_range(mask.size, rate) if rate else (mask.size, mask.size)
    if not low <= kept <= high:
        got = f"{kept} of {mask.size} kept"
        yield Failure("value", where, got, f"{low} to {high} kept with a rate of {rate}")


@rule(
    "DROP-5",
    "Each sample has its own mask.",
    source="keras.layers.Dropout, noise_shape",
    applies=lambda c: training("masks")(c) and c["n"] != 1,
)
def per_sample(trial: Trial) -> Iterator[Failure]:
    for masks in every_mask(trial.case, trial.data, trial.seen.arrays):
        for key, each in (("drop", masks.inputs), ("rdrop", masks.recurrent)):
            if trial.case[key] and (each == each[:, :1]).all():
                yield Failure("value", f"{key} masks of all samples", "the same", "different")


@rule(
    "DROP-6",
    "In inference, with training=False, training=None or no training argument, dropout "
    "does nothing.",
    source=f"{CELLS}, training",
    applies=training("inert"),
)
def inert(trial: Trial) -> Iterator[Failure]:
    want = trial.want.arrays["output"]
    for name in ("unsaid", "training=False", "training=None"):
        yield from trial.close(name, want.value, want.bound)


@rule(
    "DROP-7",
    "The same seed gives the same masks, call after call. Another seed, no seed, another "
    "layer without a seed or the next call gives other masks.",
    source=f"{CELLS}, seed; keras.random.SeedGenerator",
    applies=training("seed"),
)
def seeded(trial: Trial) -> Iterator[Failure]:
    seen = trial.seen.arrays
    for call in ("call", "next call"):
        yield from trial.close(f"twin, {call}", seen[f"first, {call}"])
    yield from trial.close("as nought, call", seen["nought, call"])
    for other in ("first, next call", "other, call", "unseeded, call"):
        yield from _another(other, "the first", seen[other], seen["first, call"], name=other)
    other = "as unseeded, call"
    yield from _another(other, "unseeded", seen[other], seen["unseeded, call"], name=other)


def _another(what: str, before: str, got: Array, one: Array, name: str = "") -> Iterator[Failure]:
    if np.array_equal(got, one):
        where, compared = f"{what}, against {before}", (got, one, "!=")
        yield Failure("value", where, "the same", "another", name=name, compared=compared)


@rule(
    "DROP-8",
    "A rate of 1 drops everything.",
    source=f"{CELLS}, dropout and recurrent_dropout: a fraction between 0 and 1",
    applies=training("edges"),
)
def all_dropped(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "DROP-9",
    "A rate below 0 counts as 0, and one above 1 as 1.",
    source=f"{CELLS}, dropout and recurrent_dropout: a fraction between 0 and 1",
    applies=training("edges"),
)
def clipped(trial: Trial) -> Iterator[Failure]:
    rates = trial.seen.facts.get("rates")
    if rates != [[0.0, 0.0], [1.0, 1.0]]:
        yield Failure("fact", "rates of -0.5 and 1.5", str(rates), "0 and 1")


@rule(
    "DROP-10",
    "A model passes its training argument on to layers that are not given one, and "
    "predicts in inference.",
    source="keras.Model, training; keras.Layer, training",
    applies=training("predict"),
)
def model_argument(trial: Trial) -> Iterator[Failure]:
    want, seen = trial.want.arrays["output"], trial.seen.arrays
    for name in ("predict", "model, training=False", "layer inside, training=False"):
        yield from trial.close(name, want.value, want.bound)
    for name in ("model, training=True", "layer inside, unsaid"):
        yield from trial.close(name, seen["layer, training=True"], 2 * want.bound)


@rule(
    "DROP-11",
    "fit trains with dropout and evaluate runs without it.",
    source="keras.Model.fit, keras.Model.evaluate",
    applies=training("fit"),
)
def fit_drops(trial: Trial) -> Iterator[Failure]:
    want = trial.want.arrays["output"]
    dropped = trial.seen.arrays["layer, training=True"]
    for name, value in (("fit loss", dropped), ("evaluate loss", want.value)):
        mean = np.square(value).mean()
        error = ((2 * np.abs(value) + want.bound) * 2 * want.bound).mean()
        yield from trial.close(name, mean, error + (value.size + 4) * 2.0**-24 * mean)


HELD = "keras.layers.Dropout; keras.layers.RNN, cell"


@rule(
    "DROP-12",
    "A Dropout layer inside a custom cell drops each element of the output or multiplies "
    "it by 1 / (1 - rate), at its rate, and does nothing in inference.",
    source=HELD,
    applies=training("held"),
)
def held(trial: Trial) -> Iterator[Failure]:
    want, rate = trial.want.arrays["output"], trial.case.number("drop") / 100
    yield from trial.close("inference", want.value, want.bound)
    for name in ("call", "next call"):
        kept = kept_elements(trial, name)
        yield from trial.close(name, kept * want.value / (1 - rate), 2 * want.bound / (1 - rate))
        yield from _fraction(name, kept, rate)


@rule(
    "DROP-13",
    "A Dropout layer inside a custom cell draws a new mask at each timestep and in each call.",
    source=HELD,
    applies=training("held"),
)
def drawn_anew(trial: Trial) -> Iterator[Failure]:
    first, second = (kept_elements(trial, name) for name in ("call", "next call"))
    if np.array_equal(first, second):
        seen = trial.seen.arrays
        yield from _another("next call", "the first", seen["next call"], seen["call"])
    if (first == first[:, :1]).all():
        yield Failure("value", "every timestep, against the first", "the same", "another")


@rule(
    "DROP-14",
    "fit trains a model whose cell holds a Dropout layer.",
    source=f"{HELD}; keras.Model.fit",
    applies=training("heldfit"),
)
def held_fits(trial: Trial) -> Iterator[Failure]:
    want, rate = trial.want.arrays["output"], trial.case.number("drop") / 100
    loss = float(trial.seen.arrays["fit loss"])
    most = float(np.square((np.abs(want.value) + want.bound) / (1 - rate)).mean()) * (1 + 2.0**-16)
    if not 0 < loss <= most:
        yield Failure("value", "fit loss", f"{loss:.6g}", f"above 0, at most {most:.6g}")


@rule(
    "DROP-15",
    "A layer with trainable=False applies dropout in training, as a trainable one does, "
    "and not in inference.",
    source="keras.Layer, trainable; keras.layers.Dropout: trainable does not affect its behaviour",
    applies=training("frozen"),
)
def frozen_drops(trial: Trial) -> Iterator[Failure]:
    want, seen = trial.want.arrays["output"], trial.seen.arrays
    yield from trial.close("frozen, training=False", want.value, want.bound)
    yield from trial.close("frozen", seen["trainable"])
    if np.array_equal(seen["frozen"], seen["frozen, training=False"]):
        where, pair = "frozen, in training", (seen["frozen"], seen["frozen, training=False"], "!=")
        yield Failure("value", where, "as in inference", "another", name="frozen", compared=pair)


@rule(
    "DROP-18",
    "In training, dropout acts on every sample in every call, at every timestep and in each"
    " direction, whatever the other options and however many cells, slices or timesteps stand "
    "before.",
    source=f"{CELLS}, dropout and recurrent_dropout; keras.layers.TimeDistributed, training; "
    "keras.layers.Bidirectional, training",
    applies=training("acts"),
)
def everywhere(trial: Trial) -> Iterator[Failure]:
    case = trial.case
    axes = (-2, -1) if case["drop"] == 0 or case["mask"] != "none" else (-1,)
    parts = 2 if case["as"] == "bi" else 1
    for name in _turns(case):
        for part in range(parts):
            given = {"axes": axes, "part": part, "parts": parts}
            measure = Measure(alike, (name, "inference"), 0, 0, given)
            if not measure.holds(trial.seen):
                where = f"{name}, direction {part + 1}" if case["as"] == "bi" else name
                got = f"{measure.of(trial.seen)} as in inference"
                yield Failure("value", where, got, "all different", compared=(measure,))


def _turns(case: Case) -> list[str]:
    return [f"call {number + 1}" for number in range(case.number("calls"))]


@rule(
    "DROP-71",
    "Dropout changes no dtype: what a call in training gives is of the dtype that inference gives.",
    source="keras.layers.Dropout; keras.Layer, dtype: the dtype of computations",
    applies=training("acts"),
)
def same_dtype(trial: Trial) -> Iterator[Failure]:
    dtypes = trial.seen.dtypes
    for name in _turns(trial.case):
        if dtypes[name] != dtypes["inference"]:
            yield Failure("dtype", name, dtypes[name], dtypes["inference"], name=name)


@rule(
    "DROP-19",
    "Each of many calls, by stateless_call too, draws masks of its own.",
    source="keras.random.SeedGenerator; keras.Layer.stateless_call: RNG seed state",
    applies=lambda c: training("acts")(c) and c.number("calls") > 1,
)
def many_calls(trial: Trial) -> Iterator[Failure]:
    for one, other in combinations(_turns(trial.case), 2):
        pair = (trial.seen.arrays[other], trial.seen.arrays[one], "!=")
        if np.array_equal(*pair[:2]):
            where = f"{other}, against {one}"
            yield Failure("value", where, "the same", "another", name=other, compared=pair)
            return


@rule(
    "DROP-70",
    "Each call in training draws masks of its own, whatever calls with other batches, masks, "
    "states or weights, in inference or of a copy, came between.",
    source=f"{CELLS}, dropout and recurrent_dropout; keras.random.SeedGenerator",
    applies=lambda c: training("masks")(c) and c["then"] != "none",
)
def each_call_draws(trial: Trial) -> Iterator[Failure]:
    case, drawn = trial.case, list[tuple[int, np.ndarray]]()
    for number in dropout_masks.turns(case):
        if dropout_masks.trains(case, number) and not (case["then"] == "copied" and number % 2):
            for part, masks in enumerate(masks_of(case, trial.data, trial.seen.arrays, number)):
                drawn.append((part, np.concatenate([masks.inputs, masks.recurrent], -1)))
    for (part, one), (other_part, other) in combinations(drawn, 2):
        if part == other_part and _same(one, other):
            where = f"masks of two calls, direction {part + 1}"
            yield Failure("value", where, "the same", "others")


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two masks agree on the samples that both have."""
    count = min(one.shape[1], other.shape[1])
    return bool((one[:, :count] == other[:, :count]).all())


@rule(
    "DROP-20",
    "The masks of the input and of the hidden state are drawn each by itself, also where both have "
    "the same shape.",
    source=f"{CELLS}, dropout and recurrent_dropout; {GAL}",
    applies=lambda c: training("masks")(c) and bool(c["drop"] and c["rdrop"]) and c["in"] == c["u"],
)
def drawn_apart(trial: Trial) -> Iterator[Failure]:
    """None of two masks drops all that the other drops, as it would by the same numbers."""
    for masks in every_mask(trial.case, trial.data, trial.seen.arrays):
        for (i, one), (j, other) in product(enumerate(masks.inputs), enumerate(masks.recurrent)):
            if (one[other == 0] == 0).all() or (other[one == 0] == 0).all():
                where = f"input mask of gate {i} and recurrent mask of gate {j}"
                yield Failure("value", where, "one within the other", "independent")


def kept_elements(trial: Trial, name: str) -> np.ndarray:
    """Where an output of a training call is not zero, as numbers."""
    return (trial.seen.arrays[name] != 0).astype(float)


@rule(
    "DROP-16",
    "Every step of a compiled function and every epoch of fit draws masks of its own.",
    source="keras.random.SeedGenerator; keras.Model.train_on_batch",
    applies=training("steps"),
)
def each_step_draws(trial: Trial) -> Iterator[Failure]:
    losses = trial.seen.arrays["losses"]
    if len(set(losses.tolist())) < len(losses):
        yield Failure("value", "losses of steps at rate 0", str(losses.tolist()), "all different")


@rule(
    "DROP-17",
    "A ConvLSTM drops each place of an image by itself.",
    source="keras.layers.Dropout, noise_shape",
    applies=lambda c: training("masks")(c) and c.layer.startswith("Conv"),
)
def per_place(trial: Trial) -> Iterator[Failure]:
    sizes = composition.space(trial.case)
    for masks in every_mask(trial.case, trial.data, trial.seen.arrays):
        for key, each in (("drop", masks.inputs), ("rdrop", masks.recurrent)):
            places = each.reshape(len(each), -1, *sizes, each.shape[-1])
            for axis in range(2, 2 + len(sizes)) if trial.case[key] else ():
                if (places == places.take([0], axis)).all():
                    where = f"{key} masks along spatial axis {axis - 1}"
                    yield Failure("value", where, "the same", "different")
