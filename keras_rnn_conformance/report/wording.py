"""Options and layers as a person would say them."""

from __future__ import annotations

from keras_rnn_conformance.cases.api.serialized_arguments import class_of
from keras_rnn_conformance.cases.axes import BY_KEY, Value
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form

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
        return "initial_state" if value == "list" else f"initial_state={value}"
    if key in ("drop", "rdrop"):
        return f"{axis.arguments[0]}={int(value) / 100:g}"
    if key == "cell":
        return f"a cell of the user's own ({value})"
    if axis.kind == "int" and axis.values == (0, 1):
        return f"{axis.arguments[0]}={bool(value)}"
    if axis.kind == "bare":
        return f"dtype {value}"
    return f"{axis.arguments[0] if axis.arguments else axis.doc}={value}"


def subject(case: Case) -> str:
    """The layer, as it is built, and what is done with it."""
    if case["do"] == "config" and class_of(case):
        return f"{class_of(case)}, {DOINGS['config']}"
    inner = "Dense" if case.layer == "TimeDistributed" else case.layer
    made = {
        "cell": f"{inner}Cell",
        "rnn": f"RNN({inner}Cell)",
        "list": f"RNN([{inner}Cell, ...])",
        "one": f"RNN([{inner}Cell])",
        "mix": f"RNN([..., {inner}Cell])",
        "stack": f"StackedRNNCells([{inner}Cell, ...])",
        "bi": f"Bidirectional({inner})",
        "td": f"TimeDistributed({inner})",
        "dense": "TimeDistributed(Dense)",
        "model": f"Sequential([{inner}, ...])",
        "user": f"RNN over a cell of the user's own ({case['cell']})",
    }.get(form(case), case.layer)
    return made if case["do"] == "call" else f"{made}, {DOINGS[str(case['do'])]}"
