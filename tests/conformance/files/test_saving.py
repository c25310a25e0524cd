"""A layer that is rebuilt, cloned or read from a file is the layer that it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from keras_rnn_conformance.cases.api.serialized_arguments import (
    ANOTHER,
    ARGUMENTS,
    BESIDE,
    KEPT,
    MISSING,
    NOT_KEPT,
    OF_CELL,
    class_of,
)
from keras_rnn_conformance.cases.api.table import spelling
from keras_rnn_conformance.cases.axes import CONVOLUTIONAL, RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import RESTORING
from keras_rnn_conformance.judging.rules import At, Failure, Trial, rule

NAMED = ("config", "clone", "keras", "legacy", "pickle", "copy")
"""The ways of restoring that keep the names and the configuration."""

KEPT_BY_PICKLE = "keras.KerasSaveable.__reduce__: pickle by way of the saving library"

CLASSES = (
    *(Case.of(name, t=3) for name in (*RECURRENT, *CONVOLUTIONAL)),
    *(Case.of(name, t=1, as_="cell") for name in RECURRENT),
    *(Case.of("LSTM", t=3, as_=way) for way in ("rnn", "stack", "bi")),
    Case.of("TimeDistributed", t=3),
)
"""One case for every class that can be saved."""

FORMS = (
    Case.of("SimpleRNN", seq=1, state=1, t=3, back=1, unroll=1, act="relu"),
    Case.of("LSTM", seq=1, state=1, t=3, mask="gap", zero=1, ract="hard_sigmoid"),
    Case.of("GRU", seq=1, state=1, t=3, after=0, dtype="mf16"),
    Case.of("LSTM", seq=1, state=1, t=3, stateful=1, calls=2),
    Case.of("GRU", seq=1, t=3, as_="bi", stateful=1, calls=2),
    Case.of("LSTM", seq=1, state=1, t=3, as_="bi", merge="sum", init="list"),
    Case.of("GRU", seq=1, t=3, as_="bi", own=1, mask="right"),
    Case.of("LSTM", seq=1, state=1, t=3, as_="rnn", zero=1, mask="right"),
    Case.of("GRU", seq=1, state=1, t=3, as_="mix", back=1),
    Case.of("SimpleRNN", seq=1, t=3, as_="stack"),
    Case.of("RNN", seq=1, state=1, t=3, cell="nested"),
    Case.of("LSTM", t=3, as_="td"),
    Case.of("TimeDistributed", t=3, as_="td"),
    Case.of("ConvLSTM1D", seq=1, state=1, t=3, pad="same", kern=3, stride=2),
    Case.of("ConvLSTM2D", t=2, dil=2, fmt="last", back=1),
    Case.of("LSTM", seq=1, t=3, n=4, in_=4, mask="gap", maskby="marked"),
    Case.of("SimpleRNN", seq=1, t=3, n=2, mask="right", maskby="embedding"),
    Case.of("GRU", seq=1, t=3, as_="bi", merge="none"),
)
"""Layers whose restoring takes code of its own."""

CONDITIONS = (
    Case.of("LSTM", seq=1, state=1, t=3, dtype="f64"),
    Case.of("LSTM", t=3, as_="bi", own=1, dtype="f64"),
    Case.of("GRU", seq=1, t=3, dtype="bf16"),
    Case.of("SimpleRNN", seq=1, t=3, dtype="mbf16"),
    Case.of("LSTM", seq=1, t=3, as_="stack", deep=13),
    Case.of("GRU", t=3, as_="bi", dtype="f16"),
    Case.of("ConvLSTM1D", seq=1, t=3, dtype="mf16"),
    Case.of("GRU", seq=1, t=3, as_="list", deep=13),
    Case.of("RNN", seq=1, state=1, t=3, cell="learned"),
    Case.of("SimpleRNN", seq=1, t=3, bias=0, stateful=1, calls=3),
)
"""Layers of every dtype, of many weights, and with weights that not every layer has."""

HOLDERS = ("RNN", "StackedRNNCells", "TimeDistributed", "Bidirectional")
"""The classes that hold what the user gives; Bidirectional only its backward_layer, not a copy."""

CHOSEN = {
    "config": (1, 3, 6, 7, 8, 13, 17),
    "clone": (3, 5, 8, 11, 16),
    "h5": (2, 6, 8, 10, 11, 13, 16),
    "legacy": (0, 3, 9, 14),
    "weights": (2, 6, 8),
    "pickle": (1, 3, 5, 7, 9, 10, 13),
    "copy": (0, 2, 4, 6, 8, 12, 14),
}
"""By way of restoring, the forms of the default profile; from a `.keras` file all are restored."""


def cases(profile: str) -> Iterator[Case]:
    """Every argument of every class; every form from its configuration and from a `.keras` file."""
    if profile == "smoke":
        yield FORMS[3].but(do="keras")
        yield CLASSES[1].but(do="config", what="signature")
        return
    for example in CLASSES:
        for what in ("signature", "again", "required", *KEPT[class_of(example)]):
            yield example.but(do="config", what=what)
        yield example.but(do="config", what="equal")
        if class_of(example) in HOLDERS:
            yield example.but(do="config", what="strangers")
    for number, example in enumerate(FORMS):
        yield example.but(do="keras")
        for way, numbers in CHOSEN.items():
            if profile == "thorough" or number in numbers:
                yield example.but(do=way, what="numbers" if way == "config" else "plain")
    for name in RECURRENT:
        yield Case.of(name, t=1, as_="cell", do="config", what="numbers")
        for way in ("pickle", "copy"):
            yield Case.of(name, t=1, as_="cell", do=way)
    yield Case.of("RNN", as_="bi", do="config", what="numbers")
    yield from _conditions(profile)
    yield from _large()
    yield Case.of("GRU", t=3, as_="bi", do="keras", what="frozen")
    yield Case.of("LSTM", t=3, do="h5", what="frozen")


def _conditions(profile: str) -> Iterator[Case]:
    """Each condition in every second way of restoring, or in all."""
    for place, example in enumerate(CONDITIONS):
        for number, way in enumerate(RESTORING[1:]):
            if profile == "thorough" or (place + number) % 2 == 0:
                yield example.but(do=way)


def _large() -> Iterator[Case]:
    """Large weights and many of them, in every way once."""
    for place, way in enumerate(RESTORING):
        what = "numbers" if way == "config" else "plain"
        yield Case.of(RECURRENT[place % 3], u=129, t=1, n=1, in_=257, do=way, what=what)
        # from eleven on, numbers in names are not in the order of words
        deep: dict[str, int | str] = {"u": 2, "t": 2, "n": 3, "in_": 3, "as_": "stack", "deep": 12}
        yield Case.of(RECURRENT[(place + 1) % 3], **deep, do=way, what=what)


def _is(*ways: str) -> Callable[[Case], bool]:
    return lambda c: c["do"] in ways and (c["do"] != "config" or c["what"] == "numbers")


@rule(
    "SAVE-1",
    "A constructor argument survives get_config and from_config, alone and together with "
    "all others, also if it is empty or zero.",
    source="keras.Layer.get_config and from_config",
    applies=lambda c: c["do"] == "config" and c["what"] in ARGUMENTS,
)
def argument_survives(trial: Trial) -> Iterator[Failure]:
    name = str(trial.case["what"])
    for given, facts in _ways(trial):
        if facts["given"] == facts["default"]:
            where = f"{name} of the original{given}"
            pair = (At(facts, "given"), At(facts, "default"))
            got = str(facts["given"])
            yield Failure("fact", where, got, "not the default", compared=(*pair, "!="))
        if facts["kept"] != facts["given"]:
            where = f"{name} of the rebuilt{given}"
            got, want = facts["kept"], facts["given"]
            pair = (At(facts, "kept"), want)
            yield Failure("fact", where, str(got), str(want), compared=pair)


@rule(
    "SAVE-14",
    "The configuration of a layer's cell has the arguments that the layer passed on to it.",
    source="keras.Layer.get_config",
    applies=lambda c: c["do"] == "config" and c["what"] in OF_CELL.get(class_of(c), ()),
)
def cell_keeps_argument(trial: Trial) -> Iterator[Failure]:
    name = str(trial.case["what"])
    for given, facts in _ways(trial):
        configured = facts["configured"]
        got, want = configured["cell"], configured["layer"]
        where = f"{name} in the configuration of the cell{given}"
        if got == configured["default cell"]:
            pair = (At(configured, "cell"), At(configured, "default cell"))
            yield Failure("fact", where, str(got), "not the default", compared=(*pair, "!="))
        elif want not in (MISSING, got):
            pair = (At(configured, "cell"), want)
            yield Failure("fact", where, str(got), str(want), compared=pair)


def _ways(trial: Trial) -> Iterator[tuple[str, dict[str, Any]]]:
    """How the argument was given, and what was seen of it."""
    seen = trial.seen.facts
    for given, facts in (("", seen), (ANOTHER, seen.get("also")), (BESIDE, seen.get("beside"))):
        if facts is not None:
            yield given, facts


@rule(
    "SAVE-2",
    "Every constructor argument is known to the suite, so that SAVE-1 can be checked for it.",
    source="inspect.signature of the class",
    applies=lambda c: c["do"] == "config" and c["what"] == "signature",
)
def arguments_known(trial: Trial) -> Iterator[Failure]:
    name = class_of(trial.case)
    known = {*map(spelling, KEPT[name]), *NOT_KEPT.get(name, {})}
    for argument in trial.seen.facts["signature"]:
        if argument not in known:
            got, want = (
                f"a new argument {argument}",
                "an entry in keras_rnn_conformance/cases/api/serialized_arguments.py",
            )
            pair = (trial.seen.facts["signature"], argument, "not in")
            yield Failure("fact", f"the constructor of {name}", got, want, compared=pair)


@rule(
    "SAVE-3",
    "from_config does not change the configuration that it is given, so that it can be used again.",
    source="keras.Layer.from_config, the reverse of get_config",
    applies=lambda c: c["do"] == "config" and c["what"] in ("again", "numbers"),
)
def config_is_left(trial: Trial) -> Iterator[Failure]:
    facts = trial.seen.facts
    if not facts["same"]:
        lost = sorted(set(facts["before"]) - set(facts["after"]))
        got = f"without {', '.join(lost)}" if lost else "changed"
        where, pair = "the configuration after from_config", (facts["after"], facts["before"])
        yield Failure("fact", where, got, "as before", compared=pair)


@rule(
    "SAVE-70",
    "Two constructor arguments that are given the same value both survive get_config and "
    "from_config.",
    source="keras.Layer.get_config and from_config",
    applies=lambda c: c["do"] == "config" and c["what"] == "equal",
)
def equals_survive(trial: Trial) -> Iterator[Failure]:
    for names, (given, kept) in trial.seen.facts["equal"].items():
        if given != kept:
            yield Failure("fact", f"{names} of the rebuilt", str(kept), str(given))


@rule(
    "SAVE-13",
    "from_config finds custom classes that a layer holds in custom_objects.",
    source="keras.layers.RNN.from_config, keras.layers.Wrapper.from_config: custom_objects",
    applies=lambda c: c["do"] == "config" and c["what"] == "strangers",
)
def strangers_found(trial: Trial) -> Iterator[Failure]:
    facts = trial.seen.facts
    if facts["rebuilt"] != facts["held"]:
        pair = (facts["rebuilt"], facts["held"])
        yield Failure("fact", "what the rebuilt holds", str(pair[0]), str(pair[1]), compared=pair)


def _same_numbers(trial: Trial) -> Iterator[Failure]:
    """What was restored gives bit for bit what the original gave."""
    arrays = trial.seen.arrays
    names = [name for name in arrays if not name.startswith("restored ")]
    for name in names:
        yield from trial.close(f"restored {name}", arrays[name])
    for name in names:
        got, want = trial.seen.dtypes.get(f"restored {name}", ""), trial.seen.dtypes[name]
        if got != want:
            yield Failure("dtype", f"restored {name}", got, want, name=f"restored {name}")


for _id, _way, _sentence, _source in (
    (
        "SAVE-4",
        "config",
        "A layer rebuilt from its configuration, with the same weights, computes the same numbers.",
        "keras.Layer.get_config and from_config",
    ),
    (
        "SAVE-5",
        "clone",
        "A cloned model with the same weights computes the same numbers.",
        "keras.models.clone_model",
    ),
    (
        "SAVE-6",
        "keras",
        "A model loaded from a .keras file computes the same numbers; a stateful layer in it "
        "starts with zero states.",
        "keras.Model.save; keras.saving.load_model",
    ),
    (
        "SAVE-7",
        "h5",
        "A model that loads the weights of another from a .weights.h5 file computes "
        "the same numbers.",
        "keras.Model.save_weights and load_weights",
    ),
    (
        "SAVE-22",
        "legacy",
        "A model loaded from a legacy .h5 file computes the same numbers.",
        "keras.Model.save; keras.saving.load_model; guide: Migrating Keras 2 code to multi-backend "
        "Keras 3",
    ),
    (
        "SAVE-8",
        "weights",
        "A layer given the weights of another with set_weights computes the same numbers.",
        "keras.Layer.get_weights and set_weights",
    ),
    (
        "SAVE-15",
        "pickle",
        "A layer or cell that was pickled and unpickled computes the same numbers.",
        KEPT_BY_PICKLE,
    ),
    (
        "SAVE-16",
        "copy",
        "A deep copy of a layer or cell computes the same numbers, and has its own states.",
        KEPT_BY_PICKLE,
    ),
):
    rule(_id, _sentence, source=_source, applies=_is(_way))(_same_numbers)


@rule(
    "SAVE-9",
    "A restored layer has the weights of the original, in the same order and with the same"
    " names, shapes and dtypes, and shares none with it.",
    source="keras.Layer.weights",
    applies=_is(*RESTORING),
)
def same_weights(trial: Trial) -> Iterator[Failure]:
    facts = trial.seen.facts
    if facts["restored weights"] != facts["weights"]:
        got, want = str(facts["restored weights"]), str(facts["weights"])
        pair = (facts["restored weights"], facts["weights"])
        yield Failure("fact", "weights of the restored layer", got, want, compared=pair)
    if facts["shared"]:
        got = facts["shared"]
        yield Failure("fact", "variables that both have", str(got), "none", compared=(got, []))


@rule(
    "SAVE-10",
    "A restored layer has the configuration of the original.",
    source="keras.Layer.get_config",
    applies=_is(*NAMED),
)
def same_config(trial: Trial) -> Iterator[Failure]:
    want, got = trial.seen.facts["config"], trial.seen.facts["restored config"]
    for key in sorted({*want, *got}):
        if got.get(key) != want.get(key):
            pair = (got.get(key), want.get(key))
            where = f"config[{key!r}]"
            yield Failure("fact", where, str(pair[0]), str(pair[1]), compared=(got, want))


@rule(
    "SAVE-11",
    "The weights of a restored layer have the paths of the original's.",
    source="keras.Variable, path: the path of the variable within the model or layer",
    applies=_is(*NAMED),
)
def same_paths(trial: Trial) -> Iterator[Failure]:
    got, want = trial.seen.facts["restored paths"], trial.seen.facts["paths"]
    if got != want:
        texts = (", ".join(got), ", ".join(want))
        yield Failure("fact", "the paths of the weights", *texts, compared=(got, want))


@rule(
    "SAVE-12",
    "Arguments that have a default may be missing from a configuration: the layer that is "
    "made from the others computes the same numbers.",
    source="keras.Layer.from_config; the signature of the class",
    applies=lambda c: c["do"] == "config" and c["what"] == "required",
)
def optional_left_out(trial: Trial) -> Iterator[Failure]:
    yield from _same_numbers(trial)
