"""Numbers and names of the deeds that hold a promise over every rank, axis, argument and dtype."""

from __future__ import annotations

from itertools import product

import numpy as np

BREADTH: dict[str, str] = {
    "every_rank": "Dense and EinsumDense on inputs of every rank and dtype, with a bias or without",
    "every_axis": "operations and merges of two tensors, one of which has axes of one",
    "every_axis_added": "the same of sums and means",
    "lora_scaled": "lora_alpha of Dense, Embedding and EinsumDense, in enable_lora for most",
    "lora_made": "lora_rank and lora_alpha as arguments of Dense and Embedding, and their copies",
    "lambda_told": "Lambda layers of functions that take a mask, training, both or neither",
    "losses_in": "losses with a dtype of their own",
    "hidden_values": "attention to huge values under a mask",
    "copied_drops": "dropout in training of layers in large models, in files and in copies",
    "hidden_nan": "attention to values under a mask that are NaN or infinite",
}
"""By name of a deed, what is done."""

RANKED: dict[str, tuple[tuple[str, str], ...]] = {
    "Dense": (("", ""), ("", ""), ("", "")),
    "EinsumDense": (("ab,bc->ac", "c"), ("abc,cd->abd", "d"), ("abcd,de->abce", "e")),
}
"""By class, what it is told for an input of two, of three and of four axes: equation, bias."""
RANK_DTYPES = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
COLUMNS = 3
"""How many units these layers have."""

LAID_OUT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "every_axis": (
        ("subtract", "multiply", "maximum", "minimum"),
        ("Subtract", "Multiply", "Maximum", "Minimum"),
    ),
    "every_axis_added": (("add",), ("Add", "Average")),
}
"""By deed, operations and merges."""
SIZE = 3
"""Of timesteps, and of features: as many as there are of the one, so many of the other."""


def shapes_beside() -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Shapes of one sample and of several, each with one that has some axes of one, or fewer."""
    found = []
    for samples in (1, SIZE):
        whole = (samples, SIZE, SIZE)
        for ones in product((False, True), repeat=3):
            beside = tuple(1 if one else n for one, n in zip(ones, whole, strict=True))
            found += [(whole, beside[start:]) for start in range(3)]
    return list(dict.fromkeys(found))


RANK, ALPHA = 2, 6
"""Of LoRA: the factors' product counts three times."""
FACTORED: dict[str, tuple[tuple[str, bool], ...]] = {
    "lora_scaled": (
        ("Dense", False),
        ("Embedding", False),
        ("EinsumDense", False),
        ("EinsumDense", True),
    ),
    "lora_made": (("Dense", True), ("Embedding", True)),
}
"""By deed, the layers, and whether they are made with the arguments, or told later."""


def adapted_as(kind: str, made: bool) -> str:
    """What such a layer is called."""
    return f"{kind}, {'made with it' if made else 'told of it'}"


TELLING = ("neither", "mask", "training", "both")
"""What the function of a Lambda takes beside its input."""
LAMBDA_WAYS = ("called", "in a Sequential", "in a functional model")
TOLD = {"training": True, "inference": False}
"""By word, what a call is told."""

LOSSES = ("MeanSquaredError", "MeanAbsoluteError", "Huber")
LOSS_DTYPES = ("float16", "bfloat16", "float32", "mixed_float16", "mixed_bfloat16")
LOSS_FORMS = ("name", "policy")
"""The dtype that a loss is given, and how; of a policy its compute dtype counts."""

HIDING: dict[str, dict[str, tuple[str, ...]]] = {
    "hidden_values": {
        "huge": ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
    },
    "hidden_nan": {
        "NaN": ("Attention", "AdditiveAttention"),
        "infinite": ("Attention", "AdditiveAttention"),
    },
}
"""By deed, what values hold under the mask, and who attends to them."""
HELD = {"huge": 2.0**60, "NaN": np.nan, "infinite": np.inf}

DROPS = {"input": "dropout", "hidden state": "recurrent_dropout"}
"""What is dropped, and the argument with the rate."""
COPIES = (
    "as it is",
    "behind a dozen layers",
    "loaded",
    "from h5",
    "from JSON",
    "cloned",
    "pickled",
    "copied",
)
"""A model of a layer with dropout, and what is made of it."""
SHED = (16, 5, 8)
"""The samples, timesteps and units of it: so many numbers are never all kept."""
DOZEN = 12
