"""The conventions that are tried: how others order, lay out and combine what Keras has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from keras_rnn_conformance.identify.question import GATES, Array, Question
from reference_impl import Result

Change = Callable[[Question], "Question | None"]
NAMES = {"i": "input", "f": "forget", "o": "output", "z": "update", "r": "reset"}
WHOSE = {
    ("LSTM", "icfo"): "TensorFlow 1's LSTMCell",
    ("LSTM", "iofc"): "ONNX",
    ("LSTM", "ifoc"): "CoreML",
    ("LSTM", "fico"): "OpenVINO",
    ("GRU", "rzh"): "cuDNN and torch",
}
"""By layer and order of gates, who has it."""


@dataclass(frozen=True)
class Convention:
    """A way to compute that differs from Keras's.

    Attributes:
        sentence: what differs.
        family: two of one family exclude each other.
        change: the question whose answer in Keras's convention is the other one's; None where
            there is no difference.
        finish: what becomes of the sequence of outputs, the last output and the states.
    """

    sentence: str
    family: str
    change: Change = lambda question: question
    finish: Callable[[Result, Question], Result] = lambda result, question: result


def conventions(question: Question) -> Iterator[Convention]:
    """Everything that can differ for the layer of a question."""
    layer = question.layer
    yield from _orders(layer)
    yield from _biases(question)
    yield from _kernels()
    yield from _activations(question)
    if layer == "LSTM":
        yield from _lstm()
    if layer == "GRU":
        yield from _gru(question)
    yield from _time(question)
    yield from _states(question)
    yield from _masks(question)


def blocks(layer: str, weight: Array, change: Callable[[list[Array]], list[Array]]) -> Array:
    """A weight whose blocks of gates, in Keras's order, are changed."""
    parts = np.split(weight, len(GATES[layer]), -1)
    return np.concatenate(change(parts), -1)


def _changed(question: Question, which: tuple[int, ...], change: Callable[[Array], Array]) -> Any:
    if not set(which) & set(range(len(question.weights))):
        return None
    return question.but(
        weights=tuple(change(w) if k in which else w for k, w in enumerate(question.weights))
    )


def _orders(layer: str) -> Iterator[Convention]:
    gates = GATES[layer]
    for which, what in (
        ((0, 1, 2), ""),
        ((0,), " of the kernel alone"),
        ((1,), " of the recurrent kernel alone"),
        ((2,), " of the bias alone"),
    ):
        for order in list(permutations(range(len(gates))))[1:]:
            word = "".join(gates[k] for k in order)
            whose = WHOSE.get((layer, word), "") if not what else ""
            sentence = f"gates in the order {', '.join(word)}{what}, not {', '.join(gates)}"
            yield Convention(
                f"{sentence}, as in {whose}" if whose else sentence,
                f"order{which if what else ''}",
                _reordered(layer, order, which),
            )


def _reordered(layer: str, order: tuple[int, ...], which: tuple[int, ...]) -> Change:
    def read(weight: Array) -> Array:
        # block k of the weight holds gate order[k], and Keras wants gate k there
        return blocks(
            layer, weight, lambda parts: [parts[order.index(k)] for k in range(len(parts))]
        )

    return lambda question: _changed(question, which, read)


def _biases(question: Question) -> Iterator[Convention]:
    if len(question.weights) < 3:
        return
    yield Convention("the bias left out", "bias", lambda q: _changed(q, (2,), np.zeros_like))
    yield Convention(
        "the bias added twice", "bias", lambda q: _changed(q, (2,), lambda bias: 2 * bias)
    )


def _turned(square: bool, layer: str) -> Callable[[Array], Array]:
    if square:
        return lambda kernel: blocks(layer, kernel, lambda parts: [part.T for part in parts])
    return lambda kernel: np.reshape(kernel, kernel.shape[::-1]).T


def _kernels() -> Iterator[Convention]:
    for which, name in ((1, "recurrent kernel"), (0, "kernel")):
        layout = f"{name} layout"
        turned = _transposed(which, square=True)
        yield Convention(f"the {name} transposed, gate by gate", layout, turned)
        turned = _transposed(which, square=False)
        yield Convention(f"the {name} read in rows where it is stored in columns", layout, turned)
        yield Convention(f"the {name} left out", layout, _without(which))


