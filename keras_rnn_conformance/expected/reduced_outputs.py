"""What the compositions that come down to one plain layer return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reference_impl as ref
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import OWN_ACTIVATION
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.reduction import (
    _widened,
    by_pixel,
    directions,
    feed,
    plain_weights,
    rank,
    start,
)
from keras_rnn_conformance.expected.oracle import activation, oracle
from reference_impl import Bounded


def output(case: Case, data: Data, masks: Sequence[Any] = ()) -> Bounded:
    """What the composition returns as its output.

    Args:
        masks: for each direction the pair of dropout masks (input, recurrent); none for inference.

    Returns:
        Of the shape that Keras returns, but with the pixels of a ConvLSTM in the batch.
    """
    results = outputs(case, data, masks)
    return results[0] if len(results) == 1 else Bounded.concatenate(results, -1)


def outputs(case: Case, data: Data, masks: Sequence[Any] = ()) -> list[Bounded]:
    """What `output` joins: the output of each direction, in the order of time."""
    if case["as"] == "td":
        return [_distributed(case, data)]
    states: Sequence[Any] = start(case, data) or [None] * len(directions(case))
    return [
        _direction(case, data, name, masks[k] if masks else (None, None), states[k])
        for k, name in enumerate(directions(case))
    ]


def _direction(case: Case, data: Data, name: str, masks: Any, states: Any) -> Bounded:
    x = _widened(case, by_pixel(case, feed(case, data), 2))
    backwards = bool(case["back"]) or name == "backward_"
    own = case["own"] == 1 and name == "backward_"
    layer = _oracle(case.but(act=OWN_ACTIVATION) if own else case, backwards)
    result = layer(
        x, plain_weights(case, data, name), mask=data.mask, initial_state=states,
        dropout_mask=masks[0], recurrent_dropout_mask=masks[1],
    )  # fmt: skip
    wanted = result.sequence if case["seq"] or case["as"] == "cell" else result.output
    return wanted[:, ::-1] if name == "backward_" and case["seq"] else wanted


def _oracle(case: Case, backwards: bool) -> Any:
    zero = bool(case["zero"]) or (case["as"] == "bi" and bool(case["seq"]))
    if not rank(case):
        return oracle(case, go_backwards=backwards, zero_output_for_mask=zero)
    return ref.LSTM(
        case.number("u"), activation=activation(str(case["act"])), go_backwards=backwards,
        recurrent_activation=activation(str(case["ract"])), return_sequences=bool(case["seq"]),
        precision="float32",
    )  # fmt: skip


def _distributed(case: Case, data: Data) -> Bounded:
    slices = [oracle(case)(x, data.weights()) for x in data.x.swapaxes(0, 1)]
    wanted = [result.sequence if case["seq"] else result.output for result in slices]
    return wanted[0].stack(wanted, 1)
