"""What histories, values and counted costs exclude: see `constraints`."""

from __future__ import annotations

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.axis import words_of
from keras_rnn_conformance.cases.axis_values import CHANGING, DIFFERENT, FRONTS, TRAINS
from keras_rnn_conformance.cases.constraints.constraint import Constraint
from keras_rnn_conformance.cases.scenarios.table import INDEPENDENCE, RESTORING, SHARED

_OPEN_BATCH = ("batch", "none")
_OPEN_TIME = ("time", "none")
_DIRECT = ("call", "subclass", "stateless")
READ = (*CHANGING, *TRAINS, *words_of("batch length mask remask restate copied"))
"""The histories whose calls draw masks that are read."""

CONDITIONS = (
    Constraint(
        "the tokens of an Embedding that is looked at are under a mask",
        lambda c: c["what"] in ("tokens", "stray_token") and c["mask"] == "none",
    ),
    Constraint(
        "what is fed to itself has as many features as units, and is a layer called once",
        lambda c: (
            c["what"] in SHARED
            and (
                c.layer not in RECURRENT
                or c["as"] != "layer"
                or c["via"] != "call"
                or (c["mask"] != "none" and (c["what"] != "places" or c["maskby"] != "arg"))
                or c["init"] != "none"
                or c["static"] != "all"
                or (c["what"] != "models" and c["in"] != c["u"])
                or (c["what"] == "chain" and c["back"] == 1)
                or any(c[k] for k in ("stateful", "zero", "train"))
            )
        ),
    ),
    Constraint(
        "costs are counted of layers that are called directly or in a model",
        lambda c: c["do"] == "cost" and (c["as"] == "cell" or c["via"] != "call"),
    ),
    Constraint(
        "a direction is one of two, a unit one of a plain layer, a place one of an image",
        lambda c: (
            (c["what"] == "direction" and (c["as"] != "bi" or c["merge"] != "none"))
            or (
                c["what"] == "unit"
                and (c["as"] != "layer" or c.layer not in RECURRENT or c["hold"] != "numbers")
            )
            or (c["what"] == "pixel" and not c.layer.startswith("Conv"))
        ),
    ),
    Constraint(
        "NumPy arrays are handed to a layer that is called directly; NumPy has no bfloat16",
        lambda c: (
            c["given"] != "tensor"
            and (
                c["via"] != "call"
                or c["maskby"] != "arg"
                or c["maskas"] != "bool"
                or c["dtype"] in ("bf16", "mbf16")
                or c["do"] != "call"
                or c["init"] in ("symbolic", "layer")
            )
        ),
    ),
    Constraint(
        "what a masked timestep holds says nothing without a mask, or where the mask is made of "
        "it; a Dense reads it",
        lambda c: (
            c["hold"] != "numbers"
            and (
                (c["mask"] == "none" and c["what"] not in (*INDEPENDENCE, "recovers"))
                or c["maskby"] in FRONTS
                or c.layer == "TimeDistributed"
                or c["x"] != "same"
                or (c["hold"] == "huge" and c["dtype"] in ("f16", "mf16"))
                or c["init"] == "layer"
                or c["via"] == "td"
                or c["then"] == "dtype"
                or (c["do"] not in ("call", "grad", "fit", "twin") and c["what"] != "masks")
            )
        ),
    ),
    Constraint(
        "other magnitudes are those of the input of a call in single precision or bfloat16",
        lambda c: (
            c["mag"] != "one"
            and (
                c["dtype"] in ("f16", "mf16")
                or c["x"] != "same"
                or c["do"] not in ("call", "grad")
                or c["init"] == "layer"
                or c["maskby"] in FRONTS
                or c["then"] == "dtype"
            )
        ),
    ),
    Constraint(
        "all the digits of a dtype are those of single and of double precision",
        lambda c: c["mag"] == "fine" and c["dtype"] not in ("f32", "f64"),
    ),
    Constraint(
        "NaN is followed forwards along a returned sequence, from its second timestep on",
        lambda c: c["what"] == "spreads" and (c["seq"] == 0 or c["back"] == 1 or int(c["t"]) < 2),
    ),
    Constraint(
        "outputs before another last timestep are those of a returned sequence",
        lambda c: c["what"] == "later" and (c["seq"] == 0 or c["back"] == 1 or int(c["t"]) < 2),
    ),
    Constraint(
        "a Dropout inside of a cell that draws anew shows on many numbers",
        lambda c: c["what"] == "held" and int(c["u"]) * int(c["t"]) * int(c["n"]) < 32,
    ),
    Constraint(
        "a mask of one timestep less has a timestep",
        lambda c: c["what"] == "mask_short" and int(c["t"]) < 2,
    ),
    Constraint(
        "that dropout acts, and draws anew, shows on several numbers",
        lambda c: (
            c["do"] == "train"
            and c["what"] in ("acts", "seed", "frozen", "steps")
            and int(c["u"]) * int(c["n"]) * int(c["in"]) < 12
        ),
    ),
    Constraint(
        "loud and faint are initial states that the case hands over",
        lambda c: c["mag"] in ("loud", "faint") and c["init"] == "none",
    ),
    Constraint(
        "numbers near that of Masking are single ones",
        lambda c: c["maskby"] == "near" and (c["dtype"] != "f32" or c["x"] != "same"),
    ),
    Constraint(
        "a history has two calls, of whatever is called more than once",
        lambda c: (
            c["then"] != "none"
            and (
                int(c["calls"]) < 2
                or (c["do"] not in ("call", "export") and c["what"] != "masks")
                or c["via"] in ("stream", "td")
                or c["init"] in ("layer", "symbolic")
                or c["maskby"] in FRONTS
                or c.layer == "TimeDistributed"
            )
        ),
    ),
    Constraint(
        "calls of other sizes need sizes that are not known, but of a layer called directly",
        lambda c: (
            (
                c["then"] in ("batch", "both")
                and (
                    c["stateful"] == 1
                    or (c["via"] not in _DIRECT and c["static"] not in _OPEN_BATCH)
                )
            )
            or (c["then"] == "length" and c["via"] not in _DIRECT and c["static"] not in _OPEN_TIME)
            or (c["then"] == "length" and c["as"] == "cell")
        ),
    ),
    Constraint(
        "an exported model is called again with other sizes alone, which it does not know",
        lambda c: (
            c["do"] == "export"
            and (
                c["then"] not in ("none", "batch", "length")
                or (c["then"] == "batch" and c["static"] not in _OPEN_BATCH)
                or (c["then"] == "length" and c["static"] not in _OPEN_TIME)
            )
        ),
    ),
    Constraint(
        "calls of another dtype are direct ones; training is an argument of a call",
        lambda c: (
            (c["then"] == "dtype" and (c["via"] != "call" or c["outer"] != "same"))
            or (c["then"] in TRAINS and c["via"] in ("predict", "batch", "jit", "graph"))
        ),
    ),
    Constraint(
        "a mask or a state comes and goes as an argument of a call, or is another one, and an "
        "array holds something else where it is an array",
        lambda c: (
            (
                c["then"] in ("mask", "state", "remask", "restate")
                and (
                    c["via"] not in (*_DIRECT, "graph")
                    or c["maskby"] != "arg"
                    or c["as"] in ("cell", "td")
                    or c["reset"] != "none"
                )
            )
            or (c["then"] == "mask" and (int(c["t"]) < 2 or c["cell"] in ("whole", "spare")))
            or (c["then"] == "state" and c["as"] == "model")
            or (c["then"] == "remask" and (c["mask"] == "none" or int(c["t"]) < 3))
            or (c["then"] == "restate" and c["init"] == "none")
            or (c["then"] == "refill" and c["given"] != "array")
        ),
    ),
    Constraint(
        "a dtype policy is set for all layers where one is asked for, of every layer the same, and "
        "nothing is said of the dtype elsewhere",
        lambda c: (
            c["dtypeby"] != "arg"
            and (
                c["dtype"] == "f32"
                or c["outer"] != "same"
                or c["do"] not in ("call", "train", "twin", "grad", "fit", *RESTORING)
                or (c["do"] == "config" and c["what"] != "numbers")
            )
        ),
    ),
    Constraint(
        "a copy between the calls is one of a layer that its configuration describes, and keeps "
        "nothing",
        lambda c: (
            c["then"] == "copied"
            and (
                c["via"] != "call"
                or c["do"] == "export"
                or c["impl"] != 2
                or c["cudnn"] != "auto"
                or c["cell"] != "plain"
                or c["as"] in ("model", "mix")
                or c.layer == "RNN"
                or "callable" in (c["act"], c["ract"])
                or c["stateful"] == 1
            )
        ),
    ),
    Constraint(
        "masks of several calls are read of layers that keep no state from call to call",
        lambda c: (
            c["what"] == "masks"
            and c["then"] != "none"
            and (c["as"] == "cell" or c["stateful"] == 1 or c["then"] not in READ)
        ),
    ),
    Constraint(
        "what recovers had a call on numbers that spoil everything",
        lambda c: c["what"] == "recovers" and c["hold"] == "numbers",
    ),
    Constraint(
        "a stateful layer keeps its batch size, and what has no samples another",
        lambda c: c["what"] == "empty" and c["stateful"] == 1,
    ),
    Constraint(
        "a layer whose first call is before those of the case keeps nothing of it",
        lambda c: c["then"] == "woken" and (c["stateful"] == 1 or c["do"] != "call"),
    ),
    Constraint(
        "weights that change are those of layers",
        lambda c: c["then"] in (*CHANGING, "woken") and c["cell"] in ("class", *DIFFERENT),
    ),
    Constraint(
        "dropout in a call is that of a history that goes into training and back, and no state "
        "stays of it",
        lambda c: (
            c["do"] == "call"
            and bool(c["train"] or c["then"] in TRAINS)
            and bool(c["drop"] or c["rdrop"])
            and (c["then"] not in TRAINS or c["stateful"] == 1)
        ),
    ),
)
