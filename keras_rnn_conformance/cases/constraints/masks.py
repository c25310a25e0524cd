"""Where a mask, and how it arrives, means something."""

from __future__ import annotations

from keras_rnn_conformance.cases.axis_values import FRONTS
from keras_rnn_conformance.cases.constraints.constraint import Constraint

MASKS = (
    Constraint(
        "zero_output_for_mask says nothing without a mask",
        lambda c: c["zero"] == 1 and c["mask"] == "none",
    ),
    Constraint(
        "how a mask arrives says nothing without a mask",
        lambda c: c["maskby"] != "arg" and c["mask"] == "none",
    ),
    Constraint(
        "what a mask is made of is tried on the mask argument of a direct call",
        lambda c: (
            c["maskas"] != "bool"
            and (c["mask"] == "none" or c["maskby"] != "arg" or c["via"] != "call")
        ),
    ),
    Constraint(
        "LSTM and GRU take a mask in a list",
        lambda c: c["maskas"] == "list" and (c.layer not in ("LSTM", "GRU") or c["as"] != "layer"),
    ),
    Constraint(
        "a mask that masks nothing cannot come from zeros",
        lambda c: c["maskby"] in FRONTS and c["mask"] == "ones",
    ),
    Constraint(
        "a mask beside that of the input is handed to a layer that is called directly",
        lambda c: (
            c["maskby"] == "both"
            and (
                c["via"] != "call"
                or c["as"] == "td"
                or c.layer == "TimeDistributed"
                or c["init"] == "symbolic"
                or (c["do"], c["what"]) not in (("call", "plain"), ("masks", "carried"))
            )
        ),
    ),
    Constraint(
        "these mask patterns need two timesteps",
        lambda c: (
            c["mask"] in ("right", "left", "alt", "first", "row", "ragged") and int(c["t"]) < 2
        ),
    ),
    Constraint("a gap needs three timesteps", lambda c: c["mask"] == "gap" and int(c["t"]) < 3),
    Constraint(
        "an Embedding gives floats of its own policy",
        lambda c: c["maskby"] == "embedding" and c["x"] != "same",
    ),
)
