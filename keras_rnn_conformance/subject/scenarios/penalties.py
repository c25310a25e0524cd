"""The scenarios `reg` and `constraint`: what is added to the loss, what an update step leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios import penalties
from keras_rnn_conformance.cases.scenarios.initial_weights import NAMES
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.further_arguments import called, fed, fresh
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.initial_weights import no_forget_bias
from keras_rnn_conformance.subject.scenarios.whole.promises import after_steps


@scenario("reg")
def regularized(case: Case, data: Data) -> Observation:
    """Record the losses of a layer before a call, after one, and after another."""
    seen, given = Observation(), regularizers(str(case["what"]))
    layer = _filled(case, data, given)
    whole = AROUND.get(str(case["what"]), lambda inside: inside)(layer)
    seen.arrays["before"] = losses_of(whole)
    for name in ("after", "again"):
        called(case, data, whole)
        seen.arrays[name] = losses_of(whole)
    if penalties.returned_losses(case):
        seen.arrays["returned"] = returned_losses(whole, fed(case, data))
    if case["what"] == "weights":
        for name, (argument, value) in zip(NAMES, given.items(), strict=True):
            layer = _filled(case, data, {argument: value, **no_forget_bias(case)})
            called(case, data, layer)
            seen.arrays[penalties.alone(name)] = losses_of(layer)
    return seen


class Holding(keras.layers.Layer):
    """A layer of the user's own that holds another one, and nothing else."""

    def __init__(self, held: keras.layers.Layer) -> None:
        super().__init__()
        self.held = held

    def call(self, inputs: Any) -> Any:
        return self.held(inputs)


AROUND: dict[str, Callable[[keras.layers.Layer], keras.layers.Layer]] = {
    "within": lambda layer: keras.Sequential([layer]),
    "holding": Holding,
}
"""By variant, what is around the layer whose output has the penalty."""


def regularizers(what: str) -> dict[str, Any]:
    """The arguments of a variant."""
    penalty = keras.regularizers
    variants: dict[str, dict[str, Any]] = {
        "weights": {
            "kernel_regularizer": penalty.L1(penalties.L1),
            "recurrent_regularizer": penalty.L2(penalties.L2),
            "bias_regularizer": penalty.L1L2(l1=penalties.L2, l2=penalties.L1),
        },
        "activity": {"activity_regularizer": penalty.L1L2(l1=penalties.L1, l2=penalties.L2)},
        "within": {"activity_regularizer": penalty.L1L2(l1=penalties.L1, l2=penalties.L2)},
        "holding": {"activity_regularizer": penalty.L1L2(l1=penalties.L1, l2=penalties.L2)},
        "words": {"kernel_regularizer": "l2", "recurrent_regularizer": lambda w: ops.sum(w)},
        "angles": {
            "kernel_regularizer": penalty.OrthogonalRegularizer(penalties.L1, mode="rows"),
            "recurrent_regularizer": penalty.OrthogonalRegularizer(penalties.L1, mode="columns"),
        },
    }
    return variants[what]


@printed
def losses_of(layer: keras.Layer) -> np.ndarray[Any, Any]:
    """The losses of a layer, in order of size."""
    return np.sort(np.array([float(ops.convert_to_numpy(loss)) for loss in layer.losses]))


@printed
def returned_losses(layer: keras.Layer, x: Any) -> np.ndarray[Any, Any]:
    """The losses that `stateless_call` returns, in order of size."""
    trained, other = layer.trainable_variables, layer.non_trainable_variables
    values = ([ops.copy(v.value) for v in variables] for variables in (trained, other))
    losses = layer.stateless_call(*values, x, return_losses=True)[-1]
    return np.sort(np.array([float(ops.convert_to_numpy(loss)) for loss in losses]))


def _filled(case: Case, data: Data, options: dict[str, Any]) -> keras.Layer:
    outer = options if case["what"] == "activity" else {}
    inner = {} if case["what"] == "activity" else options
    layer = fresh(case, data, outer, **build.cheap_initializers(), **inner)
    layer.build(build_shape(case, data))
    weights = [list(one.values()) for one in penalties.per_piece(case, data).values()]
    build.set_weights(layer, data.with_own(weights))
    return layer


@scenario("constraint")
def constrained(case: Case, data: Data) -> Observation:
    """Take one step of gradient descent with learning rate 1, and record the weights."""
    seen, given = Observation(), _constraints(str(case["what"]))
    for name, value in _stepped(case, data, given).items():
        record_array(seen, name, value)
    if case["what"] == "each":
        for only, (argument, constraint) in zip(NAMES, given.items(), strict=True):
            alone = {argument: constraint, **no_forget_bias(case)}
            for name, value in _stepped(case, data, alone).items():
                record_array(seen, penalties.alone(only, name), value)
    return seen


def _stepped(case: Case, data: Data, given: dict[str, Any]) -> dict[str, Any]:
    """The weights after the step, and after another that only constrains them, by name."""
    slopes = penalties.gradients(case, data)
    step = [ops.convert_to_tensor(array.astype("float32")) for array in slopes.values()]
    none = [ops.zeros_like(one) for one in step]
    after: dict[str, Any] = {}
    for naming, steps in ((str, [step]), (penalties.again, [step, none])):
        variables = _filled(case, data, given).trainable_variables
        optimizer = keras.optimizers.SGD(learning_rate=1.0)
        values = after_steps(optimizer, "apply with weights", steps, variables)
        after |= dict(zip(map(naming, slopes), values, strict=True))
    return after


def _constraints(what: str) -> dict[str, Any]:
    """The arguments of a variant: a name and two callables, or one of norms for each weight."""
    names = ("kernel_constraint", "recurrent_constraint", "bias_constraint")
    if what in penalties.NORMS:
        norms = zip(names, penalties.NORMS[what], strict=True)
        return {name: _of_norms(kind, axes) for name, (kind, axes) in norms}
    floors = (penalties.FLOORS["recurrent_kernel"], penalties.FLOORS["bias"])
    return dict(zip(names, ["non_neg", *map(_raised_to, floors)], strict=True))


def _of_norms(kind: str, axes: tuple[int, ...]) -> keras.constraints.Constraint:
    axis = axes[0] if len(axes) == 1 else list(axes)
    if kind in ("between", "low"):
        given = penalties.LOW if kind == "low" else penalties.BETWEEN
        return keras.constraints.MinMaxNorm(**given, axis=axis)
    if kind == "unit":
        return keras.constraints.UnitNorm(axis=axis)
    return keras.constraints.MaxNorm(penalties.NORM, axis=axis)


def _raised_to(floor: float) -> Callable[[Any], Any]:
    return lambda weight: ops.maximum(weight, floor)
