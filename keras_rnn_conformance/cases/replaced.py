"""Classes that stand in for Keras's own, as `--layer LSTM=mypackage.layers:MyLSTM` names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, RECURRENT
from keras_rnn_conformance.cases.axis_values import STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form, pieces

NAMES = (
    *RECURRENT,
    *(f"{name}Cell" for name in RECURRENT),
    *CONVOLUTIONAL,
    "Bidirectional",
    "TimeDistributed",
)
"""The classes of `keras.layers` that can be replaced."""
_FORM = re.compile(r"(\w+)=([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Replacement:
    """A class by the module that holds it, and the class of `keras.layers` whose place it takes."""

    name: str
    module: str
    attribute: str

    @property
    def source(self) -> str:
        """Where it is found: `mypackage.layers:MyLSTM`."""
        return f"{self.module}:{self.attribute}"

    @property
    def code(self) -> str:
        """The class as an expression, once its module is imported."""
        return f"{self.module}.{self.attribute}"

    def __str__(self) -> str:
        return f"{self.name} = {self.source}"


chosen: dict[str, Replacement] = {}
"""The replacements of this process, by the name of Keras's class; empty when Keras is judged."""


def choose(texts: Iterable[str]) -> None:
    """Set the replacements of this process.

    Raises:
        CommandFault: for a text that names none, or a class that is replaced twice.
    """
    chosen.clear()
    for text in texts:
        one = parsed(text)
        if one.name in chosen:
            raise CommandFault(f"{one.name} is replaced twice; give one class for it")
        chosen[one.name] = one


@contextmanager
def set_aside() -> Iterator[None]:
    """Judge Keras's own classes for a while."""
    kept = dict(chosen)
    chosen.clear()
    try:
        yield
    finally:
        chosen.update(kept)


def parsed(text: str) -> Replacement:
    """Read `NAME=MODULE:CLASS`.

    Raises:
        CommandFault: if the text is not of that form, or names no class that can be replaced.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise CommandFault(
            f"{text[:80]!r} is not NAME=MODULE:CLASS, such as LSTM=mypackage.layers:MyLSTM"
        )
    if match[1] not in NAMES:
        raise CommandFault(f"{match[1]!r} cannot be replaced; choose one of {', '.join(NAMES)}")
    return Replacement(match[1], match[2], match[3])


def classes_by_name() -> dict[str, str]:
    """Where each replacement is found, by the name of Keras's class."""
    return {name: one.source for name, one in chosen.items()}


def options(seed: int = 0) -> str:
    """The options that a command needs to judge the same classes, with the same numbers."""
    layers = "".join(f" --layer {name}={source}" for name, source in classes_by_name().items())
    return f" --data-seed {seed}{layers}" if seed else layers


def classes(case: Case) -> set[str]:
    """The classes of `NAMES` that a case is about."""
    made = form(case)
    of_cells = made in ("cell", "rnn", *STACKS)
    classes = {piece.layer + ("Cell" if of_cells else "") for piece in pieces(case)}
    if made == "bi":
        classes.add("Bidirectional")
    if "td" in (made, case["via"]):
        classes.add("TimeDistributed")
    return classes & {*NAMES}


def judges(case: Case) -> bool:
    """Whether a case says something about what is judged: any does about Keras itself.

    How a constructor spells its arguments is left to a replacement: it may take them through
    `**kwargs`.
    """
    if not chosen:
        return True
    spelling = case["do"] == "ledger" or case["what"] == "signature"
    return not spelling and not chosen.keys().isdisjoint(classes(case))
