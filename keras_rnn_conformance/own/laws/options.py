"""Laws of the constructor's options: each is another way to the same numbers."""

from __future__ import annotations

import keras
import numpy as np

from keras_rnn_conformance.own.kit import array, pairs, run
from keras_rnn_conformance.own.laws.registry import law


@law(
    "The last output of return_sequences is the output without it.",
    needs="return_sequences last_output",
)
def check_return_sequences(make, x):
    got = run(make(return_sequences=True), x)[0]
    yield "last output of the sequence", got[:, -1], run(make(), x)[0]


@law("return_state adds the states and changes no output.", needs="return_state")
def check_return_state(make, x, full):
    without = {k: v for k, v in full.items() if k != "return_state"}
    got, want = run(make(**full), x), run(make(**without), x)
    yield "arrays returned without return_state", len(want), 1
    yield "output", got[0], want[0]
    if "return_sequences" in full:
        last = {k: v for k, v in full.items() if k != "return_sequences"}
        yield from pairs("last output", run(make(**last), x), [got[0][:, -1], *got[1:]])


@law("The output is the first state.", needs="return_state output_is_first_state last_output")
def check_output_is_first_state(make, x):
    output, first, *_ = run(make(return_state=True), x)
    yield "output", output, first


@law("Unrolled, a layer gives what it gives looped.", needs="unroll")
def check_unrolled_equals_looped(make, x, full):
    yield from pairs("output", run(make(unroll=True, **full), x), run(make(**full), x))


@law("go_backwards gives what the reversed sequence gives forwards.", needs="go_backwards")
def check_go_backwards_is_reversal(make, x, full):
    backwards = run(make(go_backwards=True, **full), x)
    yield from pairs("output", backwards, run(make(**full), x[:, ::-1].copy()))


@law("go_backwards, unrolled, gives what it gives looped.", needs="go_backwards unroll")
def check_go_backwards_unrolled(make, x, full):
    looped = run(make(go_backwards=True, **full), x)
    yield from pairs("output", run(make(go_backwards=True, unroll=True, **full), x), looped)


@law(
    "A stateful layer goes on where the batch before ended.",
    needs="stateful return_sequences two_parts",
)
def check_stateful(make, x, shortest):
    cut = max(shortest, x.shape[1] // 2)
    layer = make(x=x[:, :cut], return_sequences=True, stateful=True)
    parts = [run(layer, x[:, :cut])[0], run(layer, x[:, cut : 2 * cut])[0]]
    whole = run(make(return_sequences=True), x[:, : 2 * cut])[0]
    yield "output", np.concatenate(parts, 1), whole


@law("reset_state makes a stateful layer begin anew.", needs="stateful zero_initial_state")
def check_reset_state(make, x, full):
    layer = make(stateful=True, **full)
    first = run(layer, x)
    layer.reset_state()
    for state in keras.tree.flatten(layer.states):
        yield "state after reset_state", array(state), 0 * array(state)
    yield from pairs("output after reset_state", run(layer, x), first)
