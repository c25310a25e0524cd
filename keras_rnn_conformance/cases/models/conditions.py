"""Numbers and names of the deeds whose promise could be broken under a condition alone."""

from __future__ import annotations

CONDITIONS: dict[str, str] = {
    "told_training": "layers that are told `training`, or not, inside a call that was told itself",
    "told_behind": "a layer that is told nothing, called behind one that is told otherwise",
    "told_in_fit": "the same inside a model's own call, in training, assessment and prediction",
    "untold_in_fit": "the same of layers that are told nothing",
    "scopes_within": "stateless scopes and stateless_call inside each other",
    "picked_jointly": "attention where several masks together leave one key to a query, or none",
    "picked_in_half": "the same of attention without heads in float16",
    "passing_masks": "layers that are called with one mask after the other",
    "many_slices": "TimeDistributed of many timesteps, in training too",
    "wide_tokens": "ids of every integer dtype, up to the largest, and in half precision",
    "large_drops": "dropout of many samples, timesteps, features and units",
    "casts_within": "layers of one dtype inside layers of another, and what is read around them",
}
"""By name of a deed, what is done."""

TOLD: dict[str, bool | None] = {"nothing": None, "True": True, "False": False}
"""By word, what a call is told about training."""
HOLDING = (
    "Dropout",
    "GaussianNoise",
    "the layer",
    "its cell",
    "RNN of the cell",
    "a stack of the cell",
    "Bidirectional",
    "TimeDistributed",
    "BatchNormalization",
    "Sequential",
    "Functional",
    "a layer of one's own",
)
"""What acts in training alone, or holds what does."""
WIDELY = ("Dropout", "GaussianNoise", "Sequential")
"""Those that are called inside anything."""
AROUND = ("a layer", "a layer without the argument", "a model")
"""What calls it: `training` is an argument of its call, or goes through it unseen."""
MANY = (4, 3, 8)
"""The shape of what is dropped at a rate of a half: so many numbers are never all kept."""
BEHIND = "a Dropout behind"
"""Called last, and told nothing, whatever the layers before it were told."""


def told_otherwise(told: bool | None, training: bool | None) -> bool:
    """Whether a layer is told something else about training than the call around it."""
    return told is not None and told != training


def told_in(deed: str) -> dict[str, bool | None]:
    """What the call of a model tells its layers: something, or nothing."""
    return {word: told for word, told in TOLD.items() if (told is None) == deed.startswith("un")}


WALK = ("train_on_batch", "fit", "evaluate", "predict")
"""Who calls a model whose call tells layers about training."""

DEPTHS = ("by itself", "within another", "within two others")
"""How deep a layer stands that is called without effects."""

PAIRS = (
    ("float32", "mixed_float16"),
    ("mixed_float16", "float32"),
    ("float32", "mixed_bfloat16"),
    ("mixed_bfloat16", "float32"),
    ("mixed_bfloat16", "mixed_float16"),
)
"""The policies of a layer, and of the one around it."""
WITHIN = (
    "a layer of one's own",
    "the layer",
    "Bidirectional",
    "RNN of a cell",
    "TimeDistributed",
    "Sequential",
    "one that raises an error",
)
"""What a layer calls, of a dtype of its own."""
WRAPPED = ("alone", "TimeDistributed", "Sequential", "Functional")
"""How a layer stands in a model that is told in its call about training."""
TIMES = ("first call", "second call")

FITTED = ("told_in_fit", "untold_in_fit")
"""Deeds that fit a model."""

PASSING = ("the layer", "RNN of its cell", "GlobalAveragePooling1D", "Attention")
"""Layers that are called with one mask after the other, none of which is kept."""
PASSES = 12
"""How many masks."""

SLICED = ("Dense", "BatchNormalization", "Functional", "BatchNormalization in training")
"""What TimeDistributed applies to each of many timesteps."""
SLICES = (1, 2, 17, 33, 65, 130)
COMPUTING = ("float32", "mixed_float16", "mixed_bfloat16")
"""The policies in which it does."""
MOMENTUM = 0.5
"""Of statistics that move in training."""
SAMPLES = 4
"""Of each slice: their mean has no digits more than they have."""

ROWS = 2**16
"""The vectors of a table; each spells its own number, in two numbers that 8 bits hold."""
TOKENS = {
    "int8": 2**7 - 1,
    "uint8": 2**8 - 1,
    "int16": 2**15 - 1,
    "uint16": ROWS - 1,
    "int32": ROWS - 1,
    "uint32": ROWS - 1,
    "int64": ROWS - 1,
}
"""By dtype of ids, the largest one that is in the table."""
LOOKING = ("alone", "in TimeDistributed", "in a model")
"""How an Embedding looks them up."""


def ids_of(dtype: str) -> list[int]:
    """Ids around every power of two, the largest one too."""
    around = {2**k + step for k in range(1, 17) for step in (-1, 0, 1)}
    return sorted({0, 1, TOKENS[dtype], *(n for n in around if n <= TOKENS[dtype])})


DROPPING = ("Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise")
LARGE = 1100
"""More than every power of two up to 1,024."""
EXTENDED = {"samples": (LARGE, 2, 64), "timesteps": (16, LARGE, 8), "features": (64, 2, LARGE)}
"""By axis that is long, a shape: across it are so many numbers that no two rows are alike."""
WIDE = 600
CROSSED = {"samples": (WIDE, 64), "features": (64, WIDE)}
"""The same of what a recurrent layer drops: samples, and features or units."""
DROPPED = ("input", "hidden state")
