"""Which options exclude each other, and why: data for ids, covering arrays and the shrinker."""

from __future__ import annotations

from keras_rnn_conformance.cases.api.serialized_arguments import ARGUMENTS, KEPT, class_of
from keras_rnn_conformance.cases.axes import OPTIONS, RECURRENT
from keras_rnn_conformance.cases.axis_values import FRONTS, STACKS
from keras_rnn_conformance.cases.constraints.article import ARTICLE
from keras_rnn_conformance.cases.constraints.conditions import CONDITIONS
from keras_rnn_conformance.cases.constraints.constraint import Constraint, Options
from keras_rnn_conformance.cases.constraints.layers import LAYERS
from keras_rnn_conformance.cases.constraints.masks import MASKS
from keras_rnn_conformance.cases.models.courses import sized
from keras_rnn_conformance.cases.models.edges import OPTIONAL
from keras_rnn_conformance.cases.models.shelf import FILES, ROWS, SIZES
from keras_rnn_conformance.cases.scenarios.table import BY_NAME, HELD

DEEP = ("list", "stack", "behind", "even", "model")
"""The values of `as` that take a number of cells or layers."""

FREE = ("do", "what", "n", "in", "mask", "dtype")
"""The options of a whole model."""


def _wrapped(case: Options) -> bool:
    return case["as"] in STACKS


def _no_such_argument(case: Options) -> bool:
    """A constructor argument that the class of the case does not have."""
    what = case["what"]
    if case["do"] != "config" or what not in ARGUMENTS:
        return False
    return what not in KEPT.get(class_of(case), ())


def _not_of_the_file(case: Options) -> bool:
    """A layer, a size or a mask that the model in a file does not have."""
    if case["do"] != "file" or case["what"] not in FILES:
        return False
    row = ROWS[FILES[str(case["what"])][0]]
    wanted = {**SIZES, "mask": row.mask, "dtype": "f32"}
    return case.layer != row.layer or any(case[key] != value for key, value in wanted.items())


