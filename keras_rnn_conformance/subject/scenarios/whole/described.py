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
from keras_rnn_conformance.cases.models.described import GROUPS, ROUNDED, WITH_VARIABLES


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
    """The numbers that a configuration holds with other digits than it was given."""
    rounded: list[str] = []
    for where, classes in GROUPS.values():
        for name, (needed, optional) in classes.items():
            of_penalties = f"{where}{name}" in ROUNDED
            if name in WITH_VARIABLES or of_penalties != (case["what"] == "exact_penalties"):
                continue
            kind = attrgetter(where + name)(keras)
            known = inspect.signature(kind.__init__).parameters
            numbers = {k: v for k, v in optional.items() if k in known and isinstance(v, float)}
            made = {key: kind(**needed, **{key: value}) for key, value in numbers.items()}
            rounded.extend(
                f"{name}.{key}"
                for key, value in numbers.items()
                if repr(made[key].get_config().get(key, value)) != repr(value)
            )
    seen.facts["rounded"] = rounded


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **dict.fromkeys(GROUPS, _described),
    "exact_numbers": _exact,
    "exact_penalties": _exact,
}
