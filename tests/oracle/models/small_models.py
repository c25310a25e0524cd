"""Small models of all kinds of layers, and their numbers, for the tests of the oracle's models."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference_impl.models.model import Given, Model, Node, evaluate, weight_shapes
from tests.oracle.drawn import Array

TOKENS = np.array([[1, 2, 3, 0, 0], [4, 5, 6, 7, 0], [2, 2, 0, 0, 0]])
EMBEDDING = Node("emb", "Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}, ("t",))


def chain(*layers: tuple[str, str, dict[str, Any]], source: Node = EMBEDDING) -> Model:
    """Return the model that calls layers (name, kind, options) one after the other."""
    nodes, last = [source], source.name
    for name, kind, options in layers:
        nodes.append(Node(name, kind, options, (last,)))
        last = name
    return Model(source.inputs, tuple(nodes), (last,))


def numbers(model: Model, shapes: dict[str, tuple[int, ...]], seed: int = 0) -> dict[str, Array]:
    """Return weights of the model: variances between 1/2 and 3/2, all else around 0."""
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = {}
    for name, shape in weight_shapes(model, shapes).items():
        low, high = (0.5, 1.5) if name.endswith("variance") else (-0.7, 0.7)
        array = random.uniform(low, high, shape or (1,))
        drawn[name] = array.astype(np.float32).astype(np.float64)
    return drawn


def forward(model: Model, inputs: dict[str, Any], precision: str = "float64") -> Any:
    """Return what the model computes of its inputs with `numbers`."""
    weights = numbers(model, {name: np.shape(array) for name, array in inputs.items()})
    return evaluate(model, Given(inputs, weights), precision)


SEQ = {"return_sequences": True}
# Each behind an Embedding of mask_zero, so that a mask comes in; all keep timesteps apart or
# respect the mask, so that padding changes nothing.
BEHIND: dict[str, Model] = {
    "lstm": chain(("lstm", "LSTM", {"units": 3})),
    "dense": chain(("d", "Dense", {"units": 3, "activation": "tanh"}), ("r", "GRU", {"units": 2})),
    "norms": chain(
        ("ln", "LayerNormalization", {}),
        ("bn", "BatchNormalization", {}),
        ("r", "SimpleRNN", {"units": 2}),
    ),
    "bidirectional": chain(
        ("b", "Bidirectional", {"layer": ("GRU", {"units": 2, **SEQ})}),
        ("gap", "GlobalAveragePooling1D", {}),
    ),
    "stack": chain(("s", "RNN", {"cells": [("LSTM", {"units": 2}), ("GRU", {"units": 3})]})),
    "distributed": chain(
        ("td", "TimeDistributed", {"layer": ("Dense", {"units": 2, "activation": "relu"})}),
        ("r", "LSTM", {"units": 2}),
    ),
    "activations": chain(
        ("p", "PReLU", {}),
        ("e", "ELU", {}),
        ("l", "LeakyReLU", {}),
        ("a", "Activation", {"activation": "softmax"}),
        ("r", "GRU", {"units": 2}),
    ),
    "attention": Model(
        ("t",),
        (
            EMBEDDING,
            Node("rnn", "GRU", {"units": 4, **SEQ}, ("emb",)),
            Node("att", "Attention", {"use_scale": True}, ("rnn", "emb")),
            Node("add", "AdditiveAttention", {}, ("att", "emb", "rnn")),
            Node("causal", "Attention", {}, ("add", "add"), call={"use_causal_mask": True}),
            Node("last", "LSTM", {"units": 2}, ("causal",)),
        ),
        ("last",),
    ),
    "merges": Model(
        ("t",),
        (
            EMBEDDING,
            Node("a", "LSTM", {"units": 4, **SEQ}, ("emb",)),
            Node("sum", "Add", {}, ("a", "emb")),
            Node("mean", "Average", {}, ("a", "sum")),
            Node("prod", "Multiply", {}, ("mean", "emb")),
            Node("max", "Maximum", {}, ("prod", "a")),
            Node("min", "Minimum", {}, ("max", "sum")),
            Node("diff", "Subtract", {}, ("min", "a")),
            Node("cat", "Concatenate", {}, ("diff", "prod")),
            Node("last", "GRU", {"units": 2}, ("cat",)),
        ),
        ("last",),
    ),
    "states": Model(
        ("t",),
        (
            EMBEDDING,
            Node("enc", "LSTM", {"units": 3, "return_state": True}, ("emb",)),
            Node("dec", "LSTM", {"units": 3}, ("emb", "enc:1", "enc:2")),
            Node("again", "LSTM", {"units": 3}, ("emb", "enc:1", "enc:2"), layer="dec"),
            Node("out", "Dot", {"axes": 1}, ("dec", "again")),
        ),
        ("out",),
    ),
    "nested": chain(
        (
            "inner",
            "Functional",
            {
                "model": Model(
                    ("x",),
                    (
                        Node("d", "Dense", {"units": 3}, ("x",)),
                        Node("r", "GRU", {"units": 2}, ("d",)),
                    ),
                    ("r",),
                )
            },
        ),
    ),
}
