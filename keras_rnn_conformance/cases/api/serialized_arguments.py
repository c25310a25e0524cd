"""The constructor arguments that a saved layer must keep, by class: plain data, without Keras."""

from __future__ import annotations

from typing import Protocol

from keras_rnn_conformance.cases.api.table import ARGUMENTS as ARGUMENTS_OF
from keras_rnn_conformance.cases.api.table import SIGNATURES

KEPT = {
    name: tuple(
        argument
        for argument in dict.fromkeys(f"{row.init} {row.keywords}".split())
        if argument not in (*row.lost.split(), "**kwargs")
    )
    for name, row in SIGNATURES.items()
    if row.saved
}
"""By class: the arguments, those of `**kwargs` that its documentation names included."""

NOT_KEPT = {"Bidirectional": {"weights": "undocumented; Keras 3 stores it and never reads it"}}
"""By class: arguments that the signature shows and no rule asks to keep, with the reason."""

OF_CELL = {
    name: [
        *(argument for argument in SIGNATURES[row.cell].init.split() if argument in KEPT[name]),
        *(a for a in row.keywords.split() if a in row.to_cell.split() or a == "implementation"),
    ]
    for name, row in SIGNATURES.items()
    if row.cell
}
"""By layer: the arguments that it hands on to its cell."""

HANDED_ON = {
    name: tuple(argument for argument in KEPT[name] if ARGUMENTS_OF[argument].both)
    for name in OF_CELL
}
"""By layer: the arguments that both directions of a Bidirectional take from its configuration."""

MISSING = "nothing"
"""What stands for an argument that a configuration does not have."""

ANOTHER, BESIDE = ", given another value", ", given beside the others"
"""How a failure says that an argument alone, with its first value, survives."""


def beside(kind: str, name: str) -> list[str]:
    """An argument of a class and all others that may be given with it."""
    excluded = ARGUMENTS_OF[name].alone or "dilation_rate"
    return [key for key in KEPT[kind] if key != excluded]


ARGUMENTS = tuple(dict.fromkeys(name for names in KEPT.values() for name in names))

_WRAPPERS = {
    "rnn": "RNN",
    "stack": "StackedRNNCells",
    "bi": "Bidirectional",
    "td": "TimeDistributed",
}


class Options(Protocol):
    """What is asked of a case."""

    @property
    def layer(self) -> str: ...

    def __getitem__(self, key: str) -> int | str: ...


def class_of(case: Options) -> str:
    """The name of the class that a case saves; empty where none stands for itself."""
    way = str(case["as"])
    if way in ("layer", "cell"):
        return case.layer + ("Cell" if way == "cell" else "")
    return _WRAPPERS.get(way, "")
