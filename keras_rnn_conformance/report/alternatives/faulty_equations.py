"""Wrong equations that a diagnosis tries: gates, weights, biases, activations, one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from keras_rnn_conformance.report.alternatives.fault_model import Scene, Step

GATES = {"SimpleRNN": "h", "LSTM": "ifco", "GRU": "zrh"}
NAMES = {"i": "input", "f": "forget", "o": "output", "z": "update", "r": "reset"}


@dataclass(frozen=True)
class Alternative:
    """A wrong layer.

    Attributes:
        sentence: ends the sentence "The result equals that of the documented equations with ...".
        family: alternatives of one family exclude each other.
        change: the wrong scene from the right one; None where they would not differ.
    """

    sentence: str
    family: str
    change: Callable[[Scene], Scene | None]


def alternatives(scene: Scene) -> Iterator[Alternative]:
    """Every wrong equation that the layer of the scene can have."""
    layer = scene.case.layer
    yield from _orders(GATES[layer])
    yield from _weights(layer, bool(scene.case["bias"]))
    yield from _activations(scene)
    if layer == "LSTM":
        yield from _lstm()
    if layer == "GRU":
        yield from _gru(scene)


def _orders(gates: str) -> Iterator[Alternative]:
    for which, name in (
        ((0, 1, 2), "its"),
        ((0,), "the kernel's"),
        ((1,), "the recurrent kernel's"),
        ((2,), "the bias's"),
    ):
        for order in list(permutations(range(len(gates))))[1:]:
            word = ", ".join(gates[i] for i in order)
            yield Alternative(
                f"{name} gates in the order {word} where Keras documents {', '.join(gates)}",
                "order",
                _reordered(order, which),
            )


def _reordered(order: tuple[int, ...], which: tuple[int, ...]) -> Callable[[Scene], Scene]:
    def change(scene: Scene) -> Scene:
        weights = [
            np.concatenate([np.split(w, len(order), -1)[i] for i in order], -1) if k in which else w
            for k, w in enumerate(scene.weights)
        ]
        return scene.but(weights=tuple(weights))

    return change


def weight(index: int, change: Callable[[Any], Any]) -> Callable[[Scene], Scene | None]:
    """A scene with one of its weights changed, by position."""

    def changed(scene: Scene) -> Scene | None:
        if index >= len(scene.weights):
            return None
        weights = list(scene.weights)
        weights[index] = change(weights[index])
        return scene.but(weights=tuple(weights))

    return changed


def block(gates: int, gate: int, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A change of one gate's block of a weight."""

    def changed(array: Any) -> Any:
        parts = np.split(array, gates, -1)
        parts[gate] = change(parts[gate])
        return np.concatenate(parts, -1)

    return changed


def _turned(kernel: Any) -> Any:
    gates = kernel.shape[1] // kernel.shape[0]
    return np.concatenate([part.T for part in np.split(kernel, gates, -1)], -1)


def _last_column_silent(kernel: Any) -> Any:
    return np.concatenate([kernel[:, :-1], 0 * kernel[:, -1:]], 1)


def _first_feature_last(scene: Scene) -> Scene | None:
    if scene.xs[0].shape[2] < 2:
        return None
    return scene.but(xs=tuple(np.concatenate([x[..., :-1], x[..., :1]], -1) for x in scene.xs))


def _weights(layer: str, bias: bool) -> Iterator[Alternative]:
    yield Alternative("the recurrent kernel transposed", "recurrent", weight(1, _turned))
    yield Alternative("the recurrent kernel left out", "recurrent", weight(1, np.zeros_like))
    yield Alternative(
        "the first row of the recurrent kernel for every row",
        "recurrent",
        weight(1, lambda u: np.broadcast_to(u[:1], u.shape)),
    )
    yield Alternative("the kernel left out", "kernel", weight(0, np.zeros_like))
    yield Alternative(
        "no input to the last column of the kernel", "kernel", weight(0, _last_column_silent)
    )
    yield Alternative("the first feature in the place of the last", "kernel", _first_feature_last)
    if not bias:
        yield Alternative(
            "1 added to the input", "kernel", lambda s: s.but(xs=tuple(x + 1 for x in s.xs))
        )
        return
    yield Alternative("the bias left out", "bias", weight(2, np.zeros_like))
    yield Alternative("the bias added twice", "bias", weight(2, lambda b: 2 * b))
    for number, gate in enumerate(GATES[layer]):
        name, count = NAMES.get(gate), len(GATES[layer])
        if name is None:
            continue
        for what, shift in (("always open", 100.0), ("always closed", -100.0)):
            yield Alternative(
                f"the {name} gate {what}", "gate", weight(2, block(count, number, _shifted(shift)))
            )


def _shifted(shift: float) -> Callable[[Any], Any]:
    return lambda array: array + shift


