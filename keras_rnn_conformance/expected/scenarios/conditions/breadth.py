"""What the deeds must give that hold a promise over every rank, axis, argument and dtype."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.deeds.breadth import (
    ALPHA,
    COPIES,
    DROPS,
    FACTORED,
    HIDING,
    LAID_OUT,
    LAMBDA_WAYS,
    LOSS_DTYPES,
    LOSS_FORMS,
    LOSSES,
    RANK,
    RANK_DTYPES,
    RANKED,
    TELLING,
    TOLD,
    adapted_as,
)
from keras_rnn_conformance.cases.models.deeds.breadth_data import (
    factored,
    guessed,
    partly_zero,
    ranked,
    ranked_weights,
)
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact

SINGLE = PRECISIONS["float32"]


def _every_rank(case: Case, data: Data) -> Expected:
    """The product and the bias, in the dtype that the layer computes in."""
    (kernel, bias), arrays = ranked_weights(data), dict[str, Bounded]()
    for kind, dtype, biased in product(RANKED, RANK_DTYPES, (True, False)):
        precision, added = PRECISIONS[dtype.removeprefix("mixed_")], bias * biased
        for x in ranked(data):
            where = f"{kind} of {x.ndim} axes in {dtype}{'' if biased else ', no bias'}"
            sizes = np.abs(x) @ np.abs(kernel) + np.abs(added)
            off = (data.features + 2) * precision.u * sizes
            arrays[f"output of {where}"] = Bounded(x @ kernel + added, off, precision)
    return Expected(arrays)


def _every_axis(case: Case, data: Data) -> Expected:
    names = [name for each in LAID_OUT[str(case["what"])] for name in each]
    return Expected(facts={f"shapes that {name} takes otherwise": [] for name in names})


def _lora(case: Case, data: Data) -> Expected:
    """The weight with the product of the factors, times alpha over the rank; its sum is exact."""
    arrays: dict[str, Bounded] = {}
    for kind, made in FACTORED[str(case["what"])]:
        name = adapted_as(kind, made)
        whole, first, second = factored(data, kind)
        adapted = whole + ALPHA / RANK * (first @ second)
        if kind == "Embedding":
            output = exact(adapted[None], SINGLE)
        else:
            reach = np.abs(whole) + ALPHA / RANK * (np.abs(first) @ np.abs(second))
            off = (data.features + 2) * SINGLE.u * (np.abs(data.x) @ reach)
            output = Bounded(data.x @ adapted, off, SINGLE)
        arrays[f"output of {name}"] = arrays[f"output of {name}, loaded"] = output
        if made:
            arrays[f"output of {name}, from JSON"] = output
    return Expected(arrays)


def _lambda_told(case: Case, data: Data) -> Expected:
    """Sevens where nothing counts, and twice as much in training, as far as a function is told."""
    x, arrays = partly_zero(data), dict[str, Bounded]()
    counts = np.any(x != 0.0, axis=-1, keepdims=True)
    for name, way, (word, training) in product(TELLING, LAMBDA_WAYS, TOLD.items()):
        padded = np.where(counts, x, 7.0) if name in ("mask", "both") else x
        times = 2.0 if training and name in ("training", "both") else 1.0
        arrays[f"output of {name}, {way}, {word}"] = exact(times * padded, SINGLE)
    return Expected(arrays)


def _values(kind: str, off: Array) -> Array:
    """What a loss makes of the differences of a timestep."""
    size = np.abs(off)
    each = {
        "MeanSquaredError": off**2,
        "MeanAbsoluteError": size,
        "Huber": np.where(size <= 1.0, off**2 / 2, size - 0.5),
    }[kind]
    mean: Array = each.mean(-1)
    return mean


def _losses_in(case: Case, data: Data) -> Expected:
    truths, guesses = guessed(data)
    off, shares = guesses - truths, np.abs(guesses[..., 0])
    arrays, facts = dict[str, Bounded](), dict[str, object]()
    for kind, dtype, form in product(LOSSES, LOSS_DTYPES, LOSS_FORMS):
        precision = PRECISIONS[dtype.removeprefix("mixed_")]
        values = _values(kind, off) * shares
        # numbers are rounded when they come, when they are subtracted, squared, added and weighed
        reach = ((np.abs(guesses) + np.abs(truths) + 1.0) ** 2).mean(-1) * shares
        bound = 16 * precision.u * reach
        for reduction in ("sum", "none"):
            where = f"{kind}, {reduction}, {dtype} as a {form}"
            whole = Bounded(values, bound, precision)
            if reduction == "sum":
                rounding = off[..., 0].size * precision.u * (values + bound).sum()
                total = np.atleast_1d(values.sum()), np.atleast_1d(bound.sum() + rounding)
                whole = Bounded(total[0].reshape(()), total[1].reshape(()), precision)
            arrays[f"loss of {where}"] = whole
            facts[f"dtype of {where}"] = precision.name
    return Expected(arrays, facts=facts)


def _hidden(case: Case, data: Data) -> Expected:
    """None."""
    return Expected(
        facts={
            f"number of outputs of {kind} that {what} values change": 0
            for what, kinds in HIDING[str(case["what"])].items()
            for kind in kinds
        }
    )


def _copied_drops(case: Case, data: Data) -> Expected:
    holds = [
        "drops some",
        "keeps some",
        "one mask a call",
        "another mask in the next",
        "nothing at inference",
    ]
    return Expected(
        facts={f"dropout of the {what}, {way}": holds for what in DROPS for way in COPIES}
    )


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "every_rank": _every_rank,
    **dict.fromkeys(LAID_OUT, _every_axis),
    "lora_scaled": _lora,
    "lora_made": _lora,
    "lambda_told": _lambda_told,
    "losses_in": _losses_in,
    **dict.fromkeys(HIDING, _hidden),
    "copied_drops": _copied_drops,
}
"""By deed, what it must give."""
