"""Gradients of weights, input and initial states against back-propagation through time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests.harness.axes import RECURRENT
from tests.harness.case import Case
from tests.harness.expect import VARIABLE
from tests.harness.rules import Failure, Trial, rule, value_rule

Options = dict[str, int | str]
KINDS: tuple[tuple[str, Options], ...] = (
    *((layer, {}) for layer in RECURRENT),
    ("GRU", {"after": 0}),
)
WEIGHTS = ("kernel", "recurrent_kernel", "bias")


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
    if profile == "thorough":
        yield from _thorough()


def _chosen(whole: Options) -> Iterator[Case]:
    """Options whose gradient has code of its own, on a layer each."""
    for layer, dtype in (("GRU", "mf16"), ("LSTM", "mbf16"), ("SimpleRNN", "f16"), ("LSTM", "f64")):
        yield Case.of(layer, **whole, init="list", dtype=dtype)
    for layer in ("LSTM", "GRU"):
        yield Case.of(layer, **whole, init="list", impl=1)
        yield Case.of(layer, **whole, init="list", bias=0, cudnn="false")
        yield Case.of(layer, **whole, act="relu", ract="hard_sigmoid")
    yield Case.of("LSTM", **whole, mask="gap", unroll=1)
    yield Case.of("SimpleRNN", **whole, init="list", mask="gap", via="jit")


def _thorough() -> Iterator[Case]:
    masks, dtypes = ("none", "right", "gap", "row"), ("f32", "mf16", "bf16", "f64")
    for (layer, kind), mask, back, unroll, dtype in product(KINDS, masks, (0, 1), (0, 1), dtypes):
        yield Case.of(layer, **kind, seq=1, state=1, t=4, n=3, mask=mask, back=back,
                      unroll=unroll, dtype=dtype, do="grad")  # fmt: skip
    for (layer, kind), mask in product(KINDS, ("none", "right", "gap")):
        yield Case.of(
            layer, **kind, seq=1, state=1, t=4, mask=mask, init="list", via="jit", do="grad"
        )


def differentiates(case: Case) -> bool:
    """The cases of the scenario `grad`."""
    return case["do"] == "grad"


value_rule(
    "GRAD-1", "The gradients of the weights, the input and the initial states are those of the "
    "equations, whatever the mask, the direction and the return options.",
    source="Werbos 1990; keras.layers.RNN; keras.layers.LSTM; keras.layers.GRU",
    applies=differentiates,
)  # fmt: skip


@rule(
    "GRAD-2", "The gradient of a weight has the variable dtype of the policy.",
    source="keras.dtype_policies.DTypePolicy", applies=differentiates,
)  # fmt: skip
def gradient_dtypes(trial: Trial) -> Iterator[Failure]:
    want = VARIABLE[str(trial.case["dtype"])]
    for name in WEIGHTS:
        got = trial.seen.dtypes.get(name, want)
        if got != want:
            yield Failure("dtype", f"gradient of {name}", got, want, name=name)
