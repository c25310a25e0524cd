"""The loop over time in plain NumPy, and what stacks, directions and slices make of it."""

from __future__ import annotations

from dataclasses import dataclass

from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import Piece, form, pieces
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.compositions import layer_of
from keras_rnn_conformance.report.script.equations import (
    CONV,
    activations,
    applied,
    roles,
    state_zeros,
    step,
)
from keras_rnn_conformance.report.script.text import Lines, indented

MERGES = {
    "concat": ["np.concatenate([a, b], -1)"],
    "sum": ["a + b"],
    "mul": ["a * b"],
    "ave": ["(a + b) / 2"],
    "none": ["a", "b"],
}


@dataclass(frozen=True)
class Derivation:
    """Lines that derive what a call returns.

    Attributes:
        before: definitions.
        start: an expression for the first states.
        lines: from `x`, `weights`, `states` and, if there is one, `mask`, to the new `states` and
            what the outputs are made of.
        outputs: an expression for each output.
    """

    before: Lines
    start: str
    lines: Lines
    outputs: Lines


def derivation(case: Case, data: Data) -> Derivation:
    """How to derive what a call of the case returns."""
    cells = pieces(case)
    names = [name for piece in cells for name in roles(case, piece) if name]
    before = activations(names)
    if case.layer == "TimeDistributed":
        act, bias = str(case["act"]), " + weights[1]" if case["bias"] else ""
        dense = applied(act)(f"x @ weights[0]{bias}")
        return Derivation(activations([act]), "", [], [dense])
    if case.layer in CONVOLUTIONAL:
        before += CONV
    before += _steps(case, cells, data)
    start = " + ".join(state_zeros(case, piece, data) for piece in cells)
    if form(case) == "cell":
        return Derivation(before, start, ["y, *states = step(x, *states, *weights)"], ["y"])
    if form(case) == "bi":
        lines, outputs = _directions(case, data)
        return Derivation([*before, *_run(case)], start, lines, outputs)
    if case["as"] == "td" or case["via"] == "td":
        lines = _slices(case, start)
        return Derivation([*before, *_run(case)], "", lines, ["np.stack(y, 1)"])
    return Derivation(before, start, *_plain(case))


def _plain(case: Case) -> tuple[Lines, Lines]:
    lines = loop(case, _order(case, bool(case["back"])))
    if case["fmt"] != "first":
        return lines, ["y"]
    last = [
        f"y = np.moveaxis(y, -1, {2 if case['seq'] else 1})",
        "states = [np.moveaxis(s, -1, 1) for s in states]",
    ]
    first = ["x = np.moveaxis(x, 2, -1)"]
    if case["init"] != "none":
        first.append("states = [np.moveaxis(s, 1, -1) for s in states]")
    return [*first, *lines, *last], ["y"]


def _steps(case: Case, cells: list[Piece], data: Data) -> Lines:
    lines: Lines = []
    if form(case) not in STACKS or len(cells) == 1:
        kinds = list(dict.fromkeys((p.layer, roles(case, p)) for p in cells))
        for number, (kind, names) in enumerate(kinds):
            piece = next(p for p in cells if (p.layer, roles(case, p)) == (kind, names))
            lines += step(case, piece, data, f"{'back_' * number}step")
        return lines
    for kind in dict.fromkeys(piece.layer for piece in cells):
        piece = next(p for p in cells if p.layer == kind)
        lines += step(case, piece, data, f"{kind.lower()}_step")
    total = sum(layer_of(case, piece).state_count for piece in cells)
    lines += [
        "def step(x, *s):  # the cells, one on the other",
        f"    s, w = s[:{total}], s[{total}:]",
    ]
    s = w = 0
    for number, piece in enumerate(cells):
        layer = layer_of(case, piece)
        m, n = s + layer.state_count, w + len(data.all_weights()[number])
        lines.append(f"    x, *s{number} = {piece.layer.lower()}_step(x, *s[{s}:{m}], *w[{w}:{n}])")
        s, w = m, n
    ends = ", ".join(f"*s{number}" for number in range(len(cells)))
    return [*lines, f"    return x, {ends}"]


def _order(case: Case, back: bool) -> str:
    return f"range({case['t']})[::-1]" if back else f"range({case['t']})"


def loop(case: Case, order: str, name: str = "step") -> Lines:
    """From `x`, `states` and `weights` to `y`, the last output or all, and the last `states`."""
    sequence = bool(case["seq"])
    begin = ["outputs = []"] if sequence else []
    end = ["y = np.stack(outputs, 1)"] if sequence else []
    if case["mask"] == "none":
        body = [f"y, *states = {name}(x[:, t], *states, *weights)"]
    else:
        zero = sequence and (case["zero"] or case["as"] == "bi")
        begin = ["y, outputs = 0, []" if sequence else "y = 0"]
        valid = "mask[:, t, None]"
        if case.layer in CONVOLUTIONAL:
            valid = f"mask[:, t].reshape({(-1, *[1] * (int(case.layer[-2]) + 1))})"
        body = [
            f"new, *after = {name}(x[:, t], *states, *weights)",
            f"valid = {valid}",
            f"y = np.where(valid, new, {0 if zero else 'y'})",
            "states = [np.where(valid, a, s) for a, s in zip(after, states)]",
        ]
    body += ["outputs.append(y)"] if sequence else []
    return [*begin, f"for t in {order}:", *indented(body), *end]


def _run(case: Case) -> Lines:
    masked = ", mask" if case["mask"] != "none" else ""
    lines = loop(case, "order", "step")
    return [
        f"def run(step, x{masked}, states, weights, order):",
        *indented(lines),
        "    return y, states",
    ]


def _directions(case: Case, data: Data) -> tuple[Lines, Lines]:
    masked = ", mask" if case["mask"] != "none" else ""
    count, half = len(data.all_weights()[0]), layer_of(case, pieces(case)[0]).state_count
    own, back = "back_step" if case["own"] == 1 else "step", bool(case["back"])
    lines = []
    for name, states, function, at, order in (
        ("a", "ahead", "step", (f":{half}", f":{count}"), _order(case, back)),
        ("b", "back", own, (f"{half}:", f"{count}:"), _order(case, not back)),
    ):
        lines.append(
            f"{name}, {states} = run({function}, x{masked}, states[{at[0]}], "
            f"weights[{at[1]}], {order})"
        )
    lines += ["b = b[:, ::-1]"] if case["seq"] else []
    return [*lines, "states = ahead + back"], MERGES[str(case["merge"])]


def _slices(case: Case, start: str) -> Lines:
    masked = ", mask[:, k]" if case["mask"] != "none" else ""
    order = _order(case, bool(case["back"]))
    return [
        f"y = [run(step, x[:, k]{masked}, {start}, weights, {order})[0]",
        "     for k in range(x.shape[1])]",
    ]
