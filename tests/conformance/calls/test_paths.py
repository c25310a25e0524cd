"""Every way to call a layer gives the same numbers, by an implementation that the options allow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from keras_rnn_conformance.base.observation import Unobserved
from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import SHARED
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

COMPILED = ("predict", "batch", "graph", "jit")
GRAPHS = ("tensorflow", "jax")
"""The backends whose compiled loops are one traced step."""


def cases(profile: str) -> Iterator[Case]:
    """Each path with the options that it could lose: masks, states, unknown sizes, direction."""
    if profile == "smoke":
        yield Case.of("LSTM", seq=1, state=1, t=3, via="functional", mask="gap")
        yield Case.of("GRU", seq=1, state=1, t=3, via="predict")
        return
    for layer in RECURRENT:
        yield from _eager(layer)
        yield from _compiled(layer)
    yield from _chosen()
    yield from _stateless()
    if profile == "thorough":
        yield from _thorough()


def _eager(layer: str) -> Iterator[Case]:
    whole = {"seq": 1, "state": 1, "t": 3}
    yield Case.of(layer, **whole, via="functional", mask="gap", init="list", static="none")
    yield Case.of(layer, **whole, via="functional", unroll=1, back=1)
    yield Case.of(layer, t=3, via="sequential", mask="left", maskby="masking", static="batch")
    yield Case.of(layer, seq=1, t=3, via="sequential", mask="right", static="none")
    yield Case.of(layer, **whole, via="nested", mask="gap", maskby="embedding", n=2)
    yield Case.of(layer, **whole, via="nested", mask="right", init="list")
    yield Case.of(layer, **whole, via="subclass", mask="gap", maskby="masking")
    yield Case.of(layer, **whole, via="subclass", mask="gap", maskby="masking", init="list")
    yield Case.of(layer, **whole, via="subclass", mask="right", back=1)
    yield Case.of(layer, seq=1, t=3, via="td", mask="right", back=1)
    yield Case.of(layer, t=3, via="td", static="time")


def _compiled(layer: str) -> Iterator[Case]:
    whole = {"seq": 1, "state": 1, "t": 5}
    yield Case.of(layer, **whole, via="predict", mask="gap", init="list", static="none")
    yield Case.of(layer, **whole, via="batch", unroll=1)
    yield Case.of(layer, **whole, via="graph", mask="gap", back=1, static="none")
    yield Case.of(layer, **whole, via="graph", unroll=1, init="list")
    yield Case.of(layer, **whole, via="graph", mask="gap", zero=1, static="none")


def _chosen() -> Iterator[Case]:
    """Costly paths on one layer each, and the choice of an implementation."""
    yield Case.of("LSTM", seq=1, state=1, via="jit", mask="gap", back=1, static="batch")
    for layer in RECURRENT:
        yield Case.of(layer, state=1, via="predict", back=1, static="time")
        yield Case.of(layer, seq=1, state=1, t=3, via="predict", init="list")
    for layer in ("SimpleRNN", "LSTM"):
        yield Case.of(layer, seq=1, state=1, via="predict", stateful=1, calls=2)
    for layer in RECURRENT:
        yield Case.of(layer, seq=1, state=1, t=3, via="stream", stateful=1, calls=3)
    yield Case.of("LSTM", t=3, via="stream", calls=2, mask="left", maskby="masking")
    yield Case.of("LSTM", t=3, via="stream", calls=2, mask="right", init="list")
    for form in ("bi", "stack"):
        yield Case.of("LSTM", u=2, n=4, t=3, via="stream", stateful=1, calls=2, as_=form)
    yield Case.of("LSTM", state=1, t=3, do="reuse", what="lengths", static="none")
    yield Case.of("GRU", seq=1, t=3, do="reuse", what="lengths", static="time")
    yield Case.of(
        "LSTM", seq=1, state=1, via="predict", mask="left", maskby="masking", static="none"
    )
    yield Case.of(
        "GRU", seq=1, state=1, via="predict", mask="gap", maskby="embedding", dtype="mf16"
    )
    yield Case.of("GRU", seq=1, state=1, t=3, do="reuse", what="shared")
    for layer, choice in product(("LSTM", "GRU"), ("false", "true")):
        yield Case.of(layer, seq=1, state=1, cudnn=choice)
        yield Case.of(layer, state=1, cudnn=choice, back=1, init="list")
    yield Case.of("LSTM", seq=1, state=1, cudnn="true", mask="right", n=4)
    yield Case.of("GRU", seq=1, state=1, cudnn="true", mask="right", n=4)
    yield Case.of("LSTM", state=1, cudnn="false", via="predict", static="none")


def _stateless() -> Iterator[Case]:
    """`stateless_call`: with masks and states, in training, and of layers inside others."""
    whole: dict[str, int | str] = {"seq": 1, "state": 1, "t": 3, "n": 4, "via": "stateless"}
    for layer, then in zip(RECURRENT, ("batch", "set", "mask"), strict=True):
        yield Case.of(layer, **whole, mask="gap", init="list")
        yield Case.of(layer, **whole, calls=3, then=then, mask="right")
        yield Case.of(layer, **whole, stateful=1, mask="right", unroll=int(layer == "LSTM"))
        yield Case.of(layer, **whole, calls=3, then="train", drop=50, rdrop=50)
    yield Case.of("GRU", **whole, stateful=1, calls=2)
    for form in ("bi", "stack"):
        yield Case.of("LSTM", **{**whole, "u": 2, "state": 0}, as_=form, mask="gap")
    yield Case.of("ConvLSTM1D", **whole, stateful=1, mask="right")


def _thorough() -> Iterator[Case]:
    masks = (("none", "arg"), ("gap", "arg"), ("left", "masking"), ("right", "embedding"))
    vias = ("functional", "predict", "batch", "nested", "subclass", "graph", "jit")
    for layer, via, (mask, by), static in product(RECURRENT, vias, masks, ("all", "none")):
        yield Case.of(layer, seq=1, state=1, t=4, via=via, mask=mask, maskby=by, static=static)
        yield Case.of(layer, t=4, via=via, mask=mask, maskby=by, static=static, back=1)
    for layer, what in product(RECURRENT, ("lengths", "shared")):
        yield Case.of(layer, seq=1, state=1, t=4, do="reuse", what=what, static="none")
    for layer, calls in product(RECURRENT, (2, 3)):
        yield Case.of(layer, seq=1, state=1, via="predict", stateful=1, calls=calls)
    for layer, via, dtype in product(RECURRENT, ("predict", "graph", "nested"), ("f16", "mbf16")):
        yield Case.of(layer, seq=1, state=1, t=4, via=via, dtype=dtype, init="list")


value_rule(
    "PATH-1",
    "A layer computes the same when called directly, in a functional, Sequential, nested "
    "or subclassed model, through predict (alone or as one of several batches), "
    "predict_on_batch or stateless_call, inside the backend's own transform, compiled with XLA, "
    "or inside TimeDistributed.",
    source="keras.Model; keras.Sequential; keras.layers.TimeDistributed; keras.layers.RNN",
    applies=governs("via"),
)


@rule(
    "PATH-2",
    "The implementation that runs is one that the options allow: unrolled with unroll, the"
    " layer's own loop with use_cudnn=False, and cuDNN only where its listed requirements "
    "hold.",
    source="keras.layers.LSTM and keras.layers.GRU, requirements of the cuDNN implementation",
    applies=lambda c: (
        c["do"] == "call"
        and c["as"] == "layer"
        and not c.layer.startswith("Conv")
        and c.layer != "TimeDistributed"
    ),
)
def allowed_path(trial: Trial) -> Iterator[Failure]:
    case, seen = trial.case, trial.seen
    ran = _ran(trial)
    own = "unrolled" if case["unroll"] else "generic"
    allowed = [own]
    if case.layer in ("LSTM", "GRU") and case["cudnn"] != "false" and not case["rdrop"]:
        allowed = _of_the_backend(case, ran, own)
    if seen.path not in allowed:
        yield Failure("fact", "the implementation that ran", seen.path, " or ".join(allowed))
    if own == allowed[0] and len(allowed) == 1 and case["cudnn"] == "false" and ran["tried"]:
        tried = ", ".join(ran["tried"])
        yield Failure("fact", "the implementations that were asked", tried, "none")


def _ran(trial: Trial) -> dict[str, Any]:
    """What ran, where it is anything that the suite knows."""
    if trial.seen.path == "cell":
        raise Unobserved(
            "the loop that ran is none that keras_rnn_conformance/subject/trace.py knows"
        )
    return trial.seen.facts["ran"]


def _of_the_backend(case: Case, ran: dict[str, object], own: str) -> list[str]:
    """What may run where a fused kernel is not ruled out."""
    if not _fits_cudnn(case):
        return [own, "fused"] if ran["backend"] != "tensorflow" else [own]
    if ran["backend"] == "tensorflow":
        return ["cudnn"] if ran["gpu"] else [own]
    return [own, "fused", "cudnn"] if ran["gpu"] else [own, "fused"]


def _fits_cudnn(case: Case) -> bool:
    """The requirements that the documentation lists, as far as a case can break them."""
    return (
        case.has(act="tanh", ract="sigmoid", rdrop=0, unroll=0, bias=1)
        and (case.layer != "GRU" or case["after"] == 1)
        and case["mask"] in ("none", "ones", "right")
    )


@rule(
    "PATH-3",
    "A compiled loop has a fixed number of operations whatever its length, and an unrolled"
    " layer has a step for each timestep.",
    source="keras.layers.RNN, unroll",
    applies=lambda c: (
        c["do"] == "call" and c["as"] == "layer" and c["via"] in COMPILED and int(c["t"]) >= 5
    ),
)
def steps_in_graph(trial: Trial) -> Iterator[Failure]:
    ran = _ran(trial)
    if ran["backend"] not in GRAPHS or trial.seen.path not in ("generic", "unrolled"):
        return
    steps, timesteps = ran["steps"], trial.data.timesteps
    # a path may trace its graph more than once
    if trial.case["unroll"] and (steps == 0 or steps % timesteps):
        yield Failure("fact", "steps in the compiled graph", str(steps), f"{timesteps} a trace")
    if not trial.case["unroll"] and steps >= timesteps:
        yield Failure("fact", "steps in the compiled graph", str(steps), f"fewer than {timesteps}")


value_rule(
    "PATH-4",
    "A layer that is used twice, on two inputs of one model or on two lengths of one "
    "input, computes each as if it were the only one.",
    source="keras.Model; keras.layers.RNN",
    applies=lambda c: c["do"] == "reuse" and c["what"] not in SHARED,
)
