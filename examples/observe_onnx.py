"""Let the suite judge the RNN, LSTM and GRU nodes of ONNX, in onnxruntime: an observer of its own.

    keras-rnn-conformance export --profile smoke -o cases.json
    python examples/observe_onnx.py cases.json observations.json
    keras-rnn-conformance judge observations.json

It needs onnx and onnxruntime alone. A node is made from the vectors of each case: the gates in
ONNX's order, both ways to reset a GRU, backwards, initial states, and masks at the end of samples
as sequence lengths. docs/format.md says what the files hold.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

GATES = {"SimpleRNN": [0], "LSTM": [0, 3, 1, 2], "GRU": [0, 1, 2]}  # ONNX: i, o, f, c
NODES = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}
STATES = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1}
ACTIVATIONS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "softsign": "Softsign"}
ARGUMENTS = {
    *("units", "return_sequences", "return_state", "go_backwards", "use_bias", "reset_after"),
    *("activation", "recurrent_activation", "zero_output_for_mask"),
}
OPSET = 14


def main(source: str, target: str) -> None:
    """Observe every case of a file."""
    cases = [json.loads(line) for line in Path(source).read_text(encoding="utf-8").splitlines()]
    lines = [json.dumps(line) for line in observations(cases)]
    Path(target).write_text("\n".join(lines) + "\n", encoding="utf-8")


def observations(cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines of the answer."""
    yield {
        "format": "keras-rnn-conformance observations",
        "version": 1,
        "cases": cases[0],
        "keras": "none",
        "backend": "onnxruntime",
        "backend_version": onnxruntime.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "device": "cpu",
        "records": [],
        "configs": {},
    }
    for case in cases[1:-1]:
        reason = missing(case)
        yield {"id": case["id"], **({"skipped": reason} if reason else observe(case))}
    yield {"rows": len(cases) - 2}


def missing(case: dict[str, Any]) -> str:
    """Why ONNX cannot run a case; empty if it can."""
    if "arguments" not in case:
        return "the scenario is more than a call"
    if "layout" in case:
        return "the weights are not in Keras's layout"
    arguments = case["arguments"]
    unknown = [*(arguments.keys() - ARGUMENTS), *(case["options"].keys() - {"init"})]
    if case["layer"] not in NODES or unknown:
        return f"ONNX has no {', '.join(sorted(unknown)) or case['layer']}"
    if case["dtype"] != "float32" or len(case["inputs"]) > 1:
        return "this observer makes one call in float32"
    if case["options"].get("init") in ("symbolic", "layer"):
        return "this observer has no layers in front"
    if case["inputs"][0]["shape"][1] == 0:
        return "ONNX wants a timestep"
    names = [arguments.get(key, "tanh") for key in ("activation", "recurrent_activation")]
    if any(name not in ACTIVATIONS for name in names):
        return "ONNX has another of this activation, or none"
    return missing_mask(case, arguments) if "mask" in case else ""


def missing_mask(case: dict[str, Any], arguments: dict[str, Any]) -> str:
    """Why the lengths of sequences cannot stand for a mask; empty if they can."""
    mask = array(case["mask"]).astype(bool)
    ends = np.arange(mask.shape[1]) < mask.sum(1, keepdims=True)
    if (mask != ends).any() or not mask[:, 0].all() or arguments.get("go_backwards"):
        return "ONNX has lengths of sequences in place of masks"
    if arguments.get("return_sequences") and not arguments.get("zero_output_for_mask"):
        return "ONNX gives zeros where a timestep is masked"
    return ""


def array(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    """An array of the file."""
    return np.asarray(value["data"], np.float32).reshape(value["shape"])


def observe(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case."""
    arguments, x = case["arguments"], array(case["inputs"][0])
    feeds = {"X": x.transpose(1, 0, 2), **weights(case), **states(case)}
    if "mask" in case:
        feeds["lengths"] = array(case["mask"]).astype(np.int32).sum(1, dtype=np.int32)
    y, *lasts = session(case, feeds).run(None, feeds)
    sequence = y[:, 0].transpose(1, 0, 2)
    if arguments.get("go_backwards"):
        sequence = sequence[:, ::-1]  # Keras returns what it read first
    output = sequence if arguments.get("return_sequences") else lasts[0][0]
    names = case["returns"]
    returned = [output, *(last[0] for last in lasts)][: len(names)]
    return {
        "arrays": {name: written(value) for name, value in zip(names, returned, strict=True)},
        "structure": "tensor" if len(names) == 1 else f"tuple[{len(names)}]",
    }


def weights(case: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """The weights in ONNX's layout: gates in rows, one direction, the two biases in one row."""
    kernel, recurrent, *bias = (array(weight) for weight in case["weights"])
    order, units = GATES[case["layer"]], case["arguments"]["units"]

    def gates(weight: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.concatenate([np.split(weight, len(order), -1)[gate] for gate in order], -1)

    laid = {"W": gates(kernel).T[None], "R": gates(recurrent).T[None]}
    if bias:
        rows = gates(bias[0]).reshape(-1, units * len(order))
        second = rows[1] if len(rows) > 1 else np.zeros_like(rows[0])
        laid["B"] = np.concatenate([rows[0], second])[None]
    return laid


def states(case: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """The initial states, if there are any."""
    given = [array(state)[None] for state in case.get("initial_state", [])]
    return dict(zip(("initial_h", "initial_c"), given, strict=False))


def session(
    case: dict[str, Any], feeds: dict[str, np.ndarray[Any, Any]]
) -> onnxruntime.InferenceSession:
    """A model of one node, whose inputs are the sequence, the weights and the states."""
    layer, arguments = case["layer"], case["arguments"]
    act = ACTIVATIONS[arguments.get("activation", "tanh")]
    gate = ACTIVATIONS[arguments.get("recurrent_activation", "sigmoid")]
    options: dict[str, Any] = {
        "hidden_size": arguments["units"],
        "direction": "reverse" if arguments.get("go_backwards") else "forward",
        "activations": {"SimpleRNN": [act], "GRU": [gate, act], "LSTM": [gate, act, act]}[layer],
    }
    if layer == "GRU":
        options["linear_before_reset"] = int(arguments.get("reset_after", True))
    order = ["X", "W", "R", "B", "lengths", "initial_h", "initial_c"]
    last = max(place for place, name in enumerate(order) if name in feeds)
    taken = [name if name in feeds else "" for name in order[: last + 1]]
    made = ["Y", "Y_h", "Y_c"][: 1 + STATES[layer]]
    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), list(value.shape)
        )
        for name, value in feeds.items()
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in made]
    node = helper.make_node(NODES[layer], taken, made, **options)
    graph = helper.make_graph([node], case["id"], inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def written(value: np.ndarray[Any, Any]) -> dict[str, Any]:
    """An array as the file has it."""
    dtype = str(value.dtype)
    return {"dtype": dtype, "shape": list(value.shape), "data": value.ravel().tolist()}


if __name__ == "__main__":
    main(*sys.argv[1:])
