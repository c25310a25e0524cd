"""The scenario `train`: what dropout does in training, and that it does nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.api.signatures import takes
from keras_rnn_conformance.cases.api.table import spelling
from keras_rnn_conformance.cases.axis_values import CHANGING
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name, judged, rank
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.pixels import by_pixel
from keras_rnn_conformance.cases.scenarios import dropout_masks
from keras_rnn_conformance.cases.scenarios.dropout_masks import SEED, SEEDS
from keras_rnn_conformance.cases.shapes import build_shape
from keras_rnn_conformance.subject.calls import CHANGES, called_one, record_array, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.further_arguments import (
    built,
    called,
    fed,
    fresh,
    ones_as_states,
    output_of,
)
from keras_rnn_conformance.subject.registry import scenario


@scenario("train")
def train(case: Case, data: Data) -> Observation:
    """Run the variant of the case."""
    seen = Observation()
    VARIANTS[str(case["what"])](seen, case, data)
    return seen


def _output(
    seen: Observation, name: str, case: Case, data: Data, layer: keras.Layer, **options: Any
) -> None:
    given = output_of(called(case, data, layer, **options))
    record_array(seen, name, given)
    seen.arrays[name] = by_pixel(case, seen.arrays[name], 2 if case["seq"] else 1)


def _masks(seen: Observation, case: Case, data: Data) -> None:
    """What each call gives, and the masks it drew: a layer that is called alike spells them."""
    layer = built(case, data, seed=SEED)
    readers = [_reader(case, data, read) for read in dropout_masks.readers(case)]
    for number in dropout_masks.turns(case):
        turn, training = data.call(number), dropout_masks.trains(case, number)
        if number and case["then"] in CHANGING:
            CHANGES[str(case["then"])](turn, layer)
        one = called_one(case, data, layer, number)
        _output(seen, call_name("output", number), turn.case, turn, one, training=training)
        for i, reader in enumerate(readers):
            one = called_one(case, data, reader, number)
            reading = _reading(turn.case, turn, one, training)
            for piece, spelt in zip(judged(case), reading, strict=True) if training else ():
                seen.arrays[call_name(f"{piece.prefix}probe {i}", number)] = spelt


def _reader(case: Case, data: Data, read: Array) -> keras.Layer:
    """A layer whose units spell the masks of the given gates."""
    gates = {"recurrent_activation": None} if takes(case.layer, "recurrent_activation") else {}
    cheap = build.cheap_initializers()
    layer = fresh(_short(case), data, seed=SEED, activation=None, **gates, **cheap)
    layer.build(build_shape(case, data))
    each = [dropout_masks.weights(case, data, read) for _ in judged(case)]
    build.set_weights(layer, replace(data, case=_short(case)).with_own(each))
    return layer


def _reading(case: Case, data: Data, layer: keras.Layer, training: bool) -> list[Array]:
    """What the units of a reader spell, (batch, units), for each direction."""
    x = ops.ones_like(fed(case, data))[:, :1]
    states = ones_as_states(case, data)
    if case["as"] == "cell":
        given = layer(x[:, 0], states, training=training)[0]
    else:
        given = output_of(layer(x, initial_state=states, training=training))
    return _split(case, to_float64(given))


def _short(case: Case) -> Case:
    """The case without what acts on sequences, and with biases; it draws the same masks."""
    rest: dict[str, int | str] = {"hold": "numbers", "then": "none", "bias": 1}
    return case.but(seq=0, state=0, back=0, unroll=0, mask="none", zero=0, **rest)


def _split(case: Case, reading: Array) -> list[Array]:
    if rank(case):
        return [by_pixel(case, reading, 1)]
    return np.split(reading, len(judged(case)), axis=-1)


def _inert(seen: Observation, case: Case, data: Data) -> None:
    layer = built(case, data, seed=SEED)
    _output(seen, "unsaid", case, data, layer)
    _output(seen, "training=False", case, data, layer, training=False)
    _output(seen, "training=None", case, data, layer, training=None)


def _seed(seen: Observation, case: Case, data: Data) -> None:
    for name, seed in SEEDS.items():
        layer = built(case, data, seed=seed)
        for call in ("call", "next call") if seed == SEED else ("call",):
            _output(seen, f"{name}, {call}", case, data, layer, training=True)
            if case["stateful"]:
                layer.reset_state()


def _edges(seen: Observation, case: Case, data: Data) -> None:
    layer = built(case, data, seed=SEED)
    _output(seen, "output", case, data, layer, training=True)
    below, above = (fresh(case, data, dropout=r, recurrent_dropout=r) for r in (-0.5, 1.5))
    seen.facts["rates"] = [
        [float(getattr(layer, spelling(name))) for name in ("dropout", "recurrent_dropout")]
        for layer in (below, above)
    ]


def _model(case: Case, data: Data) -> keras.Sequential:
    layer = built(case, data, seed=SEED)
    return keras.Sequential([keras.Input(batch_shape=build_shape(case, data)), layer])


class _Deciding(keras.Model):
    """Calls a layer with a training argument of its own, or, of None, with that of its own call."""

    def __init__(self, layer: keras.Layer, training: bool | None) -> None:
        super().__init__()
        self.layer, self.decided = layer, training

    def call(self, inputs: Any) -> Any:
        given = {} if self.decided is None else {"training": self.decided}
        return self.layer(inputs, **given)


def _predict(seen: Observation, case: Case, data: Data) -> None:
    model = _model(case, data)
    x = data.x.astype("float32")
    seen.arrays["predict"] = np.asarray(model.predict(x, verbose=0), np.float64)
    record_array(seen, "model, training=False", model(x, training=False))
    record_array(seen, "model, training=True", _model(case, data)(x, training=True))
    _output(seen, "layer, training=True", case, data, built(case, data, seed=SEED), training=True)
    for name, inside in (("layer inside, training=False", False), ("layer inside, unsaid", None)):
        outer = _Deciding(built(case, data, seed=SEED), inside)
        record_array(seen, name, outer(fed(case, data), training=True))


def _frozen(seen: Observation, case: Case, data: Data) -> None:
    for name in ("trainable", "frozen"):
        layer = built(case, data, seed=SEED)
        layer.trainable = name == "trainable"
        _output(seen, name, case, data, layer, training=True)
    _output(seen, "frozen, training=False", case, data, layer, training=False)


def _held(seen: Observation, case: Case, data: Data) -> None:
    layer = built(case, data, seed=SEED)
    for name in ("call", "next call"):
        _output(seen, name, case, data, layer, training=True)
    _output(seen, "inference", case, data, layer)


def _held_fit(seen: Observation, case: Case, data: Data) -> None:
    x = data.x.astype("float32")
    model = _model(case, data)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    given = model(x, training=True)
    _record_fit(seen, model, x, np.zeros(tuple(given.shape), "float32"))


def _record_fit(seen: Observation, model: keras.Model, x: Array, target: Array) -> None:
    history = model.fit(x, target, batch_size=len(x), shuffle=False, verbose=0)
    seen.arrays["fit loss"] = np.array(float(history.history["loss"][0]))


def _fit(seen: Observation, case: Case, data: Data) -> None:
    x = data.x.astype("float32")
    _output(seen, "layer, training=True", case, data, built(case, data, seed=SEED), training=True)
    zeros = np.zeros(seen.arrays["layer, training=True"].shape, "float32")
    model = _model(case, data)
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
    _record_fit(seen, model, x, zeros)
    seen.arrays["evaluate loss"] = np.array(
        float(model.evaluate(x, zeros, batch_size=len(x), verbose=0))
    )


def _steps(seen: Observation, case: Case, data: Data) -> None:
    """Losses of steps that change no weight: of three in one compiled function, of two epochs."""
    x = data.x.astype("float32")
    model = _model(case, data)
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
    far = np.zeros((data.batch, *model.output_shape[1:]), "float32")
    losses = [float(model.train_on_batch(x, far)) for _ in range(3)]
    history = model.fit(x, far, batch_size=len(x), epochs=2, shuffle=False, verbose=0)
    seen.arrays["losses"] = np.array([*losses, *map(float, history.history["loss"])])


def _acts(seen: Observation, case: Case, data: Data) -> None:
    """What each of the calls gives in training, and what one gives in inference."""
    layer = built(case, data, seed=SEED)
    turns = ["inference", *(f"call {number + 1}" for number in range(case.number("calls")))]
    for name in turns:
        _output(seen, name, case, data, layer, training=name != "inference")
        if case["stateful"]:
            layer.reset_state()


VARIANTS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "masks": _masks,
    "inert": _inert,
    "seed": _seed,
    "edges": _edges,
    "predict": _predict,
    "fit": _fit,
    "held": _held,
    "heldfit": _held_fit,
    "frozen": _frozen,
    "steps": _steps,
    "acts": _acts,
}
