"""The scenario `ledger`: the signatures of the installed Keras, and what `**kwargs` takes."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.api.signatures import REQUIRED, THROUGH_KEYWORDS, class_of
from keras_rnn_conformance.cases.api.table import spelling
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject.registry import printed, scenario


@scenario("ledger")
def ledger(case: Case, data: Data) -> Observation:
    """Record names and defaults of the constructor's and the call's arguments."""
    name = class_of(case)
    subject = _class(name)
    seen = Observation()
    seen.facts["keras"] = keras.version()
    for method in ("__init__", "call"):
        given = arguments_of(subject, method) if (name, method) != ("Layer", "call") else []
        seen.facts[method] = [[argument, default] for argument, default in given]
        seen.facts[f"names of {method}"] = names_of(subject, method) if given else []
    seen.facts["refused"] = {
        argument: message
        for argument, value in THROUGH_KEYWORDS.get(name, {}).items()
        if (message := refusal(subject, _required(name), {spelling(argument): value}))
    }
    if name == "Layer":
        seen.facts["activations"] = offered()
    return seen


def _class(name: str) -> Any:
    if name == "Layer":
        return keras.Layer
    if name == "ConvLSTMCell":
        return type(keras.layers.ConvLSTM2D(1, 1).cell)
    if name == "ConvLSTM":
        return keras.layers.ConvLSTM2D.__bases__[0]
    return getattr(keras.layers, name)


@printed
def arguments_of(kind: Any, method: str) -> list[list[str]]:
    """Name and default of every argument of a method behind the first."""
    function = getattr(kind, method)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return [[_spelt(p), REQUIRED if p.default is p.empty else repr(p.default)] for p in parameters]


@printed
def names_of(kind: Any, method: str) -> list[str]:
    """The names of the arguments of a method behind the first."""
    return [name for name, _ in arguments_of(kind, method)]


def _spelt(parameter: inspect.Parameter) -> str:
    prefixes: dict[Any, str] = {
        inspect.Parameter.VAR_KEYWORD: "**",
        inspect.Parameter.VAR_POSITIONAL: "*",
    }
    return prefixes.get(parameter.kind, "") + parameter.name


@printed
def refusal(kind: Any, first: tuple[Any, ...], options: dict[str, Any]) -> str:
    """The error that a constructor raises for an argument; empty if it takes it."""
    try:
        kind(*first, **options)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _required(name: str) -> tuple[Any, ...]:
    if name in ("Bidirectional", "TimeDistributed"):
        return (keras.layers.SimpleRNN(2),)
    if name == "RNN":
        return (keras.layers.SimpleRNNCell(2),)
    if name == "StackedRNNCells":
        return ([keras.layers.SimpleRNNCell(2)],)
    return (2, 1) if name.startswith("Conv") else (2,)


@printed
def offered() -> list[str]:
    """The functions that `keras.activations` offers, without their further names."""
    helpers = {"deserialize", "serialize", "get"}
    every = {n: getattr(keras.activations, n) for n in dir(keras.activations)}
    return [n for n, f in every.items() if getattr(f, "__name__", "") == n and n not in helpers]
