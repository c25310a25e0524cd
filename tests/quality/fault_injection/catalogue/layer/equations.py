"""Wrong equations: gates, biases, activations, products."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import keras
from keras import ops
from keras.layers import GRUCell, LSTMCell, SimpleRNNCell

from tests.quality.fault_injection.faults import LAYERS, VALUE, Garden, View, fault, reordered

KINDS = {name: f"{name}-seq1-state1-u3-t5" for name in LAYERS}
LSTM, GRU, SIMPLE = KINDS["LSTM"], KINDS["GRU"], KINDS["SimpleRNN"]
BEFORE = "GRU-seq1-state1-u3-t5-after0"


def _gates(cell: Any, order: tuple[int, ...]) -> View:
    names = ("kernel", "recurrent_kernel", "bias")
    return View(cell, **{name: reordered(getattr(cell, name), order) for name in names})


def _permuted(cell: type, order: tuple[int, ...], gates: str, rule: str, case: str) -> None:
    word = "".join(gates[i] for i in order)

    @fault(f"{cell.__name__} {word}", f"Reads its gates in the order {word}.", rule, case)
    def _(garden: Garden) -> None:
        garden.around(
            cell, "call", lambda call, self, *args, **rest: call(_gates(self, order), *args, **rest)
        )


for _order in list(permutations(range(4)))[1:]:
    _permuted(LSTMCell, _order, "ifco", "VALUE-2", LSTM)
for _order in list(permutations(range(3)))[1:]:
    _permuted(GRUCell, _order, "zrh", "VALUE-3", GRU)


def _seen(garden: Garden, cell: type, **changes: Any) -> None:
    """Let a cell compute with other weights: each change makes an attribute from the cell."""

    def call(original: Any, self: Any, *args: Any, **rest: Any) -> Any:
        view = View(self, **{name: change(self) for name, change in changes.items()})
        return original(view, *args, **rest)

    garden.around(cell, "call", call)


def _last_unit_silent(self: Any) -> Any:
    kernel = ops.convert_to_tensor(self.kernel)
    return ops.concatenate([kernel[:, :-1], ops.zeros_like(kernel[:, -1:])], axis=1)


def _turned(self: Any) -> Any:
    """Every gate's square block of the recurrent kernel, transposed."""
    kernel = ops.convert_to_tensor(self.recurrent_kernel)
    blocks = ops.split(kernel, kernel.shape[1] // kernel.shape[0], axis=1)
    return ops.concatenate([ops.transpose(block) for block in blocks], axis=1)


def _for_every_layer(layer: str) -> None:
    cell, rule, case = LAYERS[layer][1], VALUE[layer], KINDS[layer]

    @fault(f"{layer} turned", "Transposes its recurrent kernel.", rule, case)
    def _turns(garden: Garden) -> None:
        _seen(garden, cell, recurrent_kernel=_turned)

    @fault(f"{layer} unbiased", "Drops its bias.", rule, case)
    def _drops(garden: Garden) -> None:
        _seen(garden, cell, bias=lambda self: ops.zeros_like(self.bias))

    @fault(f"{layer} biased twice", "Adds its bias twice.", rule, case)
    def _doubles(garden: Garden) -> None:
        _seen(garden, cell, bias=lambda self: 2 * ops.convert_to_tensor(self.bias))

    @fault(f"{layer} forgetful", "Leaves out the recurrent kernel.", rule, case)
    def _forgets(garden: Garden) -> None:
        _seen(garden, cell, recurrent_kernel=lambda self: ops.zeros_like(self.recurrent_kernel))

    @fault(f"{layer} deaf unit", "Gives no input to its last column of weights.", rule, case)
    def _silences(garden: Garden) -> None:
        _seen(garden, cell, kernel=_last_unit_silent)

    @fault(
        f"{layer} activation",
        "Computes with tanh whatever its activation.",
        "ACT-1",
        f"{layer}-seq1-state1-u3-t3-n4-act.relu {layer}-seq1-state1-u3-t3-n4-act.none",
    )
    def _insists(garden: Garden) -> None:
        _seen(garden, cell, activation=lambda self: keras.activations.tanh)


def _steps_of_every_layer(layer: str) -> None:
    cell, rule, case = LAYERS[layer][1], VALUE[layer], KINDS[layer]

    @fault(f"{layer} first feature", "Sees the first feature in the place of the last.", rule, case)
    def _mistakes(garden: Garden) -> None:
        def call(original: Any, self: Any, x: Any, *args: Any, **rest: Any) -> Any:
            return original(self, ops.concatenate([x[:, :-1], x[:, :1]], axis=1), *args, **rest)

        garden.around(cell, "call", call)

    @fault(f"{layer} coarse", "Rounds its output to half precision at every step.", rule, case)
    def _rounds(garden: Garden) -> None:
        def call(original: Any, self: Any, x: Any, states: Any, *args: Any, **rest: Any) -> Any:
            output, kept = original(self, x, states, *args, **rest)
            return keras.tree.map_structure(_rounded, (output, kept))

        garden.around(cell, "call", call)

    @fault(
        f"{layer} biased anyway",
        "Adds one where it should have no bias.",
        "BIAS-1",
        f"{layer}-seq1-state1-u3-t3-n4-bias0",
    )
    def _adds(garden: Garden) -> None:
        def call(original: Any, self: Any, x: Any, *args: Any, **rest: Any) -> Any:
            return original(self, x if self.use_bias else x + 1, *args, **rest)

        garden.around(cell, "call", call)


def _rounded(value: Any) -> Any:
    return ops.cast(ops.cast(value, "float16"), value.dtype)


for _layer in LAYERS:
    _for_every_layer(_layer)
    _steps_of_every_layer(_layer)


def _block(weight: Any, gates: int, gate: int, change: Any) -> Any:
    """A weight with one gate's block changed."""
    parts = ops.split(ops.convert_to_tensor(weight), gates, axis=-1)
    parts[gate] = change(parts[gate])
    return ops.concatenate(parts, axis=-1)


def _bias(gates: int, gate: int, shift: float) -> Any:
    return lambda self: _block(self.bias, gates, gate, lambda part: part + shift)


@fault("LSTM hidden for carry", "Takes the hidden state for the carry.", "VALUE-2", LSTM)
def _hidden_for_carry(garden: Garden) -> None:
    garden.around(
        LSTMCell,
        "call",
        lambda call, self, x, states, *args, **rest: call(
            self, x, [states[0], states[0]], *args, **rest
        ),
    )


@fault("LSTM carry for hidden", "Takes the carry for the hidden state.", "VALUE-2", LSTM)
def _carry_for_hidden(garden: Garden) -> None:
    garden.around(
        LSTMCell,
        "call",
        lambda call, self, x, states, *args, **rest: call(
            self, x, [states[1], states[1]], *args, **rest
        ),
    )


@fault(
    "LSTM bare carry",
    "Multiplies the output gate with the carry itself, not its tanh.",
    "VALUE-2",
    LSTM,
)
def _bare_carry(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **rest: Any) -> Any:
        hidden, (_, carry) = original(self, *args, **rest)
        hidden = hidden * carry / self.activation(carry)
        return hidden, [hidden, carry]

    garden.around(LSTMCell, "call", call)


@fault("LSTM open output", "Leaves its output gate open.", "VALUE-2 STATE-2", LSTM)
def _open_output(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **rest: Any) -> Any:
        _, (_, carry) = original(self, *args, **rest)
        hidden = self.activation(carry)
        return hidden, [hidden, carry]

    garden.around(LSTMCell, "call", call)


@fault(
    "LSTM late carry", "Lets the hidden state see the carry of the step before.", "VALUE-2", LSTM
)
def _late_carry(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, *args: Any, **rest: Any) -> Any:
        hidden, (_, carry) = original(self, x, states, *args, **rest)
        hidden = hidden / self.activation(carry) * self.activation(states[1])
        return hidden, [hidden, carry]

    garden.around(LSTMCell, "call", call)


@fault("LSTM never forgets", "Leaves its forget gate open.", "VALUE-2", LSTM)
def _never_forgets(garden: Garden) -> None:
    _seen(garden, LSTMCell, bias=_bias(4, 1, 100.0))


@fault("LSTM always writes", "Leaves its input gate open.", "VALUE-2", LSTM)
def _always_writes(garden: Garden) -> None:
    _seen(garden, LSTMCell, bias=_bias(4, 0, 100.0))


@fault(
    "LSTM forget bias at run time",
    "Adds one to the forget gate at every step, as Keras 1 did not.",
    "VALUE-2",
    LSTM,
)
def _forget_bias_at_run_time(garden: Garden) -> None:
    _seen(garden, LSTMCell, bias=_bias(4, 1, 1.0))


@fault(
    "GRU mirrored update",
    "Keeps where it should renew, and renews where it should keep.",
    "VALUE-3 VALUE-4",
    f"{GRU} {BEFORE}",
)
def _mirrored_update(garden: Garden) -> None:
    names = ("kernel", "recurrent_kernel", "bias")
    mirrored = {
        name: lambda self, name=name: _block(getattr(self, name), 3, 0, ops.negative)
        for name in names
    }
    _seen(garden, GRUCell, **mirrored)


@fault("GRU never resets", "Leaves its reset gate open.", "VALUE-3 VALUE-4", f"{GRU} {BEFORE}")
def _never_resets(garden: Garden) -> None:
    _seen(garden, GRUCell, bias=_bias(3, 1, 100.0))


@fault("GRU input bias", "Drops its input bias.", "VALUE-3", GRU)
def _no_input_bias(garden: Garden) -> None:
    _seen(garden, GRUCell, bias=lambda self: self.bias * ops.array([[0.0], [1.0]]))


@fault("GRU recurrent bias", "Drops its recurrent bias.", "VALUE-3", GRU)
def _no_recurrent_bias(garden: Garden) -> None:
    _seen(garden, GRUCell, bias=lambda self: self.bias * ops.array([[1.0], [0.0]]))


@fault("GRU crossed biases", "Swaps its input bias and its recurrent bias.", "VALUE-3", GRU)
def _crossed_biases(garden: Garden) -> None:
    _seen(garden, GRUCell, bias=lambda self: ops.flip(ops.convert_to_tensor(self.bias), axis=0))


@fault(
    "GRU resets before", "Resets before the matrix product whatever reset_after.", "VALUE-3", GRU
)
def _resets_before(garden: Garden) -> None:
    _seen(
        garden,
        GRUCell,
        reset_after=lambda self: False,
        bias=lambda self: ops.sum(self.bias, axis=0),
    )


def _with_a_row_of_zeros(bias: Any) -> Any:
    row = ops.reshape(ops.convert_to_tensor(bias), (1, -1))
    return ops.concatenate([row, 0 * row], axis=0)


@fault(
    "GRU resets after", "Resets after the matrix product whatever reset_after.", "VALUE-4", BEFORE
)
def _resets_after(garden: Garden) -> None:
    _seen(
        garden,
        GRUCell,
        reset_after=lambda self: True,
        bias=lambda self: _with_a_row_of_zeros(self.bias),
    )


@fault(
    "sigmoid whatever",
    "Computes its gates with sigmoid whatever recurrent_activation.",
    "ACT-2",
    "LSTM-seq1-state1-u3-t3-n4-ract.hard_sigmoid GRU-seq1-state1-u3-t3-n4-ract.tanh",
)
def _sigmoid_whatever(garden: Garden) -> None:
    for cell in (LSTMCell, GRUCell):
        _seen(garden, cell, recurrent_activation=lambda self: keras.activations.sigmoid)


@fault(
    "hard sigmoid of Keras 2",
    "Computes hard_sigmoid as clip(0.2 z + 0.5, 0, 1).",
    "ACT-2",
    "LSTM-seq1-state1-u3-t3-n4-ract.hard_sigmoid GRU-seq1-state1-u3-t3-n4-ract.hard_sigmoid",
)
def _old_hard_sigmoid(garden: Garden) -> None:
    table = keras.src.activations.ALL_OBJECTS_DICT
    garden.entry(table, "hard_sigmoid", lambda z: ops.clip(0.2 * z + 0.5, 0.0, 1.0))


@fault(
    "none means tanh",
    "Takes activation=None for tanh.",
    "ACT-1",
    "SimpleRNN-seq1-state1-u3-t3-n4-act.none",
)
def _none_means_tanh(garden: Garden) -> None:
    def get(original: Any, identifier: Any) -> Any:
        return original("tanh" if identifier is None else identifier)

    garden.around(keras.src.activations, "get", get)


@fault(
    "implementation 1 unbiased",
    "Drops the bias with implementation=1.",
    "IMPL-1",
    "LSTM-seq1-state1-u3-t5-impl1 GRU-seq1-state1-u3-t5-impl1",
)
def _first_implementation(garden: Garden) -> None:
    for cell in (LSTMCell, GRUCell):

        def bias(self: Any) -> Any:
            return ops.zeros_like(self.bias) if self.implementation == 1 else self.bias

        _seen(garden, cell, bias=bias)


@fault(
    "right for one unit",
    "Uses the first row of the recurrent kernel for every row.",
    "VALUE-1",
    "SimpleRNN-seq1-state1-u1-t5 SimpleRNN-seq1-state1-u3-t5",
)
def _right_for_one_unit(garden: Garden) -> None:
    def first_row(self: Any) -> Any:
        return ops.broadcast_to(self.recurrent_kernel[:1], self.recurrent_kernel.shape)

    _seen(garden, SimpleRNNCell, recurrent_kernel=first_row)


@fault(
    "right up to 16 units",
    "Computes no more than 16 units.",
    "VALUE-2",
    "LSTM-seq1-state1-u16-t3 LSTM-seq1-state1-u33-t3",
)
def _right_up_to_16_units(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **rest: Any) -> Any:
        computed = ops.cast(ops.arange(self.units) < 16, self.compute_dtype)
        hidden, (_, carry) = original(self, *args, **rest)
        return hidden * computed, [hidden * computed, carry * computed]

    garden.around(LSTMCell, "call", call)


@fault(
    "right for one sample",
    "Gives every sample the output of the first.",
    "VALUE-1",
    "SimpleRNN-seq1-state1-u3-t5",
)
def _right_for_one_sample(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **rest: Any) -> Any:
        output, states = original(self, *args, **rest)
        return ops.zeros_like(output) + output[:1], states

    garden.around(SimpleRNNCell, "call", call)
