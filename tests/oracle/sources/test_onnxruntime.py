"""onnxruntime's LSTM, GRU and RNN operators, where they define the same thing (in float32)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from tests.oracle.conftest import Record
from tests.oracle.drawn import KINDS, Array, Numbers, layer

REASON = "onnxruntime is an optional second opinion on the oracle"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

OPERATORS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU", "GRU before": "GRU"}
# ONNX orders the gates i o f c and z r h.
GATE_ORDER = {"SimpleRNN": (0,), "LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2), "GRU before": (0, 1, 2)}
ACTIVATIONS = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "relu": "Relu",
    "softsign": "Softsign",
    "hard_sigmoid": "HardSigmoid",
    "elu": "Elu",
    "softplus": "Softplus",
}


def blocks(kind: str, array: Array) -> Array:
    """Return the transpose of Keras's weight with its gate blocks in ONNX's order."""
    parts = np.split(array, len(GATE_ORDER[kind]), axis=-1)
    return np.concatenate([parts[k] for k in GATE_ORDER[kind]], -1).T


def onnx_weights(given: Numbers) -> tuple[Array, Array, Array]:
    """Return W, R and B of one direction."""
    kernel, recurrent_kernel, bias = given.weights
    both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    b = np.concatenate([blocks(given.kind, row[None])[:, 0] for row in both])
    return blocks(given.kind, kernel), blocks(given.kind, recurrent_kernel), b


def functions(kind: str, activation: str, recurrent: str) -> list[str]:
    """Return the operator's activations: f and g, and h of an LSTM."""
    sigma, phi = ACTIVATIONS[recurrent], ACTIVATIONS[activation]
    return {"SimpleRNN": [phi], "LSTM": [sigma, phi, phi]}.get(kind, [sigma, phi])


def run(
    directions: list[Numbers],
    direction: str = "forward",
    lengths: Array | None = None,
    activation: str = "tanh",
    recurrent: str = "sigmoid",
) -> list[Array]:
    """Return Y (batch, timesteps, directions, units) and the last states, direction first."""
    given = directions[0]
    operator = OPERATORS[given.kind]
    arrays = {
        name: np.stack(parts)
        for name, parts in zip(
            "WRB", zip(*(onnx_weights(d) for d in directions), strict=True), strict=True
        )
    }
    arrays["X"] = given.x.swapaxes(0, 1)
    if lengths is not None:
        arrays["sequence_lens"] = lengths
    arrays["initial_h"] = np.stack([d.states[0] for d in directions])
    if operator == "LSTM":
        arrays["initial_c"] = np.stack([d.states[1] for d in directions])
    inputs = ["X", "W", "R", "B", "sequence_lens" if lengths is not None else "", "initial_h"]
    inputs += ["initial_c"] * (operator == "LSTM")
    outputs = ["Y", "Y_h"] + ["Y_c"] * (operator == "LSTM")
    session = compiled(operator, inputs, outputs, given, direction, activation, recurrent)
    feed = {
        name: array.astype(np.int32 if name == "sequence_lens" else np.float32)
        for name, array in arrays.items()
    }
    y, *states = session.run(None, feed)
    return [y.transpose(2, 0, 1, 3), *states]


