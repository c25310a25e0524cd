"""What a layer was called with before leaves nothing behind: two different calls in a row.

Every other call of a case has another batch, length or dtype, is one in training, has a mask or a
state where the first has none, or another one, is one of a layer with trainable=False, or comes
after the weights or the caller's arrays have changed; the call behind it is like the first again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import BY_KEY, RECURRENT, Value
from keras_rnn_conformance.cases.axis_values import TRAINS
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.choices.circumstances import FORMS
from keras_rnn_conformance.judging.rules import governs, value_rule

CHANGED = ("assign", "set", "step")
NOTHING: dict[str, int | str] = {}
REFILLED: tuple[dict[str, int | str], ...] = ({}, {"unroll": 1, "init": "list"}, {"as": "bi"})
ARGUMENTS = ("mask", "state")
OTHERS: dict[str, dict[str, int | str]] = {
    "remask": {"mask": "gap"},
    "restate": {"init": "list"},
}
"""Arguments that are there in every call, and what every other call has others of."""
KINDS = tuple(
    str(value)
    for value in BY_KEY["then"].values
    if value not in ("none", "refill", "both", "lent", "woken", "copied", *ARGUMENTS, *OTHERS)
)
PASSING = ("subclass", "graph")
"""Paths that pass arguments on."""

PATHS = ("functional", "predict", "graph", "sequential", "subclass", "batch", "nested")

SETTINGS: tuple[dict[str, int | str], ...] = (
    {},
    {"mask": "gap"},
    {"unroll": 1, "back": 1},
    {"init": "list", "mask": "right"},
    {"stateful": 1, "state": 0},
    {"drop": 50, "mask": "left"},
    {"seq": 0, "unroll": 1},
    {"rdrop": 50},
    {"as": "rnn", "init": "tuple"},
    {"as": "bi", "mask": "gap", "u": 2},
    {"as": "stack", "u": 2},
    {"as": "mix", "u": 2, "init": "list"},
    {"given": "array"},
    {"dtype": "mf16"},
    {"stateful": 1, "mask": "right", "unroll": 1},
    {"as": "td", "state": 0},
)
"""What may stand beside a history."""


def cases(profile: str) -> Iterator[Case]:
    """Every history on every layer and path; in thorough beside every setting."""
    yield _of("LSTM", then="batch")
    yield _of("GRU", then="train", drop=50)
    if profile == "smoke":
        return
    for number, (kind, layer) in enumerate(product(KINDS, RECURRENT)):
        yield _of(layer, then=kind)
        # three settings that follow one another on each layer
        for place in range(3):
            yield from _possible(layer, kind, SETTINGS[(number * 5 + place) % len(SETTINGS)])
    for number, (kind, via) in enumerate(product(KINDS, ("functional", "graph", "subclass"))):
        yield from _possible(RECURRENT[number % 3], kind, {"via": via, "static": "none"})
    for layer, kind, via in (
        ("LSTM", "batch", "predict"),
        ("GRU", "set", "predict"),
        ("GRU", "length", "batch"),
        ("SimpleRNN", "step", "batch"),
    ):
        yield _of(layer, then=kind, via=via, static="none")
    for layer in RECURRENT:
        yield _of(layer, then="train", drop=50, rdrop=50)
    for kind in ("batch", "length", "train", "set"):
        yield _of("RNN", then=kind, mask="gap")
    for kind in ("batch", "set"):
        yield _of("ConvLSTM1D", then=kind, u=2, calls=2)
    yield from _arguments()
    yield from _others()
    yield from _both()
    yield from _frozen()
    yield from _lent()
    yield from _copied()
    yield from _of_user_cells()
    yield from _woken()
    if profile == "thorough":
        yield from _thorough()


def _of(layer: str, **options: int | str) -> Case:
    return Case.from_options(layer, {"seq": 1, "state": 1, "t": 3, "n": 4, "calls": 3, **options})


def _possible(layer: str, kind: str, setting: dict[str, int | str]) -> Iterator[Case]:
    """The case, if there is one: a stateful layer, for example, keeps its batch size."""
    try:
        yield _of(layer, **{**setting, "then": kind})
    except CaseError:
        return


def _arguments() -> Iterator[Case]:
    """Arguments that come and go, from either side, and an array that is filled anew."""
    for place, (layer, kind) in enumerate(product((*RECURRENT, "ConvLSTM1D", "RNN"), ARGUMENTS)):
        given: dict[str, int | str] = {"mask": "gap"} if kind == "mask" else {"init": "list"}
        settings: tuple[dict[str, int | str], ...] = (
            given,
            NOTHING,
            {"unroll": 1, **given},
            {"via": PASSING[place % 2], **given},
        )
        for setting in settings:
            # a mask that is there from the beginning shows what a loop makes of images under one
            if setting or (layer, kind) != ("ConvLSTM1D", "mask"):
                yield from _possible(layer, kind, {"u": 2, **setting})
    for layer, options in product(RECURRENT, REFILLED):
        yield from _possible(layer, "refill", {"u": 2, "given": "array", **options})
    for layer in RECURRENT:
        yield _of(layer, calls=7, stateful=1, then="train")
        # samples that are masked from end to end keep the states of the call before
        yield _of(layer, calls=4, stateful=1, then="mask", mask="row")
        yield _of(layer, calls=4, stateful=1, then="mask", mask="all", unroll=1)


def _others() -> Iterator[Case]:
    """Arguments of the same shape that hold something else, with every other thing as it was."""
    settings: tuple[dict[str, int | str], ...] = (
        {},
        {"unroll": 1, "back": 1},
        {"as": "bi", "seq": 0},
        {"via": "graph"},
        {"stateful": 1, "mask": "right", "init": "list"},
        {"as": "stack", "zero": 1, "mask": "row"},
    )
    for place, ((kind, given), layer) in enumerate(product(OTHERS.items(), RECURRENT)):
        for number in range(3):
            setting = settings[(place + 2 * number) % len(settings)]
            yield from _possible(layer, kind, {"u": 2, "t": 4, **given, **setting})
    for kind, given in OTHERS.items():
        for layer in ("ConvLSTM1D", "RNN"):
            yield from _possible(layer, kind, {"u": 2, **given})


def _both() -> Iterator[Case]:
    """Another batch in training than in inference, before it and after it."""
    rates: tuple[dict[str, int | str], ...] = ({"drop": 50}, {"rdrop": 50})
    for layer, rate in product(RECURRENT, rates):
        yield _of(layer, then="both", **rate)
    for layer, form in (("LSTM", "td"), ("GRU", "td")):
        yield _of(layer, u=2, state=0, then="train", drop=50, **{"as": form})
    for layer, form in (("LSTM", "bi"), ("GRU", "stack")):
        yield _of(layer, u=2, then="both", drop=50, rdrop=50, **{"as": form})
    yield _of("ConvLSTM1D", u=2, then="both", drop=50, rdrop=50)
    yield _of("GRU", then="both", drop=50, via="subclass", mask="gap")


def _frozen() -> Iterator[Case]:
    """Stateful layers that are reset while they are not trainable."""
    for layer, form in zip(RECURRENT, ("layer", "bi", "rnn"), strict=True):
        yield _of(layer, then="frozen", state=0, stateful=1, reset="between", **{"as": form})


def _lent() -> Iterator[Case]:
    """Weights that the layer was given, or gave, in arrays that are the caller's."""
    for layer, form, dtype in (
        ("LSTM", "layer", "f32"),
        ("GRU", "bi", "f32"),
        ("SimpleRNN", "stack", "f32"),
        ("GRU", "layer", "mf16"),
    ):
        yield _of(layer, u=2, then="lent", dtype=dtype, **{"as": form})
    yield _of("LSTM", then="lent", via="subclass", stateful=1)


