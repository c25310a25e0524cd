"""The paths by which a layer is called other than directly: models, transforms, compilation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases.arguments import input_dtype
from keras_rnn_conformance.cases.axis_values import MARKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data, slice_masks, slices
from keras_rnn_conformance.cases.masking import marked
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import Run, called_stateless, path
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.trees import flatten, map_structure

Fed = list[np.ndarray[Any, Any]]


def front(case: Case, data: Data) -> list[keras.Layer]:
    """The layers that stand between the input and the layer: those that make the mask, if any."""
    if case["maskby"] in MARKS:
        return [build.masking_layer(case, data)]
    return [build.embedding_layer(case, data.table)] if case["maskby"] == "embedding" else []


def entry(case: Case, data: Data) -> Any:
    """The symbolic sequence, or the symbolic tokens where an Embedding is in front."""
    shape = build_shape(case, data)
    if case["maskby"] == "embedding":
        return keras.Input(batch_shape=shape[:2], dtype="int32")
    return keras.Input(batch_shape=shape, dtype=input_dtype(case))


def through(layers: list[keras.Layer], value: Any) -> Any:
    """What comes out of the last of the layers."""
    for layer in layers:
        value = layer(value)
    return value


def side_entries(case: Case, data: Data) -> dict[str, Any]:
    """The symbolic mask and initial states, by the argument of the call that they are for."""
    shape = build_shape(case, data)
    options: dict[str, Any] = {}
    if data.mask is not None and case["maskby"] == "arg":
        options["mask"] = keras.Input(batch_shape=shape[: data.mask.ndim], dtype="bool")
    if case["init"] != "none":
        states = build.initial_state(case, data)
        options["initial_state"] = map_structure(
            lambda state: _state_entry(shape[0], state), states
        )
    return options


def _state_entry(batch: int | None, state: Any) -> Any:
    dtype = keras.backend.standardize_dtype(state.dtype)
    return keras.Input(batch_shape=(batch, *state.shape[1:]), dtype=dtype)


def functional_model(case: Case, data: Data, layer: keras.Layer) -> keras.Model:
    """A model of the sequence, the mask and the initial states, whose outputs are the layer's."""
    sequence, options = entry(case, data), side_entries(case, data)
    returned = layer(through(front(case, data), sequence), **options)
    return keras.Model(_single([sequence, *flatten(options)]), returned)


