"""`Bidirectional`: two directions, and how their outputs and states come together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import form_rules as forms
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

BI = "keras.layers.Bidirectional"
SMALL: dict[str, int | str] = {"u": 2, "t": 3, "n": 4, "as": "bi"}
LARGE: dict[str, int | str] = {"u": 9, "t": 17, "n": 11, "in": 13}
MODES = ("concat", "sum", "mul", "ave", "none")
ORDER = ("own", "stateful", "calls", "init", "mask", "merge")
"""What decides which rule the values are held to, the most specific first."""


def cases(profile: str) -> Iterator[Case]:
    """Every merge mode with every return option; masks, states, own backward layers."""
    yield _of("LSTM", seq=1, state=1)
    yield _of("GRU", seq=1, mask="right")
    if profile == "smoke":
        return
    for mode in MODES:
        for seq, state in ((0, 0), (0, 1), (1, 0), (1, 1)):
            yield _of("LSTM", seq=seq, state=state, merge=mode)
        yield _of("GRU", seq=1, state=1, merge=mode)
        yield _of("SimpleRNN", seq=1, mask="right", merge=mode, **LARGE)
    for layer, mode in (("GRU", "concat"), ("GRU", "none"), ("SimpleRNN", "sum")):
        yield _of(layer, seq=1, state=1, merge=mode, init="list", mask="gap")
    yield from _masked_and_unrolled()
    yield from _states()
    yield from _own()
    # unrolled, the last output is the state that is returned beside it
    for layer, mode in (("SimpleRNN", "sum"), ("LSTM", "mul"), ("GRU", "ave")):
        yield _of(layer, seq=0, state=1, unroll=1, merge=mode)
    for layer in (*RECURRENT, "ConvLSTM1D"):
        yield Case.of(layer, t=3, as_="bi", do="config", what="handed")
    for layer, policy in (("LSTM", "mf16"), ("GRU", "f16"), ("SimpleRNN", "f64")):
        yield _of(layer, seq=1, state=1, dtype=policy)
    for (layer, policy), mode in product((("GRU", "mf16"), ("LSTM", "bf16")), MODES[1:]):
        yield _of(layer, seq=1, state=1, dtype=policy, merge=mode)
    if profile == "thorough":
        yield from _thorough()


def _of(layer: str, **options: int | str) -> Case:
    return Case.from_options(layer, {**SMALL, **options})


def _masked_and_unrolled() -> Iterator[Case]:
    for layer in RECURRENT:
        yield _of(layer, seq=1, mask="left")
        yield _of(layer, seq=0, state=1, mask="right")
        yield _of(layer, seq=1, unroll=1, state=1)
        yield _of(layer, seq=1, unroll=1, mask="right")
    yield _of("LSTM", seq=1, mask="gap", maskby="masking", merge="mul")
    yield _of("LSTM", seq=1, cudnn="false", state=1)
    yield _of("GRU", seq=1, bias=0)
    yield _of("LSTM", seq=1, bias=0, ract="hard_sigmoid")
    yield _of("GRU", seq=0, after=0, act="relu")


def _states() -> Iterator[Case]:
    for layer in RECURRENT:
        yield _of(layer, seq=1, state=1, init="list")
        yield _of(layer, seq=0, stateful=1, calls=2)
    yield _of("LSTM", seq=0, init="tuple", merge="none")
    yield _of("GRU", seq=1, state=1, init="layer")
    yield _of("LSTM", seq=1, state=1, init="symbolic")
    yield _of("LSTM", seq=1, stateful=1, calls=2, reset="between")
    yield _of("SimpleRNN", stateful=1, calls=2, reset="alias")
    for layer, merge in (("GRU", "sum"), ("LSTM", "none"), ("SimpleRNN", "mul"), ("GRU", "ave")):
        yield _of(layer, stateful=1, calls=2, reset="between", merge=merge)
    yield _of("GRU", seq=1, stateful=1, calls=2, mask="right", merge="sum")
    yield _of("GRU", seq=1, state=1, stateful=1, calls=2)
    yield _of("LSTM", seq=0, state=1, stateful=1, merge="none")
    yield _of("LSTM", seq=1, state=1, static="none")
    yield _of("LSTM", stateful=1, calls=2, init="list")


def _own() -> Iterator[Case]:
    for back in (0, 1):
        yield _of("LSTM", seq=1, state=1, own=1, back=back)
        yield _of("GRU", seq=0, state=1, own=1, back=back, mask="gap")
    for merge in ("concat", "none"):
        yield _of("SimpleRNN", seq=1, state=1, own=2, merge=merge)
    yield _of("GRU", seq=1, own=1, cudnn="false")
    for back in (0, 1):
        yield _of("SimpleRNN", seq=1, own=1, back=back, mask="gap")
    for layer, mode in (("LSTM", "concat"), ("GRU", "sum"), ("SimpleRNN", "none")):
        yield _of(layer, seq=1, state=1, own=1, merge=mode, init="list")
    yield _of("LSTM", seq=1, own=1, stateful=1, calls=2, mask="right")
    yield _of("GRU", state=1, own=1, dtype="mf16", unroll=1)


def _thorough() -> Iterator[Case]:
    for layer in RECURRENT:
        for mode in MODES:
            for unroll, mask in ((u, m) for u in (0, 1) for m in ("right", "left", "gap", "row")):
                yield _of(layer, seq=1, state=1, merge=mode, unroll=unroll, mask=mask, init="list")
            yield _of(layer, seq=1, merge=mode, own=1, mask="row")


both_ways = forms.called("bi")


def by(*keys: str) -> Callable[[Case], bool]:
    """A predicate: the values of a Bidirectional are governed by one of the named axes."""

    def applies(case: Case) -> bool:
        if not (governs("as")(case) and case["as"] == "bi"):
            return False
        return next((key for key in ORDER if key in case.departures), "merge") in keys

    return applies


value_rule(
    "BIDIR-1",
    "As merge_mode says, the outputs of the two directions, the backward one put back into"
    " time order, are concatenated, added, multiplied, averaged or returned side by side; "
    "the states follow, the forward ones first.",
    source=f"{BI}, merge_mode",
    applies=by("merge"),
)

value_rule(
    "BIDIR-2",
    "With return_sequences the outputs of masked timesteps are zeros in both "
    "directions; the states skip masked timesteps.",
    source=f"{BI}, layer",
    applies=by("mask"),
)

value_rule(
    "BIDIR-3",
    "The first half of initial_state belongs to the forward layer, the second half to the "
    "backward layer.",
    source=f"{BI}, call arguments",
    applies=by("init"),
)

value_rule(
    "BIDIR-4",
    "A backward_layer is used as it is given; its go_backwards is the opposite of the "
    "layer's, and its output is put back into time order.",
    source=f"{BI}, backward_layer",
    applies=lambda c: by("own")(c) and not c["back"],
)

value_rule(
    "BIDIR-5",
    "A stateful Bidirectional continues from the states of the previous call in both "
    "directions, and from zeros after reset_state.",
    source=f"{BI}, layer; keras.layers.RNN, stateful",
    applies=by("stateful", "calls"),
)


@rule(
    "BIDIR-6",
    "Bidirectional returns one output, or two with merge_mode=None; with return_state, the"
    " states of the forward layer and then of the backward layer follow.",
    source=f"{BI}, merge_mode; keras.layers.RNN, Output shape",
    applies=both_ways,
)
def outputs_then_states(trial: Trial) -> Iterator[Failure]:
    yield from forms.structure(trial)


@rule(
    "BIDIR-7",
    "The symbolic output of Bidirectional has the structure, shapes and dtypes of the "
    "computed one.",
    source="keras.Layer.compute_output_spec",
    applies=both_ways,
)
def foretold(trial: Trial) -> Iterator[Failure]:
    yield from forms.foretold(trial)


@rule(
    "BIDIR-8",
    "The weights are those of the forward layer, then those of the backward layer.",
    source=f"{BI}, layer",
    applies=both_ways,
)
def weights(trial: Trial) -> Iterator[Failure]:
    yield from forms.weights(trial)
    owners = trial.seen.facts.get("weight owners", [])
    half = len(owners) // 2
    back = "own" if trial.case["own"] else "backward_inner"
    yield from forms.holds("owners", owners, ["forward_inner"] * half + [back] * half)


@rule(
    "BIDIR-9",
    "The two layers go in opposite directions, the first one in the layer's own direction."
    " They are named after the layer, with forward_ and backward_ in front, and have its "
    "other options.",
    source=f"{BI}, backward_layer",
    applies=both_ways,
)
def directions(trial: Trial) -> Iterator[Failure]:
    ahead, unroll = bool(trial.case["back"]), bool(trial.case["unroll"])
    back = "own" if trial.case["own"] else "backward_inner"
    want = [["forward_inner", ahead, unroll], [back, not ahead, unroll]]
    yield from forms.holds("the two layers", trial.seen.facts.get("directions"), want)
    if not trial.case["own"]:
        unlike = trial.seen.facts.get("unlike")
        yield from forms.holds("options that differ", unlike, ["go_backwards", "name"])
    if trial.case["cudnn"] == "false":
        yield from forms.holds("use_cudnn", trial.seen.facts.get("cudnn"), [False, False])


@rule(
    "BIDIR-10",
    "`states` holds the kept states of both directions, the forward ones first, and is "
    "None without stateful.",
    source=f"{BI}; keras.layers.RNN, stateful",
    applies=both_ways,
)
def kept(trial: Trial) -> Iterator[Failure]:
    yield from forms.kept(trial)
    count = len(trial.want.facts["kept"]) or None
    yield from forms.holds("states", trial.seen.facts.get("keeps"), count)


@rule(
    "BIDIR-12",
    "Both directions have every argument that the configuration of the layer keeps, except"
    " name, go_backwards and zero_output_for_mask.",
    source=f"{BI}, layer and backward_layer",
    applies=lambda c: c["do"] == "config" and c["what"] == "handed",
)
def handed_on(trial: Trial) -> Iterator[Failure]:
    for argument, (given, ahead, back) in trial.seen.facts["handed"].items():
        yield from forms.holds(f"{argument} of the forward layer", ahead, given)
        yield from forms.holds(f"{argument} of the backward layer", back, given)


value_rule(
    "BIDIR-11",
    "With its own backward_layer and a layer that goes backwards itself, the outputs of "
    "both still refer to the same timesteps, in the order of the layer's outputs.",
    source=f"{BI}, backward_layer; keras.layers.RNN, go_backwards",
    applies=lambda c: by("own")(c) and bool(c["back"]),
)
