"""The scenario `call`: a layer is built and called, and what it gives is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import input_dtype
from keras_rnn_conformance.cases.axis_values import CHANGING
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name, flat, form, returned, state_tree
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.trace import tracing
from keras_rnn_conformance.subject.trees import flatten
from keras_rnn_conformance.subject.watch import release

Run = Callable[[int], Any]
"""Makes the first, second, ... call and returns what it gives."""

Path = Callable[[Case, Data, keras.Layer], Run]
PATHS: dict[str, Path] = {}


def path(name: str) -> Callable[[Path], Path]:
    """Register the decorated function as the maker of the calls of a `via` axis value."""

    def register(function: Path) -> Path:
        PATHS[name] = function
        return function

    return register


RESETS: dict[str, Callable[[Case, Data, Any], None]] = {
    "none": lambda case, data, layer: None,
    "between": lambda case, data, layer: layer.reset_state(),
    "alias": lambda case, data, layer: layer.reset_states(),
    "rebuild": lambda case, data, layer: layer.build(build_shape(case, data)),
}
"""By the value of the axis `reset`, what happens between two calls."""


def _set(data: Data, layer: Any) -> None:
    """By set_weights; what get_weights gives is the caller's own, and stays as it is."""
    trainable, new = layer.trainable_variables, iter(build.every_weight(data))
    places = {id(variable) for variable in trainable}
    before = layer.get_weights()
    pairs = zip(layer.weights, before, strict=True)
    weights = [np.asarray(next(new), old.dtype) if id(v) in places else old for v, old in pairs]
    layer.set_weights(weights)


def _lend(data: Data, layer: Any) -> None:
    """By set_weights, with the caller's arrays, which the caller uses for other numbers then.

    So it does with those that get_weights gave.
    """
    trainable, new = layer.trainable_variables, iter(build.every_weight(data))
    places = {id(variable) for variable in trainable}
    pairs = zip(layer.weights, layer.get_weights(), strict=True)
    weights = [next(new) if id(variable) in places else old for variable, old in pairs]
    dtypes = [keras.backend.standardize_dtype(variable.dtype) for variable in layer.weights]
    lent = [aligned(value, dtype) for value, dtype in zip(weights, dtypes, strict=True)]
    layer.set_weights(lent)
    for array in [*lent, *layer.get_weights()]:
        release(array)
        if array.flags.writeable:
            array[...] = 0


@printed
def aligned(values: Any, dtype: str) -> Any:
    """The same numbers in memory that starts where compilers like it, and may be shared."""
    raw = np.empty(values.size * np.dtype(dtype).itemsize + 64, "uint8")
    start = -raw.ctypes.data % 64
    array = raw[start : raw.size - 64 + start].view(dtype).reshape(values.shape)
    array[...] = values
    return array


def _step(data: Data, layer: Any) -> None:
    """By a step of plain gradient descent with rate 1, whose gradients are the differences."""
    variables, new = layer.trainable_variables, build.every_weight(data)
    gradients = [
        build.tensor(to_float64(old) - to, keras.backend.standardize_dtype(old.dtype))
        for old, to in zip(variables, new, strict=True)
    ]
    keras.optimizers.SGD(learning_rate=1.0).apply(gradients, variables)


CHANGES: dict[str, Callable[[Data, Any], None]] = {
    "assign": lambda data, layer: build.set_weights(layer, build.every_weight(data)),
    "set": _set,
    "step": _step,
    "lent": _lend,
}
"""By the value of the axis `then`, how the weights become those of the next call."""


@scenario("call")
def call(case: Case, data: Data) -> Observation:
    """Build, call, record."""
    layer = build.make(case, data)
    seen = Observation()
    first = PATHS[str(case["via"])](case, data, layer)
    if case["then"] == "woken":
        weights = build.every_weight(data)
        build.set_weights(layer, [0.0 * weight for weight in weights])
        first(0)
        build.set_weights(layer, weights)
    for number in range(case.number("calls")):
        if case["then"] == "frozen":
            layer.trainable = number % 2 == 0
        if number:
            RESETS[str(case["reset"])](case, data, layer)
            if case["then"] in CHANGING:
                CHANGES[str(case["then"])](data.call(number), layer)
        one = called_one(case, data, layer, number)
        run = first if one is layer else PATHS[str(case["via"])](case, data, one)
        with tracing() as ran:
            given = run(number)
        # A compiled function that is called again runs no Python.
        if number == 0 or ran.done:
            seen.path, seen.facts["ran"] = ran.path, ran.facts()
        record_outputs(seen, given, [call_name(n, number) for n in returned_names(case)])
    if case["then"] == "frozen":
        layer.trainable = True
    record_kept(seen, case, layer)
    record_weights(seen, layer)
    RECORDERS.get(form(case), record_symbolic)(seen, case, data, layer)
    return seen


def called_one(case: Case, data: Data, layer: keras.Layer, number: int) -> keras.Layer:
    """What is called the first, second, ... time: the layer, or a copy where that comes between.

    The copy is made of the configuration, and gets the weights.
    """
    if case["then"] != "copied" or number % 2 == 0:
        return layer
    twin = type(layer).from_config(layer.get_config())
    twin.build(build_shape(case, data))
    twin.set_weights(layer.get_weights())
    return twin


def returned_names(case: Case) -> list[str]:
    """What the call should return, in order."""
    return list(flat(returned(case)))


