"""torch.nn's recurrent layers, where they define the same thing, and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from tests.oracle.conftest import Record
from tests.oracle.drawn import Array, Numbers, layer

torch = pytest.importorskip("torch", reason="torch is an optional second opinion on the oracle")

FRACTION_BITS = {"float64": 52, "float32": 23}
KINDS = ("SimpleRNN", "LSTM", "GRU")
GATE_ORDER = {"SimpleRNN": (0,), "LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2)}  # torch's GRU: r z n


def blocks(kind: str, array: Array) -> Array:
    """Return Keras's gate blocks of the last axis in torch's order."""
    parts = np.split(array, len(GATE_ORDER[kind]), axis=-1)
    return np.concatenate([parts[k] for k in GATE_ORDER[kind]], -1)


def parameters(given: Numbers) -> list[Array]:
    """Return weight_ih, weight_hh, bias_ih and bias_hh."""
    kernel, recurrent_kernel, bias = (blocks(given.kind, w) for w in given.weights)
    pair = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    return [kernel.T, recurrent_kernel.T, *pair]


def torch_layer(given: Numbers, dtype: str, backwards: Numbers | None = None) -> Any:
    """Return torch's layer with the weights of `given` (and of `backwards`)."""
    kind = {"SimpleRNN": "RNN"}.get(given.kind, given.kind)
    net = getattr(torch.nn, kind)(
        given.features, given.units, batch_first=True, bidirectional=backwards is not None
    ).to(getattr(torch, dtype))
    arrays = parameters(given) + ([] if backwards is None else parameters(backwards))
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    return net


def tensor(array: Array, dtype: str, grad: bool = False) -> Any:
    return torch.tensor(array, dtype=getattr(torch, dtype), requires_grad=grad)


def start(states: list[Array], dtype: str) -> Any:
    """Return the initial states as torch takes them: with an axis for the direction."""
    stacked = [tensor(state[None], dtype) for state in states]
    return tuple(stacked) if len(stacked) == 2 else stacked[0]


def flat(states: Any) -> list[Any]:
    return list(states) if isinstance(states, tuple) else [states]


def within(record: Record, source: str, got: ref.Bounded, want: Any) -> None:
    """Check the other result against the bound, and note how far it is from the oracle."""
    error = np.abs(want.detach().double().numpy() - got.value)
    assert (error <= got.bound).all()
    record.note(
        f"{source}, {got.precision.name}", error.max(), 1.0, FRACTION_BITS[got.precision.name]
    )


@pytest.mark.parametrize("dtype", sorted(FRACTION_BITS))
@pytest.mark.parametrize(("units", "timesteps"), [(1, 1), (2, 5), (8, 16), (33, 50)])
@pytest.mark.parametrize("kind", KINDS)
def test_forward(kind: str, units: int, timesteps: int, dtype: str, record: Record) -> None:
    given = Numbers(kind, units, timesteps, batch=3).in_float32()
    result = layer(kind, units, precision=dtype)(given.x, given.weights, None, given.states)
    output, last = torch_layer(given, dtype)(tensor(given.x, dtype), start(given.states, dtype))
    within(record, "torch", result.sequence, output)
    for state, want in zip(result.states, flat(last), strict=True):
        within(record, "torch", state, want[0])


@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional(kind: str, record: Record) -> None:
    given, back = Numbers(kind, 4, 6), Numbers(kind, 4, 6, seed=9)
    layers = [layer(kind, 4, return_sequences=True, go_backwards=b) for b in (False, True)]
    result = ref.Bidirectional(*layers)(given.x, given.weights, back.weights)
    output, last = torch_layer(given, "float64", back)(tensor(given.x, "float64"))
    within(record, "torch, bidirectional", result.sequence, output)
    states = len(result.states) // 2
    for k, want in enumerate(flat(last)):
        within(record, "torch, bidirectional", result.states[k], want[0])
        within(record, "torch, bidirectional", result.states[states + k], want[1])


