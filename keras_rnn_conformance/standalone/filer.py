"""Write the models of a plan with the Keras of this Python, as files that a later one loads.

    python filer.py PLAN FOLDER        writes into FOLDER, and FOLDER/outputs.json

One file, which needs Keras and NumPy and nothing of the suite, and runs on Python 3.6 and later
and Keras 2.1.6 and later. A plan is what `keras-rnn-conformance files` makes of the table: for each
its path, format, inputs, layers in order, outputs and weights. `outputs.json` holds what each
model computed of its inputs, or why it computed nothing.
"""

import importlib
import json
import os
import platform
import sys
from typing import Any, Dict, List

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np

keras = importlib.import_module(os.environ.get("OBSERVED_MODULE", "keras"))
Item = Dict[str, Any]


def main(argv: List[str]) -> int:
    """Write every model of a plan."""
    with open(argv[1]) as plan:
        items = json.load(plan)
    written = [write(item, argv[2]) for item in items]
    facts = {
        "keras": keras.__version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in (keras.backend.backend(), "numpy", "h5py")},
        "files": written,
    }
    with open(os.path.join(argv[2], "outputs.json"), "w") as out:
        json.dump(facts, out)
    return 0


def version(name: str) -> str:
    """The version of a package."""
    return str(importlib.import_module(name).__version__)


def write(item: Item, folder: str) -> Item:
    """Make one model, write it, and return what it computes."""
    keras.backend.clear_session()
    still = idle(item)
    model = made(item)
    for name, weights in item["weights"].items():
        layer_named(model, name).set_weights([np.array(w, "float32") for w in weights])
    path = os.path.join(folder, item["path"])
    if item["whole"]:
        options = {"include_optimizer": False} if path.endswith(".h5") else {}
        model.save(path, **options)
    else:
        model.save_weights(path)
    if still:
        return {"path": item["path"], "outputs": None, "why": "cuDNN computes on a GPU alone"}
    given = [np.array(a["data"], a["dtype"]) for a in item["inputs"].values()]
    whole = given[0] if len(given) == 1 else given
    out = model(whole) if keras.__version__ >= "3" else model.predict_on_batch(whole)
    outs = out if isinstance(out, list) else [out]
    numbers = {n: np.asarray(o, "float64").tolist() for n, o in zip(item["outputs"], outs)}
    return {"path": item["path"], "outputs": numbers}


def idle(item: Item) -> bool:
    """Whether the model has a layer of cuDNN, which is then let stand still: files need no run."""
    kinds = [part["kind"] for part in item["parts"] if part["kind"].startswith("CuDNN")]
    for kind in kinds:
        getattr(keras.layers, kind)._process_batch = lambda self, x, states: (states[0], states)
    return bool(kinds)


def layer_named(model: Any, name: str) -> Any:
    """The layer of a name; a model within has its own."""
    holder = model
    for word in name.split("/"):
        holder = holder.get_layer(word)
    return holder


def made(item: Item) -> Any:
    """The model of an item."""
    if item["chain"]:
        (entry,) = item["inputs"].values()
        first, rest = item["parts"][0], item["parts"][1:]
        shape = {"batch_input_shape" if keras.__version__ < "3" else "batch_shape": entry["shape"]}
        if keras.__version__ < "3":
            layers = [layer(first["kind"], dict(first["options"], name=first["name"], **shape))]
        else:
            layers = [keras.Input(**shape), named(first)]
        return keras.Sequential(layers + [named(part) for part in rest])
    tensors = {
        name: keras.layers.Input(shape=tuple(a["shape"][1:]), dtype=a["dtype"], name=name)
        for name, a in item["inputs"].items()
    }
    entries = list(tensors.values())
    for part in item["parts"]:
        given = [tensors[name] for name in part["inputs"]]
        states = {"initial_state": given[1:]} if len(given) > 1 else {}
        returned = named(part)(given[0], **states)
        returned = returned if isinstance(returned, (list, tuple)) else [returned]
        for k, tensor in enumerate(returned):
            tensors["{}:{}".format(part["name"], k) if k else part["name"]] = tensor
    return keras.models.Model(entries, [tensors[name] for name in item["outputs"]])


def named(part: Item) -> Any:
    """The layer of a part."""
    return layer(part["kind"], dict(part["options"], name=part["name"]))


def layer(kind: str, options: Item) -> Any:
    """A layer; what holds layers is given as kinds and options."""
    own = dict(options)
    if "layer" in own:
        own["layer"] = layer(*own["layer"])
    if "cells" in own:
        cells = [getattr(keras.layers, inner + "Cell")(**o) for inner, o in own.pop("cells")]
        return keras.layers.RNN(cells, **own)
    return getattr(keras.layers, kind)(**own)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
