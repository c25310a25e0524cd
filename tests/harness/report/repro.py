"""A standalone script for a finding: it needs only Keras and NumPy, and fails as the case does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.harness import environment
from tests.harness.arguments import cell_arguments, input_dtype, sequence_arguments
from tests.harness.case import Case
from tests.harness.data import GRID, Array, Data
from tests.harness.expect import COMPUTE, POLICY, expected
from tests.harness.expect_forms import initial_states
from tests.harness.forms import form, state_tree
from tests.harness.report.numpy_text import NoText, derivation
from tests.harness.rules import KEPT, RULES, Failure

FORMS = ("layer", "rnn", "bi")
WAYS = ("call", "functional", "predict", "batch", "sequential", "jit")
_LONGEST = 96


@dataclass(frozen=True)
class Plan:
    """What a script is about: a case, and how it fails."""

    case: Case
    seed: int
    rule: str
    failure: Failure


def script(plan: Plan) -> str:
    """The text of the script.

    Raises:
        NoText: if there is none for such a case; the message says why.
    """
    _refuse(plan.case)
    blocks = [_head(plan), _numbers(plan), _layer(plan.case, plan.seed)]
    kind = plan.failure.kind
    if kind == "error":
        blocks.append(_raising(plan))
    elif kind == "value":
        blocks += [["", *derivation(plan.case), ""], _compared(plan)]
    else:
        blocks.append(_outlined(plan))
    return "\n".join(line for block in blocks for line in block) + "\n"


def _refuse(case: Case) -> None:
    for good, reason in (
        (case["do"] == "call", f"the scenario {case['do']} has no standalone script yet"),
        (form(case) in FORMS, f"the form {form(case)} has no standalone script yet"),
        (case["own"] == 0, "a backward_layer of its own has no standalone script yet"),
        (case["via"] in WAYS, f"the path {case['via']} has no standalone script yet"),
        (case["maskby"] != "embedding", "a mask from an Embedding has no standalone script yet"),
        (case["init"] in ("none", "list", "tuple", "tensor"),
         f"initial states by {case['init']} have no standalone script yet"),
        (not (case["train"] and (case["drop"] or case["rdrop"])), "dropout draws its own numbers"),
        (case["t"] != 0, "a sequence without timesteps has no numbers"),
    ):  # fmt: skip
        if not good:
            raise NoText(reason)


def _head(plan: Plan) -> list[str]:
    facts, rule = environment.describe(), RULES[plan.rule]
    said = f"{facts['backend']} {facts['backend version']}"
    text = f"{plan.case.id} breaks {plan.rule} on Keras {facts['keras']}, {said}. {rule.sentence}"
    return [
        *(f"# {line}" for line in wrapped(f"{text} [{rule.source}]")),
        "import os",
        "",
        f'os.environ["KERAS_BACKEND"] = "{facts["backend"]}"',
        "import keras",
        "import numpy as np",
        "",
    ]


def wrapped(text: str, width: int = 96) -> list[str]:
    """A text in lines of at most so many characters."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def literal(array: Array) -> str:
    """An array as an exact expression: whole numbers, divided by 64 if need be."""
    scaled = np.asarray(array) * GRID
    if (np.asarray(array) == np.round(array)).all():
        return f"np.array({_nested(np.asarray(array))}, float)"
    return f"np.array({_nested(scaled)}) / {GRID}"


def _nested(array: Array) -> str:
    text = re.sub(r"\s+", " ", str(np.round(array).astype(int).tolist()))
    return text if len(text) <= _LONGEST else re.sub(r"\], \[", "],\n    [", text)


def _numbers(plan: Plan) -> list[str]:
    case, data = plan.case, Data(plan.case, plan.seed)
    calls = range(case.number("calls"))
    xs = [data.x_of(number) for number in calls]
    if case["maskby"] == "masking" and data.mask is not None:
        xs = [np.where(data.mask[..., None], x, 0.0) for x in xs]
    shape = "(batch, timesteps, features)"
    lines = [f"x = {literal(xs[0])}  # {shape}"] if len(xs) == 1 else [
        f"xs = [{', '.join(literal(x) for x in xs)}]  # for each call {shape}"]  # fmt: skip
    if data.mask is not None:
        lines.append(f"mask = np.array({_nested(data.mask.astype(float))}, bool)")
    weights = [w for cell in data.all_weights() for w in cell]
    lines += ["weights = [", *(f"    {literal(w)}," for w in weights), "]"]
    if case["init"] != "none":
        states = [literal(np.asarray(s)) for s in initial_states(case, data)]
        lines += ["states = [", *(f"    {state}," for state in states), "]"]
    return lines


def arguments(case: Case) -> str:
    """The arguments of the constructor, as they are written in Python."""
    options: dict[str, Any] = {**cell_arguments(case), **sequence_arguments(case)}
    texts = [str(case.number("u"))]
    for name, value in options.items():
        clip = "lambda z: keras.ops.clip(0.2 * z + 0.5, 0.0, 1.0)"
        texts.append(f"{name}={clip if value == 'callable' else repr(value)}")
    return ", ".join(texts)


