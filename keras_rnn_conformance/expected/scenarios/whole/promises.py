"""What the deeds must give that hold a promise over many models, callers and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, cast

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.learning import aims_of, picked, stepped
from keras_rnn_conformance.cases.models.promises import (
    ATTENDING,
    BATCHES,
    BREAKING,
    BUNDLE,
    CALLING,
    COMPILED,
    COPYING,
    CUT,
    DIGITS,
    EPOCHS,
    GOALS,
    HELD,
    HITS,
    HOOKED,
    INTERRUPTED,
    LIKE,
    MADE_OF,
    MISUSED,
    OPERATIONS,
    POLICIES,
    RATE,
    SCORED,
    SHARE,
    SHARES,
    STEPPED,
    STEPS,
    TAKEN,
    TIMES,
    TRUTHS,
    UNTAKEN,
    WEIGHED,
    Array,
    masks_of,
    ways_of,
)
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.models import posed
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.models.model import evaluate
from reference_impl.training.losses import Loss, one_loss
from reference_impl.training.optimizers import Optimizer, Settings

SINGLE = PRECISIONS["float32"]
ROUNDED = 4
"""How often a share of hits is rounded, at most: what is summed needs fewer bits than there are."""


def cut_at(name: str, parts: list[str]) -> list[str]:
    """The layers of a model from where it is cut."""
    return parts[parts.index(CUT[name]) + 1 :]


def _made_of(case: Case, data: Data) -> Expected:
    """The layers of each model, and those behind its middle; what the whole model computes."""
    facts: dict[str, Any] = {}
    arrays: dict[str, Bounded] = {}
    for name in MADE_OF:
        whole = model_of(case, name)
        layers = [part.name for part in whole.parts if part.layer is None]
        for policy in POLICIES:
            facts[f"layers of {name}, {policy}"] = sorted(layers)
            if name in CUT:
                behind = f"layers behind {CUT[name]} of {name}, {policy}"
                facts[behind] = sorted(cut_at(name, layers))
        if name in CUT:
            model, given = posed(whole, data)
            values = evaluate(model, given, "float32").values
            arrays[f"output of {name}"] = values[whole.outputs[0]]
    return Expected(arrays, facts=facts)


def _refused(case: Case, data: Data) -> Expected:
    """Errors; and what the layer gives from the given states."""
    facts = {
        f"error of {name}, {way}": "ValueError that names it"
        for name in UNTAKEN
        for way in TAKEN[str(case["what"])]
    }
    output = oracle(case)(data.x, data.weights(), initial_state=data.states(1)).output
    arrays = {f"output of {which} inputs": output for which in ("listed", "keyed")}
    return Expected(arrays, facts=facts)


def _misused(case: Case, data: Data) -> Expected:
    rows = MISUSED[str(case["what"])].items()
    return Expected(
        facts={
            f"error of {kind} with {name}": "ValueError"
            for name, (kinds, _) in rows
            for kind in kinds
        }
    )


def _copied(case: Case, data: Data) -> Expected:
    """The losses of the layer, whatever has copied it."""
    output: Bounded = oracle(case)(data.x, data.weights()).output
    kinds = {
        "loss": ("mean_squared_error", SHARE),
        "mean_absolute_error": ("mean_absolute_error", 1.0),
    }
    copies = [f"{kind}, {way}" for kind in COMPILED for way in COPYING]
    arrays = {
        f"{name} of {made}": share
        * cast(Bounded, one_loss(Loss(kind), data.states(1)[0], output, None, None))
        for name, (kind, share) in kinds.items()
        for made in copies
    }
    facts: dict[str, Any] = {f"rate of {made}": RATE for made in copies}
    return Expected(arrays, facts=facts | {f"reports of {made}": sorted(kinds) for made in copies})


def hits(kind: str, weights: Array) -> float:
    """What a metric that counts hits says of them."""
    rows = weights[:, None] * np.ones((1, 2))
    right = TRUTHS == HITS
    counts = {
        "TruePositives": (rows * (TRUTHS & HITS)).sum(),
        "TrueNegatives": (rows * ~(TRUTHS | HITS)).sum(),
        "FalsePositives": (rows * (HITS & ~TRUTHS)).sum(),
        "FalseNegatives": (rows * (TRUTHS & ~HITS)).sum(),
    }
    true = counts["TruePositives"]
    shares = {
        "BinaryAccuracy": (weights * right.mean(1)).sum() / weights.sum(),
        "Precision": true / (true + counts["FalsePositives"]),
        "Recall": true / (true + counts["FalseNegatives"]),
        "MeanSquaredError": (weights * (~right).mean(1)).sum() / weights.sum(),
        "MeanAbsoluteError": (weights * (~right).mean(1)).sum() / weights.sum(),
    }
    return float({**counts, **shares}[kind])


def _scored(case: Case, data: Data) -> Expected:
    kinds, writings = SCORED[str(case["what"])]
    arrays: dict[str, Bounded] = {}
    for kind in kinds:
        for name, weights in (("plain", np.ones_like(WEIGHED)), ("weighed", WEIGHED)):
            value = np.asarray([hits(kind, weights)])
            given = Bounded(value, ROUNDED * SINGLE.u * value, SINGLE)
            for way in writings:
                for time in TIMES:
                    arrays[f"result of {kind} for {way}, {name}, {time}"] = given
    return Expected(arrays)


def _written_goals(case: Case, data: Data) -> Expected:
    """The losses of the sequence and of its end, and each by the measure of the other."""
    sequence: Bounded = oracle(case, return_sequences=True)(data.x, data.weights()).sequence
    one, other = aims_of(data)
    outputs = {"later": (sequence, one), "earlier": (sequence[:, -1], other)}
    measured = {
        f"{name}_{kind}": cast(Bounded, one_loss(Loss(kind), aim, output, None, None))
        for name, (output, aim) in outputs.items()
        for kind in GOALS.values()
    }
    losses = {name: measured[f"{name}_{kind}"] for name, kind in GOALS.items()}
    logs = {f"{name}_loss": loss for name, loss in losses.items()}
    logs["loss"] = losses["later"] + losses["earlier"] * exact(
        np.asarray(SHARES["earlier"]), SINGLE
    )
    for name, kind in zip(GOALS, reversed(GOALS.values()), strict=True):
        logs[f"{name}_{kind}"] = measured[f"{name}_{kind}"]
    ways = [
        f"{like}, {how}, {form}"
        for like, formed in LIKE.items()
        for how, form in product(formed, repeat=2)
    ]
    return Expected({f"{name} of {way}": value for name, value in logs.items() for way in ways})


def _picked(case: Case, data: Data) -> Expected:
    """The values of the keys that are left, through the weights of values and of outputs."""
    _, value, chosen = picked(data)
    shapes = {4: (data.features, 2, 2), 5: (2, 2), 6: (2, 2, data.features), 7: (data.features,)}
    into, less, out, more = (data.numbers(f"heads {k}", shape, 16) for k, shape in shapes.items())
    left = value[:, chosen[0].argmax(1)]
    heads = np.einsum("bte,ehd->bthd", left, into) + less
    output = np.einsum("bthd,hde->bte", heads, out) + more
    sizes = np.einsum("bte,ehd->bthd", abs(left), abs(into)) + abs(less)
    total = np.einsum("bthd,hde->bte", sizes, abs(out)) + abs(more)
    bound = (data.features + 2 * 2 + ROUNDED) * SINGLE.u * total
    arrays: dict[str, Bounded] = {}
    for name in ATTENDING:
        four = name.endswith("four")
        wanted, off = (np.stack([a, a], 1) if four else a for a in (output, bound))
        for way in masks_of(name):
            arrays[f"output for {way} with {name}"] = Bounded(wanted, off, SINGLE)
    return Expected(arrays)


def _stepped(case: Case, data: Data) -> Expected:
    """The weights after some steps, however these are taken."""
    arrays: dict[str, Bounded] = {}
    deed = str(case["what"])
    start, more = stepped(data, "weight", deed in STEPS), deed in STEPS
    for name, settings in STEPPED[deed].items():
        optimizer = Optimizer(Settings(**settings), SINGLE)
        weights = {key: exact(array, SINGLE) for key, array in start.items()}
        for step in range(STEPS.get(deed, 2)):
            slopes = stepped(data, f"slope {step}", more).items()
            weights = optimizer.apply({key: exact(array, SINGLE) for key, array in slopes}, weights)
        for key, weight in weights.items():
            arrays |= dict.fromkeys(
                (f"value of {key} after {name}, {way}" for way in ways_of(deed)), weight
            )
    return Expected(arrays)


def joint(one: str, other: str) -> str:
    """The dtype that holds the numbers of two: of floats, one that holds both."""
    floats = sorted({of for of in (one, other) if "float" in of})
    if floats == ["bfloat16", "float16"]:
        return "float32"
    return max(floats or (one, other), key=DIGITS.__getitem__)


def _two_dtypes(case: Case, data: Data) -> Expected:
    pairs = [(one, other) for one in DIGITS for other in DIGITS]
    return Expected(
        facts={
            f"dtype of {name} of {one} and {other}": [joint(one, other)] * 2
            for name in OPERATIONS
            for one, other in pairs
        }
    )


def _interrupted(case: Case, data: Data) -> Expected:
    """That an error came; what the layer gives, and its loss."""
    output: Bounded = oracle(case)(data.x, data.weights()).output
    loss = one_loss(Loss("mean_squared_error"), np.zeros(output.shape), output, None, None)
    names = [f"{what} in {how}" for how in INTERRUPTED[str(case["what"])] for what in BREAKING]
    arrays = {f"output after {name}": output for name in names}
    losses = {f"loss after {name}": cast(Bounded, loss) for name in names}
    return Expected(arrays | losses, facts={f"end of {name}": "an error" for name in names})


def hooks(caller: str, how: str) -> list[str]:
    """The hooks that a caller calls, in order, with the numbers that they are given."""
    if caller == "fit":
        begin, *batches, end = _batched("train", BATCHES, how)
        inside = [*batches, *_batched("test", HELD, how)]
        epochs = [[f"epoch begin {n}", *inside, f"epoch end {n}"] for n in range(EPOCHS)]
        return [begin, *(hook for epoch in epochs for hook in epoch), end]
    return _batched({"evaluate": "test"}.get(caller, caller), BATCHES, how)


def _batched(what: str, batches: int, how: str) -> list[str]:
    """Begin, the batches, end; of batches taken at once, the first begins and the last ends."""
    at_once = BUNDLE if how == "bundled" else 1
    each = [
        hook
        for first in range(0, batches, at_once)
        for hook in (
            f"{what} batch begin {first}",
            f"{what} batch end {min(first + at_once, batches) - 1}",
        )
    ]
    return [f"{what} begin", *each, f"{what} end"]


def _hooked(case: Case, data: Data) -> Expected:
    ways = HOOKED[str(case["what"])]
    return Expected(
        facts={f"hooks of {name}, {how}": hooks(name, how) for name in CALLING for how in ways}
    )


TURNS = ["training", "validation"] * EPOCHS
"""Of which data batches are taken from where an epoch begins to where it ends, in fit."""


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "made_of": _made_of,
    **dict.fromkeys(TAKEN, _refused),
    **dict.fromkeys(MISUSED, _misused),
    "compiled_copies": _copied,
    **dict.fromkeys(SCORED, _scored),
    "picked": _picked,
    "written_goals": _written_goals,
    **dict.fromkeys(STEPPED, _stepped),
    **dict.fromkeys(HOOKED, _hooked),
    "hooked_data": lambda case, data: Expected(facts={"epochs of the data": TURNS}),
    **dict.fromkeys(INTERRUPTED, _interrupted),
    "made_in_thread": lambda case, data: Expected(
        {"output": oracle(case)(data.x, data.weights()).output}
    ),
    "two_dtypes": _two_dtypes,
}
"""By deed, what it must give."""
