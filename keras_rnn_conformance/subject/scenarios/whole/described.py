"""Deeds of the scenario `edge` that take what stands around a layer through its configuration."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.described import GROUPS, OF_CLASS, exact_numbers
from keras_rnn_conformance.subject.registry import printed


def _described(seen: Observation, case: Case, data: Data) -> None:
    """The arguments of each class that its configuration, or what is made of it, has lost."""
    where, classes = GROUPS[str(case["what"])]
    lost: list[str] = []
    for name, (needed, optional) in classes.items():
        kind = attrgetter(where + name)(keras)
        known = inspect.signature(kind.__init__).parameters
        optional = {key: value for key, value in optional.items() if key in known}
        lost.extend(f"{name}.{key}" for key in missing(kind, needed, optional))
    seen.facts["lost"] = lost


def missing(kind: Any, needed: dict[str, Any], optional: dict[str, Any]) -> Iterator[str]:
    """The arguments that a configuration has not, has another number for, or does not give back."""
    plain = described(kind(**needed))
    for name, value in optional.items():
        made = kind(**needed, **{name: value})
        kept = made.get_config().get(name, value)
        other = isinstance(value, float) and np.float32(kept) != np.float32(value)
        if other or described(made) == plain or described(again(made)) != described(made):
            yield name
    made = kind(**needed)
    if described(again(made)) != plain:
        yield from needed


def again(made: Any) -> Any:
    """What JSON gives back."""
    text = json.dumps(keras.saving.serialize_keras_object(made))
    return keras.saving.deserialize_keras_object(json.loads(text))


def described(made: Any) -> str:
    """A configuration as text, without the name that Keras makes up."""
    config = keras.saving.serialize_keras_object(made)["config"]
    return json.dumps({k: v for k, v in config.items() if k != "name"}, sort_keys=True)


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
