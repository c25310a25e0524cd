"""The layers around recurrent layers against torch, and the operations against their bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from reference_impl import operations
from reference_impl.models.model import Given, Model, Node, differentiate, evaluate, weighed_sum
from tests.oracle.conftest import Record
from tests.oracle.drawn import Array
from tests.oracle.models import lengths
from tests.oracle.sources.test_torch import tensor, torch, within

F = torch.nn.functional
RANDOM = np.random.Generator(np.random.PCG64(11))


def drawn(*shape: int) -> Array:
    return RANDOM.uniform(-1, 1, shape).astype(np.float32).astype(np.float64)


X, OTHER = drawn(3, 5, 4), drawn(3, 6, 4)
GAMMA, BETA, SCALE = 1.0 + 0.5 * drawn(4), drawn(4), 1.0 + 0.5 * drawn(1)
MASK = np.arange(5) < np.array([[5], [2], [4]])
OTHER_MASK = np.arange(6) < np.array([[3], [6], [1]])


def normalized(x: Any, gamma: Any, beta: Any, mask: Any = None) -> Any:
    """Batch normalization by the moments of the unmasked timesteps."""
    rows = x.reshape(-1, x.shape[-1]) if mask is None else x[torch.tensor(mask)]
    count = len(rows) + (0.0 if mask is None else 1e-7)  # as Keras has it under a mask
    center = rows.sum(0) / count
    variance = ((rows - center) ** 2).sum(0) / count
    return gamma * (x - center) / (variance + 1e-3).sqrt() + beta


def stepwise(x: Any, gamma: Any, beta: Any) -> Any:
    """Batch normalization of each timestep by the moments of its unmasked samples' features."""
    inside = torch.tensor(MASK)[..., None].expand(x.shape).to(x.dtype)
    count = inside.sum((0, 2)) + 1e-7  # as Keras has it
    center = (x * inside).sum((0, 2)) / count
    centered = x - center[:, None]
    variance = (centered**2 * inside).sum((0, 2)) / count
    return gamma[:, None] * centered / (variance[:, None] + 1e-3).sqrt() + beta[:, None]


def attended(query: Any, value: Any, scale: Any, causal: bool, masked: bool) -> Any:
    allowed = torch.ones(3, 5, 6, dtype=torch.bool)
    if masked:
        allowed &= torch.tensor(OTHER_MASK)[:, None]
    if causal:
        allowed &= torch.ones(5, 6, dtype=torch.bool).tril()
    out = F.scaled_dot_product_attention(query * scale, value, value, allowed, scale=1.0)
    return out * torch.tensor(MASK)[..., None] if masked else out


def added(query: Any, value: Any, scale: Any) -> Any:
    scores = (scale * torch.tanh(query[:, :, None] + value[:, None])).sum(-1)
    scores = scores.masked_fill(~torch.tensor(OTHER_MASK)[:, None], -torch.inf)
    return (scores.softmax(-1) @ value) * torch.tensor(MASK)[..., None]


