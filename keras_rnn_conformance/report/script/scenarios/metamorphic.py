"""Scripts of two ways to the same numbers, of a layer used twice, and of signatures."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.api.signatures import THROUGH_KEYWORDS, class_of
from keras_rnn_conformance.cases.composition import flat, returned
from keras_rnn_conformance.cases.scenarios.table import INDEPENDENCE, SHARED
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.script.calls import Path, path
from keras_rnn_conformance.report.script.layers import made, numbers
from keras_rnn_conformance.report.script.loops import derivation
from keras_rnn_conformance.report.script.scenarios.saving import constructed
from keras_rnn_conformance.report.script.text import (
    Body,
    Lines,
    NoText,
    Plan,
    asserted,
    compared,
    equal,
    indented,
    literal,
)

WAYS = {
    "chunks": [
        "first = call(layer, x[:, :{half}])",
        "second = call(layer, x[:, {half}:], initial_state=first[1:])",
        "one, other = call(layer, x), [np.concatenate([first[0], second[0]], 1), *second[1:]]",
    ],
    "padding": [
        "mask = np.arange({twice}) < {t} + np.zeros(({n}, 1))",
        "padded = call(layer, np.concatenate([x, noise], 1), mask=mask)",
        "one, other = call(layer, x), [padded[0][:, :{t}], *padded[1:]]",
    ],
    "unroll": ["one, other = call(layer, x), call(twin, x)"],
    "reversal": ["one, other = call(layer, x[:, ::-1].copy()), call(twin, x)"],
    "sequences": [
        "whole = call(layer, x)",
        "one, other = [whole[0][:, -1], *whole[1:]], call(twin, x)",
    ],
    "implementation": ["one, other = call(layer, x), call(twin, x)"],
    "rows": [
        "rows = [call(layer, x[i : i + 1]) for i in range({n})]",
        "one, other = call(layer, x), [np.concatenate(parts) for parts in zip(*rows)]",
    ],
    "again": ["one = call(layer, x)", "call(layer, noise)", "other = call(layer, x)"],
}
TWINS = {
    "unroll": {"unroll": 1},
    "reversal": {"back": 1},
    "sequences": {"seq": 0},
    "implementation": {"impl": 1},
}


def twin(plan: Plan) -> Body:
    """The script of two ways that should agree."""
    case, data, what = plan.case, plan.data, str(plan.case["what"])
    if plan.failure.kind == "error":
        raise NoText("an error in one of two ways has a case of its own")
    if what in (*INDEPENDENCE, "spreads"):
        raise NoText("what a changed place must not reach has no standalone script")
    plain = case.but(do="call", what="plain")
    lines = [*numbers(plain, data), *made(plain, data)]
    if what in ("padding", "again"):
        lines.insert(1, f"noise = {literal(data.x_of(1), 'float32')}")
    if what in TWINS:
        lines += [
            line.replace("layer", "twin", 1) if line.startswith("layer") else line
            for line in made(plain.but(**TWINS[what]), data)
        ]
    sizes = {
        "half": data.timesteps // 2,
        "t": data.timesteps,
        "n": data.batch,
        "twice": 2 * data.timesteps,
    }
    name = plan.failure.name.removeprefix("twin ")
    names = list(flat(returned(case)))
    bound = float(np.max(expected(case, data).arrays[name].bound))
    lines += [
        "def call(layer, x, **options):",
        "    return [keras.ops.convert_to_numpy(y).astype(float) for y in layer(x, **options)]",
        *(line.format(**sizes) for line in WAYS[what]),
        f"for name, expected, actual in zip({names}, one, other):",
        *indented(compared(plan.rule, "{name}", bound)),
    ]
    return Body(lines, asserted(plan.rule, name))


def reuse(plan: Plan) -> Body:
    """The script of one layer on two inputs, or on two lengths."""
    case, data, name = plan.case, plan.data, plan.failure.name
    if case["what"] in SHARED:
        raise NoText("what has several places has no standalone script")
    if plan.failure.kind != "value":
        raise NoText("outlines of a layer that is used twice have no standalone script")
    plain = case.but(do="call", what="plain", via="functional")
    way, derived = path(plain, data), derivation(plain, data)
    lines = [*numbers(plain, data), *made(plain, data), *_two_uses(plan, way)]
    loop = [line.replace(f"range({case['t']})", "range(x.shape[1])") for line in derived.lines]
    want = expected(case, data).arrays[name]
    every = [*derived.outputs, *(["*states"] if case["state"] else [])]
    names = list(flat(returned(case)))
    check = compared(plan.rule, "{which}{name}", float(np.max(want.bound)))
    lines += [
        "",
        *derived.before,
        f"for which, x, actual in zip({['', 'second: ']}, [x, other], given):",
        *indented(
            [
                f"states = {derived.start}",
                *loop,
                "actual = keras.tree.flatten(actual)",
                f"for name, expected, actual in zip({names}, [{', '.join(every)}], actual):",
                *indented(check),
            ]
        ),
    ]
    got = plan.seen.arrays.get(name)
    error = None
    if got is not None and got.shape == want.shape:
        error = float(np.abs(got - want.value).max())
    return Body(lines, asserted(plan.rule, name), error)


def _two_uses(plan: Plan, way: Path) -> Lines:
    """The lines that put what the two uses give into `given`."""
    if plan.case["what"] == "lengths":
        return [
            *way.once,
            "other = x[:, :-1]",
            "given = [model.predict(v, verbose=0) for v in (x, other)]",
        ]
    entry = way.once[0].partition(" = ")[2]
    return [
        f"other = {literal(plan.data.x_of(1), 'float32')}",
        f"a, b = {entry}, {entry}",
        "model = keras.Model([a, b], [layer(a), layer(b)])",
        "given = model.predict([x, other], verbose=0)",
    ]


def ledger(plan: Plan) -> Body:
    """The script of a signature."""
    name, where, got = class_of(plan.case), plan.failure.where, plan.failure.got
    if plan.rule == "LEDGER-3":
        argument = where.partition("(")[2].partition("=")[0]
        value = THROUGH_KEYWORDS[name][argument]
        line = constructed(name, f"{argument}={value!r}")
        return Body(["# It should be taken.", line], r"(TypeError|ValueError)\b")
    if plan.rule not in ("LEDGER-1", "LEDGER-2") or name in ("Layer", "ConvLSTM", "ConvLSTMCell"):
        raise NoText("what the suite itself lists has no standalone script")
    method = where.partition(",")[0].partition(".")[2]
    lines = [
        "import inspect",
        f"given = inspect.signature(keras.layers.{name}.{method}).parameters",
    ]
    argument = got.split()[-1] if plan.rule == "LEDGER-1" else where.split()[-1]
    if where.endswith("order"):
        raise NoText("an order of arguments has no standalone script")
    if plan.rule == "LEDGER-1":
        lines += [f'actual, expected = "{argument}" in given, {not got.startswith("a new")}']
        what = f"argument {argument} of {name}.{method}"
    else:
        lines += [f'actual, expected = repr(given["{argument}"].default), {plan.failure.want!r}']
        what = f"default of {argument} of {name}.{method}"
    return Body([*lines, *equal(plan.rule, what)], asserted(plan.rule, what))


WRITERS = {"twin": twin, "reuse": reuse, "ledger": ledger}
