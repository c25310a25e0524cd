"""Which options the article's cases exclude, and why."""

from __future__ import annotations

from keras_rnn_conformance.cases.axes import OPTIONS, RECURRENT
from keras_rnn_conformance.cases.constraints.constraint import Constraint, Options

CALLS = {"1": (1, 0), "2": (0, 0), "3": (0, 1), "4": (1, 1), "5": (1, 1)}
"""By the article's listing: return_sequences and return_state."""


def _no_listing(case: Options) -> bool:
    """An article's case that is none of its listings; only the decoder leaves sizes open."""
    if case["do"] != "article" or case["what"] == "plain":
        return False
    number = str(case["what"])[-1]
    sizes = (case["u"], case["t"], case["n"], case["in"])
    fitting = case["in"] == case["u"] if number == "5" else sizes == (1, 3, 1, 2)
    free = ("n", "in", "do", "what")
    plain = all(case[axis.key] == axis.default for axis in OPTIONS if axis.key not in free)
    call = (case["seq"], case["state"]) == CALLS[number]
    return not (case.layer in RECURRENT and fitting and plain and call)


def _no_such_variant(case: Options) -> bool:
    """Variants of the recurrent activation, or the forget bias, of a layer that has none."""
    gated = case["what"] == "printed4" and case.layer == "GRU"
    return (
        case["do"] == "article"
        and str(case["what"])[:-1] != "listing"
        and case.layer != "LSTM"
        and not gated
    )


ARTICLE = (
    Constraint(
        "the article's listings have u1-t3-n1-in2 (listing 5: as many features as units), "
        "return_sequences and return_state as printed, and no other option",
        _no_listing,
    ),
    Constraint(
        "the article's variants are of its LSTM, or of listing 4 with a GRU", _no_such_variant
    ),
)