def headed(groups: int, causal: bool) -> Any:
    """Four heads of two numbers each, which share `groups` keys and values, by torch."""

    def run(query: Any, value: Any, *weights: Any) -> Any:
        def projected(x: Any, kernel: Any, bias: Any) -> Any:
            return torch.einsum("btf,fhs->bhts", x, kernel) + bias[:, None]

        allowed = torch.ones(5, 6, dtype=torch.bool)
        asked = projected(query, *weights[:2])
        key, given = (
            projected(value, *pair).repeat_interleave(4 // groups, dim=1)
            for pair in (weights[2:4], weights[4:6])
        )
        seen = F.scaled_dot_product_attention(
            asked, key, given, allowed.tril() if causal else allowed
        )
        return torch.einsum("bhts,hsf->btf", seen, weights[6]) + weights[7]

    return run


def heads(groups: int) -> dict[str, Array]:
    """The weights of `headed`."""
    inner = {"query": 4, "key": groups, "value": groups}
    shapes: dict[str, tuple[int, ...]] = {
        f"n/{name}/kernel": (4, count, 2) for name, count in inner.items()
    }
    shapes |= {f"n/{name}/bias": (count, 2) for name, count in inner.items()}
    order = [f"n/{name}/{weight}" for name in inner for weight in ("kernel", "bias")]
    found = {name: drawn(*shapes[name]) for name in order}
    return found | {
        "n/attention_output/kernel": drawn(4, 2, 4),
        "n/attention_output/bias": drawn(4),
    }


AFFINE = {"n/gamma": GAMMA, "n/beta": BETA}
STEPWISE = {"n/gamma": 1.0 + 0.5 * drawn(5), "n/beta": drawn(5)}
ONE, BOTH = {"x": X}, {"x": X, "y": OTHER}
# kind, options, call, inputs, weights, training, masked, torch's function
CASES: dict[str, tuple[Any, ...]] = {
    "layer normalization": (
        "LayerNormalization",
        {},
        {},
        ONE,
        AFFINE,
        False,
        True,
        lambda x, g, b: F.layer_norm(x, (4,), g, b, 1e-3),
    ),
    "batch normalization": (
        "BatchNormalization",
        {},
        {},
        ONE,
        AFFINE,
        True,
        False,
        normalized,
    ),
    "masked batch normalization": (
        "BatchNormalization",
        {},
        {},
        ONE,
        AFFINE,
        True,
        True,
        lambda x, g, b: normalized(x, g, b, MASK),
    ),
    "batch normalization of timesteps": (
        "BatchNormalization",
        {"axis": 1},
        {},
        ONE,
        STEPWISE,
        True,
        False,
        lambda x, g, b: normalized(x.transpose(1, 2), g, b).transpose(1, 2),
    ),
    "masked batch normalization of timesteps": (
        "BatchNormalization",
        {"axis": 1},
        {},
        ONE,
        STEPWISE,
        True,
        True,
        stepwise,
    ),
    "layer normalization of timesteps": (
        "LayerNormalization",
        {"axis": 1},
        {},
        ONE,
        STEPWISE,
        False,
        True,
        lambda x, g, b: F.layer_norm(x.transpose(1, 2), (5,), g, b, 1e-3).transpose(1, 2),
    ),
    "attention": (
        "Attention",
        {"use_scale": True},
        {},
        BOTH,
        {"n/scale": SCALE},
        False,
        False,
        lambda x, y, s: attended(x, y, s, False, False),
    ),
    "masked causal attention": (
        "Attention",
        {"use_scale": True},
        {"use_causal_mask": True},
        BOTH,
        {"n/scale": SCALE},
        False,
        True,
        lambda x, y, s: attended(x, y, s, True, True),
    ),
    "additive attention": (
        "AdditiveAttention",
        {},
        {},
        BOTH,
        {"n/scale": GAMMA},
        False,
        True,
        added,
    ),
    "causal heads": (
        "MultiHeadAttention",
        {"num_heads": 4, "key_dim": 2},
        {"use_causal_mask": True},
        BOTH,
        heads(4),
        False,
        False,
        headed(4, True),
    ),
    "heads in groups": (
        "GroupQueryAttention",
        {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 2},
        {},
        BOTH,
        heads(2),
        False,
        False,
        headed(2, False),
    ),
    "average": (
        "GlobalAveragePooling1D",
        {},
        {},
        ONE,
        {},
        False,
        True,
        lambda x: (x * torch.tensor(MASK)[..., None]).sum(1) / torch.tensor(MASK.sum(1))[:, None],
    ),
    "softmax": ("Softmax", {}, {}, ONE, {}, False, True, lambda x: x.softmax(-1)),
    "dot": (
        "Dot",
        {"axes": -1, "normalize": True},
        {},
        BOTH,
        {},
        False,
        True,
        lambda x, y: F.normalize(x, dim=-1) @ F.normalize(y, dim=-1).transpose(1, 2),
    ),
    "prelu": (
        "PReLU",
        {},
        {},
        ONE,
        {"n/alpha": drawn(5, 4)},
        False,
        True,
        lambda x, a: x.clamp(min=0) + a * x.clamp(max=0),
    ),
    **lengths.rows(ONE, drawn),
}


def moving(shape: tuple[int, ...]) -> dict[str, Array]:
    """What a batch normalization begins with; unused in training."""
    return {"n/moving_mean": np.zeros(shape), "n/moving_variance": np.ones(shape)}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_values_and_gradients(name: str, dtype: str, record: Record) -> None:
    kind, options, call, inputs, weights, training, masked, function = CASES[name]
    model = Model(tuple(inputs), (Node("n", kind, options, tuple(inputs), call),), ("n",))
    fixed = moving(weights["n/gamma"].shape) if kind == "BatchNormalization" else {}
    masks = {"x": MASK, "y": OTHER_MASK} if masked else {}
    given = Given(inputs, weights | fixed, masks, training)
    others = {k: tensor(a, dtype, grad=True) for k, a in {**inputs, **weights}.items()}
    want = function(*others.values())
    got = evaluate(model, given, dtype).values["n"]
    within(record, f"torch, {name}", got, want)
    cotangent = np.sign(np.sin(1.0 + np.arange(got.value.size))).reshape(got.shape)
    (want * tensor(cotangent, dtype)).sum().backward()
    _, _, gradients = differentiate(model, given, weighed_sum({"n": cotangent}), dtype)
    for key, other in others.items():
        within(record, f"torch, gradients of {name}", gradients[key], other.grad)
    assert got.bound.max() < (1e-4 if dtype == "float32" else 1e-12)


FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "reciprocal": (operations.reciprocal, lambda x: 1 / x),
    "root": (operations.root, np.sqrt),
    "logarithm": (operations.logarithm, np.log),
    "absolute": (operations.absolute, np.abs),
    "clip": (operations.clip(0.25, 1.3), lambda x: np.clip(x, np.float32(0.25), np.float32(1.3))),
}