@pytest.mark.parametrize("kind", KINDS)
def test_right_padding(kind: str, record: Record) -> None:
    """A packed sequence is a mask that is true up to each length."""
    given, lengths = Numbers(kind, 4, 6, batch=3), np.array([6, 1, 4])
    mask = np.arange(6) < lengths[:, None]
    options = {"return_sequences": True, "zero_output_for_mask": True}
    result = layer(kind, 4, **options)(given.x, given.weights, mask, given.states)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        tensor(given.x, "float64"), lengths, batch_first=True, enforce_sorted=False
    )
    output, last = torch_layer(given, "float64")(packed, start(given.states, "float64"))
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    within(record, "torch, right padding", result.sequence, padded)
    for state, want in zip(result.states, flat(last), strict=True):
        within(record, "torch, right padding", state, want[0])


def test_relu(record: Record) -> None:
    given = Numbers("SimpleRNN", 5, 7)
    net = torch_layer(given, "float64")
    relu = torch.nn.RNN(given.features, 5, nonlinearity="relu", batch_first=True).double()
    relu.load_state_dict(net.state_dict())
    output, _ = relu(tensor(given.x, "float64"))
    result = ref.SimpleRNN(5, activation="relu")(given.x, given.weights)
    within(record, "torch", result.sequence, output)


@pytest.mark.parametrize("dtype", sorted(FRACTION_BITS))
@pytest.mark.parametrize("kind", KINDS)
def test_gradients(kind: str, dtype: str, record: Record) -> None:
    """Of inputs, weights and initial states, through outputs and states at once."""
    given = Numbers(kind, 4, 6).in_float32()
    options = {"return_sequences": True, "return_state": True, "precision": dtype}
    oracle = layer(kind, 4, **options)
    returned = oracle(given.x, given.weights, None, given.states).returned
    cotangents = [np.sign(np.sin(1.0 + np.arange(r.value.size))).reshape(r.shape) for r in returned]
    got = oracle.gradients(given.x, given.weights, cotangents, None, given.states)

    net = torch_layer(given, dtype)
    x = tensor(given.x, dtype, grad=True)
    states = [tensor(state[None], dtype, grad=True) for state in given.states]
    output, last = net(x, tuple(states) if len(states) == 2 else states[0])
    parts = [output, *(state[0] for state in flat(last))]
    loss = sum((p * tensor(c, dtype)).sum() for p, c in zip(parts, cotangents, strict=True))
    loss.backward()
    grads = [parameter.grad.numpy() for parameter in net.parameters()]
    bias = np.stack(grads[2:]) if kind == "GRU" else grads[2]
    want = {"kernel": grads[0].T, "recurrent_kernel": grads[1].T, "bias": bias}
    for name, array in want.items():  # swapping z and r twice changes nothing
        within(record, "torch, gradients", got[name], torch.tensor(blocks(kind, array)))
    within(record, "torch, gradients", got["inputs"], x.grad)
    for k, state in enumerate(states):
        within(record, "torch, gradients", got[f"initial_state/{k}"], state.grad[0])


FUNCTIONS = {
    "celu": "celu",
    "elu": "elu",
    "exponential": "exp",
    "gelu": "gelu",
    "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_tanh": "hardtanh",
    "leaky_relu": "leaky_relu",
    "log_sigmoid": "logsigmoid",
    "mish": "mish",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "soft_shrink": "softshrink",
    "softplus": "softplus",
    "softsign": "softsign",
    "tanh": "tanh",
    "tanh_shrink": "tanhshrink",
}


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_own_error_of_activations(name: str, dtype: str, record: Record) -> None:
    """torch's functions, vectorised and in low precision, stay within the stated own error."""
    x = torch.linspace(-6.0, 6.0, 4001).to(getattr(torch, dtype))
    arguments = {"negative_slope": 0.2} if name == "leaky_relu" else {}
    function = getattr(torch, FUNCTIONS[name], None) or getattr(
        torch.nn.functional, FUNCTIONS[name]
    )
    got = function(x, **arguments).double().numpy()
    exact = ref.Bounded(x.double().numpy(), 0.0, ref.PRECISIONS[dtype])
    want = ref.activation(name).evaluate(exact)
    share = np.max(np.abs(got - want.value) / np.maximum(want.bound, np.finfo(float).tiny))
    assert share <= 1
