"""One step of every cell in plain NumPy, as lines of a script."""

from __future__ import annotations

import math
from collections.abc import Callable

from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, GATED
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    OWN_ACTIVATION,
    START,
    Piece,
    along_axes,
    cell_of_piece,
    own_activation,
    state_sizes,
)
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.compositions import layer_of
from keras_rnn_conformance.report.script.text import Lines, NoText, indented

ACTIVATIONS = {
    "sigmoid": "1 / (1 + np.exp(-z))",
    "relu": "np.maximum(z, 0)",
    "relu6": "np.clip(z, 0, 6)",
    "leaky_relu": "np.maximum(z, 0.2 * z)",
    "elu": "np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
    "celu": "np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
    "selu": "1.0507009873554805 * np.where(z > 0, z, "
    "1.6732632423543772 * np.expm1(np.minimum(z, 0)))",
    "silu": "z / (1 + np.exp(-z))",
    "softmax": "np.exp(z) / np.exp(z).sum(-1, keepdims=True)",
    "log_softmax": "z - np.log(np.exp(z).sum(-1, keepdims=True))",
    "softplus": "np.log1p(np.exp(z))",
    "log_sigmoid": "-np.log1p(np.exp(-z))",
    "softsign": "z / (1 + np.abs(z))",
    "squareplus": "(z + np.sqrt(z * z + 4)) / 2",
    "exponential": "np.exp(z)",
    "mish": "z * np.tanh(np.log1p(np.exp(z)))",
    "tanh_shrink": "z - np.tanh(z)",
    "hard_sigmoid": "np.clip(z / 6 + 0.5, 0, 1)",
    "hard_silu": "z * np.clip(z / 6 + 0.5, 0, 1)",
    "hard_tanh": "np.clip(z, -1, 1)",
    "hard_shrink": "np.where(np.abs(z) > 0.5, z, 0)",
    "soft_shrink": "np.sign(z) * np.maximum(np.abs(z) - 0.5, 0)",
    "sparse_plus": "np.where(z >= 1, z, np.maximum(z + 1, 0) ** 2 / 4)",
    "sparse_sigmoid": "np.clip(z / 2 + 0.5, 0, 1)",
    "callable": "np.clip(0.2 * z + 0.5, 0, 1)",
}
LONGER = {
    "gelu": [
        "def gelu(z):  # z times the normal distribution function",
        "    import math",
        "    return z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2",
    ],
    "sparsemax": [
        "def sparsemax(z):  # Martins and Astudillo 2016: z less a threshold, so that it sums to 1",
        "    ordered = -np.sort(-z, -1)",
        "    sums, ranks = np.cumsum(ordered, -1), np.arange(1, z.shape[-1] + 1)",
        "    size = (1 + ranks * ordered > sums).sum(-1, keepdims=True)",
        "    return np.maximum(z - (np.take_along_axis(sums, size - 1, -1) - 1) / size, 0)",
    ],
}


def applied(name: str) -> Callable[[str], str]:
    """What writes an activation of an expression."""
    if name in ("none", "linear"):
        return lambda z: f"({z})" if " " in z else z
    function = "np.tanh" if name == "tanh" else name
    return lambda z: f"{function}({z})"


def activations(names: list[str]) -> Lines:
    """The definitions of activations that NumPy has none of."""
    lines: Lines = []
    for name in dict.fromkeys(names):
        if name in LONGER:
            lines += LONGER[name]
        elif name in ACTIVATIONS:
            lines.append(f"{name} = lambda z: {ACTIVATIONS[name]}")
        elif name not in ("none", "linear", "tanh"):
            raise NoText(f"the activation {name} has no short form in NumPy")
    return lines


def roles(case: Case, piece: Piece) -> tuple[str, str]:
    """The names of the activation and of the recurrent activation of a piece."""
    own = OWN_ACTIVATION if own_activation(case, piece) else str(case["act"])
    return own, str(case["ract"]) if piece.layer in GATED else ""


def step(case: Case, piece: Piece, data: Data, name: str) -> Lines:
    """`name(x, *states, *weights)`, which returns the output and the new states."""
    if piece.layer == "RNN":
        return _user(case, name)
    act, ract = roles(case, piece)
    write = {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}.get(piece.layer, _lstm)
    states = "h, c" if write is _lstm else "h"
    bias = ", bias" if case["bias"] else ""
    terms = ("x @ kernel", "h @ recurrent_kernel")
    if piece.layer in CONVOLUTIONAL:
        terms = _conv_terms(case, data)
    return [
        f"def {name}(x, {states}, kernel, recurrent_kernel{bias}):",
        *indented(write(case, applied(act), applied(ract), terms)),
    ]


Write = Callable[[str], str]


def _simple(case: Case, act: Write, ract: Write, terms: tuple[str, str]) -> Lines:
    bias = " + bias" if case["bias"] else ""
    return [f"h = {act(f'{terms[0]} + {terms[1]}{bias}')}", "return h, h"]