def _single(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def fed(case: Case, data: Data, number: int = 0) -> Any:
    """The arrays that a model of the case takes in its given call."""
    data = data.call(number)
    case = data.case
    return _single([sequence_array(case, data, number), *side_arrays(case, data)])


def sequence_array(case: Case, data: Data, number: int) -> np.ndarray[Any, Any]:
    """The sequence or the tokens as a NumPy array."""
    if case["maskby"] == "embedding":
        return build.token_ids(data).astype("int32")
    x = data.handed(number)
    if case["maskby"] in MARKS:
        x = marked(case, x, data)
    return x.astype(_numpy_dtype(input_dtype(case)))


def side_arrays(case: Case, data: Data) -> Fed:
    """The mask and the initial states as NumPy arrays, in the order of `side_entries`, flat."""
    options = build.call_options(case, data)
    given = {name: options[name] for name in ("mask", "initial_state") if name in options}
    return [ops.convert_to_numpy(item) for item in flatten(given)]


def _numpy_dtype(name: str) -> str:
    """NumPy has no bfloat16; the model casts what it is fed to the dtype of its input."""
    return "float32" if name == "bfloat16" else name


@path("functional")
def functional(case: Case, data: Data, layer: keras.Layer) -> Run:
    """A functional model, called like a layer."""
    model = functional_model(case, data, layer)
    return lambda number: model(fed(case, data, number), **_training(data.call(number).case))


def _training(case: Case) -> dict[str, Any]:
    return {"training": True} if case["train"] else {}


@path("predict")
def predict(case: Case, data: Data, layer: keras.Layer) -> Run:
    """`predict` of a functional model."""
    model = functional_model(case, data, layer)
    return lambda number: _predicted(case, data, model, number)


def _predicted(case: Case, data: Data, model: keras.Model, number: int) -> Any:
    """`predict` in several batches, the last a smaller one, where the batch size is left open."""
    whole = case["static"] not in ("batch", "none")
    batch = data.call(number).batch
    size = batch if whole else max(1, batch - 1)
    return model.predict(fed(case, data, number), batch_size=size, verbose=0)


@path("batch")
def on_batch(case: Case, data: Data, layer: keras.Layer) -> Run:
    """`predict_on_batch` of a functional model."""
    model = functional_model(case, data, layer)
    return lambda number: model.predict_on_batch(fed(case, data, number))


@path("jit")
def compiled(case: Case, data: Data, layer: keras.Layer) -> Run:
    """`predict` of a functional model that is compiled with XLA."""
    model = functional_model(case, data, layer)
    model.compile(jit_compile=True)
    if not model.jit_compile:
        raise RuntimeError(
            "compile(jit_compile=True) was declined: the layer says it supports no jit"
        )
    return lambda number: _predicted(case, data, model, number)


@path("stream")
def stream(case: Case, data: Data, layer: keras.Layer) -> Run:
    """One `predict` of a functional model on a generator, which gives a batch for each call."""
    model, calls, size = functional_model(case, data, layer), case.number("calls"), data.batch

    @cache
    def whole() -> Any:
        batches = (as_batch(fed(case, data, number)) for number in range(calls))
        return model.predict(batches, steps=calls, verbose=0)

    return lambda number: map_structure(lambda a: a[number * size : (number + 1) * size], whole())


def as_batch(given: Any) -> tuple[Any]:
    """What a generator gives for a batch without targets: a tuple, of tuples alone."""
    return (tuple(given),) if isinstance(given, list) else (given,)


@path("sequential")
def sequential(case: Case, data: Data, layer: keras.Layer) -> Run:
    """A Sequential model; where nothing is known of the sizes, one without an Input."""
    layers = [*front(case, data), layer]
    known = case["static"] != "none"
    model = keras.Sequential([entry(case, data), *layers] if known else layers)

    def run(number: int) -> Any:
        turn = data.call(number)
        options = {**_mask_option(turn.case, turn), **_training(turn.case)}
        return model(sequence_array(turn.case, turn, number), **options)

    return run


def _mask_option(case: Case, data: Data) -> dict[str, Any]:
    options = build.call_options(case, data)
    return {"mask": options["mask"]} if "mask" in options else {}


@path("nested")
def nested(case: Case, data: Data, layer: keras.Layer) -> Run:
    """A model inside a model; a mask that a layer makes is made outside and crosses the border."""
    bare = case.but(maskby="arg", mask="none") if case["maskby"] != "arg" else case
    inner = functional_model(bare, Data(bare, data.seed), layer)
    sequence, options = entry(case, data), side_entries(case, data)
    given = _single([through(front(case, data), sequence), *flatten(options)])
    outer = keras.Model(_single([sequence, *flatten(options)]), inner(given))
    return lambda number: outer(fed(case, data, number), **_training(data.call(number).case))


class Wrapping(keras.Model):
    """A subclassed model that passes its arguments on."""

    def __init__(self, layers: list[keras.Layer]) -> None:
        super().__init__()
        *self.before, self.last = layers

    def call(
        self, inputs: Any, mask: Any = None, initial_state: Any = None, training: Any = None
    ) -> Any:
        options = {"mask": mask, "initial_state": initial_state, "training": training}
        given = {name: value for name, value in options.items() if value is not None}
        return self.last(through(self.before, inputs), **given)


@path("subclass")
def subclass(case: Case, data: Data, layer: keras.Layer) -> Run:
    """A subclassed model."""
    model = Wrapping([*front(case, data), layer])

    options_of = build.options_of_calls(case, data)

    def run(number: int) -> Any:
        turn = data.call(number)
        options = options_of(turn)
        return model(ops.convert_to_tensor(sequence_array(turn.case, turn, number)), **options)

    return run


@path("graph")
def graph(case: Case, data: Data, layer: keras.Layer) -> Run:
    """Inside the backend's own transform; unknown sizes stay unknown in a `tf.function`."""
    training = _training(case)
    before = front(case, data)

    def apply(sequence: Any, given: dict[str, Any]) -> Any:
        return layer(through(before, sequence), **given, **training)

    transformed = TRANSFORMS[keras.config.backend()](apply, entry(case, data), layer)

    options_of = build.options_of_calls(case, data)

    def run(number: int) -> Any:
        turn = data.call(number)
        options = {name: value for name, value in options_of(turn).items() if name != "training"}
        return transformed(_sequence_tensor(turn.case, turn, number), options)

    return run


@path("stateless")
def stateless(case: Case, data: Data, layer: keras.Layer) -> Run:
    """`stateless_call`, which takes the values of all variables and gives new ones to assign."""
    options_of = build.options_of_calls(case, data)

    def run(number: int) -> Any:
        turn = data.call(number)
        x = build.inputs(turn.case, turn, number)
        return called_stateless(layer, x, options_of(turn))

    return run


def _sequence_tensor(case: Case, data: Data, number: int) -> Any:
    dtype = "int32" if case["maskby"] == "embedding" else input_dtype(case)
    return ops.convert_to_tensor(sequence_array(case, data, number), dtype=dtype)


Applied = Callable[[Any, dict[str, Any]], Any]


@printed
def tf_function(apply: Applied, sequence: Any, layer: keras.Layer) -> Applied:
    """A tf.function; sizes that the symbolic sequence leaves open stay open in it."""
    import tensorflow as tf

    known = sequence.shape

    def spec(tensor: Any) -> Any:
        # a mask has the axes of the sequence before its features
        rest = known[1 : len(tensor.shape)] if tensor.dtype == tf.bool else tensor.shape[1:]
        return tf.TensorSpec([known[0], *rest], tensor.dtype)

    @cache
    def transformed(names: tuple[str, ...]) -> Any:
        """One function for all calls: their masks and states differ in numbers alone."""
        return tf.function(apply, input_signature=[shape, specs[names]])

    shape = tf.TensorSpec(sequence.shape, sequence.dtype)
    specs: dict[tuple[str, ...], Any] = {}

    def run(value: Any, options: dict[str, Any]) -> Any:
        specs.setdefault(tuple(options), map_structure(spec, options))
        return transformed(tuple(options))(value, options)

    return run


@printed
def jax_jit(apply: Applied, sequence: Any, layer: keras.Layer) -> Applied:
    """A function that JAX compiles, with the variables of the layer among its arguments."""
    import jax

    variables = layer.variables

    def pure(weights: Any, value: Any, options: dict[str, Any]) -> Any:
        # What a compiled function closes over would stay as it is.
        with keras.StatelessScope(state_mapping=list(zip(variables, weights, strict=True))):
            return apply(value, options)

    transformed = jax.jit(pure)
    return lambda value, options: transformed([v.value for v in variables], value, options)


@printed
def no_grad(apply: Applied, sequence: Any, layer: keras.Layer) -> Applied:
    """The function where no gradients are kept."""
    import torch

    return torch.no_grad()(apply)


TRANSFORMS: dict[str, Callable[[Applied, Any, keras.Layer], Applied]] = {
    "tensorflow": tf_function,
    "jax": jax_jit,
    "torch": no_grad,
}


@path("td")
def time_distributed(case: Case, data: Data, layer: keras.Layer) -> Run:
    """One call of the layer for each slice of a sequence of sequences."""
    wrapper = classes.TimeDistributed(layer)
    masks = slice_masks(data)
    options = {} if masks is None else {"mask": ops.convert_to_tensor(masks)}

    def run(number: int) -> Any:
        x = slices(data.x_of(number)).astype("float32")
        return wrapper(build.tensor(x, input_dtype(case)), **options, **_training(case))

    return run
