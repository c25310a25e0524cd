"""What belongs to the caller stays as it was, and so does what a call gave earlier.

Every case of the suite is held to this: its arrays and tensors are looked at before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.base import observation
from keras_rnn_conformance.base.observation import Unobserved
from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

SENTENCES = {
    observation.HANDED: (
        "A call does not change the inputs, masks, states and targets that it is given, "
        "whether tensors or NumPy arrays, in inference or in training.",
        "keras.Layer.call: it takes tensors and returns tensors; keras.Model.fit",
    ),
    observation.RETURNED: (
        "Outputs and states that a call has returned do not change, whatever is called later.",
        "keras.layers.RNN, return_state; keras.Layer.call",
    ),
    observation.WEIGHTS: (
        "Neither a call, in inference or in training, nor predict or evaluate changes a weight; "
        "stateless_call changes no variable, states and seeds among them.",
        "keras.Layer.trainable_weights: they are updated by the training algorithm; "
        "keras.Layer.stateless_call: without any side effects",
    ),
    observation.CONFIGURATION: (
        "Neither a constructor nor any later call changes the lists and dictionaries that the "
        "constructor was given.",
        "keras.layers.RNN, cell; keras.layers.StackedRNNCells, cells",
    ),
}


def cases(profile: str) -> Iterator[Case]:
    """Every form handed NumPy arrays; every other case is watched as it is."""
    whole: dict[str, int | str] = {"seq": 1, "state": 1, "t": 3, "n": 4, "given": "array"}
    yield Case.of("LSTM", **whole, init="list", mask="gap")
    if profile == "smoke":
        return
    for layer, train in product(RECURRENT, (0, 1)):
        yield Case.of(layer, **whole, init="list", mask="right", train=train)
        yield Case.of(layer, **whole, stateful=1, calls=2, train=train)
    for layer, form in zip(
        (*RECURRENT, *RECURRENT), ("rnn", "list", "stack", "bi", "mix", "bi"), strict=True
    ):
        yield Case.of(layer, **whole, u=2, as_=form, init="list")
    yield Case.of("ConvLSTM1D", **whole, u=2, init="list", mask="left")
    for layer in RECURRENT:
        yield Case.of(layer, **whole, unroll=1, init="list", x="f64")
    yield from _thorough() if profile == "thorough" else ()


def _thorough() -> Iterator[Case]:
    for layer, mask, unroll, dtype in product(
        RECURRENT, ("none", "right", "gap"), (0, 1), ("f16", "mf16", "f64")
    ):
        yield Case.of(
            layer,
            seq=1,
            state=1,
            t=3,
            n=4,
            given="array",
            init="list",
            mask=mask,
            unroll=unroll,
            dtype=dtype,
        )


def _register(number: int, owner: str, sentence: str, source: str) -> None:
    @rule(f"ALIAS-{number}", sentence, source=source, applies=lambda case: True)
    def unchanged(trial: Trial) -> Iterator[Failure]:
        if trial.seen.changed is None:
            raise Unobserved("whether what belongs to the caller changed")
        if owner in trial.seen.changed:
            yield Failure("fact", owner, "changed", "as it was")


for _number, (_owner, (_sentence, _source)) in enumerate(SENTENCES.items(), 1):
    _register(_number, _owner, _sentence, _source)

_register(
    70,
    observation.HOLDINGS,
    "A layer holds as much after a call as before it, if it had a call of such arguments already: "
    "nothing is added to its lists and dictionaries from call to call.",
    "keras.layers.RNN: only a stateful layer keeps states, and it replaces them",
)

value_rule(
    "GIVEN-1",
    "NumPy arrays as inputs, masks and initial states have the same effect as tensors of "
    "the same numbers.",
    source="keras.Layer.__call__: NumPy arrays are converted to tensors",
    applies=governs("given"),
)
