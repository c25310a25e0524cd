"""Scripts about the numbers of a `call`: what the layer gives, beside what NumPy derives."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from keras_rnn_conformance.cases.axes import STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import flat, form, output_names, returned, state_tree
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging.rules import KEPT
from keras_rnn_conformance.report.script.calls import path
from keras_rnn_conformance.report.script.layers import made, numbers
from keras_rnn_conformance.report.script.loops import Derivation, derivation
from keras_rnn_conformance.report.script.text import Body, Lines, Plan, asserted, compared, indented

_CALL = re.compile(r"call ([0-9]+): (.*)")


def values(plan: Plan) -> Body:
    """The script of a failure of values."""
    case, data, name = plan.case, plan.data, plan.failure.name
    kept = name.startswith(KEPT)
    parts = Parts(plan, derivation(case, data), kept)
    head = [*numbers(case, data), *made(case, data), *path(case, data).once]
    body = _once(parts) if case["calls"] == 1 else _many(parts)
    call = _CALL.fullmatch(name)
    told = (
        name
        if case["calls"] == 1 or kept
        else (f"call {call[1]}: {call[2]}" if call else f"call 1: {name}")
    )
    return Body([*head, *body], asserted(plan.rule, told), _largest(plan, name))


@dataclass(frozen=True)
class Parts:
    """What a script about values is put together from."""

    plan: Plan
    derived: Derivation
    kept: bool

    @property
    def call(self) -> str:
        return path(self.plan.case, self.plan.data).call

    @property
    def start(self) -> str:
        return "initial" if self.plan.case["init"] != "none" else self.derived.start

    @property
    def single(self) -> bool:
        return not self.kept and len(_names(self.plan.case)) == 1

    def given(self) -> str:
        """The line that calls the layer."""
        if self.single:
            return f"actual = {_array(self.call, self.plan.case)}"
        return self.call if self.kept else f"given = {self.call}"


def _once(parts: Parts) -> Lines:
    derived = parts.derived
    states = [f"states = {parts.start}"] if parts.start else []
    early = form(parts.plan.case) == "cell"
    return [
        *(states if early else []),
        parts.given(),
        "",
        *derived.before,
        *([] if early else states),
        *derived.lines,
        *_check(parts, ""),
    ]


def _many(parts: Parts) -> Lines:
    case, derived = parts.plan.case, parts.derived
    states = [f"states = {parts.start}"] if parts.start else []
    goes_on = case["stateful"] and case["init"] == "none" and case["reset"] == "none"
    reset = "reset_states" if case["reset"] == "alias" else "reset_state"
    again = ["if number > 1:", f"    layer.{reset}()"] if case["reset"] != "none" else []
    check = [] if parts.kept else _check(parts, "call {number}: ")
    body = [*again, *([] if goes_on else states), parts.given(), *derived.lines, *check]
    return [
        "",
        *derived.before,
        *(states if goes_on else []),
        "for number, x in enumerate(xs, 1):",
        *indented(body),
        *(_check(parts, "") if parts.kept else []),
    ]


def _names(case: Case) -> Lines:
    return list(flat(returned(case))) if case["via"] != "td" else output_names(case)


def _largest(plan: Plan, name: str) -> float | None:
    got = plan.seen.arrays.get(name)
    want = expected(plan.case, plan.data).arrays.get(name)
    if got is None or want is None or got.shape != want.shape:
        return None
    with np.errstate(invalid="ignore"):
        return float(np.abs(got - want.value).max())


def _check(parts: Parts, prefix: str) -> Lines:
    """Hold what was given, or the kept states, to what was derived."""
    plan, derived, case = parts.plan, parts.derived, parts.plan.case
    want = expected(case, plan.data).arrays
    bounds = [a.bound for n, a in want.items() if n.startswith(KEPT) is parts.kept and a.value.size]
    bound = max(float(np.max(b)) for b in bounds)
    names = [KEPT + n for n in flat(state_tree(case))] if parts.kept else _names(case)
    if parts.single:
        simple = derived.outputs[0] == "y"
        lines = [] if simple else [f"expected = {derived.outputs[0]}"]
        return [
            *lines,
            *compared(plan.rule, prefix + names[0], bound, "y" if simple else "expected"),
        ]
    source = "layer.states" if parts.kept else "given"
    if form(case) in (*STACKS, "cell", "user"):
        source = f"keras.tree.flatten({source})"
    every = [*derived.outputs, *(["*states"] if len(names) > len(derived.outputs) else [])]
    aim = "states" if parts.kept else f"[{', '.join(every)}]"
    return [
        f"for name, expected, actual in zip({names}, {aim}, {source}):",
        *indented(
            [f"actual = {_array('actual', case)}", *compared(plan.rule, prefix + "{name}", bound)]
        ),
    ]


def _array(name: str, case: Case) -> str:
    wide = name
    if COMPUTE[str(case["dtype"])] == "bfloat16":
        wide = f'keras.ops.cast({name}, "float32")'
    return f"keras.ops.convert_to_numpy({wide}).astype(float)"
