"""The scenario `settings`: layers of which nothing is said, under a global setting of Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.arguments import input_dtype
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import plain, unset
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY
from keras_rnn_conformance.cases.scenarios.dropout_masks import SEED
from keras_rnn_conformance.subject.calls import record_array, record_outputs, returned_names
from keras_rnn_conformance.subject.internals import forget_policy
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.further_arguments import called, fresh, output_of
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.trees import flatten


@scenario("settings")
def settings(case: Case, data: Data) -> Observation:
    """Call a layer that is made under a setting, and layers that are made before and after it."""
    seen = Observation()
    if case["what"] == "random":
        _random(seen, case, data)
        return seen
    usual = unset(case)
    at_ease = Data(usual, data.seed)
    with restored():
        if case["what"] != "floatx":
            earlier = build.make(usual, at_ease)
        SETTINGS[str(case["what"])](case)
        silent = plain(case).but(dtype="f32")
        layer = build.make(silent, Data(silent, data.seed))
        record_outputs(seen, _called(plain(case), data, layer), returned_names(case))
        seen.facts["policy"] = layer.dtype_policy.name
        seen.facts["weights"] = sorted({str(v.dtype) for v in layer.trainable_variables})
        if case["what"] != "floatx":
            _record(seen, "earlier", usual, at_ease, earlier)
    _record(seen, "later", usual, at_ease, build.make(usual, at_ease))
    return seen


def _called(case: Case, data: Data, layer: keras.Layer) -> Any:
    return layer(build.tensor(data.x, input_dtype(case)), **build.call_options(case, data))


def _record(seen: Observation, name: str, case: Case, data: Data, layer: keras.Layer) -> None:
    for known, value in zip(returned_names(case), flatten(_called(case, data, layer)), strict=True):
        record_array(seen, f"{name} {known}", value)


@contextmanager
def announced(case: Case) -> Iterator[None]:
    """The policy is set for all layers that are made or called inside, if the case wants that."""
    if case["dtypeby"] == "arg":
        yield
        return
    before = keras.mixed_precision.dtype_policy().name
    keras.mixed_precision.set_dtype_policy(POLICY[str(case["dtype"])])
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


@contextmanager
def restored() -> Iterator[None]:
    """Whatever is set inside, Keras is set as before outside."""
    floatx, epsilon = keras.config.floatx(), keras.config.epsilon()
    policy, images = keras.mixed_precision.dtype_policy().name, keras.config.image_data_format()
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_epsilon(epsilon)
        keras.config.set_image_data_format(images)
        keras.mixed_precision.set_dtype_policy(policy)  # in keras.config since 3.0.5


def _floatx(case: Case) -> None:
    """In a process that has made no layer yet."""
    forget_policy()
    keras.config.set_floatx(COMPUTE[str(case["dtype"])])


def _late(case: Case) -> None:
    """As in a process that has made a layer, and never set a policy."""
    forget_policy()
    keras.layers.SimpleRNN(1)
    keras.config.set_floatx(COMPUTE[str(case["dtype"])])


SETTINGS: dict[str, Callable[[Case], None]] = {
    "policy": lambda case: keras.config.set_dtype_policy(POLICY[str(case["dtype"])]),
    "floatx": _floatx,
    "late": _late,
    "epsilon": lambda case: keras.config.set_epsilon(0.5),
    "format": lambda case: keras.config.set_image_data_format("channels_first"),
}
"""By variant, what is set."""


def _random(seen: Observation, case: Case, data: Data) -> None:
    """Layers with no seed and with one, after the same global seed twice and after another."""
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        keras.utils.set_random_seed(seed + data.seed)
        layer = fresh(case, data)
        record_array(seen, f"{name} unseeded", output_of(called(case, data, layer, training=True)))
        record_array(seen, f"{name} kernel", layer.trainable_variables[0].value)
        # the same weights whatever the global seed, through which dropout shows
        own = fresh(case, data, seed=SEED, kernel_initializer="ones", recurrent_initializer="ones")
        record_array(seen, f"{name} seeded", output_of(called(case, data, own, training=True)))
