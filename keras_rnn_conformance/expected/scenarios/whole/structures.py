"""What the deeds about how models are put together must give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.described import exact_numbers
from keras_rnn_conformance.cases.models.edges import (
    BY_HAND,
    FROZEN,
    HALVED,
    MOVED,
    ONTO,
    SLOTS,
)
from keras_rnn_conformance.cases.models.nestings import NESTED, NESTINGS, form_of
from keras_rnn_conformance.cases.models.promises import SHAPED
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.models import posed
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.models.model import evaluate

SINGLE = "float32"


def _models(case: Case, data: Data, names: tuple[str, ...], facts: dict[str, Any]) -> Expected:
    """The outputs of each model."""
    arrays: dict[str, Bounded] = {}
    for name in names:
        whole = model_of(case, name)
        values = evaluate(*posed(whole, data), SINGLE).values
        arrays |= {f"{name}: {output}": values[output] for output in whole.outputs}
    return Expected(arrays, facts=dict(facts))


def _cloned_onto(case: Case, data: Data) -> Expected:
    inputs = {name: len(model_of(case, name).inputs) for name in ONTO} | {"Sequential": 1}
    facts = {f"number of given inputs of {name}": count for name, count in inputs.items()}
    models = _models(case, data, ONTO, facts)
    output: Bounded = oracle(case)(data.x, data.weights()).output
    return Expected({**models.arrays, "Sequential": output}, facts=facts)


def _cloned_onto_list(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    return Expected({"output": output})


def _shaped(case: Case, data: Data) -> Expected:
    """Every output from the given state, if there is one; the shapes without the batch."""
    whole = oracle(case, return_sequences=True)
    arrays: dict[str, Bounded] = {}
    facts: dict[str, Any] = {}
    for way in SHAPED:
        states = None if way.endswith("no start") else data.states(1)
        arrays[way] = whole(data.x, data.weights(), initial_state=states).sequence
        facts[f"told, {way}"] = {
            "sequence": list(data.x.shape[1:]),
            "start": None if states is None else [data.units],
            "step_mask": [data.timesteps, 1],
        }
        if way.startswith("in a model"):
            facts[f"foretold, {way}"] = [data.timesteps, data.units]
    for way, like in (("a list", "called"), ("a list with None", "called with no start")):
        arrays[way] = arrays[like]
        facts[f"told, {way}"] = [facts[f"told, {like}"][key] for key in ("sequence", "start")]
    return Expected(arrays, facts=facts)


def _assigned(case: Case, data: Data) -> Expected:
    """Numbers that need more digits than the compute dtype has, exactly."""
    left = {"assign": 1.0 + HALVED, "assign_add": 257.0, "assign_sub": -256.0}
    arrays = {
        f"{name} of {size}, {way}": exact(np.full(shape or (1,), value), PRECISIONS[SINGLE])
        for name, value in left.items()
        for size, shape in MOVED.items()
        for way in ("called", "predicted")
    }
    return Expected(arrays, facts={f"dtype of {name}": SINGLE for name in arrays})


def _exact(case: Case, data: Data) -> Expected:
    return Expected(facts=dict(exact_numbers(str(case["what"]))))


def _contained(case: Case, data: Data) -> Expected:
    facts = {f"layer in {slot}": "tracked" for slot in SLOTS}
    return Expected(facts=facts | {f"layer in {slot}, out of a file": "loaded" for slot in SLOTS})


def _frozen(case: Case, data: Data, ways: Mapping[str, tuple[str, ...]]) -> Expected:
    """None: as long as a model is not trainable, none of its weights is."""
    names = [f"{kind} {way}" for kind, of_kind in ways.items() for way in of_kind]
    return Expected(facts={f"number of trainable weights, {name}": 0 for name in names})


def _nested(case: Case, data: Data, ways: tuple[str, ...]) -> Expected:
    """Each output of its own input, put together as the inputs are."""
    outputs = {
        which: oracle(case)(x, data.weights()).output
        for which, x in (("first", data.x), ("second", data.x_of(1)))
    }
    wholes = {
        f"{name}, {way}, {how}": (form, way)
        for name, form in NESTED.items()
        for way in ways
        for how in ("called", "predicted")
    }
    return Expected(
        {
            f"{whole}: {which}": outputs[which]
            for whole, (form, _) in wholes.items()
            for which in outputs
            if which in str(form)
        },
        facts={f"form of {whole}": form_of(*form) for whole, form in wholes.items()},
    )


OF: dict[str, Callable[[Case, Data], Expected]] = {
    **{what: partial(_nested, ways=ways) for what, ways in NESTINGS.items()},
    "cloned_onto": _cloned_onto,
    "cloned_onto_list": _cloned_onto_list,
    "by_hand": partial(_models, names=BY_HAND, facts={}),
    "shaped": _shaped,
    "assigned": _assigned,
    "contained": _contained,
    **{what: partial(_frozen, ways=ways) for what, ways in FROZEN.items()},
    "exact_numbers": _exact,
    "exact_penalties": _exact,
}
