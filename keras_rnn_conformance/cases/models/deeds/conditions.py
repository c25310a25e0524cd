"""Numbers and names of the deeds whose promise could be broken under a condition alone."""

from __future__ import annotations

CONDITIONS: dict[str, str] = {
    "told_training": "layers that are told `training`, or not, inside a call that was told itself",
    "told_behind": "a layer that is told nothing, called behind one that is told otherwise",
    "told_in_fit": "the same inside a model's own call, in training, assessment and prediction",
    "untold_in_fit": "layers told nothing inside a model's own call, in fit, evaluate and predict",
    "scopes_within": "stateless scopes and stateless_call inside each other",
    "picked_jointly": "attention where several masks together leave one key to a query, or none",
    "picked_in_half": "the same of attention without heads in float16",
    "passing_masks": "layers that are called with one mask after the other",
    "spoilt_norm": "BatchNormalization in training on NaN under its mask",
    "many_slices": "TimeDistributed of many timesteps, in training too",
    "wide_tokens": "ids of every integer dtype, up to the largest, and in half precision",
    "large_drops": "dropout of many samples, timesteps, features and units",
    "frozen_parts": "copies of models with frozen layers, cells and layers inside wrappers",
    "extremes": "weights of zero, of the largest and smallest numbers, out of files and copies",
    "extremes_h5": "such weights of bfloat16, out of an .h5 file",
    "zero_weights": "weights that are all zero, one after the other",
    "partial_files": "weights from files of models with other names, sizes and orders of layers",
    "policy_maps": "maps from paths to policies, and copies of these",
    "policy_maps_unsaid": "the same with the global policy for a default",
    "nothing_counts": "losses and metrics of sequences that masks or weights leave nothing of",
    "nothing_trained": "a step where a mask, sample weights or a share leave nothing of a branch",
    "casts_within": "layers of one dtype inside layers of another, and what is read around them",
}
"""By name of a deed, what is done."""