def _layer(case: Case, seed: int) -> list[str]:
    data = Data(case, seed)
    shape: list[Any] = list(data.x.shape)
    shape[0] = None if case["static"] in ("batch", "none") else shape[0]
    shape[1] = None if case["static"] in ("time", "none") else shape[1]
    made = f"keras.layers.{case.layer}({arguments(case)})"
    if case["as"] == "rnn":
        made = _in_rnn(case)
    if case["as"] == "bi":
        merge = None if case["merge"] == "none" else str(case["merge"])
        policy = f", dtype={POLICY[str(case['dtype'])]!r}" if "dtype" in case.departures else ""
        made = f"keras.layers.Bidirectional({made}, merge_mode={merge!r}{policy})"
    return [
        f"layer = {made}",
        f"layer.build({tuple(shape)})",
        "for variable, value in zip(layer.trainable_variables, weights):",
        "    variable.assign(value)",
    ]


def _in_rnn(case: Case) -> str:
    inner = ", ".join([str(case.number("u")), *_spelled(cell_arguments(case))])
    outer = _spelled(sequence_arguments(case))
    if "dtype" in case.departures:
        outer.append(f"dtype={POLICY[str(case['dtype'])]!r}")
    cell = f"keras.layers.{case.layer}Cell({inner})"
    return f"keras.layers.RNN({', '.join([cell, *outer])})"


def _spelled(options: dict[str, Any]) -> list[str]:
    return [f"{name}={value!r}" for name, value in options.items()]


def _call(case: Case, x: str = "x") -> list[str]:
    """The lines that call the layer and put what comes out into `given`."""
    dtype = input_dtype(case)
    lines = [f"tensor = keras.ops.convert_to_tensor({x}, {dtype!r})"]
    options = []
    if case["maskby"] == "masking":
        policy = POLICY[str(case["dtype"])]
        lines.append(f"tensor = keras.layers.Masking(0.0, dtype={policy!r})(tensor)")
    elif case["mask"] != "none":
        options.append("mask=mask" if case["via"] != "call" else
                       "mask=keras.ops.convert_to_tensor(mask)")  # fmt: skip
    if case["init"] != "none":
        lines.append(f"start = [keras.ops.convert_to_tensor(s, {COMPUTE[str(case['dtype'])]!r}) "
                     "for s in states]")  # fmt: skip
        options.append({"tuple": "initial_state=tuple(start)", "tensor": "initial_state=start[0]"}
                       .get(str(case["init"]), "initial_state=start"))  # fmt: skip
    if case["train"]:
        options.append("training=True")
    if case["via"] == "call":
        return [*lines, f"given = layer({', '.join(['tensor', *options])})"]
    return [*lines, *_through_model(case)]


def _through_model(case: Case) -> list[str]:
    """A model around the layer, made once, and called on arrays."""
    static = {
        "batch": "(None, *tensor.shape[1:])",
        "time": "(tensor.shape[0], None, tensor.shape[2])",
        "none": "(None, None, tensor.shape[2])",
    }.get(str(case["static"]), "tensor.shape")
    if case["maskby"] == "masking" or case["init"] != "none":
        raise NoText("models with a mask of another layer, or with initial states, have none yet")
    if case["via"] == "sequential":
        if case["mask"] != "none":
            return [f"model = keras.Sequential([keras.Input(batch_shape={static}), layer])",
                    "given = model(tensor, mask=keras.ops.convert_to_tensor(mask))"]  # fmt: skip
        return [f"model = keras.Sequential([keras.Input(batch_shape={static}), layer])",
                "given = model(tensor)"]  # fmt: skip
    lines = [f"inputs = [keras.Input(batch_shape={static}, dtype={input_dtype(case)!r})]",
             "fed = [keras.ops.convert_to_numpy(tensor)]"]  # fmt: skip
    masked = case["mask"] != "none"
    if masked:
        lines += ['inputs.append(keras.Input(batch_shape=inputs[0].shape[:2], dtype="bool"))',
                  "fed.append(mask)"]  # fmt: skip
    call = "layer(inputs[0], mask=inputs[1])" if masked else "layer(inputs[0])"
    lines.append(f"model = globals().get('model') or keras.Model(inputs, {call})")
    ran = {"functional": "model(fed)", "batch": "model.predict_on_batch(fed)"}.get(
        str(case["via"]), "model.predict(fed, batch_size=len(fed[0]), verbose=0)")  # fmt: skip
    if case["via"] == "jit":
        lines.append("model.compile(jit_compile=True)")
    return [*lines, f"given = {ran}"]


def _raising(plan: Plan) -> list[str]:
    lines = _call(plan.case, "x" if plan.case["calls"] == 1 else "xs[0]")
    return [
        "",
        "try:",
        *(f"    {line}" for line in lines),
        "except Exception as error:",
        f'    raise AssertionError(f"{plan.rule}: expected no error, got '
        '{type(error).__name__}: {error}") from error',
    ]


