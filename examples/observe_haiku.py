"""Let the suite judge the recurrent cores of Haiku, whose weights are laid out otherwise.

    keras-rnn-conformance export --profile smoke -o cases.json
    python examples/observe_haiku.py cases.json observations.json
    keras-rnn-conformance judge observations.json

It needs dm-haiku and JAX alone. An LSTM there has one matrix for input and state, its gates in the
order i, c, f, o, and adds 1 to the bias of the forget gate; a GRU resets before the product, and
its update gate is the share of the candidate, 1 - z. What is set is what gives Keras's numbers.
docs/format.md says what the files hold.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import haiku as hk
import jax
import numpy as np

Array = np.ndarray[Any, Any]
GATES = {"SimpleRNN": [0], "LSTM": [0, 2, 1, 3], "GRU": [0, 1, 2]}  # haiku: i, c, f, o
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
        "backend": "haiku",
        "backend_version": hk.__version__,
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
    """Why Haiku cannot run a case; empty if it can."""
    if "arguments" not in case:
        return "the scenario is more than a call"
    if "layout" in case:
        return "the weights are not in Keras's layout"
    given = {**case["arguments"]}
    if case["layer"] == "SimpleRNN" and given.pop("activation", "tanh") != "relu":
        return "Haiku's VanillaRNN computes relu"
    unknown = [*(given.keys() - ARGUMENTS), *(case["options"].keys() - {"init"})]
    if case["layer"] not in GATES or unknown:
        return f"Haiku has no {', '.join(sorted(unknown)) or case['layer']}"
    if "mask" in case or case["dtype"] != "float32" or len(case["inputs"]) > 1:
        return "Haiku has no masks, and this observer one call in float32"
    if case["options"].get("init") in ("symbolic", "layer"):
        return "this observer has no models"
    if case["layer"] == "GRU" and given["reset_after"]:
        return "Haiku's GRU resets before the matrix product"
    return "Haiku wants a timestep" if case["inputs"][0]["shape"][1] == 0 else ""


def array(value: dict[str, Any]) -> Array:
    """An array of the file."""
    return np.asarray(value["data"], np.float32).reshape(value["shape"])


def observe(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case."""
    arguments, x = case["arguments"], array(case["inputs"][0])
    if arguments.get("go_backwards"):
        x = x[:, ::-1]
    count = 2 if case["layer"] == "LSTM" else 1
    zeros = np.zeros((len(x), arguments["units"]), np.float32)
    states = [array(state) for state in case.get("initial_state", [])] or [zeros] * count
    start = hk.LSTMState(*states) if case["layer"] == "LSTM" else states[0]
    run = hk.without_apply_rng(hk.transform(lambda x, s: unrolled(case, x, s)))
    sequence, last = run.apply(weights(case), x, start)
    lasts = [np.asarray(state) for state in (last if count == 2 else (last,))]
    output = np.asarray(sequence) if arguments.get("return_sequences") else lasts[0]
    names = case["returns"]
    returned = [output, *lasts][: len(names)]
    return {
        "arrays": {name: written(value) for name, value in zip(names, returned, strict=True)},
        "structure": "tensor" if len(names) == 1 else f"tuple[{len(names)}]",
    }


def unrolled(case: dict[str, Any], x: jax.Array, start: Any) -> Any:
    """The core over time."""
    cores = {"SimpleRNN": hk.VanillaRNN, "LSTM": hk.LSTM, "GRU": hk.GRU}
    core = cores[case["layer"]](case["arguments"]["units"], name="core")
    return hk.dynamic_unroll(core, x, start, time_major=False)


def weights(case: dict[str, Any]) -> dict[str, dict[str, Array]]:
    """The weights in Haiku's layout."""
    kernel, recurrent, *bias = (array(weight) for weight in case["weights"])
    units, order = case["arguments"]["units"], GATES[case["layer"]]

    def gates(weight: Array) -> Array:
        return np.concatenate([np.split(weight, len(order), -1)[gate] for gate in order], -1)

    row = gates(bias[0]) if bias else np.zeros(units * len(order), np.float32)
    if case["layer"] == "GRU":
        sign = np.repeat(np.float32([-1, 1, 1]), units)  # the sigmoid of -x is 1 - z
        laid = {"w_i": gates(kernel), "w_h": gates(recurrent), "b": row}
        return {"core": {name: weight * sign for name, weight in laid.items()}}
    if case["layer"] == "SimpleRNN":
        second = {"w": recurrent, "b": np.zeros_like(row)}
        return {"core/linear": {"w": kernel, "b": row}, "core/linear_1": second}
    row[2 * units : 3 * units] -= 1.0  # which Haiku adds
    return {"core/linear": {"w": np.concatenate([gates(kernel), gates(recurrent)]), "b": row}}


def written(value: Array) -> dict[str, Any]:
    """An array as the file has it."""
    return {"dtype": str(value.dtype), "shape": list(value.shape), "data": value.ravel().tolist()}


if __name__ == "__main__":
    main(*sys.argv[1:])