def _activations(scene: Scene) -> Iterator[Alternative]:
    case = scene.case
    roles = {"activation": "act", "recurrent_activation": "ract"}
    if case.layer == "SimpleRNN":
        del roles["recurrent_activation"]
    for role, key in roles.items():
        for name in ("tanh", "sigmoid", "linear", "relu", "hard_sigmoid"):
            if name != case[key] and not (name == "linear" and case[key] == "none"):
                yield Alternative(
                    f"{role} {name} whatever it is given", role, _optioned(**{role: name})
                )
        if case[key] == "hard_sigmoid":
            yield Alternative(
                f"the hard_sigmoid of Keras 2, clip(0.2 z + 0.5, 0, 1), for its {role}",
                role,
                _optioned(generation="keras2.3"),
            )
    if case.layer != "SimpleRNN" and "ract" not in case.departures:
        yield Alternative(
            "the default recurrent_activation of Keras 2.2, hard_sigmoid with slope 0.2",
            "recurrent_activation",
            _optioned(generation="keras2.0", recurrent_activation="hard_sigmoid"),
        )
    if case.layer != "SimpleRNN" and "act" not in case.departures and "ract" not in case.departures:
        yield Alternative(
            "activation and recurrent_activation exchanged",
            "activation",
            _optioned(activation="sigmoid", recurrent_activation="tanh"),
        )
    if "impl" in case.departures and case["bias"]:
        yield Alternative(
            "the bias left out with implementation=1", "bias", weight(2, np.zeros_like)
        )


def _optioned(**options: Any) -> Callable[[Scene], Scene]:
    return lambda scene: scene.with_options(**options)


def stepped(change: Callable[[Any, Step], Step]) -> Callable[[Scene], Scene]:
    """A scene whose step is made by `change(cell, step)`."""

    def changed(scene: Scene) -> Scene:
        before = scene.wrap
        return scene.but(wrap=lambda cell, step: change(cell, before(cell, step)))

    return changed


def _lstm() -> Iterator[Alternative]:
    for sentence, pick in (
        ("the hidden state in the place of the carry", lambda h, c: (h, h)),
        ("the carry in the place of the hidden state", lambda h, c: (c, c)),
        ("hidden state and carry exchanged inside the cell", lambda h, c: (c, h)),
    ):
        yield Alternative(sentence, "step", stepped(_entering(pick)))
    yield Alternative("the activation of the carry left out: h = o c", "step", stepped(_bare_carry))
    yield Alternative(
        "the carry of the step before in the output: h = o tanh(c')", "step", stepped(_late_carry)
    )
    for shift in (1.0, -1.0):
        word = "added to" if shift > 0 else "taken from"
        yield Alternative(
            f"1 {word} the forget gate's bias at every step",
            "gate",
            weight(2, block(4, 1, _shifted(shift))),
        )
    yield Alternative(
        "a forget bias of 1 in the place of the one set",
        "gate",
        weight(2, block(4, 1, np.ones_like)),
    )
    yield Alternative("the forget bias left out", "gate", weight(2, block(4, 1, np.zeros_like)))


def _entering(pick: Callable[..., Any]) -> Callable[[Any, Step], Step]:
    return lambda cell, step: lambda x, states: step(x, pick(*states))


def _bare_carry(cell: Any, step: Step) -> Step:
    def wrong(x: Any, states: Any) -> Any:
        o = _output_gate(cell, x, states)
        _, (_, c) = step(x, states)
        return o * c, (o * c, c)

    return wrong


def _late_carry(cell: Any, step: Step) -> Step:
    def wrong(x: Any, states: Any) -> Any:
        o = _output_gate(cell, x, states)
        _, (_, c) = step(x, states)
        h = o * cell.phi(states[1])
        return h, (h, c)

    return wrong


def _output_gate(cell: Any, x: Any, states: Any) -> Any:
    return cell.sigma((x + cell.recurrent(states[0]))[:3])[2]


def _gru(scene: Scene) -> Iterator[Alternative]:
    def mirrored(scene: Scene) -> Scene:
        weights = [block(3, 0, np.negative)(w) for w in scene.weights]
        return scene.but(weights=tuple(weights))

    yield Alternative("the update gate mirrored: h = (1 - z) h' + z h~", "gate", mirrored)
    if scene.case["after"]:
        yield Alternative("reset_after=False", "reset", _before(lambda b: b.sum(0)))
        yield Alternative(
            "reset_after=False, and the input bias alone", "reset", _before(lambda b: b[0])
        )
        for sentence, change in (
            ("the input bias left out", lambda b: b * [[0.0], [1.0]]),
            ("the recurrent bias left out", lambda b: b * [[1.0], [0.0]]),
            ("the input bias and the recurrent bias exchanged", lambda b: b[::-1]),
        ):
            yield Alternative(sentence, "bias", weight(2, change))
    else:
        yield Alternative("reset_after=True", "reset", _after)


def _after(scene: Scene) -> Scene:
    weights = (*scene.weights[:2], *(np.stack([b, 0 * b]) for b in scene.weights[2:]))
    return scene.with_options(reset_after=True).but(weights=weights)


def _before(bias: Callable[[Any], Any]) -> Callable[[Scene], Scene]:
    return lambda s: s.with_options(reset_after=False).but(
        weights=(*s.weights[:2], *(bias(b) for b in s.weights[2:]))
    )
