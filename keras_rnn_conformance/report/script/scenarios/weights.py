"""Scripts about what weights begin as, are penalized by, and are held to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.api.signatures import takes
from keras_rnn_conformance.cases.axes import STACKS
from keras_rnn_conformance.cases.dtypes import VARIABLE
from keras_rnn_conformance.cases.scenarios.initial_weights import (
    CONSTANTS,
    NAMES,
    WORDS,
    numbers_of,
)
from keras_rnn_conformance.cases.scenarios.penalties import (
    FLOORS,
    L1,
    L2,
    NORM,
    alone,
    gradient,
    per_piece,
)
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.expected.scenarios.initial_weights import count, described
from keras_rnn_conformance.report.script.further_arguments import (
    build,
    call,
    deriving,
    fresh,
    numbers,
    setting,
)
from keras_rnn_conformance.report.script.text import (
    Body,
    Lines,
    NoText,
    Plan,
    Raw,
    asserted,
    compared,
    equal,
    listed,
    literal,
)

ARGUMENTS = {
    "kernel": "kernel_initializer",
    "recurrent_kernel": "recurrent_initializer",
    "bias": "bias_initializer",
}


def _initializers(plan: Plan) -> tuple[Lines, dict[str, Any]]:
    """Lines before the layer, and the arguments of the variant."""
    case, what = plan.case, str(plan.case["what"])
    names = [name for name in ARGUMENTS if name != "bias" or case["bias"]]
    unforced = {"unit_forget_bias": False} if takes(case.layer, "unit_forget_bias") else {}
    if what in ("standard", "frozen"):
        return [], {}
    if what == "inside":
        return [], {"trainable": False}
    if what == "forget":
        constant = Raw(f"keras.initializers.Constant({CONSTANTS['bias']})")
        return [], {"bias_initializer": constant, "unit_forget_bias": True}
    if what == "words":
        return [], {**{ARGUMENTS[n]: WORDS[n][0] for n in names}, **unforced}
    if what == "objects":
        made = {n: Raw(f"keras.initializers.Constant({CONSTANTS[n]})") for n in names}
        return [], {**{ARGUMENTS[n]: made[n] for n in names}, **unforced}
    if what == "asked":
        before = [
            "asked = {}",
            "",
            "def recording(name):",
            "    def initialize(shape, dtype=None):",
            "        asked.setdefault(name, set()).add(str(dtype))",
            "        return keras.ops.zeros(shape, dtype=dtype)",
            "    return initialize",
            "",
        ]
        return before, {ARGUMENTS[n]: Raw(f'recording("{n}")') for n in names}
    given = numbers_of(case, plan.data)
    before = [f"{name} = {literal(given[name])}" for name in names]
    return before, {
        **{
            ARGUMENTS[n]: Raw(f"lambda shape, dtype=None: keras.ops.convert_to_tensor({n}, dtype)")
            for n in names
        },
        **unforced,
    }


def init(plan: Plan) -> Body:
    """The script of a layer that nobody has set."""
    case, data, name = plan.case, plan.data, plan.failure.name
    before, given = _initializers(plan)
    outer: dict[str, Any] = {"name": "named"}
    if case["what"] == "frozen":
        outer["trainable"] = False
    lines = [*before, f"layer = {fresh(case, given, outer)}"]
    called = case["what"] == "oncall"
    lines = (
        [*numbers(case, data), *lines, call(case, data)] if called else [*lines, build(case, data)]
    )
    if case["what"] == "again":
        lines.append(build(case, data))
    bare = name.removeprefix("backward_")
    if plan.failure.kind == "value" and bare in ARGUMENTS:
        return _held(plan, lines, name)
    return _about(plan, lines)


def _held(plan: Plan, lines: Lines, name: str) -> Body:
    want = expected(plan.case, plan.data).arrays.get(name)
    if want is None:
        raise NoText("a statistical check of random weights has no short script")
    names = [name for name, *_ in described(plan.case, plan.data, "")]
    index = names.index(name.removeprefix("backward_")) + (
        3 if name != name.removeprefix("backward_") else 0
    )
    flat = want.value.ravel().tolist()
    if len(flat) > 64 and len(set(flat)) > 2:
        raise NoText("the weights are too many to write down")
    shape = want.value.shape
    value = f"np.full({shape}, {flat[0]})" if len(set(flat)) == 1 else literal(want.value)
    lines += [
        f"expected = {value}",
        f"actual = layer.get_weights()[{index}].astype(float)",
        *compared(plan.rule, name, float(np.max(want.bound))),
    ]
    return Body(lines, asserted(plan.rule, name))


def _about(plan: Plan, lines: Lines) -> Body:
    """Names, shapes, paths, trainability."""
    case, where = plan.case, plan.failure.where
    dtype = "keras.backend.standardize_dtype(v.dtype)"
    names = [name for name, *_ in described(case, plan.data, "")]
    sides = "[[v.name for v in w] for w in (layer.trainable_weights, layer.non_trainable_weights)]"
    facts: dict[str, tuple[str, Any]] = {
        "weights": (
            f"[[v.name, list(v.shape), {dtype}] for v in layer.weights]",
            described(case, plan.data, "float32"),
        ),
        "parameters": ("layer.count_params()", count(case, plan.data)),
        "trainable and other weights": (sides, [names, []]),
        "built": ("layer.built", True),
        "path of a weight": (
            '[v.path for v in layer.weights if not v.path.startswith("named/")]',
            [],
        ),
        "dtypes asked of the initializers": (
            "asked",
            {name: {VARIABLE[str(case["dtype"])]} for name in names},
        ),
        "frozen weights": (sides, [[], names]),
        "thawed weights": (sides, [names, []]),
    }
    if plan.rule == "INITW-4":
        return _orthogonal(plan, lines)
    if plan.rule == "INITW-3" and "largest magnitude" in where:
        return _uniform(plan, lines)
    if where not in facts:
        raise NoText("a statistical check of random weights has no short script")
    if where == "thawed weights":
        lines = [*lines, "layer.trainable = True"]
    expression, want = facts[where]
    lines = [*lines, f"actual = {expression}", f"expected = {want!r}", *equal(plan.rule, where)]
    return Body(lines, asserted(plan.rule, where))


def _orthogonal(plan: Plan, lines: Lines) -> Body:
    bound = plan.failure.bound or 0.0
    lines += [
        "actual = layer.get_weights()[1].astype(float)  # its rows should be orthonormal",
        "actual, expected = actual @ actual.T, np.eye(len(actual))",
        *compared(plan.rule, "recurrent_kernel", bound),
    ]
    return Body(lines, asserted(plan.rule, "recurrent_kernel"))


def _uniform(plan: Plan, lines: Lines) -> Body:
    """The largest of many uniform numbers is close to the limit, and not above it."""
    what = "largest of the kernel / limit"
    lines += [
        "kernel = layer.get_weights()[0]",
        "limit = np.sqrt(6 / sum(kernel.shape))  # Glorot's: fan in + fan out",
        "actual = np.abs(kernel).max() / limit",
        "assert 0.9 <= actual <= 1.000001, ("
        f'f"{plan.rule}: {what}: expected 0.9 to 1, actual {{actual}}")',
    ]
    return Body(lines, asserted(plan.rule, what))


def reg(plan: Plan) -> Body:
    """The script of a penalty."""
    case, data, what = plan.case, plan.data, str(plan.case["what"])
    l1, l2 = f"keras.regularizers.L1({L1})", f"keras.regularizers.L2({L2})"
    if what in ("words", "within"):
        raise NoText("regularizers given by name, or inside a model, have no standalone script")
    if what == "activity":
        outer = {"activity_regularizer": Raw(f"keras.regularizers.L1L2({L1}, {L2})")}
        derive, output = deriving(case, data)
        aim = [
            *derive,
            f"y = {output}",
            f"expected = [({L1} * np.abs(y).sum() + {L2} * np.square(y).sum()) / {data.batch}]",
        ]
        lines = [*setting(case, data, None, outer)]
    else:
        inner = {
            "kernel_regularizer": Raw(l1),
            "recurrent_regularizer": Raw(l2),
            "bias_regularizer": Raw(f"keras.regularizers.L1L2({L2}, {L1})"),
        }
        step = len(next(iter(per_piece(case, data).values())))
        penalties = [
            f"{L1} * np.abs(k).sum()",
            f"{L2} * np.square(r).sum()",
            f"{L2} * np.abs(b).sum() + {L1} * np.square(b).sum()",
        ]
        if (only := _only(plan)) is not None:
            inner, penalties = dict([list(inner.items())[only]]), [penalties[only]]
        lines = setting(case, data, inner)
        aim = [
            "expected = sorted(",
            "    penalty",
            f"    for k, r, b in zip(weights[::{step}], weights[1::{step}], weights[2::{step}])",
            "    for penalty in (",
            *(f"        {penalty}," for penalty in penalties),
            "    )",
            ")",
        ]
        if case["as"] in STACKS:
            raise NoText("a stack in this scenario has no derivation in a few lines")
    name = plan.failure.name
    calls = {"before": 0, "again": 2}.get(name, 1)
    want = expected(case, data).arrays[name]
    bound = float(np.max(want.bound, initial=0.0)) + 1e-6
    lines += [call(case, data)] * calls
    lines += ["actual = sorted(float(loss) for loss in layer.losses)", "", *aim]
    if name == "before" and what == "activity":
        lines += ["expected = []"]
    shown = f"{plan.rule}: layer.losses after {calls} calls"
    lines += [
        f"assert len(actual) == len(expected) and np.allclose(actual, expected, 0, {bound:.1e}), (",
        f'    f"{shown}: expected {{expected}}, actual {{actual}}")',
    ]
    return Body(lines, asserted(plan.rule, "layer.losses"))


def constraint(plan: Plan) -> Body:
    """The script of a constraint."""
    case, data = plan.case, plan.data
    if case["as"] in STACKS:
        raise NoText("a stack in this scenario has no derivation in a few lines")
    norm = case["what"] == "norm"
    floors = (FLOORS["recurrent_kernel"], FLOORS["bias"])
    above = [Raw(f"lambda w: keras.ops.maximum(w, {floor})") for floor in floors]
    names = ("kernel_constraint", "recurrent_constraint", "bias_constraint")
    held = Raw(f"keras.constraints.MaxNorm({NORM}, axis=0)")
    inner: dict[str, Any] = (
        dict.fromkeys(names, held) if norm else dict(zip(names, ["non_neg", *above], strict=True))
    )
    only, index = _only(plan), _index(plan)
    if only is not None:
        inner = dict([list(inner.items())[only]])
    gradients = [
        literal(gradient(data, f"{direction}{n}", w.shape), "float32")
        for direction, ws in per_piece(case, data).items()
        for n, w in ws.items()
    ]
    lines = [
        *setting(case, data, inner),
        *listed("gradients", gradients),
        "optimizer = keras.optimizers.SGD(1.0)",
        "optimizer.build(layer.trainable_variables)",
        "optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients],",
        "                layer.trainable_variables)",
        f"moved = weights[{index}] - gradients[{index}]",
    ]
    floor = list(FLOORS.values())[index % 3]
    lines += (
        [
            "length = np.sqrt(np.square(moved).sum(0, keepdims=True))",
            f"expected = moved * np.minimum(length, {NORM}) / length",
        ]
        if norm
        else [f"expected = np.maximum(moved, {floor})"]
    )
    if only not in (None, index % 3):
        lines.append("expected = moved")
    want = expected(case, data).arrays[plan.failure.name]
    lines += [
        f"actual = layer.get_weights()[{index}].astype(float)",
        *compared(plan.rule, plan.failure.name, float(np.max(want.bound))),
    ]
    return Body(lines, asserted(plan.rule, plan.failure.name))


def _index(plan: Plan) -> int:
    names = [
        f"{direction}{n}" for direction, ws in per_piece(plan.case, plan.data).items() for n in ws
    ]
    return names.index(plan.failure.name.partition(" with ")[0])


def _only(plan: Plan) -> int | None:
    """Of a layer that has the argument of one weight alone, which weight it is."""
    each = [k for k, name in enumerate(NAMES) if plan.failure.name.endswith(alone(name))]
    return each[0] if each else None


WRITERS: dict[str, Callable[[Plan], Body]] = {"init": init, "reg": reg, "constraint": constraint}
