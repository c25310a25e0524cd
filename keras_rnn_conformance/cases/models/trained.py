"""The models that are trained: one row, one model."""

from __future__ import annotations

from typing import Any

from keras_rnn_conformance.cases.models.parts import (
    COUNTED,
    DENSE,
    ENCODER,
    OVER_TIME,
    OWN_LOSS,
    RECURRENT,
    STILL_DENSE,
    Part,
    U,
    V,
    W,
    Whole,
    embedding,
    part,
    recurrent,
    sequence,
    whole,
)


def _tagger(*more: Any, **options: Any) -> Whole:
    """Shares of three classes at every timestep."""
    last = part("tags", "Dense", units=3, activation="softmax")
    return whole(embedding(), sequence("first"), *more, last, **options)


TRAINED: dict[str, Whole] = {
    "tagger": _tagger(),
    "logits": whole(embedding(), sequence("first"), part("tags", "Dense", units=3)),
    "spotter": whole(
        embedding(), sequence("first"), part("spots", "Dense", units=1, activation="sigmoid")
    ),
    "scorer": whole(
        part("masking", "Masking", "x"),
        sequence("first"),
        part("scores", "TimeDistributed", layer=("Dense", {"units": U})),
    ),
    "classifier": whole(
        embedding(), recurrent("first"), part("class", "Dense", units=3, activation="softmax")
    ),
    "regressor": whole(embedding(), recurrent("first"), part("number", "Dense", units=1)),
    "two_outputs": whole(
        embedding(),
        part("first", "LSTM", units=W, return_sequences=True, return_state=True),
        part("tags", "Dense", "first", units=3, activation="softmax"),
        outputs="tags first:1",
    ),
    "normed": _tagger(part("norm", "BatchNormalization", momentum=0.75)),
    "uncentered": _tagger(part("norm", "BatchNormalization", momentum=0.75, center=False)),
    "unscaled": _tagger(
        part("norm", "BatchNormalization", momentum=0.5, epsilon=0.25, scale=False)
    ),
    "step_normed": _tagger(part("norm", "BatchNormalization", momentum=0.75, axis=1)),
    "turned": whole(
        embedding(mask_zero=False),
        sequence("first"),
        part("shares", "Dense", units=3, activation="softmax"),
        part("turned", "Permute", dims=(2, 1)),
    ),
    "still_normed": _tagger(
        Part("norm", "BatchNormalization", {"momentum": 0.75}, trainable=False)
    ),
    "still": whole(
        embedding(),
        Part("first", RECURRENT, {"units": W, "return_sequences": True}, trainable=False),
        recurrent("second"),
        part("number", "Dense", units=1),
    ),
    "steady": whole(
        Part(
            "first",
            RECURRENT,
            {"units": W, "return_sequences": True},
            ("plain",),
            trainable=False,
        ),
        recurrent("second"),
        Part("number", "Dense", {"units": 1}, trainable=False),
    ),
    "partly": whole(
        part("each", "TimeDistributed", "plain", layer=STILL_DENSE),
        part("both", "Bidirectional", layer=(RECURRENT, {"units": U, "trainable": False})),
        part("number", "Dense", units=1),
    ),
    "penalized": whole(
        embedding(),
        recurrent("first", penalty=("kernel", 0.125)),
        part("number", "Dense", units=1, penalty=("kernel", 0.25)),
    ),
    "adding": whole(
        embedding(),
        sequence("first"),
        part("own", OWN_LOSS, factor=0.25),
        recurrent("second"),
        part("number", "Dense", units=1),
    ),
    "translator": whole(
        part("a", "Embedding", "tokens", input_dim=V, output_dim=W),
        part("encoder", "GRU", units=W, return_state=True),
        part("b", "Embedding", "others", input_dim=V, output_dim=W),
        part("decoder", "GRU", "b", "encoder:1", units=W, return_sequences=True),
        part("tags", "Dense", units=3, activation="softmax"),
    ),
    "twelve": whole(
        part(
            "cells",
            "RNN",
            "plain",
            cells=[("SimpleRNN", {"units": U}) for _ in range(12)],
            return_sequences=True,
        ),
        *[part(f"dense{12 - k}", "Dense", units=W, activation="tanh") for k in range(12)],
        recurrent("last"),
        part("number", "Dense", units=1),
    ),
    "shared": whole(
        embedding("embedding", mask_zero=False),
        embedding("second", "others", mask_zero=False),
        recurrent("one", "embedding"),
        Part("two", RECURRENT, {}, ("second",), layer="one"),
        part("joined", "Concatenate", "one", "two"),
        part("number", "Dense", units=1),
    ),
    "blind": whole(
        Part("first", RECURRENT, {"units": W}, ("spoilt",), mask_from=("mask",)),
        part("number", "Dense", units=1),
    ),
    "vector": whole(
        part("masking", "Masking", "marks", mask_value=COUNTED),
        recurrent("first"),
        part("number", "Dense", units=1),
    ),
    "nested": whole(
        embedding(),
        part("inner", "Functional", model=OVER_TIME),
        part("chain", "Sequential", layers=[("r", RECURRENT, {"units": W})]),
        part("number", "Dense", units=1),
    ),
    "siamese": whole(
        part("a", "Dense", "plain", units=W),
        part("b", "Dense", "noisy", units=W),
        part("left", "Functional", "a", model=ENCODER),
        Part("right", "Functional", {"model": ENCODER}, ("b",), layer="left"),
        outputs="left right",
    ),
    "wrapped": whole(
        part("each", "TimeDistributed", "plain", layer=DENSE),
        part("both", "Bidirectional", layer=(RECURRENT, {"units": U})),
        part("number", "Dense", units=1),
    ),
}
"""Models that are trained."""
