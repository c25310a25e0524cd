"""What the oracle expects of a `call` whatever the layer is built into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

import reference_impl as ref
from keras_rnn_conformance.cases.axes import CONVOLUTIONAL
from keras_rnn_conformance.cases.axis_values import MARKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    FORMS,
    LAYERED,
    OWN_ACTIVATION,
    Piece,
    along_axes,
    call_name,
    cell_of_piece,
    drawn,
    flat,
    form,
    judged,
    kernel_sizes,
    kind_of,
    output_names,
    own_activation,
    pieces,
    returned,
    state_tree,
)
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.dtypes import COMPUTE, output_dtype
from keras_rnn_conformance.cases.shapes import given_states
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import BY_FORM, GENERATION, Expected
from keras_rnn_conformance.expected.user_cells import UserLayer
from reference_impl import PRECISIONS, Bounded

Dropout = Sequence[tuple[Any, Any]]
"""Pairs of masks as the reference layers take them: of the input, and of the hidden state."""


@dataclass(frozen=True)
class Outcome:
    """What one call computes: its outputs and its last states, both flat."""

    outputs: list[Bounded]
    states: list[Bounded]


def of_form(case: Case, data: Data) -> Expected:
    """What every call of the case returns, and the states that the layer keeps."""
    want = Expected(names=list(flat(returned(case))))
    names = [*output_names(case), *flat(state_tree(case))]
    for number, outcome in enumerate(_calls(case, data.seed, GENERATION.get())):
        random = drawn(data.call(number).case)
        for name, array in zip(names, [*outcome.outputs, *outcome.states], strict=True):
            if name in want.names and not random:
                want.arrays[call_name(name, number)] = _cast(case, array)
    kept = [f"kept {name}" for name in flat(state_tree(case))] if case["stateful"] else []
    want.arrays |= dict(zip(kept, outcome.states, strict=False))
    want.facts["kept"] = kept
    return want


def _cast(case: Case, array: Bounded) -> Bounded:
    """The array in the dtype of the outermost layer, to which it is rounded once more."""
    if case["outer"] == "same":
        return array
    return array.rounded_to(PRECISIONS[output_dtype(case)])


BY_FORM.update(dict.fromkeys(FORMS, of_form))


@lru_cache(maxsize=64)
def _calls(case: Case, seed: int, generation: str) -> list[Outcome]:
    """The oracle's result of every call; a stateful layer goes on where it was."""
    data = Data(case, seed)
    outcomes: list[Outcome] = []
    for number in range(case.number("calls")):
        turn = data.call(number)
        start: Any = initial_states(turn.case, turn)
        if case["stateful"] and number and case["reset"] == "none" and start is None:
            start = outcomes[-1].states
        outcomes.append(run(turn.case, turn, turn.x_of(number), start))
    return outcomes


def run(
    case: Case, data: Data, x: Any, start: Any = None, name: str = "", dropout: Dropout = ()
) -> Outcome:
    """One call from the given states, with the weights of the given name.

    Args:
        dropout: for each piece that is judged its dropout masks; none for inference.
    """
    if case["as"] == "td" or form(case) == "dense":
        return _distributed(case, data, x, data.all_weights(name))
    layer, weights = reference(case, data, name)
    states = as_taken(case, start)
    result = layer(
        relayed(case, x), *weights, mask=data.mask, initial_state=states, **_masks(case, dropout)
    )
    outputs = result.sequence if case["seq"] else result.output
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    states = list(result.states)
    if form(case) in LAYERED:
        states = [state for last in states for state in last]
    return Outcome(outputs, states)


def _masks(case: Case, dropout: Dropout) -> dict[str, Any]:
    """The dropout masks as the reference of the whole takes them."""
    if not dropout:
        return {}
    names = ("dropout_mask", "recurrent_dropout_mask")
    if form(case) == "bi" or form(case) in LAYERED:
        return dict(zip(names, map(list, zip(*dropout, strict=True)), strict=True))
    return dict(zip(names, dropout[0], strict=True))


def called(case: Case, data: Data, dropout: Dropout = ()) -> list[Bounded]:
    """What one call gives as its outputs; of a cell, those of its steps, batch first."""
    stepped = case["as"] == "cell"
    whole = case.but(as_="layer", seq=1, t=case["calls"], calls=1) if stepped else case
    return run(whole, data, data.x, initial_states(case, data), dropout=dropout).outputs


def directions(case: Case, data: Data) -> list[Bounded]:
    """The outputs of both directions of a call before they are merged; the one of the rest."""
    return called(case.but(merge="none") if case["as"] == "bi" else case, data)


