"""Dtype policies, input dtypes and use_cudnn: the numbers of another precision or kernel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import governs, value_rule

POLICIES = ("f16", "bf16", "f64", "mf16", "mbf16")
CHEAP = {"seq": 1, "state": 1, "t": 3, "n": 4}


def cases(profile: str) -> Iterator[Case]:
    """Every policy on every layer; every input dtype; use_cudnn false and auto."""
    layers = ("LSTM",) if profile == "smoke" else RECURRENT
    for layer, policy in product(layers, POLICIES):
        yield Case.of(layer, **CHEAP, dtype=policy)
    for layer, dtype in product(layers, ("f16", "f64", "i32")):
        yield Case.of(layer, **CHEAP, x=dtype)
    for layer in ("LSTM", "GRU"):
        yield Case.of(layer, **CHEAP, cudnn="false")
    if profile == "smoke":
        return
    for layer, policy in product(RECURRENT, POLICIES):
        yield Case.of(layer, **CHEAP, dtype=policy, mask="gap", init="list")
        yield Case.of(layer, seq=1, state=1, t=16, u=8, dtype=policy)
    for layer, policy in product(("LSTM", "GRU"), ("mf16", "mbf16")):
        yield Case.of(layer, **CHEAP, dtype=policy, impl=1, unroll=1, x="f64")
    apart: dict[str, int | str] = {
        "t": 1,
        "u": 2,
        "n": 4,
        "as_": "stack",
        "x": "f16",
        "outer": "f16",
    }
    for layer in RECURRENT:
        yield Case.of(layer, **apart, state=1, unroll=1)
    yield Case.of("LSTM", **apart)
    for layer, seq in product(RECURRENT, (0, 1)):
        yield Case.of(layer, seq=seq, state=1, t=3, n=4, as_="rnn", x="f16", outer="f16")
        merge = ("none", "concat")[seq]
        yield Case.of(layer, seq=seq, t=3, n=4, as_="bi", x="f16", outer="f16", merge=merge)
    yield from _unsized()


def _unsized() -> Iterator[Case]:
    """Half precision where a graph knows no size: in reverse, both ways, in stacks and slices."""
    whole: dict[str, int | str] = {"seq": 1, "t": 3, "n": 2, "u": 2, "via": "graph"}
    forms: tuple[dict[str, int | str], ...] = (
        {"as_": "bi"},
        {"as_": "bi", "merge": "sum", "mask": "right"},
        {"as_": "stack", "mask": "gap"},
        {"as_": "td"},
        {"back": 1, "mask": "gap"},
    )
    for place, form in enumerate(forms):
        dtype = ("mbf16", "mf16")[place % 2]
        yield Case.of(RECURRENT[place % 3], **whole, **form, dtype=dtype, static="none")


value_rule(
    "DTYPE-2",
    "A layer computes in the compute dtype of its policy, within its rounding errors.",
    source="keras.dtype_policies.DTypePolicy",
    applies=governs("dtype"),
)

value_rule(
    "DTYPE-3",
    "An input of another dtype is cast to the compute dtype.",
    source="keras.Layer, autocast",
    applies=governs("x"),
)

value_rule(
    "CUDNN-1",
    "use_cudnn chooses a kernel; it does not change what is computed.",
    source="keras.layers.LSTM, use_cudnn",
    applies=governs("cudnn"),
)
