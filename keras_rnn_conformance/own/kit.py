"""What laws are written with. Every function here is printed into scripts from its source."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def filled(fresh, x, *, keep_weights=False, constrain=None, **options):
    """A layer called once on `x`, its weights moved off their initial values, always alike."""
    keras.utils.set_random_seed(1)
    layer = fresh(**options)
    layer(keras.ops.convert_to_tensor(x))
    if getattr(layer, "stateful", False):
        layer.reset_state()
    generator = np.random.default_rng(1)
    for weight in [] if keep_weights else layer.trainable_weights:
        shape = tuple(weight.shape)
        size = 0.5 / shape[-2] ** 0.5 if len(shape) > 1 else 0.25
        value = array(weight.value).astype("float32") + size * generator.uniform(-1, 1, shape)
        if weight.constraint is not None:
            value = array(weight.constraint(keras.ops.cast(value, weight.dtype)))
        weight.assign(constrain(weight.path, value) if constrain else value)
    return layer


def array(tensor) -> Any:
    """A tensor as a NumPy array; bfloat16, which NumPy lacks, as float32."""
    if keras.backend.standardize_dtype(tensor.dtype) == "bfloat16":
        tensor = keras.ops.cast(tensor, "float32")
    return np.array(keras.ops.convert_to_numpy(tensor))


def run(layer, x, **arguments) -> Any:
    """What a call returns, as a flat list of arrays: the output, then the states."""
    returned = layer(keras.ops.convert_to_tensor(x), **arguments)
    return [array(tensor) for tensor in keras.tree.flatten(returned)]


def copied(source, target) -> Any:
    """The `target` with the trainable weights of `source`."""
    for old, new in zip(source.trainable_weights, target.trainable_weights, strict=True):
        new.assign(array(old.value))
    return target


def model_of(layer, x) -> Any:
    """A functional model of the layer and nothing else, for inputs like `x`."""
    inputs = keras.Input(x.shape[1:], batch_size=x.shape[0] if stateful(layer) else None)
    return keras.Model(inputs, keras.tree.flatten(layer(inputs)))


def stateful(layer) -> bool:
    """Whether the layer hands states from batch to batch."""
    return bool(getattr(layer, "stateful", False))


def predicted(model, x) -> Any:
    """What `predict` returns, as a flat list of arrays."""
    return [np.asarray(a) for a in keras.tree.flatten(model.predict(x, verbose=0))]


def dtypes(tensors) -> list[str]:
    """The dtypes of nested tensors or variables, by name."""
    return [keras.backend.standardize_dtype(t.dtype) for t in keras.tree.flatten(tensors)]


def pairs(name, got, want):
    """Each array beside the one that it should equal."""
    names = [name] + [f"{name}, state {i}" for i in range(len(want) - 1)]
    yield f"{name}, arrays returned", len(got), len(want)
    yield from zip(names, got, want, strict=True)


def departs(got, want, bound) -> Any:
    """The first place where `got` is not `want`, with its error, or None; `bound` is for floats."""
    if not (isinstance(got, np.ndarray) and isinstance(want, np.ndarray)):
        return None if got == want else ((), None)
    if got.shape != want.shape:
        return "shape", None
    with np.errstate(all="ignore"):
        error = np.abs(got.astype("float64") - want.astype("float64"))
    error = np.where((got == want) | (np.isnan(got) & np.isnan(want)), 0, error)
    wrong = np.argwhere(~(error <= bound))
    return (tuple(int(i) for i in wrong[0]), float(error[tuple(wrong[0])])) if len(wrong) else None
