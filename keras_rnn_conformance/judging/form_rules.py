"""What rules about forms share: structure, weights, foretold shapes, sizes and first states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    cell_of_piece,
    expected_nesting,
    flat,
    form,
    output_names,
    pieces,
    state_tree,
    weight_shapes,
)
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE, VARIABLE, output_dtype
from keras_rnn_conformance.cases.shapes import state_shapes
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.judging.rules import Failure, Trial


def called(*forms: str) -> Callable[[Case], bool]:
    """A predicate: the case is a `call` of one of the forms."""
    return lambda case: case["do"] == "call" and form(case) in forms


def holds(where: str, got: Any, want: Any, kind: str = "fact") -> Iterator[Failure]:
    """A failure unless what was seen is what was wanted."""
    if got != want:
        yield Failure(kind, where, str(got), str(want), compared=(got, want))  # type: ignore[arg-type]


def structure(trial: Trial) -> Iterator[Failure]:
    """What is returned is nested as documented."""
    nesting = expected_nesting(trial.case)
    yield from holds("what is returned", trial.seen.facts.get("nesting"), nesting, "structure")


def weights(trial: Trial) -> Iterator[Failure]:
    """The trainable weights of all pieces, in order: names, shapes, dtypes."""
    want = weight_facts(trial.case, trial.data)
    yield from holds("trainable weights", trial.seen.facts.get("weights"), want)


def weight_facts(case: Case, data: Data) -> list[list[Any]]:
    """Name, shape and dtype of every trainable weight; what is no layer has none."""
    dtype = VARIABLE[str(case["dtype"])]
    return [
        [name, list(array.shape), dtype]
        for piece, arrays in zip(pieces(case), data.all_weights(), strict=True)
        if cell_of_piece(case, piece) != "class"
        for name, array in zip(
            weight_shapes(case, piece.layer, 1, 1, piece.cell), arrays, strict=True
        )
    ]


def foretold(trial: Trial) -> Iterator[Failure]:
    """The symbolic outputs have the structure, shapes and dtypes of the real ones."""
    nesting = expected_nesting(trial.case)
    yield from holds("nesting of spec", trial.seen.facts.get("spec nesting"), nesting)
    want = symbolic_facts(trial.case, trial.want)
    for name in ("spec", "functional"):
        yield from holds(name, trial.seen.facts.get(name, want), want)


def symbolic_facts(case: Case, want: Expected) -> list[list[Any]]:
    """Shape and dtype of every returned tensor, None where the case leaves a size unknown."""
    dtype = output_dtype(case)
    return [[_open(case, name, want.arrays[name].value.shape), dtype] for name in want.names]


def _open(case: Case, name: str, shape: tuple[int, ...]) -> list[int | None]:
    sizes: list[int | None] = list(shape)
    if case["static"] in ("batch", "none"):
        sizes[0] = None
    sequence = name in output_names(case) and (case["seq"] or form(case) in ("td", "dense"))
    if case["static"] in ("time", "none") and sequence:
        sizes[1] = None
    return sizes


def sizes(trial: Trial) -> Iterator[Failure]:
    """state_size nests as the states do, and output_size is that of the output."""
    want = [_sizes_of(trial, tree) for tree in state_tree(trial.case)]
    bare = want[0] if len(want) == 1 and form(trial.case) != "one" else want
    yield from holds("state_size", trial.seen.facts.get("state_size"), bare)
    yield from holds("output_size", trial.seen.facts.get("output_size"), trial.data.units)


def _sizes_of(trial: Trial, tree: Any) -> Any:
    if isinstance(tree, str):
        names = list(flat(state_tree(trial.case)))
        return state_shapes(trial.case, trial.data)[names.index(tree)][-1]
    return [_sizes_of(trial, item) for item in tree]


def first_states(trial: Trial, value: float = 0.0) -> Iterator[Failure]:
    """get_initial_state(batch_size) gives full states of the compute dtype."""
    names = list(flat(state_tree(trial.case)))
    dtype = COMPUTE[str(trial.case["dtype"])]
    for name, shape in zip(names, state_shapes(trial.case, trial.data), strict=True):
        yield from trial.close(f"initial {name}", np.full(shape, value))
        got = trial.seen.dtypes.get(f"initial {name}", "nothing")
        if got != dtype:
            yield Failure("dtype", f"initial {name}", got, dtype, name=f"initial {name}")


def kept(trial: Trial) -> Iterator[Failure]:
    """A stateful layer keeps its last states, any other none."""
    seen = [name for name in trial.seen.arrays if name.startswith("kept ")]
    if trial.case["stateful"]:
        yield from trial.compare(trial.want.facts["kept"])
    elif seen:
        yield Failure("fact", "layer.states", f"{len(seen)} states", "none")