def compiled(
    operator: str,
    inputs: list[str],
    outputs: list[str],
    given: Numbers,
    direction: str,
    activation: str,
    recurrent: str,
) -> Any:
    """Return a session of one node."""
    helper, proto = onnx.helper, onnx.TensorProto
    count = 2 if direction == "bidirectional" else 1
    extra = {}
    if operator == "GRU":
        extra["linear_before_reset"] = int(given.kind == "GRU")
    node = helper.make_node(
        operator,
        inputs,
        outputs,
        hidden_size=given.units,
        direction=direction,
        activations=functions(given.kind, activation, recurrent) * count,
        **extra,
    )
    kinds = {name: proto.FLOAT for name in inputs if name} | {"sequence_lens": proto.INT32}
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(name, kinds[name], None) for name in inputs if name],
        [helper.make_tensor_value_info(name, proto.FLOAT, None) for name in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def within(record: Record, source: str, got: ref.Bounded, want: Array) -> None:
    error = np.abs(want.astype(np.float64) - got.value)
    assert (error <= got.bound).all()
    record.note(f"onnxruntime, {source}, float32", float(error.max()), 1.0, 23)


@pytest.mark.parametrize(("units", "timesteps"), [(1, 1), (3, 5), (16, 8), (33, 50)])
@pytest.mark.parametrize("kind", KINDS)
def test_forward(kind: str, units: int, timesteps: int, record: Record) -> None:
    given = Numbers(kind, units, timesteps).in_float32()
    oracle = layer(kind, units, precision="float32")
    result = oracle(given.x, given.weights, initial_state=given.states)
    y, *states = run([given])
    within(record, "forward", result.sequence, y[:, :, 0])
    for state, want in zip(result.states, states, strict=True):
        within(record, "forward", state, want[0])


@pytest.mark.parametrize("kind", KINDS)
def test_reverse(kind: str, record: Record) -> None:
    """ONNX returns a reversed sequence in the original order of time, Keras as it was processed."""
    given = Numbers(kind, 4, 6).in_float32()
    oracle = layer(kind, 4, precision="float32", go_backwards=True)
    result = oracle(given.x, given.weights, initial_state=given.states)
    y, *states = run([given], "reverse")
    within(record, "reverse", result.sequence, y[:, ::-1, 0])
    for state, want in zip(result.states, states, strict=True):
        within(record, "reverse", state, want[0])


@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional(kind: str, record: Record) -> None:
    ahead, back = Numbers(kind, 4, 6).in_float32(), Numbers(kind, 4, 6, seed=1).in_float32()
    layers = [
        layer(kind, 4, precision="float32", return_sequences=True, go_backwards=b)
        for b in (False, True)
    ]
    pair = ref.Bidirectional(layers[0], layers[1], None)
    states = [*ahead.states, *back.states]
    result = pair(ahead.x, ahead.weights, back.weights, initial_state=states)
    y, *last = run([ahead, back], "bidirectional")
    for k, sequence in enumerate(result.sequence):
        within(record, "bidirectional", sequence, y[:, :, k])
    half = len(result.states) // 2
    for k, want in enumerate(last):
        within(record, "bidirectional", result.states[k], want[0])
        within(record, "bidirectional", result.states[half + k], want[1])


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("kind", KINDS)
def test_sequence_lens(kind: str, direction: str, record: Record) -> None:
    """A length is a mask that is true up to it; ONNX puts zeros out beyond it."""
    given, lengths = Numbers(kind, 4, 6, batch=3).in_float32(), np.array([6, 1, 4])
    mask = np.arange(6) < lengths[:, None]
    backwards = direction == "reverse"
    oracle = layer(
        kind,
        4,
        precision="float32",
        return_sequences=True,
        zero_output_for_mask=True,
        go_backwards=backwards,
    )
    result = oracle(given.x, given.weights, mask, given.states)
    y, *states = run([given], direction, lengths)
    within(record, "sequence_lens", result.sequence, y[:, :: -1 if backwards else 1, 0])
    for state, want in zip(result.states, states, strict=True):
        within(record, "sequence_lens", state, want[0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["relu", "softsign", "elu", "softplus"])
def test_other_activations(activation: str, kind: str, record: Record) -> None:
    given = Numbers(kind, 3, 4, scale=0.5).in_float32()
    oracle = layer(kind, 3, precision="float32", activation=activation)
    result = oracle(given.x, given.weights, initial_state=given.states)
    y, *_ = run([given], activation=activation)
    within(record, activation, result.sequence, y[:, :, 0])


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU before"])
def test_hard_sigmoid_of_keras_2(kind: str, record: Record) -> None:
    """ONNX's HardSigmoid has the slope of Keras 1 and 2."""
    given = Numbers(kind, 3, 4).in_float32()
    options = {"precision": "float32", "generation": "keras2.0"}
    result = layer(kind, 3, **options)(given.x, given.weights, initial_state=given.states)
    y, *_ = run([given], recurrent="hard_sigmoid")
    within(record, "hard_sigmoid of Keras 2", result.sequence, y[:, :, 0])
