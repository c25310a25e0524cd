"""Layers with further arguments, as a user makes them: what most scenarios begin with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_rnn_conformance.cases import reduction
from keras_rnn_conformance.cases.arguments import cell_arguments, sequence_arguments
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.report.script.layers import LAYERS, numpy_dtype, options
from keras_rnn_conformance.report.script.loops import Derivation, derivation
from keras_rnn_conformance.report.script.text import Lines, NoText, called, listed, literal, nested

Options = dict[str, Any]


def fresh(case: Case, inner: Options | None = None, outer: Options | None = None) -> str:
    """An expression that makes the layer, with further arguments of it, and of its wrapper."""
    given = {**options(cell_arguments(case)), **(inner or {})}
    return MAKERS[str(case["as"])](case, given, outer or {})


def _sizes(case: Case, given: Options) -> tuple[Lines, Options]:
    """The positional sizes, or a wrong one in their place, and what is left of the arguments."""
    rest = dict(given)
    if not case.layer.startswith("Conv"):
        return [repr(rest.pop("units", case.number("u")))], rest
    sizes = [
        repr(rest.pop("filters", case.number("u"))),
        repr(rest.pop("kernel_size", case.number("kern"))),
    ]
    first = {"data_format": "channels_first"} if case["fmt"] == "first" else {}
    return sizes, {**first, **rest}


def _layer(case: Case, inner: Options, outer: Options) -> str:
    sizes, rest = _sizes(case, inner)
    return called(f"{LAYERS}{case.layer}", *sizes, **sequence_arguments(case), **rest, **outer)


def _cell(case: Case, inner: Options, outer: Options) -> str:
    sizes, rest = _sizes(case, inner)
    return called(f"{LAYERS}{case.layer}Cell", *sizes, **rest, **outer)


def _rnn(case: Case, inner: Options, outer: Options) -> str:
    return called(f"{LAYERS}RNN", _cell(case, inner, {}), **sequence_arguments(case), **outer)


def _stack(case: Case, inner: Options, outer: Options) -> str:
    first = called(
        f"{LAYERS}SimpleRNNCell", str(reduction.width(case, Data(case))), activation=None
    )
    cells = called(f"{LAYERS}StackedRNNCells", f"[{first}, {_cell(case, inner, {})}]")
    return called(f"{LAYERS}RNN", cells, **sequence_arguments(case), **outer)


def _list(case: Case, inner: Options, outer: Options) -> str:
    behind = called(f"{LAYERS}SimpleRNNCell", str(case["u"]), activation=None)
    cells = f"[{_cell(case, inner, {})}, {behind}, {behind}]"
    return called(f"{LAYERS}RNN", cells, **sequence_arguments(case), **outer)


def _both(case: Case, inner: Options, outer: Options) -> str:
    return called(f"{LAYERS}Bidirectional", _layer(case, inner, {}), **outer)


def _distributed(case: Case, inner: Options, outer: Options) -> str:
    return called(f"{LAYERS}TimeDistributed", _layer(case, inner, {}), **outer)


MAKERS: dict[str, Callable[[Case, Options, Options], str]] = {
    "layer": _layer,
    "cell": _cell,
    "rnn": _rnn,
    "stack": _stack,
    "list": _list,
    "bi": _both,
    "td": _distributed,
}


def numbers(case: Case, data: Data) -> Lines:
    """`x`, and `mask` if there is one."""
    dtype = numpy_dtype(COMPUTE[str(case["dtype"])])
    x = reduction.feed(case, data)
    lines = [f"x = {literal(x[:, 0] if case['as'] == 'cell' else x, dtype)}"]
    return lines if data.mask is None else [*lines, f"mask = np.array({nested(data.mask)}, bool)"]


def weights(case: Case, data: Data) -> Lines:
    """The list `weights`, in Keras's order."""
    return listed("weights", [literal(array) for array in reduction.fill(case, data)])


def build(case: Case, data: Data) -> str:
    """The line that builds the layer."""
    whole = reduction.feed(case, data).shape
    return f"layer.build({(whole[0], *whole[2:]) if case['as'] == 'cell' else whole})"


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
    if case["as"] in reduction.STACKED:
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
    if reduction.rank(case):
        shape = (data.batch, *reduction.space(case), case.number("u"))
        first = f"[np.zeros({shape})] * 2"
    start = [f"states = {first}"] if first else []
    return [*parts.before, *start, *parts.lines], parts.outputs[0]
