"""The factors of regularizers and constraints, and the weights that they act on."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import judged
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.scenarios.initial_weights import NAMES, given_alone, numbers_of

L1, L2, NAMED = 0.25, 0.125, 0.01
"""Factors: powers of two, with which sums over grid numbers are exact; `NAMED` is Keras's own."""


FLOORS = {"kernel": 0.0, "recurrent_kernel": 0.25, "bias": -0.5}
"""To what the variant `each` raises every element of a weight."""


NORM = 0.5
"""The largest norm of the variant `norm`."""

BETWEEN = {"min_value": 0.75, "max_value": 0.875, "rate": 0.25}
"""What MinMaxNorm is given in the variant `between`."""

LOW = {"min_value": 0.0, "max_value": 0.25, "rate": 0.5}
"""What it is given in the variant `zeroed`: every norm but that of zeros is larger."""

NORMS: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "norm": (("norm", (0,)),) * 3,
    "between": (("between", (0,)),) * 3,
    "unit": (("unit", (0,)),) * 3,
    "rows": (("norm", (1,)), ("unit", (1,)), ("between", (0,))),
    "filters": (("unit", (0, 1, 2)), ("between", (0, 1, 2)), ("norm", (0,))),
    "zeroed": (("norm", (0,)), ("low", (0,)), ("unit", (0,))),
}
"""By variant, what the constraint of each weight does to norms, and along which axes."""


def per_piece(case: Case, data: Data) -> dict[str, dict[str, Array]]:
    """The weights of each piece that is judged by name, by what the piece is called."""
    if given_alone(case):
        return {piece.prefix: numbers_of(case, data) for piece in judged(case)}
    return {piece.prefix: dict(zip(NAMES, own, strict=False)) for piece, _, own in data.judged()}


def on_output(case: Case) -> bool:
    """Whether the penalty is on the output, and not on the weights."""
    return case["what"] in ("activity", "within", "holding")


def returned_losses(case: Case) -> bool:
    """Whether the losses that a stateless call returns are asked for.

    Not of a cell, and not the penalty on the output of what is called itself: that one comes about
    around the call, and what comes about during the call is returned.
    """
    return case["do"] == "reg" and case["as"] != "cell" and case["what"] != "activity"


def alone(name: str, of: str = "") -> str:
    """What is recorded of a layer that has a regularizer or constraint of one weight alone.

    Args:
        name: the weight that has one.
        of: the weight whose numbers are recorded, if it is numbers of a weight.
    """
    return f"{of} with that of {name} alone".strip()


def again(name: str) -> str:
    """What is recorded of a weight after a second step, whose gradients are zero."""
    return f"later value of {name}"


def gradients(case: Case, data: Data) -> dict[str, Array]:
    """The gradients that the update step is given, by weight; exact on the grid, as it is then.

    In the variant `zeroed` they take the last column of a matrix away.
    """
    given = {}
    for direction, weights in per_piece(case, data).items():
        for name, weight in weights.items():
            of = f"{direction}{name}"
            given[of] = data.numbers(f"gradient of {of}", weight.shape, 64)
            if case["what"] == "zeroed" and weight.ndim > 1:
                given[of][..., -1] = weight[..., -1]
    return given
