"""What a case is made of: a layer, a cell alone, cells in a stack, two directions, a wrapper.

Here is what these forms are built from and what they return, as names; their numbers are in `Data`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from keras_rnn_conformance.cases.api.misuses import MISUSES, Misuse
from keras_rnn_conformance.cases.axes import AXES, BY_KEY, CONVOLUTIONAL, RECURRENT
from keras_rnn_conformance.cases.axis_values import DIFFERENT, STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import BY_NAME

Shape = tuple[int, ...]

Tree = Any
"""A name, or a list of trees: nested as the states that it names."""

SHARED = tuple(a.key for a in AXES if a.key == "cell" or (a.gives and a.gives.of == "cell"))
"""The options of a cell, whatever it is built into."""

LAYERED = (*STACKS, "model")
"""Forms in which what one cell or layer gives is the input of the next."""

FORMS = ("cell", "rnn", *LAYERED, "bi", "td", "conv", "user", "dense")
"""Every form but that of a plain layer."""

OWN_ACTIVATION = "relu"
"""The activation of a backward layer of its own."""


def extended(case: Case) -> bool:
    """Whether the scenario gives the layer further arguments; see `scenarios.table.Scenario`."""
    return BY_NAME[str(case["do"])].extended or case["what"] == "random"


def form(case: Case) -> str:
    """How the case is built: its `as` value; `conv`, `user` and `dense` where that is `layer`."""
    wrapped = str(case["as"])
    return kind_of(case) if wrapped == "layer" else wrapped


def kind_of(case: Case) -> str:
    """What is inside every wrapper: `layer`, `conv`, `user` or `dense`."""
    if case.layer in CONVOLUTIONAL:
        return "conv"
    return {"RNN": "user", "TimeDistributed": "dense"}.get(case.layer, "layer")


def recurrent(case: Case) -> bool:
    """Whether the case is one of SimpleRNN, LSTM and GRU, by itself."""
    return form(case) == "layer"


@dataclass(frozen=True)
class Piece:
    """A cell, or a layer of one: what it is, how large, and where its numbers come from.

    Attributes:
        layer: the layer whose cell it is.
        units: its units.
        prefix: what the names of its numbers in `Data` begin with.
        label: what the names of its states begin with.
        cell: of a stack of different cells of the user's own, the value of the axis `cell`.
        relay: whether it is a linear cell that hands its input on, the last feature twice if it is
            one unit wider: it computes nothing, and is there to be between the input or the output
            and the cell that is judged.
    """

    layer: str
    units: int
    prefix: str = ""
    label: str = ""
    cell: str = ""
    relay: bool = False

    def case(self, of: Case, **options: Any) -> Case:
        """The case of this piece alone, with the shared options of the whole."""
        if self.relay:
            options = {"act": "none", **options}
        given = {} if self.relay else of.departures
        shared = {k: of[k] for k in SHARED if k in given and self.layer in BY_KEY[k].layers}
        sizes = {"t": of["t"], "n": of["n"], "in": of["in"], "u": self.units}
        return Case.from_options(self.layer, {**sizes, **shared, **options})


def pieces(case: Case) -> list[Piece]:
    """The cells of a stack from the input on, the two directions, or the one piece of the rest."""
    kind, units, shape = case.layer, case.number("u"), form(case)
    if case["cell"] in DIFFERENT:
        cells = DIFFERENT[str(case["cell"])]
        sizes = [(kind, units + len(cells) - 1 - i) for i in range(len(cells))]
        return [replace(piece, cell=own) for piece, own in zip(_stacked(sizes), cells, strict=True)]
    if shape in ("list", "stack", "model"):
        return _stacked([(kind, units + 1)] * ((case.number("deep") or 2) - 1) + [(kind, units)])
    if shape == "even":
        return _stacked([(kind, units)] * (case.number("deep") or 2))
    if shape == "mix":
        others = [(name, units + 1 + i) for i, name in enumerate(RECURRENT) if name != kind]
        return _stacked([*others[::-1], (kind, units)])
    if shape == "one":
        return _stacked([(kind, units)])
    if shape == "behind":
        before = (case.number("deep") or 2) - 1
        relays = [_relay(case.number("in") + 1, place) for place in range(before)]
        return [*relays, Piece(kind, units, label=f"cell {before} ")]
    if shape == "ahead":
        own = Piece(kind, units, label="cell 0 ")
        return [own, *(_relay(units, place) for place in (1, 2))]
    if shape == "amid":
        own = Piece(kind, units, label="cell 1 ")
        return [_relay(case.number("in") + 1, 0), own, _relay(units, 2)]
    if shape == "bi":
        wider = 1 if case["own"] == 2 else 0
        ahead, back = ("", "backward_") if extended(case) else ("forward ", "backward ")
        return [
            Piece(kind, units, ahead, "forward "),
            Piece(kind, units + wider, back, "backward "),
        ]
    return [Piece(kind, units)]


def judged(case: Case) -> list[Piece]:
    """The pieces that compute something: all but those that hand on what they get."""
    return [piece for piece in pieces(case) if not piece.relay]


def _relay(units: int, place: int) -> Piece:
    return Piece("SimpleRNN", units, f"cell {place} ", f"cell {place} ", relay=True)


def cell_of_piece(case: Case, piece: Piece) -> str:
    """Which cell of the user's own a piece is."""
    return piece.cell or str(case["cell"])


