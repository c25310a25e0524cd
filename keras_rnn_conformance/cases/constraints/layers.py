"""Which options a layer, a cell or a wrapper has, and which of them go together."""

from __future__ import annotations

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.axis_values import DIFFERENT, FRONTS, WIDTHS
from keras_rnn_conformance.cases.constraints.constraint import Constraint

LAYERS = (
    Constraint(
        "a single tensor is the initial state of a layer with one state",
        lambda c: (
            c["init"] == "tensor"
            and (c.layer not in ("SimpleRNN", "GRU") or c["as"] not in ("layer", "cell"))
        ),
    ),
    Constraint(
        "states are wider than the policy of a layer that is called directly",
        lambda c: (
            c["init"] in WIDTHS
            and (
                c["dtype"] == "f64"
                or (c["init"] == "wide" and c["dtype"] == "f32")
                or c["as"] not in ("layer", "bi", "rnn")
                or c["via"] != "call"
                or c["do"] != "call"
            )
        ),
    ),
    Constraint(
        "a cell has one timestep and no sequence options",
        lambda c: (
            c["as"] == "cell"
            and (
                c["t"] != 1
                or any(c[k] for k in ("seq", "state", "back", "unroll", "stateful", "zero"))
                or c["mask"] != "none"
                or c["static"] != "all"
                or c["via"] != "call"
            )
        ),
    ),
    Constraint(
        "merge_mode and backward_layer belong to Bidirectional",
        lambda c: c["as"] != "bi" and (c["merge"] != "concat" or c["own"] != 0),
    ),
    Constraint(
        "Bidirectional sets the direction of a backward layer that it makes",
        lambda c: c["as"] == "bi" and c["back"] == 1 and c["own"] == 0,
    ),
    Constraint(
        "outputs of different sizes are joined or kept apart",
        lambda c: c["own"] == 2 and c["merge"] not in ("concat", "none"),
    ),
    Constraint(
        "Bidirectional forces zero_output_for_mask", lambda c: c["as"] == "bi" and c["zero"] == 1
    ),
    Constraint(
        "use_cudnn is an argument of the layer, not of the cell",
        lambda c: c["cudnn"] != "auto" and c["as"] not in ("layer", "bi"),
    ),
    Constraint(
        "unrolling needs a known number of timesteps",
        lambda c: c["unroll"] == 1 and c["static"] in ("time", "none"),
    ),
    Constraint(
        "a stateful layer needs a known batch size",
        lambda c: c["stateful"] == 1 and c["static"] in ("batch", "none"),
    ),
    Constraint(
        "resetting shows in a second call",
        lambda c: c["reset"] != "none" and int(c["calls"]) < 2,
    ),
    Constraint(
        "a layer without states of its own is reset by reset_state; Bidirectional refuses",
        lambda c: (
            c["reset"] != "none"
            and c["stateful"] == 0
            and (c["reset"] != "between" or c["as"] == "bi")
        ),
    ),
    Constraint("unrolling needs at least one timestep", lambda c: c["unroll"] == 1 and c["t"] == 0),
    Constraint(
        "strides and dilation exclude each other",
        lambda c: c.layer.startswith("Conv") and int(c["stride"]) > 1 and int(c["dil"]) > 1,
    ),
    Constraint(
        "ConvLSTM cells are not wrapped by these cases, and ConvLSTM layers by two wrappers",
        lambda c: (
            c.layer.startswith("Conv")
            and c["as"] not in ("layer", "bi")
            and (c["as"] != "td" or c["do"] != "call")
        ),
    ),
    Constraint(
        "Masking and Embedding make sequences of vectors, not of images",
        lambda c: c.layer.startswith("Conv") and c["maskby"] in FRONTS,
    ),
    Constraint(
        "channels first are tried on a call, and on the weights and states before it",
        lambda c: (
            c["fmt"] == "first"
            and c["do"] != "call"
            and not (c["do"] == "init" and c["what"] in ("words", "objects", "callables"))
            and c["what"] != "format"
        ),
    ),
    Constraint(
        "image_data_format is set to channels first, for a layer that is called",
        lambda c: (
            c.layer.startswith("Conv")
            and c["fmtby"] != "arg"
            and (c["fmt"] != "first" or c["do"] not in ("call", "settings") or c["as"] != "layer")
        ),
    ),
    Constraint(
        "Bidirectional joins its outputs along the last axis, the channels",
        lambda c: c["fmt"] == "first" and c["as"] == "bi",
    ),
    Constraint(
        "TimeDistributed wraps a Dense, which has one output and no sequence options",
        lambda c: (
            c.layer == "TimeDistributed"
            and (
                c["as"] not in ("layer", "td")
                or c["init"] != "none"
                or any(c[k] for k in ("seq", "state", "back", "unroll", "stateful", "zero"))
            )
        ),
    ),
    Constraint(
        "a cell of the user's own has no options, and is called in RNN or a stack",
        lambda c: (
            c.layer == "RNN"
            and (
                c["as"] not in ("layer", "list", "stack", "bi", "td")
                or c["act"] != "tanh"
                or c["bias"] != 1
                or c["drop"] != 0
                or c["rdrop"] != 0
            )
        ),
    ),
    Constraint(
        "these cells of the user's own are called in RNN itself",
        lambda c: (
            (c.layer == "RNN" and c["as"] != "layer" and c["cell"] == "nested")
            or (c["as"] in ("bi", "td") and c["cell"] == "class")
        ),
    ),
    Constraint(
        "a policy of its own is given to RNN or Bidirectional around float32, with inputs of "
        "its dtype",
        lambda c: (
            c["outer"] != "same"
            and (
                c.layer not in RECURRENT
                or c["as"] not in ("rnn", "stack", "bi")
                or (c["as"] == "bi" and (c["state"] == 1 or c["merge"] not in ("concat", "none")))
                or (c["dtype"], c["x"], c["do"], c["via"]) != ("f32", "f16", "call", "call")
                or c["init"] != "none"
                or any(c[k] for k in ("stateful", "train", "own"))
            )
        ),
    ),
    Constraint(
        "a stack with a policy of its own rounds its states at each timestep, and so has one",
        lambda c: c["outer"] != "same" and c["as"] == "stack" and c["t"] != 1,
    ),
    Constraint(
        "different cells of the user's own are cells of a stack",
        lambda c: c["cell"] in DIFFERENT and c["as"] not in ("list", "stack"),
    ),
    Constraint(
        "angles are those between the rows and columns of matrices that have two of each",
        lambda c: (
            c["what"] == "angles"
            and (c.layer not in RECURRENT or int(c["in"]) < 2 or int(c["u"]) < 2)
        ),
    ),
    Constraint(
        "a whole layer of the user's own is wrapped; it takes no mask, and knows its timesteps",
        lambda c: (
            c["cell"] in ("whole", "spare")
            and (
                c["as"] not in ("bi", "td")
                or c["mask"] != "none"
                or c["static"] in ("time", "none")
                or any(c[k] for k in ("unroll", "stateful", "train", "own"))
                or c["do"] != "call"
            )
        ),
    ),
)
