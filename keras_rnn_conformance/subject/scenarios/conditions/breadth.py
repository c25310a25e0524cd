"""Deeds that hold a promise over every rank, axis, argument and dtype."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from itertools import product
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.breadth import (
    ALPHA,
    COLUMNS,
    COPIES,
    DOZEN,
    DROPS,
    FACTORED,
    HELD,
    HIDING,
    LAID_OUT,
    LAMBDA_WAYS,
    LOSS_DTYPES,
    LOSS_FORMS,
    LOSSES,
    RANK,
    RANK_DTYPES,
    RANKED,
    SHED,
    TELLING,
    TOLD,
    adapted_as,
    shapes_beside,
)
from keras_rnn_conformance.cases.models.deeds.breadth_data import (
    factored,
    guessed,
    hidden,
    partly_zero,
    ranked,
    ranked_weights,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.conditions.attention import attention_of
from keras_rnn_conformance.subject.scenarios.whole import building


def _every_rank(seen: Observation, case: Case, data: Data) -> None:
    """What a Dense and an EinsumDense give of two, three and four axes."""
    kernel, bias = (array.astype("float32") for array in ranked_weights(data))
    for (kind, told), dtype, biased in product(RANKED.items(), RANK_DTYPES, (True, False)):
        for x, (equation, axes) in zip(ranked(data), told, strict=True):
            options = {"bias_axes": axes if biased else None} if equation else {"use_bias": biased}
            layer = dense_of(equation, (*x.shape[1:-1], COLUMNS), dtype=dtype, **options)
            layer.build(x.shape)
            layer.set_weights([kernel, bias][: 1 + biased])
            where = f"{kind} of {x.ndim} axes in {dtype}{'' if biased else ', no bias'}"
            record_array(seen, f"output of {where}", layer(ops.convert_to_tensor(x, "float32")))


@printed
def dense_of(equation: str, shape: Any, **options: Any) -> Any:
    """A Dense, or an EinsumDense where there is an equation."""
    if equation:
        return keras.layers.EinsumDense(equation, output_shape=shape, **options)
    return keras.layers.Dense(shape[-1], **options)


def _every_axis(seen: Observation, case: Case, data: Data) -> None:
    """Which shapes operations and merges lay out otherwise than NumPy does."""
    operations, merges = LAID_OUT[str(case["what"])]
    pairs = shapes_beside()
    for name in operations:
        both = [*pairs, *((one, whole) for whole, one in pairs)]
        seen.facts[f"shapes that {name} takes otherwise"] = otherwise(name, both)
    alike = [(whole, one) for whole, one in pairs if one[0] == whole[0] and len(one) == 3]
    for name in merges:
        seen.facts[f"shapes that {name} takes otherwise"] = otherwise(name, alike)


@printed
def otherwise(name: str, pairs: Any) -> list[Any]:
    """The shapes of two tensors for which an operation, or a merge, gives no NumPy result."""
    own = {"Add": "add", "Average": "add"}.get(name, name.lower())
    found = []
    for shapes in pairs:
        a, b = (np.arange(np.prod(n), dtype="float32").reshape(n) + k for k, n in enumerate(shapes))
        x, y = ops.convert_to_tensor(a), ops.convert_to_tensor(b)
        merged = name[0].isupper()
        given = getattr(keras.layers, name)()([x, y]) if merged else getattr(ops, name)(x, y)
        want = getattr(np, own)(a, b) / (2 if name == "Average" else 1)
        if not np.array_equal(ops.convert_to_numpy(given), want):
            found.append(shapes)
    return found


def _lora(seen: Observation, case: Case, data: Data) -> None:
    """What layers give whose weights are adapted, and what is made of them."""
    for kind, made in FACTORED[str(case["what"])]:
        whole, first, second = (array.astype("float32") for array in factored(data, kind))
        looks_up = kind == "Embedding"
        adapting = {"lora_rank": RANK, "lora_alpha": ALPHA}
        layer = adapted(kind, whole.shape, adapting if made else {})
        if not made:
            layer.enable_lora(RANK, lora_alpha=ALPHA)
        model = keras.Sequential(
            [keras.Input((None, *whole.shape[:1])[: 1 + (not looks_up)]), layer]
        )
        set_adapted(layer, whole, first, second)
        x = ops.arange(data.batch)[None] if looks_up else build.tensor(data.x, "float32")
        record_array(seen, f"output of {adapted_as(kind, made)}", model(x))
        record_array(
            seen, f"output of {adapted_as(kind, made)}, loaded", building.reloaded(model)(x)
        )
        if made:
            again = building.twin(model, "json")
            set_adapted(again.layers[-1], whole, first, second)
            record_array(seen, f"output of {adapted_as(kind, made)}, from JSON", again(x))


@printed
def adapted(kind: str, shape: Any, given: Any) -> Any:
    """A layer whose weight has a shape."""
    rows, columns = shape
    if kind == "Embedding":
        layer = keras.layers.Embedding(rows, columns, **given)
    elif kind == "Dense":
        layer = keras.layers.Dense(columns, use_bias=False, **given)
    else:
        layer = keras.layers.EinsumDense("abc,cd->abd", output_shape=(None, columns), **given)
    layer.build((None, None) if kind == "Embedding" else (None, None, rows))
    return layer


@printed
def set_adapted(layer: Any, whole: Any, first: Any, second: Any) -> None:
    """Set the weight of a layer, and the two factors that are added to it."""
    for variable in layer.weights:
        last = variable.name[-2:]
        variable.assign({"_a": first, "_b": second}.get(last, whole))


@printed
def padded_with(x: Any, mask: Any) -> Any:
    """Sevens where nothing counts."""
    return x if mask is None else ops.where(ops.expand_dims(mask, -1), x, 7.0 * ops.ones_like(x))


@printed
def doubled(x: Any, training: Any) -> Any:
    """Twice as much in training."""
    return 2.0 * x if training else 1.0 * x


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "neither": lambda x: 1.0 * x,
    "mask": lambda x, mask: padded_with(x, mask),
    "training": lambda x, training: doubled(x, training),
    "both": lambda x, mask, training: doubled(padded_with(x, mask), training),
}
"""By what a function takes, the function."""


def _lambda_told(seen: Observation, case: Case, data: Data) -> None:
    """What the functions of Lambda layers make of sequences with padding."""
    x = ops.convert_to_tensor(partly_zero(data), "float32")
    for name, way, (word, training) in product(TELLING, LAMBDA_WAYS, TOLD.items()):
        layer = keras.layers.Lambda(FUNCTIONS[name], output_shape=(None, data.features))
        seen_by = told(layer, way, x, training)
        record_array(seen, f"output of {name}, {way}, {word}", seen_by)


@printed
def told(layer: Any, way: str, x: Any, training: bool) -> Any:
    """What a layer gives behind a Masking."""
    masking = keras.layers.Masking()
    if way == "called":
        return layer(masking(x), training=training)
    entry = keras.Input(x.shape[1:])
    if way == "in a Sequential":
        return keras.Sequential([entry, masking, layer])(x, training=training)
    return keras.Model(entry, layer(masking(entry)))(x, training=training)


def _losses_in(seen: Observation, case: Case, data: Data) -> None:
    """What losses give, and in which dtype, of truths, predictions and weights in single."""
    truths, guesses = (array.astype("float32") for array in guessed(data))
    shares = np.abs(guesses[..., 0])
    for kind, dtype, form in product(LOSSES, LOSS_DTYPES, LOSS_FORMS):
        given = keras.dtype_policies.DTypePolicy(dtype) if form == "policy" else dtype
        for reduction in ("sum", "none"):
            loss = getattr(keras.losses, kind)(reduction=reduction, dtype=given)
            value = loss(truths, ops.convert_to_tensor(guesses), sample_weight=shares)
            where = f"{kind}, {reduction}, {dtype} as a {form}"
            record_array(seen, f"loss of {where}", value)
            seen.facts[f"dtype of {where}"] = keras.backend.standardize_dtype(value.dtype)


def _hidden(seen: Observation, case: Case, data: Data) -> None:
    """How many outputs of attention follow values that a mask hides."""
    query, key, value, counts = hidden(data)
    for what, kinds in HIDING[str(case["what"])].items():
        spoilt = np.where(counts[..., None], value, HELD[what])
        for kind in kinds:
            layer = attention_of(kind, "float32")
            given = [
                ops.convert_to_tensor(a.astype("float32")) for a in (query, value, key, spoilt)
            ]
            outputs = [attended_to(layer, given[0], one, given[2], counts) for one in given[1::2]]
            seen.facts[f"number of outputs of {kind} that {what} values change"] = int(
                np.sum(outputs[0] != outputs[1])
            )


@printed
def attended_to(layer: Any, query: Any, value: Any, key: Any, counts: Any) -> Any:
    """What attention gives, if only some values count."""
    mask = ops.convert_to_tensor(counts)
    if type(layer).__name__ in ("Attention", "AdditiveAttention"):
        return ops.convert_to_numpy(layer([query, value, key], mask=[None, mask]))
    pairs = ops.repeat(mask[:, None], query.shape[1], axis=1)
    return ops.convert_to_numpy(layer(query, value, key=key, attention_mask=pairs))


def _copied_drops(seen: Observation, case: Case, data: Data) -> None:
    """Whether copies keep what they drop over a call, and no longer."""
    for what, rate in DROPS.items():
        layer = adding(case.layer, SHED[-1], what == "input", {rate: 0.5})
        before = [keras.layers.Activation("linear") for _ in range(DOZEN)]
        model = keras.Sequential([keras.Input(SHED[1:]), layer])
        for way in COPIES:
            made = DROPPING_AS[way](model)
            if way == "behind a dozen layers":
                made = keras.Sequential([keras.Input(SHED[1:]), *before, layer])
            seen.facts[f"dropout of the {what}, {way}"] = dropping(made, SHED)


DROPPING_AS: dict[str, Callable[[keras.Model], keras.Model]] = {
    "as it is": lambda model: model,
    "behind a dozen layers": lambda model: model,
    "loaded": building.reloaded,
    "from h5": lambda model: building.reloaded(model, "h5"),
    "from JSON": lambda model: building.twin(model, "json"),
    "cloned": lambda model: building.twin(model, "clone"),
    "pickled": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301  (its own)
    "copied": copy.deepcopy,
}
"""What is made of a model with dropout."""


@printed
def adding(kind: str, units: int, alone: bool, rate: dict[str, float]) -> Any:
    """A layer that adds its last output to its input, or hands its input on alone."""
    gated = {} if kind == "SimpleRNN" else {"recurrent_activation": None}
    options = {"activation": None, "recurrent_initializer": "zeros", "return_sequences": True}
    layer = getattr(keras.layers, kind)(units, seed=1, **gated, **options, **rate)
    layer.build((None, None, units))
    kernel, recurrent, bias = (0.0 * weight for weight in layer.get_weights())
    gates, place, opened = {
        "SimpleRNN": (1, 0, ()),
        "LSTM": (4, 2, (0, 3)),
        "GRU": (3, 2, (1,)),
    }[kind]
    kernel.reshape(units, gates, units)[:, place] = np.eye(units)
    recurrent.reshape(units, gates, units)[:, place] = (not alone) * np.eye(units)
    for gate in opened:
        bias.reshape(-1, gates, units)[0, gate] = 1.0
    layer.set_weights([kernel, recurrent, bias])
    return layer


@printed
def dropping(model: Any, shape: Any) -> list[str]:
    """What can be said of two calls in training, and of one at inference, on ones."""
    ones = np.ones(shape, "float32")
    first, second = (ops.convert_to_numpy(model(ones, training=True))[:, 1:] > 1 for _ in range(2))
    still = ops.convert_to_numpy(model(ones, training=False))
    told = {
        "drops some": not first.all(),
        "keeps some": first.any(),
        "one mask a call": np.array_equal(first, first[:, :1] & np.ones_like(first)),
        "another mask in the next": not np.array_equal(first, second),
        "nothing at inference": len(np.unique(still[:, -1])) == 1,
    }
    return [what for what, holds in told.items() if holds]


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "every_rank": _every_rank,
    **dict.fromkeys(LAID_OUT, _every_axis),
    "lora_scaled": _lora,
    "lora_made": _lora,
    "lambda_told": _lambda_told,
    "losses_in": _losses_in,
    **dict.fromkeys(HIDING, _hidden),
    "copied_drops": _copied_drops,
}