def relayed(case: Case, x: Any) -> Any:
    """What of the input reaches the first piece that is judged; what relays compute is exact."""
    return np.concatenate([x, x[..., -1:]], axis=-1) if pieces(case)[0].relay else x


def reference(case: Case, data: Data, name: str = "") -> tuple[Any, list[Any]]:
    """The reference of the whole but for `TimeDistributed`, and the weights as it takes them."""
    layers = [layer_of(case, piece) for piece in judged(case)]
    weights: list[Any] = [own for _, _, own in data.judged(name)]
    if form(case) in LAYERED:
        return ref.StackedRNN(layers, **_sequence(case)), [weights]
    if form(case) == "bi":
        mode = None if case["merge"] == "none" else str(case["merge"])
        ahead, back = layers
        return ref.Bidirectional(ahead, back, mode), weights
    return layers[0], weights


def as_taken(case: Case, states: Sequence[Any] | None) -> Any:
    """Flat states as the reference of the whole takes them: those of a stack cell by cell."""
    if states is None or form(case) not in LAYERED:
        return states
    counts = [layer_of(case, piece).state_count for piece in pieces(case)]
    each = zip(pieces(case), _grouped(list(states), counts), strict=True)
    return [own for piece, own in each if not piece.relay]


def _grouped(items: list[Any], counts: Sequence[int]) -> list[list[Any]]:
    ends = [sum(counts[: i + 1]) for i in range(len(counts))]
    return [items[end - count : end] for end, count in zip(ends, counts, strict=True)]


def _distributed(case: Case, data: Data, x: Any, weights: Any) -> Outcome:
    if case["maskby"] in MARKS and data.mask is not None:
        x = np.where(data.mask[..., None], x, 0.0)
    if kind_of(case) == "dense":
        return Outcome([_dense(case, x, *weights[0])], [])
    layer, results = layer_of(case, pieces(case)[0]), []
    for i in range(x.shape[1]):
        mask = None if data.mask is None else data.mask[:, i]
        result = layer(x[:, i], weights[0], mask=mask)
        results.append(result.sequence if case["seq"] else result.output)
    return Outcome([Bounded.stack(results, 1)], [])


def _dense(case: Case, x: Array, kernel: Array, *bias: Array) -> Bounded:
    """activation(x @ kernel + bias), as one step of a SimpleRNN that has no hidden state."""
    zeros = kernel[:1, :].repeat(kernel.shape[1], 0) * 0.0
    layer = oracle(case, "SimpleRNN")
    steps = x.reshape(-1, 1, x.shape[-1])
    output = layer(steps, [kernel, zeros, *bias]).output
    return output.reshape(*x.shape[:-1], kernel.shape[1])


def layer_of(case: Case, piece: Piece) -> Any:
    """The reference layer of a piece, with the sequence options of the whole."""
    options = _sequence(case)
    if form(case) == "bi":
        ahead = piece.label == "forward "
        options["go_backwards"] = bool(case["back"]) is ahead
    if piece.layer == "RNN":
        return UserLayer(
            piece.units,
            cell_of_piece(case, piece),
            bool(case["train"]),
            precision=COMPUTE[str(case["dtype"])],
            **options,
        )
    of = piece.case(case, **({"act": OWN_ACTIVATION} if own_activation(case, piece) else {}))
    return conv_layer(case, of, options) if piece.layer in CONVOLUTIONAL else oracle(of, **options)


def _sequence(case: Case) -> dict[str, Any]:
    return {
        "return_sequences": bool(case["seq"]),
        "return_state": bool(case["state"]),
        "go_backwards": bool(case["back"]),
        "zero_output_for_mask": bool(case["zero"]),
    }


def conv_layer(case: Case, of: Case, options: dict[str, Any]) -> Any:
    """The reference ConvLSTM of a case; its activations and its size are those of `of`."""
    plain = oracle(of, "LSTM")
    sizes = kernel_sizes(case)
    return ref.ConvLSTM(
        len(sizes),
        of.number("u"),
        sizes,
        strides=along_axes(case, "stride"),
        padding=str(case["pad"]),
        dilation_rate=along_axes(case, "dil"),
        data_format=f"channels_{case['fmt']}",
        activation=plain.phi,
        recurrent_activation=plain.sigma,
        use_bias=bool(case["bias"]),
        precision=plain.precision.name,
        **options,
    )


def initial_states(case: Case, data: Data) -> Any:
    """The initial states that the case hands over, flat; None without any."""
    if case["init"] == "none":
        return None
    if case["init"] == "layer":
        encoder = case.but(mask="none", maskby="arg", zero=0, unroll=0)
        return run(encoder, Data(encoder, data.seed), data.x, name="encoder ").states
    return given_states(case, data)
