"""What copies and files must keep: which parts train, all weights, and maps of policies."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.attending import zeroed
from keras_rnn_conformance.cases.models.deeds.conditions import (
    FILLED,
    FILLS,
    FLAGGED,
    MAP_DEFAULTS,
    MAP_WAYS,
    POLICY_ANSWERS,
    TAKERS,
    TAKING,
    filled_as,
    loaded_from,
)
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import Bounded


def _frozen_parts(case: Case, data: Data) -> Expected:
    facts: dict[str, Any] = {
        f"training weights of {name}, {way}": "as they were"
        for name, ways in FLAGGED.items()
        for way in (*ways, "in the end")
    }
    bias = 3  # the weights of a recurrent layer
    chain = 2 + 4 + 2 + bias + 2 * bias + bias
    return Expected(
        facts=facts | {"frozen weights of a chain": chain, "frozen weights of a nest": 3 * bias + 2}
    )


def _extremes(case: Case, data: Data) -> Expected:
    return Expected(
        facts={
            filled_as(dtype, what, way): 0
            for dtype, ways in FILLS[str(case["what"])].items()
            for what, way in product(FILLED, ways)
        }
    )


def _zero_weights(case: Case, data: Data) -> Expected:
    """The equations, with zeros for a weight; no initial value counts."""
    arrays: dict[str, Bounded] = {}
    for name, weights in zeroed(data.weights()).items():
        output = oracle(case)(data.x, weights).output
        for end in ("", ", without unit_forget_bias") if case.layer == "LSTM" else ("",):
            for how in ("output", "output in training"):
                arrays[f"{how} with {name} zero{end}"] = output
    return Expected(arrays)


def _partial_files(case: Case, data: Data) -> Expected:
    """Layers that fit, by their place or their name, are loaded, and the others stay."""
    facts: dict[str, Any] = {}
    for way, takers in TAKING.items():
        for name in takers:
            loaded = loaded_from(way, name)
            for layer, _ in TAKERS[name]:
                if layer in loaded:
                    facts[f"weights of {layer}, {way}, {name}"] = loaded[layer]
                else:
                    facts[f"kernel of {layer}, {way}, {name}"] = True
    return Expected(facts=facts)


def _policy_maps(case: Case, data: Data) -> Expected:
    facts: dict[str, Any] = {}
    for default, way in product(MAP_DEFAULTS[str(case["what"])], MAP_WAYS):
        otherwise = default or "float32"
        facts[f"policies of a map of {default}, {way}"] = [
            answer or otherwise for answer in POLICY_ANSWERS
        ]
    if case["what"] == "policy_maps":
        for way in ("as it is", "loaded", "from JSON", "cloned"):
            facts[f"dtypes of heads, {way}"] = ["bfloat16", "float32", "float32", "float16"]
    return Expected(facts=facts)


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "frozen_parts": _frozen_parts,
    **dict.fromkeys(FILLS, _extremes),
    "zero_weights": _zero_weights,
    "partial_files": _partial_files,
    **dict.fromkeys(MAP_DEFAULTS, _policy_maps),
}
"""By deed, what it must give."""