def _without(which: int) -> Change:
    return lambda question: _changed(question, (which,), np.zeros_like)


def _transposed(which: int, *, square: bool) -> Change:
    def change(question: Question) -> Question | None:
        if square and question.weights[which].shape[0] != question.units:
            return None
        changed: Question | None = _changed(question, (which,), _turned(square, question.layer))
        return changed

    return change


def _activations(question: Question) -> Iterator[Convention]:
    roles = (
        ["activation"] if question.layer == "SimpleRNN" else ["recurrent_activation", "activation"]
    )
    for role in roles:
        for name in ("sigmoid", "tanh", "relu", "linear"):
            yield Convention(f"{role} {name}", role, _optioned(**{role: name}))
        for slope, generation in (
            ("1/6, as in Keras 3", "keras3"),
            ("1/5, as in Keras 2", "tfkeras2"),
        ):
            yield Convention(
                f"{role} hard_sigmoid with slope {slope} and in ONNX"
                if "1/5" in slope
                else f"{role} hard_sigmoid with slope {slope} and torch",
                role,
                _hard(role, generation),
            )


def _optioned(**options: Any) -> Change:
    return lambda question: question.with_options(**options)


def _hard(role: str, generation: str) -> Change:
    def change(question: Question) -> Question | None:
        other = "recurrent_activation" if role == "activation" else "activation"
        if question.options.get(other) == "hard_sigmoid" and generation != question.generation:
            return None  # both would change
        return question.with_options(**{role: "hard_sigmoid"}).but(generation=generation)

    return change


def _shifted(layer: str, gate: str, by: float) -> Change:
    number = GATES[layer].index(gate)

    def shift(parts: list[Array]) -> list[Array]:
        return [part + by if k == number else part for k, part in enumerate(parts)]

    return lambda question: _changed(question, (2,), lambda bias: blocks(layer, bias, shift))


def _lstm() -> Iterator[Convention]:
    yield Convention(
        "1 added to the bias of the forget gate, as in TensorFlow 1's LSTMCell",
        "forget bias",
        _shifted("LSTM", "f", 1.0),
    )
    yield Convention(
        "1 taken from the bias of the forget gate", "forget bias", _shifted("LSTM", "f", -1.0)
    )
    yield Convention("the carry for the output", "output", finish=_carry_out)


def _carry_out(result: Result, question: Question) -> Result:
    """The last carry in the place of the last output; of other timesteps it is not known."""
    hidden, carry = result.states
    return Result(result.sequence, carry, (hidden, carry), result.returned)


def _gru(question: Question) -> Iterator[Convention]:
    rows = len(question.weights) == 3 and question.weights[2].ndim == 2
    if question.options.get("reset_after"):
        if rows:
            yield Convention(
                "one bias: the sum of both rows, added to the input's part outside of the reset "
                "gate, as in CoreML",
                "rows",
                _rows(lambda b: np.stack([b.sum(0), 0 * b[0]])),
            )
            yield Convention("the first row of the bias alone", "rows", _rows(_only(0)))
            yield Convention("the second row of the bias alone", "rows", _rows(_only(1)))
            yield Convention("the rows of the bias exchanged", "rows", _rows(lambda b: b[::-1]))
            yield Convention(
                "the first row of the bias for both",
                "rows",
                _rows(lambda b: np.stack([b[0], b[0]])),
            )
        if len(question.weights) < 3:
            yield Convention("the reset gate applied before the product", "reset", _before(None))
        else:
            for word, made in _SINGLE.items():
                yield Convention(
                    f"the reset gate applied before the product, and for its one bias {word}",
                    "reset",
                    _before(made),
                )
    else:
        yield Convention(
            "the reset gate applied after the product, as in cuDNN and torch, with the bias on the "
            "input's side",
            "reset",
            _after(lambda b: np.stack([b, 0 * b])),
        )
        yield Convention(
            "the reset gate applied after the product, with the bias on the state's side",
            "reset",
            _after(lambda b: np.stack([0 * b, b])),
        )
    yield Convention(
        "the update gate the other way round: (1 - z) of the state and z of the candidate",
        "update",
        _update_reversed,
    )


