"""What the deeds must give that export models, and use what was exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data, Weights
from keras_rnn_conformance.cases.models.deeds.exporting import (
    CHANGED,
    COLLECTED,
    ENDPOINTS,
    IN_FORMAT,
    KINDS,
    MODELS,
    NESTED_OUTPUTS,
    SIGNED,
    TURNS,
    UNARCHIVED,
    UNEXPORTED,
    UNSERVED,
)
from keras_rnn_conformance.cases.models.nestings import form_of
from keras_rnn_conformance.cases.models.sources import model_of, part_of
from keras_rnn_conformance.cases.scenarios.formats import FORMATS
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.models import posed
from reference_impl import Bounded
from reference_impl.models.model import evaluate


def _models(case: Case, data: Data) -> Expected:
    """What each model computes; of fewer or shorter sequences too, if its sizes are open."""
    sized = FORMATS[IN_FORMAT[str(case["what"])]].sized
    arrays: dict[str, Bounded] = {}
    for name in MODELS[str(case["what"])]:
        whole = model_of(case, name)
        model, given = posed(whole, data)
        sizes = {"": given}
        if not sized:
            sizes[" of a part"] = replace(given, inputs=part_of(whole, data))
        for size, some in sizes.items():
            values = evaluate(model, some, "float32").values
            arrays |= {f"{key} of {name}{size}": values[key] for key in whole.outputs}
    return Expected(arrays)


def _changed(weights: Weights) -> Weights:
    return tuple(weight * CHANGED for weight in weights)


def _refused(names: tuple[str, ...]) -> dict[str, Any]:
    return {f"error of {name}": "ValueError" for name in names}


def _kinds(case: Case, data: Data) -> Expected:
    """Each output of its own input, put together as the inputs are."""
    weights, inputs = data.weights(), {"first": data.x, "second": data.x_of(1)}
    outputs = {which: oracle(case)(x, weights).output for which, x in inputs.items()}
    changed = oracle(case)(data.x, _changed(weights)).output
    arrays = dict.fromkeys(("the model, changed", "exported once more"), changed)
    arrays |= {f"signed by {name}": outputs["first"] for name in SIGNED}
    facts = _refused(UNEXPORTED)
    for kind, names in KINDS.items():
        for name in names:
            form = NESTED_OUTPUTS[name]
            facts[f"form of {kind}, {name}"] = form_of(form, "")
            arrays |= {
                f"{kind}, {name}: {which}": outputs[which]
                for which in outputs
                if which in str(form)
            }
    return Expected(arrays, facts=facts)


def _archived(case: Case, data: Data) -> Expected:
    """What the endpoints compute; the first one is the default. Two is a power of two."""
    weights = data.weights()
    called = oracle(case)(data.x, weights).output
    started = oracle(case)(data.x, weights, initial_state=data.states(1)).output
    return Expected(
        {
            **dict.fromkeys(("called", "served by default"), called),
            "doubled": called * 2.0,
            "started": started,
        },
        facts={
            **_refused(UNARCHIVED),
            "the file has signatures": sorted((*ENDPOINTS, "serving_default")),
            "the file has trainable weights": len(weights),
            "the file has as many weights as the layer": True,
            "the file has a collection in its order": True,
            "the file has many variables": [float(number) for number in range(COLLECTED)],
        },
    )


def _served_again(case: Case, data: Data) -> Expected:
    """What the endpoints compute, with the weights of the file or with others."""
    weights = data.weights()
    called = oracle(case)(data.x, weights).output
    changed = oracle(case)(data.x, _changed(weights)).output
    served = ["in a model", "out of its configuration", *(f"called{turn}" for turn in TURNS)]
    doubled = ["doubled out of its configuration"]
    doubled += [f"doubled in training{turn}" for turn in TURNS]
    return Expected(
        {
            **dict.fromkeys(served, called),
            **dict.fromkeys(doubled, called * 2.0),
            "changed": changed,
        },
        facts={**_refused(UNSERVED), "trainable weights": len(weights)},
    )


OF: dict[str, Callable[[Case, Data], Expected]] = {
    **dict.fromkeys(IN_FORMAT, _models),
    "exported_kinds": _kinds,
    "archived": _archived,
    "served_again": _served_again,
}
"""By deed, what it must give."""