def _lstm(case: Case, act: Write, ract: Write, terms: tuple[str, str]) -> Lines:
    bias = " + bias" if case["bias"] else ""
    return [
        f"i, f, g, o = np.split({terms[0]} + {terms[1]}{bias}, 4, -1)",
        f"c = {ract('f')} * c + {ract('i')} * {act('g')}",
        f"h = {ract('o')} * {act('c')}",
        "return h, h, c",
    ]


def _gru(case: Case, act: Write, ract: Write, terms: tuple[str, str]) -> Lines:
    after = bool(case["after"])
    first = second = ""
    if case["bias"]:
        first, second = (" + bias[0]", " + bias[1]") if after else (" + bias", "")
    lines = [f"xz, xr, xh = np.split(x @ kernel{first}, 3, -1)"]
    if after:
        lines.append(f"uz, ur, uh = np.split(h @ recurrent_kernel{second}, 3, -1)")
        z, r, candidate = "xz + uz", "xr + ur", "xh + r * uh"
    else:
        lines.append("uz, ur, uh = np.split(recurrent_kernel, 3, -1)")
        z, r, candidate = "xz + h @ uz", "xr + h @ ur", "xh + (r * h) @ uh"
    return [
        *lines,
        f"z, r = {ract(z)}, {ract(r)}",
        f"h = z * h + (1 - z) * {act(candidate)}",
        "return h, h",
    ]


CONV = [
    "def conv(x, kernel, pads, s=(1, 1, 1), d=(1, 1, 1)):  # channels last, strides, dilation",
    "    x, k, total = np.pad(x, [(0, 0), *pads, (0, 0)]), kernel.shape[:-2], 0",
    "    for i in np.ndindex(*k):",
    "        at = [slice(d[a] * i[a], x.shape[a + 1] - d[a] * (k[a] - 1 - i[a]), s[a]) "
    "for a in range(len(k))]",
    "        total = total + x[(slice(None), *at)] @ kernel[i]",
    "    return total",
]


def _conv_terms(case: Case, data: Data) -> tuple[str, str]:
    sizes, strides, dilation = (along_axes(case, key) for key in ("kern", "stride", "dil"))
    space = data.x.shape[3:] if case["fmt"] == "first" else data.x.shape[2:-1]
    pads = [(0, 0)] * len(sizes)
    if case["pad"] == "same":
        reach = [d * (k - 1) + 1 for d, k in zip(dilation, sizes, strict=True)]
        pads = [
            _halves(max((math.ceil(n / s) - 1) * s + r - n, 0))
            for n, s, r in zip(space, strides, reach, strict=True)
        ]
    around = [_halves(k - 1) for k in sizes]
    own = f", {strides}, {dilation}" if {*strides, *dilation} != {1} else ""
    return f"conv(x, kernel, {pads}{own})", f"conv(h, recurrent_kernel, {around})"


def _halves(total: int) -> tuple[int, int]:
    return total // 2, total - total // 2


_RECUR = "x @ kernel + h @ recurrent_kernel"


def _user(case: Case, name: str) -> Lines:
    kind, weights = str(case["cell"]), "kernel, recurrent_kernel"
    gain = "2 * (" + _RECUR + ")" if kind == "training" and case["train"] else _RECUR
    states, lines = {
        "noinit": ("h, trace", [f"h = {_RECUR} + trace", "return h, h, trace / 2 + h"]),
        "three": (
            "h, first, second",
            [f"new = {_RECUR} + second / 2", "return new, new, h, first"],
        ),
        "outstate": ("h", [f"h = {_RECUR}", "return h @ readout, h"]),
        "sizes": (
            "h, wide",
            [
                "x, n = x @ kernel, h.shape[-1]",
                "h = x[:, :n] + h @ recurrent_kernel",
                "return h, h, wide / 2 + x[:, n:]",
            ],
        ),
        "nested": (
            "slow, wide, h",
            [
                "x, n = x @ kernel, h.shape[-1]",
                "h = x[:, :n] + h @ recurrent_kernel + slow",
                "return h, slow / 2 + h, wide / 2 + x[:, n:], h",
            ],
        ),
    }.get(kind, ("h", [f"h = {gain}", "return h, h"]))
    weights += {"outstate": ", readout", "learned": ", start"}.get(kind, "")
    return [f"def {name}(x, {states}, {weights}):", *indented(lines)]


def state_zeros(case: Case, piece: Piece, data: Data) -> str:
    """The list of the first states of a piece, as an expression."""
    batch = data.batch
    if case["cell"] == "learned":
        return f"[np.tile(weights[2], ({batch}, 1))]"
    if piece.layer == "RNN":
        sizes = state_sizes(cell_of_piece(case, piece), piece.units)
        filled = case["cell"] == "start"
        return ", ".join(
            f"np.full(({batch}, {n}), {START})" if filled else f"np.zeros(({batch}, {n}))"
            for n in sizes
        ).join("[]")
    if piece.layer in CONVOLUTIONAL:
        shape = list(layer_of(case, piece).state_shape(data.x[:, 0].shape))
        if case["fmt"] == "first":
            shape = [shape[0], *shape[2:], shape[1]]
        return f"[np.zeros({tuple(shape)})] * 2"
    zeros = f"[np.zeros(({batch}, {piece.units}))]"
    return f"{zeros} * 2" if piece.layer == "LSTM" else zeros
