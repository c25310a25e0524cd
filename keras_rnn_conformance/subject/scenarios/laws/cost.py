"""The scenario `cost`: what a call costs, counted and never timed."""

from __future__ import annotations

import gc
import itertools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.training import LEARNING_RATE, targets
from keras_rnn_conformance.subject.internals import attributes_of, items_of
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.paths import fed, functional_model
from keras_rnn_conformance.subject.trace import tracing
from keras_rnn_conformance.subject.watch import unwatched

CALLS = 20
WARM = 3
"""Calls before memory is looked at: caches fill, compiled functions are made."""

LENGTHS = (1, 2, 4)
"""Multiples of the timesteps at which the work is counted."""

BLOCKS = 2
"""How often twenty calls are looked at: what a cache takes once is no leak."""


@scenario("cost")
def cost(case: Case, data: Data) -> Observation:
    """Count what the variant of the case is about."""
    seen = Observation()
    with unwatched():
        VARIANTS[str(case["what"])](seen, case, data)
    return seen


@printed
def compilations(run: Callable[[Any], Any], xs: list[Any]) -> int:
    """How many programs JAX compiles in a call on inputs of shapes that it knows."""
    import jax

    made, active = 0, False

    def listen(event: str, duration: float, **rest: Any) -> None:
        nonlocal made
        made += active and event == "/jax/core/compile/backend_compile_duration"

    jax.monitoring.register_event_duration_secs_listener(listen)
    for x in xs:
        run(x)
    active = True
    run(xs[0])
    active = False
    return made


def _later(run: Callable[[Any], Any], xs: list[Any], seen: Observation) -> None:
    """Count in a call on shapes that others had before; the first two may prepare things."""
    for x in xs:
        run(x)
    with tracing() as ran:
        run(xs[0])
    seen.facts["steps"], seen.path = ran.steps, ran.path
    seen.facts["backend"] = keras.config.backend()
    of_jax = keras.config.backend() == "jax"  # other backends do not say what they compile
    seen.facts["compilations"] = compilations(run, xs) if of_jax else 0


def _call(seen: Observation, case: Case, data: Data) -> None:
    layer = build.make(case, data)
    options = build.call_options(case, data)
    xs = [build.inputs(case, data, number) for number in (0, 1)]
    _later(lambda x: layer(x, **options), xs, seen)


def _predict(seen: Observation, case: Case, data: Data) -> None:
    model = functional_model(case, data, build.make(case, data))
    xs = [fed(case, data, number) for number in (0, 1)]
    _later(lambda x: model.predict(x, verbose=0), xs, seen)


def _trained(case: Case, data: Data) -> tuple[keras.Model, Any]:
    model = functional_model(case, data, build.make(case, data))
    # JAX compiles with XLA or not at all; TensorFlow has graphs without it.
    jit = keras.config.backend() == "jax"
    model.compile(keras.optimizers.SGD(LEARNING_RATE), "mean_absolute_error", jit_compile=jit)
    return model, targets(case, data).astype("float32")


def _epoch(seen: Observation, case: Case, data: Data) -> None:
    model, far = _trained(case, data)
    xs = [fed(case, data, number) for number in (0, 1)]
    _later(lambda x: model.fit(x, far, verbose=0), xs, seen)


def _batch(seen: Observation, case: Case, data: Data) -> None:
    model, far = _trained(case, data)
    xs = [fed(case, data, number) for number in (0, 1)]
    _later(lambda x: model.train_on_batch(x, far), xs, seen)


def _assessments(seen: Observation, case: Case, data: Data) -> None:
    """What predicts and assesses, with every argument that says how the data is cut up."""
    model, far = _trained(case, data)
    weights, size = np.ones(far.shape[:-1], "float32"), data.batch

    def run(x: Any) -> None:
        model.predict(x, batch_size=size, steps=1, verbose=0)
        model.predict_on_batch(x)
        model.evaluate(x, far, batch_size=size, sample_weight=weights, steps=1, verbose=0)
        model.test_on_batch(x, far, sample_weight=weights)

    _later(run, [fed(case, data, number) for number in (0, 1)], seen)


def _memory(seen: Observation, case: Case, data: Data) -> None:
    """What twenty calls leave: objects that the collector knows, and items on the layer."""
    layer = build.make(case, data)
    options = build.call_options(case, data)
    xs = [build.inputs(case, data, number) for number in (0, 1)]
    with warnings.catch_warnings():  # pytest keeps every warning that it hears: so many objects
        warnings.simplefilter("ignore")
        left = left_behind(layer, xs, options)
    seen.facts["objects per call"], seen.facts["items"] = left[0], left[1]


@printed
def left_behind(layer: Any, xs: list[Any], options: dict[str, Any]) -> tuple[int, int]:
    """How many objects a call leaves, and how many items twenty leave in what the layer holds."""
    counts = []
    gc.freeze()  # what was there before is neither searched nor counted
    for number in range(WARM + BLOCKS * CALLS + 1):
        if (number - WARM) % CALLS == 0:
            gc.collect()
            held = items_of(layer) + attributes_of(layer)
            counts.append((len(gc.get_objects()), held))
        layer(xs[number % 2], **options)
    gc.unfreeze()
    growth = [(after - before, more - items)
              for (before, items), (after, more) in itertools.pairwise(counts)]  # fmt: skip
    objects = max(0, min(each // CALLS for each, _ in growth))
    return objects, max(0, min(items for _, items in growth))


def _growth(seen: Observation, case: Case, data: Data) -> None:
    """How many functions run in a call of one, two and four times as many timesteps."""
    layer = build.make(case, data)
    counts = []
    for times in LENGTHS:
        x = build.tensor(np.concatenate([data.x] * times, axis=1), "float32")
        layer(x)
        counts.append(functions_of(layer, x))
    seen.facts["functions"] = counts


@printed
def functions_of(layer: Any, x: Any) -> int:
    """How many calls of functions there are inside of a call, those of C included."""
    count = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    gc.disable()  # a collection runs functions of others
    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        layer(x)
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


VARIANTS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "eager": _call, "predictions": _predict, "epochs": _epoch, "batches": _batch,
    "memory": _memory, "growth": _growth, "assessments": _assessments,
}  # fmt: skip
