"""What a case makes, as plain data: classes, their arguments, and what they are put around.

The subject makes it, the exchange writes it down, an observer reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from keras_rnn_conformance.cases.arguments import cell_arguments, sequence_arguments
from keras_rnn_conformance.cases.axes import CONVOLUTIONAL
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    OWN_ACTIVATION,
    Piece,
    along_axes,
    bare,
    cell_of_piece,
    extended,
    form,
    kernel_sizes,
    kind_of,
    own_activation,
    pieces,
)
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import POLICY

INNER = "inner"
"""The name of a wrapped layer, where a user would not leave it to Keras."""

FIRST = {
    "RNN": "cell",
    "StackedRNNCells": "cells",
    "Bidirectional": "layer",
    "TimeDistributed": "layer",
    "Sequential": "layers",
    **dict.fromkeys(CONVOLUTIONAL, "filters"),
}
"""By class, the name of its first argument; that of the others is `units`."""

SPOKEN = ("as", "merge", "own", "deep", "outer", "slices", "kern", "stride", "dil", "pad", "fmt")
"""Axes that what a case is made of speaks for, beside those of single arguments."""

LAYERS = ("spare", "whole")
"""Layers of the user's own that stand in the place of RNN, by value of the axis `cell`."""

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A layer or a cell, not made yet.

    Attributes:
        kind: its class: one of Keras, or the value of the axis `cell` for one of the user's own.
        first: its first argument: a size, a part, or a list of parts.
        arguments: the others by name; a value may be a part.
        own: whether the class is the user's own.
    """

    kind: str
    first: Any
    arguments: Arguments = field(default_factory=dict)
    own: bool = False

    def named(self) -> Arguments:
        """All of its arguments by name."""
        return {FIRST.get(self.kind, "units"): self.first, **self.arguments}

    def within(self) -> Iterator[Part]:
        """The part, and every part in it."""
        yield self
        for value in self.named().values():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Part):
                    yield from item.within()


@dataclass(frozen=True)
class Given:
    """Constructor arguments beside those of the case.

    Attributes:
        inner: of the layer or cell that has the weights; of each where there are several.
        outer: of what wraps it, or of the same layer where nothing does.
        cell: what is made of each cell before it is put into RNN.
    """

    inner: Arguments = field(default_factory=dict)
    outer: Arguments = field(default_factory=dict)
    cell: Callable[[Part], Part] = lambda cell: cell


def construction(case: Case, data: Data, given: Given | None = None) -> Part:
    """What the layer of a case is made of."""
    shape, given = form(case), given or Given()
    return _FORMS.get(shape, _run)(case, data, given)


def policy(case: Case) -> Arguments:
    """The dtype argument, unless it is the default."""
    said = "dtype" in case.departures and case["dtypeby"] == "arg"
    return {"dtype": POLICY[str(case["dtype"])]} if said else {}


def outer_policy(case: Case) -> Arguments:
    """The dtype argument of what wraps, unless it is the default."""
    return policy(case) if case["outer"] == "same" else {"dtype": POLICY[str(case["outer"])]}


def sized(kind: str, size: int, options: Arguments) -> Part:
    """A layer or cell of a size, or of a wrong one among the options."""
    rest = dict(options)
    return Part(kind, rest.pop(FIRST.get(kind, "units"), size), rest)


def cell_of(case: Case, piece: Piece, given: Given) -> Part:
    """A cell; one that hands on what it gets has no arguments of the case."""
    if piece.layer == "RNN":
        return Part(cell_of_piece(case, piece), piece.units, policy(case), own=True)
    options, kind = cell_arguments(piece.case(case)), f"{piece.layer}Cell"
    if piece.relay:
        return Part(kind, piece.units, options)
    return given.cell(sized(kind, piece.units, {**options, **given.inner}))


def cells_of(case: Case, data: Data, given: Given) -> list[Part]:
    """The cells of the case; one that is no layer has its weights from the start."""
    each = zip(pieces(case), data.all_weights(), strict=True)
    return [
        Part("class", own, own=True)
        if cell_of_piece(case, piece) == "class"
        else cell_of(case, piece, given)
        for piece, own in each
    ]


def layer_of(case: Case, piece: Piece, given: Given, **options: Any) -> Part:
    """The layer of a piece, with the sequence options of the whole."""
    plain = {**sequence_arguments(case), **options}
    if case["cell"] in LAYERS:
        return Part(str(case["cell"]), piece.units, {**policy(case), **plain}, own=True)
    if kind_of(case) == "user":
        return Part("RNN", cell_of(case, piece, given), {**policy(case), **plain})
    own = cell_arguments(piece.case(case))
    if kind_of(case) == "conv":
        own |= conv_arguments(case)
    given_too = {**own, **sequence_arguments(case), **given.inner, **options}
    return sized(piece.layer, piece.units, given_too)


def conv_arguments(case: Case) -> Arguments:
    """The arguments of a convolution; beside the kernel only what departs from the defaults."""
    options: Arguments = {"kernel_size": bare(kernel_sizes(case))}
    if case["stride"] != 1:
        options["strides"] = bare(along_axes(case, "stride"))
    if case["dil"] != 1:
        options["dilation_rate"] = bare(along_axes(case, "dil"))
    if case["pad"] != "valid":
        options["padding"] = case["pad"]
    if case["fmt"] != "last" and case["fmtby"] == "arg":
        options["data_format"] = "channels_first"
    return options


def _layer(case: Case, data: Data, given: Given) -> Part:
    options = {**cell_arguments(case), **sequence_arguments(case), **given.inner, **given.outer}
    return sized(case.layer, case.number("u"), options)


def _cell(case: Case, data: Data, given: Given) -> Part:
    return cell_of(case, pieces(case)[0], Given({**given.inner, **given.outer}))


def _run(case: Case, data: Data, given: Given) -> Part:
    """RNN, over one cell, a list of cells, or a stack of cells that was made before."""
    cells: Any = cells_of(case, data, given)
    if form(case) in ("rnn", "user"):
        (cells,) = cells
    if form(case) in ("stack", "behind", "even"):
        cells = Part("StackedRNNCells", cells, outer_policy(case))
    own = {**sequence_arguments(case), **outer_policy(case), **given.outer}
    return Part("RNN", cells, own)


def _conv(case: Case, data: Data, given: Given) -> Part:
    return layer_of(case, pieces(case)[0], given, **given.outer)


def _bidirectional(case: Case, data: Data, given: Given) -> Part:
    ahead, back = pieces(case)
    options: Arguments = {}
    if case["merge"] != "concat":
        options["merge_mode"] = None if case["merge"] == "none" else case["merge"]
    if case["own"]:
        options["backward_layer"] = _own_backward_layer(case, back, given)
    inner = layer_of(case, ahead, given, **_name(case))
    return Part("Bidirectional", inner, {**options, **outer_policy(case), **given.outer})


def _own_backward_layer(case: Case, piece: Piece, given: Given) -> Part:
    """A backward layer of its own; it goes the other way than the forward layer."""
    own = {"activation": OWN_ACTIVATION} if own_activation(case, piece) else {}
    against = {**own, **given.inner, "name": "own", "go_backwards": not case["back"]}
    return layer_of(case, piece, Given(against))


def _model(case: Case, data: Data, given: Given) -> Part:
    *before, last = pieces(case)
    layers = [layer_of(case, piece, given, return_sequences=True) for piece in before]
    return Part("Sequential", [*layers, layer_of(case, last, given)], dict(given.outer))


def _distributed(case: Case, data: Data, given: Given) -> Part:
    if case.layer == "TimeDistributed":
        inner = Part("TimeDistributed", _dense_layer(case), policy(case))
    else:
        inner = layer_of(case, pieces(case)[0], given, **_name(case))
    return Part("TimeDistributed", inner, {**policy(case), **given.outer})


def _dense(case: Case, data: Data, given: Given) -> Part:
    return Part("TimeDistributed", _dense_layer(case), {**policy(case), **given.outer})


def _dense_layer(case: Case) -> Part:
    """The layer that is applied to every timestep."""
    name = str(case["act"])
    options: Arguments = {"name": INNER, "activation": None if name == "none" else name}
    if not case["bias"]:
        options["use_bias"] = False
    return Part("Dense", case.number("u"), {**options, **policy(case)})


def _name(case: Case) -> Arguments:
    return {} if extended(case) else {"name": INNER}


_FORMS: dict[str, Callable[[Case, Data, Given], Part]] = {
    "layer": _layer,
    "cell": _cell,
    "conv": _conv,
    "bi": _bidirectional,
    "model": _model,
    "td": _distributed,
    "dense": _dense,
}
"""By form, what it is made of; all others are RNN over cells."""