CONSTRAINTS = (
    *ARTICLE,
    *CONDITIONS,
    *MASKS,
    *LAYERS,
    Constraint(
        "a mask goes through a model by a layer, and into one layer as an argument or not at all",
        lambda c: (
            c["do"] == "masks"
            and (
                (c["what"] == "model") is not (c["maskby"] in FRONTS)
                or (c["mask"] == "none" and c["what"] == "model")
            )
        ),
    ),
    Constraint(
        "a model of masked layers is made of SimpleRNN, LSTM or GRU layers",
        lambda c: c["what"] == "model" and (c.layer not in RECURRENT or c["as"] != "layer"),
    ),
    Constraint(
        "a mixed stack has the cells of the three layers",
        lambda c: c["as"] == "mix" and c.layer not in RECURRENT,
    ),
    Constraint(
        "TimeDistributed around a recurrent layer needs nested sequences",
        lambda c: (
            c["as"] == "td" and (c["stateful"] == 1 or c["init"] != "none" or c["state"] == 1)
        ),
    ),
    Constraint(
        "a stack of cells takes its initial state as a list",
        lambda c: _wrapped(c) and c["init"] not in ("none", "list"),
    ),
    Constraint(
        "a number of cells or layers belongs to a list or stack, or to a model",
        lambda c: c["deep"] != 0 and c["as"] not in DEEP,
    ),
    Constraint(
        "a model of layers is called on a sequence and a mask, and gives the last output alone",
        lambda c: (
            c["as"] == "model"
            and (
                c.layer not in RECURRENT
                or (c["do"], c["init"], c["maskby"]) != ("call", "none", "arg")
                or any(c[k] for k in ("state", "back", "zero", "stateful"))
                or c["via"] not in ("call", "predict")
            )
        ),
    ),
    Constraint(
        "weights are handed to the constructor of Bidirectional",
        lambda c: (c["do"], c["what"]) == ("init", "weights") and c["as"] != "bi",
    ),
    Constraint(
        "a global setting is told from a layer that is called once, and says nothing itself",
        lambda c: (
            c["do"] == "settings"
            and (
                c.layer in ("RNN", "TimeDistributed")
                or c["via"] != "call"
                or c["calls"] != 1
                or c["maskby"] != "arg"
                or c["init"] != "none"
                or c["as"] == "cell"
                or (c["dtype"] == "f32") is (c["what"] in ("policy", "floatx", "late"))
                or (c["what"] == "random") is not (c["drop"] != 0)
            )
        ),
    ),
    Constraint(
        "arguments are written in another way for a layer that is called once",
        lambda c: (
            c["do"] == "written"
            and (
                c.layer in ("RNN", "TimeDistributed")
                or c["as"] != "layer"
                or c["via"] != "call"
                or c["calls"] != 1
                or c["maskby"] != "arg"
                or c["init"] not in ("none", "list")
                or c["train"] == 1
            )
        ),
    ),
    Constraint(
        "words in capitals are those of padding",
        lambda c: c["what"] == "capitals" and not c.layer.startswith("Conv"),
    ),
    Constraint("an argument is kept by a class that has it", _no_such_argument),
    Constraint(
        "Bidirectional hands the arguments of a layer of Keras on to both directions",
        lambda c: c["what"] == "handed" and (c["as"] != "bi" or c.layer == "RNN"),
    ),
    Constraint(
        "the penalty on the output inside a model is that of a layer, or of each direction",
        lambda c: (
            c["do"] == "reg"
            and c["what"] in ("within", "holding")
            and (c["as"] not in ("layer", "bi") or c["state"] == 1)
        ),
    ),
    Constraint(
        "TimeDistributed takes no initial state, keeps none, and gives one tensor",
        lambda c: (
            c["via"] == "td"
            and (
                c["init"] != "none"
                or c["stateful"] == 1
                or c["state"] == 1
                or c["maskby"] != "arg"
                or c["as"] != "layer"
            )
        ),
    ),
    Constraint(
        "a Sequential model has one input",
        lambda c: c["via"] == "sequential" and c["init"] != "none",
    ),
    Constraint(
        "an Embedding inside a model holds the input of one call",
        lambda c: c["via"] != "call" and c["maskby"] == "embedding" and int(c["calls"]) > 1,
    ),
    Constraint(
        "nothing is done between the batches of one predict, and all have one size",
        lambda c: c["via"] == "stream" and (c["reset"] != "none" or c["static"] != "all"),
    ),
    Constraint(
        "a layer's transform of its own leaves its kept states behind",
        lambda c: c["via"] == "graph" and c["stateful"] == 1,
    ),
    Constraint(
        "sequences of sequences are those of TimeDistributed",
        lambda c: c["slices"] != 3 and c["as"] != "td",
    ),
    Constraint(
        "what a stateless call leaves to the next is looked at in a layer by itself",
        lambda c: c["via"] == "stateless" and c["stateful"] == 1 and c["as"] != "layer",
    ),
    Constraint(
        "gradients are taken of Keras's own cells, called directly, in a graph or inside XLA",
        lambda c: (
            c["do"] == "grad"
            and (
                c.layer in ("RNN", "TimeDistributed")
                or c["via"] not in ("call", "graph", "jit")
                or c["stateful"] == 1
                or c["maskby"] != "arg"
                or c["init"] in ("symbolic", "layer")
            )
        ),
    ),
    Constraint(
        "a training step is taken of one tensor",
        lambda c: (
            c["do"] == "fit"
            and (c["state"] == 1 or c["init"] != "none" or c["via"] not in ("call", "jit"))
        ),
    ),
    Constraint(
        "a training step with penalties is one in single precision",
        lambda c: c["what"] == "penalized" and (c["dtype"] != "f32" or c["static"] != "all"),
    ),
    Constraint(
        "dropout in training is read of two directions of the same size",
        lambda c: c["do"] == "train" and c["own"] == 2,
    ),
    Constraint(
        "a cell alone is no model",
        lambda c: (
            c["as"] == "cell"
            and c["do"] in ("clone", "keras", "h5", "legacy", "fit", "grad", "reuse", "export")
        ),
    ),
    Constraint(
        "gates and candidates without any limit grow beyond 16-bit numbers",
        lambda c: (
            c["ract"] == "none"
            and c["act"] in ("none", "relu")
            and c["dtype"] in ("f16", "bf16", "mf16", "mbf16")
        ),
    ),
    Constraint(
        "dropout in training is seen of a layer that has a rate",
        lambda c: c["do"] == "train" and c["drop"] == 0 and c["rdrop"] == 0,
    ),
    Constraint(
        "initial states in training are handed in a list to a layer that is called directly",
        lambda c: (
            c["do"] == "train"
            and c["init"] != "none"
            and (
                c["init"] != "list"
                or c["as"] not in ("layer", "rnn", "behind", "bi")
                or c["what"] != "masks"
                or c.layer not in RECURRENT
            )
        ),
    ),
    Constraint(
        "cells that hand on what they get are beside one whose dropout is seen, or a wrong one",
        lambda c: (
            c["as"] in ("behind", "ahead", "amid")
            and (c["do"] not in ("train", "bad") or c.layer not in RECURRENT)
        ),
    ),
    Constraint(
        "how wide a cell in front is follows from the features, which the case says",
        lambda c: c["as"] in ("behind", "amid") and c["in"] == 0,
    ),
    Constraint(
        "masks are read of one cell, or of one in each direction",
        lambda c: (
            (c["do"], c["what"]) == ("train", "masks")
            and c["as"] in ("list", "stack", "mix", "one")
        ),
    ),
    Constraint(
        "a Dropout that a cell of the user's own holds is seen behind the cell of RNN",
        lambda c: (
            c["what"] in HELD
            and (
                c.layer not in RECURRENT
                or c["as"] != "rnn"
                or c["rdrop"] != 0
                or not 0 < int(c["drop"]) < 100
                or any(c[k] for k in ("stateful", "state"))
            )
        ),
    ),
    Constraint(
        "what is inside is told from the layer where something is",
        lambda c: c["what"] == "inside" and c["as"] not in ("rnn", "bi", "td"),
    ),
    Constraint(
        "a whole model is made of SimpleRNN, LSTM or GRU layers, and says itself how they are used",
        lambda c: (
            BY_NAME[str(c["do"])].whole
            and (
                c.layer not in RECURRENT
                or c["t"] == 0
                or c["mask"] == "all"
                or c["seq"] == 1
                or c["state"] == 1
                or any(c[a.key] != a.default for a in OPTIONS if a.key not in FREE)
            )
        ),
    ),
    Constraint(
        "a course needs a sample to train on, and a second batch where it is restored between two",
        lambda c: c["do"] == "learn" and int(c["n"]) < sized(str(c["what"]), int(c["t"])).least,
    ),
    Constraint("a file holds one model, of its own layer and sizes", _not_of_the_file),
    Constraint(
        "a mask that may be left out, or says how long sequences are, is there to be given",
        lambda c: c["do"] == "edge" and c["what"] in ("ragged", *OPTIONAL) and c["mask"] == "none",
    ),
    Constraint(
        "two parts, and two lengths, need two timesteps",
        lambda c: c["what"] in ("chunks", "lengths") and int(c["t"]) < 2,
    ),
)
