"""The option ledger: the arguments of every class in a release, and the cases that give them.

An argument that a release adds, drops, moves or gives another default contradicts the table, and
the case of its class says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.version import Version

from keras_rnn_conformance.base.environment import keras_release
from keras_rnn_conformance.cases.api.table import (
    ARGUMENTS,
    REQUIRED,
    SIGNATURES,
    Signature,
    spelling,
)
from keras_rnn_conformance.cases.case import Case

__all__ = ["REQUIRED"]

Defaults = dict[str, str]
"""Names in order, each with the `repr` of its default, or `REQUIRED`."""

THROUGH_KEYWORDS = {
    name: {argument: ARGUMENTS[argument].given for argument in signature.keywords.split()}
    for name, signature in SIGNATURES.items()
    if signature.keywords
}
"""Arguments that no signature shows, because they travel through `**kwargs`, with a value each."""

CLASSES = {
    **{(name, "layer"): name for name, row in SIGNATURES.items() if row.cell},
    **{(name, "cell"): row.cell for name, row in SIGNATURES.items() if row.cell == f"{name}Cell"},
    ("ConvLSTM2D", "cell"): "ConvLSTMCell",
    ("ConvLSTM2D", "base"): "ConvLSTM",
    ("RNN", "layer"): "RNN",
    ("RNN", "stacked"): "StackedRNNCells",
    ("RNN", "bidirectional"): "Bidirectional",
    ("RNN", "base"): "Layer",
    ("TimeDistributed", "layer"): "TimeDistributed",
}
"""The class of a case of the scenario `ledger`."""


def class_of(case: Case) -> str:
    """The class whose arguments a case of the scenario `ledger` compares."""
    return CLASSES[case.layer, str(case["what"])]


def arguments(name: str, method: str, release: str) -> Defaults:
    """The arguments that the ledger gives a class in a release: of `__init__` or `call`."""
    signature = SIGNATURES[name]
    listed = signature.init if method == "__init__" else signature.call
    return {
        spelling(argument, release): _default(signature, argument)
        for argument in listed.split()
        if has(name, argument, release)
    }


def _default(signature: Signature, argument: str) -> str:
    return signature.defaults.get(argument, ARGUMENTS[argument].default)


def has(name: str, argument: str, release: str) -> bool:
    """Whether a class has an argument of the ledger in a release, by whatever name."""
    row = ARGUMENTS[argument]
    gone = row.until and not row.renamed and Version(release) >= Version(row.until)
    since = SIGNATURES[name].since.get(argument, row.since)
    return not gone and Version(release) >= Version(since)


def excluded(name: str, argument: str) -> str:
    """Why nothing sweeps an argument of a class; empty where something does."""
    return ARGUMENTS[argument].excluded or SIGNATURES[name].excluded.get(argument, "")


def takes(name: str, argument: str) -> bool:
    """Whether the constructor of a class names an argument."""
    return argument in SIGNATURES[name].init.split()


def taken(name: str, arguments: Iterable[str]) -> list[str]:
    """Those of some arguments that a class has in the release that is judged."""
    release = keras_release()
    return [argument for argument in arguments if has(name, argument, release)]


def listed() -> Iterator[tuple[str, str]]:
    """Every class and argument of the ledger, those through `**kwargs` included."""
    for name, row in SIGNATURES.items():
        for argument in f"{row.init} {row.call} {row.keywords}".split():
            yield name, argument


_FORMS = {
    "rnn": ("RNN",),
    "list": ("RNN",),
    "mix": ("RNN",),
    "one": ("RNN",),
    "ahead": ("RNN",),
    "amid": ("RNN",),
    "behind": ("RNN", "StackedRNNCells"),
    "stack": ("RNN", "StackedRNNCells"),
    "bi": ("Bidirectional",),
    "td": ("TimeDistributed",),
}


def classes_of(case: Case) -> set[str]:
    """The classes whose arguments a case gives: the layer or its cell, and what wraps it."""
    if case["do"] == "ledger":
        return {class_of(case)}
    form = str(case["as"])
    around = set(_FORMS.get(form, ()))
    if case.layer.startswith("Conv"):
        return around | {case.layer, "ConvLSTM", "ConvLSTMCell"}
    if case.layer in ("RNN", "TimeDistributed"):
        return around | {case.layer}
    own = {"layer": {case.layer}, "bi": {case.layer}, "td": {case.layer}}
    return around | own.get(form, set()) | {f"{case.layer}Cell"}
