"""What a recurrent layer gives back: structure, shapes, dtypes, values and last states.

The whole product of layers, `return_sequences`, `return_state`, units and timesteps, no sampling.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from keras_rnn_conformance.base.observation import Unobserved
from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import recurrent as plain_layer
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.dtypes import COMPUTE, VARIABLE, output_dtype
from keras_rnn_conformance.expected.facts import symbolic_facts, weight_facts
from keras_rnn_conformance.expected.oracle import activation as oracle_activation
from keras_rnn_conformance.expected.registry import GENERATION
from keras_rnn_conformance.judging import form_rules
from keras_rnn_conformance.judging.rules import Failure, Trial, governing, governs, rule, value_rule
from reference_impl import GENERATIONS

RNN = "keras.layers.RNN"
UNITS = (1, 2, 3, 4, 8, 16, 33)
TIMESTEPS = (1, 2, 3, 5, 8, 16, 50)
CORNERS = ((1, 1), (1, 5), (3, 1), (3, 5), (8, 3), (33, 2))


def cases(profile: str) -> Iterator[Case]:
    """The matrix; in the smoke profile the corners of its units and timesteps."""
    sizes = CORNERS if profile == "smoke" else tuple(product(UNITS, TIMESTEPS))
    for (layer, after), (u, t) in product((*((n, 1) for n in RECURRENT), ("GRU", 0)), sizes):
        for seq, state in product((0, 1), repeat=2):
            options = {"after": after} if layer == "GRU" else {}
            yield Case.of(layer, seq=seq, state=state, u=u, t=t, **options)


def returns(case: Case) -> bool:
    """The cases whose layer returns an output, and states if asked."""
    return case["do"] == "call"


def a_layer(case: Case) -> bool:
    """The cases of a SimpleRNN, LSTM or GRU called by itself."""
    return returns(case) and plain_layer(case)


@rule(
    "RUN-1",
    "A documented configuration builds, runs and returns without an error.",
    source=RNN,
    applies=lambda case: case["do"] != "bad",
)
def runs(trial: Trial) -> Iterator[Failure]:
    if trial.seen.error is not None:
        yield Failure("error", "the call", trial.seen.error.brief(), "no error")


@rule(
    "STRUCT-1",
    "Without return_state, a layer returns a single tensor.",
    source=f"{RNN}, Output shape",
    applies=lambda c: returns(c) and not c["state"] and c["merge"] != "none" and c["as"] != "cell",
)
def bare_tensor(trial: Trial) -> Iterator[Failure]:
    if trial.seen.structure != "tensor":
        yield Failure("structure", "what is returned", trial.seen.structure, "tensor")


@rule(
    "STRUCT-2",
    "With return_state, a layer returns the output and then every state, in the order of the cell.",
    source=f"{RNN}, Output shape",
    applies=lambda c: a_layer(c) and bool(c["state"]),
)
def output_then_states(trial: Trial) -> Iterator[Failure]:
    count = 1 + len(state_names(trial.case.layer))
    if trial.seen.structure not in (f"tuple[{count}]", f"list[{count}]"):
        yield Failure("structure", "what is returned", trial.seen.structure, f"{count} tensors")


@rule(
    "SHAPE-1",
    "The output has shape (batch, timesteps, units) with return_sequences, and (batch, "
    "units) without.",
    source=f"{RNN}, Output shape",
    applies=a_layer,
)
def output_shape(trial: Trial) -> Iterator[Failure]:
    yield from _shape(trial, "output", trial.want.arrays["output"].value.shape)


@rule(
    "SHAPE-2",
    "Every returned state has shape (batch, units).",
    source=f"{RNN}, Output shape",
    applies=lambda c: a_layer(c) and bool(c["state"]),
)
def state_shapes(trial: Trial) -> Iterator[Failure]:
    for name in state_names(trial.case.layer):
        yield from _shape(trial, name, trial.want.arrays[name].value.shape)


def _shape(trial: Trial, name: str, want: tuple[int, ...]) -> Iterator[Failure]:
    array = trial.seen.arrays.get(name)
    got = "nothing" if array is None else str(array.shape)
    if got != str(want):
        yield Failure("shape", name, got, str(want), name=name)


@rule(
    "DTYPE-1",
    "Output and states have the compute dtype of the layer's policy.",
    source="keras.dtype_policies.DTypePolicy",
    applies=returns,
)
def dtypes(trial: Trial) -> Iterator[Failure]:
    for name, got in trial.seen.dtypes.items():
        # the first states are the cell's own
        own = name.startswith("initial ")
        want = COMPUTE[str(trial.case["dtype"])] if own else output_dtype(trial.case)
        if got != want and not name.startswith("kept "):
            yield Failure("dtype", name, got, want, name=name)


@rule(
    "WEIGHT-1",
    "The weights are kernel, recurrent_kernel and bias, in this order and of the "
    "documented shapes, in the policy's variable dtype.",
    source="keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell",
    applies=a_layer,
)
def weights(trial: Trial) -> Iterator[Failure]:
    got = trial.seen.facts.get("weights")
    want = weight_facts(trial.data, VARIABLE[str(trial.case["dtype"])])
    if got != want:
        yield Failure("fact", "trainable weights", str(got), str(want))


@rule(
    "WEIGHT-2",
    "`weights`, and with it get_weights and set_weights, has the trainable weights in the "
    "order of trainable_variables.",
    source="keras.Layer.weights; keras.Layer.trainable_variables",
    applies=lambda c: c["do"] == "call",
)
def order_of_weights(trial: Trial) -> Iterator[Failure]:
    order = trial.seen.facts.get("order", [])
    yield from form_rules.holds("order in `weights`", order, list(range(len(order))))


@rule(
    "SYMBOL-1",
    "compute_output_spec and a symbolic call give the shapes and dtypes of the computed output.",
    source="keras.Layer.compute_output_spec",
    applies=a_layer,
)
def symbolic(trial: Trial) -> Iterator[Failure]:
    want = symbolic_facts(trial.case, trial.data)
    for name in ("spec", "functional"):
        got = trial.seen.facts.get(name, want)
        if got != want:
            yield Failure("fact", name, str(got), str(want))


@rule(
    "STATE-1",
    "The last hidden state equals the last output.",
    source="keras.layers.LSTM, keras.layers.GRU",
    applies=lambda c: a_layer(c) and bool(c["state"]) and not c["zero"] and c["mask"] == "none",
)
def hidden_is_last_output(trial: Trial) -> Iterator[Failure]:
    output, hidden = (trial.seen.arrays.get(name) for name in ("output", "hidden state"))
    if output is None or hidden is None or not output.size:
        return
    last = output[:, -1] if trial.case["seq"] else output
    yield from trial.close("hidden state", last)


@rule(
    "STATE-2",
    "The carry of an LSTM is not its hidden state: hidden = o * activation(carry), "
    "with o strictly between 0 and 1.",
    source="Hochreiter and Schmidhuber 1997; keras.layers.LSTM",
    applies=lambda c: (
        a_layer(c)
        and c.layer == "LSTM"
        and bool(c["state"])
        and governing(c) == ""
        and int(c["t"]) > 0
    ),
)
def carry_is_gated(trial: Trial) -> Iterator[Failure]:
    hidden, carry = (trial.seen.arrays.get(name) for name in ("hidden state", "carry"))
    if GENERATIONS[GENERATION.get()].recurrent_activation == "hard_sigmoid":
        raise Unobserved("a hard sigmoid reaches 0 and 1")
    if hidden is None or carry is None or hidden.shape != carry.shape:
        return
    limit = np.abs(oracle_activation_value(carry))
    bound = trial.want.arrays["hidden state"].bound
    # rounding can make of a gate close to 1 a 1, and of a small number a zero
    turned = (np.sign(hidden) != np.sign(carry)) & (np.abs(hidden) > bound)
    wrong = ~(np.abs(hidden) <= limit + bound) | turned
    told = limit > bound
    if told.any() and (np.abs(hidden) >= limit - bound)[told].all():
        yield Failure("value", "hidden state", "|tanh(c)| everywhere", "less", name="hidden state")
    if hidden.any() and np.array_equal(hidden, carry):
        yield Failure("value", "carry", "the hidden state", "another number", name="carry")
    for at in np.argwhere(wrong)[:1].tolist():
        i, j = at
        got = f"{hidden[i, j]:.9g} with carry {carry[i, j]:.9g}"
        yield Failure("value", f"hidden state, sample {i}, unit {j}", got, "|h| <= |tanh(c)|")


def oracle_activation_value(carry: np.ndarray) -> np.ndarray:
    """The default activation of the carry."""
    from reference_impl import activation

    return np.asarray(activation(oracle_activation("tanh")).value(carry))


value_rule(
    "VALUE-1",
    "SimpleRNN computes h = activation(x W + b + h' U) at every timestep.",
    source="keras.layers.SimpleRNN; Elman 1990",
    applies=lambda c: c.layer == "SimpleRNN" and governs("", "n", "in", "train")(c),
)

value_rule(
    "VALUE-2",
    "LSTM computes its four gates in the order i, f, c, o and carries c = f c' + i c~.",
    source="keras.layers.LSTM; Hochreiter and Schmidhuber 1997; Gers et al. 2000",
    applies=lambda c: c.layer == "LSTM" and governs("", "n", "in", "train")(c),
)

value_rule(
    "VALUE-3",
    "GRU computes its gates in the order z, r, h and resets after the matrix product.",
    source="keras.layers.GRU; Cho et al. 2014, arXiv 1406.1078v1",
    applies=lambda c: c.layer == "GRU" and governs("", "n", "in", "train")(c),
)

value_rule(
    "VALUE-4",
    "GRU with reset_after=False resets the hidden state before the matrix product.",
    source="keras.layers.GRU; Cho et al. 2014, arXiv 1406.1078v3",
    applies=lambda c: governs("after")(c),
)
