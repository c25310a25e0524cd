"""Whole models: laws of masks, every layer's mask, and gradients against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from reference_impl.models.model import (
    Given,
    Model,
    Node,
    differentiate,
    evaluate,
    is_trained,
    weighed_sum,
    weight_shapes,
)
from tests.oracle.conftest import Record
from tests.oracle.models.small_models import (
    BEHIND,
    EMBEDDING,
    TOKENS,
    chain,
    forward,
    numbers,
)
from tests.oracle.test_gradients import sixth_order

SHAPES = {"t": TOKENS.shape}


@pytest.mark.parametrize("name", sorted(BEHIND))
def test_padded_equals_unpadded(name: str) -> None:
    """Each sample alone, cut to its length, gives what it gives padded in its batch."""
    model = BEHIND[name]
    if name == "activations":  # alpha of PReLU has an axis of time
        model = chain(("r", "GRU", {"units": 2}), ("e", "ELU", {}))
    weights = numbers(model, SHAPES)
    (output,) = model.outputs
    whole = evaluate(model, Given({"t": TOKENS}, weights)).values[output]
    for k, row in enumerate(TOKENS):
        short = row[None, row > 0]
        alone = evaluate(model, Given({"t": short}, weights)).values[output]
        assert (np.abs(alone.value - whole.value[k : k + 1]) <= alone.bound + whole[k].bound).all()
        assert alone.bound.max() < 1e-11


MASKS = {
    "kept": [
        ("Dense", {"units": 2}),
        ("Activation", {"activation": "relu"}),
        ("Dropout", {"rate": 0.5}),
        ("LayerNormalization", {}),
        ("BatchNormalization", {}),
        ("Identity", {}),
        ("ReLU", {}),
        ("LSTM", {"units": 2, "return_sequences": True}),
        ("Bidirectional", {"layer": ("GRU", {"units": 2, "return_sequences": True})}),
        ("TimeDistributed", {"layer": ("Dense", {"units": 2})}),
        ("Lambda", {"function": "double", "mask": "keep"}),
    ],
    "dropped": [
        ("LSTM", {"units": 2}),
        ("GlobalAveragePooling1D", {}),
        ("Flatten", {}),
        ("Reshape", {"target_shape": (-1, 2)}),
        ("Permute", {"dims": (2, 1)}),
        ("Lambda", {"function": "double"}),
    ],
}


@pytest.mark.parametrize(
    ("kind", "options", "kept"),
    [(*layer, fate == "kept") for fate, layers in MASKS.items() for layer in layers],
)
def test_a_layer_keeps_the_mask_or_drops_it(kind: str, options: Any, kept: bool) -> None:
    got = forward(chain(("layer", kind, options)), {"t": TOKENS}).masks["layer"]
    assert (got is not None and (got == (TOKENS != 0)).all()) if kept else got is None


TWO = (
    EMBEDDING,
    Node("other", "Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}, ("u",)),
    Node("plain", "Dense", {"units": 4}, ("x",)),
)


def merged(kind: str, options: Any, inputs: tuple[str, str]) -> tuple[Any, Any]:
    model = Model(("t", "u", "x"), (*TWO, Node("m", kind, options, inputs)), ("m",))
    given = {"t": TOKENS, "u": TOKENS[:, ::-1], "x": np.ones((3, 5, 2))}
    computed = forward(model, given)
    return computed.masks["m"], computed.values["m"]


@pytest.mark.parametrize("kind", ["Add", "Average", "Multiply", "Maximum", "Minimum", "Subtract"])
def test_elementwise_merges_join_masks(kind: str) -> None:
    either = (TOKENS != 0) | (TOKENS[:, ::-1] != 0)
    assert (merged(kind, {}, ("emb", "other"))[0] == either).all()
    assert merged(kind, {}, ("emb", "plain"))[0] is None


def test_concatenation_joins_masks_as_it_joins_inputs() -> None:
    first, second = TOKENS != 0, TOKENS[:, ::-1] != 0
    in_time = merged("Concatenate", {"axis": 1}, ("emb", "other"))[0]
    assert (in_time == np.concatenate([first, second], 1)).all()
    with_plain = merged("Concatenate", {"axis": 1}, ("emb", "plain"))[0]
    assert (with_plain == np.concatenate([first, np.ones((3, 5), bool)], 1)).all()
    assert (merged("Concatenate", {"axis": -1}, ("emb", "other"))[0] == first | second).all()
    assert merged("Concatenate", {"axis": -1}, ("emb", "plain"))[0].all()
    assert merged("Concatenate", {}, ("plain", "plain"))[0] is None
    assert merged("Dot", {"axes": 2}, ("emb", "other"))[0] is None


def test_masking_compares_every_feature() -> None:
    x = np.array([[[0.0, 1.0], [2.0, 1.0], [0.0, 0.0]]])
    source = Node("m", "Masking", {"mask_value": (0.0, 1.0)}, ("t",))
    computed = evaluate(chain(source=source), Given({"t": x}, {}))
    assert np.array_equal(np.asarray(computed.masks["m"]), [[False, True, True]])
    assert computed.values["m"].value.tolist() == [[[0, 0], [2, 1], [0, 0]]]


def gradient_check(
    model: Model, inputs: dict[str, Any], record: Record, training: bool = False, **rest: Any
) -> None:
    """Compare the gradient along one direction with a difference of sixth order."""
    random = np.random.Generator(np.random.PCG64(7))
    weights = numbers(model, {k: np.shape(v) for k, v in inputs.items()})
    given = Given(inputs, weights, training=training, **rest)
    values = evaluate(model, given).values
    cotangents = {name: random.uniform(-1, 1, values[name].shape) for name in model.outputs}
    _, _, got = differentiate(model, given, weighed_sum(cotangents))
    ways = {k: random.uniform(-1, 1, g.shape) for k, g in got.items()}
    want = sum(float((g.value * ways[k]).sum()) for k, g in got.items())
    bound = sum(float((g.bound * np.abs(ways[k])).sum()) for k, g in got.items())

    def along(h: float) -> float:
        moved = {k: v + h * ways[k] if k in ways else v for k, v in inputs.items()}
        shifted = {k: v + h * ways[k] for k, v in weights.items()}
        out = evaluate(model, Given(moved, shifted, training=training, **rest)).values
        return sum(float((out[k].value * c).sum()) for k, c in cotangents.items())

    coarse, fine = sixth_order(along, 2e-3), sixth_order(along, 1e-3)
    error = abs(fine - want)
    record.note("differences, gradients of models", error, max(1.0, abs(want)))
    assert error <= bound + abs(fine - coarse) + 1e-11
    assert bound < 1e-9 * max(1.0, abs(want))


# Away from the kinks of the others, which differences cannot tell from slopes.
@pytest.mark.parametrize("name", sorted(set(BEHIND) - {"distributed", "activations", "merges"}))
def test_gradients_of_models(name: str, record: Record) -> None:
    gradient_check(BEHIND[name], {"t": TOKENS}, record)


@pytest.mark.parametrize("training", [False, True])
def test_gradients_through_masked_normalization(training: bool, record: Record) -> None:
    gradient_check(BEHIND["norms"], {"t": TOKENS}, record, training)


def test_gradients_reach_inputs_and_dropped_elements(record: Record) -> None:
    model = Model(
        ("x", "y"),
        (
            Node("drop", "Dropout", {"rate": 0.5}, ("x",)),
            Node("dot", "Dot", {"axes": (2, 2), "normalize": True}, ("drop", "y")),
            Node("flat", "Flatten", {}, ("dot",)),
            Node("rep", "RepeatVector", {"n": 3}, ("flat",)),
            Node("gru", "GRU", {"units": 2}, ("rep",)),
        ),
        ("gru", "dot"),
    )
    random = np.random.Generator(np.random.PCG64(1))
    x, y = random.uniform(1, 2, (2, 3, 4)), random.uniform(1, 2, (2, 2, 4))
    noise = {"drop": np.where(random.random(x.shape) > 0.5, 2.0, 0.0)}
    gradient_check(model, {"x": x, "y": y}, record, True, noise=noise)


def test_bounds_of_a_trained_model_are_no_wider_than_its_numbers() -> None:
    """In float32, a model of a few layers errs by some thousand roundings at most."""
    for name, model in BEHIND.items():
        computed = forward(model, {"t": TOKENS}, "float32")
        for output in model.outputs:
            assert computed.values[output].bound.max() < 2e-3, name


def test_frozen_batch_normalization_runs_as_at_inference() -> None:
    free = Node("bn", "BatchNormalization", {}, ("x",))
    frozen = Node("bn", "BatchNormalization", {}, ("x",), trainable=False)
    x = np.arange(12.0).reshape(2, 3, 2)
    weights = numbers(Model(("x",), (free,), ("bn",)), {"x": x.shape})
    got = {}
    for node, training in ((free, True), (free, False), (frozen, True)):
        model = Model(("x",), (node,), ("bn",))
        computed = evaluate(model, Given({"x": x}, weights, training=training))
        got[node.trainable, training] = computed.values["bn"].value
        assert bool(computed.updates) == (training and node.trainable)
    assert np.array_equal(got[False, True], got[True, False])
    assert not np.allclose(got[True, True], got[True, False])


def test_weights_by_name_and_which_are_trained() -> None:
    model = BEHIND["nested"]
    assert list(weight_shapes(model, SHAPES)) == [
        "emb/embeddings",
        "inner/d/kernel",
        "inner/d/bias",
        "inner/r/kernel",
        "inner/r/recurrent_kernel",
        "inner/r/bias",
    ]
    assert is_trained(model, "inner/r/bias")
    assert not is_trained(BEHIND["norms"], "bn/moving_mean")
    assert is_trained(BEHIND["norms"], "bn/gamma")


def test_a_wrong_model_says_what_is_wrong() -> None:
    weights = numbers(BEHIND["lstm"], SHAPES)
    with pytest.raises(ref.ReferenceInputError, match=r"lstm/bias must have shape \(12,\)"):
        evaluate(BEHIND["lstm"], Given({"t": TOKENS}, weights | {"lstm/bias": np.zeros(11)}))
    with pytest.raises(ref.ReferenceInputError, match="no equations for a layer of kind 'Nope'"):
        forward(chain(("n", "Nope", {})), {"t": TOKENS})
    with pytest.raises(ref.ReferenceInputError, match="comes later"):
        forward(Model(("t",), (Node("a", "Dense", {"units": 1}, ("b",)),), ("a",)), {"t": TOKENS})
    with pytest.raises(ref.ReferenceInputError, match="needs its `noise`"):
        node = Node("d", "Dropout", {"rate": 0.5}, ("x",))
        evaluate(Model(("x",), (node,), ("d",)), Given({"x": np.ones((1, 2))}, {}, training=True))


def test_a_recurrent_node_is_the_layer_itself() -> None:
    """With initial states, dropout masks and a mask that is passed by hand."""
    random = np.random.Generator(np.random.PCG64(2))
    x, h = random.uniform(-1, 1, (3, 5, 4)), random.uniform(-1, 1, (3, 2))
    drops = (random.uniform(0, 2, (3, 4)), random.uniform(0, 2, (3, 2)))
    options = {"units": 2, "return_sequences": True, "return_state": True, "dropout": 0.5}
    node = Node("r", "GRU", options, ("x", "h"), mask_from=("mask", None))
    model = Model(("x", "h", "mask"), (node,), ("r",))
    weights = numbers(
        Model(("x", "h"), (Node("r", "GRU", options, ("x", "h")),), ("r",)),
        {"x": x.shape, "h": h.shape},
    )
    given = Given({"x": x, "h": h, "mask": TOKENS != 0}, weights, training=True, noise={"r": drops})
    computed = evaluate(model, given)
    layer = ref.GRU(2, return_sequences=True, return_state=True)
    want = layer(x, list(weights.values()), TOKENS != 0, [h], *drops).returned
    for name, array in zip(("r", "r:1"), want, strict=True):
        assert np.array_equal(computed.values[name].value, array.value)
        assert np.array_equal(computed.values[name].bound, array.bound)
    assert np.array_equal(np.asarray(computed.masks["r"]), TOKENS != 0)
    assert computed.masks["r:1"] is None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("GRU", {"units": 2}),
        ("Bidirectional", {"layer": ("LSTM", {"units": 2})}),
        ("LayerNormalization", {}),
        (
            "Functional",
            {"model": Model(("x",), (Node("d", "Dense", {"units": 3}, ("x",)),), ("d",))},
        ),
    ],
)
def test_time_distributed_is_its_layer_at_each_timestep(kind: str, options: Any) -> None:
    x = np.random.Generator(np.random.PCG64(4)).uniform(-1, 1, (2, 3, 5, 4))
    wrapped = Model(
        ("x",), (Node("n", "TimeDistributed", {"layer": (kind, options)}, ("x",)),), ("n",)
    )
    single = Model(("x",), (Node("n", kind, options, ("x",)),), ("n",))
    weights = numbers(single, {"x": x[:, 0].shape})
    assert weight_shapes(wrapped, {"x": x.shape}) == {k: w.shape for k, w in weights.items()}
    whole = evaluate(wrapped, Given({"x": x}, weights)).values["n"]
    for t in range(3):
        step = evaluate(single, Given({"x": x[:, t]}, weights)).values["n"]
        assert np.array_equal(whole.value[:, t], step.value)


def test_time_distributed_batch_normalization_counts_unmasked_samples() -> None:
    """Each timestep is normalized by its own samples, the masked ones left out."""
    layer = {"layer": ("BatchNormalization", {"scale": False, "center": False})}
    model = Model(("x",), (Node("n", "TimeDistributed", layer, ("x",)),), ("n",))
    x = np.array([[[1.0], [9.0]], [[3.0], [5.0]]])
    weights = {"n/moving_mean": np.zeros(1), "n/moving_variance": np.ones(1)}
    mask = np.array([[True, False], [True, True]])
    computed = evaluate(model, Given({"x": x}, weights, {"x": mask}, training=True))
    got = computed.values["n"].value
    assert got[:, 0, 0] == pytest.approx([-1 / np.sqrt(1.001), 1 / np.sqrt(1.001)], rel=1e-6)
    assert got[1, 1, 0] == pytest.approx(0.0, abs=1e-4)
    moved = computed.updates["n/moving_mean"].value.item()
    assert moved == pytest.approx(0.99 * 0.02 + 0.05, rel=1e-6)
