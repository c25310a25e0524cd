"""What the groups of rules are about: names for the first parts of their ids."""

from __future__ import annotations

SUBJECTS = {
    "ACT": "Activations",
    "ALIAS": "What a call leaves alone",
    "ARTICLE": "The article's listings",
    "BACK": "go_backwards",
    "BAD": "Wrong use is refused",
    "BIAS": "Without a bias",
    "BIDIR": "Bidirectional",
    "CELL": "Cells called alone",
    "CONV": "ConvLSTM",
    "COST": "Time, memory and compilation",
    "CUDNN": "cuDNN kernels",
    "CTX": "What a call hands on",
    "DROP": "Dropout",
    "DTYPE": "Dtypes",
    "EDGE": "Corners of whole models",
    "EXPORT": "Export",
    "FILES": "Files of older releases",
    "FIT": "One step of training",
    "GIVEN": "NumPy arrays as arguments",
    "GRAD": "Gradients",
    "HIST": "Earlier calls",
    "IMPL": "implementation",
    "INIT": "Initial states",
    "INITW": "Initial weights",
    "LEARN": "Training a whole model",
    "LEDGER": "Signatures",
    "LIFE": "A model restored and trained on",
    "MASK": "Masks",
    "MASKOUT": "Masks handed on",
    "NEIGHBOUR": "Neighbouring layers under a mask",
    "PATH": "Ways to call",
    "REG": "Penalties",
    "RUN": "It runs",
    "SAVE": "Saving and copying",
    "SETTING": "Global settings",
    "SHAPE": "Shapes",
    "SHARE": "Shared cells",
    "SIZE": "Sizes",
    "SPELL": "Spellings of arguments",
    "STACK": "Stacked cells",
    "STATE": "Returned states",
    "STATEFUL": "Stateful layers",
    "STATIC": "Unknown sizes",
    "STRUCT": "What is returned",
    "SYMBOL": "Symbolic calls",
    "TIMEDIST": "TimeDistributed",
    "TWIN": "Two ways to the same numbers",
    "UNROLL": "Unrolled loops",
    "USERCELL": "Custom cells",
    "VALUE": "The equations",
    "VALUES": "Values at masked timesteps",
    "WEIGHT": "Weights",
}
"""By the part of a rule's id before its number; a test holds it to the rules."""


def subject_of(rule: str) -> str:
    """The first part of the id of a rule, such as `MASK` of `MASK-1`."""
    return rule.rpartition("-")[0]
