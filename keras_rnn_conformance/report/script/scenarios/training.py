"""Scripts of gradients and training steps: derived by differences of what NumPy computes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import gradient_names
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.scenarios.training import LEARNING_RATE, targets
from keras_rnn_conformance.cases.shapes import cotangents, given_states
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging.rules import KEPT
from keras_rnn_conformance.report.script.calls import call_arguments, front, path
from keras_rnn_conformance.report.script.layers import made, numbers, numpy_dtype
from keras_rnn_conformance.report.script.loops import derivation
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

STEP = 1e-6
DIFFERENCES = 1e-7
"""How far central differences in float64 with this step may be from a derivative of order one."""


def _plain(case: Case) -> Case:
    return case.but(do="call", what="plain", via="call")


def _forward(plan: Plan) -> Lines:
    """`outputs(x, weights[, initial])`, the list of all that a call returns, in float64."""
    case = _plain(plan.case)
    derived = derivation(case, plan.data)
    states = "list(initial)" if case["init"] != "none" else derived.start
    every = [*derived.outputs, *(["*states"] if case["state"] else [])]
    arguments = "x, weights, initial" if case["init"] != "none" else "x, weights"
    return [
        *derived.before,
        f"def outputs({arguments}):",
        *indented([f"states = {states}", *derived.lines, f"return [{', '.join(every)}]"]),
    ]


SLOPES = [
    "def slope(f, w):  # by central differences",
    "    result = np.zeros(w.shape)",
    "    for i in np.ndindex(*w.shape):",
    "        e = np.zeros(w.shape)",
    f"        e[i] = {STEP}",
    f"        result[i] = (f(w + e) - f(w - e)) / {2 * STEP}",
    "    return result",
]


def _order(case: Case) -> Lines:
    return ["kernel", "recurrent_kernel", *(["bias"] if case["bias"] else [])]


def grad(plan: Plan) -> Body:
    """The script of a gradient."""
    case, data, name = plan.case, plan.data, plan.failure.name
    plain, states = _plain(case), case["init"] != "none"
    count = len(given_states(case, data)) if states else 0
    names = gradient_names(case, count)
    index = names.index(name) if plan.failure.kind != "error" else len(names) - 1
    dtype = numpy_dtype(COMPUTE[str(case["dtype"])])
    pulled = [literal(array, dtype) for array in cotangents(case, data)]
    lines = [*numbers(plain, data), *made(plain, data), f"pulled = [{', '.join(pulled)}]"]
    if plan.failure.kind == "error" or plan.rule == "GRAD-2":
        return _of_pull(plan, lines, _pull(plan, plain, index, states))
    lines += [*_pull(plan, plain, index, states), "", *_forward(plan), *SLOPES]
    more = ", initial" if states else ""
    weight = index - count - 1
    if index == 0:
        call, at = f"outputs(w, weights{more})", "x"
    elif weight < 0:
        at = f"initial[{index - 1}]"
        call = f"outputs(x, weights, [*initial[:{index - 1}], w, *initial[{index}:]])"
    else:
        at = f"weights[{weight}]"
        call = f"outputs(x, [*weights[:{weight}], w, *weights[{weight + 1}:]]{more})"
    bound = float(np.max(expected(case, data).arrays[name].bound))
    total = f"sum((p * y).sum() for p, y in zip(pulled, {call}))"
    lines += [
        f"expected = slope(lambda w: {total}, {at})",
        *compared(plan.rule, f"gradient of {name}", bound + DIFFERENCES),
    ]
    return Body(lines, asserted(plan.rule, f"gradient of {name}"), _seen(plan, name))


def _of_pull(plan: Plan, lines: Lines, pull: Lines) -> Body:
    """The script of the error of a gradient, or of its dtype."""
    if plan.failure.kind == "error":
        error = plan.seen.error
        assert error is not None
        note = f"# It should run. On this release it raises {error.name}."
        return Body([*lines, note, *pull], rf"(^|\.){error.name}\b")
    what = f"dtype of the gradient of {plan.failure.name}"
    last = next(i for i, line in enumerate(pull) if "convert_to_numpy" in line)
    lines += [
        *pull[:last],
        "actual = keras.backend.standardize_dtype(actual.dtype)",
        f"expected = {plan.failure.want!r}",
        *equal(plan.rule, what),
    ]
    return Body(lines, asserted(plan.rule, what))


def _seen(plan: Plan, name: str) -> float | None:
    got, want = plan.seen.arrays.get(name), expected(plan.case, plan.data).arrays.get(name)
    if got is None or want is None or got.shape != want.shape:
        return None
    return float(np.abs(got - want.value).max())


def _pull(plan: Plan, case: Case, index: int, states: bool) -> Lines:
    """The lines that put the gradient of one source into `actual`."""
    arguments = ", ".join([front(case, plan.data, "x"), *call_arguments(case)])
    call = f"layer({arguments})"
    variables = "layer.trainable_variables"
    backend = environment.backend()
    if backend == "tensorflow":
        lines = [
            "import tensorflow as tf",
            "x = tf.constant(x)",
            *(["initial = [tf.constant(s) for s in initial]"] if states else []),
            "with tf.GradientTape() as tape:",
            f"    tape.watch([x{', *initial' if states else ''}])",
            f"    given = tf.nest.flatten({call})",
            f"sources = [x, {'*initial, ' if states else ''}*(v.value for v in {variables})]",
            f'actual = tape.gradient(given, sources[{index}], pulled, "zero")',
        ]
    elif backend == "torch":
        lines = [
            "import torch",
            "x = torch.tensor(x, requires_grad=True)",
            *(
                ["initial = [torch.tensor(s, requires_grad=True) for s in initial]"]
                if states
                else []
            ),
            f"given = keras.tree.flatten({call})",
            f"sources = [x, {'*initial, ' if states else ''}*(v.value for v in {variables})]",
            "pulled = [torch.tensor(p) for p in pulled]",
            f"actual = torch.autograd.grad(given, sources[{index}], pulled)[0]",
        ]
    elif backend == "jax":
        start = ", initial" if states else ""
        lines = ["import jax", f"def given(x, values{start}):",
                 f"    with keras.StatelessScope(list(zip({variables}, values))):",
                 f"        return keras.tree.flatten({call})",
                 f"values = [v.value for v in {variables}]",
                 f"_, pull = jax.vjp(given, x, values{start})",
                 "sources = pull(pulled)",
                 f"actual = [sources[0], {'*sources[2], ' if states else ''}*sources[1]][{index}]"]  # fmt: skip  # noqa: E501
    else:
        raise NoText(f"the {backend} backend has no gradients")
    after = (
        ["x, initial = np.array(x), [np.array(s) for s in initial]"]
        if states
        else ["x = np.array(x)"]
    )
    if backend == "torch":
        after = [
            line.replace("np.array(x)", "x.detach().numpy()").replace(
                "np.array(s)", "s.detach().numpy()"
            )
            for line in after
        ] + ["pulled = [p.numpy() for p in pulled]"]
    return [*lines, "actual = keras.ops.convert_to_numpy(actual).astype(float)", *after]


STEPS = {
    "epoch": "loss = model.fit({fed}, far, batch_size={size}, shuffle=False, verbose=0)"
    '.history["loss"][0]',
    "batch": "loss = model.train_on_batch({fed}, far)",
    "stream": "loss = model.fit(iter([({fed}, far)]), steps_per_epoch=1, verbose=0)"
    '.history["loss"][0]',
}
"""By variant, how a script takes a step; a frozen layer takes that of an epoch."""


def fit(plan: Plan) -> Body:
    """The script of a training step."""
    case, data, name = plan.case, plan.data, plan.failure.name
    plain = _plain(case)
    way = path(plain.but(via="functional"), data)
    fed = way.call[len("model(") : -1]
    jit = ", jit_compile=True" if case["via"] == "jit" else ""
    if case["what"] == "stream" and fed.startswith("["):
        fed = f"tuple({fed})"
    step = STEPS.get(str(case["what"]), STEPS["epoch"]).format(fed=fed, size=data.batch)
    rate = f"keras.optimizers.SGD({LEARNING_RATE})"
    frozen = case["what"] == "frozen"
    behind = "keras.layers.Dense({}, kernel_initializer='identity')(model.outputs[0])"
    lines = [
        *numbers(plain, data),
        *made(plain, data),
        *(["layer.trainable = False"] if frozen else []),
        *way.once,
    ]
    if frozen:
        lines.append(f"model = keras.Model(model.inputs, {behind.format(case['u'])})")
    lines += [
        f"far = {literal(targets(case, data), 'float32')}",
        f'model.compile({rate}, "mean_absolute_error"{jit})',
    ]
    if plan.failure.kind == "error":
        error = plan.seen.error
        assert error is not None
        note = f"# It should run. On this release it raises {error.name}."
        return Body([*lines, note, step], rf"(^|\.){error.name}\b")
    if frozen:
        return _still(plan, [*lines, step])
    lines += [step, "", *_forward(plan)]
    return _stepped(plan, lines, name)


def _still(plan: Plan, lines: Lines) -> Body:
    """A frozen layer keeps its weights."""
    name = plan.failure.name
    if plan.failure.kind != "value" or name not in _order(plan.case):
        raise NoText("what moves behind a frozen layer has no standalone script")
    k = _order(plan.case).index(name)
    lines += [
        f"actual, expected = layer.get_weights()[{k}].astype(float), weights[{k}]",
        *compared(plan.rule, name, 0.0),
    ]
    return Body(lines, asserted(plan.rule, name), _seen(plan, name))


def _stepped(plan: Plan, lines: Lines, name: str) -> Body:
    case = plan.case
    want = expected(case, plan.data).arrays[name]
    bound = float(np.max(want.bound)) + DIFFERENCES
    lost = "np.abs(far - outputs(x, {})[0]).mean()"
    if name == "loss":
        lines += ["actual, expected = float(loss), " + lost.format("weights")]
    elif name.startswith(KEPT):
        kept = [n for n in expected(case, plan.data).arrays if n.startswith(KEPT)].index(name)
        lines = [line.replace("return [y]", "return [y, *states]") for line in lines]
        lines += [
            f"actual = keras.ops.convert_to_numpy(layer.states[{kept}]).astype(float)",
            f"expected = outputs(x, weights)[{1 + kept}]",
        ]
    else:
        k = _order(case).index(name)
        varied = f"[*weights[:{k}], w, *weights[{k + 1}:]]"
        lines += [
            *SLOPES,
            f"actual = layer.get_weights()[{k}].astype(float)",
            f"move = slope(lambda w: {lost.format(varied)}, weights[{k}])",
            f"expected = weights[{k}] - {LEARNING_RATE} * move",
        ]
    lines += compared(plan.rule, name, bound)
    return Body(lines, asserted(plan.rule, name), _seen(plan, name))


WRITERS: dict[str, Callable[[Plan], Body]] = {"grad": grad, "fit": fit}