Recorder = Callable[[Observation, Case, Data, keras.Layer], None]
RECORDERS: dict[str, Recorder] = {}


def recorder(*forms: str) -> Callable[[Recorder], Recorder]:
    """Register the decorated function as what else is recorded of some forms."""

    def register(function: Recorder) -> Recorder:
        RECORDERS.update(dict.fromkeys(forms, function))
        return function

    return register


@path("call")
def _call(case: Case, data: Data, layer: keras.Layer) -> Run:
    if case["init"] == "symbolic":
        return PATHS["functional"](case, data, layer)

    options_of = build.options_of_calls(case, data)
    first: list[Any] = []

    def run(number: int) -> Any:
        turn = data.call(number)
        options = options_of(turn)
        x = build.inputs(turn.case, turn, number)
        if case["then"] == "refill":
            first[:] = [_refilled(first[0], x) if first else x]
            return layer(first[0], **options)
        return layer(x, **options)

    return run


def _refilled(array: Any, new: Any) -> Any:
    """The caller's array, which the caller fills with other numbers."""
    release(array)
    array[...] = new
    return array


def record_kept(seen: Observation, case: Case, layer: keras.Layer) -> None:
    """Record the states that the layer keeps between calls, if it keeps any."""
    names = list(flat(state_tree(case)))
    for i, state in enumerate(flatten(getattr(layer, "states", None) or [])):
        record_array(seen, f"kept {names[i] if i < len(names) else i}", state.value)
        seen.facts["trainable states"] = bool(state.trainable)


def record_outputs(seen: Observation, given: Any, names: list[str]) -> None:
    """Record the structure of what a call gave back, and each tensor of it by name."""
    seen.structure = structure(given)
    seen.facts["nesting"] = nesting(given)
    for i, item in enumerate(flatten(given)):
        record_array(seen, names[i] if i < len(names) else f"extra {i}", item)


@printed
def structure(given: Any) -> str:
    """`tensor`, or the container and its length."""
    if isinstance(given, (list, tuple)):
        return f"{type(given).__name__}[{len(given)}]"
    return "tensor"


@printed
def nesting(given: Any) -> Any:
    """How tensors are nested, `tensor` for each, whatever the containers."""
    if isinstance(given, (list, tuple)):
        return [nesting(item) for item in given]
    return "tensor"


def called_stateless(layer: keras.Layer, x: Any, options: dict[str, Any]) -> Any:
    """What `stateless_call` returns, after the new values of the variables were assigned."""
    trained, other = layer.trainable_variables, layer.non_trainable_variables
    values = ([ops.copy(v.value) for v in variables] for variables in (trained, other))
    given, new = layer.stateless_call(*values, x, **options)
    for variable, value in zip(other, new, strict=True):
        variable.assign(value)
    return given


def record_array(seen: Observation, name: str, value: Any) -> None:
    """Record one tensor: its dtype, and its numbers as float64."""
    seen.dtypes[name] = keras.backend.standardize_dtype(value.dtype)
    seen.arrays[name] = to_float64(value)


def to_float64(value: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The numbers of a tensor as float64, exact for every dtype that Keras computes in."""
    if keras.backend.standardize_dtype(value.dtype) == "bfloat16":
        value = ops.cast(value, "float32")
    return np.asarray(ops.convert_to_numpy(value), "float64")


def record_weights(seen: Observation, layer: keras.Layer) -> None:
    """Record names, shapes and dtypes of the trainable weights, in order, and that of `weights`."""
    seen.facts["weights"] = facts_of(layer.trainable_variables)
    seen.facts["order"] = order_of(layer)


@printed
def facts_of(variables: Any) -> list[list[Any]]:
    """Name, shape and dtype of each variable."""
    return [[v.name, list(v.shape), keras.backend.standardize_dtype(v.dtype)] for v in variables]


@printed
def paths_of(variables: Any) -> list[str]:
    """The path of each variable."""
    return [variable.path for variable in variables]


@printed
def order_of(layer: Any) -> list[int]:
    """Where the trainable variables stand among themselves, in the order of `weights`."""
    places = {id(v): place for place, v in enumerate(layer.trainable_variables)}
    return [places[id(v)] for v in layer.weights if id(v) in places]


def record_symbolic(seen: Observation, case: Case, data: Data, layer: keras.Layer) -> None:
    """Record the shapes and dtypes that Keras foretells: `compute_output_spec`, functional call."""
    shape = build_shape(case, data)
    symbolic = keras.Input(batch_shape=shape, dtype=input_dtype(case))
    options = (
        {"mask": None} if data.mask is None else {"mask": _symbolic_mask(shape[: data.mask.ndim])}
    )
    if case["init"] != "none":
        options["initial_state"] = build.initial_state(case, data)
    spec = layer.compute_output_spec(
        symbolic, **{k: v for k, v in options.items() if v is not None}
    )
    seen.facts["spec"], seen.facts["spec nesting"] = described(spec), nesting(spec)
    if data.mask is None and case["init"] == "none":
        seen.facts["functional"] = described(layer(symbolic))


def _symbolic_mask(shape: tuple[int | None, ...]) -> Any:
    return keras.KerasTensor(shape, dtype="bool")


@printed
def described(spec: Any) -> list[list[Any]]:
    """Shape and dtype of every symbolic tensor, in order."""
    return [
        [list(item.shape), keras.backend.standardize_dtype(item.dtype)] for item in flatten(spec)
    ]
