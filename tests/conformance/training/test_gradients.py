"""Gradients of weights, input and initial states against back-propagation through time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import weight_names
from keras_rnn_conformance.cases.dtypes import VARIABLE
from keras_rnn_conformance.cases.scenarios.table import DERIVATIVES
from keras_rnn_conformance.judging.rules import Failure, Trial, rule, value_rule

Options = dict[str, int | str]
KINDS: tuple[tuple[str, Options], ...] = (
    *((layer, {}) for layer in RECURRENT),
    ("GRU", {"after": 0}),
)


def cases(profile: str) -> Iterator[Case]:
    """Every cell with masks, initial states, both directions; dtypes and activations on some."""
    if profile == "smoke":
        yield Case.of("LSTM", seq=1, state=1, t=3, init="list", mask="gap", do="grad")
        return
    whole: Options = {"seq": 1, "state": 1, "t": 3, "do": "grad"}
    for layer, kind in KINDS:
        yield Case.of(layer, **kind, t=5, do="grad")
        yield Case.of(layer, **kind, **whole, init="list", mask="gap")
        yield Case.of(layer, **kind, **whole, init="list", mask="left", back=1)
        yield Case.of(layer, **kind, **whole, init="list", unroll=1, back=1)
        yield Case.of(layer, **kind, **{**whole, "state": 0}, mask="right", zero=1)
    yield from _chosen(whole)
    yield from _forms(whole)
    yield from _unusual(whole)
    yield from _open(whole)
    yield from _directions()
    if profile == "thorough":
        yield from _thorough()


def _chosen(whole: Options) -> Iterator[Case]:
    """Options whose gradient has code of its own, on a layer each."""
    for layer, dtype in (("GRU", "mf16"), ("LSTM", "mbf16"), ("SimpleRNN", "f16"), ("LSTM", "f64")):
        yield Case.of(layer, **whole, init="list", dtype=dtype)
    # so short and so small that rounding in half precision leaves room to tell gradients apart
    for layer, dtype in (("SimpleRNN", "mbf16"), ("GRU", "bf16"), ("LSTM", "mf16")):
        yield Case.of(layer, **{**whole, "t": 2, "u": 1}, in_=1, init="list", dtype=dtype)
    for layer in ("LSTM", "GRU"):
        yield Case.of(layer, **whole, init="list", impl=1)
        yield Case.of(layer, **whole, init="list", bias=0, cudnn="false")
        yield Case.of(layer, **whole, act="relu", ract="hard_sigmoid")
    yield Case.of("LSTM", **whole, mask="gap", unroll=1)
    yield Case.of("SimpleRNN", **whole, init="list", mask="gap", via="jit")


def _unusual(whole: Options) -> Iterator[Case]:
    """What masks hide, inputs of other magnitudes, and masks of long sequences."""
    for layer, hold in product(RECURRENT, ("nan", "huge")):
        yield Case.of(layer, **{**whole, "state": 0}, mask="gap", hold=hold)
    yield Case.of("LSTM", t=3, mask="right", hold="inf", do="grad")
    for layer, mag in zip(RECURRENT, ("big", "small", "tiny"), strict=True):
        yield Case.of(layer, **whole, mag=mag)
    long: Options = {"t": 33, "u": 2, "n": 2, "in_": 1, "mask": "gap", "do": "grad"}
    for layer, unroll in (("LSTM", 1), ("GRU", 0)):
        yield Case.of(layer, **long, seq=1, unroll=unroll)


def _open(whole: Options) -> Iterator[Case]:
    """Sizes that the graph does not know, of layers and of what is made of them."""
    small: Options = {**whole, "u": 2, "n": 2, "via": "graph", "state": 0}
    for (layer, kind), mask in zip(KINDS, ("gap", "right", "none", "right"), strict=True):
        yield Case.of(layer, **kind, **small, init="list", mask=mask, static="none")
    for layer, seq, static in (("LSTM", 1, "none"), ("GRU", 0, "batch")):
        yield Case.of(layer, **{**small, "seq": seq}, as_="td", mask="gap", static=static)
    yield Case.of("GRU", **small, as_="bi", mask="right", static="none")
    yield Case.of("LSTM", **small, as_="stack", static="none", back=1)
    yield Case.of("ConvLSTM1D", **small, in_=2, static="time")


def _directions() -> Iterator[Case]:
    """Every way with every layer, and under a mask; the second gradient in a graph too."""
    small: Options = {"t": 3, "u": 2, "n": 2, "in_": 2, "do": "grad"}
    for (layer, kind), what in product(KINDS, DERIVATIVES):
        yield Case.of(layer, **kind, **small, what=what)
    for layer, what in zip(RECURRENT, DERIVATIVES, strict=True):
        yield Case.of(layer, **small, what=what, state=1, mask="gap")
    yield Case.of("SimpleRNN", **small, what="twice", state=1, mask="gap", via="graph")


def _forms(whole: Options) -> Iterator[Case]:
    """Layers of layers, cells and convolutions; the last output alone under a mask."""
    small: Options = {"u": 2, "n": 4}
    for layer in RECURRENT:
        yield Case.of(layer, t=3, mask="gap", do="grad")
    yield Case.of("LSTM", **whole, **small, as_="bi", init="list", mask="gap")
    yield Case.of("GRU", **whole, **small, as_="bi", init="list", merge="mul")
    yield Case.of("SimpleRNN", **{**whole, "seq": 0}, **small, as_="bi", merge="none", mask="right")
    yield Case.of("GRU", **{**whole, "state": 0}, **small, as_="bi", merge="ave", own=1)
    yield Case.of("SimpleRNN", **whole, **small, as_="rnn", init="list", mask="gap", back=1)
    yield Case.of("LSTM", **{**whole, "state": 0}, **small, as_="stack", mask="gap")
    yield Case.of("GRU", **{**whole, "state": 0}, **small, as_="list", init="list", unroll=1)
    yield Case.of("LSTM", **whole, **small, as_="mix", init="list", back=1)
    for layer, seq in (("LSTM", 1), ("GRU", 0)):
        yield Case.of(layer, **{**whole, "seq": seq, "state": 0}, **small, as_="td", mask="gap")
    yield Case.of("ConvLSTM1D", **whole, **small, init="list", in_=2)
    yield Case.of("ConvLSTM1D", **{**whole, "state": 0}, **small, in_=2, mask="right", unroll=1)
    yield Case.of("ConvLSTM2D", **{**whole, "seq": 0}, **small, in_=2, stride=2, back=1)


def _thorough() -> Iterator[Case]:
    masks, dtypes = ("none", "right", "gap", "row"), ("f32", "mf16", "bf16", "f64")
    for (layer, kind), mask, back, unroll, dtype in product(KINDS, masks, (0, 1), (0, 1), dtypes):
        yield Case.of(
            layer,
            **kind,
            seq=1,
            state=1,
            t=4,
            n=3,
            mask=mask,
            back=back,
            unroll=unroll,
            dtype=dtype,
            do="grad",
        )
    for (layer, kind), mask in product(KINDS, ("none", "right", "gap")):
        yield Case.of(
            layer, **kind, seq=1, state=1, t=4, mask=mask, init="list", via="jit", do="grad"
        )


def differentiates(case: Case) -> bool:
    """The cases that take gradients."""
    return case["do"] == "grad" and case["what"] not in DERIVATIVES


def follows_a_direction(case: Case) -> bool:
    """The cases that see how results change along a direction of the input."""
    return case["do"] == "grad" and case["what"] in DERIVATIVES


value_rule(
    "GRAD-1",
    "The gradients of the weights, the input and the initial states are those of the "
    "equations, whatever the mask, the direction and the return options.",
    source="Werbos 1990; keras.layers.RNN; keras.layers.LSTM; keras.layers.GRU",
    applies=differentiates,
)

value_rule(
    "GRAD-3",
    "A gradient that is pulled back once more, a Jacobian and forward mode all give the "
    "change along a direction of the input that the equations have.",
    source="tf.GradientTape.jacobian, tf.autodiff.ForwardAccumulator; jax.vjp, jacrev, jvp; "
    "torch.autograd.grad, create_graph; torch.autograd.forward_ad",
    applies=follows_a_direction,
)


@rule(
    "GRAD-2",
    "The gradient of a weight has the variable dtype of the policy.",
    source="keras.dtype_policies.DTypePolicy",
    applies=differentiates,
)
def gradient_dtypes(trial: Trial) -> Iterator[Failure]:
    want = VARIABLE[str(trial.case["dtype"])]
    for name in weight_names(trial.case):
        got = trial.seen.dtypes.get(name, want)
        if got != want:
            yield Failure("dtype", f"gradient of {name}", got, want, name=name)
