"""The scenario `written`: arguments as people write them, which mean what plain numbers mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import input_dtype, sequence_arguments
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain
from keras_rnn_conformance.cases.construction import conv_arguments
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject.calls import record_outputs, returned_names
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.trees import map_structure


@scenario("written")
def written(case: Case, data: Data) -> Observation:
    """Make and call a layer with its arguments in the spelling of the variant."""
    seen, what = Observation(), str(case["what"])
    spell, given = SPELLED.get(what, lambda value: value), arguments(case)
    spelled = ["seed"] if what == "seeds" else [name for name in given if name != "seed"]
    given |= {name: spell(given[name]) for name in spelled}
    layer = getattr(keras.layers, case.layer)(**given)
    layer.build(build_shape(case, data))
    build.set_weights(layer, data.weights())
    x = build.tensor(data.x, input_dtype(case))
    options = build.call_options(plain(case), data)
    if what == "absent":
        options = {"mask": None, "initial_state": None, "training": None, **options}
    hand = HANDED.get(what, lambda array: array)
    record_outputs(seen, layer(hand(x), **map_structure(hand, options)), returned_names(case))
    seen.facts["restored"] = survives_json(layer)
    return seen


def arguments(case: Case) -> dict[str, Any]:
    """The constructor arguments of the layer, with the flags that are off said as well."""
    flags = {"return_sequences": bool(case["seq"]), "unroll": bool(case["unroll"])}
    convolves = case.layer.startswith("Conv")
    size = {"filters" if convolves else "units": case.number("u"), "seed": 3}
    given = {**build.cheap_initializers(), **build.shared_options(case), **size, **flags}
    return {**given, **sequence_arguments(case), **(conv_arguments(case) if convolves else {})}


@printed
def survives_json(layer: keras.Layer) -> bool | str:
    """Whether a layer that comes back from the configuration as JSON has the same one."""
    try:
        text = json.dumps(keras.saving.serialize_keras_object(layer))
        again = keras.saving.deserialize_keras_object(json.loads(text))
        return json.dumps(keras.saving.serialize_keras_object(again)) == text
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def _integer(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_integer, value))
    return np.int64(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: Any) -> Any:
    """A list for a tuple."""
    return list(value) if isinstance(value, tuple) else value


SPELLED: dict[str, Callable[[Any], Any]] = {
    "integers": _integer,
    "seeds": _integer,
    "rates": lambda value: np.float64(value) if isinstance(value, float) else value,
    "booleans": lambda value: np.bool_(value) if isinstance(value, bool) else value,
    "sequences": _listed,
    "capitals": lambda value: value.upper() if value in ("valid", "same") else value,
}
"""By variant, how a constructor argument is written."""


def _array(tensor: Any) -> Any:
    return tensor if tensor is None else np.array(ops.convert_to_numpy(tensor))


def _double(tensor: Any) -> Any:
    array = _array(tensor)
    floats = array is not None and array.dtype == np.float32
    return array.astype(np.float64) if floats else array


def _strided(tensor: Any) -> Any:
    """An array that is every second element of a larger one, from its end."""
    array = _array(tensor)
    return None if array is None else np.repeat(array, 2, axis=0)[::-1][::2][::-1]


def _readonly(tensor: Any) -> Any:
    array = _array(tensor)
    if array is not None:
        array.flags.writeable = False
    return array


HANDED: dict[str, Callable[[Any], Any]] = {
    "array": _array,
    "double": _double,
    "strided": _strided,
    "readonly": _readonly,
}
"""By variant, as what an argument of the call is handed over."""
