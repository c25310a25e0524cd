"""Scripts about what is no number of a call: errors, structure, shapes, dtypes, weights, sizes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.arguments import input_dtype
from keras_rnn_conformance.cases.composition import expected_nesting, flat, form, state_tree
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.shapes import state_shapes
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging.form_rules import symbolic_facts, weight_facts
from keras_rnn_conformance.report.script.calls import call_arguments, path
from keras_rnn_conformance.report.script.layers import made, numbers
from keras_rnn_conformance.report.script.text import (
    Body,
    Lines,
    NoText,
    Plan,
    asserted,
    equal,
    indented,
)

NESTING = [
    "def nesting(value):",
    "    return [nesting(v) for v in value] if isinstance(value, (list, tuple)) else 'tensor'",
]
OUTLINE = [
    "def outline(value):  # the shapes and dtypes of tensors",
    "    if isinstance(value, (list, tuple)):",
    "        return [outline(v) for v in value]",
    "    return [list(value.shape), keras.backend.standardize_dtype(value.dtype)]",
]


def runs(plan: Plan) -> Body:
    """The script of a case that raises where it should run: the error is the end of it."""
    case, data = plan.case, plan.data
    way, error = path(case, data), plan.seen.error
    assert error is not None
    head = [*numbers(case, data), *made(case, data), *way.once]
    if case["calls"] == 1:
        start = [f"states = {_zeros(plan)}"] if form(case) == "cell" else []
        lines = [*head, *start, way.call]
    else:
        name = "reset_states" if case["reset"] == "alias" else "reset_state"
        reset = ["if number > 1:", f"    layer.{name}()"] if case["reset"] != "none" else []
        lines = [*head, "for number, x in enumerate(xs, 1):", *indented([*reset, way.call])]
    note = f"# It should run. On this release it raises {error.name}."
    symbolic = [] if case["via"] != "call" or form(case) == "cell" else _symbolic(plan)
    return Body([*lines[:-1], note, lines[-1], *symbolic], rf"(^|\.){re.escape(error.name)}\b")


def _symbolic(plan: Plan) -> Lines:
    """What the suite asks for behind the call, in case that it is this that raises."""
    return ["keras.ops.convert_to_numpy(layer.states[0])"] if plan.case["stateful"] else []


def _zeros(plan: Plan) -> str:
    shapes = state_shapes(plan.case, plan.data)
    return f"[{', '.join(f'np.zeros({shape})' for shape in shapes)}]"


def outlined(plan: Plan) -> Body:
    """The script of a failure of structure, shape, dtype, weights or sizes."""
    case, where = plan.case, plan.failure.where
    if case["calls"] != 1:
        raise NoText("outlines of several calls have no standalone script")
    if case["via"] == "td":
        raise NoText("outlines inside TimeDistributed have no standalone script")
    setting = [*numbers(case, plan.data), *made(case, plan.data)]
    before, expression, want, what = _about(plan, where)
    lines = [
        *setting,
        *before,
        f"actual = {expression}",
        f"expected = {want!r}",
        *equal(plan.rule, what),
    ]
    return Body(lines, asserted(plan.rule, what))


Fact = tuple[Lines, str, Any, str]


def _about(plan: Plan, where: str) -> Fact:
    """Lines, an expression for what is, what should be, and what it is about."""
    case, data = plan.case, plan.data
    if where == "trainable weights":
        dtype = "keras.backend.standardize_dtype(v.dtype)"
        described = f"[[v.name, list(v.shape), {dtype}] for v in layer.trainable_variables]"
        return [], described, weight_facts(case, data), where
    if where in ("state_size", "output_size"):
        return _size(plan, where)
    if where in ("spec", "functional", "nesting of spec"):
        return _foretold(plan, where)
    if where == "layer.states":
        return [path(case, data).call], "layer.states", None, where
    if where.startswith("initial ") or plan.failure.name.startswith("initial "):
        return _initial(plan)
    if plan.failure.kind == "fact":
        raise NoText(f"{where} is told by what the suite records inside Keras")
    return _returned(plan)


def _size(plan: Plan, where: str) -> Fact:
    """state_size as nested lists of plain numbers."""
    owner = "layer" if form(plan.case) == "cell" else "layer.cell"
    want = {"True": True}.get(plan.failure.want) or _parsed(plan.failure.want)
    plain = ["plain = lambda v: v if isinstance(v, int) else [plain(i) for i in v]"]
    return plain, f"plain({owner}.{where})", want, where


def _parsed(text: str) -> Any:
    import ast

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise NoText("what should be is no plain value") from None


def _foretold(plan: Plan, where: str) -> Fact:
    case, data = plan.case, plan.data
    dtype = input_dtype(case)
    nested = where == "nesting of spec"
    want = expected_nesting(case) if nested else symbolic_facts(case, expected(case, data))
    if form(case) == "cell":
        shapes, compute = state_shapes(case, data), COMPUTE[str(case["dtype"])]
        lines = [
            f"symbolic = keras.Input(batch_shape={(data.batch, data.features)}, dtype={dtype!r})",
            f"states = [keras.Input(batch_shape=s, dtype={compute!r}) for s in {shapes}]",
        ]
        call = (
            "layer(symbolic, states[0])" if case["init"] == "tensor" else "layer(symbolic, states)"
        )
    else:
        shape = list(data.x.shape)
        shape[0] = None if case["static"] in ("batch", "none") else shape[0]
        shape[1] = None if case["static"] in ("time", "none") else shape[1]
        lines = [f"symbolic = keras.Input(batch_shape={tuple(shape)}, dtype={dtype!r})"]
        more = "".join(f", {a}" for a in call_arguments(case) if a.startswith("initial_state"))
        if data.mask is not None:
            lead = tuple(shape[: data.mask.ndim])
            more += f', mask=keras.Input(batch_shape={lead}, dtype="bool")'
        call = f"layer(symbolic{more})"
        if where != "functional":
            call = call.replace("layer(", "layer.compute_output_spec(", 1)
    if nested:
        return [*NESTING, *lines], f"nesting({call})", want, where
    flatten = f"[outline(v) for v in keras.tree.flatten({call})]"
    return [*OUTLINE, *lines], flatten, want, where


def _initial(plan: Plan) -> Fact:
    """The first states as lists, or their dtypes."""
    case, name = plan.case, plan.failure.name
    names = list(flat(state_tree(case)))
    number = names.index(name.removeprefix("initial "))
    lines = [
        f"first = layer.get_initial_state(batch_size={plan.data.batch})",
        f"first = keras.tree.flatten(first)[{number}]",
    ]
    if plan.failure.kind == "dtype":
        want: Any = COMPUTE[str(case["dtype"])]
        return lines, "keras.backend.standardize_dtype(first.dtype)", want, name
    shape = state_shapes(case, plan.data)[number]
    fill = 0.5 if case["cell"] == "start" else 0.0
    return lines, "keras.ops.convert_to_numpy(first).tolist()", np.full(shape, fill).tolist(), name


def _returned(plan: Plan) -> Fact:
    case, data = plan.case, plan.data
    way, want = path(case, data), expected(case, data)
    start = [f"states = {_zeros(plan)}"] if form(case) == "cell" else []
    lines = [*way.once, *start, f"given = {way.call}"]
    if plan.failure.kind == "structure":
        return [*NESTING, *lines], "nesting(given)", expected_nesting(case), "what is returned"
    dtype = COMPUTE[str(case["dtype"])]
    shapes = [[list(want.arrays[n].value.shape), dtype] for n in want.names]
    expression = "[outline(v) for v in keras.tree.flatten(given)]"
    return [*OUTLINE, *lines], expression, shapes, "shapes and dtypes"
