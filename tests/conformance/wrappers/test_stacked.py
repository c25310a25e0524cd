"""Cells stacked in one RNN: `RNN([cells])` and `StackedRNNCells`."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.axis_values import STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import form_rules as forms
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

STACK = "keras.layers.StackedRNNCells"
RNN = "keras.layers.RNN"
SMALL = {"u": 2, "t": 3, "n": 4}
MANY = ("list", "stack", "mix")


def cases(profile: str) -> Iterator[Case]:
    """Stacks of one kind of cell and of three, with every sequence option; stacks of one cell."""
    yield Case.of("LSTM", **SMALL, as_="stack", seq=1, state=1)
    yield Case.of("LSTM", **SMALL, as_="mix", seq=1, state=1, mask="gap")
    if profile == "smoke":
        return
    for layer in RECURRENT:
        yield Case.of(layer, **SMALL, as_="list", seq=1, state=1)
        yield Case.of(layer, **SMALL, as_="mix", seq=0, state=1, init="list")
        yield Case.of(layer, **SMALL, as_="one", seq=1, state=1)
        yield Case.of(layer, **SMALL, as_="one", seq=1, mask="gap")
    for form in MANY:
        yield Case.of("LSTM", **SMALL, as_=form)
        yield Case.of("LSTM", **SMALL, as_=form, seq=1, state=1, back=1, mask="right", init="list")
        yield Case.of("LSTM", **SMALL, as_=form, seq=1, state=1, unroll=1, mask="first", zero=1)
        yield Case.of("LSTM", **SMALL, as_=form, seq=1, state=1, mask="row", zero=1, back=1)
        yield Case.of("LSTM", **SMALL, as_=form, state=1, stateful=1, calls=2)
    yield from _default()
    yield from _even()
    if profile == "thorough":
        yield from _thorough()


def _default() -> Iterator[Case]:
    yield Case.of("GRU", **SMALL, as_="list", seq=1, state=1, unroll=1, mask="gap", back=1)
    yield Case.of("SimpleRNN", **SMALL, as_="stack", seq=1, state=1, mask="first")
    yield Case.of("GRU", **SMALL, as_="mix", seq=1, state=1, static="none")
    yield Case.of("LSTM", **SMALL, as_="list", state=1, stateful=1, calls=2, reset="between")
    yield Case.of("LSTM", **SMALL, as_="one", state=1, unroll=1)
    yield Case.of("GRU", **SMALL, as_="one", state=1, init="list")
    for policy in ("mf16", "f16"):
        yield Case.of("LSTM", **SMALL, as_="list", seq=1, state=1, dtype=policy)
        yield Case.of("LSTM", **SMALL, as_="stack", seq=1, state=1, dtype=policy, mask="gap")
    yield Case.of("LSTM", **SMALL, as_="list", seq=1, state=1, bias=0, act="relu", impl=1)


def _even() -> Iterator[Case]:
    """Cells of one size, whose states could be taken for each other."""
    for layer, mask, back in (("LSTM", "gap", 0), ("GRU", "right", 1), ("SimpleRNN", "first", 0)):
        yield Case.of(layer, **SMALL, as_="even", seq=1, state=1, mask=mask, back=back, init="list")
    yield Case.of("LSTM", **SMALL, as_="even", seq=1, stateful=1, calls=2)
    yield Case.of("GRU", **SMALL, as_="even", state=1, unroll=1, mask="left", zero=1)


def _thorough() -> Iterator[Case]:
    for layer in RECURRENT:
        for form in MANY:
            for unroll, back, zero in ((u, b, z) for u in (0, 1) for b in (0, 1) for z in (0, 1)):
                yield Case.of(
                    layer,
                    **SMALL,
                    as_=form,
                    seq=1,
                    state=1,
                    unroll=unroll,
                    back=back,
                    zero=zero,
                    mask="gap",
                    init="list",
                )


a_stack = forms.called(*STACKS)

value_rule(
    "STACK-1",
    "In a stack the output of each cell is the input of the next at the same timestep, "
    "and each cell keeps its own states.",
    source=f"{STACK}; {RNN}, cell",
    applies=lambda c: governs("as")(c) and c["as"] in STACKS and c.layer != "RNN",
)


@rule(
    "STACK-2",
    "With return_state, a stack returns the output and then the state for every entry of "
    "state_size: a tensor for a size, a list for a list of sizes.",
    source=f"{RNN}, Output shape and state_size",
    applies=a_stack,
)
def nested_states(trial: Trial) -> Iterator[Failure]:
    yield from forms.structure(trial)


@rule(
    "STACK-3",
    "The symbolic output of a stack has the structure, shapes and dtypes of the computed one.",
    source="keras.Layer.compute_output_spec",
    applies=a_stack,
)
def foretold(trial: Trial) -> Iterator[Failure]:
    yield from forms.foretold(trial)


@rule(
    "STACK-4",
    "state_size lists the state_size of the cells; output_size is that of the last cell.",
    source=STACK,
    applies=a_stack,
)
def sizes(trial: Trial) -> Iterator[Failure]:
    yield from forms.sizes(trial)


@rule(
    "STACK-5",
    "get_initial_state(batch_size) returns the initial states of every cell, zeros in the "
    "compute dtype.",
    source=f"{STACK}; {RNN}, cell",
    applies=a_stack,
)
def zeros_first(trial: Trial) -> Iterator[Failure]:
    yield from forms.first_states(trial)


@rule(
    "STACK-6",
    "The weights of a stack are those of its cells, starting at the input.",
    source=STACK,
    applies=a_stack,
)
def weights(trial: Trial) -> Iterator[Failure]:
    yield from forms.weights(trial)


@rule(
    "STACK-7",
    "A stateful stack keeps the last states of every cell; one that is not stateful keeps none.",
    source=f"{RNN}, stateful",
    applies=a_stack,
)
def kept(trial: Trial) -> Iterator[Failure]:
    yield from forms.kept(trial)
