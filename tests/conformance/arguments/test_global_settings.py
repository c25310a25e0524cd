"""Global settings: what they make of layers of which nothing is said, and of none other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from keras_rnn_conformance.cases.axes import RECURRENT, Value
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY, VARIABLE
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

CHANGED = ("earlier", "later")


POLICIES = ("mf16", "mbf16", "f16", "f64", "bf16", "mf16")


def cases(profile: str) -> Iterator[Case]:
    """Every setting on every layer, and on what wraps it."""
    yield _of("LSTM", "policy", dtype="mf16")
    if profile == "smoke":
        return
    for layer, dtype in zip((*RECURRENT, *RECURRENT), POLICIES, strict=True):
        yield _of(layer, "policy", dtype=dtype)
    for layer, form in zip(RECURRENT, ("bi", "stack", "td"), strict=True):
        sizes: dict[str, Value] = {"u": 2, "n": 4, "t": 3, "state": int(form != "td")}
        yield _of(layer, "policy", dtype="mf16", **{**sizes, "as": form})
        yield _of(layer, "floatx", dtype="f16", **{**sizes, "as": form, "seq": 0, "state": 0})
    for layer in RECURRENT:
        yield _of(layer, "floatx", dtype="bf16")
        yield _of(layer, "late", dtype="f16")
        yield _of(layer, "epsilon", mask="gap")
        yield _of(layer, "format", mask="right")
        yield _of(layer, "random", drop=50, rdrop=50, state=0, **{"in": 4, "n": 8})
    yield from _everywhere()
    yield _of("ConvLSTM1D", "policy", dtype="mf16", u=2)
    yield _of("ConvLSTM1D", "format", u=2, fmt="first", fmtby="config")
    yield _of("ConvLSTM3D", "format", u=2, t=1, fmt="first", fmtby="config")


BESIDE: tuple[tuple[str, dict[str, Value]], ...] = (
    ("GRU", {"stateful": 1, "calls": 3, "dtype": "mf16"}),
    ("LSTM", {"stateful": 1, "calls": 2, "reset": "between", "dtype": "bf16", "mask": "gap"}),
    ("SimpleRNN", {"stateful": 1, "calls": 2, "dtype": "f64", "as": "bi", "init": "list"}),
    ("LSTM", {"stateful": 1, "calls": 2, "dtype": "mf16", "as": "stack", "deep": 5}),
    ("ConvLSTM1D", {"stateful": 1, "calls": 2, "dtype": "mf16"}),
    ("LSTM", {"then": "set", "calls": 3, "dtype": "mf16", "impl": 1}),
    ("GRU", {"then": "batch", "calls": 3, "dtype": "mf16", "as": "bi"}),
    ("GRU", {"then": "train", "calls": 3, "dtype": "f64", "drop": 50, "rdrop": 50}),
    ("SimpleRNN", {"then": "copied", "calls": 3, "dtype": "mbf16", "as": "list"}),
    ("LSTM", {"via": "predict", "static": "none", "dtype": "mf16", "stateful": 0}),
    ("GRU", {"via": "functional", "dtype": "f64", "maskby": "masking", "mask": "right"}),
    ("LSTM", {"via": "graph", "dtype": "mf16", "as": "bi", "merge": "none"}),
    ("SimpleRNN", {"do": "grad", "dtype": "f64", "mask": "gap"}),
    ("LSTM", {"do": "keras", "dtype": "mf16", "as": "bi"}),
    ("GRU", {"do": "clone", "dtype": "mf16", "stateful": 1}),
    ("LSTM", {"as": "cell", "t": 1, "seq": 0, "state": 0, "dtype": "mf16"}),
    ("GRU", {"as": "mix", "dtype": "mbf16", "mask": "row"}),
    ("TimeDistributed", {"dtype": "mf16", "seq": 0, "state": 0}),
)
"""What a global policy stands beside."""

CELLS = ("plain", "noinit", "outstate", "nested", "three")

DROPPING: tuple[tuple[str, dict[str, Value]], ...] = (
    ("SimpleRNN", {"as": "cell", "t": 1, "seq": 0, "state": 0}),
    ("LSTM", {"as": "cell", "t": 1, "seq": 0, "state": 0}),
    ("GRU", {"as": "cell", "t": 1, "seq": 0, "state": 0}),
    ("LSTM", {"stateful": 1, "calls": 2}),
    ("GRU", {"as": "bi", "calls": 2}),
    ("SimpleRNN", {"as": "list", "deep": 5, "calls": 2}),
)
"""Layers whose dropout acts under a policy."""


def _everywhere() -> Iterator[Case]:
    """A global policy in the circumstances in which an argument is tried."""
    whole: dict[str, Value] = {"seq": 1, "state": 1, "t": 3, "u": 2, "n": 3, "in": 4}
    config: dict[str, Value] = {"dtypeby": "config"}
    for layer, options in BESIDE:
        yield Case.from_options(layer, {**whole, **config, **options})
    for kind in CELLS:
        options = {"cell": kind, "dtype": "mf16", "stateful": 1, "calls": 2}
        yield Case.from_options("RNN", {**whole, **config, **options})
    rates: dict[str, Value] = {"drop": 50, "rdrop": 50, "n": 8, "u": 3, "in": 4, "state": 0}
    for (layer, form), by in product(DROPPING, ("arg", "config")):
        options = {**whole, **rates, "dtype": "mf16", "do": "train", "what": "acts"}
        yield Case.from_options(layer, {**options, "dtypeby": by, **form})


def _of(layer: str, what: str, **options: Value) -> Case:
    whole: dict[str, Value] = {"seq": 1, "state": 1, "t": 3, "do": "settings", "what": what}
    return Case.from_options(layer, {**whole, **options})


def set_globally(*variants: str) -> Callable[[Case], bool]:
    """A predicate: the cases of this scenario of the given variants."""
    return lambda case: case["do"] == "settings" and case["what"] in variants


def _as_said(trial: Trial) -> Iterator[Failure]:
    """The policy of the layer, its dtypes and its numbers are those of the setting."""
    dtype = str(trial.case["dtype"])
    for where, got, want in (
        ("policy of the layer", trial.seen.facts.get("policy"), POLICY[dtype]),
        ("dtypes of the weights", trial.seen.facts.get("weights"), [VARIABLE[dtype]]),
    ):
        if got != want:
            yield Failure("fact", where, str(got), str(want))
    for name in trial.want.names:
        if trial.seen.dtypes.get(name) != COMPUTE[dtype]:
            got = trial.seen.dtypes.get(name, "nothing")
            yield Failure("dtype", name, got, COMPUTE[dtype], name=name)
    yield from trial.compare(trial.want.names)


rule(
    "SETTING-1",
    "A layer without a dtype argument has the policy of set_dtype_policy: the dtypes of "
    "its weights and outputs, and the precision in which it computes.",
    source="keras.config.set_dtype_policy; keras.Layer, dtype",
    applies=set_globally("policy"),
)(_as_said)

value_rule(
    "SETTING-70",
    "A layer of which no dtype is said computes under set_dtype_policy what it computes with that "
    "policy as its argument: alone, in a stack or a wrapper, stateful, in a history or a model.",
    source="keras.config.set_dtype_policy; keras.Layer, dtype",
    applies=governs("dtypeby"),
)

rule(
    "SETTING-2",
    "If no policy was set, a layer without a dtype argument has the dtype of set_floatx, "
    "whatever layers were made before.",
    source="keras.config.set_floatx: the default float dtype; keras.Layer, dtype",
    applies=set_globally("floatx", "late"),
)(_as_said)

rule(
    "SETTING-3",
    "set_epsilon and set_image_data_format change nothing about a layer, except the "
    "default data_format of a convolutional one.",
    source="keras.config.set_epsilon; keras.config.set_image_data_format",
    applies=set_globally("epsilon", "format"),
)(_as_said)


@rule(
    "SETTING-4",
    "A layer that was made before a global setting changed, or after it was changed back, "
    "computes as if it had never changed.",
    source="keras.config.set_dtype_policy, set_floatx, set_epsilon, set_image_data_format",
    applies=set_globally("policy", "floatx", "late", "epsilon", "format"),
)
def unmoved(trial: Trial) -> Iterator[Failure]:
    others = [name for name in trial.want.arrays if name.split()[0] in CHANGED]
    for name in others:
        if trial.seen.dtypes.get(name) != "float32":
            yield Failure("dtype", name, trial.seen.dtypes.get(name, "nothing"), "float32")
    yield from trial.compare(others)


@rule(
    "SETTING-5",
    "After the same set_random_seed, a layer without a seed has the same initial weights "
    "and dropout; after another, it has not. A layer with its own seed has the same "
    "dropout after any.",
    source="keras.utils.set_random_seed; keras.random.SeedGenerator",
    applies=set_globally("random"),
)
def drawn_alike(trial: Trial) -> Iterator[Failure]:
    seen = trial.seen.arrays
    for name in ("unseeded", "kernel"):
        yield from trial.close(f"again {name}", seen[f"first {name}"])
        if np.array_equal(seen[f"other {name}"], seen[f"first {name}"]):
            yield Failure("value", f"other {name}", "the same", "another", name=f"other {name}")
    for when in ("again", "other"):
        yield from trial.close(f"{when} seeded", seen["first seeded"])
