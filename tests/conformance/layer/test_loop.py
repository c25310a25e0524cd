"""How a layer walks through time: backwards, unrolled, with states handed over or kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.dtypes import VARIABLE
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

RNN = "keras.layers.RNN"
INITS = ("list", "tuple", "tensor", "symbolic", "layer")


def cases(profile: str) -> Iterator[Case]:
    """Direction, unrolling, initial states and statefulness of every layer."""
    layers = ("LSTM",) if profile == "smoke" else RECURRENT
    for layer, seq, unroll in product(layers, (0, 1), (0, 1)):
        yield Case.of(layer, seq=seq, state=1, back=1, unroll=unroll)
    for layer, t in product(layers, (1, 5)):
        yield Case.of(layer, seq=1, state=1, t=t, unroll=1)
    for layer, init in product(layers, INITS):
        if init != "tensor" or layer != "LSTM":
            yield Case.of(layer, seq=1, state=1, init=init)
    for layer, seq in product(layers, (0, 1)):
        yield Case.of(layer, seq=seq, state=1, stateful=1, calls=3)
        yield Case.of(layer, seq=seq, state=seq, stateful=1, calls=3, reset="between")
        yield Case.of(layer, seq=seq, t=3, stateful=1, calls=2, reset="rebuild")
    if profile != "smoke":
        yield from _default()


def _together() -> Iterator[Case]:
    """Options that pass each alone, and every pair of them: all of them at once."""
    whole: dict[str, int | str] = {"t": 4, "n": 2, "mask": "gap", "stateful": 1, "train": 1}
    for layer, back, unroll in product(RECURRENT, (0, 1), (0, 1)):
        walk = {"back": back, "unroll": unroll, "state": 1}
        yield Case.of(layer, **whole, **walk, seq=1, calls=3)
        yield Case.of(layer, **whole, **walk, init="list", calls=2)


def _sizes() -> Iterator[Case]:
    """Sizes that are all alike, all one, and larger than those of the matrix."""
    given: dict[str, int | str] = {"mask": "gap", "init": "list", "back": 1}
    for layer, size in product(RECURRENT, (1, 3)):
        alike = {"u": size, "n": size, "in_": size}
        yield Case.of(layer, seq=1, state=1, t=size, **alike)
        yield Case.of(layer, seq=1, state=1, t=3, **alike, **given)
    alike = {"u": 3, "n": 3, "in_": 3, "t": 3, "seq": 1}
    for layer, unroll in (("SimpleRNN", 0), ("GRU", 1)):
        yield Case.of(layer, **alike, state=1, init="tensor", unroll=unroll, stateful=1, calls=2)
    for layer, form in (("LSTM", "bi"), ("GRU", "stack"), ("SimpleRNN", "rnn")):
        yield Case.of(layer, **alike, state=1, as_=form, init="list", mask="gap")
    for layer, mask in (("LSTM", "gap"), ("GRU", "none")):
        yield Case.of(layer, **alike, as_="td", mask=mask)
    for layer in RECURRENT:
        yield Case.of(layer, seq=1, state=1, u=2, t=200, n=2, in_=2)
        yield Case.of(layer, seq=1, state=1, u=130, t=2, n=65, in_=130)


def _default() -> Iterator[Case]:
    yield from _together()
    for layer, form, given in (
        ("LSTM", "bi", {"dtype": "mf16"}),
        ("GRU", "rnn", {"unroll": 1}),
        ("SimpleRNN", "layer", {"stateful": 1, "calls": 2}),
        ("ConvLSTM1D", "layer", {}),
    ):
        yield Case.of(layer, seq=1, state=1, u=2, t=3, init="double", as_=form, **given)
    yield from _sizes()
    for layer in RECURRENT:
        yield Case.of(layer, state=1, calls=2)
        yield Case.of(layer, state=1, t=3, calls=2, reset="between")
        yield Case.of(layer, seq=1, state=1, t=3, init="wide", dtype="f16")
        yield Case.of(layer, seq=1, state=1, t=3, init="double")
        yield Case.of(layer, state=1, stateful=1, calls=2, back=1, unroll=1)
        yield Case.of(layer, state=1, stateful=1, calls=2, init="list")
        yield Case.of(layer, state=1, stateful=1, calls=2, init="tuple")
        yield Case.of(layer, t=1, state=1, stateful=1, calls=3)
        yield Case.of(layer, seq=1, state=1, stateful=1, calls=2, mask="right")
        yield Case.of(layer, seq=1, state=1, stateful=1, calls=2, mask="left")
        yield Case.of(layer, seq=1, stateful=1, calls=2, mask="right", back=1)
        yield Case.of(
            layer, state=1, stateful=1, calls=2, n=4, mask="right", maskby="masking", init="list"
        )
        yield Case.of(layer, seq=1, state=1, stateful=1, calls=2, dtype="mf16")
        yield Case.of(layer, seq=1, unroll=1, init="list", back=1)
    for layer, static, unroll in product(
        ("SimpleRNN", "LSTM", "GRU"), ("batch", "time", "none"), (0, 1)
    ):
        if not (unroll and static != "batch"):
            yield Case.of(layer, seq=1, state=1, static=static, unroll=unroll)


value_rule(
    "BACK-1",
    "With go_backwards the sequence is processed from its end, and the output sequence "
    "is in the order of processing.",
    source=f"{RNN}, go_backwards",
    applies=governs("back"),
)

value_rule(
    "UNROLL-1",
    "Unrolling changes how the loop runs, not what it computes.",
    source=f"{RNN}, unroll",
    applies=governs("unroll"),
)

value_rule(
    "INIT-1",
    "initial_state is the state before the first timestep, given as a list, a tuple, a "
    "single tensor, in another dtype, symbolically, or as the states of another layer.",
    source=f"{RNN}, Note on specifying the initial state",
    applies=governs("init"),
)

value_rule(
    "STATEFUL-1",
    "A stateful layer starts a call from the states that the previous call left; other "
    "layers start from zeros.",
    source=f"{RNN}, Note on using statefulness",
    applies=governs("stateful", "calls"),
)

value_rule(
    "STATEFUL-2",
    "reset_state sets the states of a stateful layer to zeros, and does nothing to other layers.",
    source=f"{RNN}, Note on using statefulness",
    applies=governs("reset"),
)


@rule(
    "STATEFUL-3",
    "A stateful layer keeps its last states in `states`, in the order of the cell; other "
    "layers keep none.",
    source=f"{RNN}, stateful",
    applies=lambda c: c["do"] == "call" and c["as"] == "layer" and c["via"] == "call",
)
def kept_states(trial: Trial) -> Iterator[Failure]:
    kept = [name for name in trial.seen.arrays if name.startswith("kept ")]
    if not trial.case["stateful"]:
        if kept:
            yield Failure("fact", "layer.states", f"{len(kept)} states", "none")
        return
    yield from trial.compare(trial.want.facts["kept"])
    dtype = VARIABLE[str(trial.case["dtype"])]
    for name in kept:
        if trial.seen.dtypes[name] != dtype:
            yield Failure("dtype", name, trial.seen.dtypes[name], dtype, name=name)
    if trial.seen.facts.get("trainable states"):
        yield Failure("fact", "layer.states", "trainable", "not trainable")


value_rule(
    "STATIC-1",
    "Batch and time sizes that are unknown when a layer is built do not change what it computes.",
    source="keras.Input; keras.layers.RNN",
    applies=governs("static"),
)
