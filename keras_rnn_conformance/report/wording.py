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
    "alt": "a mask of every other timestep",
    "ragged": "a mask that pads all samples but the first",
    "first": "a masked first timestep",
    "row": "a fully masked sample",
    "all": "a mask of every timestep",
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
    "init": {
        "none": "no initial_state",
        "list": "initial_state",
        "tuple": "initial_state as a tuple",
        "tensor": "initial_state as one tensor",
        "symbolic": "symbolic initial_state",
        "layer": "initial_state from another layer",
        "wide": "initial_state in float32",
    },
    "merge": {
        "concat": "merge_mode='concat'",
        "sum": "merge_mode='sum'",
        "mul": "merge_mode='mul'",
        "ave": "merge_mode='ave'",
        "none": "merge_mode=None",
    },
    "cudnn": {
        "auto": "use_cudnn='auto'",
        "false": "use_cudnn=False",
        "true": "use_cudnn=True",
    },
    "x": {
        "same": "inputs of the layer's own dtype",
        "f16": "float16 inputs",
        "f64": "float64 inputs",
        "i32": "int32 inputs",
    },
    "fmt": {"last": "data_format='channels_last'", "first": "data_format='channels_first'"},
    "fmtby": {
        "arg": "data_format as an argument",
        "config": "data_format from keras.config",
    },
    "maskas": {
        "bool": "a boolean mask",
        "ints": "an int32 mask",
        "floats": "a float32 mask",
        "list": "a mask that is a Python list",
    },
    "outer": {"same": "a wrapper of the same dtype policy", "f16": "a wrapper of dtype float16"},
    "given": {"tensor": "tensors as arguments", "array": "NumPy arrays as arguments"},
    "hold": {
        "numbers": "ordinary numbers at masked timesteps",
        "nan": "NaN at masked timesteps",
        "inf": "infinity at masked timesteps",
        "huge": "huge numbers at masked timesteps",
    },
    "mag": {
        "one": "inputs of ordinary size",
        "big": "large inputs and a small kernel",
        "small": "small inputs and a large kernel",
        "tiny": "tiny inputs",
        "full": "inputs that saturate the gates",
        "minus": "inputs of minus zero",
    },
    "then": {
        "none": "equal calls",
        "batch": "another batch size in every other call",
        "length": "another number of timesteps in every other call",
        "dtype": "another input dtype in every other call",
        "train": "training=True in every other call",
        "assign": "weights changed by assign between calls",
        "set": "weights changed by set_weights between calls",
        "step": "weights changed by an optimizer between calls",
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
    if key == "deep":
        return f"{value or 2} cells or layers"
    if key in ("drop", "rdrop"):
        return f"{axis.arguments[0]}={int(value) / 100}"
    if key == "cell":
        return CELLS.get(value) or LAYERS_IN_PLACE[value]
    if axis.kind == "int" and axis.values == (0, 1):
        return f"{axis.arguments[0]}={bool(value)}"
    if axis.kind == "bare":
        return f"dtype={POLICY[str(value)]}"
    if key in ("act", "ract") and value == "callable":
        return f"a function as {axis.arguments[0]}"
    shown = None if value == "none" else value
    return f"{axis.arguments[0] if axis.arguments else axis.doc}={shown!r}"


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
"""By value of the axis `cell`, the cell."""
LAYERS_IN_PLACE: dict[Value, str] = {
    "whole": "a custom layer that is not an RNN",
    "spare": "a custom layer with nothing but what Bidirectional documents",
    "kinds": "a stack of three different custom cells",
    "others": "a stack of three other custom cells",
}
"""The further values: several cells, or a whole layer in the place of RNN."""


def made(case: Case) -> str:
    """The layer, as it is built."""
    inner = "Dense" if case.layer == "TimeDistributed" else case.layer
    own = CELLS.get(case["cell"]) or LAYERS_IN_PLACE[case["cell"]]
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
