"""What is asked: a layer in Keras's words, its numbers, and what came out of it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.exchange.numbers import array as array_of
from keras_rnn_conformance.exchange.observations import load
from keras_rnn_conformance.results.lines import read
from keras_rnn_conformance.results.schema import SchemaFault
from reference_impl import GRU, LSTM, PRECISIONS, Layer, ReferenceInputError, SimpleRNN

Array = NDArray[np.float64]
LAYERS: dict[str, type[Layer]] = {
    "SimpleRNN": SimpleRNN,
    "LSTM": LSTM,
    "GRU": GRU,
}
GATES = {
    "SimpleRNN": "h",
    "LSTM": "ifco",
    "GRU": "zrh",
}
WEIGHTS = ("kernel", "recurrent_kernel", "bias")
KEYS = {
    "layer",
    "arguments",
    "weights",
    "inputs",
    "mask",
    "initial_state",
    "output",
    "states",
    "dtype",
    "generation",
}
OPTIONS = (
    "activation",
    "recurrent_activation",
    "use_bias",
    "go_backwards",
    "reset_after",
    "zero_output_for_mask",
)
"""The arguments of a layer that bear on what a call gives; others are left out."""
_CASES = {"format": "cases", "id": "case", "rows": "footer"}
_LARGEST = 64 << 20


class QuestionFault(CommandFault):
    """What was handed over cannot be used; the message says what is wrong with it."""


@dataclass(frozen=True)
class Question:
    """A layer, its numbers and an output.

    Attributes:
        layer: `SimpleRNN`, `LSTM` or `GRU`.
        units: of the layer.
        options: its arguments in Keras's words, those of `OPTIONS`.
        weights: in Keras's order and layout; the bias of a GRU has one row or two.
        x: (batch, timesteps, features).
        output: (batch, timesteps, units) or (batch, units).
        mask: (batch, timesteps) of bool, if there is one.
        start: the initial states, (batch, units) each, if they are given.
        states: the last states, as far as they are known.
        precision: of the computation that gave the output.
        generation: what Keras's names and defaults mean: a key of `reference_impl.GENERATIONS`.
        name: where it comes from.
    """

    layer: str
    units: int
    weights: tuple[Array, ...]
    x: Array
    output: Array
    options: Mapping[str, Any] = field(default_factory=dict)
    mask: NDArray[np.bool_] | None = None
    start: tuple[Array, ...] | None = None
    states: tuple[Array, ...] = ()
    precision: str = "float32"
    generation: str = "keras3"
    name: str = ""

    def but(self, **changes: Any) -> Question:
        """The question with some attributes changed."""
        return replace(self, **changes)

    def with_options(self, **options: Any) -> Question:
        """The question with other arguments of the layer."""
        return replace(self, options={**self.options, **options})

    @property
    def sequences(self) -> bool:
        """Whether the output is that of every timestep."""
        return self.output.ndim == 3


def read_question(path: Path) -> Question:
    """The question of a JSON file.

    Raises:
        QuestionFault: if it is not of the documented form.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise QuestionFault(f"{path}: larger than {_LARGEST >> 20} MiB")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QuestionFault(f"{path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise QuestionFault(f"{path}: not JSON: {str(error)[:120]}") from None
    return question_of(value, str(path))


def question_of(value: Any, name: str) -> Question:
    """The question that a JSON value asks."""
    if not isinstance(value, dict):
        raise QuestionFault(f"{name}: must be an object with {', '.join(sorted(KEYS))}")
    if unknown := sorted(set(value) - KEYS):
        raise QuestionFault(
            f"{name}: unknown keys {unknown[:5]}; it takes {', '.join(sorted(KEYS))}"
        )
    missing = [key for key in ("layer", "weights", "inputs", "output") if key not in value]
    if missing:
        raise QuestionFault(f"{name}: lacks {', '.join(missing)}")
    return _checked(value, name)


def _checked(value: dict[str, Any], name: str) -> Question:
    layer, arguments = value["layer"], value.get("arguments", {})
    if layer not in LAYERS:
        raise QuestionFault(f"{name}: layer must be one of {', '.join(LAYERS)}")
    weights = _weights(value["weights"], name)
    x, output = _array(value["inputs"], "inputs", name), _array(value["output"], "output", name)
    given = value.get("mask")
    mask = None if given is None else _array(given, "mask", name).astype(bool)
    start = value.get("initial_state")
    question = Question(
        layer,
        weights[1].shape[0] if weights[1].ndim == 2 else 0,
        weights,
        x,
        output,
        _options(arguments, layer, weights, name),
        mask,
        None if start is None else _arrays(start, "initial_state", name),
        states=_arrays(value.get("states", []), "states", name),
        precision=value.get("dtype", "float32"),
        generation=value.get("generation", "keras3"),
        name=name,
    )
    _check_shapes(question)
    return question


def _options(arguments: Any, layer: str, weights: tuple[Array, ...], name: str) -> dict[str, Any]:
    if not isinstance(arguments, dict):
        raise QuestionFault(f"{name}: arguments must be an object")
    options = {key: value for key, value in arguments.items() if key in OPTIONS}
    options.setdefault("use_bias", len(weights) == 3)
    if layer == "GRU":
        two_rows = len(weights) == 3 and weights[2].ndim == 2 and len(weights[2]) == 2
        options.setdefault("reset_after", two_rows or len(weights) < 3)
    if layer == "SimpleRNN":
        options.pop("recurrent_activation", None)
    return options


def _weights(given: Any, name: str) -> tuple[Array, ...]:
    if isinstance(given, list):
        given = dict(zip(WEIGHTS, given, strict=False))
    if not isinstance(given, dict) or not set(WEIGHTS[:2]) <= set(given) <= set(WEIGHTS):
        raise QuestionFault(f"{name}: weights must be {', '.join(WEIGHTS)}, by name or in order")
    return tuple(_array(given[key], key, name) for key in WEIGHTS if given.get(key) is not None)


def _arrays(given: Any, what: str, name: str) -> tuple[Array, ...]:
    if not isinstance(given, list):
        raise QuestionFault(f"{name}: {what} must be a list of arrays, one for each state")
    return tuple(_array(item, f"{what}[{k}]", name) for k, item in enumerate(given))


def _array(given: Any, what: str, name: str) -> Array:
    """An array, as `{"shape": ..., "data": ...}` or as nested lists."""
    try:
        if isinstance(given, dict):
            value = array_of(given, what)
        else:
            value = np.asarray(given, dtype=np.float64)
    except (SchemaFault, KeyError, TypeError, ValueError) as error:
        raise QuestionFault(f"{name}: {what} is no array of numbers: {str(error)[:120]}") from None
    if not np.isfinite(value).all():
        raise QuestionFault(f"{name}: {what} holds NaN or infinity, which no convention explains")
    return value


def _check_shapes(question: Question) -> None:
    name, x, output = question.name, question.x, question.output
    if question.precision not in PRECISIONS:
        raise QuestionFault(f"{name}: dtype must be one of {', '.join(PRECISIONS)}")
    if x.ndim != 3:
        raise QuestionFault(f"{name}: inputs must be (batch, timesteps, features), got {x.shape}")
    batch, steps, _ = x.shape
    wanted = ((batch, steps, question.units), (batch, question.units))
    if output.shape not in wanted:
        raise QuestionFault(
            f"{name}: output must be {wanted[0]} or {wanted[1]}, got {output.shape}"
        )
    if any(state.shape != wanted[1] for state in (*(question.start or ()), *question.states)):
        raise QuestionFault(f"{name}: every state must be {wanted[1]}")
    if question.mask is not None and question.mask.shape != (batch, steps):
        raise QuestionFault(f"{name}: mask must be {(batch, steps)}, got {question.mask.shape}")


def exchanged(cases: Path, observations: Path, wanted: str | None = None) -> list[Question]:
    """The questions of a file of cases and one of observations: those of one layer and one call.

    Args:
        cases: what `export` wrote.
        observations: what an observer made of it.
        wanted: the id of a case, if only one is asked about.

    Raises:
        QuestionFault: if there is nothing to ask about, or the weights are not in Keras's layout.
    """
    observed = load(observations).lines
    names = []
    for _, part, line in read(cases, "exchange", _CASES):
        plain = part == "case" and line["layer"] in LAYERS and len(line.get("inputs", ())) == 1
        if not plain or wanted not in (None, line["id"]) or line["options"]:
            continue
        if "layout" in line:
            told = f"the weights are in the layout {line['layout']}: export without --layout"
            raise QuestionFault(f"{cases}: {line['id']}: {told}")
        arrays = observed.get(line["id"], {}).get("arrays", {})
        if "output" in arrays:
            names.append(_of_lines(line, arrays))
    if not names:
        raise QuestionFault(f"{observations}: no output of a layer that is called once, in {cases}")
    return names


def _of_lines(line: dict[str, Any], arrays: dict[str, Any]) -> Question:
    kept = {key: line[key] for key in ("layer", "arguments", "weights") if key in line}
    states = [arrays[key] for key in ("hidden state", "carry") if key in arrays]
    optional = {key: line[key] for key in ("mask", "initial_state") if line.get(key) is not None}
    value = {**kept, **optional, "inputs": line["inputs"][0], "output": arrays["output"]}
    return question_of({**value, "states": states}, line["id"])


def layer_of(question: Question) -> Layer:
    """The reference layer of a question.

    Raises:
        QuestionFault: if it has no such argument, or one that has no meaning.
    """
    try:
        return LAYERS[question.layer](
            question.units,
            return_sequences=True,
            return_state=True,
            generation=question.generation,
            precision=question.precision,
            **question.options,
        )
    except (ReferenceInputError, TypeError) as error:
        raise QuestionFault(f"{question.name}: {error}") from None