TOLD: dict[str, bool | None] = {"nothing": None, "True": True, "False": False}
"""By word, what a call is told about training."""
HOLDING = (
    "Dropout",
    "the layer",
    "its cell",
    "RNN of the cell",
    "Bidirectional",
    "TimeDistributed",
    "BatchNormalization",
    "Sequential",
    "Functional",
    "a layer of the user",
)
"""What acts in training alone, or holds what does."""
WIDELY = ("Dropout",)
"""Those that are called inside anything."""
BEFORE = ("Dropout", "the layer")
"""Those that stand before a layer which is told nothing."""
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
    ("mixed_bfloat16", "float32"),
    ("mixed_bfloat16", "mixed_float16"),
)
"""The policies of a layer, and of the one around it."""
WITHIN = (
    "a layer of the user",
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


def moments(within: str) -> tuple[str, ...]:
    """When a dtype is told: of a weight of the outer layer, of the inner one, or the output."""
    inside = ("inside",) if within == WITHIN[0] else ()
    output = ("of the output",) if within != WITHIN[-1] else ()
    return ("before", "after", *inside, "at the end", *output)


FITTED = ("told_in_fit", "untold_in_fit", "nothing_trained")
"""Deeds that fit a model."""

PASSING = ("the layer", "RNN of its cell", "GlobalAveragePooling1D")
"""Layers that are called with one mask after the other, none of which is kept."""
PASSES = 12
"""How many masks."""

SLICED = ("Dense", "BatchNormalization", "Functional", "BatchNormalization in training")
"""What TimeDistributed applies to each of many timesteps."""
SLICES = (2, 67)
"""How many: more than every power of two up to 64."""
COMPUTING = ("float32", "mixed_float16")
"""The policies in which it does."""
MOMENTUM = 0.5
"""Of statistics that move in training."""
EPSILON = 0.5
"""What is added to their variance."""
SAMPLES = 4
"""Of each slice: their mean has no digits more than they have."""

NORMED = {
    "of all sizes": (3, 4, 5),
    "of one size": (4, 4, 4),
    "of many samples": (67, 4, 3),
    "of many timesteps": (3, 67, 4),
    "of many features": (4, 3, 67),
}
"""Shapes of what is normalized: samples, timesteps and features."""

ROWS = 2**16 + 300
"""The vectors of a table; each spells its own number, in two numbers that 10 bits hold."""
TOKENS = {
    "int8": 2**7 - 1,
    "uint8": 2**8 - 1,
    "int16": 2**15 - 1,
    "uint16": 2**16 - 1,
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

FLAGGED: dict[str, tuple[str, ...]] = {
    "a chain": ("cloned", "loaded", "from h5"),
    "a nest": ("cloned within", "from JSON", "pickled"),
}
"""Models with frozen parts: layers, cells, and those inside wrappers; and what is made of them."""

FILLED = ("zero", "largest", "smallest", "infinite")
"""What the weights of the layers of a model are, in turn."""
_WAYS = ("a .keras file", "a .weights.h5 file", "pickle", "deepcopy", "set_weights")
FILLS: dict[str, dict[str, tuple[str, ...]]] = {
    "extremes": {
        "float64": ("a .weights.h5 file", "an .h5 file"),
        "float32": (*_WAYS, "an .h5 file"),
        "bfloat16": _WAYS,
    },
    "extremes_h5": {"bfloat16": ("an .h5 file",)},
}
"""By deed and dtype, the ways of copying such weights."""


def filled_as(dtype: str, what: str, way: str) -> str:
    """How many such weights a way of copying changed, as a fact is called."""
    return f"number of {what} {dtype} weights that {way} changed"


GIVER = ("a", "b", "c", "d", "e")
"""The layers of a model whose weights are saved: a recurrent one, four Dense, and those that fit.
"""
TAKERS: dict[str, tuple[tuple[str, int], ...]] = {
    "in another order": (("a", 3), ("d", 3), ("c", 3), ("b", 3), ("e", 3)),
    "with new names": (("a", 3), ("x", 3), ("c", 3), ("y", 3), ("e", 3)),
    "with fewer": (("a", 3), ("c", 3), ("e", 3)),
    "with more": (("a", 3), ("b", 3), ("x", 3), ("c", 3), ("d", 3), ("e", 3)),
    "of another size": (("a", 3), ("b", 3), ("c", 4), ("d", 3), ("e", 3)),
    "without a bias": (("a", 3), ("b", 3), ("c", 0), ("d", 3), ("e", 3)),
}
"""By name, the layers of a model that takes them, with their units; 0 for 3 without a bias."""
TAKING: dict[str, tuple[str, ...]] = {
    "by order": ("in another order",),
    "by order, skipping": ("with new names", "of another size"),
    "by order, skipping, from .weights.h5": ("with new names", "of another size"),
    "by name": ("in another order", "with new names", "with fewer", "with more"),
    "by name, skipping": ("with new names", "of another size", "without a bias"),
}
"""By way to load, the models that take the weights so."""
MISMATCHED = {"of another size": ("c", "d"), "without a bias": ("c",)}
"""By model, its layers with weights that do not fit."""


def loaded_from(way: str, taker: str) -> dict[str, str]:
    """By layer of a model that takes weights, from which layer of the other one they come."""
    layers = [name for name, _ in TAKERS[taker]]
    if way.startswith("by name"):
        pairs = {name: name for name in layers if name in GIVER}
    else:
        pairs = dict(zip(layers, GIVER, strict=False))
    return {one: other for one, other in pairs.items() if one not in MISMATCHED.get(taker, ())}


POLICY_PATHS = (
    "encoder/layer_0/dense",
    "encoder/attention/query",
    "decoder",
    "decoder/attention",
    "encoder",
    "encoders/dense",
    "model/lstm_cell",
    "other",
    "block_16/dense",
    "block_17/dense",
)
"""Paths that are asked of a map of policies."""
POLICY_MAP = {
    "encoder/layer_0/dense": "bfloat16",
    "encoder/.*": "float16",
    "decoder": "bfloat16",
    ".*/lstm_cell": "mixed_float16",
    **{f"block_{k}/dense": "bfloat16" for k in range(17)},
}
"""What it says of paths and of patterns, and of many."""
_FEW_ANSWERS = ("bfloat16", "float16", "bfloat16", "", "", "", "mixed_float16", "")
POLICY_ANSWERS = (*_FEW_ANSWERS, "bfloat16", "")
"""What it says of each: nothing where its default counts."""
MAP_WAYS = ("as it is", "from its configuration", "from JSON", "copied", "pickled")
MAP_DEFAULTS = {"policy_maps": ("float32", "mixed_bfloat16"), "policy_maps_unsaid": (None,)}
"""By deed, the default of the map: of none, the global policy counts."""

COUNTLESS_LOSSES = ("MeanSquaredError", "BinaryCrossentropy", "Huber", "CosineSimilarity")
COUNTLESS_METRICS = (
    "MeanSquaredError",
    "BinaryAccuracy",
    "Precision",
    "Recall",
    "MeanAbsoluteError",
)
"""Losses and metrics that are given nothing that counts."""
UNTRAINED: dict[str, list[str]] = {
    "masked": [],
    "weightless": ["of_second"],
    "no share": ["of_second"],
}
"""By way in which a branch of a model counts nothing, the layers that a step changes all the same.
"""
COUNTLESS_REDUCTIONS = ("sum_over_batch_size", "sum", "none", None)
"""What every release can make of the values of a loss."""

CARRYING = (
    "picked_jointly",
    "picked_in_half",
    "wide_tokens",
    "nothing_counts",
    "rebuilt_merges",
)
"""Deeds with tensors that carry masks."""
PICKLING = ("digits", "nested_pickled", "extremes", "frozen_parts", "copied_drops")
"""Deeds, these and others, that pickle models."""
