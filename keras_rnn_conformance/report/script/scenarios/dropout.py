"""Scripts of what can be told of dropout without reading its masks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras_rnn_conformance.cases.scenarios.dropout_masks import SEED, SEEDS
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.script.further_arguments import (
    build,
    call,
    deriving,
    fresh,
    numbers,
    setting,
    weights,
)
from keras_rnn_conformance.report.script.text import (
    Body,
    Lines,
    NoText,
    Plan,
    asserted,
    compared,
    equal,
)


def train(plan: Plan) -> Body:
    """The script of a layer with dropout."""
    what = str(plan.case["what"])
    if plan.failure.kind == "error":
        return _runs(plan)
    if what not in VARIANTS:
        raise NoText("the masks of dropout are read by probes that no short script holds")
    return VARIANTS[what](plan)


def _runs(plan: Plan) -> Body:
    error = plan.seen.error
    assert error is not None
    lines = [
        *setting(plan.case, plan.data, {"seed": SEED}),
        f"# It should run. On this release it raises {error.name}.",
        call(plan.case, plan.data, "training=True"),
    ]
    return Body(lines, rf"(^|\.){error.name}\b")


def _numbers(expression: str) -> str:
    return f"keras.ops.convert_to_numpy({expression}).astype(float)"


def _inert(plan: Plan) -> Body:
    name = plan.failure.name
    said = [] if name == "unsaid" else [name]
    return _against(plan, name, said, [])


def _against(plan: Plan, name: str, said: Lines, change: Lines) -> Body:
    case, data = plan.case, plan.data
    derive, output = deriving(case, data)
    want = expected(case, data).arrays["output"]
    lines = [
        *setting(case, data, {"seed": SEED}),
        f"actual = {_numbers(call(case, data, *said))}",
        "",
        *change,
        *derive,
        f"expected = {output}",
        *compared(plan.rule, name, float(np.max(want.bound))),
    ]
    return Body(lines, asserted(plan.rule, name))


def _edges(plan: Plan) -> Body:
    case = plan.case
    if plan.rule == "DROP-9":
        both = "[[layer.dropout, layer.recurrent_dropout] for layer in layers]"
        made = ", ".join(fresh(case, {"dropout": r, "recurrent_dropout": r}) for r in (-0.5, 1.5))
        lines = [
            f"layers = [{made}]",
            f"actual = {both}",
            "expected = [[0, 0], [1, 1]]",
            *equal(plan.rule, "the rates"),
        ]
        return Body(lines, asserted(plan.rule, "the rates"))
    kept = [int(case["drop"] == 0), int(case["rdrop"] == 0), 1]
    change = [f"weights = [keep * w for keep, w in zip({kept}, weights)]  # all is dropped"]
    return _against(plan, "output", ["training=True"], change)


def _seed(plan: Plan) -> Body:
    """Two layers, or two calls of one: the same numbers, or others."""
    case, data, name = plan.case, plan.data, plan.failure.name
    made = [*numbers(case, data), *weights(case, data), "def made(seed):"]
    text = fresh(case, {"seed": SEED}).replace(f"seed={SEED}", "seed=seed")
    made += [
        f"    layer = {text}",
        f"    {build(case, data)}",
        "    layer.set_weights(weights)",
        "    return layer",
    ]
    run = _numbers(call(case, data, "training=True"))
    once = f"({run}, layer.reset_state())[0]" if case["stateful"] else run
    lines = [*made, f"run = lambda layer: {once}"]
    who, _, which = name.partition(", ")
    if who not in SEEDS:
        raise NoText("the failure does not say in which call it is")
    if who == "first":
        lines += [f"layer = made({SEED})", "expected, actual = run(layer), run(layer)"]
    else:
        first = {"as unseeded": None, "as nought": 0}.get(who, SEED)
        lines += [f"layers = made({first}), made({SEEDS[who]})"]
        lines += ["[run(layer) for layer in layers]"] * which.startswith("next")
        lines += ["expected, actual = [run(layer) for layer in layers]"]
    same = who in ("twin", "as nought")
    test, told = ("", "the numbers") if same else ("not ", "other numbers than")
    lines += [
        f"assert {test}np.array_equal(actual, expected), (",
        f'    f"{plan.rule}: {name}: expected {told} {{expected}}, actual {{actual}}")',
    ]
    return Body(lines, asserted(plan.rule, name))


VARIANTS: dict[str, Callable[[Plan], Body]] = {"inert": _inert, "edges": _edges, "seed": _seed}
WRITERS = {"train": train}