@pytest.mark.parametrize("spread", [0.0, 1e-6, 1e-2, 0.4])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_hold_their_bounds(name: str, spread: float) -> None:
    """Computed in float32 of an argument that is off by all that its bound allows."""
    oracle, function = FUNCTIONS[name]
    x = np.linspace(0.45, 3.0, 400)
    for side in (-1.0, 1.0):
        moved = np.float32(x + side * spread)
        off = np.abs(moved - x)
        want = ref.Bounded(x, off, ref.PRECISIONS["float32"]).apply(oracle)
        assert (np.abs(function(moved).astype(np.float64) - want.value) <= want.bound).all()
        assert np.isfinite(want.bound).all()


def test_what_may_divide_by_zero_is_not_bounded() -> None:
    single = ref.PRECISIONS["float32"]
    one = ref.Bounded(np.array([1.0, 1.0]), np.array([1.0, 0.5]), single)
    assert np.isinf(operations.reciprocal(one).bound).tolist() == [True, False]


def test_a_maximum_that_is_open_leaves_its_cotangent_open() -> None:
    nodes = (Node("m", "Maximum", {}, ("x", "y")),)
    model = Model(("x", "y"), nodes, ("m",))
    given = Given({"x": np.array([[1.0, 2.0]]), "y": np.array([[1.0, 3.0]])}, {})
    _, _, got = differentiate(model, given, weighed_sum({"m": np.ones((1, 2))}), "float32")
    assert got["x"].value.tolist() == [[1, 0]]
    assert got["x"].bound[0, 0] >= 1.0
    assert got["y"].bound[0, 1] < 1e-5


def test_repeated_indices_sum_their_cotangents() -> None:
    node = Node("e", "Embedding", {"input_dim": 3, "output_dim": 1}, ("t",))
    given = Given({"t": np.array([[1, 1, 2]])}, {"e/embeddings": np.zeros((3, 1))})
    cotangent = {"e": np.array([[[2.0], [3.0], [5.0]]])}
    _, _, got = differentiate(Model(("t",), (node,), ("e",)), given, weighed_sum(cotangent))
    assert got["e/embeddings"].value.ravel().tolist() == [0, 5, 5]
