"""Layers with further arguments, as a user makes them: what most scenarios begin with."""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.cases.axes import STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import rank, space
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.report.script.layers import Given, layer, numpy_dtype
from keras_rnn_conformance.report.script.loops import Derivation, derivation
from keras_rnn_conformance.report.script.text import Lines, NoText, listed, literal, nested

Options = dict[str, Any]


def fresh(case: Case, inner: Options | None = None, outer: Options | None = None) -> str:
    """An expression that makes the layer, with further arguments of it, and of its wrapper."""
    return layer(case, Given(inner or {}, outer or {}))


def numbers(case: Case, data: Data) -> Lines:
    """`x`, and `mask` if there is one."""
    dtype = numpy_dtype(COMPUTE[str(case["dtype"])])
    x = data.x
    lines = [f"x = {literal(x[:, 0] if case['as'] == 'cell' else x, dtype)}"]
    return lines if data.mask is None else [*lines, f"mask = np.array({nested(data.mask)}, bool)"]


def weights(case: Case, data: Data) -> Lines:
    """The list `weights`, in Keras's order."""
    return listed("weights", [literal(array) for one in data.all_weights() for array in one])


def build(case: Case, data: Data) -> str:
    """The line that builds the layer."""
    return f"layer.build({(data.batch, data.features) if case['as'] == 'cell' else data.x.shape})"


def call(case: Case, data: Data, *more: str) -> str:
    """An expression for the output of a call of the layer."""
    masked = ["mask=mask"] if case["mask"] != "none" else []
    if case["as"] == "cell":
        first = f"layer.get_initial_state(batch_size={data.batch})"
        return f"layer({', '.join(['x', first, *more])})[0]"
    text = f"layer({', '.join(['x', *masked, *more])})"
    return f"{text}[0]" if case["state"] else text


def plain_call(case: Case) -> Case:
    """The case of a plain call of the layer, without dropout."""
    left = ("do", "what", "drop", "rdrop", "train", "calls", "via", "stateful")
    return Case.from_options(case.layer, {k: v for k, v in case.options if k not in left})


def derived(case: Case, data: Data) -> Derivation:
    """How to derive the output of a plain call from `x` and `weights`."""
    if case["as"] in STACKS:
        raise NoText("a stack in this scenario has no derivation in a few lines")
    return derivation(plain_call(case), data)


def setting(
    case: Case, data: Data, inner: Options | None = None, outer: Options | None = None
) -> Lines:
    """The numbers, and the layer, built and with its weights."""
    return [
        *numbers(case, data),
        *weights(case, data),
        f"layer = {fresh(case, inner, outer)}",
        build(case, data),
        "layer.set_weights(weights)",
    ]


def deriving(case: Case, data: Data) -> tuple[Lines, str]:
    """Lines that derive the output, and an expression for it."""
    parts = derived(case, data)
    first = parts.start
    if rank(case):
        shape = (data.batch, *space(case), case.number("u"))
        first = f"[np.zeros({shape})] * 2"
    start = [f"states = {first}"] if first else []
    return [*parts.before, *start, *parts.lines], parts.outputs[0]
