"""From a case to a Keras layer with the case's weights in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases.arguments import cell_arguments, input_dtype, masking_policy
from keras_rnn_conformance.cases.axis_values import FRONTS, MARKS, WIDTHS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    Tree,
    cell_of_piece,
    form,
    output_names,
    pieces,
    state_tree,
)
from keras_rnn_conformance.cases.construction import Given, Part, construction
from keras_rnn_conformance.cases.data import Data, Weights
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY
from keras_rnn_conformance.cases.masking import mark, marked
from keras_rnn_conformance.cases.shapes import build_shape, given_states
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.trees import map_structure
from keras_rnn_conformance.subject.user_cells import CELLS, WHOLE, ClassCell, DroppingCell


def shared_options(case: Case) -> dict[str, Any]:
    """The constructor arguments of a cell."""
    return {
        name: activation(value) if name.endswith("activation") else value
        for name, value in cell_arguments(case).items()
    }


def activation(given: Any) -> Any:
    """The argument that Keras gets for the name of an activation; anything else as it is."""
    if isinstance(given, str) and given == "callable":
        return lambda z: ops.clip(0.2 * z + 0.5, 0.0, 1.0)
    return given


def cheap_initializers() -> dict[str, Any]:
    """Initializers for layers whose weights are set right after: the defaults are dear."""
    return {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}


OWN: dict[str, Any] = {**CELLS, **WHOLE, "class": ClassCell, "dropping": DroppingCell}
"""The user's own classes, by what `construction.Part` calls them."""


def unbuilt(case: Case, data: Data, given: Given) -> keras.Layer:
    """The layer of a case, not built yet; only a cell that is no layer has its weights."""
    if case["fmtby"] != "config":
        return made(construction(case, data, given))
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        return made(construction(case, data, given))
    finally:
        keras.config.set_image_data_format(before)


def made(part: Any) -> Any:
    """What a part says, made: its class on what is inside it, and its other arguments."""
    if isinstance(part, list) and any(isinstance(item, Part) for item in part):
        return [made(item) for item in part]
    if not isinstance(part, Part):
        return part
    options = {
        name: activation(value) if name.endswith("activation") else made(value)
        for name, value in part.arguments.items()
    }
    return class_of(part)(made(part.first), **options)


def class_of(part: Part) -> Any:
    """The class of a part."""
    if part.own:
        return OWN[part.kind]
    return keras.Sequential if part.kind == "Sequential" else getattr(classes, part.kind)


def make(case: Case, data: Data, given: Given | None = None) -> keras.Layer:
    """The layer of a case, built for its input shape, with its weights."""
    given = given or Given()
    cheap = replace(given, inner={**cheap_initializers(), **given.inner})
    layer = unbuilt(case, data, cheap)
    layer.build(build_shape(case, data))
    each = zip(pieces(case), data.all_weights(), strict=True)
    of_layers = [own for piece, own in each if cell_of_piece(case, piece) != "class"]
    set_weights(layer, [weight for own in of_layers for weight in own])
    return layer


def set_weights(layer: keras.Layer, weights: Sequence[np.ndarray[Any, Any]]) -> None:
    """Put the numbers into the trainable weights, which must be as many, of the same shapes."""
    variables = layer.trainable_variables
    if len(variables) != len(weights):
        raise AssertionError(f"{len(variables)} trainable weights, {len(weights)} expected")
    for variable, value in zip(variables, weights, strict=True):
        wide = keras.backend.standardize_dtype(variable.dtype) == "float64"
        variable.assign(value.astype("float64" if wide else "float32"))


def tensor(array: np.ndarray[Any, Any], dtype: str) -> Any:
    """A tensor of the backend."""
    return ops.convert_to_tensor(array, dtype=dtype)


def inputs(case: Case, data: Data, call: int = 0) -> Any:
    """The input of a call as a tensor, with the mask on it where a layer in front makes it."""
    x = data.handed(call)
    if form(case) == "cell":
        return as_given(case, tensor(np.ascontiguousarray(x[:, 0]), input_dtype(case)))
    if case["maskby"] in MARKS:
        return masking_layer(case, data)(tensor(marked(case, x, data), input_dtype(case)))
    if case["maskby"] == "embedding":
        return embedding_layer(case, x)(ops.convert_to_tensor(token_ids(data), dtype="int32"))
    given = as_given(case, tensor(x, input_dtype(case)))
    return Front(opposite(data))(given) if case["maskby"] == "both" else given


def as_given(case: Case, tensors: Any) -> Any:
    """Tensors as the case hands them over: as they are, or as NumPy arrays of the caller's own."""
    if case["given"] == "tensor":
        return tensors
    return map_structure(lambda one: np.array(ops.convert_to_numpy(one)), tensors)


