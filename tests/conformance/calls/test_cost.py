"""What calls cost, counted and never timed: traces, compilations, memory, growth with timesteps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import COSTS
from keras_rnn_conformance.judging.rules import At, Failure, Trial, rule

COMPILED = ("predictions", "epochs", "batches", "assessments")
CALLERS = {"assessments": 4}
"""How many callers a variant has; the others have one."""
GRAPHS = ("tensorflow", "jax")
ONCE_MORE = 1
"""A loop may run the cell once more, to see the shapes of what it gives."""

SIZES: dict[str, int | str] = {"u": 4, "n": 2, "t": 4, "seq": 1, "do": "cost"}


def cases(profile: str) -> Iterator[Case]:
    """Every cost of every layer, with options that choose another loop."""
    yield Case.of("LSTM", **SIZES, what="memory")
    if profile == "smoke":
        return
    for layer, what in product(RECURRENT, ("eager", "memory", "growth")):
        yield Case.of(layer, **SIZES, what=what)
        yield Case.of(layer, **SIZES, what=what, unroll=1)
    for layer, what in (*zip(RECURRENT, COMPILED, strict=False), ("LSTM", "batches")):
        yield Case.of(layer, **SIZES, what=what)
    yield Case.of("LSTM", **SIZES, what="assessments")
    for form in ("bi", "stack"):
        yield Case.of("LSTM", **SIZES, as_=form, what="memory")
    yield Case.of("GRU", **SIZES, what="memory", stateful=1, mask="gap")
    yield Case.of("LSTM", **SIZES, what="memory", drop=50, rdrop=50, train=1)
    if profile == "thorough":
        for layer, what, unroll in product(RECURRENT, COSTS, (0, 1)):
            yield Case.of(layer, **SIZES, what=what, unroll=unroll)
            yield Case.of(layer, **SIZES, what=what, as_="bi", unroll=unroll)


def counts(*variants: str) -> Callable[[Case], bool]:
    """A predicate: the cases of this scenario of the given variants."""
    return lambda c: c["do"] == "cost" and c["what"] in variants


def _at_most(trial: Trial, most: int) -> Iterator[Failure]:
    """The cell is called no oftener, and nothing is compiled."""
    steps, made = (trial.seen.facts[name] for name in ("steps", "compilations"))
    if steps > most:
        yield Failure("fact", "calls of the cell", str(steps), f"at most {most}")
    if made:
        compared = (At(trial.seen.facts, "compilations"), 0)
        yield Failure("fact", "compilations", str(made), "none", compared=compared)


def _steps(trial: Trial) -> int:
    """How often a loop may run the cell: in each direction once a timestep, and once to trace."""
    directions = 2 if trial.case["as"] == "bi" else 1
    return directions * (trial.data.timesteps + ONCE_MORE)


@rule(
    "COST-1",
    "A later predict, evaluate or fit of the same shapes, or one of what they are on one batch, "
    "traces and compiles nothing: compiled code runs no Python of the layer; elsewhere each "
    "timestep runs the cell once, or not at all.",
    source="keras.Model.compile, run_eagerly; keras.Model.predict",
    applies=counts(*COMPILED),
)
def traced_once(trial: Trial) -> Iterator[Failure]:
    callers = CALLERS.get(str(trial.case["what"]), 1)
    most = 0 if trial.seen.facts["backend"] in GRAPHS else callers * _steps(trial)
    yield from _at_most(trial, most)


@rule(
    "COST-2",
    "A later call of the same shapes compiles nothing, and runs the cell once for each "
    "timestep, or less often where a kernel or a compiled loop runs.",
    source="keras.layers.RNN, unroll; jax.jit: compiled once for each set of shapes",
    applies=counts("eager"),
)
def steps_of_a_call(trial: Trial) -> Iterator[Failure]:
    yield from _at_most(trial, _steps(trial))


@rule(
    "COST-3",
    "Twenty calls leave nothing behind: no object for each call, and no new item in "
    "anything that the layer holds.",
    source="keras.layers.RNN: only a stateful layer keeps states, and it replaces them",
    applies=counts("memory"),
)
def leaves_nothing(trial: Trial) -> Iterator[Failure]:
    for name in ("objects per call", "items"):
        if trial.seen.facts[name]:
            yield Failure("fact", name, str(trial.seen.facts[name]), "none")


@rule(
    "COST-4",
    "The work of a call grows in proportion to the timesteps, and not to a power of their number.",
    source="keras.layers.RNN: it iterates over the timesteps",
    applies=counts("growth"),
)
def linear(trial: Trial) -> Iterator[Failure]:
    first, second, fourth = trial.seen.facts["functions"]
    power = _power(second - first, fourth - second)
    if power > 1:
        counts = f"{first}, {second}, {fourth}"
        yield Failure("fact", "functions that run", counts, "for twice as many, twice the growth")


def _power(once: int, twice: int) -> int:
    """The power of the timesteps with which work grows, by its growth over steps that double."""
    return round(math.log2(twice / max(1, once))) if twice > 0 else 0