_SINGLE: dict[str, Callable[[Array], Array]] = {
    "the sum of the rows": lambda bias: bias.sum(0),
    "the first row": lambda bias: bias[0],
    "the second row": lambda bias: bias[1],
}


def _only(row: int) -> Callable[[Array], Array]:
    return lambda bias: np.stack([part if k == row else 0 * part for k, part in enumerate(bias)])


def _rows(change: Callable[[Array], Array]) -> Change:
    return lambda q: _changed(q, (2,), change) if _two_rows(q) else None


def _two_rows(question: Question) -> bool:
    return len(question.weights) == 3 and question.weights[2].ndim == 2


def _before(change: Callable[[Array], Array] | None) -> Change:
    def changed(question: Question) -> Question | None:
        before = question.with_options(reset_after=False)
        if change is None:
            return before
        changed: Question | None = _changed(before, (2,), change) if _two_rows(before) else None
        return changed

    return changed


def _after(change: Callable[[Array], Array]) -> Change:
    def changed(question: Question) -> Question | None:
        after = question.with_options(reset_after=True)
        if len(after.weights) < 3:
            return after
        changed: Question | None = None if _two_rows(after) else _changed(after, (2,), change)
        return changed

    return changed


def _update_reversed(question: Question) -> Question | None:
    """The gate of the negated sum is 1 minus the gate, for sigmoids of any kind."""
    if question.options.get("recurrent_activation", "sigmoid") not in ("sigmoid", "hard_sigmoid"):
        return None

    def negate(parts: list[Array]) -> list[Array]:
        return [-parts[0], *parts[1:]]

    changed: Question | None = _changed(question, (0, 1, 2), lambda w: blocks("GRU", w, negate))
    return changed


def _time(question: Question) -> Iterator[Convention]:
    back = bool(question.options.get("go_backwards"))
    yield Convention(
        "read forwards although go_backwards is set" if back else "read from the end",
        "direction",
        _optioned(go_backwards=not back),
    )
    whose = ", as in ONNX and torch" if back else ""
    yield Convention(
        f"the outputs in reversed order of time{whose}", "order of time", finish=_reversed
    )
    yield Convention(
        "the output of the first timestep for the last", "order of time", finish=_first
    )
    batch, steps, _ = question.x.shape
    if batch == steps and batch > 1:
        yield Convention(
            "batch and time exchanged in the input",
            "axes",
            lambda q: q.but(x=q.x.transpose(1, 0, 2)),
        )


def _reversed(result: Result, question: Question) -> Result:
    return Result(result.sequence[:, ::-1], result.sequence[:, 0], result.states, result.returned)


def _first(result: Result, question: Question) -> Result:
    return Result(result.sequence, result.sequence[:, 0], result.states, result.returned)


def _states(question: Question) -> Iterator[Convention]:
    if question.start is None:
        return
    yield Convention("the initial states ignored", "start", lambda q: q.but(start=None))
    if question.layer == "LSTM":
        yield Convention(
            "hidden state and carry exchanged in the initial states",
            "start",
            lambda q: q.but(start=tuple(reversed(q.start or ()))),
        )


def _masks(question: Question) -> Iterator[Convention]:
    if question.mask is None:
        return
    yield Convention("the mask ignored", "mask", lambda q: q.but(mask=None))
    yield Convention("the mask the other way round", "mask", lambda q: q.but(mask=~_mask(q)))
    yield Convention("the mask read from its end", "mask", lambda q: q.but(mask=_mask(q)[:, ::-1]))
    zero = bool(question.options.get("zero_output_for_mask"))
    yield Convention(
        "the output before it repeated for a masked timestep"
        if zero
        else "zeros for a masked timestep, as with zero_output_for_mask=True",
        "masked output",
        _optioned(zero_output_for_mask=not zero),
    )
    yield Convention("inputs of masked timesteps set to zero, and computed", "mask", _zeroed)


def _mask(question: Question) -> Any:
    assert question.mask is not None
    return question.mask


def _zeroed(question: Question) -> Question:
    return question.but(x=question.x * _mask(question)[:, :, None], mask=None)
