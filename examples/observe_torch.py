"""Let the suite judge torch.nn.RNN, LSTM and GRU: an observer that knows nothing of it.

    keras-rnn-conformance export --profile smoke -o cases.json
    python examples/observe_torch.py cases.json observations.json
    keras-rnn-conformance judge observations.json

It needs PyTorch alone, and shows how little an observer in any language has to do:
docs/format.md.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

GATES = {"SimpleRNN": [0], "LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2]}  # torch: reset before update
LAYERS = {"SimpleRNN": torch.nn.RNN, "LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}
ARGUMENTS = {"units", "return_sequences", "return_state", "go_backwards", "use_bias", "reset_after"}


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
        "backend": "torch.nn",
        "backend_version": torch.__version__,
        "python": platform.python_version(),
        "numpy": "none",
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
    """Why torch.nn cannot run a case; empty if it can."""
    if "arguments" not in case:
        return "the scenario is more than a call"
    if "layout" in case:
        return "the weights are not in Keras's layout"
    unknown = [*(case["arguments"].keys() - ARGUMENTS), *(case["options"].keys() - {"init"})]
    if unknown:
        return f"torch.nn has no {', '.join(sorted(unknown))}"
    if "mask" in case or case["dtype"] != "float32" or len(case["inputs"]) > 1:
        return "torch.nn has no masks, and this observer one call in float32"
    if case["options"].get("init") in ("symbolic", "layer"):
        return "torch.nn has no symbolic states"
    if case["layer"] == "GRU" and not case["arguments"]["reset_after"]:
        return "torch.nn.GRU resets after the matrix product"
    return "torch.nn wants a timestep" if case["inputs"][0]["shape"][1] == 0 else ""


def tensor(value: dict[str, Any]) -> torch.Tensor:
    """An array of the file."""
    return torch.tensor(value["data"], dtype=torch.float32).reshape(value["shape"])


def observe(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case."""
    arguments, x = case["arguments"], tensor(case["inputs"][0])
    layer = make(case, x.shape[-1])
    if arguments.get("go_backwards"):
        x = x.flip(1)
    states = [tensor(state)[None] for state in case.get("initial_state", [])]
    given = (tuple(states) if len(states) > 1 else states[0]) if states else None
    with torch.no_grad():
        sequence, last = layer(x, given)
    lasts = [state[0] for state in (last if isinstance(last, tuple) else (last,))]
    output = sequence if arguments.get("return_sequences") else sequence[:, -1]
    returned = [output, *lasts][: len(case["returns"])]
    names = case["returns"]
    return {
        "arrays": {name: written(value) for name, value in zip(names, returned, strict=True)},
        "structure": "tensor" if len(names) == 1 else f"tuple[{len(names)}]",
    }


def make(case: dict[str, Any], features: int) -> torch.nn.RNNBase:
    """The layer, with the weights of the case in torch's layout."""
    kernel, recurrent, *bias = (tensor(weight) for weight in case["weights"])
    units, order = case["arguments"]["units"], GATES[case["layer"]]
    layer = LAYERS[case["layer"]](features, units, bias=bool(bias), batch_first=True)

    def gates(weight: torch.Tensor) -> torch.Tensor:
        return torch.cat([weight.split(units, -1)[gate] for gate in order], -1)

    with torch.no_grad():
        layer.weight_ih_l0.copy_(gates(kernel).T)
        layer.weight_hh_l0.copy_(gates(recurrent).T)
        if bias:
            rows = gates(bias[0]).reshape(-1, units * len(order))
            layer.bias_ih_l0.copy_(rows[0])
            layer.bias_hh_l0.copy_(rows[1] if len(rows) > 1 else torch.zeros_like(rows[0]))
    return layer


def written(value: torch.Tensor) -> dict[str, Any]:
    """An array as the file has it."""
    dtype = str(value.dtype).removeprefix("torch.")
    return {"dtype": dtype, "shape": list(value.shape), "data": value.flatten().tolist()}


if __name__ == "__main__":
    main(*sys.argv[1:])
