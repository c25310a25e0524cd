"""The option ledger: the arguments that the installed Keras has are those that the suite sweeps."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.api.signatures import CLASSES, arguments, class_of, has
from keras_rnn_conformance.cases.axis_values import ACTIVATIONS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import At, Failure, Trial, rule

SOURCE = "inspect.signature of the class"
UNFIT = {"glu", "threshold"}
"""Activations that no layer can have by name: one halves its input, one has further arguments."""


def cases(profile: str) -> Iterator[Case]:
    """One case a class."""
    for layer, what in CLASSES:
        yield Case.of(layer, do="ledger", what=what)


def of_ledger(case: Case) -> bool:
    """The cases of this scenario."""
    return case["do"] == "ledger"


@rule(
    "LEDGER-1",
    "The class has the arguments that the ledger lists, in this order.",
    source=SOURCE,
    applies=of_ledger,
)
def arguments_listed(trial: Trial) -> Iterator[Failure]:
    for method in ("__init__", "call"):
        got, want = trial.seen.facts[f"names of {method}"], list(_listed(trial, method))
        compared = (At(trial.seen.facts, f"names of {method}"), want)
        where = f"{class_of(trial.case)}.{method}"
        for name in (n for n in got if n not in want and not n.startswith("_")):
            entry = "an entry in keras_rnn_conformance/cases/api/table.py"
            yield Failure("fact", where, f"a new argument {name}", entry, compared=compared)
        for name in (n for n in want if n not in got):
            listed = "what the ledger lists"
            yield Failure("fact", where, f"no argument {name}", listed, compared=compared)
        if sorted(got) == sorted(want) and got != want:
            yield Failure("fact", f"{where}, order", str(got), str(want), compared=compared)


@rule(
    "LEDGER-2",
    "Every argument has the default value that it had in earlier releases.",
    source=SOURCE,
    applies=of_ledger,
)
def defaults_listed(trial: Trial) -> Iterator[Failure]:
    for method in ("__init__", "call"):
        want = _listed(trial, method)
        for pair in trial.seen.facts[method]:
            name, default = pair
            if default != want.get(name, default):
                where = f"{class_of(trial.case)}.{method}, default of {name}"
                compared = (At(pair, 1), want[name])
                yield Failure("fact", where, default, want[name], compared=compared)


@rule(
    "LEDGER-3",
    "Documented arguments that are passed through **kwargs are accepted.",
    source="keras.layers.RNN, keras.Layer",
    applies=of_ledger,
)
def keywords_taken(trial: Trial) -> Iterator[Failure]:
    subject = class_of(trial.case)
    for name, message in trial.seen.facts["refused"].items():
        if has(subject, name, trial.seen.facts["keras"]):
            pair = (At(trial.seen.facts["refused"], name), "")
            yield Failure("fact", f"{subject}({name}=...)", message, "no error", compared=pair)


@rule(
    "LEDGER-4",
    "The suite tries every activation that Keras offers by name.",
    source="keras.activations",
    applies=lambda c: of_ledger(c) and class_of(c) == "Layer",
)
def activations_swept(trial: Trial) -> Iterator[Failure]:
    swept = {*ACTIVATIONS, *UNFIT}
    every = trial.seen.facts["activations"]
    for name in every:
        if name not in swept:
            pair, want = (every, name, "not in"), "a value of the axis act"
            yield Failure("fact", "keras.activations", name, want, compared=pair)


def _listed(trial: Trial, method: str) -> dict[str, str]:
    return arguments(class_of(trial.case), method, trial.seen.facts["keras"])