def own_activation(case: Case, piece: Piece) -> bool:
    """Whether the piece is a backward layer with an activation of its own."""
    return case["own"] == 1 and piece.label == "backward "


def _stacked(kinds: list[tuple[str, int]]) -> list[Piece]:
    return [Piece(kind, units, f"cell {i} ", f"cell {i} ") for i, (kind, units) in enumerate(kinds)]


USER_STATES: dict[str, Tree] = {
    "nested": [["slow state", "wide state"], "hidden state"],
    "noinit": ["hidden state", "trace"],
    "pair": ["hidden state", "trace"],
    "sizes": ["hidden state", "wide state"],
    "three": ["hidden state", "state before", "state before that"],
}
"""By cell of the user's own, the names of its states; the others have one hidden state."""


def states_of(layer: str, cell: str = "plain") -> Tree:
    """The names of the states of a cell, nested as they are."""
    if layer == "RNN":
        return USER_STATES.get(cell, ["hidden state"])
    carries = layer == "LSTM" or layer in CONVOLUTIONAL
    return ["hidden state", "carry"] if carries else ["hidden state"]


def state_tree(case: Case) -> list[Tree]:
    """The states after the output, nested as documented: a stack has an item for each cell."""
    if form(case) in ("td", "dense"):
        return []
    own = [
        labelled(piece.label, states_of(piece.layer, cell_of_piece(case, piece)))
        for piece in pieces(case)
    ]
    if form(case) in STACKS:
        return [tree if len(tree) > 1 else tree[0] for tree in own]
    return [name for tree in own for name in tree]


def labelled(label: str, tree: Tree) -> Tree:
    """The tree with a label before each name."""
    return label + tree if isinstance(tree, str) else [labelled(label, item) for item in tree]


def output_names(case: Case) -> list[str]:
    """The outputs of a call: one, or one for each direction that is not merged."""
    if form(case) == "bi" and case["merge"] == "none":
        return ["forward output", "backward output"]
    return ["output"]


def returned(case: Case) -> list[Tree]:
    """The names of everything that a call returns, nested as documented."""
    if form(case) == "cell":
        return ["output", state_tree(case)]
    return [*output_names(case), *(state_tree(case) if case["state"] else [])]


def flat(tree: Tree) -> Iterator[str]:
    """The names of a tree, in order."""
    if isinstance(tree, str):
        yield tree
    else:
        for item in tree:
            yield from flat(item)


def nesting(tree: Tree) -> Any:
    """The tree with every name replaced by `tensor`."""
    return "tensor" if isinstance(tree, str) else [nesting(item) for item in tree]


def expected_nesting(case: Case) -> Any:
    """How what a call returns should be nested: a single item comes bare."""
    names = returned(case)
    if form(case) == "cell" and case["init"] == "tensor":
        return ["tensor", "tensor"]
    return nesting(names[0]) if len(names) == 1 else nesting(names)


SPATIAL: dict[str, Shape] = {"ConvLSTM1D": (6,), "ConvLSTM2D": (5, 4), "ConvLSTM3D": (5, 4, 3)}
"""The sizes of the images."""

SMALL = (2, 3, 2)
"""Those of layers with further arguments, along the first, second and third axis."""


def rank(case: Case) -> int:
    """The number of spatial axes; 0 for a layer that is not convolutional."""
    return len(SPATIAL.get(case.layer, ()))


def space(case: Case) -> Shape:
    """The sizes of the images of a case."""
    return SMALL[: rank(case)] if extended(case) else SPATIAL.get(case.layer, ())


def leading_shape(case: Case, batch: int, timesteps: int) -> Shape:
    """The axes of the input that a mask has too."""
    return (batch, case.number("slices"), timesteps) if case["as"] == "td" else (batch, timesteps)


