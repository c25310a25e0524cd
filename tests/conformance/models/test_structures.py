"""How users put models together, and what stands around a layer as configurations keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.described import GROUPS
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SIZES: dict[str, int | str] = {"u": 2, "t": 4, "n": 3, "in": 5, "do": "edge"}
OPTIONAL = ("optional", "optional_cloned")
LAYERS = {
    "optional": "GRU SimpleRNN",
    "optional_cloned": "SimpleRNN",
    "contained": "GRU",
    **dict.fromkeys(GROUPS, "SimpleRNN"),
}


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one or two layers."""
    for what, layers in LAYERS.items() if profile != "smoke" else ():
        for layer in layers.split():
            mask = "right" if what in OPTIONAL else "none"
            yield Case.of(layer, **SIZES, mask=mask, what=what)


def _deed(*names: str) -> Callable[[Case], bool]:
    return lambda case: case["do"] == "edge" and case["what"] in names


def _done(trial: Trial) -> Iterator[Failure]:
    """The deed ends without an error, with what is wanted."""
    want, came = trial.want, str(trial.seen.facts["came"])
    if came != "arrays":
        yield Failure("error", "what came", came, "no error")
        return
    yield from trial.compare()
    for name, fact in want.facts.items():
        got = trial.seen.facts.get(name)
        if got != fact:
            yield Failure("fact", name, str(got), str(fact))


rule(
    "EDGE-38",
    "An optional input of a model may be None: an initial state that is left out is zero, and "
    "a mask that is left out masks nothing; so it is in a copy of the model.",
    source="keras.Input, optional; keras.layers.RNN, Call arguments",
    applies=_deed(*OPTIONAL),
)(_done)

rule(
    "EDGE-39",
    "Layers that a layer of the user's own holds in lists, tuples and dictionaries, inside each "
    "other or added later, are its own: it trains their weights, and a file of weights has them.",
    source="keras.Layer: layers and weights assigned as attributes are tracked; "
    "keras.Model.save_weights",
    applies=_deed("contained"),
)(_done)

rule(
    "SAVE-21",
    "Every argument of a loss, metric, optimizer, schedule, initializer, regularizer or "
    "constraint, or of a layer around a recurrent one, is kept by its configuration.",
    source="keras.saving.serialize_keras_object and deserialize_keras_object; "
    "keras.Layer.get_config and from_config",
    applies=_deed(*GROUPS),
)(_done)