def _of_user_cells() -> Iterator[Case]:
    """Cells and layers of the user's own, with what they hold of one call in the next."""
    for cell, kind in product(BY_KEY["cell"].values, ("set", "batch", "train", "restate")):
        given: dict[str, int | str] = {"init": "list"} if kind == "restate" else {}
        yield from _possible("RNN", kind, {"cell": cell, "u": 2, **given})


def _woken() -> Iterator[Case]:
    """Every form whose weights are all zero when it is called first."""
    for layer, options in FORMS:
        yield from _possible(layer, "woken", {"u": 2, "calls": 2, **options})


def _copied() -> Iterator[Case]:
    """A copy between the calls of every form that a configuration describes."""
    forms: tuple[dict[str, int | str], ...] = (
        {"mask": "gap"},
        {"unroll": 1, "back": 1, "init": "list"},
        {"as": "bi", "u": 2, "merge": "none", "own": 1},
        {"as": "stack", "u": 2, "mask": "right"},
        {"as": "list", "u": 2, "deep": 12},
    )
    for layer, form in product(RECURRENT, forms):
        yield from _possible(layer, "copied", {"dtype": "mf16" if "own" in form else "f32", **form})
    yield from _possible("ConvLSTM1D", "copied", {"u": 2, "mask": "gap"})
    yield from _possible("TimeDistributed", "copied", {"seq": 0, "state": 0})
    yield from _possible("LSTM", "copied", {"as": "td", "u": 2, "state": 0})


