"""Deeds of the scenario `edge` with code of the user's own: cells, layers, losses and threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import NO_DROP, SLICES
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of


class Paired(keras.layers.SimpleRNNCell):
    """A cell that adds up the two inputs of a timestep."""

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        first, second = inputs
        return super().call(first + second, states, training=training)


def _paired(seen: Observation, case: Case, data: Data) -> None:
    cell = Paired(data.units, **build.cheap_initializers())
    cell.build((data.batch, data.features))
    build.set_weights(cell, data.weights())
    record_array(seen, "output", keras.layers.RNN(cell)((x_of(data), x_of(data, 1))))


class Halves(keras.layers.Layer):
    """What it returns can be told from its call alone."""

    def call(self, inputs: Any) -> Any:
        return inputs * 0.5


def _own_slices(seen: Observation, case: Case, data: Data) -> None:
    entry = keras.Input(data.x.shape[1:])
    model = keras.Model(entry, layer_of(case, data)(keras.layers.TimeDistributed(Halves())(entry)))
    record_array(seen, "output", model(x_of(data)))


def _two_slices(seen: Observation, case: Case, data: Data) -> None:
    entry = keras.Input((data.features,))
    inner = keras.Model(entry, [keras.layers.Rescaling(factor)(entry) for factor in SLICES])
    for name, slices in zip(
        ("first", "second"), keras.layers.TimeDistributed(inner)(x_of(data)), strict=True
    ):
        record_array(seen, name, slices)


def _joined_slices(seen: Observation, case: Case, data: Data) -> None:
    each = keras.layers.TimeDistributed(keras.layers.Concatenate())
    record_array(seen, "joined", each([x_of(data), x_of(data)[..., :1]]))


def of_sequences(true: Any, predicted: Any) -> Any:
    """The mean squared error of each sequence."""
    return ops.mean(ops.square(true - predicted), axis=(1, 2))


def _sequence_loss(seen: Observation, case: Case, data: Data) -> None:
    """Nothing is masked, though a mask is carried: the loss is the one without a mask."""
    layer = layer_of(case, data, return_sequences=True)
    entry = keras.Input(data.x.shape[1:])
    model = keras.Model(entry, layer(keras.layers.Masking(mask_value=1024.0)(entry)))
    model.compile(loss=of_sequences, jit_compile=False)
    goal = np.zeros((*data.lead, data.units), "float32")
    loss = model.evaluate(data.x.astype("float32"), goal, batch_size=data.batch, verbose=0)
    seen.arrays["loss"] = np.asarray([float(loss)])


@printed
class HoldsUp:
    """The hyperbolic tangent; whoever asks for the first one waits until he is let go."""

    def __init__(self) -> None:
        self.reached, self.let_go = Event(), Event()

    def __call__(self, x: Any) -> Any:
        if not self.reached.is_set():
            self.reached.set()
            self.let_go.wait(60)
        return ops.tanh(x)


@printed
def while_held_up(layer: Any, hold: HoldsUp, held: Any, meanwhile: Any) -> list[Any]:
    """Call a layer in training in a thread and, while that is in its loop, here."""
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: layer(held, training=True))
        hold.reached.wait(60)
        try:
            second = layer(meanwhile, training=True)
        finally:
            hold.let_go.set()
        return [first.result(), second]


def _held_up(seen: Observation, case: Case, data: Data) -> None:
    hold = HoldsUp()
    layer = layer_of(case, data, activation=hold, dropout=NO_DROP, recurrent_dropout=NO_DROP)
    for name, output in zip(
        ("held", "meanwhile"), while_held_up(layer, hold, x_of(data), x_of(data)[:-1]), strict=True
    ):
        record_array(seen, name, output)


def _state_paths(seen: Observation, case: Case, data: Data) -> None:
    layer = layer_of(case, data, stateful=True)
    layer(x_of(data))
    seen.facts["number of different paths of its states"] = different_paths(layer)


@printed
def different_paths(layer: Any) -> int:
    """How many paths the variables have that keep the states of a layer."""
    return len({state.path for state in layer.states})


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "paired": _paired,
    "own_slices": _own_slices,
    "two_slices": _two_slices,
    "joined_slices": _joined_slices,
    "sequence_loss": _sequence_loss,
    "held_up": _held_up,
    "state_paths": _state_paths,
}
