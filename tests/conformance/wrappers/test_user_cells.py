"""`RNN` over a cell of the user's own, as its documentation allows one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from keras_rnn_conformance.cases.axis_values import DIFFERENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import START, cell_of_piece, pieces
from keras_rnn_conformance.cases.data import weights_prefix
from keras_rnn_conformance.judging import form_rules as forms
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

RNN = "keras.layers.RNN"
SMALL = {"u": 2, "t": 3, "n": 4}
CELLS = (
    "plain",
    "nested",
    "outstate",
    "noinit",
    "training",
    "start",
    "tuple",
    "bare",
    "class",
    "sizes",
    "pair",
    "three",
    "learned",
)


def cases(profile: str) -> Iterator[Case]:
    """Every kind of cell, looped and unrolled, with and without a mask."""
    if profile == "smoke":
        yield Case.of("RNN", **SMALL, seq=1, state=1)
        yield Case.of("RNN", **SMALL, seq=1, state=1, cell="nested")
        return
    for cell in CELLS:
        yield Case.of("RNN", **SMALL, seq=1, state=1, cell=cell)
        yield Case.of("RNN", **SMALL, seq=1, state=1, cell=cell, mask="gap", unroll=1, back=1)
    for cell in ("plain", "nested", "outstate", "noinit", "bare", "tuple", "sizes", "pair"):
        yield Case.of("RNN", **SMALL, seq=1, state=1, cell=cell, mask="alt")
    for cell in ("plain", "nested", "outstate", "sizes", "pair"):
        yield Case.of("RNN", **SMALL, seq=1, state=1, cell=cell, mask="row", zero=1)
        yield Case.of("RNN", **SMALL, state=1, cell=cell, init="list")
        yield Case.of("RNN", **SMALL, state=1, cell=cell, stateful=1, calls=2)
        yield Case.of("RNN", **SMALL, cell=cell, stateful=1, calls=2, reset="between")
    yield from _default()
    if profile == "thorough":
        yield from _thorough()


def _default() -> Iterator[Case]:
    for cell in ("plain", "training"):
        yield Case.of("RNN", **SMALL, seq=1, cell=cell, train=1)
    yield Case.of("RNN", **SMALL, cell="three", stateful=1, calls=2, reset="between")
    for then in ("assign", "set", "step"):
        for via in ("call", "functional", "predict", "graph"):
            yield Case.of("RNN", **SMALL, cell="learned", calls=3, then=then, via=via)
    yield Case.of("RNN", **SMALL, seq=1, state=1, cell="start", stateful=1, calls=2)
    yield Case.of("RNN", **SMALL, seq=1, state=1, cell="outstate", static="none")
    yield Case.of("RNN", **SMALL, seq=1, state=1, cell="nested", dtype="mf16")
    yield Case.of("RNN", **SMALL, seq=1, state=1, cell="noinit", dtype="f16")
    yield Case.of("RNN", **SMALL, seq=1, state=1, as_="list", cell="noinit", dtype="mf16")
    for cell in ("plain", "noinit", "outstate", "bare", "class", "sizes", "pair"):
        yield Case.of("RNN", **SMALL, seq=1, state=1, as_="list", cell=cell)
    yield Case.of("RNN", **SMALL, seq=1, as_="list", cell="plain", mask="gap")
    for cell in DIFFERENT:
        yield Case.of("RNN", **SMALL, seq=1, state=1, as_="list", cell=cell)
        yield Case.of("RNN", **SMALL, seq=1, state=1, as_="list", cell=cell, train=1, mask="gap")
    for cell in ("plain", "noinit"):
        yield Case.of("RNN", **SMALL, seq=1, state=1, as_="stack", cell=cell, dtype="mf16")
    for cell in ("plain", "training"):
        yield Case.of("RNN", **SMALL, seq=1, as_="list", cell=cell, train=1)
    yield Case.of("RNN", u=2, t=3, n=1, seq=1, state=1, as_="list", cell="bare")
    for form in ("bi", "td"):
        yield Case.of("RNN", **SMALL, seq=1, as_=form, cell="training", train=1)
    yield Case.of("RNN", **SMALL, seq=1, state=1, as_="bi")
    yield Case.of("RNN", **SMALL, seq=1, state=1, as_="bi", cell="outstate", mask="right")
    for cell in ("whole", "spare"):
        yield Case.of("RNN", **SMALL, seq=1, as_="bi", cell=cell)
    yield Case.of("RNN", **SMALL, state=1, as_="bi", cell="whole", init="list")
    yield Case.of("RNN", **SMALL, seq=1, state=1, as_="bi", cell="three", init="list")
    yield Case.of("RNN", **SMALL, as_="bi", cell="three", stateful=1, calls=2)
    yield Case.of("RNN", **SMALL, seq=1, as_="td", cell="whole")


def _thorough() -> Iterator[Case]:
    for cell in ("start", "learned"):
        yield Case.of("RNN", **SMALL, cell=cell, mask="row")
    for calls, then in product((2, 3), ("assign", "step")):
        yield Case.of("RNN", **SMALL, seq=1, cell="learned", calls=calls, mask="left", then=then)
    for cell in CELLS:
        for unroll, back, mask in (
            (u, b, m) for u in (0, 1) for b in (0, 1) for m in ("right", "left", "row")
        ):
            yield Case.of(
                "RNN", **SMALL, seq=1, state=1, cell=cell, unroll=unroll, back=back, mask=mask
            )


a_user_cell = forms.called("user")

value_rule(
    "USERCELL-1",
    "RNN calls the cell once for each timestep, with the states that the previous step returned.",
    source=f"{RNN}, cell",
    applies=lambda c: c.layer == "RNN" and governs("", "n", "in", "train")(c),
)

value_rule(
    "USERCELL-2",
    "A cell may have several states, nested states, an output that is not its state, and "
    "no get_initial_state or one that is not zeros. It may take training, and may be any "
    "class with call and state_size.",
    source=f"{RNN}, cell",
    applies=governs("cell"),
)

value_rule(
    "USERCELL-3",
    "Custom cells can be stacked.",
    source=f"{RNN}, cell and examples",
    applies=lambda c: governs("as")(c) and c.layer == "RNN" and c["as"] in ("list", "stack"),
)


@rule(
    "USERCELL-4",
    "RNN over a custom cell returns the output, then its states, nested as in state_size.",
    source=f"{RNN}, Output shape",
    applies=a_user_cell,
)
def nested_states(trial: Trial) -> Iterator[Failure]:
    yield from forms.structure(trial)


@rule(
    "USERCELL-5",
    "The symbolic output of RNN over a custom cell has the structure, shapes and dtypes of"
    " the computed one; without output_size, the output has the size of the first state.",
    source=f"{RNN}, cell; keras.Layer.compute_output_spec",
    applies=a_user_cell,
)
def foretold(trial: Trial) -> Iterator[Failure]:
    yield from forms.foretold(trial)


@rule(
    "USERCELL-6",
    "The initial states come from the cell's get_initial_state, or are zeros if it has none.",
    source=f"{RNN}, cell",
    applies=a_user_cell,
)
def first_states(trial: Trial) -> Iterator[Failure]:
    first: Any = START if trial.case["cell"] == "start" else 0.0
    if trial.case["cell"] == "learned":
        # looked at behind the last call, which is an other one where their number is even
        other = trial.case.number("calls") % 2 == 0
        first = trial.data.weights(weights_prefix(trial.case) if other else "")[2]
    yield from forms.first_states(trial, first)


@rule(
    "USERCELL-7",
    "The weights of RNN are those of its cell.",
    source=f"{RNN}, examples",
    applies=a_user_cell,
)
def weights(trial: Trial) -> Iterator[Failure]:
    yield from forms.weights(trial)


@rule(
    "USERCELL-8",
    "A cell is built for the shape of one timestep of its input: the batch, then the "
    "features or the outputs of the cell below it.",
    source=f"{RNN}, cell; keras.Layer.build, input_shape",
    applies=lambda c: (
        c.layer == "RNN" and forms.called("user", "list", "stack")(c) and c["cell"] != "class"
    ),
)
def built_for_a_step(trial: Trial) -> Iterator[Failure]:
    case, batch = trial.case, trial.data.batch
    got = trial.seen.facts.get("built for")
    below = [trial.data.features, *(piece.units for piece in pieces(case))]
    layers = [cell_of_piece(case, piece) != "class" for piece in pieces(case)]
    want = [[batch, size] if built else None for built, size in zip(layers, below, strict=False)]
    # a batch that is left open is right too
    known = [[batch, *shape[1:]] if shape and shape[0] is None else shape for shape in got or []]
    yield from forms.holds("the shapes that the cells are built for", known, want)