def _thorough() -> Iterator[Case]:
    for layer, kind, setting in product(RECURRENT, KINDS, SETTINGS):
        yield from _possible(layer, kind, setting)
    yield _of("LSTM", then="assign", via="jit")
    yield _of("GRU", then="length", via="jit", static="none")
    for mask, back in (("first", 0), ("right", 1)):
        yield _of("SimpleRNN", u=2, mask=mask, back=back, then="state")
    yield _of("ConvLSTM1D", u=2, calls=2, then="mask")
    for layer, kind in product(("ConvLSTM1D", "RNN"), KINDS):
        yield from _possible(layer, kind, {"u": 2, "mask": "gap"})
    for layer, kind, via in product(RECURRENT, KINDS, PATHS):
        yield from _possible(layer, kind, {"via": via, "static": "none"})
        yield from _possible(layer, kind, {"via": via, "static": "none", "mask": "gap"})


RNN = "keras.layers.RNN"


def after(*kinds: Value) -> Callable[[Case], bool]:
    """A predicate: the values of the case are those after one of these changes."""
    return lambda c: governs("then")(c) and c["then"] in kinds


value_rule(
    "HIST-1",
    "A call computes the same whatever batch sizes and lengths came before it, also in one"
    " compiled function.",
    source=f"{RNN}, Call arguments: (batch, timesteps, feature); keras.Model.predict",
    applies=after("batch", "length"),
)

value_rule(
    "HIST-2",
    "A call computes the same whatever dtypes came before it.",
    source="keras.Layer, autocast",
    applies=after("dtype"),
)

value_rule(
    "HIST-3",
    "A call in inference computes the same after a call in training, and the other way "
    "round; dropout leaves nothing behind.",
    source=f"{RNN}, training; keras.layers.Dropout",
    applies=after(*TRAINS),
)

value_rule(
    "HIST-4",
    "A call uses the weights that the layer has at that time, whether assign, set_weights "
    "or an optimizer changed them, also in one compiled function.",
    source="keras.Variable.assign; keras.Layer.set_weights; keras.optimizers.Optimizer.apply",
    applies=after(*CHANGED, "woken"),
)

value_rule(
    "HIST-5",
    "A call with a mask computes the same after one without, and the reverse.",
    source=f"{RNN}, Call arguments: mask",
    applies=after("mask"),
)

value_rule(
    "HIST-6",
    "A call with an initial state computes the same after one without, and the reverse; "
    "a stateful layer goes on from the states of the call before, given or not.",
    source=f"{RNN}, Call arguments: initial_state; {RNN}, stateful",
    applies=after("state"),
)

value_rule(
    "HIST-20",
    "A call uses the mask that it is given, whatever mask of the same shape came before it.",
    source=f"{RNN}, Call arguments: mask",
    applies=after("remask"),
)

value_rule(
    "HIST-21",
    "A call begins with the initial state that it is given, whatever initial state of the same "
    "shape came before it.",
    source=f"{RNN}, Call arguments: initial_state",
    applies=after("restate"),
)

value_rule(
    "HIST-7",
    "A call computes with what an array holds then, whatever the same array held in an "
    "earlier call.",
    source="keras.Layer.__call__: NumPy arrays are converted to tensors",
    applies=after("refill"),
)

value_rule(
    "HIST-70",
    "A layer that from_config made of the configuration of another, with its weights, computes the "
    "same as that, which goes on as if no copy had been made.",
    source="keras.Layer.get_config; keras.Layer.from_config; keras.Layer.set_weights",
    applies=after("copied"),
)

value_rule(
    "HIST-8",
    "A call computes the same whether the layer is trainable or not; one that is not keeps "
    "its states, and reset_state resets them.",
    source=f"keras.Layer, trainable; {RNN}, Note on using statefulness",
    applies=after("frozen"),
)

value_rule(
    "HIST-9",
    "Arrays that set_weights was given, or that get_weights gave, are the caller's: when they "
    "hold other numbers, the layer computes with its weights as before.",
    source="keras.Layer.set_weights: sets the values; keras.Layer.get_weights: returns the values",
    applies=after("lent"),
)