class Front(keras.layers.Layer):
    """Hands its input on with a mask."""

    def __init__(self, mask: np.ndarray[Any, Any]) -> None:
        super().__init__(dtype="float32", autocast=False)
        self.mask = ops.convert_to_tensor(mask)

    def call(self, inputs: Any) -> Any:
        return ops.copy(inputs)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return self.mask


def opposite(data: Data) -> np.ndarray[Any, Any]:
    """The mask of what the mask of the case leaves out."""
    assert data.mask is not None
    return ~data.mask


def masking_layer(case: Case, data: Data) -> keras.Layer:
    """A layer that masks every timestep that holds nothing but the mark."""
    return classes.Masking(mask_value=mark(case, data), dtype=masking_policy(case))


def token_ids(data: Data) -> np.ndarray[Any, Any]:
    """One token for every sample and timestep, 0 where the timestep is masked."""
    assert data.mask is not None
    ids = 1 + np.arange(data.mask.size).reshape(data.mask.shape)
    return np.where(data.mask, ids, 0)


def embedding_layer(case: Case, x: np.ndarray[Any, Any]) -> keras.Layer:
    """An Embedding that maps the tokens to the vectors of the input, and token 0 to a mask."""
    table = np.concatenate([np.zeros((1, x.shape[-1])), x.reshape(-1, x.shape[-1])])
    layer = classes.Embedding(
        len(table), x.shape[-1], mask_zero=True, dtype=POLICY[str(case["dtype"])]
    )
    layer.build((None, None))
    layer.embeddings.assign(table.astype("float32"))
    return layer


MASKS: dict[str, Callable[[np.ndarray[Any, Any]], Any]] = {
    "bool": ops.convert_to_tensor,
    "ints": lambda mask: ops.convert_to_tensor(mask.astype("int32")),
    "floats": lambda mask: ops.convert_to_tensor(mask.astype("float32")),
    "list": lambda mask: [ops.convert_to_tensor(mask)],
}
"""By the value of the axis `maskas`, the mask argument."""


def options_of_calls(case: Case, data: Data) -> Callable[[Data], dict[str, Any]]:
    """The options of each call by its numbers: one and the same objects for all that share them.

    They are made here and now: an encoder among them is no part of the calls.
    """
    first = call_options(case, data)
    return lambda turn: first if turn is data else call_options(turn.case, turn)


def call_options(case: Case, data: Data) -> dict[str, Any]:
    """The keyword arguments of the call."""
    options: dict[str, Any] = {}
    if data.mask is not None and case["maskby"] not in FRONTS:
        options["mask"] = MASKS[str(case["maskas"])](data.mask)
    if form(case) == "cell":
        options["states"] = initial_state(case, data)
    elif case["init"] != "none":
        options["initial_state"] = initial_state(case, data)
    options = as_given(case, options)
    if case["train"]:
        options["training"] = True
    return options


def initial_state(case: Case, data: Data) -> Any:
    """The initial states in the container that the case asks for; zeros if it hands none over."""
    if case["init"] == "layer":
        return encoder_states(case, data)
    dtype = WIDTHS.get(str(case["init"]), COMPUTE[str(case["dtype"])])
    factor = 0.0 if case["init"] == "none" else 1.0
    tensors = [tensor(factor * state, dtype) for state in given_states(case, data)]
    if case["init"] == "tensor":
        return tensors[0]
    states = packed(state_tree(case), iter(tensors))
    return tuple(states) if case["init"] == "tuple" else states


def packed(tree: Tree, tensors: Iterator[Any]) -> Any:
    """The tensors, nested as the tree of their names."""
    return next(tensors) if isinstance(tree, str) else [packed(item, tensors) for item in tree]


def encoder_states(case: Case, data: Data) -> list[Any]:
    """The last states of another layer of the same kind, run over the same input."""
    plain = case.but(
        seq=0,
        state=1,
        mask="none",
        maskby="arg",
        zero=0,
        stateful=0,
        calls=1,
        reset="none",
        unroll=0,
        static="all",
        via="call",
        init="none",
    )
    encoder = make(plain, data)
    set_weights(encoder, every_weight(data, "encoder "))
    return list(encoder(tensor(data.x, input_dtype(case))))[len(output_names(case)) :]


def every_weight(data: Data, name: str = "") -> list[np.ndarray[Any, Any]]:
    """The weights of every cell of the case, in Keras's order."""
    return [weight for cell in data.all_weights(name) for weight in cell]


def weights_of(layer: keras.Layer) -> Weights:
    """The trainable weights as arrays."""
    return tuple(np.asarray(ops.convert_to_numpy(v), np.float64) for v in layer.trainable_variables)
