"""Deeds of the scenario `edge` that hold a promise over many models, callers and dtypes."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.learning import aims_of, picked, stepped
from keras_rnn_conformance.cases.models.optimizing import SCALING
from keras_rnn_conformance.cases.models.promises import (
    ATTENDING,
    COMPILED,
    COPYING,
    CUT,
    DIGITS,
    GOALS,
    HITS,
    LIKE,
    MADE_OF,
    MISUSED,
    OPERATIONS,
    POLICIES,
    RATE,
    SCORED,
    SHARE,
    SHARES,
    STEPPED,
    STEPS,
    TAKEN,
    TIMES,
    TRUTHS,
    UNTAKEN,
    WEIGHED,
    masks_of,
    ways_of,
)
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.errors import caught_as
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.global_settings import restored
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.structures import MADE
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of
from keras_rnn_conformance.subject.trees import flatten


def _made_of(seen: Observation, case: Case, data: Data) -> None:
    """The operations of models, and of those that begin in their middle; what these compute."""
    for policy in POLICIES:
        with restored():
            keras.config.set_dtype_policy(policy)
            for name in MADE_OF:
                whole = model_of(case, name)
                model = building.model(whole, case, data)
                seen.facts[f"layers of {name}, {policy}"] = operations(model)
                if name not in CUT:
                    continue
                middle = model.get_layer(CUT[name]).output
                first, rest = keras.Model(model.inputs, middle), keras.Model(middle, model.outputs)
                seen.facts[f"layers behind {CUT[name]} of {name}, {policy}"] = operations(rest)
                if policy == POLICIES[0]:
                    given = building.in_order(building.tensors_of(fed(whole, data)))
                    record_array(seen, f"output of {name}", flatten(rest(first(given)))[0])


@printed
def operations(model: keras.Model) -> list[str]:
    """The names of what a model does, but for its inputs."""
    entries = keras.layers.InputLayer
    return sorted(one.name for one in model.operations if not isinstance(one, entries))


def _refused(seen: Observation, case: Case, data: Data) -> None:
    """The error of each model for what it does not take; and what it gives afterwards."""
    given = {
        "x": data.x.astype("float32"),
        "start": data.states(1)[0].astype("float32"),
        "wide": np.concatenate([data.x, data.x], axis=2).astype("float32"),
        "long": np.concatenate([data.x, data.x], axis=1).astype("float32"),
        "flat": data.x[:, 0].astype("float32"),
        None: None,
    }
    x = keras.Input(data.x.shape[1:], name="sequence")
    start = keras.Input((data.units,), name="start")
    output = layer_of(case, data)(x, initial_state=start)
    models = {
        "listed": keras.Model([x, start], output),
        "keyed": keras.Model({"sequence": x, "start": start}, output),
    }
    for name, (which, what, named) in UNTAKEN.items():
        some = [None if given[one] is None else ops.convert_to_tensor(given[one]) for one in what]
        taken: Any = some or x_of(data)
        if some and which == "keyed":
            taken = dict(zip(("sequence", "start"), some, strict=False))
        for way in TAKEN[str(case["what"])]:
            seen.facts[f"error of {name}, {way}"] = refusal(models[which], way, taken, named)
    for which, model in models.items():
        right = {"sequence": x_of(data), "start": ops.convert_to_tensor(given["start"])}
        made = model(right if which == "keyed" else list(right.values()))
        record_array(seen, f"output of {which} inputs", made)


@printed
def refusal(model: keras.Model, way: str, given: Any, named: str) -> str:
    """The class of the error of a model that is called, and whether it names an input."""
    try:
        model(given) if way == "called" else getattr(model, way)(given)
    except Exception as error:
        known = any(f"{quote}{named}{quote}" in str(error) for quote in "'\"")
        return f"{caught_as(error)} that {'names' if known else 'does not name'} it"
    return "none"


def _misused(seen: Observation, case: Case, data: Data) -> None:
    """The error of each layer with arguments that it does not take."""
    for name, (kinds, options) in MISUSED[str(case["what"])].items():
        for kind in kinds:
            seen.facts[f"error of {kind} with {name}"] = misuse(
                getattr(keras.layers, kind), options
            )


@printed
def misuse(kind: Any, options: dict[str, Any]) -> str:
    """The class of the error of a layer that is made and called."""
    tensor = ops.ones((2, 4, 6))
    attends = {"Attention": ([tensor, tensor],), "MultiHeadAttention": (tensor, tensor)}
    try:
        kind(**options)(*attends.get(kind.__name__, (tensor,)))
    except ValueError:
        return "ValueError"
    except Exception as error:
        return caught_as(error)
    return "none"


def _copied(seen: Observation, case: Case, data: Data) -> None:
    """What copies of compiled models report, and how they are compiled."""
    x, y = data.x.astype("float32"), data.states(1)[0].astype("float32")
    for kind in COMPILED:
        model = built(kind, layer_of(case, data), data.x.shape[1:], x, y)
        for way in COPYING:
            made = COPIED[way](model)
            logs = made.evaluate(x, y, verbose=0, return_dict=True)
            for name, value in logs.items():
                seen.arrays[f"{name} of {kind}, {way}"] = np.asarray([float(value)])
            rate = ops.convert_to_numpy(made.optimizer.learning_rate)
            seen.facts[f"rate of {kind}, {way}"] = float(rate)
            seen.facts[f"reports of {kind}, {way}"] = sorted(logs)


@printed
def built(kind: str, layer: Any, shape: Any, x: Any, y: Any) -> keras.Model:
    """A compiled model of one layer, alone or around a model that was compiled and used."""
    entry = keras.Input(shape)
    model = keras.Sequential([entry, layer])
    if kind != "Sequential":
        model = keras.Model(entry, layer(entry))
    how: dict[str, Any] = {"run_eagerly": True, "jit_compile": False}
    if kind == "around a compiled one":
        model.compile(loss="mae", metrics=["mse"], **how)
        model.evaluate(x, y, verbose=0)
        model = keras.Model(entry, model(entry))
    for metric in ("mean_squared_error", "mean_absolute_error"):
        optimizer = keras.optimizers.SGD(RATE)
        how |= {"loss_weights": [SHARE], "metrics": [metric]}
        model.compile(optimizer, loss="mean_squared_error", **how)
    return model


COPIED: dict[str, Callable[[Any], keras.Model]] = {
    **MADE,
    "cloned within": lambda model: building.twin(model, "clone within"),
    "copied": copy.deepcopy,
}
"""By way of COPYING, what copies a model."""


def _scored(seen: Observation, case: Case, data: Data) -> None:
    """What metrics say of truths and hits, however these are written, and after a reset."""
    kinds, writings = SCORED[str(case["what"])]
    for kind in kinds:
        for way in writings:
            metric = getattr(keras.metrics, kind)()
            truths, hits = written(TRUTHS, way), written(HITS, way)
            for time in TIMES:
                for name, weights in (("plain", None), ("weighed", WEIGHED.astype("float32"))):
                    metric.reset_state()
                    metric.update_state(truths, hits, sample_weight=weights)
                    value = float(ops.convert_to_numpy(metric.result()))
                    seen.arrays[f"result of {kind} for {way}, {name}, {time}"] = np.asarray([value])


@printed
def written(values: Any, way: str) -> Any:
    """Truths in another form."""
    if way == "lists":
        return values.astype(int).tolist()
    if way.startswith("an array of "):
        return values.astype(way.removeprefix("an array of "))
    return ops.cast(ops.convert_to_tensor(values), way.removeprefix("a tensor of "))


def _written_goals(seen: Observation, case: Case, data: Data) -> None:
    """What evaluate reports of two outputs, however losses, metrics and targets are written."""
    x, (one, other) = data.x.astype("float32"), aims_of(data)
    targets = {"later": one.astype("float32"), "earlier": other.astype("float32")}
    entry, layer = keras.Input(data.x.shape[1:]), layer_of(case, data, return_sequences=True)
    sequence = layer(entry)
    outputs = {
        "later": keras.layers.Identity(name="later")(sequence),
        "earlier": keras.layers.Lambda(lambda tensor: tensor[:, -1], name="earlier")(sequence),
    }
    for like, ways in LIKE.items():
        model = keras.Model(entry, formed(outputs, like))
        for how in ways:
            metrics = dict(zip(GOALS, reversed(GOALS.values()), strict=True))
            lists = {name: [kind] for name, kind in metrics.items()}
            model.compile(
                loss=formed(GOALS, how),
                metrics=formed(lists, how),
                loss_weights=formed(SHARES, how),
                run_eagerly=True,
                jit_compile=False,
            )
            for form in ways:
                y = formed(targets, form)
                logs = model.evaluate(x, y, batch_size=data.batch, verbose=0, return_dict=True)
                for name, value in logs.items():
                    seen.arrays[f"{name} of {like}, {how}, {form}"] = np.asarray([float(value)])


@printed
def formed(items: dict[str, Any], how: str) -> Any:
    """What belongs to the outputs of a model, in a list, a tuple or a dictionary."""
    if how == "list":
        return list(items.values())
    if how == "tuple":
        return tuple(items.values())
    return dict(reversed(items.items())) if how == "turned dict" else dict(items)


def _picked(seen: Observation, case: Case, data: Data) -> None:
    """What heads give of queries of which each has one key left."""
    query, value, chosen = picked(data)
    for name, axes in ATTENDING.items():
        four = name.endswith("four")
        given = [np.stack([a, a], 1) if four else a for a in (query, value)]
        tensors = [ops.convert_to_tensor(a.astype("float32")) for a in given]
        heads = keras.layers.MultiHeadAttention(2, 2, attention_axes=axes)
        heads.build(*(a.shape for a in given))
        for k, weight in enumerate(heads.weights):
            weight.assign(data.numbers(f"heads {k}", tuple(weight.shape), 16))
        for way in masks_of(name):
            mask = np.stack([chosen, chosen], 1) if four else chosen
            mask = shaped_mask(mask, way)
            output = heads(*tensors, attention_mask=ops.convert_to_tensor(mask))
            record_array(seen, f"output for {way} with {name}", output)


@printed
def shaped_mask(mask: Any, way: str) -> Any:
    """A mask in another dtype, of one sample for all with a batch or without, or of all heads."""
    parts = {
        "bool of one sample": mask[:1],
        "bool of none": mask[0],
        "bool for each head": mask[:, None],
    }
    return parts[way] if way in parts else mask.astype(way)


def _stepped(seen: Observation, case: Case, data: Data) -> None:
    """What weights are after some steps of an optimizer, in whichever way these are taken."""
    deed, more = str(case["what"]), case["what"] in STEPS
    weights = {k: one.astype("float32") for k, one in stepped(data, "weight", more).items()}
    slopes = [stepped(data, f"slope {step}", more) for step in range(STEPS.get(deed, 2))]
    for name, settings in STEPPED[deed].items():
        for way in ways_of(deed):
            variables = [keras.Variable(array, name=key) for key, array in weights.items()]
            steps = [
                [ops.convert_to_tensor(a, dtype="float32") for a in s.values()] for s in slopes
            ]
            after = after_steps(stepping(**settings), way, steps, variables)
            for key, value in zip(weights, after, strict=True):
                record_array(seen, f"value of {key} after {name}, {way}", value)


@printed
def stepping(kind: str, **settings: Any) -> keras.optimizers.Optimizer:
    """An optimizer, with a loss scale around it if it has one."""
    around = {key: settings.pop(key) for key in tuple(settings) if key in SCALING}
    excluded = settings.pop("excluded", ())
    made: keras.optimizers.Optimizer = getattr(keras.optimizers, kind)(**settings)
    if excluded:
        made.exclude_from_weight_decay(var_names=list(excluded))
    return keras.optimizers.LossScaleOptimizer(made, **around) if around else made


@printed
def after_steps(optimizer: Any, way: str, steps: list[Any], variables: list[Any]) -> list[Any]:
    """The weights after steps of an optimizer, each taken in the same documented way."""
    if way == "apply once built":
        optimizer.build(variables)
    for slopes in steps:
        if way == "apply with weights":
            optimizer.apply(slopes, variables)
        elif way == "apply once built":
            optimizer.apply(slopes)
        else:
            optimizer.apply_gradients(list(zip(slopes, variables, strict=True)))
    return [variable.value for variable in variables]


class Waiting(keras.layers.Layer):
    """Stops in its build until it may go on."""

    def __init__(self, began: threading.Event, goes_on: threading.Event) -> None:
        super().__init__()
        self.began, self.goes_on = began, goes_on

    def build(self, shape: Any) -> None:
        self.began.set()
        self.goes_on.wait(60.0)

    def call(self, inputs: Any) -> Any:
        return inputs


def _made_in_thread(seen: Observation, case: Case, data: Data) -> None:
    """What a model gives that a thread was making when the names of Keras were cleared."""
    model = made_meanwhile(layer_of(case, data), data.x.shape[1:])
    record_array(seen, "output", model(x_of(data)))


@printed
def made_meanwhile(layer: Any, shape: Any) -> keras.Model:
    """A model that a thread makes, while another one clears the names of Keras."""
    began, goes_on = threading.Event(), threading.Event()

    def make() -> keras.Model:
        return keras.Sequential([keras.Input(shape), Waiting(began, goes_on), layer])

    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(make)
        began.wait(60.0)
        keras.utils.clear_session()
        goes_on.set()
        return made.result()


def _two_dtypes(seen: Observation, case: Case, data: Data) -> None:
    """The dtype that operations give of tensors of two dtypes, in either order, and foretell."""
    for name in OPERATIONS:
        for one in DIGITS:
            for other in DIGITS:
                seen.facts[f"dtype of {name} of {one} and {other}"] = resulting(name, one, other)


@printed
def resulting(name: str, one: str, other: str) -> list[str]:
    """The dtypes of what an operation gives and of what it foretells."""
    dtypes = []
    for first, second in (
        (ops.ones((2, 2), one), ops.ones((2, 2), other)),
        (keras.KerasTensor((2, 2), one), keras.KerasTensor((2, 2), other)),
    ):
        if name == "concatenate":
            made = ops.concatenate([first, second])
        elif name == "where":
            made = ops.where(ops.ones((2, 2), "bool"), first, second)
        else:
            made = getattr(ops, name)(first, second)
        dtypes.append(keras.backend.standardize_dtype(made.dtype))
    return dtypes


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "made_of": _made_of,
    **dict.fromkeys(TAKEN, _refused),
    **dict.fromkeys(MISUSED, _misused),
    "compiled_copies": _copied,
    **dict.fromkeys(SCORED, _scored),
    "picked": _picked,
    "written_goals": _written_goals,
    **dict.fromkeys(STEPPED, _stepped),
    "made_in_thread": _made_in_thread,
    "two_dtypes": _two_dtypes,
}
"""By deed, what is done."""