def _compared(plan: Plan) -> list[str]:
    case = plan.case
    want = expected(case, Data(case, plan.seed))
    bound = max(float(np.max(a.bound, initial=0.0)) for a in want.arrays.values() if a.value.size)
    body = [
        *_call(case),
        "given = given if isinstance(given, (list, tuple)) else [given]",
        *_wanted(case),
    ]
    kept = (
        [f"kept {name}" for name in _flat_states(case)]
        if plan.failure.name.startswith(KEPT)
        else []
    )
    names = [*want.names, *kept]
    wide = "float64" if COMPUTE[str(case["dtype"])] == "float64" else "float32"
    if kept:
        body += ["given = [*given, *(keras.ops.convert_to_tensor(s) for s in layer.states)]",
                 "wanted = [*wanted, *state]"]  # fmt: skip
    body += [
        f"for name, got, want in zip({names!r}, given, wanted):",
        f"    got = keras.ops.convert_to_numpy(keras.ops.cast(got, {wide!r})).astype(float)",
        "    error = np.abs(got - want).max()",
        f"    assert error <= {_upwards(bound)}, (",
        f'        f"{plan.rule}: {{name}}: error {{error:.3g}}, by rounding {_upwards(bound)}\\n"',
        '        f"expected\\n{want}\\nactual\\n{got}"',
        "    )",
    ]
    return _looped(case, body)


def _flat_states(case: Case) -> list[str]:
    from tests.harness.forms import flat

    return list(flat(state_tree(case)))


def _looped(case: Case, body: Sequence[str]) -> list[str]:
    zero = "np.zeros((len(x), {}))".format(case.number("u"))
    count = (2 if case.layer == "LSTM" else 1) * (2 if case["as"] == "bi" else 1)
    fresh = "state = states" if case["init"] != "none" else f"state = [{zero}] * {count}"
    if case["calls"] == 1:
        return [fresh, *body]
    goes_on = case["stateful"] and case["init"] == "none"
    again = ["if number:", "    layer.reset_state()"] if case["reset"] != "none" else []
    start = (
        [fresh] if not goes_on or case["reset"] != "none" else ["if number == 0:", f"    {fresh}"]
    )
    return ["for number, x in enumerate(xs):", *(f"    {line}" for line in [*again, *start, *body])]


def _wanted(case: Case) -> list[str]:
    """The lines that put what the layer should return into `wanted`."""
    first = 0 if case["seq"] else 1
    if case["as"] != "bi":
        lines = [f"everything = expected(x, weights, {bool(case['back'])}, *state)",
                 "state = everything[2:]"]  # fmt: skip
        return [*lines, f"wanted = [everything[{first}]{', *state' if case['state'] else ''}]"]
    merge = {"concat": "[np.concatenate([a, b], -1)]", "sum": "[a + b]", "mul": "[a * b]",
             "ave": "[(a + b) / 2]", "none": "[a, b]"}[str(case["merge"])]  # fmt: skip
    turned = "[:, ::-1]" if case["seq"] else ""
    return [
        "half, split = len(weights) // 2, len(state) // 2",
        "ahead = expected(x, weights[:half], False, *state[:split])",
        "back = expected(x, weights[half:], True, *state[split:])",
        "state = [*ahead[2:], *back[2:]]",
        f"a, b = ahead[{first}], back[{first}]{turned}",
        f"wanted = {merge}{' + state' if case['state'] else ''}",
    ]


def _upwards(bound: float) -> str:
    """A bound with two digits, never smaller than it is."""
    return f"{bound * 1.05:.1e}"


def _outlined(plan: Plan) -> list[str]:
    """Structure, shapes and dtypes: of what is returned, foretold, or of the weights."""
    case, where = plan.case, plan.failure.where
    if case["as"] == "bi" or case["calls"] != 1:
        raise NoText("outlines of this form have no standalone script yet")
    names = expected(case, Data(case, plan.seed))
    dtype = COMPUTE[str(case["dtype"])]
    shapes = [[list(names.arrays[n].value.shape), dtype] for n in names.names]
    wanted: Any = shapes[0] if len(shapes) == 1 else shapes
    lines = _call(case)
    if where == "trainable weights":
        raise NoText("weights have no standalone script yet")
    if where in ("spec", "functional"):
        call = "layer.compute_output_spec(symbolic)" if where == "spec" else "layer(symbolic)"
        if case["mask"] != "none" or case["init"] != "none":
            raise NoText("what is foretold with a mask or states has no standalone script yet")
        lines = [f"symbolic = keras.Input(batch_shape=x.shape, dtype={input_dtype(case)!r})",
                 f"given = {call}"]  # fmt: skip
    return [
        "",
        "def outline(value):",
        "    if isinstance(value, (list, tuple)):",
        "        return [outline(item) for item in value]",
        "    return [list(value.shape), keras.backend.standardize_dtype(value.dtype)]",
        "",
        *lines,
        f"want = {wanted!r}",
        "got = outline(given)",
        f'text = f"{plan.rule}: shapes and dtypes\\nexpected\\n{{want}}\\nactual\\n{{got}}"',
        "assert got == want, text",
    ]
