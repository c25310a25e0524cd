"""Laws of composition: inside Bidirectional, TimeDistributed and stacks."""

from __future__ import annotations

import keras
import numpy as np

from keras_rnn_conformance.own.kit import copied, model_of, pairs, predicted, run
from keras_rnn_conformance.own.laws.registry import law


@law(
    "Bidirectional gives the layer forwards beside the layer backwards.",
    needs="return_sequences go_backwards",
)
def check_bidirectional(make, fresh, x, custom_objects):
    layer = make(return_sequences=True)
    with keras.saving.custom_object_scope(custom_objects):
        both = keras.layers.Bidirectional(fresh(return_sequences=True))
    both(keras.ops.convert_to_tensor(x))
    copied(layer, both.forward_layer)
    copied(layer, both.backward_layer)
    backwards = run(layer, x[:, ::-1].copy())[0][:, ::-1]
    yield "output", run(both, x)[0], np.concatenate([run(layer, x)[0], backwards], -1)


@law("TimeDistributed gives the layer on every slice.")
def check_time_distributed(make, fresh, x):
    layer = make()
    slices = np.stack([x, 1 - x, -x], 1)
    spread = keras.layers.TimeDistributed(fresh())
    spread(keras.ops.convert_to_tensor(slices))
    copied(layer, spread.layer)
    want = np.stack([run(layer, slices[:, i])[0] for i in range(3)], 1)
    yield "output", run(spread, slices)[0], want


@law("A model of two layers gives what one gives after the other.", needs="return_sequences vector")
def check_two_in_a_model(make, x):
    first = make(return_sequences=True)
    between = run(first, x)[0]
    second = make(x=between)
    model = keras.Sequential([keras.Input(x.shape[1:]), first, second])
    yield "output", predicted(model, x)[0], run(second, between)[0]


@law("RNN of two cells gives what two RNN give, one after the other.", cells_only=True)
def check_stacked_cells(make, make_cell, x):
    first = make(return_sequences=True)
    between = run(first, x)[0]
    second = make(x=between)
    stack = keras.layers.RNN([make_cell(), make_cell()])
    stack(keras.ops.convert_to_tensor(x))
    copied(first.cell, stack.cell.cells[0])
    copied(second.cell, stack.cell.cells[1])
    yield "output", run(stack, x)[0], run(second, between)[0]


@law("A layer that two models share is the same in both.")
def check_shared(make, x, full):
    layer = make(**full)
    one, two = model_of(layer, x), model_of(layer, x)
    yield from pairs("output", run(one, x), run(two, x))
    yield "number of weights", len(one.weights), len(layer.weights)
