"""Options and layers as a person would say them."""

from __future__ import annotations

from keras_rnn_conformance.cases.axes import BY_KEY, Value
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form
from keras_rnn_conformance.cases.dtypes import POLICY


def words(key: str, value: Value) -> str:
    """An option."""
    axis = BY_KEY[key]
    if value in axis.words and key != "do":
        return axis.words[value]
    if key == "calls":
        return f"{value} calls" if value != 1 else "one call"
    if key == "slices":
        return f"{value} sequences in each sample"
    if key == "deep":
        return f"{value or 2} cells or layers"
    if key in ("drop", "rdrop"):
        return f"{axis.arguments[0]}={int(value) / 100}"
    if axis.kind == "int" and axis.values == (0, 1):
        return f"{axis.arguments[0]}={bool(value)}"
    if axis.kind == "bare":
        return f"dtype={POLICY[str(value)]}"
    if key in ("act", "ract") and value == "callable":
        return f"a function as {axis.arguments[0]}"
    shown = None if value == "none" else value
    return f"{axis.arguments[0] if axis.arguments else axis.doc}={shown!r}"


def made(case: Case) -> str:
    """The layer, as it is built."""
    inner = "Dense" if case.layer == "TimeDistributed" else case.layer
    if case.layer == "RNN":
        own = words("cell", case["cell"])
        cells = {"list": "a list of cells, each ", "stack": "StackedRNNCells, each "}
        cell = "custom cell" in own
        over = f"RNN over {cells.get(form(case), '')}{own}" if cell else own
        return {"bi": f"Bidirectional of {over}", "td": f"TimeDistributed of {over}"}.get(
            form(case), over
        )
    return {
        "cell": f"{inner}Cell",
        "rnn": f"RNN({inner}Cell)",
        "list": f"RNN([{inner}Cell, ...])",
        "one": f"RNN([{inner}Cell])",
        "mix": f"RNN([..., {inner}Cell])",
        "behind": f"StackedRNNCells([..., {inner}Cell])",
        "ahead": f"RNN([{inner}Cell, ...])",
        "amid": f"RNN([..., {inner}Cell, ...])",
        "stack": f"StackedRNNCells([{inner}Cell, ...])",
        "bi": f"Bidirectional({inner})",
        "model": f"Sequential([{inner}, ...])",
        "td": f"TimeDistributed({inner})",
        "dense": "TimeDistributed(Dense)",
    }.get(form(case), case.layer)
