"""The plain NumPy that a standalone script derives its expected numbers with, as lines of text."""

from __future__ import annotations

from tests.harness.case import Case

ACTIVATIONS = {
    "none": "z",
    "linear": "z",
    "tanh": "np.tanh(z)",
    "sigmoid": "1 / (1 + np.exp(-z))",
    "relu": "np.maximum(z, 0)",
    "relu6": "np.clip(z, 0, 6)",
    "leaky_relu": "np.maximum(z, 0.2 * z)",
    "elu": "np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
    "celu": "np.where(z > 0, z, np.expm1(np.minimum(z, 0)))",
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
SPARSEMAX = """\
def {name}(z):  # Martins and Astudillo 2016: z less a threshold, so that it sums to 1
    ordered = -np.sort(-z, -1)
    sums, ranks = np.cumsum(ordered, -1), np.arange(1, z.shape[-1] + 1)
    size = (1 + ranks * ordered > sums).sum(-1, keepdims=True)
    return np.maximum(z - (np.take_along_axis(sums, size - 1, -1) - 1) / size, 0)
"""


class NoText(LookupError):
    """There are no lines for a case; the message says for what."""


def function(name: str, activation: str) -> list[str]:
    """A function of the given name that computes an activation."""
    if activation == "sparsemax":
        return SPARSEMAX.format(name=name).splitlines()
    if activation not in ACTIVATIONS:
        raise NoText(f"the activation {activation} has no short form in NumPy")
    return [f"def {name}(z):", f"    return {ACTIVATIONS[activation]}"]


def derivation(case: Case) -> list[str]:
    """`activation`, `gate` and `expected(x, weights, backwards, h[, c])`, which loops over time."""
    lines = function("activation", str(case["act"]))
    if case.layer != "SimpleRNN":
        lines += ["", *function("gate", str(case["ract"]))]
    states = "h, c" if case.layer == "LSTM" else "h"
    lines += [
        "",
        f"def expected(x, weights, backwards, {states}):",
        f"    {_unpacked(case)} = weights",
        "    outputs = []",
        "    for t in reversed(range(x.shape[1])) if backwards else range(x.shape[1]):",
        *(f"        {line}" for line in _step(case)),
        *(f"        {line}" for line in _masked(case)),
        "        outputs.append(y)",
        f"    return [np.stack(outputs, 1), outputs[-1], {states}]",
    ]
    return lines


def _unpacked(case: Case) -> str:
    return "kernel, recurrent_kernel, bias" if case["bias"] else "kernel, recurrent_kernel"


def _step(case: Case) -> list[str]:
    bias = " + bias" if case["bias"] else ""
    if case.layer == "SimpleRNN":
        return [f"y = new_h = activation(x[:, t] @ kernel{bias} + h @ recurrent_kernel)"]
    if case.layer == "LSTM":
        return [
            f"i, f, g, o = np.split(x[:, t] @ kernel{bias} + h @ recurrent_kernel, 4, -1)",
            "new_c = gate(f) * c + gate(i) * activation(g)",
            "y = new_h = gate(o) * activation(new_c)",
        ]
    if case["after"]:
        first, second = (" + bias[0]", " + bias[1]") if case["bias"] else ("", "")
        return [
            f"xz, xr, xh = np.split(x[:, t] @ kernel{first}, 3, -1)",
            f"hz, hr, hh = np.split(h @ recurrent_kernel{second}, 3, -1)",
            "z, r = gate(xz + hz), gate(xr + hr)",
            "y = new_h = z * h + (1 - z) * activation(xh + r * hh)",
        ]
    return [
        f"xz, xr, xh = np.split(x[:, t] @ kernel{bias}, 3, -1)",
        "uz, ur, uh = np.split(recurrent_kernel, 3, -1)",
        "z, r = gate(xz + h @ uz), gate(xr + h @ ur)",
        "y = new_h = z * h + (1 - z) * activation(xh + (r * h) @ uh)",
    ]


def _masked(case: Case) -> list[str]:
    carry = case.layer == "LSTM"
    if case["mask"] == "none":
        return ["h, c = new_h, new_c" if carry else "h = new_h"]
    zero = case["seq"] and (case["zero"] or case["as"] == "bi")
    before = "0" if zero else "outputs[-1] if outputs else 0"
    lines = ["valid = mask[:, t, None]", f"y = np.where(valid, y, {before})",
             "h = np.where(valid, new_h, h)"]  # fmt: skip
    return [*lines, "c = np.where(valid, new_c, c)"] if carry else lines
