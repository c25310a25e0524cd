"""Options and layers as a person would say them."""

from __future__ import annotations

from keras_rnn_conformance.cases.axes import BY_KEY, Value
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form
from keras_rnn_conformance.cases.dtypes import POLICY

MASKS: dict[Value, str] = {
    "none": "no mask",
    "ones": "a mask that masks nothing",
    "right": "right padding in the mask",
    "left": "left padding in the mask",
    "gap": "a gap in the mask",
    "alt": "a mask that alternates",
    "ragged": "a mask that pads every sample but the first",
    "first": "a masked first timestep",
    "row": "a sample that is masked throughout",
    "all": "everything masked",
}
PATHS: dict[Value, str] = {
    "call": "called directly",
    "functional": "in a functional model",
    "predict": "through predict",
    "batch": "through predict_on_batch",
    "sequential": "in a Sequential model",
    "nested": "in a model inside a model",
    "subclass": "in a subclassed model",
    "graph": "inside the backend's own transform",
    "jit": "under XLA",
    "stream": "as a batch of one predict",
    "td": "inside TimeDistributed",
}
FORMS: dict[Value, str] = {
    "layer": "the layer itself",
    "cell": "the cell alone",
    "rnn": "RNN over the cell",
    "list": "RNN over a list of cells",
    "stack": "StackedRNNCells",
    "mix": "RNN over cells of several kinds",
    "bi": "Bidirectional",
    "td": "TimeDistributed",
    "one": "RNN over a list of one cell",
    "model": "a model of layers",
    "behind": "StackedRNNCells of a cell that hands on its input, and the cell",
    "ahead": "RNN over a list of the cell, and cells that hand on their input",
}
TABLES: dict[str, dict[Value, str]] = {
    "mask": MASKS,
    "via": PATHS,
    "as": FORMS,
    "static": {
        "all": "every size known",
        "batch": "an unknown batch size",
        "time": "an unknown number of timesteps",
        "none": "no size known",
    },
    "maskby": {
        "arg": "the mask as an argument",
        "masking": "a mask made by Masking",
        "embedding": "a mask made by Embedding",
        "marked": "a mask made by Masking of another number",
        "both": "the mask as an argument, of an input that carries another",
    },
    "reset": {
        "none": "no reset_state",
        "between": "reset_state between the calls",
        "alias": "reset_states between the calls",
        "rebuild": "build once more between the calls",
    },
    "own": {
        0: "no backward_layer",
        1: "a backward_layer of another activation",
        2: "a backward_layer of more units",
    },
}
DOINGS = {
    "grad": "gradients",
    "fit": "a training step",
    "config": "get_config and from_config",
    "clone": "clone_model",
    "keras": "a .keras file",
    "h5": "a .weights.h5 file",
    "weights": "set_weights",
    "masks": "masks that come out",
    "init": "initial weights",
    "reg": "regularizers",
    "constraint": "constraints",
    "train": "dropout",
    "bad": "misuse",
    "settings": "a global setting",
    "written": "arguments in another spelling",
    "cost": "what calls cost",
    "pickle": "pickle",
    "copy": "copy.deepcopy",
    "ledger": "signature",
    "reuse": "two uses",
    "twin": "two ways",
    "article": "listing",
    "model": "neighbours under a mask",
    "learn": "a model that is trained",
    "edge": "use beside calls and training",
}


def words(key: str, value: Value) -> str:
    """An option."""
    if key in TABLES:
        return TABLES[key][value]
    axis = BY_KEY[key]
    if key == "calls":
        return f"{value} calls" if value != 1 else "one call"
    if key == "init":
        container: dict[Value, str] = {"list": "initial_state", "none": "no initial_state"}
        return container.get(value, f"initial_state in another form ({value})")
    if key in ("drop", "rdrop"):
        return f"{axis.arguments[0]}={int(value) / 100}"
    if key == "cell":
        return CELLS.get(value, f"a custom layer ({value})")
    if axis.kind == "int" and axis.values == (0, 1):
        return f"{axis.arguments[0]}={bool(value)}"
    if axis.kind == "bare":
        return f"dtype={POLICY[str(value)]}"
    return f"{axis.arguments[0] if axis.arguments else axis.doc}={value}"


CELLS: dict[Value, str] = {
    "plain": "a custom cell",
    "class": "a custom cell that is no keras.Layer",
    "tuple": "a custom cell that returns its states in a tuple",
    "bare": "a custom cell that returns its one state as a tensor",
    "start": "a custom cell whose get_initial_state is not zeros",
    "noinit": "a custom cell of two states without get_initial_state",
    "three": "a custom cell of three states",
    "sizes": "a custom cell of two states of different sizes",
    "outstate": "a custom cell whose output is smaller than its state",
    "nested": "a custom cell of nested states",
    "training": "a custom cell that takes training",
}
"""By value of the axis `cell`, the cell; the others are several cells or a whole layer."""


def made(case: Case) -> str:
    """The layer, as it is built."""
    inner = "Dense" if case.layer == "TimeDistributed" else case.layer
    own = CELLS.get(case["cell"], f"a custom layer ({case['cell']})")
    if case.layer == "RNN":
        cells = {"list": "a list of cells, each ", "stack": "StackedRNNCells, each "}
        over = f"RNN over {cells.get(form(case), '')}{own}" if case["cell"] in CELLS else own
        return {"bi": f"Bidirectional of {over}", "td": f"TimeDistributed of {over}"}.get(
            form(case), over
        )
    return {
        "cell": f"{inner}Cell", "rnn": f"RNN({inner}Cell)", "list": f"RNN([{inner}Cell, ...])",
        "one": f"RNN([{inner}Cell])", "mix": f"RNN([..., {inner}Cell])",
        "behind": f"StackedRNNCells([..., {inner}Cell])", "ahead": f"RNN([{inner}Cell, ...])",
        "stack": f"StackedRNNCells([{inner}Cell, ...])", "bi": f"Bidirectional({inner})",
        "model": f"Sequential([{inner}, ...])",
        "td": f"TimeDistributed({inner})", "dense": "TimeDistributed(Dense)",
    }.get(form(case), case.layer)  # fmt: skip