def step_shape(case: Case, features: int) -> Shape:
    """The shape of the input at one timestep of one sample."""
    spatial = space(case)
    return (features, *spatial) if case["fmt"] == "first" else (*spatial, features)


def kernel_sizes(case: Case) -> Shape:
    """The window of a convolution."""
    return along_axes(case, "kern")


def along_axes(case: Case, key: str) -> Shape:
    """A size along each spatial axis: the same, but one less along each next one if it is 3."""
    size = case.number(key)
    return tuple(3 - i for i in range(rank(case))) if size == 3 else (size,) * rank(case)


def bare(sizes: Shape) -> int | Shape:
    """Sizes as an argument: a single integer where they are all the same."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


GATES = {
    "SimpleRNN": 1,
    "GRU": 3,
    "LSTM": 4,
    **dict.fromkeys(CONVOLUTIONAL, 4),
}


def weight_shapes(
    case: Case, kind: str, fan_in: int, units: int, cell: str = ""
) -> dict[str, Shape]:
    """The shapes of the weights of a cell by name, in Keras's order and layout."""
    if kind == "RNN":
        return user_weight_shapes(cell or str(case["cell"]), fan_in, units)
    if kind == "TimeDistributed":
        shapes: dict[str, Shape] = {"kernel": (fan_in, units), "bias": (units,)}
    else:
        wide = GATES[kind] * units
        window = kernel_sizes(case) if kind in CONVOLUTIONAL else ()
        twice = kind == "GRU" and case["after"]
        shapes = {
            "kernel": (*window, fan_in, wide),
            "recurrent_kernel": (*window, units, wide),
            "bias": (2, wide) if twice else (wide,),
        }
    return shapes if case["bias"] else {k: v for k, v in shapes.items() if k != "bias"}


def user_weight_shapes(cell: str, fan_in: int, units: int) -> dict[str, Shape]:
    """The shapes of the weights of a cell of the user's own."""
    if cell in ("nested", "sizes"):
        return {"kernel": (fan_in, 2 * units + 1), "recurrent_kernel": (units, units)}
    if cell == "outstate":
        return {
            "kernel": (fan_in, units + 1),
            "recurrent_kernel": (units + 1, units + 1),
            "readout": (units + 1, units),
        }
    if cell == "learned":
        return {"kernel": (fan_in, units), "recurrent_kernel": (units, units), "start": (units,)}
    return {"kernel": (fan_in, units), "recurrent_kernel": (units, units)}


def state_names(layer: str) -> list[str]:
    """The states of a layer, in cell order."""
    return (
        ["hidden state", "carry"]
        if layer == "LSTM" or layer.startswith("Conv")
        else ["hidden state"]
    )


def call_name(name: str, number: int) -> str:
    """The name of an array of a later call of the same layer."""
    return f"call {number + 1}: {name}" if number else name


SHARED_CELLS = 4
"""How often one cell stands in the stack of the variant `places`."""

START = 0.5
"""What the initial state of the cell `start` is full of."""


def state_sizes(kind: str, units: int) -> list[int]:
    """The sizes of the states of a cell of the user's own, flat."""
    sizes = {
        "nested": [units, units + 1, units],
        "noinit": [units, units],
        "pair": [units, units],
        "sizes": [units, units + 1],
        "outstate": [units + 1],
        "three": [units] * 3,
    }
    return sizes.get(kind, [units])


def gradient_names(case: Case, states: int) -> list[str]:
    """What gradients are taken of: the input, so many initial states, then every weight."""
    return ["inputs", *(f"initial_state/{i}" for i in range(states)), *weight_names(case)]


def weight_names(case: Case) -> list[str]:
    """The weights of all pieces, in order, each with what its piece is called."""
    return [
        f"{piece.prefix}{name}"
        for piece in pieces(case)
        for name in weight_shapes(case, piece.layer, 1, 1)
    ]


def plain(case: Case) -> Case:
    """The plain call of the layer of a case, whatever else is done with it."""
    return case.but(do="call", what="plain", hold="numbers")


def unset(case: Case) -> Case:
    """The plain call of the layer of a case without what a global setting makes of it."""
    formats = {"fmt": "last", "fmtby": "arg"} if case.layer in CONVOLUTIONAL else {}
    return plain(case).but(dtype="f32", **formats)


def misuse_of(case: Case) -> Misuse:
    """The misuse of a case."""
    return MISUSES[str(case["what"])]


def drawn(case: Case) -> bool:
    """Whether a call draws numbers of its own, of which the oracle knows nothing."""
    return bool(case["train"] and (case["drop"] or case["rdrop"]))
