"""Deeds of the scenario `edge` that take what stands around a layer through its configuration."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.described import (
    GROUPS,
    KEPT,
    OF_CLASS,
    arguments_of,
    company_of,
    described_arguments,
    exact_numbers,
)
from keras_rnn_conformance.subject.registry import printed


def _described(seen: Observation, case: Case, data: Data) -> None:
    """What has become of each argument of each class in its configuration."""
    for fact, (name, key) in described_arguments(str(case["what"])).items():
        needed, optional = arguments_of(str(case["what"]), name)
        kind = getattr(attrgetter(name.rpartition(".")[0])(keras), name.rpartition(".")[2], None)
        if kind is not None and takes(kind, key):
            company = {k: v for k, v in company_of(name, optional).items() if takes(kind, k)}
            given = {key: {**needed, **optional}[key]}
            beside = {**company, **given} if key in company else given
            seen.facts[fact] = kept(kind, needed, given, beside)
        else:
            seen.facts[fact] = KEPT  # a release that has no such argument loses none


@printed
def kept(kind: Any, needed: dict[str, Any], given: dict[str, Any], beside: dict[str, Any]) -> str:
    """Whether a configuration has an argument, alone and beside others, and what is made of it."""
    made = kind(**{**needed, **given})
    for key, value in given.items():
        held = made.get_config().get(key, value)
        if isinstance(value, float) and np.float32(held) != np.float32(value):
            return "another number"
        if key not in needed and described(made) == described(kind(**needed)):
            return "lost"
        if in_text(kind(**{**needed, **beside}), key) != in_text(made, key):
            return "lost beside others"
    return "kept" if described(read_again(made)) == described(made) else "read otherwise"


def read_again(made: Any) -> Any:
    """What JSON gives back."""
    text = json.dumps(keras.saving.serialize_keras_object(made))
    return keras.saving.deserialize_keras_object(json.loads(text))


def described(made: Any) -> str:
    """A configuration as text, without the name that Keras makes up."""
    config = keras.saving.serialize_keras_object(made)["config"]
    return json.dumps({k: v for k, v in config.items() if k != "name"}, sort_keys=True)


@printed
def in_text(made: Any, key: str) -> str:
    """What a configuration holds of an argument, as text."""
    config = keras.saving.serialize_keras_object(made)["config"]
    return json.dumps(config.get(key), sort_keys=True)


def _exact(seen: Observation, case: Case, data: Data) -> None:
    """The numbers that configurations hold."""
    for fact, value in exact_numbers(str(case["what"])):
        name, _, key = fact.rpartition(".")
        kind, (needed, _) = attrgetter(name)(keras), OF_CLASS[name]
        # a release that has no such argument has nothing that could be rounded
        seen.facts[fact] = held(kind, needed, key, value) if takes(kind, key) else value


@printed
def takes(kind: Any, key: str) -> bool:
    """Whether a constructor has an argument."""
    return key in inspect.signature(kind.__init__).parameters


@printed
def held(kind: Any, needed: dict[str, Any], key: str, value: float) -> Any:
    """What a configuration holds of an argument."""
    return kind(**needed, **{key: value}).get_config().get(key, value)


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **dict.fromkeys(GROUPS, _described),
    "exact_numbers": _exact,
    "exact_penalties": _exact,
}
