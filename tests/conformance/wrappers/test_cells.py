"""What a cell computes when it is called alone, and in `RNN(cell)`."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import form_rules as forms
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

CELL = "keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell"
RNN = "keras.layers.RNN"
SMALL = {"u": 3, "t": 3, "n": 2}


def cases(profile: str) -> Iterator[Case]:
    """Each cell alone, its states in every container; `RNN(cell)` with every sequence option."""
    yield from _alone()
    yield from _in_rnn()
    if profile == "smoke":
        return
    for layer, policy in (("SimpleRNN", "f16"), ("GRU", "bf16"), ("LSTM", "f64"), ("GRU", "mbf16")):
        yield Case.of(layer, as_="cell", t=1, init="list", dtype=policy)
    for layer in RECURRENT:
        yield Case.of(layer, as_="cell", t=1, init="list", dtype="mf16", x="f64")
        yield Case.of(layer, **SMALL, as_="rnn", seq=1, state=1, dtype="mf16", init="list")
    if profile == "thorough":
        yield from _thorough()


def _alone() -> Iterator[Case]:
    for layer in RECURRENT:
        for init in ("none", "list", "tuple") + (("tensor",) if layer != "LSTM" else ()):
            yield Case.of(layer, as_="cell", t=1, init=init)
        yield Case.of(layer, as_="cell", t=1, init="list", bias=0, act="relu")
    for layer in ("LSTM", "GRU"):
        yield Case.of(layer, as_="cell", t=1, init="list", impl=1, ract="hard_sigmoid")
        yield Case.of(layer, as_="cell", t=1, init="list", impl=1, bias=0)
    for impl in (1, 2):
        yield Case.of("GRU", as_="cell", t=1, init="list", after=0, impl=impl)


def _in_rnn() -> Iterator[Case]:
    for layer in RECURRENT:
        yield Case.of(layer, **SMALL, as_="rnn")
        yield Case.of(layer, **SMALL, as_="rnn", seq=1, state=1, mask="gap", back=1, init="list")
        yield Case.of(layer, **SMALL, as_="rnn", seq=1, state=1, mask="first", zero=1)
        yield Case.of(layer, **SMALL, as_="rnn", seq=1, state=1, unroll=1, mask="right", back=1)
        yield Case.of(layer, **SMALL, as_="rnn", seq=0, state=1, stateful=1, calls=2)
        yield Case.of(layer, **SMALL, as_="rnn", seq=1, stateful=1, calls=2, reset="between")
    yield Case.of("LSTM", **SMALL, as_="rnn", seq=1, state=1, static="none")
    yield Case.of("LSTM", **SMALL, as_="rnn", stateful=1, calls=2, reset="alias")


def _thorough() -> Iterator[Case]:
    for layer in RECURRENT:
        for unroll, back, zero, mask in (
            (u, b, z, m) for u in (0, 1) for b in (0, 1) for z in (0, 1) for m in ("gap", "row")
        ):
            yield Case.of(
                layer,
                **SMALL,
                as_="rnn",
                seq=1,
                state=1,
                unroll=unroll,
                back=back,
                zero=zero,
                mask=mask,
            )


def a_cell(case: Case) -> bool:
    """The cases of a cell called alone."""
    return forms.called("cell")(case)


value_rule(
    "CELL-1",
    "A cell computes one step: from an input and states, its output and its new states.",
    source=CELL,
    applies=lambda c: governs("as")(c) and c["as"] == "cell",
)


@rule(
    "CELL-2",
    "A cell returns its output and a list of its new states; if the state is given as a "
    "bare tensor, the new state is one too.",
    source=CELL,
    applies=a_cell,
)
def output_and_states(trial: Trial) -> Iterator[Failure]:
    yield from forms.structure(trial)


@rule(
    "CELL-3",
    "get_initial_state(batch_size) returns zeros of shape (batch, units) for each state, "
    "in the compute dtype.",
    source=CELL,
    applies=lambda c: forms.called("cell", "rnn")(c),
)
def zeros_first(trial: Trial) -> Iterator[Failure]:
    yield from forms.first_states(trial)


@rule(
    "CELL-4",
    "state_size is the size of the state, or a list of sizes if there are several states; "
    "output_size is the number of units.",
    source=f"{CELL}; {RNN}, cell",
    applies=lambda c: forms.called("cell", "rnn")(c),
)
def sizes(trial: Trial) -> Iterator[Failure]:
    yield from forms.sizes(trial)


@rule(
    "CELL-5",
    "The weights of a cell are kernel, recurrent_kernel and bias, in this order and of "
    "the documented shapes, in the policy's variable dtype.",
    source=CELL,
    applies=lambda c: forms.called("cell", "rnn")(c),
)
def weights(trial: Trial) -> Iterator[Failure]:
    yield from forms.weights(trial)


@rule(
    "CELL-6",
    "The symbolic output of a cell, or of an RNN over it, has the structure, shapes and "
    "dtypes of the computed one.",
    source="keras.Layer.compute_output_spec",
    applies=lambda c: forms.called("cell", "rnn")(c),
)
def foretold(trial: Trial) -> Iterator[Failure]:
    yield from forms.foretold(trial)


value_rule(
    "CELL-7",
    "RNN(cell) computes what the layer of that cell computes, with the same options.",
    source=f"{RNN}, cell",
    applies=lambda c: governs("as")(c) and c["as"] == "rnn",
)


@rule(
    "CELL-8",
    "RNN(cell) returns the output, followed by every state with return_state.",
    source=f"{RNN}, Output shape",
    applies=forms.called("rnn"),
)
def as_a_layer(trial: Trial) -> Iterator[Failure]:
    yield from forms.structure(trial)


@rule(
    "CELL-9",
    "A stateful RNN(cell) keeps its last states; one that is not stateful keeps none.",
    source=f"{RNN}, stateful",
    applies=forms.called("rnn"),
)
def kept(trial: Trial) -> Iterator[Failure]:
    yield from forms.kept(trial)
